"""The INA219 driver against the data sheet's figures and against its virtual chip."""

from device.analog_bench import AnalogBench
from device.chip_bench import raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, SensorError, Silent
from gilmok_node.sensors.ina219 import Ina219
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.ina219 import VirtualIna219


class PowerBench(AnalogBench):
    def __init__(self, options=None, **power):
        self.world = Still(**(power or {"voltage": 12.6, "current": 0.5}))
        self.chip = VirtualIna219(self.world, self.clock, 1, (options or {}).get("shunt_mohm", 100) / 1000)
        self.bus = VirtualI2C({0x40: self.chip})
        self.driver = Ina219(self.bus, options or {})
        self.begin()


class Registers:
    """A bus that holds these registers and nothing more."""

    def __init__(self, **registers):
        self.registers = registers

    def readfrom_mem_into(self, address, register, buffer):
        value = self.registers["r{}".format(register)]
        buffer[0] = value >> 8
        buffer[1] = value & 255

    def writeto_mem(self, address, register, data):
        self.registers["r{}".format(register)] = data[0] << 8 | data[1]


def test_register_formats_of_the_data_sheet():
    # §8.6.3.1: −320 mV is 8300h, 320 mV 7D00h; §8.6.3.2: 32 V is 1F40h in bits 15–3, here 12 V is 0BB8h; CNVR set.
    for shunt, bus, values in (
        (0x8301, 0x0BB8 << 3 | 2, (3000, -31999)),
        (0x7CFF, 0x0BB8 << 3 | 2, (3000, 31999)),
        (0x0FA0, 0x0BB8 << 3 | 2, (3000, 4000)),
        (0xF060, 0x0BB8 << 3 | 2, (3000, -4000)),
        (0x8300, 0x0BB8 << 3 | 2, (3000, None)),
        (0x7D00, 0x0BB8 << 3 | 2, (3000, None)),
        (0x0FA0, 0x0BB8 << 3 | 3, (3000, None)),  # OVF
        (0x0FA0, 0x1F40 << 3 | 2, (None, 4000)),
    ):
        bus_object = Registers(r5=4096)
        driver = Ina219(bus_object, {})
        driver.start(0)
        bus_object.registers.update(r1=shunt, r2=bus)
        assert driver.read(20) == values


def test_configuration_word_bit_by_bit():
    bus = Registers()
    Ina219(bus, {"samples": 128}).start(0)
    assert bus.registers["r0"] == 0x3FFB  # BRNG 1, PG 11, BADC 1111, SADC 1111, MODE 011
    Ina219(bus, {"samples": 1}).start(0)
    assert bus.registers["r0"] == 0x3C43


def test_voltage_and_current_of_every_shunt():
    for shunt_mohm in (1, 2, 5, 10, 50, 100, 250, 1000):
        bench = PowerBench({"shunt_mohm": shunt_mohm})
        step = bench.driver.CHANNELS[1][3] * 1e-6
        for volts, amps in ((3.3, 0.01 / shunt_mohm), (12.6, 100 / shunt_mohm), (25.9, -300 / shunt_mohm), (0.0, 0.0)):
            bench.world.set(voltage=volts, current=amps)
            voltage, current = bench.measure()
            assert abs(voltage * 0.004 - volts) <= 0.002001
            assert abs(current * step - amps) <= step * 0.51


def test_beyond_the_ranges_is_missing():
    bench = PowerBench()
    bench.world.set(current=3.3)
    assert bench.measure() == (3150, None)
    bench.world.set(current=-3.3)
    assert bench.measure() == (3150, None)
    bench.world.set(voltage=26.1, current=1.0)
    assert bench.measure() == (None, 10000)


def test_measuring_time():
    for samples, wait_ms in ((1, 2), (16, 19), (128, 151)):
        bench = PowerBench({"samples": samples})
        assert bench.driver.start(bench.now) == wait_ms
        bench.now += wait_ms
        assert bench.driver.read(bench.now) == (3150, 5000)


def test_reading_early_says_so_and_each_measurement_is_new():
    bench = PowerBench()
    assert raises(NotReady, bench.driver.read, 0).fact is None
    bench.driver.start(bench.now)
    bench.now += 10
    assert raises(NotReady, bench.driver.read, bench.now).fact == 1
    assert bench.patient(bench.driver.read) == (3150, 5000)
    bench.world.set(current=-0.25)
    assert bench.measure() == (3150, -2500)


def test_another_chip_is_refused():
    assert raises(Absent, Ina219(Registers(), {}).begin, 0).fact == 0x8000


def test_a_brown_out_is_noticed():
    bench = PowerBench()
    bench.now += bench.driver.start(bench.now)
    bench.chip.reset()
    assert raises(Garbled, bench.driver.read, bench.now).fact == 0x399F
    bench.begin()
    assert bench.measure() == (3150, 5000)
    bench.chip.reset()  # between two measurements: only its calibration tells
    raises(Garbled, bench.measure)
    bench.begin()
    assert bench.measure() == (3150, 5000)


def test_a_conversion_without_end_is_told():
    bench = PowerBench()
    bench.driver.start(0)
    bench.chip._done_ms = 1e9
    assert raises(Silent, bench.driver.read, 100).fact == 100
    bench.begin()
    assert bench.measure() == (3150, 5000)


def test_silence_stuck_bus_and_recovery():
    bench = PowerBench()
    bench.chip.fault = "silence"
    assert raises(Absent, bench.measure).fact == 19
    raises(Absent, bench.begin)
    bench.chip.fault = None
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.measure).fact == 110
    bench.bus.fault = None
    bench.begin()
    assert bench.measure() == (3150, 5000)


def test_noise_is_never_taken_for_a_reading():
    bench = PowerBench()
    for fault in ("noise", "bad_checksum"):
        for _ in range(200):
            bench.chip.fault = fault
            raises(SensorError, bench.begin)
            raises(SensorError, bench.measure)
        bench.chip.fault = None
        bench.begin()
        assert bench.measure() == (3150, 5000)


def test_stuck_values_repeat():
    bench = PowerBench()
    bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(voltage=11.0)
    assert bench.measure() == (3150, 5000)
    bench.chip.fault = None
    assert bench.measure() == (2750, 5000)


def test_options():
    for options in ({"address": 0x50}, {"shunt_mohm": 75}, {"samples": 3}):
        assert raises(BadOption, Ina219, None, options).option in options
