"""What the tests of SDI-12 share: virtual sensors on a line, and a sampler's patience."""

from device.chip_bench import Bench
from gilmok_node.sensors.base import NotReady
from gilmok_node.sensors.sdi12 import Sdi12
from gilmok_node.sensors.sdi12_line import Sdi12Line
from gilmok_sim.bus_lines import VirtualSdi12Uart
from gilmok_sim.chips import Still
from gilmok_sim.chips.sdi12 import VirtualSdi12

CHANNELS = [["soil", "%", -2], ["temperature", "Cel", -1], ["ec", "uS/cm", 0]]
TRUTH = {"soil": 23.45, "temperature": -3.7, "ec": 1240}
VALUES = (2345, -37, 1240)


class SdiBench(Bench):
    def __init__(self, direction=False, **options):
        self.options = {"channels": CHANNELS}
        self.options.update(options)
        self.world = Still(**TRUTH)
        self.uart = VirtualSdi12Uart(self.clock)
        self.line = Sdi12Line(self.uart, (9600, "none", -1), self.uart.drive if direction else None)
        self.chip, self.driver = self.join("0", self.options)

    def join(self, address, options):
        chip = VirtualSdi12(self.world, self.clock, ord(address))
        chip.configure(options)
        chip.address = ord(address)
        self.uart.chips.append(chip)
        return chip, Sdi12(self.line.port(chip.address, {}), options)

    def read(self, after_ms=1000, late_ms=0):
        """Return a reading as the sampler gets it, each step `late_ms` later than asked for."""
        self.now += after_ms
        self.begun = self.now
        self.now += self.driver.start(self.now)
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                assert error.fact >= 1
                self.now += error.fact + late_ms
                assert self.now - self.begun < 30000


class Recorded:
    """A UART on which each command is answered by the next of these answers."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.sent = []
        self.data = b""
        self.baud = 1200

    def init(self, baudrate):
        self.baud = baudrate

    def txdone(self):
        return True

    def write(self, data):
        if self.baud == 1200:
            self.sent.append(bytes(data))
            self.data = self.answers.pop(0) if self.answers else b""

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data))
        for i in range(count):
            buffer[i] = self.data[i]
        self.data = self.data[count:]
        return count or None
