"""What a reader asks of a node, one request after the other, sans-IO.

Requests come out, the messages of their answers go in; what they say goes to a store as a collector's events would. What is stored
already is not asked for again, so that a dialogue that broke off goes on where it was.

Source: protocols/SPEC.md section 10.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from gilmok_wire import cbor, messages
from gilmok_wire.batches import Rows
from gilmok_wire.errors import DecodeError
from gilmok_wire.messages import ANCHOR_SCHEMA, check_pairs, decode_messages
from gilmok_wire.ranges import Ranges
from gilmok_wire.reader_seal import DESCRIBE, READ, REFUSAL
from gilmok_wire.received_batches import PartAssembler, decode_batch
from gilmok_wire.received_schemas import SchemaAssembler

_NEAR = 64  # records, two frames: nearer than that no search comes, since reading them costs no more
_DAY_MS = 86_400_000

Asking = Generator[bytes, list[Any], Any]  # plaintext of a request out, messages of its answer in


class NodeRefuses(Exception):
    """The node does not let this permit read; `reason` is that of SPEC.md section 10."""

    def __init__(self, reason: int) -> None:
        super().__init__(f"refusal {reason}")
        self.reason = reason


def decode_answer(plaintext: bytes) -> list[Any]:
    """Return the messages of an answer.

    Raises: DecodeError; NodeRefuses.
    """
    known, unsupported = decode_messages(plaintext)
    if REFUSAL in unsupported:
        refusal = cbor.decode(plaintext)
        raise NodeRefuses(refusal[1] if len(refusal) == 2 and isinstance(refusal[1], int) else -1)
    return known


class Dialogue:
    """Reads the streams of one node. `settled(log)` returns what of a log needs no reading, by stream; `on_events` takes events as
    CollectorSession has them. `since_ms` is a Unix time: of every stream at least what is younger is read; `wanted` names streams.
    """

    def __init__(
        self,
        settled: Callable[[int], dict[int, Ranges]],
        on_events: Callable[[list[tuple]], object],
        since_ms: int | None = None,
        wanted: str | None = None,
    ) -> None:
        self.records = 0
        self.names: dict[int, str] = {}
        self._settled = settled
        self._tell = on_events
        self._since_ms = since_ms
        self._wanted = wanted
        self._log = 0
        self._anchors: list[tuple[int, int, int]] = []  # boot, uptime, Unix time
        self._bounds: dict[int, tuple[int, int]] = {}

    def run(self) -> Asking:
        """Ask for everything that is wanted; the generator's end is the dialogue's."""
        hello, *others = yield b""
        if hello[0] != messages.HELLO:
            raise DecodeError("reader: a node that greets without a hello")
        self._log = hello[2]
        self._tell([("hello", *hello[2:])])
        for stream in [number for message in others if message[0] == messages.POLL for number in message[1:]]:
            yield from self._describe(stream)
        anchors = [stream for stream, name in self.names.items() if name == ANCHOR_SCHEMA[0]]
        for stream in anchors:  # first: they say what "since" means
            yield from self._read(stream, self._bounds[stream][0], always=True)
        for stream, (oldest, following) in self._bounds.items():
            if stream in anchors or self._wanted not in (None, self.names.get(stream)):
                continue
            first = (yield from self._search(stream, oldest, following)) if self._since_ms is not None else oldest
            yield from self._read(stream, first)

    def _describe(self, stream: int) -> Asking:
        """Learn a stream's name, columns and numbers; a stream of an earlier configuration has numbers only."""
        schemas, item = SchemaAssembler(), 0
        while True:
            state, *items = yield cbor.encode([DESCRIBE, stream, item])
            if state[0] != messages.STATE or state[1] != stream:
                raise DecodeError("reader: a stream without a state")
            if not item:
                check_pairs(state[5:])
                self._bounds[stream] = (state[3], state[4])
                self._tell([("stream", self._log, stream, state[2])])
            for message in items:
                schema = schemas.add(self._log, message)
                if schema is not None:
                    self.names[stream] = schema[2]
                    self._tell([("schema", self._log, *schema)])
                    return
            if not items:
                return
            item += len(items)

    def _search(self, stream: int, low: int, high: int) -> Asking:
        """Return a number at or shortly before the first record that may be younger than wanted."""
        limit = self._limit()
        while high - low > _NEAR:
            middle = (low + high) // 2
            rows = yield from self._ask(stream, middle)
            if rows is not None and (rows.boot, rows.times[0]) < limit:
                low = middle
            else:
                high = middle
        return low

    def _limit(self) -> tuple[int, int]:
        """Return the boot and uptime from which on records are wanted, by the last anchor before: drift is less than its uncertainty."""
        limit = (0, 0)
        for boot, uptime_ms, unix_ms in sorted(self._anchors):
            if self._since_ms is not None and unix_ms <= self._since_ms:
                limit = (boot, uptime_ms + self._since_ms - unix_ms)
        return limit

    def _read(self, stream: int, first: int, always: bool = False) -> Asking:
        """Read what is not stored from `first` on. Anchors that are stored are read `always`: their times are needed here."""
        end = self._bounds[stream][1]
        known = Ranges() if always else self._settled(self._log).get(stream, Ranges())
        for low, high in known.missing(first, end):
            while low < high:
                rows = yield from self._ask(stream, low)
                if rows is None:
                    self._lose(stream, low, high)
                    break
                self._lose(stream, low, min(rows.first, high))
                self._take(stream, rows)
                low = rows.end

    def _lose(self, stream: int, first: int, end: int) -> None:
        if first < end:  # the node holds them and cannot read them
            self._tell([("gap", self._log, stream, first, end)])

    def _take(self, stream: int, rows: Rows) -> None:
        self.records += len(rows)
        self._tell([("rows", self._log, rows)])
        if self.names.get(stream) == ANCHOR_SCHEMA[0]:
            for uptime_ms, day, time_ms, _ in zip(rows.times, *rows.columns, strict=True):
                self._anchors.append((rows.boot, uptime_ms, day * _DAY_MS + time_ms))

    def _ask(self, stream: int, first: int) -> Asking:
        """Return the records from the number `first` on that one answer holds, None where there are none."""
        parts = PartAssembler()
        for part in range(messages.MAX_COLUMNS):
            (message,) = yield cbor.encode([READ, stream, first, part])
            if message[0] == messages.STATE:
                return None
            rows = parts.add(message) if message[0] == messages.PART else decode_batch(message)
            if rows is not None:
                if rows.stream != stream or rows.end <= first:
                    raise DecodeError("reader: other records than were asked for")
                return rows
        raise DecodeError("reader: records in more parts than columns")
