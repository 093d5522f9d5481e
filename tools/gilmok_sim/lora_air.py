"""What a LoRa frame is in the air, for MicroPython and CPython: its parameters, and how long it lasts.

Source: Semtech SX1261/2 data sheet rev. 2.1, 6.1.4 (time on air); spreading factors 7 to 12.
"""

from collections import namedtuple

# `cr` 1 to 4 for 4/5 to 4/8; `power_dbm` at the chip's pin.
Air = namedtuple("Air", ("frequency_hz", "sf", "bw_hz", "cr", "inverted_iq", "sync_word", "preamble", "explicit", "crc", "power_dbm"))


def symbol_us(air):
    """Return the length of a symbol in µs, rounded down: exact at 125, 250 and 500 kHz."""
    return (1_000_000 << air.sf) // air.bw_hz


def airtime_us(length, air):
    """Return how long a frame of `length` bytes lasts, in µs, exact at 125, 250 and 500 kHz."""
    low_rate = 2 if symbol_us(air) >= 16_000 else 0  # as both ends must set it: symbols of 16 ms and more
    bits = 8 * length - 4 * air.sf + 28 + (16 if air.crc else 0) - (0 if air.explicit else 20)
    blocks = max(0, -(-bits // (4 * (air.sf - low_rate))))
    quarters = 4 * (air.preamble + 8 + blocks * (air.cr + 4)) + 17  # 4.25 symbols of sync word and start
    return quarters * symbol_us(air) // 4


def preamble_us(air):
    """Return when the sync word has been heard, counted from the frame's start."""
    return (4 * air.preamble + 17) * symbol_us(air) // 4


def overlaps(air, frequency_hz, bw_hz):
    """Return whether a receiver of that bandwidth at that frequency takes in any of this signal."""
    return 2 * abs(air.frequency_hz - frequency_hz) < air.bw_hz + bw_hz


def matches(air, frequency_hz, sf, bw_hz):
    """Return whether a receiver tuned so follows this signal: up to a quarter of the bandwidth beside it (SX1302 data sheet, table 3-6)."""
    return air.sf == sf and air.bw_hz == bw_hz and 4 * abs(air.frequency_hz - frequency_hz) <= bw_hz
