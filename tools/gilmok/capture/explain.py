"""What the messages of a frame say, as lines for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import Any

from gilmok_wire import messages as wire
from gilmok_wire.alert import decode_alert
from gilmok_wire.batches import Rows
from gilmok_wire.columns import decode_columns
from gilmok_wire.errors import DecodeError
from gilmok_wire.messages import decode_messages
from gilmok_wire.received_batches import decode_batch
from gilmok_wire.wide_records import ROWS_IN_PARTS

from ..channels import scale
from ..language import printable, say
from ..moments import format_moment, format_uptime

LEVELS = ("debug", "info", "warning", "error", "fatal")
KINDS = ("readings", "events", "waveform")


def _number(value: Any) -> str:
    return str(value)


def _hex32(value: int) -> str:
    return f"{value:08x}"


def _hex32_or_none(value: int) -> str:
    return f"{value:08x}" if value else "–"


def _bytes(value: bytes) -> str:
    return value.hex()


def _text(value: Any) -> str:
    return printable(str(value))


def _level(value: int) -> str:
    return LEVELS[min(value, len(LEVELS) - 1)]


def _moment(value: int) -> str:
    return format_moment(value, UTC) or str(value)


def _alert(data: bytes) -> str:
    stream, sequence, rule, event, state, level, value = decode_alert(data)
    text = f"stream {stream}, record …{sequence:04x}, rule …{rule:04x}, event {event}, state {state}, level {level}"
    return text if value is None else f"{text}, value {value}"


def _ranges(bounds: list[Any]) -> str:
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return ", ".join(f"{first}–{end - 1}" for first, end in pairs)


def _unreadable(bounds: list[Any]) -> str:
    return f"unreadable {_ranges(bounds)}" if bounds else ""


def _streams(streams: list[Any]) -> str:
    return "streams " + ", ".join(map(str, streams)) if streams else ""


def _statements(statements: list[Any]) -> str:
    """Return what an acknowledgement settles, a stream after the other."""
    texts = []
    for stream, below, *beyond in statements:
        texts.append(f"stream {stream}: below {below}" + (f" and {_ranges(beyond)}" if beyond else ""))
    return "; ".join(texts)


Fields = tuple[tuple[str, Callable[[Any], str]], ...]

# code: name, what follows the code, and what is said of the items behind that (SPEC.md section 3).
SAID: dict[int, tuple[str, Fields, Callable[[list[Any]], str] | None]] = {
    wire.HELLO: (
        "hello",
        (
            *(("wire version", _number), ("log", _hex32), ("parent", _hex32_or_none), ("boot", _number)),
            *(("suite", _number), ("configuration", _bytes), ("firmware", _text)),
        ),
        None,
    ),
    wire.STATE: (
        "state",
        (("stream", _number), ("schema", _bytes), ("oldest", _number), ("next", _number)),
        _unreadable,
    ),
    wire.SCHEMA: ("schema", (("stream", _number), ("schema", _bytes), ("item", _number), ("", _text)), None),
    wire.DIAGNOSTIC: ("diagnostic", (("", _level), ("", _text)), None),
    wire.RESULT: ("result", (("of command", _number), ("status", _number), ("", _text)), None),
    wire.POLL: ("poll", (), _streams),
    wire.ALERT: ("alert", (("", _alert),), None),
    wire.LINK: ("link", (("data rate", _number), ("to spare, in 0.1 dB", _number)), None),
    wire.UNSUPPORTED: ("unsupported", (("message", _number),), None),
    wire.ACK: ("acknowledgement", (("store", _hex32), ("epoch", _number), ("answers", _number)), _statements),
    wire.ANCHOR: ("anchor", (("of frame", _number), ("came", _moment), ("± ms", _number)), None),
    wire.WANTED: ("wanted", (), _streams),
    wire.FORK: ("fork", (("log", _hex32),), None),
    wire.COMMAND: ("command", (("", _number), ("name", _text), ("argument", _text)), None),
}


class Explainer:
    """Puts messages into words; columns get names and units from the schemas that were ever seen, found by digest."""

    def __init__(self) -> None:
        self._schemas: dict[bytes, dict[int, list[Any]]] = {}  # digest → items; 0 is the stream, then its columns
        self._digests: dict[tuple[int, int], bytes] = {}  # (device, stream) → what the device last said of it

    def explain(self, device: int, plaintext: bytes) -> Iterator[str]:
        """Yield the lines of one frame; what is malformed is said in its place."""
        try:
            known, unknown = decode_messages(plaintext)
        except DecodeError as error:
            yield say("wire_garbled", reason=error)
            return
        if not plaintext:
            yield say("wire_poll")
        for message in known:
            try:
                yield from list(self._explain(device, message))
            except (DecodeError, TypeError, ValueError) as error:  # authentic, yet not what the wire's types promise
                yield say("wire_garbled", reason=error)
        for code in unknown:
            yield say("wire_unknown", code=code)

    def _explain(self, device: int, message: list[Any]) -> Iterator[str]:
        code = message[0]
        if code in (wire.BATCH, wire.BATCH_EXCEPTIONS):
            yield from self._explain_rows(device, "batch", decode_batch(message), 0)
        elif code == wire.PART:
            yield from self._explain_part(device, message)
        else:
            if code in (wire.STATE, wire.SCHEMA):
                self._digests[device, message[1]] = message[2]
            if code == wire.SCHEMA:
                self._learn(*message[2:])
            yield _describe(message)

    def _explain_part(self, device: int, message: list[Any]) -> Iterator[str]:
        _, stream, first, count, boot, start_ms, period_ms, column, total, data = message
        if not 0 < count <= ROWS_IN_PARTS:  # a constant column of a few bytes may unfold to any number of records
            raise DecodeError(f"part: {count} records")
        columns = decode_columns(data, count)
        rows = Rows(stream, first, boot, [start_ms + index * period_ms for index in range(count)], columns)
        yield from self._explain_rows(device, f"part (columns {column}–{column + len(columns) - 1} of {total})", rows, column)

    def _explain_rows(self, device: int, what: str, rows: Rows, position: int) -> Iterator[str]:
        schema = self._schemas.get(self._digests.get((device, rows.stream), b""), {})
        name = printable(schema[0][0]) if 0 in schema else ""
        records = f"records {rows.first}–{rows.end - 1}" if len(rows) > 1 else f"record {rows.first}"
        head = f"{what}  stream {rows.stream} {name}".rstrip()
        yield f"{head}  {records}  boot {rows.boot}  uptime {_times(rows.times)}"
        for index, column in enumerate(rows.columns, position):
            yield "  " + _describe_column(index, schema.get(index + 1), column)

    def _learn(self, digest: bytes, index: int, item: list[Any]) -> None:
        kinds = (str, str, int, int) if index else (str, int, int)
        if not 3 <= len(item) <= len(kinds) or not all(map(isinstance, item, kinds)):
            raise DecodeError(f"schema: item {index} is malformed")
        self._schemas.setdefault(digest, {})[index] = item


def _describe_column(index: int, meaning: list[Any] | None, values: list[int | None]) -> str:
    texts = []
    for value in values:
        scaled = list(scale([value], [tuple(meaning)] if meaning else None))
        texts.append(f"{scaled[0].value:f}" if scaled else "–")
    name = f"{printable(meaning[0])} [{printable(meaning[1])}]" if meaning else f"c{index}"
    return f"{name}  {' '.join(texts)}"


def _describe(message: list[Any]) -> str:
    name, fields, rest = SAID[message[0]]
    parts = [name]
    for (label, form), item in zip(fields, message[1:], strict=False):
        parts.append(f"{label} {form(item)}".strip())
    if rest is not None:
        parts.append(rest(message[1 + len(fields) :]))
    return "  ".join(part for part in parts if part)


def _times(times: Sequence[int]) -> str:
    """Return a start and a period, or every time where there is none."""
    steps = {after - before for before, after in zip(times, times[1:], strict=False)}
    if len(steps) > 1:
        return " ".join(map(format_uptime, times))
    return format_uptime(times[0]) + "".join(f", every {step} ms" for step in steps)
