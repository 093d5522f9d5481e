"""What a node decides by itself: readings to rules, rules to outputs, and both to the log.

First judge and act, then append, then send: `take` moves pins before anything is written, `flush` records what happened, and
`keep` saves what must outlive a restart.

Source: protocols/gilmok_rules/README.md.
"""

from binascii import crc32

from gilmok_rules.judge import Judge
from gilmok_rules.output import Output
from gilmok_wire import cbor
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError
from gilmok_wire.messages import EVENTS
from gilmok_wire.node_stream import StreamInfo

_CHANNEL = const(0)
_VERSION = const(1)
_INPUTS_MS = const(50)  # people and limit switches: half of what a person feels as at once
_MINUTE_MS = const(60_000)
_SHELF_MS = const(600_000)  # how often shelves are saved, and so how much earlier they end for each restart
_COMMANDS = const(8)  # whose effect is kept: more cannot be on their way
_FAR_MS = const(3_600_000)
# Events beside those of gilmok_rules.lifecycle, of rule 0.
MAINTAIN = const(13)
RESUME = const(14)

# Texts: as tuples they would stay on the heap, and only a schema needs them.
ALARM_COLUMNS = "rule 1 0\nevent 1 0\nstate 1 0\nlevel 1 0\nvalue 1 0\nset 1 0\nexponent 1 0\ndetail 1 0\ncause 1 0\n"
OUTPUT_COLUMNS = "output 1 0\nevent 1 0\ncommanded 1 0\nconfirmed 1 0\ncause 1 0\nafter ms 0\n"
_LIMIT = const((1 << 29) - 1)


