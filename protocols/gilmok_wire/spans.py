"""Sorted, disjoint, half-open ranges of sequence numbers, as far as a node needs them."""


class Spans:
    """A set of non-negative integers kept as a sorted list of [first, end) pairs.

    Cost: linear in the number of ranges, which is the number of holes, not of members.
    """

    def __init__(self, pairs=()):
        self.pairs = []
        for first, end in pairs:
            self.add(first, end)

    def add(self, first, end):
        """Add the numbers from `first` up to, not including, `end`."""
        if end <= first:
            return
        pairs = self.pairs
        low = len(pairs)
        while low and pairs[low - 1][1] >= first:  # the tail is where records arrive, so search from there
            low -= 1
        high = low
        while high < len(pairs) and pairs[high][0] <= end:
            high += 1
        if high > low:
            first = min(first, pairs[low][0])
            end = max(end, pairs[high - 1][1])
        pairs[low:high] = [(first, end)]

    def end_of(self, number):
        """Return the end of the range that holds `number`, or `number` itself where none does."""
        for first, end in reversed(self.pairs):
            if first <= number:
                return end if end > number else number
        return number

    def missing(self, first, end):
        """Return the ranges of [first, end) that are not in the set, in order."""
        holes = []
        for low, high in self.pairs:
            if high <= first:
                continue
            if low >= end:
                break
            if low > first:
                holes.append((first, low))
            first = high
        if first < end:
            holes.append((first, end))
        return holes
