"""Options in which a site file describes an instrument as a list of channels."""

from gilmok_wire.compat import const

from gilmok_node.sensors.names import Name

_MOST = const(16)  # columns of a stream (protocols/gilmok.cddl)
_LETTERS = const(20)  # of a channel's name and unit together, for one line of a schema to fit a frame


class ChannelList:
    """Allowed values: lists of [name, unit, exponent, …], where `accepts(rest)` judges what follows the exponent."""

    def __init__(self, form, accepts):
        self._form = form
        self._accepts = accepts

    def __contains__(self, value):
        if not isinstance(value, (list, tuple)):
            return False
        if len(value) > _MOST or not all([self._is_channel(item) for item in value]):
            return False
        return len({item[0] for item in value}) == len(value)

    def _is_channel(self, item):
        if not isinstance(item, (list, tuple)) or len(item) < 3:
            return False
        name, unit, exponent = item[:3]
        return (
            name in Name()
            and isinstance(unit, str)
            and 0 < len(unit) <= _LETTERS - len(name)
            and is_whole(exponent, -9, 9)
            and bool(self._accepts(list(item[3:])))
        )

    def __repr__(self):
        return "a list of at most {} {}".format(_MOST, self._form)


def is_whole(value, low, high):
    """Return whether `value` is an integer from `low` to `high`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
