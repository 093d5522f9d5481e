"""The rules of one node: readings in, the life of its alarms out.

Source: README.md, ../node_config.cddl.
"""

from gilmok_wire.compat import const

from gilmok_rules.steps import Steps
from gilmok_rules.transitions import next_state

# What a rule watches is a byte: its kind, as compiled.py has it, above five bits for the number of the sensor or output.
_HEALTH = const(1 << 5)
_OUTPUT = const(3 << 5)
_CLOCK = const(4 << 5)

_LATCHING = const(1)
_SILENCED = const(2)

# Columns of a row and a phase, as steps.py has them.
_LEVEL = const(1)

# As lifecycle.py has them.
_NORMAL = const(0)
_ACKNOWLEDGED = const(2)
_LATCHED = const(4)
_SHELVED = const(5)
_SUPPRESSED = const(6)
_OUT_OF_SERVICE = const(7)
_STAY = const(8)
_REFUSE = const(9)
_RAISE = const(0)
_ESCALATE = const(1)
_EASE = const(2)
_CLEAR = const(3)
_CLEAR_LATCHING = const(4)
_UNSHELVE = const(8)
_SUPPRESS = const(9)
_UNSUPPRESS = const(10)

_FAR_MS = const(3_600_000)
_MISSING = const(5)  # validity.MISSING
_REPLACED = (None, None, None)  # a step that is active was given another level
_MISSED = const(3)  # so many readings may be missing in a row before a delay begins anew


