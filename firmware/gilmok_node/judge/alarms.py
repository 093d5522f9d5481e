"""What a node decides by itself: readings to rules, rules to outputs, and both to the log.

First judge and act, then append, then send: `take` moves pins before anything is written, `flush` records what happened, and
`keep` saves what must outlive a restart. What only a boot does is in arming.py.

Source: protocols/gilmok_rules/README.md.
"""

from binascii import crc32

from gilmok_wire import cbor
from gilmok_wire.compat import TYPE_CHECKING, const

if TYPE_CHECKING:
    from typing import Any

_VERSION = const(1)  # of what is kept
_INPUTS_MS = const(50)  # people and limit switches: half of what a person feels as at once
_MINUTE_MS = const(60_000)
_SHELF_MS = const(600_000)  # how often shelves are saved, and so how much earlier they end for each restart
# A rule that chatters is kept so often: a sector of 100 000 erases bears eleven days of it. What comes alone is kept at once.
_CHATTER_MS = const(10_000)
_COMMANDS = const(8)  # whose effect is kept: more cannot be on their way
_WAITING = const(128)  # records without a log: more than all rules tell at once, less than a chip's heap
_FAR_MS = const(3_600_000)
# Events beside those of gilmok_rules.lifecycle, of rule 0.
_MAINTAIN = const(13)
_RESUME = const(14)
_LIMIT = const((1 << 29) - 1)
_PRESENCE = const(4)  # as gilmok_rules.compiled has it


