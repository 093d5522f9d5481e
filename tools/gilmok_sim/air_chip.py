"""The virtual SX1262 of a simulated process and the real driver on it, for MicroPython and CPython; its air is elsewhere, in real time."""

from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_sim.line import open_line
from gilmok_sim.real_time import real_us
from gilmok_sim.remote_air import RemoteAir

_TURN_US = 1000  # between two looks at a chip that is waited for


class Ticks:
    """µs for a driver that waits for its chip: where the desk gives this process no time, none passes, so that it blames no chip."""

    def __init__(self):
        self._seen_us = real_us()
        self._ticks_us = 0

    def __call__(self):
        now_us = real_us()
        self._ticks_us += min(now_us - self._seen_us, _TURN_US)
        self._seen_us = now_us
        return self._ticks_us & 0x3FFFFFFF


class AirChip:
    """A chip whose medium is at the other end of the line `url`; `line` brings what it hears."""

    def __init__(self, url, seed, tcxo_mv=0):
        began_us = real_us()
        clock = lambda: (real_us() - began_us) / 1000  # noqa: E731
        self.line = open_line(url)
        medium = RemoteAir(self.line, clock)
        self.chip = medium.chip = VirtualSx1262(clock, medium, seed, tcxo_mv)
        self.chip.log = None  # a process runs for long, and its heap is a chip's

    def driver(self, band_hz, tcxo_mv=0):
        """Return the driver of this chip, not begun yet."""
        from gilmok_node.radio.sx126x import Sx126x  # a node's process loads it when its boot does
        from gilmok_node.sensors.base import SpiDevice

        chip, spi = self.chip, VirtualSpi()
        return Sx126x(SpiDevice(spi, spi.attach(chip)), chip.busy, chip.reset, chip.dio1, Ticks(), band_hz, tcxo_mv)


def fit(instruments, air):
    """Have the instruments of a node hand its boot the radio that its configuration names; `air` has url and seed."""

    def radio(wiring, band_hz):
        return AirChip(air["url"], air["seed"], wiring[6]).driver(band_hz, wiring[6])

    instruments.radio = radio