class Judge:
    """Judges readings by compiled `rules`, any iterable; `periods` are the ms between the readings of each source, `validity` as compiled.

    `on_event(rule, event, value, limit, detail, cause)` is told of every event of the life of rule number `rule`, after it took effect;
    `value` and `limit` are what a step compared, None where none did. Numbers of rules and sources count from 0.
    """

    def __init__(self, rules, periods, on_event, validity=()):
        from gilmok_rules.building import add

        self.ids = []
        self.periods = periods
        self.sources = bytearray()  # of each rule: what it watches …
        self.indices = bytearray()  # … and which of the values
        self.flags = bytearray()
        self.members = {}  # of votes
        self.suppressors = {}
        self.shelves = {}  # rule → uptime at which its shelf ends
        self.steps = Steps(self._count_votes)
        self._on_event = on_event
        for rule in rules:
            add(self, rule)
        self.states = bytearray(len(self.ids))
        self.levels = bytearray(len(self.ids))  # of the highest active step
        self.peaks = bytearray(len(self.ids))  # the highest level since it was raised: what a latched alarm goes on to want
        self._missed = bytearray(len(self.ids))
        self._values = {}  # of what is no channel, where it is not 0
        self._due_ms = 0  # before it time decides nothing; 0 where that is to be looked at anew
        self._checks = ()
        if validity:
            from gilmok_rules.validity import Validity

            self._checks = [Validity(*each) for each in validity]

    # In.

    def take(self, source, now_ms, values):
        """Judge the reading of a source that was scheduled at `now_ms`."""
        code = 0
        for check in self._checks:
            if check.sensor == source:
                if check.check(now_ms, values[check.index]) is None and values[check.index] is not None:
                    values = list(values)
                    values[check.index] = None
                code = code or check.code
        for rule in range(len(self.ids)):
            if self.sources[rule] == source:
                value = values[self.indices[rule]]
                if value is None:
                    code = code or _MISSING
                self._judge(rule, now_ms, value)
        if code or _HEALTH + source in self._values:
            self._judge_all(_HEALTH + source, now_ms, code)

    def fault(self, source, now_ms, code=1):
        """Note that a source does not deliver; its next good reading takes that back."""
        for check in self._checks:
            if check.sensor == source:
                check.begin_anew()
        for rule in range(len(self.ids)):
            if self.sources[rule] == source:
                self._missed[rule] = _MISSED
                self._judge(rule, now_ms, None)
        self._judge_all(_HEALTH + source, now_ms, code)

    def output(self, output, now_ms, doubted):
        """Note whether an output was commanded and is not confirmed."""
        self._judge_all(_OUTPUT + output, now_ms, 1 if doubted else 0)

    def clock(self, now_ms, minutes):
        """Note for how many minutes the node has not known the time."""
        self._judge_all(_CLOCK, now_ms, minutes)

    def poll(self, now_ms):
        """Do what time alone decides; return the uptime at which to be called again. Cost: nothing while nothing was judged since."""
        if now_ms < self._due_ms:
            return self._due_ms
        at = now_ms + _FAR_MS
        for rule in sorted(self.shelves):
            if self.shelves[rule] <= now_ms:
                self.operate(rule, _UNSHELVE, now_ms)
        for rule in range(len(self.ids)):
            if self._waits_ms(rule, now_ms, 1) <= 0:
                self._judge(rule, now_ms, self._values.get(self.sources[rule], 0))
        for rule in range(len(self.ids)):  # once more, since a member may have begun the delay of votes that stand before it
            at = min(at, self.shelves.get(rule, at), now_ms + self._waits_ms(rule, now_ms, _FAR_MS))
        self._due_ms = at
        return at

    def _waits_ms(self, rule, now_ms, otherwise):
        """Return for how long a rule still has to wait, where time alone ends that: of channels readings decide."""
        waits_ms = self.steps.waits_ms(rule, now_ms) if self.sources[rule] >= _HEALTH else None
        return otherwise if waits_ms is None else waits_ms

    def operate(self, rule, event, now_ms, cause=0, shelf_ms=0):
        """Carry out what an operator asks, or time; return the new state, 9 where the event makes no sense in the present one."""
        before = self.states[rule]
        state = next_state(before, event)
        if state == _REFUSE:
            return _REFUSE
        self._due_ms = 0
        if state == _SHELVED:
            self.shelves[rule] = now_ms + shelf_ms
        elif state != _STAY:
            self.shelves.pop(rule, None)
        self._apply(rule, event, None, None, shelf_ms or None, cause)
        self._resume(rule)
        if _OUT_OF_SERVICE in (before, self.states[rule]):
            self._explain_others(rule)
        self._judge_votes(rule, now_ms)
        return self.states[rule]

    def replace(self, rule, compiled, now_ms=None):
        """Put other levels, thresholds, delays and windows in the place of those of a rule; its alarm goes on.

        Raises: ValueError where it has another source, other steps or other outputs: that is another configuration.
        """
        from gilmok_rules.replacing import replace  # 1 KB that is needed on the day somebody sets a threshold

        replace(self, rule, compiled)
        if now_ms is not None and self.sources[rule] >= _HEALTH:  # no reading will come and have it judged
            self._judge(rule, now_ms, self._values.get(self.sources[rule], 0))

    # Out.

    def wants(self, target):
        """Return the number of a rule that wants an output, −1 where none does."""
        rows = self.steps.rows
        for wanted, places in self.steps.targets:
            for row in places if wanted == target else ():
                rule = rows[row]
                state = self.states[rule]
                level = self.peaks[rule] if state == _LATCHED else self.levels[rule] if state <= _ACKNOWLEDGED else 0
                if level >= rows[row + _LEVEL] and not (state == _ACKNOWLEDGED and self.flags[rule] & _SILENCED):
                    return rule
        return -1

    def targets(self):
        """Return the outputs that some step wants, each once."""
        return [target for target, _ in self.steps.targets]

    def is_active(self, source):
        """Tell whether a rule that watches a source is active."""
        for rule, level in enumerate(self.levels):
            if level and self.sources[rule] == source:
                return True
        return False

    # Across a restart.

    def save(self, now_ms):
        """Return what must outlive a restart: of each rule not at rest [id, state, bits of active steps, peak, s left of the shelf]."""
        saved = []
        for rule, rule_id in enumerate(self.ids):
            if self.states[rule] or self.levels[rule]:
                left_ms = self.shelves.get(rule, now_ms) - now_ms
                saved.append([rule_id, self.states[rule], self.steps.active(rule), self.peaks[rule], left_ms // 1000])
        return saved

    def restore(self, saved, now_ms, lapse_s=0):
        """Take up what `save` returned, shelves `lapse_s` shorter; rules that are gone are passed over."""
        from gilmok_rules.building import restore

        restore(self, saved, now_ms, lapse_s)

    def believe(self, rule):
        """Take what a restored rule that is active watches for what it was, so that the first good news is news."""
        if self.sources[rule] >> 5 in (_HEALTH >> 5, _OUTPUT >> 5):
            self._values[self.sources[rule]] = 1

    def end(self, rule):
        """Let an alarm end whose steps that were active are none of its rule any more."""
        self._apply(rule, self._ending(rule), None, None, None, 0)

    # Conditions.

    def _judge(self, rule, now_ms, value):
        """Bring a rule to the value of its source, None where that is missing, and its alarm to the rule."""
        self._due_ms = 0
        if value is None:
            missed = self._missed[rule]
            self._missed[rule] = min(missed + 1, _MISSED)
            self.steps.miss(rule, now_ms, missed >= _MISSED)
            return
        self._missed[rule] = 0
        level, on, off = self.steps.judge(rule, now_ms, value)
        if level != self.levels[rule]:
            turned = on if level > self.levels[rule] else off
            self._move(rule, level, turned or _REPLACED, now_ms)

    def _judge_all(self, watched, now_ms, value):
        """Judge the rules that watch what is no channel; its value stands from now on."""
        if value:
            self._values[watched] = value
        else:
            self._values.pop(watched, None)
        for rule in range(len(self.ids)):
            if self.sources[rule] == watched:
                self._judge(rule, now_ms, value)

    def _judge_votes(self, member, now_ms):
        for rule in range(len(self.ids)):  # in their order, which that of a dictionary is not
            if member in self.members.get(rule, ()):
                self._judge(rule, now_ms, 0)

    def _count_votes(self, rule, least):
        votes = 0
        for member in self.members[rule]:
            votes += self.levels[member] >= least and self.states[member] not in (_SHELVED, _OUT_OF_SERVICE)
        return votes

    # Alarms.

    def _move(self, rule, level, turned, now_ms):
        """Let the level of a rule be another one, and all that hangs on it."""
        before = self.levels[rule]
        self.levels[rule] = level
        if level > before:
            event = _ESCALATE if before else _RAISE
        elif level:
            event = _EASE
        else:
            event = self._ending(rule)
        self.peaks[rule] = level if event == _RAISE else max(self.peaks[rule], level)
        value, limit, held_ms = turned
        self._apply(rule, event, value, limit, held_ms, 0)
        self._explain_others(rule)
        self._judge_votes(rule, now_ms)

    def _ending(self, rule):
        return _CLEAR_LATCHING if self.flags[rule] & _LATCHING else _CLEAR

    def _apply(self, rule, event, value, limit, detail, cause):
        state = next_state(self.states[rule], event)
        if state < _STAY:
            self.states[rule] = state
        self._on_event(rule, event, value, limit, detail, cause)

    def _resume(self, rule):
        """Raise an alarm that is back in service while its condition holds, unless another one explains it."""
        if self.states[rule] == _NORMAL:
            if self._is_explained(rule):
                self._apply(rule, _SUPPRESS, None, None, None, 0)
            elif self.levels[rule]:
                self._apply(rule, _RAISE, None, None, None, 0)

    def _is_explained(self, rule):
        """Tell whether the alarm that explains this one is active; out of service it is told nobody, and so hides nothing."""
        suppressor = self.suppressors.get(rule, -1)
        return suppressor >= 0 and self.levels[suppressor] > 0 and self.states[suppressor] != _OUT_OF_SERVICE

    def _explain_others(self, rule):
        for other in range(len(self.ids)):
            if self.suppressors.get(other) == rule:
                self.suppress(other)

    def suppress(self, rule):
        """Suppress an alarm while the one that explains it is active, and no longer; a latch is for people alone to release."""
        state, explained = self.states[rule], self._is_explained(rule)
        if explained and state not in (_LATCHED, _SHELVED, _SUPPRESSED, _OUT_OF_SERVICE):
            self._apply(rule, _SUPPRESS, None, None, None, 0)
        elif not explained and state == _SUPPRESSED:
            self._apply(rule, _UNSUPPRESS, None, None, None, 0)
            self._resume(rule)