class Alarms:
    """Rules, alarms and outputs of a node.

    `sources` are (channels, period in ms) of each sensor and detector; `hurry(source, on)` is told when one should measure faster.
    `record(info)` returns the Recorder of a stream, `buses` hands out pins, `keep` is a Keep or None.
    """

    def __init__(self, config, sources, buses, record, keep, now_ms, hurry):
        self.maintained_until = None
        self.done = []  # (command, status) of the last ones
        self.remote = None  # drives outputs of other nodes
        self._digest = config.digest
        self._keep = keep
        self._hurry = hurry
        self._hurried = bytearray(len(sources))
        self._detectors = bytearray([spec[2] for spec in config.detectors])  # the sensor of each; as sources they stand behind the sensors
        self._pending = []  # (stream's recorder, uptime, values)
        self._changed = False
        self._dirty = False
        self._replaced = {}  # rule → compiled, set by command
        self._clock_at = self._saved_at = now_ms
        self._time_ms = now_ms  # when the node last knew the time
        self._exponents = []
        self._now_ms = now_ms
        self._alarm = record(StreamInfo("alarm", EVENTS, ALARM_COLUMNS, 0, True))
        self._output = record(StreamInfo("output", EVENTS, OUTPUT_COLUMNS, 0, True)) if config.outputs else None
        self.judge = Judge(self._decoded(config.rules, sources), [period_ms for _, period_ms in sources], self._on_alarm, config.validity)
        self.outputs = [_Wired(each, buses, self._on_output) for each in config.outputs]
        self._has_inputs = any([wired.inputs for wired in self.outputs])
        self._restore(now_ms)
        self.act(now_ms)

    # In.

    def take(self, source, tick, values):
        """Judge the reading of a source that was scheduled at `tick`, and act."""
        self._now_ms = max(tick, self._now_ms)
        self.judge.take(source, tick, values)
        if self._changed:
            self.act(self._now_ms)
            active = self.judge.is_active(source)
            if active != self._hurried[source]:
                self._hurried[source] = active
                self._hurry(source, active)

    def fault(self, source, now_ms):
        """Note that a source does not deliver."""
        self._now_ms = now_ms
        self.judge.fault(source, now_ms)
        for place, sensor in enumerate(self._detectors):
            if sensor == source:
                self.judge.fault(len(self._hurried) - len(self._detectors) + place, now_ms)
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
            self.note(self._alarm, now_ms, (0, MAINTAIN if span_ms else RESUME, 0, 0, None, None, 0, span_ms, cause))
        self.act(now_ms)

    # Acting.

    def act(self, now_ms):
        """Bring every output to what is wanted of it; return when time alone changes that."""
        at = now_ms + (_INPUTS_MS if self._has_inputs else _FAR_MS)
        for _ in range(2):  # an output that is not confirmed may be a rule's reason to want another one
            self._changed = False
            for place, wired in enumerate(self.outputs):
                rule = self.judge.wants(place)
                due = wired.update(now_ms, 0 if rule < 0 else self.judge.ids[rule])
                at = at if due is None else min(at, due)
                if wired.output.doubted != wired.doubted:
                    wired.doubted = wired.output.doubted
                    self.judge.output(place, now_ms, wired.doubted)
            if not self._changed:
                break
        if self.remote:
            for target in self.judge.targets():
                if not isinstance(target, int):
                    rule = -1 if self.maintained_until is not None else self.judge.wants(target)
                    self.remote.want(target[0], target[1], 0 if rule < 0 else self.judge.ids[rule], rule >= 0, now_ms)
        return at

    # Out.

    @property
    def active(self):
        """Whether an alarm stands."""
        return any(self.judge.levels)

    def flush(self):
        """Append what happened to the log.

        Raises: LogError; what was not appended is tried again.
        """
        while self._pending:
            recorder, now_ms, values = self._pending[0]
            recorder.append(now_ms, values)
            del self._pending[0]

    def save(self, now_ms):
        """Keep what must outlive a restart, where it has changed.

        Raises: OSError; it is tried again.
        """
        if self._keep and (self._dirty or (self.judge.shelves and now_ms - self._saved_at >= _SHELF_MS)):
            self._saved_at = now_ms
            replaced = [self._replaced[rule] for rule in sorted(self._replaced)]
            body = cbor.encode([_VERSION, self._digest, self.judge.save(now_ms), self.done, replaced])
            self._keep.save(body + crc32(body).to_bytes(4, "big"))
            self._dirty = False

    def remember(self, command, status):
        """Have the next save() hold that a command was carried out."""
        self.done = (self.done + [[command, status]])[-_COMMANDS:]
        self._dirty = True

    def replace(self, rule, data):
        """Put a compiled rule in the place of the one in force.

        Raises: ValueError, TypeError, DecodeError; then the old one stays.
        """
        self.judge.replace(rule, cbor.decode(data))
        self._replaced[rule] = data
        self._dirty = True

    def _decoded(self, rules, sources):
        """Yield the rules one by one, which a small heap has room for; the exponents of what they watch are noted."""
        for data in rules:
            rule = cbor.decode(data)
            source = rule[1]
            self._exponents.append(sources[source[1]][0][source[2]][2] if source[0] == _CHANNEL else 0)
            yield rule

    def _restore(self, now_ms):
        data = self._keep.load() if self._keep else None
        if not data or len(data) < 4 or crc32(data[: len(data) - 4]) != int.from_bytes(data[len(data) - 4 :], "big"):
            return
        try:
            version, digest, saved, done, replaced = cbor.decode(data[: len(data) - 4])
        except (DecodeError, ValueError, TypeError):
            return
        if version != _VERSION:
            return
        self.done = done
        if digest == self._digest:  # a new configuration holds whatever was set before it
            for rule_data in replaced:
                self.replace(self.judge.ids.index(cbor.decode(rule_data)[0]), rule_data)
        self.judge.restore(saved, now_ms, _SHELF_MS // 1000)
        self._dirty = True

    def note(self, recorder, now_ms, values):
        """Have the next flush() append a record."""
        self._pending.append((recorder, now_ms, values))
        self._changed = self._dirty = True

    def _on_alarm(self, rule, event, value, limit, detail, cause):
        judge = self.judge
        detail = None if detail is None else min(detail, _LIMIT)
        values = (judge.ids[rule], event, judge.states[rule], judge.levels[rule], value, limit, self._exponents[rule], detail, cause)
        self.note(self._alarm, self._now_ms, values)

    def _on_output(self, wired, event, cause, after_ms):
        output = wired.output
        self.note(self._output, self._now_ms, (wired.id, event, output.commanded, output.confirmed, cause, min(after_ms, _LIMIT)))


class _Wired:
    """An output with its pins."""

    def __init__(self, spec, buses, on_event):
        self.id, pin, self._active, fail_safe, min_on_ms, inputs, confirm_ms = spec
        roles = 0
        self.inputs = []
        for role, number, level in inputs:
            roles |= 1 << role
            self.inputs.append((1 << role, buses.input_pin(number), level))
        self.doubted = False
        self.output = Output(
            fail_safe, min_on_ms, confirm_ms, roles, lambda _, event, cause, after_ms: on_event(self, event, cause, after_ms)
        )
        self._state = fail_safe
        self._pin = buses.output_pin(pin, self._level(fail_safe))

    def update(self, now_ms, wanted_by):
        """Bring the pin to what is wanted; return when time alone changes that, or None."""
        seen = 0
        for role, pin, level in self.inputs:
            if pin() == level:
                seen |= role
        state = self.output.update(now_ms, wanted_by, seen)
        if state != self._state:
            self._state = state
            self._pin(self._level(state))
        return self.output.due_at(now_ms)

    def _level(self, state):
        return self._active if state else 1 - self._active
