"""When and where a node listens for the answer to what it sent by radio.

Source: SPEC.md section 7, "Answers"; US915: LoRaWAN regional parameters, first window with offset 0.
"""

from .compat import const

WINDOW_MS = const(2000)  # from an uplink's end to the first window, where the site does not say
SHORTEST_MS = const(1000)
LONGEST_MS = const(15_000)
SECOND_MS = const(1000)  # … and from there to the second
TURN_MS = const(20)  # who always listens needs this long to turn from sending to receiving

_OFFSET = const(10)  # US915: rate 0 up is answered at rate 10
_SYMBOLS = const(21)  # of a frame until its header is in, which stops a chip's timer: preamble 8, sync 4.25, header 8


def answer_of(row, channel, rate):
    """Return (channel, rate) of the answer to an uplink in the region of this row: its own, in most.

    A rate too slow for an answer, which needs the smallest frame, is answered at the slowest that carries one.
    """
    grids, lowest = row[0], row[8]
    _, _, count, slowest, fastest, _, _ = grids[-1]
    if slowest <= grids[0][4]:
        return channel, max(rate, lowest)
    # a region whose downlinks have channels and rates of their own, behind all others
    return sum([grid[2] for grid in grids]) - count + channel % count, min(rate + _OFFSET, fastest)


def widening(delay_ms):
    """Return by how many ms a window opens earlier, and closes later, for clocks that differ by 50 ppm and loops that come 5 ms late."""
    return 5 + -(-delay_ms // 20_000)


def listening_ms(rate, delay_ms):
    """Return how long a window is open, from `widening` before its moment: until the header of a frame that begins as late as it may.

    `rate` is an item of a region's rates.
    """
    sf, bandwidth_hz, _ = rate
    return 2 * widening(delay_ms) + -(-(_SYMBOLS * 1000 << sf) // bandwidth_hz)
