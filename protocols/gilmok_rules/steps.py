"""The steps of all rules of a node as one table: when each is active.

A row a step in one flat array, since 32 rules as objects would fill the heap of a small chip. Times in rows are uptime in ms modulo 2^30:
delays are at most six days, so a difference is never ambiguous.

Source: README.md, ../node_config.cddl.
"""

from array import array

from gilmok_wire.compat import const

# Quantities; BELOW is added where a step is active at or below.
VALUE = const(0)
MEAN = const(1)
RATE = const(2)
FORECAST = const(3)
COUNT = const(4)
BELOW = const(8)

# A row. Thresholds are negative where the step is one of "below", so that there is one comparison.
RULE = const(0)
LEVEL = const(1)
_QUANTITY = const(2)
_SIGN = const(3)
_SET = const(4)
_CLEAR = const(5)
_ON_MS = const(6)
_OFF_MS = const(7)
_MORE = const(8)
FILTER = const(9)
PHASE = const(10)
_SINCE = const(11)
WIDTH = const(12)

# Phases of a step.
_OFF = const(0)
_RISING = const(1)
ON = const(2)
_FALLING = const(3)

_MASK = const((1 << 30) - 1)
_HOUR_MS = const(3_600_000)


class Steps:
    """Rows, and the windows behind them. A rule's rows stand together, in the order of their levels."""

    def __init__(self):
        self.rows = array("i")
        self.targets = []  # (row, target)
        self.filters = []
        self._firsts = bytearray(1)  # of each rule, in rows

    def add(self, steps, period_ms):
        """Append the compiled steps of the next rule, whose source has a reading every `period_ms`."""
        number = len(self._firsts) - 1
        for step in steps:
            place = -1
            if step[6]:
                place = len(self.filters)
                self.filters.append(make_filter(step, period_ms))
            for target in step[8]:
                self.targets.append((len(self.rows), target if isinstance(target, int) else tuple(target)))
            self.rows.extend(make_row(number, step, place))
        self._firsts.append(len(self.rows) // WIDTH)

    def of(self, rule):
        """Return the rows of a rule."""
        first, past = self._firsts[rule], self._firsts[rule + 1]
        return range(first * WIDTH, past * WIDTH, WIDTH)

    def judge(self, rule, now_ms, value, vote):
        """Bring the steps of a rule to a value; return (level, the step that turned on, the one that turned off).

        These are (value compared, limit, ms held) of the highest that did, or None; `vote(rule, level)` counts votes.
        """
        rows, level, on, off = self.rows, 0, None, None
        for row in self.of(rule):
            found = self._quantity(row, now_ms, value, vote)
            was_on = rows[row + PHASE] >= ON
            held_ms = 0 if found is None else self._advance(row, now_ms, found)
            is_on = rows[row + PHASE] >= ON
            if is_on:
                level = rows[row + LEVEL]
            if is_on and not was_on:
                on = found, rows[row + _SET] * rows[row + _SIGN], held_ms
            elif was_on and not is_on:
                off = found, rows[row + _CLEAR] * rows[row + _SIGN], held_ms
        return level, on, off

    def miss(self, rule, now_ms, anew):
        """Let windows know of a reading that is missing, and delays begin `anew`."""
        rows = self.rows
        for row in self.of(rule):
            if rows[row + FILTER] >= 0:
                self.filters[rows[row + FILTER]].add(now_ms, None)
            if anew:
                rows[row + PHASE] &= ON

    def waits_ms(self, row, now_ms):
        """Return for how long a step still has to hold until it turns, None where it does not wait."""
        rows = self.rows
        phase = rows[row + PHASE]
        if not phase & 1:
            return None
        return rows[row + (_ON_MS if phase == _RISING else _OFF_MS)] - ((now_ms - rows[row + _SINCE]) & _MASK)

    def active(self, rule):
        """Return the active steps of a rule as bits."""
        bits = 0
        for place, row in enumerate(self.of(rule)):
            bits |= (self.rows[row + PHASE] >> 1) << place
        return bits

    def restore(self, rule, bits):
        """Let the steps of a rule be active that `active` told; return the level."""
        level = 0
        for place, row in enumerate(self.of(rule)):
            if bits >> place & 1:
                self.rows[row + PHASE] = ON
                level = self.rows[row + LEVEL]
        return level

    def _advance(self, row, now_ms, value):
        """Move one step on; return for how long what it came to has held."""
        rows = self.rows
        value *= rows[row + _SIGN]
        phase = rows[row + PHASE]
        if phase < ON:
            waits, holds, delay = _RISING, value >= rows[row + _SET], rows[row + _ON_MS]
        else:
            waits, holds, delay = _FALLING, value < rows[row + _CLEAR], rows[row + _OFF_MS]
        if not holds:
            rows[row + PHASE] = _OFF if phase < ON else ON
            return 0
        if phase != waits:
            rows[row + PHASE] = waits
            rows[row + _SINCE] = now_ms & _MASK
        held_ms = (now_ms - rows[row + _SINCE]) & _MASK
        if held_ms > _MASK >> 1:  # a reading that was scheduled before time alone began this
            held_ms = 0
        if held_ms >= delay:
            rows[row + PHASE] = ON if waits == _RISING else _OFF
        return held_ms

    def _quantity(self, row, now_ms, value, vote):
        """Return what the step compares, None where it cannot be told yet."""
        rows = self.rows
        quantity = rows[row + _QUANTITY]
        if rows[row + FILTER] >= 0:
            found = self.filters[rows[row + FILTER]].add(now_ms, value)
            if quantity != FORECAST:
                return found
            ahead = 0 if found is None else found * rows[row + _MORE] // _HOUR_MS
            return value + ahead if ahead * rows[row + _SIGN] > 0 else value
        return vote(rows[row], rows[row + _MORE]) if quantity == COUNT else value


def make_filter(step, period_ms):
    """Return the window of a compiled step."""
    from gilmok_rules.trend import SpanMean, SpanSlope

    return (SpanMean if step[1] & 7 == MEAN else SpanSlope)(period_ms, step[6], step[7])


def make_row(number, step, place):
    """Return the row of a compiled step that is not active; `place` is that of its window, −1 without."""
    level, quantity, limit, clear, on_ms, off_ms, _, more, _ = step
    sign = -1 if quantity & BELOW else 1
    return array("i", [number, level, quantity & 7, sign, limit * sign, clear * sign, on_ms, off_ms, more, place, 0, 0])
