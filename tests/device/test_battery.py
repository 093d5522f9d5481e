"""The battery driver against dividers computed by hand and against its virtual battery at a virtual ADC."""

from device.chip_bench import Bench, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck
from gilmok_node.sensors.battery import Battery
from gilmok_node.sensors.ina219 import Ina219
from gilmok_node.sensors.ms5837 import Ms5837
from gilmok_sim.bus import VirtualAdc
from gilmok_sim.chips import Still
from gilmok_sim.chips.battery import VirtualBattery
from gilmok_sim.instruments import Instruments


class BatteryBench(Bench):
    def __init__(self, options=None, voltage=3.7):
        self.world = Still(voltage=voltage)
        self.chip = VirtualBattery(self.world, self.clock)
        self.chip.configure(options or {})
        self.bus = VirtualAdc(self.chip)
        self.driver = Battery(self.bus, options or {})
        self.begin()

    def measure(self):
        self.now += self.driver.start(self.now)
        return self.driver.read(self.now)


class Readings:
    """An ADC that gives these readings over and over."""

    def __init__(self, *readings):
        self.readings = list(readings)

    def read_uv(self):
        reading = self.readings.pop(0)
        self.readings.append(reading)
        if isinstance(reading, int):
            return reading
        raise reading


def test_dividers_by_hand():
    for upper, lower, microvolts, value in (
        (100, 100, 1850000, 370),  # 3.70 V
        (0, 1, 1234567, 123),
        (470, 100, 2210526, 1260),  # 12.6 V
        (10000, 1, 1000000, 1000100),
        (100, 100, 1852499, 370),  # 3.704998 V …
        (100, 100, 1852500, 371),  # … and 3.705 V
    ):
        driver = Battery(Readings(microvolts), {"divider_upper_kohm": upper, "divider_lower_kohm": lower})
        assert driver.read(0) == (value,), (upper, lower, microvolts)


def test_noise_averages_out():
    for voltage in (0.8, 2.9, 3.7, 4.2):
        bench = BatteryBench(voltage=voltage)
        values = [bench.measure()[0] for _ in range(200)]
        assert min(values) >= voltage * 100 - 1 and max(values) <= voltage * 100 + 1, (voltage, min(values), max(values))
    assert Battery(Readings(1840000, 1860000), {}).read(0) == (370,)


def test_what_the_adc_cannot_tell_is_missing():
    for microvolts, missing in ((0, True), (149999, True), (150000, False), (2450000, False), (2450001, True), (3100000, True)):
        assert (Battery(Readings(microvolts), {}).read(0) == (None,)) == missing, microvolts
    assert Battery(Readings(1850000, 1850000, 3000000), {}).read(0) == (None,)


def test_a_wire_that_is_off_and_recovery():
    bench = BatteryBench()
    for fault in ("silence", "noise", "bad_checksum"):
        bench.chip.fault = fault
        assert bench.measure() == (None,), fault
        bench.chip.fault = None
        assert abs(bench.measure()[0] - 370) <= 1
    bench.chip.fault = "stuck"
    bench.world.set(voltage=3.0)
    assert abs(bench.measure()[0] - 370) <= 1
    bench.chip.fault = None
    assert abs(bench.measure()[0] - 300) <= 1


def test_an_adc_that_fails_and_recovery():
    bench = BatteryBench()
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.measure).fact == 110
    raises(BusStuck, bench.begin)
    bench.bus.fault = None
    bench.begin()
    assert abs(bench.measure()[0] - 370) <= 1
    raises(Absent, Battery(Readings(OSError(19)), {}).read, 0)


def test_options():
    for options in ({"divider_lower_kohm": 0}, {"divider_upper_kohm": -1}):
        assert raises(BadOption, Battery, None, options).option in options


class Wired:
    """What a SensorConfig says of the wires."""

    def __init__(self, driver, bus, select, **options):
        self.driver = driver
        self.name = driver
        self.bus = bus
        self.bus_number = 0
        self.select = select
        self.options = options


def test_a_node_is_wired_as_its_site_file_says():
    now = [0]
    instruments = Instruments(Still(voltage=12.0, current=2.0, pressure=110000.0, temperature=8.0), lambda: now[0])
    battery = Wired("battery", "adc", None, divider_upper_kohm=470)
    driver = Battery(instruments(battery), battery.options)
    driver.begin(0)
    assert abs(driver.read(0)[0] - 1200) <= 2
    for sensor, kind, wanted in (
        (Wired("ina219", "i2c", 0x40, shunt_mohm=10), Ina219, (3000, 2000)),
        (Wired("ms5837", "i2c", 0x76, model=2), Ms5837, (110000, 800)),
    ):
        driver = kind(instruments(sensor), sensor.options)
        now[0] += driver.begin(now[0])
        now[0] += driver.start(now[0])
        while True:
            try:
                values = driver.read(now[0])
                break
            except Exception as error:
                now[0] += error.fact
        assert all([abs(value - good) <= 2 for value, good in zip(values, wanted)]), (kind, values)
