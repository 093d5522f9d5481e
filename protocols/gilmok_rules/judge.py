"""The rules of one node: readings in, the life of its alarms out.

Source: README.md, ../node_config.cddl.
"""

from gilmok_wire.compat import const

from gilmok_rules.steps import LEVEL, ON, PHASE, WIDTH, Steps
from gilmok_rules.transitions import (
    ACKNOWLEDGED,
    CLEAR,
    CLEAR_LATCHING,
    EASE,
    ESCALATE,
    LATCHED,
    NORMAL,
    OUT_OF_SERVICE,
    RAISE,
    REFUSE,
    SHELVED,
    STAY,
    SUPPRESS,
    SUPPRESSED,
    UNACKNOWLEDGED,
    UNSHELVE,
    UNSUPPRESS,
    next_state,
)

# Kinds of sources.
CHANNEL = const(0)
HEALTH = const(1)
VOTES = const(2)
OUTPUT = const(3)
CLOCK = const(4)

LATCHING = const(1)
SILENCED = const(2)  # an acknowledgement silences the outputs

_FAR_MS = const(3_600_000)
_MISSING = const(5)  # validity.MISSING
_MISSED = const(3)  # so many readings may be missing in a row before a delay begins anew


class Judge:
    """Judges readings by compiled `rules`, any iterable; `periods` are the ms between the readings of each source, `validity` as compiled.

    `on_event(rule, event, value, limit, detail, cause)` is told of every event of the life of rule number `rule`, after it took effect;
    `value` and `limit` are what a step compared, None where none did. Numbers of rules and sources count from 0.
    """

    def __init__(self, rules, periods, on_event, validity=()):
        self.ids = []
        self._on_event = on_event
        self._periods = periods
        self._kinds = bytearray()
        self._wheres = []  # sensor, members or output
        self._indices = bytearray()
        self._flags = bytearray()
        self._suppressors = []
        self.steps = Steps()
        for rule in rules:
            self._add(rule)
        count = len(self.ids)
        self.states = bytearray(count)
        self.levels = bytearray(count)  # of the highest active step
        self._peaks = bytearray(count)  # the highest level since it was raised: what a latched alarm goes on to want
        self._missed = bytearray(count)
        self._ends = {}  # rule → uptime at which its shelf ends
        self._health = bytearray(len(periods))
        self._doubted = {}  # output → 1 while commanded and not confirmed
        self._minutes = 0
        self._checks = []
        if validity:
            from gilmok_rules.validity import Validity

            self._checks = [Validity(*each) for each in validity]

    # In.

    def take(self, source, now_ms, values):
        """Judge the reading of a source that was scheduled at `now_ms`."""
        before = self._health[source]
        values = self._believed(source, now_ms, values)
        for rule in range(len(self.ids)):
            if self._watches(rule, source):
                self._judge(rule, now_ms, values[self._indices[rule]])
        if before or self._health[source]:
            self._judge_all(HEALTH, now_ms, source)

    def fault(self, source, now_ms, code=1):
        """Note that a source does not deliver; its next good reading takes that back."""
        self._health[source] = code
        for rule in range(len(self.ids)):
            if self._watches(rule, source):
                self._missed[rule] = _MISSED
                self._judge(rule, now_ms, None)
        self._judge_all(HEALTH, now_ms, source)

    def output(self, output, now_ms, doubted):
        """Note whether an output was commanded and is not confirmed."""
        self._doubted[output] = 1 if doubted else 0
        self._judge_all(OUTPUT, now_ms, output)

    def clock(self, now_ms, minutes):
        """Note for how many minutes the node has not known the time."""
        self._minutes = minutes
        self._judge_all(CLOCK, now_ms, None)

    def poll(self, now_ms):
        """Do what time alone decides; return the uptime at which to be called again."""
        at = now_ms + _FAR_MS
        for rule in [rule for rule, end in self._ends.items() if end <= now_ms]:
            self.operate(rule, UNSHELVE, now_ms)
        for end in self._ends.values():
            at = min(at, end)
        for row in range(0, len(self.steps.rows), WIDTH):
            rule = self.steps.rows[row]
            waits_ms = None if self._kinds[rule] == CHANNEL else self.steps.waits_ms(row, now_ms)  # of channels readings alone decide
            if waits_ms is not None and waits_ms <= 0:
                self._judge(rule, now_ms, self._standing(rule))
            elif waits_ms is not None:
                at = min(at, now_ms + waits_ms)
        return at

    def operate(self, rule, event, now_ms, cause=0, shelf_ms=0):
        """Carry out what an operator asks, or time; return the new state, REFUSE where the event makes no sense in the present one."""
        state = next_state(self.states[rule], event)
        if state == REFUSE:
            return REFUSE
        if state == SHELVED:
            self._ends[rule] = now_ms + shelf_ms
        elif rule in self._ends and state != STAY:
            del self._ends[rule]
        self._apply(rule, event, None, None, shelf_ms or None, cause)
        self._resume(rule, now_ms)
        self._judge_votes(rule, now_ms)
        return self.states[rule]

    def replace(self, rule, compiled):
        """Put other levels, thresholds, delays and windows in the place of those of a rule; its alarm goes on.

        Raises: ValueError where it has another source, other steps or other outputs: that is another configuration.
        """
        from gilmok_rules.replacing import replace  # 1 KB that is needed on the day somebody sets a threshold

        replace(self, rule, compiled)

    # Out.

    @property
    def shelved(self):
        """Whether an alarm is shelved."""
        return bool(self._ends)

    def wants(self, target):
        """Return the number of a rule that wants an output, −1 where none does."""
        rows = self.steps.rows
        for row, wanted in self.steps.targets:
            if wanted == target:
                rule = rows[row]
                state = self.states[rule]
                if state == LATCHED:
                    if self._peaks[rule] >= rows[row + LEVEL]:
                        return rule
                elif rows[row + PHASE] >= ON and state <= ACKNOWLEDGED and not (state == ACKNOWLEDGED and self._flags[rule] & SILENCED):
                    return rule
        return -1

    def targets(self):
        """Return the outputs that some step wants, each once."""
        found = []
        for _, target in self.steps.targets:
            if target not in found:
                found.append(target)
        return found

    def is_active(self, source):
        """Tell whether a rule that watches a source is active."""
        for rule, level in enumerate(self.levels):
            if level and self._watches(rule, source):
                return True
        return False

    # Across a restart.

    def save(self, now_ms):
        """Return what must outlive a restart: of each rule not at rest [id, state, bits of active steps, peak, s left of the shelf]."""
        saved = []
        for rule, rule_id in enumerate(self.ids):
            if self.states[rule] or self.levels[rule]:
                left_ms = self._ends.get(rule, now_ms) - now_ms
                saved.append([rule_id, self.states[rule], self.steps.active(rule), self._peaks[rule], left_ms // 1000])
        return saved

    def restore(self, saved, now_ms, lapse_s=0):
        """Take up what `save` returned, shelves `lapse_s` shorter; rules that are gone are passed over."""
        for rule_id, state, bits, peak, left_s in saved:
            if rule_id not in self.ids:
                continue
            rule = self.ids.index(rule_id)
            self.states[rule] = state
            self._peaks[rule] = peak
            self.levels[rule] = self.steps.restore(rule, bits)
            if state == SHELVED:
                self._ends[rule] = now_ms + max(0, left_s - lapse_s) * 1000
        for rule in range(len(self.ids)):
            if self._suppressors[rule] is not None and self.states[rule] == SUPPRESSED and not self.levels[self._suppressors[rule]]:
                self.states[rule] = UNACKNOWLEDGED if self.levels[rule] else NORMAL

    # Conditions.

    def _judge(self, rule, now_ms, value):
        """Bring a rule to the value of its source, None where that is missing, and its alarm to the rule."""
        if value is None:
            missed = self._missed[rule]
            self._missed[rule] = min(missed + 1, _MISSED)
            self.steps.miss(rule, now_ms, missed >= _MISSED)
            return
        self._missed[rule] = 0
        level, on, off = self.steps.judge(rule, now_ms, value, self._count_votes)
        if level != self.levels[rule]:
            self._move(rule, level, on if level > self.levels[rule] else off, now_ms)

    def _count_votes(self, rule, least):
        votes = 0
        for member in self._wheres[rule]:
            votes += self.levels[member] >= least and self.states[member] not in (SHELVED, OUT_OF_SERVICE)
        return votes

    def _believed(self, source, now_ms, values):
        """Return the values, None in the place of what cannot be believed; the sensor's health is noted."""
        code = 0
        for check in self._checks:
            if check.sensor == source:
                if check.check(now_ms, values[check.index]) is None and values[check.index] is not None:
                    values = list(values)
                    values[check.index] = None
                code = code or check.code
        for rule, index in enumerate(self._indices):
            if not code and self._watches(rule, source) and values[index] is None:
                code = _MISSING
        self._health[source] = code
        return values

    def _watches(self, rule, source):
        return self._kinds[rule] == CHANNEL and self._wheres[rule] == source

    def _judge_all(self, kind, now_ms, where):
        for rule in range(len(self.ids)):
            if self._kinds[rule] == kind and self._wheres[rule] == where:
                self._judge(rule, now_ms, self._standing(rule))

    def _standing(self, rule):
        """Return the present value of a source that is no channel; votes count for themselves."""
        kind = self._kinds[rule]
        if kind == HEALTH:
            return self._health[self._wheres[rule]]
        return self._doubted.get(self._wheres[rule], 0) if kind == OUTPUT else self._minutes

    # Alarms.

    def _move(self, rule, level, turned, now_ms):
        """Let the level of a rule be another one, and all that hangs on it."""
        before = self.levels[rule]
        self.levels[rule] = level
        if level > before:
            event = ESCALATE if before else RAISE
        elif level:
            event = EASE
        else:
            event = CLEAR_LATCHING if self._flags[rule] & LATCHING else CLEAR
        if event == RAISE:
            self._peaks[rule] = 0
        self._peaks[rule] = max(self._peaks[rule], level)
        value, limit, held_ms = turned
        self._apply(rule, event, value, limit, held_ms, 0)
        self._suppress_by(rule, now_ms)
        self._judge_votes(rule, now_ms)

    def _apply(self, rule, event, value, limit, detail, cause):
        state = next_state(self.states[rule], event)
        if state < STAY:
            self.states[rule] = state
        self._on_event(rule, event, value, limit, detail, cause)

    def _resume(self, rule, now_ms):
        """Raise an alarm that is back in service while its condition holds, unless another one explains it."""
        if self.states[rule] != NORMAL or not self.levels[rule]:
            return
        suppressor = self._suppressors[rule]
        explained = suppressor is not None and self.levels[suppressor]
        self._apply(rule, SUPPRESS if explained else RAISE, None, None, None, 0)

    def _suppress_by(self, suppressor, now_ms):
        active = self.levels[suppressor]
        for rule, other in enumerate(self._suppressors):
            if other == suppressor:
                state = self.states[rule]
                if active and state not in (SHELVED, SUPPRESSED, OUT_OF_SERVICE):
                    self._apply(rule, SUPPRESS, None, None, None, 0)
                elif not active and state == SUPPRESSED:
                    self._apply(rule, UNSUPPRESS, None, None, None, 0)
                    self._resume(rule, now_ms)

    def _judge_votes(self, member, now_ms):
        for rule, kind in enumerate(self._kinds):
            if kind == VOTES and member in self._wheres[rule]:
                self._judge(rule, now_ms, 0)

    def _add(self, rule):
        rule_id, source, flags, suppressor, steps = rule
        self.ids.append(rule_id)
        self._kinds.append(source[0])
        self._wheres.append(source[1] if len(source) > 1 else None)
        self._indices.append(source[2] if len(source) > 2 else 0)
        self._flags.append(flags)
        self._suppressors.append(suppressor)
        self.steps.add(steps, self._periods[source[1]] if source[0] == CHANNEL else 0)
