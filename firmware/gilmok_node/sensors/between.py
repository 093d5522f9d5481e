"""Options that are integers within bounds: a module of its own, which a node loads only for the drivers that have one."""


class Between:
    """Allowed values of an option: the integers from `low` to `high`, both included."""

    def __init__(self, low, high):
        self.low = low
        self.high = high

    def __contains__(self, value):
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high

    def __repr__(self):
        return "{} … {}".format(self.low, self.high)