class Alarms:
    """Rules, alarms and outputs of a node.

    `sources` are (channels, period in ms) of each sensor and detector, channels as a StreamInfo has its columns;
    `hurry(source, on)`, or None, is told when one should measure faster.
    `record(info)` returns the Recorder of a stream, `buses` hands out pins, `keep` is a Keep or None.
    """

    # What arming gives it.
    judge: "Any"
    outputs: "list[Wired]"
    detectors: "list"  # (source, sensor) of each
    exponents: "Any"  # of each rule
    alarm_recorder: "Any"
    output_recorder: "Any"
    driving: "set"  # sources whose readings drive outputs; only until the node is put together

    def __init__(self, config, sources, buses, record, keep, now_ms, hurry):
        from .arming import arm  # boards forget it after the boot

        self.digest = config.digest
        self.maintained_until = None
        self.done = []  # (command, status) of the last ones
        self.remote = None  # drives outputs of other nodes
        self.is_closed = False  # nothing is saved, and what happens waits, but for what is
        self.held = None  # … by the log, as Log.held
        self.replaced = {}  # rule → compiled, set by command
        self._keep = keep
        self._hurry = hurry
        self._pending = []  # (stream's recorder, uptime, values)
        self._changed = False
        self._clock_at = now_ms
        self._saved_at = now_ms - _CHATTER_MS
        self._time_ms = now_ms  # when the node last knew the time
        self._now_ms = now_ms
        self._dirty = arm(self, config, sources, buses, record, keep, now_ms)  # a shelf must not end later for each restart
        self.act(now_ms)
        for source in range(len(sources)):
            if hurry and self.judge.is_active(source):
                hurry(source, True)

    # In.

    def take(self, source, tick, values):
        """Judge the reading of a source that was scheduled at `tick`, and act."""
        self._now_ms = max(tick, self._now_ms)
        self.judge.take(source, tick, values)
        if self._changed:
            self.act(self._now_ms)
            if self._hurry:
                self._hurry(source, self.judge.is_active(source))

    def fault(self, source, now_ms):
        """Note that a source does not deliver."""
        self._now_ms = now_ms
        self.judge.fault(source, now_ms)
        for detector, sensor in self.detectors:
            if sensor == source:
                self.judge.fault(detector, now_ms)
        if self._changed:
            self.act(now_ms)

    def poll(self, now_ms):
        """Do what time decides; return the uptime at which to be called again."""
        self._now_ms = now_ms
        if now_ms >= self._clock_at:
            self._clock_at = now_ms + _MINUTE_MS
            self.judge.clock(now_ms, (now_ms - self._time_ms) // _MINUTE_MS)
        if self.maintained_until is not None and now_ms >= self.maintained_until:
            self.maintain(0, now_ms)
        at = min(self.judge.poll(now_ms), self._clock_at)
        at = min(at, self.act(now_ms))
        if self._dirty and self._keep and not self.is_closed:
            at = min(at, max(now_ms, self._saved_at + _CHATTER_MS))
        if self.remote:
            at = min(at, self.remote.poll(now_ms))
        return at if self.maintained_until is None else min(at, self.maintained_until)

    def know_time(self, now_ms):
        """Note that the node knows the time."""
        self._time_ms = now_ms

    def maintain(self, span_ms, now_ms, cause=0):
        """Begin local maintenance, or end it with 0: outputs stay fail-safe but for tests."""
        was = self.maintained_until is not None
        self.maintained_until = now_ms + span_ms if span_ms else None
        for wired in self.outputs:
            wired.output.maintained = span_ms > 0
        if span_ms or was:
            self.note(self.alarm_recorder, now_ms, (0, _MAINTAIN if span_ms else _RESUME, 0, 0, None, None, 0, span_ms, cause))
        self.act(now_ms)

    # Acting.

    def act(self, now_ms):
        """Bring every output to what is wanted of it; return when time alone changes that."""
        at = now_ms + _FAR_MS
        for _ in range(2):  # an output that is not confirmed may be a rule's reason to want another one
            self._changed = False
            for place, wired in enumerate(self.outputs):
                at = min(at, wired.update(now_ms, self._who_wants(place), at))
            if not self._changed:
                break
        if self.remote:
            for target in self.judge.targets():
                if not isinstance(target, int):
                    holder = 0 if self.maintained_until is not None else self._who_wants(target)
                    self.remote.want(target[0], target[1], holder, holder > 0, now_ms)
        return at

    def let_go(self):
        """Bring every pin to its fail-safe state, because nobody will decide any more."""
        for wired in self.outputs:
            wired.output.let_go()
            wired.drive()

    def _who_wants(self, target):
        """Return the id of a rule that wants an output, 0 where none does."""
        rule = self.judge.wants(target)
        return 0 if rule < 0 else self.judge.ids[rule]

    # Out.

    @property
    def active(self):
        """Whether an alarm stands."""
        return any(self.judge.levels)

    def flush(self):
        """Append what happened to the log.

        Raises: LogError; what was not appended is tried again.
        """
        place = 0
        while place < len(self._pending):
            recorder, now_ms, values = self._pending[place]
            if self.is_closed and not (self.held and self.held.takes(recorder.number)):
                place += 1
                continue
            recorder.append(now_ms, values)
            del self._pending[place]

    def save(self, now_ms, at_once=True):
        """Keep what must outlive a restart, where it has changed; unless `at_once`, a rule that chatters is kept now and then.

        Raises: OSError; it is tried again.
        """
        if self.is_closed or not at_once and now_ms - self._saved_at < _CHATTER_MS:
            return
        if self._keep and (self._dirty or (self.judge.shelves and now_ms - self._saved_at >= _SHELF_MS)):
            self._saved_at = now_ms
            replaced = [self.replaced[rule] for rule in sorted(self.replaced)]
            body = cbor.encode([_VERSION, self.digest, self.judge.save(now_ms), self.done, replaced])
            self._keep.save(body + crc32(body).to_bytes(4, "big"))
            self._dirty = False

    def remember(self, command, status):
        """Have the next save() hold that a command was carried out."""
        self.done = (self.done + [[command, status]])[-_COMMANDS:]
        self._dirty = True

    def replace(self, rule, data, now_ms=None):
        """Put a compiled rule in the place of the one in force, and judge by it at `now_ms`.

        Raises: ValueError, TypeError, DecodeError; then the old one stays.
        """
        self.judge.replace(rule, cbor.decode(data), now_ms)
        self.replaced[rule] = data
        self._dirty = True

    def note(self, recorder, now_ms, values):
        """Have the next flush() append a record."""
        if len(self._pending) >= _WAITING:
            del self._pending[0]  # the newest say how things stand
        self._pending.append((recorder, now_ms, values))

    def on_alarm(self, rule, event, value, limit, detail, cause):
        """Note what happened to an alarm; a Judge tells it."""
        judge = self.judge
        detail = None if detail is None else min(detail, _LIMIT)
        values = (judge.ids[rule], event, judge.states[rule], judge.levels[rule], value, limit, self.exponents[rule], detail, cause)
        self.note(self.alarm_recorder, self._now_ms, values)
        self._changed = self._dirty = True

    def on_output(self, wired, event, cause, after_ms):
        """Note what happened to an output."""
        output = wired.output
        values = (wired.id, event, output.commanded, output.confirmed, cause, min(after_ms, _LIMIT))
        self.note(self.output_recorder, self._now_ms, values)
        self._changed = True
        self.judge.output(self.outputs.index(wired), self._now_ms, output.doubted)


def taker(alarms, source):
    """Return `alarms.take` for one source."""
    return lambda tick, values: alarms.take(source, tick, values)


class Wired:
    """An output with its pins; `inputs` are (role, pin, level). `on_event(wired, event, cause, after_ms)` is told of its events."""

    output: "Any"

    def __init__(self, number, pin, active, inputs, on_event):
        self.id = number
        self.inputs = inputs
        self._pin = pin
        self._active = active
        self._tell = on_event
        self._fails = False

    def update(self, now_ms, wanted_by, at):
        """Do what is wanted; return when time alone changes that, or people may, at most `at`."""
        seen = 0
        if self._fails:
            self.drive()
        for role, pin, level in self.inputs:
            try:
                if pin() == level:
                    seen |= role
            except OSError:
                seen |= role & _PRESENCE  # nobody can tell that nobody is there
        self.output.update(now_ms, wanted_by, seen)
        due = self.output.due_at(now_ms)
        at = at if due is None else min(at, due)
        return min(at, now_ms + _INPUTS_MS) if self.inputs else at

    def on_event(self, output, event, cause, after_ms):
        """Move the pin, before anybody is told."""
        self.drive()
        self._tell(self, event, cause, after_ms)

    def drive(self):
        """Bring the pin to what is commanded."""
        try:
            self._pin(self._active if self.output.commanded else 1 - self._active)
            self._fails = False
        except OSError:  # GPIO of a Linux computer; it must not hold up the outputs behind this one, and is tried again
            self._fails = True
