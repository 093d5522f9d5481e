"""What the tests of Modbus and of RS-485 share: a virtual slave on a line, and a UART that plays answers back."""

from device.chip_bench import Bench
from gilmok_node.sensors.base import NotReady
from gilmok_node.sensors.lines import Rs485, line_settings
from gilmok_node.sensors.modbus import Modbus
from gilmok_sim.bus_lines import VirtualSharedUart
from gilmok_sim.chips import Still
from gilmok_sim.chips.modbus import VirtualModbus

CHANNELS = [
    ["temperature", "Cel", -1, 0, "i16"],
    ["humidity", "%", -1, 1, "u16"],
    ["flow", "m3/h", -3, 10, "i32"],
    ["volume", "m3", 0, 12, "u32", 10],
    ["level", "m", -3, 20, "u16", 5],
]
TRUTH = {"temperature": -12.3, "humidity": 47.5, "flow": -123.456, "volume": 1000000000, "level": 1.235}
VALUES = (-123, 475, -123456, 100000000, 247)
OPTIONS = {"channels": CHANNELS, "missing": [0x7FFF, 0x80000000]}


class ModbusBench(Bench):
    def __init__(self, options=None, truth=None, settings=None):
        self.options = options or OPTIONS
        self.world = Still(**(truth or TRUTH))
        self.settings = settings or line_settings(self.options)
        self.uart = VirtualSharedUart(self.clock, 11000 / self.settings[0])
        self.line = Rs485(self.uart, self.settings, self.uart.drive if self.settings[2] >= 0 else None)
        self.chip, self.driver = self.join(17, self.options)
        self.waits = 0

    def join(self, address, options):
        chip = VirtualModbus(self.world, self.clock, address)
        chip.configure(options)
        chip.address = address
        self.uart.chips.append(chip)
        return chip, Modbus(self.line.port(address, options), options)

    def read(self, after_ms=1000):
        """Return a reading as the sampler gets it: asked again after as many ms as NotReady says."""
        self.now += after_ms
        begun = self.now
        self.now += self.driver.start(self.now)
        self.waits = 0
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                assert error.fact >= 1
                self.waits += 1
                self.now += error.fact
                assert self.now - begun < 4000


class Recorded:
    """A UART on which each request is answered by the next of these answers."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.sent = []
        self.data = b""

    def write(self, data):
        self.sent.append(bytes(data))
        self.data = self.answers.pop(0)

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data))
        for i in range(count):
            buffer[i] = self.data[i]
        self.data = self.data[count:]
        return count or None
