"""Ranges of sequence numbers as sets that can be compared, counted and copied, which a node never does."""

from .spans import Spans


class Ranges(Spans):
    """A set of non-negative integers, as Spans."""

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
