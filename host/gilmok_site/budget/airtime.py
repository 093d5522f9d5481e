"""How long a node would be on the air over LoRa: an estimate, at the data rate below.

Source: Semtech, SX1261/2 data sheet, section 6.1.4, and AN1200.13; both give the same time on air.
"""

from fractions import Fraction
from typing import TYPE_CHECKING

from .account import NOTHING, Line, Part, number
from .streams import Stream
from .traffic import SEAL, batches_of

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node

# SF9 is the slowest rate at which every one of these regions takes our smallest frame of 51 bytes: below it a dwell time of 400 ms ends it.
SF = 9
BANDWIDTH_HZ = 125_000
_PREAMBLE = 8  # symbols, as LoRaWAN's
_LONG_SYMBOL = Fraction(16, 1000)  # from which on the low data rate is optimised

# Bytes of the longest frame at SF9: MACPayload and 5 of LoRaWAN's, without repeaters. Source: Lora-net/LoRaMac-node, region headers.
FRAME = {"KR920": 128, "EU868": 128, "AS923": 66, "US915": 66}


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
        once = float(airtime_s(size))
        total += once * batches.frames
        sum_ = f"{number(batches.frames)}/d × {once * 1000:.3f} ms ({size} B) = {number(once * batches.frames)} s/d"
        lines.append(Line("batches", sum_, stream.name, "SX1261/2 data sheet, 6.1.4"))
    return Part(total, [*lines, Line("total", f"{number(total)} s/d", note="air_estimate")])


def airtime_s(size: int, sf: int = SF, bandwidth_hz: int = BANDWIDTH_HZ, coding: int = 1) -> Fraction:
    """Return the seconds that a frame of `size` bytes is on the air, with explicit header and CRC.

    `coding` 1 to 4 is the rate 4/5 to 4/8. Holds for SF7 to SF12.
    """
    symbol = Fraction(2**sf, bandwidth_hz)
    bits = 8 * size - 4 * sf + 28 + 16
    width = 4 * (sf - 2 * (symbol >= _LONG_SYMBOL))
    payload = 8 + max(-(-bits // width), 0) * (coding + 4)
    return (_PREAMBLE + Fraction(17, 4) + payload) * symbol
