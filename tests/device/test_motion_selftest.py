"""The self-test of the I²C accelerometers as the sampler drives it, beside a tick a second."""

from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors.base import Stuck
from gilmok_node.sensors.lis3dh import Lis3dh
from gilmok_node.sensors.mpu6050 import Mpu6050
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.lis3dh import VirtualLis3dh
from gilmok_sim.chips.mpu6050 import VirtualMpu6050


class Node:
    """A sampler with a period of one second, its records and its faults."""

    def __init__(self, driver, chip, sample_ms):
        self.now = 0
        self.rows, self.faults = [], []
        self.chip = chip(Still(x=0.0, y=0.0, z=1.0, temperature=20.0), self.clock)
        options = {"selftest": 1, "sample_ms": sample_ms}
        bus = VirtualI2C({driver.OPTIONS["address"][0]: self.chip})
        self.sampler = Sampler("pole", driver(bus, options), 1000, self, None, self.on_fault)

    def clock(self):
        return self.now

    def append(self, tick, values):
        self.rows.append(values)

    def on_fault(self, sampler, error):
        self.faults.append(error)

    def run(self, ms):
        end = self.now + ms
        while self.now < end:
            self.now = max(self.now + 1, self.sampler.poll(self.now))


KINDS = ((Lis3dh, VirtualLis3dh, 5), (Lis3dh, VirtualLis3dh, 40), (Mpu6050, VirtualMpu6050, 2), (Mpu6050, VirtualMpu6050, 16))


def test_it_fits_into_a_tick():
    for kind in KINDS:
        node = Node(*kind)
        node.run(8000)
        assert not node.faults and len(node.rows) >= 6, kind
        assert max(node.rows[-1][:6]) < 100


def test_a_dead_element_is_told_and_asked_again():
    for kind in KINDS:
        node = Node(*kind)
        node.chip.fault = "stuck"
        node.run(20_000)
        assert len(node.faults) == 1 and isinstance(node.faults[0], Stuck), kind
        assert not [row for row in node.rows if row[0] is not None]
        node.chip.fault = None
        node.run(70_000)
        assert node.faults[1:] == [None]
        assert max(node.rows[-1][:6]) < 100
