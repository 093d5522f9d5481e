"""The steps of all rules of a node as one table: when each is active.

A row a step in one flat array, since 32 rules as objects would fill the heap of a small chip. Times in rows are uptime in ms modulo 2^30:
delays are at most six days, so a difference is never ambiguous. compiled.py names the numbers, building.py makes the rows.

Source: README.md, ../node_config.cddl.
"""

from array import array

from gilmok_wire.compat import const

# A row, behind the number of its rule, as building.make_row makes it.
# Thresholds are negative where the step is one of "below", so that there is one comparison.
_LEVEL = const(1)
_QUANTITY = const(2)
_SIGN = const(3)
_SET = const(4)
_CLEAR = const(5)
_ON_MS = const(6)
_OFF_MS = const(7)
_MORE = const(8)
_WINDOW = const(9)  # its place, −1 without
_PHASE = const(10)
_SINCE = const(11)
_WIDTH = const(12)

_FORECAST = const(3)
_COUNT = const(4)

# Phases of a step.
_OFF = const(0)
_RISING = const(1)
_ON = const(2)
_FALLING = const(3)

_MASK = const((1 << 30) - 1)
_HOUR_MS = const(3_600_000)
_MOST = const((1 << 29) - 1)  # what a record can hold


class Steps:
    """Rows, and the windows behind them; a rule's rows stand together, by level. `count_votes(rule, level)` counts votes."""

    def __init__(self, count_votes):
        self.rows = array("i")
        self.firsts = bytearray(1)  # of each rule, in rows
        self.windows = []
        self.targets = []  # (output, rows that want it), in the order of their first step
        self._count_votes = count_votes

    def of(self, rule):
        """Return where the rows of a rule begin."""
        return range(self.firsts[rule] * _WIDTH, self.firsts[rule + 1] * _WIDTH, _WIDTH)

    def judge(self, rule, now_ms, value):
        """Bring the steps of a rule to a value; return (level, the step that turned on, the one that turned off).

        These are (value compared, limit, ms held) of the highest that did, or None.
        """
        rows, level, on, off = self.rows, 0, None, None
        for row in self.of(rule):
            found = self._quantity(row, now_ms, value)
            was_on = rows[row + _PHASE] >= _ON
            held_ms = 0
            if found is not None:
                held_ms = self._advance(row, now_ms, found)
            else:  # a mean of too few: a delay counts what is known
                rows[row + _PHASE] &= _ON
            if rows[row + _PHASE] >= _ON:
                level = rows[row + _LEVEL]
                if not was_on:
                    on = found, rows[row + _SET] * rows[row + _SIGN], held_ms
            elif was_on:
                off = found, rows[row + _CLEAR] * rows[row + _SIGN], held_ms
        return level, on, off

    def miss(self, rule, now_ms, anew):
        """Let windows know of a reading that is missing, and delays begin `anew`."""
        rows = self.rows
        for row in self.of(rule):
            if rows[row + _WINDOW] >= 0:
                self.windows[rows[row + _WINDOW]].add(now_ms, None)
            if anew:
                rows[row + _PHASE] &= _ON

    def waits_ms(self, rule, now_ms):
        """Return for how long a step of a rule still has to hold until it turns, None where none waits."""
        rows, least = self.rows, None
        for row in self.of(rule):
            phase = rows[row + _PHASE]
            if phase & 1:
                left = rows[row + (_ON_MS if phase == _RISING else _OFF_MS)] - self._held_ms(row, now_ms)
                least = left if least is None else min(least, left)
        return least

    def active(self, rule):
        """Return the active steps of a rule as bits."""
        bits = 0
        for place, row in enumerate(self.of(rule)):
            bits |= (self.rows[row + _PHASE] >> 1) << place
        return bits

    def _advance(self, row, now_ms, value):
        """Move one step on; return for how long what it came to has held."""
        rows = self.rows
        value *= rows[row + _SIGN]
        phase = rows[row + _PHASE]
        rest = phase & _ON
        if value < rows[row + _CLEAR] if rest else value >= rows[row + _SET]:
            waits, delay = rest + 1, rows[row + (_OFF_MS if rest else _ON_MS)]
        else:
            rows[row + _PHASE] = rest
            return 0
        if phase != waits:
            rows[row + _PHASE] = waits
            rows[row + _SINCE] = now_ms & _MASK
        held_ms = self._held_ms(row, now_ms)
        if held_ms >= delay:
            rows[row + _PHASE] = _ON - rest
        return held_ms

    def _held_ms(self, row, now_ms):
        held_ms = (now_ms - self.rows[row + _SINCE]) & _MASK
        return 0 if held_ms > _MASK >> 1 else held_ms  # a reading that was scheduled before time alone began this, or a fault within a poll

    def _quantity(self, row, now_ms, value):
        """Return what the step compares, None where it cannot be told yet."""
        rows = self.rows
        quantity = rows[row + _QUANTITY]
        if quantity == _COUNT:
            return self._count_votes(rows[row], rows[row + _MORE])
        if rows[row + _WINDOW] < 0:
            return value
        found = self.windows[rows[row + _WINDOW]].add(now_ms, value)
        if quantity != _FORECAST:
            return found
        if found is None:  # behind a restart: the value alone can raise, but not clear what a forecast has raised
            return None if rows[row + _PHASE] >= _ON and value * rows[row + _SIGN] < rows[row + _CLEAR] else value
        ahead = found * rows[row + _MORE] // _HOUR_MS
        return max(-_MOST, min(_MOST, value + ahead)) if ahead * rows[row + _SIGN] > 0 else value
