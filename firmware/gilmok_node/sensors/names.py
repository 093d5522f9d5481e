"""Names of channels that a site file may choose."""

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
