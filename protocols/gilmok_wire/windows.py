"""When and where a node listens for the answer to what it sent by radio.

Source: SPEC.md section 7, "Answers"; US915: LoRaWAN regional parameters, first window with offset 0.
"""

from .airtime import airtime_us
from .compat import const
from .link import Link

WINDOW_MS = const(2000)  # from an uplink's end to the first window, where the site does not say
SHORTEST_MS = const(1000)
LONGEST_MS = const(15_000)
SECOND_MS = const(1000)  # … and from there to the second
IN_WINDOWS = const(0)  # when a node listens: in the two windows after a frame that asks,
ALWAYS = const(1)  # … whenever it does not send,
UNTIL_ANSWERED = const(2)  # … or from a frame that asks until it is answered
TURN_MS = const(20)  # who listens at once needs this long to turn from sending to receiving
EAR_MS = const(500)  # … and gives an alarm's answer so long to begin before the second copy: network, commit, other gateways' copies

ANSWERS_MS = const(1500)  # until a gateway begins to answer at once: the network twice, the commit, and other gateways waited for

# An answer for several frames: a collector that answers hears nobody meanwhile. What is lost is said again by number.
_FRAMES = const(8)
# Of 200 nodes that tell something every quarter of an hour, asking every five minutes costs a gateway a quarter of its hearing.
_IDLE_MS = const(1_800_000)
_ANSWER = const(51)  # bytes of the smallest frame
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


def has_second(first, second):
    """Return whether there is a second window: not where an answer takes more than twice as long there, while which the gateway is deaf.

    Both are items of a region's rates.
    """
    return airtime_us(_ANSWER, second[0], second[1]) <= 2 * airtime_us(_ANSWER, first[0], first[1])


def copy_ms(rate):
    """Return how long after an alarm's first copy who always listens begins the second: an answer that began within EAR_MS is over.

    Nobody hears while he sends: copies one right behind another would meet every quick answer. `rate` is an item of a region's rates,
    the answer's.
    """
    return EAR_MS + airtime_us(_ANSWER, rate[0], rate[1]) // 1000 + 1


def widening(delay_ms):
    """Return by how many ms a window opens earlier, and closes later, for clocks that differ by 50 ppm and loops that come 5 ms late."""
    return 5 + -(-delay_ms // 20_000)


def listening_ms(rate, delay_ms):
    """Return how long a window is open, from `widening` before its moment: until the header of a frame that begins as late as it may.

    `rate` is an item of a region's rates.
    """
    sf, bandwidth_hz, _ = rate
    return 2 * widening(delay_ms) + -(-(_SYMBOLS * 1000 << sf) // bandwidth_hz)


def lora_link(rate, answer_ms):
    """Return the Link of a radio that sends at `rate`, an item of a region's rates; `answer_ms` to the end of the longest answer."""
    sf, bandwidth_hz, size = rate
    first_us = airtime_us(1, sf, bandwidth_hz)
    byte_us = -(-(airtime_us(size, sf, bandwidth_hz) - first_us) // (size - 1))
    block_us = (5_000_000 << sf) // bandwidth_hz  # what is on the air grows by blocks of five symbols
    return Link(size, byte_us, first_us + block_us, answer_ms, _FRAMES, False, _IDLE_MS, True)
