"""Ranges of sequence numbers as sets that can be compared, counted and copied, which a node never does."""

from .spans import add_span, end_of_span, missing_spans


class Ranges:
    """A set of non-negative integers kept as a sorted list of (first, end) pairs, as spans.py has them."""

    def __init__(self, pairs=()):
        self.pairs = []
        for first, end in pairs:
            self.add(first, end)

    def add(self, first, end):
        """Add the numbers from `first` up to, not including, `end`."""
        add_span(self.pairs, first, end)

    def end_of(self, number):
        """Return the end of the range that holds `number`, or `number` itself where none does."""
        return end_of_span(self.pairs, number)

    def missing(self, first, end):
        """Return the ranges of [first, end) that are not in the set, in order."""
        return missing_spans(self.pairs, first, end)

    def __repr__(self):
        return "Ranges({})".format(self.pairs)

    def __eq__(self, other):
        return isinstance(other, Ranges) and self.pairs == other.pairs

    def __bool__(self):
        return bool(self.pairs)

    def __len__(self):
        """Return how many numbers are in the set."""
        return sum(end - first for first, end in self.pairs)

    def __contains__(self, number):
        return self.end_of(number) > number

    def copy(self):
        """Return an independent set with the same members."""
        other = Ranges()
        other.pairs = list(self.pairs)
        return other
