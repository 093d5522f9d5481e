"""Options in which a site file describes an instrument: the names of channels, and lists of them."""

_NAME_LENGTH = 14  # of a channel name in a catalogue
_FIRST = "abcdefghijklmnopqrstuvwxyz"
_NEXT = _FIRST + "0123456789_"


class Name:
    """Allowed values: names of a channel, lower_snake, at most 14 characters, but for those `taken`."""

    def __init__(self, *taken):
        self._taken = taken

    def __contains__(self, value):
        return (
            isinstance(value, str)
            and 0 < len(value) <= _NAME_LENGTH
            and value[0] in _FIRST
            and all([letter in _NEXT for letter in value])
            and value not in self._taken
        )

    def __repr__(self):
        return "a name of lower-case letters, digits and _, at most {} characters".format(_NAME_LENGTH)


class ChannelList:
    """Allowed values: lists of [name, unit, exponent, …], where `accepts(rest)` judges what follows the exponent."""

    def __init__(self, form, accepts):
        self._form = form
        self._accepts = accepts

    def __contains__(self, value):
        if not isinstance(value, (list, tuple)):
            return False
        return all([self._is_channel(item) for item in value]) and len({item[0] for item in value}) == len(value)

    def _is_channel(self, item):
        if not isinstance(item, (list, tuple)) or len(item) < 3:
            return False
        name, unit, exponent = item[:3]
        return (
            name in Name() and isinstance(unit, str) and len(unit) > 0 and is_whole(exponent, -9, 9) and bool(self._accepts(list(item[3:])))
        )

    def __repr__(self):
        return "a list of {}".format(self._form)


def is_whole(value, low, high):
    """Return whether `value` is an integer from `low` to `high`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
