"""Randomness that is the same on both interpreters and in every release of Python."""


class Dice:
    """A xorshift generator of 32 bits. `seed` alone decides every roll, so a failure is replayed by its seed."""

    def __init__(self, seed):
        self._state = (seed * 2654435761 + 0x9E3779B9) & 0xFFFFFFFF or 1
        for _ in range(8):  # neighbouring seeds start alike
            self._next()

    def below(self, limit):
        """Return an integer from 0 up to, not including, `limit`."""
        return (self._next() << 16 ^ self._next()) % limit

    def between(self, low, high):
        """Return an integer from `low` up to and including `high`."""
        return low + self.below(high - low + 1)

    def chance(self, percent):
        """Return True in `percent` of 100 cases."""
        return self.below(100) < percent

    def pick(self, choices):
        """Return one of `choices`."""
        return choices[self.below(len(choices))]

    def bytes(self, count):
        """Return `count` random bytes."""
        return bytes([self._next() >> 11 & 0xFF for _ in range(count)])

    def _next(self):
        state = self._state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        self._state = state
        return state
