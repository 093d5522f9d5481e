"""What the tests of the sensors at an ADS1115 share: a bench that waits as long as the driver asks for."""

from device.chip_bench import Bench
from gilmok_node.sensors.base import NotReady
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still


class AnalogBench(Bench):
    def __init__(self, driver, instrument, options=None, **values):
        self.world = Still(**values)
        self.chip = instrument(self.world, self.clock)
        self.chip.configure(options or {})
        self.adc = self.chip.join(None)
        self.bus = VirtualI2C({0x48: self.adc})
        self.driver = driver(self.bus, options or {})

    def measure(self):
        """Begin a measurement and return its values, however often the driver asks for more time."""
        self.now += self.patient(self.driver.start)
        return self.patient(self.driver.read)

    def patient(self, step):
        for _ in range(100):
            try:
                return step(self.now)
            except NotReady as error:
                if not error.fact:
                    raise
                self.now += error.fact
        raise AssertionError("it is never ready")
