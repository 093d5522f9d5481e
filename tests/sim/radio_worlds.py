"""The same radio twice on a medium: the real driver over a virtual chip, and SimRadio; and one clock for all of a medium."""

from gilmok_node.radio.sx126x import Sx126x
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_sim.concentrator import Concentrator
from gilmok_sim.lora_air import Air
from gilmok_sim.medium import Medium
from gilmok_sim.propagation import PathLoss
from gilmok_sim.sim_radio import SimRadio

KR = 922_100_000
CHANNELS = tuple(KR + 200_000 * i for i in range(7))
BW = 125_000


def air_of(sf=7, frequency_hz=KR, power_dbm=14, inverted_iq=False):
    return Air(frequency_hz, sf, BW, 1, inverted_iq, 0x3444, 8, True, True, power_dbm)


class World:
    """A medium and its clock, which moves when told and by 20 µs whenever a driver looks at it."""

    def __init__(self, seed=1, loss=0.0, shadowing=False):
        self.now_us = 5_000
        self.medium = Medium(seed, PathLoss("oulu", seed, shadowing), loss)
        self.heard = []

    def clock(self):
        return self.now_us / 1000

    def ms(self):
        return self.now_us // 1000

    def ticks_us(self):
        self.now_us += 20
        return self.now_us & 0x3FFFFFFF

    def elapse(self, us):
        self.now_us += us

    def run(self, ms):
        self.now_us += 1000 * ms
        self.medium.advance(self.now_us)

    def simulated(self, name, place, **options):
        radio = SimRadio(self.medium, self.clock, name, place, elapse=self.elapse, **options)
        radio.begin(self.ms())
        return radio

    def driven(self, name, place):
        """Return the real driver; its virtual chip is `chip`."""
        chip = VirtualSx1262(self.clock, self.medium)
        self.medium.join(chip, name, place)
        spi = VirtualSpi()
        radio = Sx126x(SpiDevice(spi, spi.attach(chip)), chip.busy, chip.reset, chip.dio1, self.ticks_us, KR)
        radio.chip = chip
        radio.begin(self.ms())
        return radio

    def concentrator(self, place=(0, 0), name="gateway", **options):
        return Concentrator(self.medium, name, place, CHANNELS, self.heard.append, **options)


class Beacon:
    """Something that sends what it is told to, whatever the law says."""

    def __init__(self, world, name, place):
        self._world = world
        self.station = world.medium.join(self, name, place)

    def send(self, payload, at_ms=0, **air):
        """Send in `at_ms` from now; return when the frame ends, in µs."""
        from gilmok_sim.lora_air import airtime_us

        what = air_of(**air)
        start = self._world.now_us + int(1000 * at_ms)
        end = start + airtime_us(len(payload), what)
        self._world.medium.transmit(self, start, end, what, payload)
        return end

    def hears(self, transmission):
        return False
