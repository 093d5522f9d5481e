"""The radio of a board, as its configuration says how it is wired. Boards forget this module after the boot."""

import sys
import time

if sys.implementation.name == "micropython":
    from time import ticks_us
else:

    def ticks_us():  # type: ignore
        """Return microseconds of a clock that only goes forward."""
        return time.monotonic_ns() // 1000  # type: ignore


class _Wired:
    """The radio as Buses sees whatever is on SPI."""

    name = "radio"
    bus = "spi"
    options = {}

    def __init__(self, driver, number, select):
        self.driver = driver
        self.bus_number = number
        self.select = select


def open_radio(buses, wiring, band_hz, ticks=ticks_us):
    """Return the driver of the radio that `wiring` describes (node_config.cddl), not begun yet; `buses` is a board's Buses.

    A simulator's buses have a `radio(wiring, band_hz)` that returns it.
    Raises: ConfigError where this firmware has no driver for it.
    """
    if hasattr(buses, "radio"):
        return buses.radio(wiring, band_hz)
    chip, number, nss, busy, dio1, reset, tcxo_mv, rf_switch = wiring[:8]
    if chip != "sx1262":
        from ..config import ConfigError

        raise ConfigError("no driver for the radio {!r}: this firmware has sx1262".format(chip))
    from .sx126x import Sx126x

    device = buses(_Wired(chip, number, nss))
    line = None if dio1 is None else buses.input_pin(dio1)
    if line and getattr(buses, "wake", None):
        buses.wake.line(line)
    antenna = antenna_switch(*[pin if pin is None else buses.output_pin(pin, 0) for pin in wiring[8:]]) if wiring[8:] else None
    pins = buses.input_pin(busy), buses.output_pin(reset, 1), line
    return Sx126x(device, *pins, ticks, band_hz, tcxo_mv, bool(rf_switch), antenna=antenna)


def antenna_switch(txen, rxen):
    """Return what turns an antenna switch by its pins, of which one may be None: never both at once."""

    def turn(way):
        if txen and way != 2:  # sx126x.TRANSMIT
            txen(0)
        if rxen:
            rxen(1 if way == 1 else 0)  # sx126x.RECEIVE
        if txen and way == 2:
            txen(1)

    return turn
