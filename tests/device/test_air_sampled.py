"""Each air sensor as the node drives it: no fault, at the shortest period its catalogue entry allows and at ten minutes."""

from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors import load
from gilmok_sim.chips import Still
from gilmok_sim.instruments import Instruments
from gilmok_sim.world import RainyNight

AIR = {"temperature": 21.37, "humidity": 47.3, "co2": 612, "pm1": 5.2, "pm2_5": 9.5, "pm10": 13.3, "voc_raw": 30123, "nox_raw": 15432}

# (driver, options, bus, address, shortest period, until when readings may be missing at that period)
SENSORS = (
    ("sht45", {}, "i2c", 0x44, 1000, 1000),
    ("scd41", {}, "i2c", 0x62, 10000, 20000),
    ("sgp41", {}, "i2c", 0x59, 1000, 301000),
    ("sps30", {}, "i2c", 0x69, 2000, 33000),
    ("sps30", {"sleep": 1}, "i2c", 0x69, 60000, 60000),
    ("sps30_uart", {}, "uart", None, 2000, 33000),
    ("sps30_uart", {"sleep": 1}, "uart", None, 60000, 60000),
    ("sds011", {}, "uart", None, 2000, 33000),
    ("sds011", {"sleep": 1}, "uart", None, 60000, 60000),
    ("sds011", {"working_min": 5}, "uart", None, 60000, 400000),
    ("pms5003", {}, "uart", None, 3000, 33000),
    ("pms5003", {"sleep": 1}, "uart", None, 60000, 60000),
    ("pms7003", {"sleep": 1}, "uart", None, 60000, 60000),
)
MINUTE_MS = 60_000


class Sensor:
    """As in a configuration."""

    bus_number = 1

    def __init__(self, driver, bus, select):
        self.driver = self.name = driver
        self.bus = bus
        self.select = select


class Street:
    """One sensor, its sampler, and a clock that jumps to the next deadline."""

    def __init__(self, driver, options, bus, select, period_ms, world):
        self.now = 0
        self.readings = []
        self.faults = []
        sensor = Sensor(driver, bus, select)
        self.instruments = Instruments(world, self.clock)
        device = self.instruments(sensor)
        self.chip = self.instruments.chips[driver]
        self.sampler = Sampler(driver, load(driver)(device, options), period_ms, self, None, self.on_fault)

    def clock(self):
        return self.now

    def append(self, tick, values):
        if len(self.readings) == 400:
            self.readings = self.readings[200:]
        self.readings.append((tick, values))

    def on_fault(self, sampler, error):
        self.faults.append((self.now, error))

    def run(self, until_ms):
        while self.now < until_ms:
            due = self.sampler.poll(self.now)
            self.now = max(self.now + 1, due)


def missing(values):
    return all([value is None for value in values])


def test_no_fault_and_no_reading_missed():
    for driver, options, bus, select, shortest_ms, settled_ms in SENSORS:
        for period_ms, end_ms in ((shortest_ms, 10 * MINUTE_MS), (10 * MINUTE_MS, 90 * MINUTE_MS)):
            street = Street(driver, options, bus, select, period_ms, Still(**AIR))
            street.run(end_ms)
            place = (driver, options, period_ms)
            assert not street.faults, (place, street.faults)
            assert not street.sampler.skipped, place
            late = [tick for tick, values in street.readings if missing(values) and tick > max(settled_ms, period_ms)]
            assert not late, (place, late)
            assert street.readings[-1][0] >= end_ms - 2 * period_ms, place


def test_a_sensor_that_was_gone_for_ten_minutes_comes_back():
    for driver, options, bus, select, _, _ in SENSORS:
        street = Street(driver, options, bus, select, MINUTE_MS, Still(**AIR))
        street.run(10 * MINUTE_MS)
        street.chip.fault = "silence"
        street.run(20 * MINUTE_MS)
        assert [error is None for _, error in street.faults] == [False], (driver, street.faults)
        street.chip.fault = None
        street.run(35 * MINUTE_MS)
        assert [error is None for _, error in street.faults] == [False, True], (driver, street.faults)
        assert not missing(street.readings[-1][1]), driver


def test_chips_share_one_i2c_bus():
    instruments = Instruments(Still(**AIR), lambda: 0)
    buses = [instruments(Sensor(driver, "i2c", select)) for driver, _, bus, select, _, _ in SENSORS if bus == "i2c"]
    assert len(buses) == 5 and all([bus is buses[0] for bus in buses])
    assert sorted(buses[0].chips) == [0x44, 0x59, 0x62, 0x69]


def test_the_virtual_night_has_air_for_each_of_them():
    for driver, options, bus, select, shortest_ms, settled_ms in SENSORS:
        street = Street(driver, options, bus, select, shortest_ms, RainyNight())
        street.run(settled_ms + 3 * shortest_ms)
        assert not street.faults, (driver, street.faults)
        assert None not in street.readings[-1][1], (driver, street.readings[-1])
