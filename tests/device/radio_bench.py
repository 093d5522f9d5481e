"""What the tests of the radio share: chips with their drivers, one clock, and the simplest air there is."""

from gilmok_node.radio.sx126x import Sx126x
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262

KR = 922_100_000


class Ether:
    """Carries every frame to every other chip at one level; `damage` breaks checksums, `headless` headers."""

    def __init__(self):
        self.chips = []
        self.frames = []  # (chip, start_us, end_us, air, payload) of all that were ever sent
        self.rssi_dbm = -80
        self.snr_db = 7.25
        self.damage = self.headless = False
        self._coming = []

    def transmit(self, chip, start_us, end_us, air, payload):
        frame = (chip, start_us, end_us, air, bytes(payload))
        self.frames.append(frame)
        self._coming.append(frame)
        for other in self.chips:
            if other is not chip:
                other.incoming(air, start_us, end_us, self.rssi_dbm)

    def cut(self, chip, now_us):
        self._coming = [each for each in self._coming if each[0] is not chip]

    def advance(self, now_us):
        due = [each for each in self._coming if each[2] <= now_us]
        self._coming = [each for each in self._coming if each[2] > now_us]
        for chip, start, end, air, payload in due:
            for other in self.chips:
                if other is not chip:
                    other.hear(payload, air, self.rssi_dbm, self.snr_db, not self.damage, start, end, not self.headless)


class Radio:
    """A chip with its driver."""

    def __init__(self, bench, options=None, dio1=True, **chip):
        self.bench = bench
        self.chip = VirtualSx1262(bench.clock, bench.ether, **chip)
        bench.ether.chips.append(self.chip)
        self.spi = VirtualSpi()
        device = SpiDevice(self.spi, self.spi.attach(self.chip))
        line = self.chip.dio1 if dio1 else None
        self.driver = Sx126x(device, self.chip.busy, self.chip.reset, line, bench.ticks_us, KR, **(options or {}))

    def begin(self):
        assert self.driver.begin(self.bench.ms())
        del self.chip.log[:]

    def send(self, frame, sf=7, **changes):
        order = {"frequency_hz": KR, "sf": sf, "bw_hz": 125_000, "cr": 1, "power_dbm": 14}
        order.update(changes)
        return self.driver.transmit(self.bench.ms(), frame, **order)

    def listen(self, sf=7, **changes):
        order = {"frequency_hz": KR, "sf": sf, "bw_hz": 125_000, "cr": 1}
        order.update(changes)
        return self.driver.receive(self.bench.ms(), **order)

    def poll(self):
        return self.driver.poll(self.bench.ms())


class Bench:
    """A clock in µs that moves when told, and by `look_us` whenever a driver looks at it, as an interpreter does."""

    look_us = 20

    def __init__(self, count=1, options=None, **chip):
        self.now_us = 5_000
        self.ether = Ether()
        self.radios = [Radio(self, options, **chip) for _ in range(count)]

    def clock(self):
        return self.now_us / 1000

    def ticks_us(self):
        self.now_us += self.look_us
        return self.now_us & 0x3FFFFFFF

    def ms(self):
        return self.now_us // 1000

    def begin(self):
        for radio in self.radios:
            radio.begin()
        return self.radios

    def until(self, radio, limit_ms=20_000, step_us=1000):
        """Return the next event of a radio, or None after a time."""
        end = self.now_us + 1000 * limit_ms
        while self.now_us < end:
            event = radio.poll()
            if event:
                return event
            self.now_us += step_us
        return None

    def clean(self):
        """Raise where a driver did what the chip would have borne in silence."""
        for radio in self.radios:
            assert radio.chip.violations == [], radio.chip.violations
