"""`gilmok wire`: what is inside captured bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from gilmok_wire.errors import DecodeError, Unsupported
from gilmok_wire.seal import GROUP, Header

from ..capture.cut import BAD_LINE, CUT, DAMAGED, FRAME, NOISE, TEXT, Item, cut_capture
from ..capture.explain import Explainer
from ..capture.group import explain_group
from ..capture.unseal import Unsealer
from ..chip_words import explained
from ..errors import Refused
from ..language import printable, say, spaced
from ..place import Place, open_site

LIMIT_MB = 100  # all of it is held in memory; a day of a busy line at 115200 baud is a gigabyte, and nobody reads that
SHOWN = 16  # bytes of what cannot be understood

# What is neither frame nor text: the counter it belongs to, and its message.
_BAD = {
    NOISE: ("noise", "wire_noise"),
    CUT: ("noise", "wire_cut"),
    DAMAGED: ("damaged", "wire_damaged"),
    BAD_LINE: ("damaged", "wire_bad_line"),
}


def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Bytes of a serial line, or frames as hexadecimal lines.")],
    keys: Annotated[str | None, typer.Option(metavar="SITE.toml", help="Open sealed frames with this site's keys.")] = None,
) -> int:
    """Show frames, text and damage in captured bytes, in order.

    The header of each frame is always shown. With --keys its messages are, too, with names and values; that takes a
    capture of both directions from a node's hello on, because the salts of a session are in its first frames.
    """
    data = _read(file)
    place = open_site(keys) if keys is not None else None
    explainer = Explainer()
    rehearsal, capture = Capture(place, explainer), Capture(place, explainer)
    for item in cut_capture(data):
        list(rehearsal.describe(item))  # a node sends what is urgent before its schema, so learn all schemas first
    for item in cut_capture(data):
        for line in capture.describe(item):
            print(line)
    print(say("wire_total", bytes=spaced(len(data)), **capture.counts))
    return 0


def _read(file: str) -> bytes:
    path = Path(file)
    if not path.exists():
        raise Refused("no_file", file=file)
    if path.stat().st_size > LIMIT_MB * 1_000_000:
        raise Refused("wire_large", file=file, limit=LIMIT_MB)
    data = path.read_bytes()
    if not data:
        raise Refused("wire_empty", file=file)
    return data


class Capture:
    """Describes the pieces of a capture one after another, and counts them."""

    def __init__(self, place: Place | None, explainer: Explainer) -> None:
        self.counts = {"frames": 0, "opened": 0, "lines": 0, "damaged": 0, "noise": 0}
        self._place = place
        self._unsealer = Unsealer(_load_keys(place) if place else None)
        self._explainer = explainer

    def describe(self, item: Item) -> Iterator[str]:
        """Yield the lines that tell of one piece."""
        first, *more = self._DESCRIBERS[item.kind](self, item)
        yield f"{item.offset:>8}  {item.kind:<8}  {first}"
        for line in more:
            yield " " * 20 + line

    def _describe_text(self, item: Item) -> Iterator[str]:
        self.counts["lines"] += 1
        yield explained(printable(item.text))

    def _describe_bad(self, item: Item) -> Iterator[str]:
        counter, code = _BAD[item.kind]
        self.counts[counter] += len(item.data) if counter == "noise" else 1
        yield say(code, count=len(item.data), bytes=_shown(item.data), text=printable(item.text))

    def _describe_frame(self, item: Item) -> Iterator[str]:
        self.counts["frames"] += 1
        try:
            header = Header(item.data)
        except Unsupported as error:
            yield say("wire_unsupported", version=-1 - error.args[0])
            return
        except DecodeError:
            yield say("wire_not_ours", bytes=_shown(item.data))
            return
        yield self._describe_header(item.data, header)
        plaintext = self._unsealer.open(item.data, header)
        if isinstance(plaintext, str):
            yield say(plaintext)
            return
        self.counts["opened"] += 1
        if header.device == GROUP:
            yield from explain_group(plaintext, self._place)
        else:
            yield from self._explainer.explain(header.device, plaintext)

    def _describe_header(self, frame: bytes, header: Header) -> str:
        parts = [
            "down" if header.down else "up",
            f"device {header.device:04x}",
            f"counter {header.counter}",
            f"{len(frame)} bytes",
        ]
        if header.device == GROUP:
            parts[:2] = ["between nodes"]
        if self._place and header.device in self._place.nodes:
            parts[1] += f" ({self._place.name_of(header.device)})"
        if header.ask:
            parts.append("asks for an answer")
        if header.salt:
            parts.append(f"salt {header.salt.hex()}")
        return "  ".join(parts)

    _DESCRIBERS = {
        FRAME: _describe_frame,
        TEXT: _describe_text,
        NOISE: _describe_bad,
        DAMAGED: _describe_bad,
        CUT: _describe_bad,
        BAD_LINE: _describe_bad,
    }


def _load_keys(place: Place) -> dict[int, bytes]:
    from gilmok_site import load_keys

    if place.site is None:
        return {}
    keys = load_keys(place.site)
    group = {GROUP: bytes(keys.group)} if keys.group is not None else {}
    return {device: bytes(key) for device, key in keys.devices.items()} | group


def _shown(data: bytes) -> str:
    """Return the first bytes as a dump does: in hexadecimal, and as characters."""
    shown = data[:SHOWN]
    characters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in shown)
    return f"{shown.hex(' ')}  |{characters}|" + (" …" if len(data) > SHOWN else "")
