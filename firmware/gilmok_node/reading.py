"""Lets somebody with a permit read the log. A node loads this when he greets and forgets it when he has gone.

What he says settles nothing, and he is asked for nothing: streams are lent to him for the making of one answer, and stand afterwards as
they stood. Source: SPEC.md section 10.
"""

from gilmok_wire import cbor, messages
from gilmok_wire.columns import decode_columns
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError
from gilmok_wire.reader_seal import ENDED, NO_TIME, READ, REFUSAL, URGENT, ReadSeal, is_message
from gilmok_wire.seal import SALTED_OVERHEAD

_IDLE_MS = const(30_000)  # as a BLE central that says nothing
_LEAST_FREE = const(6144)  # bytes: the frame of history with the most columns takes 4 KB, a line of text and an alarm the rest
_TIMELESS = const(8)  # readers a boot that does not know the time: enough for a day at the pole, few for who found an old permit
_DAY_S = const(86_400)


class Reading:
    """One reader at a time: the newest that has shown a permit. `node` is the Node; `until_ms` is when he counts as gone."""

    def __init__(self, node, now_ms):
        free = node.board.heap_free()
        if free is not None and free < _LEAST_FREE:
            raise MemoryError
        self._node = node
        self._seal = None
        self._proved = False
        self.until_ms = now_ms + _IDLE_MS

    def take(self, frame, port, now_ms):
        """Take a frame that says it is of a reader, and answer it over `port` where it is.

        Raises: MemoryError.
        """
        try:
            message = self._open(frame)
            self.until_ms = now_ms + _IDLE_MS
            refusal = self._refusal(port, now_ms)
            if refusal is None:
                out = self._answer(message, port.link.mtu - SALTED_OVERHEAD)
            else:
                out = cbor.encode([REFUSAL, refusal])
        except DecodeError:
            return
        if len(out):
            port.send(self._seal.seal(out), now_ms)

    def _open(self, frame):
        """Return the message in a frame, None where there is none: in a greeting, which begins a session.

        Raises: DecodeError.
        """
        node = self._node
        if self._seal is None or not self._seal.is_of(frame):
            self._seal = ReadSeal(node.key, node.device, node.draw_salt(), frame)
            self._proved = False  # it may be an old frame that somebody else sends again
            self._urgent = self._waiting()
            return None
        plaintext = self._seal.open(frame)
        message = cbor.decode(plaintext) if plaintext else None
        return message if is_message(message) else None

    def _refusal(self, port, now_ms):
        """Return why this reader gets nothing, None where he does."""
        seal = self._seal
        unix_s = self._node.unix_s(now_ms)
        if (self._last_unix_s() if unix_s is None else unix_s) >= seal.until_s:
            return ENDED
        if seal.counter and not self._proved:
            self._proved = True
            self._node.reads += unix_s is None
        if unix_s is None and self._node.reads + (not self._proved) > _TIMELESS:
            return NO_TIME
        if port.name == "ble" and self._waiting() > self._urgent:
            return URGENT  # he keeps a collector away
        return None

    def _waiting(self):
        return sum([stream.backlog() for stream in self._node.session.streams if stream.urgent])

    def _last_unix_s(self):
        """Return the time of the newest anchor in the log, of whatever boot: it is later than that. 0 where there is none."""
        log = self._node.log
        for stream in self._node.session.streams:
            if stream.info and stream.info.name == messages.ANCHOR_SCHEMA[0]:
                entry = log.read(stream.number, max(0, log.next(stream.number) - 1))
                if entry is not None:
                    day, time_ms = [column[-1] for column in decode_columns(entry.payload, entry.count)[:2]]
                    return day * _DAY_S + time_ms // 1000
        return 0

    # Answers.

    def _answer(self, message, room):
        """Return the plaintext that answers a message; nothing where it is none of a reader's."""
        if not self._seal.counter:
            return self._hello()
        for stream in self._node.session.streams if message else ():
            if message[1] == stream.number:
                return _lend(stream, self._records if message[0] == READ else self._schema, message, room)
        return b""

    def _hello(self):
        session = self._node.session
        return cbor.encode(session.hello()) + cbor.encode([messages.POLL] + [stream.number for stream in session.streams])

    def _schema(self, stream, message, room):
        """Return the state of a stream and, from the item asked for on, as much of its schema as fits."""
        stream.schema_item = message[2] if stream.info and message[2] <= len(stream.info.lines()) else None
        out = bytearray(cbor.encode(stream.state()))
        while True:
            item = stream.take_schema_item()
            encoded = b"" if item is None else cbor.encode(item)
            if not encoded or len(out) + len(encoded) > room:
                return out
            out.extend(encoded)

    def _records(self, stream, message, room):
        """Return records from the number asked for on; of those too wide for a frame the part asked for; at the end, the state."""
        _, _, stream.cursor, part = message
        session = self._node.session
        out = None
        if stream.cursor < self._node.log.next(stream.number):
            out = stream.take(room, False, session.most, session.pressed)
            if out is None:
                parts = stream.take_parts(room)
                out = parts[part] if part < len(parts) else None
        return cbor.encode(stream.state()) if out is None else out


def _lend(stream, answer, message, room):
    """Return answer(stream, message, room) of a stream as one of which nothing is settled; it is then as it was.

    Raises: MemoryError.
    """
    kept = dict(stream.__dict__)
    stream.below, stream.beyond = 0, ()
    if stream.floor:
        stream.floor = 0
    try:
        return answer(stream, message, room)
    finally:
        if stream.unreadable:
            stream.unreadable = ()
        for name in kept:
            setattr(stream, name, kept[name])
