"""How long a LoRa frame is on the air, in whole microseconds.

Source: Semtech, SX1261/2 data sheet rev 2.1, section 6.1.4; Lora-net/sx126x_driver@9636dc46, `sx126x_get_lora_time_on_air_numerator`.
"""

from .compat import const

PREAMBLE = const(8)  # symbols, as LoRaWAN's: standard concentrators expect them


def airtime_us(size, sf, bandwidth_hz, coding=1, preamble=PREAMBLE, crc=True, explicit=True):
    """Return the microseconds that a frame of `size` bytes is on the air, never too few.

    `coding` 1 to 4 is the rate 4/5 to 4/8. Exact at 125, 250 and 500 kHz, where a quarter of a symbol is whole microseconds.
    """
    small = sf <= 6  # SF5 and SF6: two symbols more of preamble, 8 bits less of header
    bits = 8 * size - 4 * sf + (16 if crc else 0) + (20 if explicit else 0) + (0 if small else 8)
    width = 4 * (sf - 2) if is_slow(sf, bandwidth_hz) and not small else 4 * sf
    symbols = preamble + 12 + (2 if small else 0) + (-(-bits // width) * (coding + 4) if bits > 0 else 0)
    return -(-(4 * symbols + 1) * (250_000 << sf) // bandwidth_hz)


def is_slow(sf, bandwidth_hz):
    """Return whether a symbol takes 16 ms or more, so that both ends must optimise for low data rates."""
    return (1000 << sf) >= 16 * bandwidth_hz
