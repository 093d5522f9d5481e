"""Schemas on the receiving side: their items, one a message, to whole ones.

Source: SPEC.md section 3, code 5.
"""

from . import messages
from .compat import const
from .errors import DecodeError

MAX_EXPONENT = const(99)  # beyond any unit, and 10^99 still is a float


class SchemaAssembler:
    """Joins the items of schemas; bounded, since some will never be completed: the device is asked for those again."""

    def __init__(self):
        self._items = {}  # (log, stream, digest) → {index: item}

    def add(self, log, message):
        """Return (stream, digest, name, kind, columns) where a checked SCHEMA message completes it, else None.

        Raises: DecodeError.
        """
        _, stream, digest, index, item = message
        if index > messages.MAX_COLUMNS or stream >= messages.MAX_STREAMS:
            raise DecodeError("schema: item {} of stream {}".format(index, stream))
        item = _check_item(index, item)
        if len(self._items) > messages.MAX_STREAMS:
            self._items.clear()
        items = self._items.setdefault((log, stream, digest), {})
        items[index] = item
        if 0 not in items or len(items) <= items[0][2]:
            return None
        del self._items[(log, stream, digest)]
        name, kind, count = items[0]
        columns = [items[number] for number in range(1, count + 1) if number in items]
        return (stream, digest, name, kind, columns) if messages.schema_digest(name, kind, columns) == digest else None


def _check_item(index, item):
    """Return an item, checked: [name, kind, columns] or [channel, unit, exponent(, step)].

    Raises: DecodeError.
    """
    kinds = (str, int, int) if not index else (str, str, int, int)
    good = 3 <= len(item) <= len(kinds) and all([type(value) is kind for value, kind in zip(item, kinds)])
    if good and index:
        good = abs(item[2]) <= MAX_EXPONENT and (len(item) == 3 or 0 < item[3] < messages.MAX_NUMBER)
    elif good:
        good = 0 <= item[1] <= 0xFF and 0 < item[2] <= messages.MAX_COLUMNS
    if not good:
        raise DecodeError("schema: item {} is malformed".format(index))
    return item
