"""Cuts a capture into frames, lines of text, and what is neither, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gilmok_wire.framing import Deframer

FRAME, TEXT, NOISE, DAMAGED, CUT, BAD_LINE = "frame", "text", "noise", "damaged", "cut", "bad line"

# Frames end with a zero and lines with a line feed; a deframer takes its bytes in any portions.
_SERIAL_PIECE = re.compile(rb"[^\0\n]*[\0\n]|[^\0\n]+")
_HEX_LINE = re.compile(rb"\s*(?:0[xX])?[0-9a-fA-F]{2}(?:[\s:,-]*(?:0[xX])?[0-9a-fA-F]{2})*\s*")
_BETWEEN_BYTES = re.compile(rb"0[xX]|[\s:,-]+")


class Item(NamedTuple):
    """One piece of a capture; `text` is what a line says."""

    offset: int
    kind: str
    data: bytes
    text: str = ""


def cut_capture(data: bytes) -> Iterator[Item]:
    """Yield the pieces of a file: frames as hexadecimal lines, or the bytes of a serial line."""
    return _cut_hex_lines(data) if _is_hexadecimal(data) else cut_serial(data)


def cut_serial(data: bytes, offset: int = 0) -> Iterator[Item]:
    """Yield the pieces of a serial line's bytes; the node's own deframer decides what each is."""
    deframer = Deframer()
    start = 0  # of what is not explained yet
    noise = b""
    for piece in _SERIAL_PIECE.finditer(data):
        noisy, damaged = deframer.noise, deframer.bad_crc
        frames, lines = deframer.feed(piece[0])
        held = data[start : piece.end()]
        noisy, damaged = deframer.noise > noisy, deframer.bad_crc > damaged
        if noisy and not damaged and not frames and not lines:
            noise += held
        elif frames or lines or damaged:
            yield from _flush(offset + start, noise)
            noise = b""
            yield from _name(offset + start, held, frames, lines)
        elif held.strip(b"\0"):
            continue  # more of it follows
        start = piece.end()
    yield from _flush(offset + start, noise)
    if data[start:]:
        yield Item(offset + start, CUT, data[start:])


def _name(offset: int, held: bytes, frames: list[bytes], lines: list[str]) -> Iterator[Item]:
    yield from (Item(offset, FRAME, frame) for frame in frames)
    yield from (Item(offset, TEXT, b"", line) for line in lines)
    if not frames and not lines:
        yield Item(offset, DAMAGED, held.strip(b"\0"))


def _flush(end: int, noise: bytes) -> Iterator[Item]:
    """Yield the noise that ends at `end`, if there is any."""
    if noise.strip(b"\0"):
        yield Item(end - len(noise), NOISE, noise)


def _is_hexadecimal(data: bytes) -> bool:
    """Say whether these are lines of hexadecimal: a serial line with frames on it holds zeros."""
    first = next((line for line in map(_without_comment, data.splitlines()) if line.strip()), b"")
    return b"\0" not in data and _HEX_LINE.fullmatch(first) is not None


def _cut_hex_lines(data: bytes) -> Iterator[Item]:
    offset = 0
    for line in data.splitlines(keepends=True):
        content = _without_comment(line).strip()
        if content and _HEX_LINE.fullmatch(content):
            captured = bytes.fromhex(_BETWEEN_BYTES.sub(b"", content).decode())
            yield from cut_serial(captured, offset) if captured[0] == 0 else [Item(offset, FRAME, captured)]
        elif content:
            yield Item(offset, BAD_LINE, content, content.decode("utf-8", "replace"))
        offset += len(line)


def _without_comment(line: bytes) -> bytes:
    return line.partition(b"#")[0]
