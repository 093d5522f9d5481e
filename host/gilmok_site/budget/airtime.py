"""How long a node would be on the air over LoRa: an estimate, at the data rate below.

Source: Semtech, SX1261/2 data sheet, section 6.1.4, and AN1200.13; both give the same time on air.
"""

from typing import TYPE_CHECKING

from gilmok_wire.airtime import airtime_us
from gilmok_wire.regions import REGIONS

from .account import NOTHING, Line, Part, number
from .streams import Stream
from .traffic import SEAL, batches_of

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node

# SF9 is the slowest rate at which every one of these regions takes our smallest frame of 51 bytes: below it a dwell time of 400 ms ends it.
SF = 9
BANDWIDTH_HZ = 125_000
# Bytes of the longest frame at SF9, by region.
FRAME = {name: rate[2] for name, row in REGIONS.items() for rate in row[1] if rate and rate[:2] == (SF, BANDWIDTH_HZ)}


def airtime_of(region: str | None, node: "Node", board: "Board", streams: list[Stream]) -> Part:
    """Return the seconds a day that the radio of a node without a cable transmits."""
    if node.link is not None or board.radio is None or region is None:
        return NOTHING
    if region not in FRAME:
        return Part(None, [Line("air_untold", region)], known=False)
    lines, total = [Line("air_rate", f"SF{SF}, {BANDWIDTH_HZ // 1000} kHz, ≤ {FRAME[region]} B", region, "LoRaMac-node, Region.h")], 0.0
    for stream in streams:
        batches = batches_of(stream, FRAME[region])
        size = SEAL + batches.plaintext
        once = airtime_us(size, SF, BANDWIDTH_HZ) / 1e6
        total += once * batches.frames
        sum_ = f"{number(batches.frames)}/d × {once * 1000:.3f} ms ({size} B) = {number(once * batches.frames)} s/d"
        lines.append(Line("batches", sum_, stream.name, "SX1261/2 data sheet, 6.1.4"))
    return Part(total, [*lines, Line("total", f"{number(total)} s/d", note="air_estimate")])
