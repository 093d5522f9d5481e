"""The PMS7003 is a PMS5003 by another name: what is its own, and one reading from its virtual chip."""

from device.chip_bench import Bench
from gilmok_node import sensors
from gilmok_node.sensors.pms5003 import Pms5003
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Still
from gilmok_sim.chips.pms7003 import VirtualPms7003


class PmsBench(Bench):
    def __init__(self):
        self.chip = VirtualPms7003(Still(pm1=7, pm2_5=12, pm10=20), self.clock)
        self.driver = sensors.load("pms7003")(VirtualUart(self.chip, self.clock), {"sleep": 1})


def test_it_has_its_own_name_and_the_same_channels():
    driver = sensors.load("pms7003")
    assert driver.NAME == "pms7003" and Pms5003.NAME == "pms5003"
    assert driver.CHANNELS == Pms5003.CHANNELS and driver.OPTIONS == Pms5003.OPTIONS


def test_a_reading_and_sleep():
    bench = PmsBench()
    bench.begin()
    bench.run(bench.driver.start(bench.now))
    bench.run(2500)
    assert bench.driver.read(bench.now)[:3] == (7, 12, 20)
    assert bench.chip.next_ms is None
