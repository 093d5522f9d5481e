"""The inclination from an ADXL355 against geometry and against its virtual chip."""

import math
import struct

from device.chip_bench import Bench, raises
from gilmok_node.sensors import tilt
from gilmok_node.sensors.base import Absent, BadOption, Garbled, Silent, SpiDevice, Stuck
from gilmok_node.sensors.tilt import Tilt
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips import Still
from gilmok_sim.chips.tilt import VirtualTilt


class TiltBench(Bench):
    def __init__(self, options=None, tilt_x=0.0, tilt_y=0.0, temperature=25.0, **chip):
        self.world = Still(tilt_x=tilt_x, tilt_y=tilt_y, temperature=temperature)
        self.chip = VirtualTilt(self.world, self.clock, **chip)
        self.spi = VirtualSpi()
        self.driver = Tilt(SpiDevice(self.spi, self.spi.attach(self.chip)), options or {})

    def settle(self):
        self.begin()
        return self.read(self.driver.WARMUP_MS)


def single(value):
    """Return a number as a single float holds it."""
    return struct.unpack("f", struct.pack("f", value))[0]


def test_angles_all_around():
    for degrees_x in (-89, -45, -10, -0.5, -0.001, 0, 0.002, 1, 30, 60, 89.5):
        for degrees_y in (-0.3, 0, 0.25):
            if abs(degrees_x) + abs(degrees_y) > 90:
                continue
            x, y = math.sin(math.radians(degrees_x)), math.sin(math.radians(degrees_y))
            z = math.sqrt(1 - x * x - y * y) if x * x + y * y < 1 else 0
            for down in (1, -1):
                assert abs(tilt._angle(256000 * x, 256000 * y, down * 256000 * z) - 1000 * degrees_x) <= 0.6, degrees_x
    assert tilt._angle(256000, 0, 0) == 90000
    assert tilt._angle(-256000, 0, 0) == -90000


def test_single_floats_add_no_more_than_stated():
    """The same formula with each step rounded to 24 bits, as on an ESP32; under MicroPython it may be so already."""
    worst = 0
    for i in range(2000):
        x = (i * 7919 % 512000) - 256000 + i / 2000
        z = math.sqrt(max(0, 256000.0**2 - x * x))
        y = 1234.5678
        exact = math.atan2(x, math.sqrt(y * y + z * z)) * 180 / math.pi
        b, c = single(single(y) * single(y)), single(single(z) * single(z))
        angle = single(math.atan2(single(x), single(math.sqrt(single(b + c)))))
        worst = max(worst, abs(single(angle * single(180 / math.pi)) - exact))
    assert worst < 0.0001, worst


def test_temperature_of_the_data_sheet():
    assert tilt._celsius(1885) == 250
    for raw in range(4096):
        exact = 25 - (raw - 1885) / 9.05
        celsius = tilt._celsius(raw)
        if celsius is None:
            assert exact < -39.9 or exact > 124.9
        else:
            assert abs(celsius - 10 * exact) <= 0.51 and -40.06 < exact < 125.06
    assert tilt._celsius(0) is None and tilt._celsius(4095) is None  # lines that do not move


def test_inclination_and_count():
    for tilt_x, tilt_y in ((0.0, 0.0), (1.234, -0.567), (-12.5, 33.0), (45.0, 45.0), (0.001, -0.001), (90.0, 0.0)):
        bench = TiltBench(None, tilt_x, tilt_y, 21.3)
        x, y, temperature, x_comp, y_comp, samples = bench.settle()
        steep = 20 if tilt_x == 90 or abs(tilt_x) == 45 else 3  # there z is but noise, which the root makes positive
        assert abs(x - 1000 * tilt_x) <= steep and abs(y - 1000 * tilt_y) <= max(3, steep)
        assert (x_comp, y_comp) == (x, y)  # no drift is known
        assert abs(temperature - 213) <= 1
        assert samples in (24, 32)


def test_noise_of_a_mean_is_as_stated():
    bench = TiltBench(tilt_x=2.0)
    bench.settle()
    values = [bench.read(1024)[0] for _ in range(60)]
    mean = sum(values) / 60
    assert 0.2 < math.sqrt(sum((v - mean) ** 2 for v in values) / 60) < 1.5
    assert abs(mean - 2000) < 1


def test_longer_means():
    for mean_s in (1, 4, 10):
        bench = TiltBench({"mean_s": mean_s}, 1.0)
        assert 1000 * mean_s + 2000 == bench.driver.WARMUP_MS
        values = bench.settle()
        assert abs(values[0] - 1000) <= 2
        assert abs(values[5] * 32 - 1000 * mean_s) <= 256
        assert bench.read() == values  # told again until there is a new one


def test_a_mean_is_of_vectors():
    """Half a second at −10°, half at +30°: the mean vector is not at the mean of the angles."""
    bench = TiltBench({"shake_mg": 500, "g_percent": 20, "mean_s": 8}, noise=0.1)
    bench.begin()
    bench.run(300)
    bench.world.set(tilt_x=lambda ms: 5.0 if int(ms / 512) % 2 else 30.0)
    bench.driver._worst = None
    x = bench.read(18000)[0]
    a, b = math.radians(5), math.radians(30)
    expected = math.degrees(math.atan2(math.sin(a) + math.sin(b), math.cos(a) + math.cos(b)))
    assert abs(x / 1000 - expected) < 0.5


def test_shaken_is_missing():
    for half_g, told in ((0.0042, True), (0.0055, False), (0.3, False)):
        bench = TiltBench(None, 1.0)
        bench.chip.gravity.shake_g = half_g
        values = bench.settle()
        if told:
            assert abs(values[0] - 1000) < 60 and values[5] > 20
        else:
            assert values[:2] == (None, None) and values[3:] == (None, None, 0)
            assert abs(values[2] - 250) <= 1
        bench.chip.gravity.shake_g = 0.0
        bench.run(3000)
        assert abs(bench.read()[0] - 1000) <= 3
    bench = TiltBench({"shake_mg": 20}, 1.0)
    bench.chip.gravity.shake_g = 0.0055
    assert bench.settle()[0] is not None


def test_gravity_that_is_not_1_g_is_missing():
    for g, told in ((1.049, True), (0.951, True), (1.051, False), (0.949, False), (0.0, False)):
        bench = TiltBench(None, 3.0)
        bench.chip.gravity.gravity_g = g
        values = bench.settle()
        assert (values[0] is not None) == told, g
        assert values[5] == 0 or told
        if told:
            assert abs(values[0] - 3000) <= 3
    bench = TiltBench({"g_percent": 8}, 3.0)
    bench.chip.gravity.gravity_g = 1.07
    assert bench.settle()[0] is not None


def test_compensation_beside_the_raw_angle():
    options = {"drift_x": 2500, "drift_y": -1200, "reference": 200}
    for celsius in (-20.0, 20.0, 60.0):
        bench = TiltBench(options, 1.0, -2.0, celsius)
        bench.chip.gravity.drift_x, bench.chip.gravity.drift_y = 0.0025, -0.0012
        x, y, temperature, x_comp, y_comp, _ = bench.settle()
        drifted = celsius - 25
        assert abs(x - 1000 - 2.5 * drifted) <= 3 and abs(y + 2000 + 1.2 * drifted) <= 3
        assert abs(x_comp - 1000 + 2.5 * 5) <= 3 and abs(y_comp + 2000 - 1.2 * 5) <= 3  # as it were at 20 °C
    driver = Tilt(None, options)
    for angle, temperature, drift, expected in (
        (1000, 300, 2500, 975),
        (1000, 201, 2500, 1000),  # 0.25 is no step
        (1000, 202, 2500, 999),  # 0.5 is one, away from the angle
        (1000, 100, 2500, 1025),
        (1000, None, 2500, None),
        (None, 300, 2500, None),
        (0, 1250, 100000, -10500),
    ):
        assert driver._compensate(angle, temperature, drift) == expected, (angle, temperature)


def test_a_temperature_that_changes_while_it_is_read():
    class Changing:
        """Its high byte changes between the two bytes of the first pair."""

        def __init__(self, pairs):
            self.pairs = pairs

        def transfer(self, out, into):
            into[1], into[2] = self.pairs.pop(0)

    # 0x75D is 25 °C; from 0x700 to 0x6FF it would be 0x7FF.
    for pairs, expected in (
        ([(7, 0x5D), (7, 0x5D)], 250),
        ([(7, 0x5D), (7, 0xFF)], 250),
        ([(7, 0xFF), (6, 0xFF), (6, 0xFF), (6, 0xFE)], tilt._celsius(0x6FF)),
        ([(7, 0xFF), (6, 0xFF), (7, 0x00), (6, 0xFE)], None),
    ):
        driver = Tilt(Changing(pairs), {})
        assert driver._measure_temperature() == expected and not pairs


def test_options():
    for name, value in (("mean_s", 0), ("mean_s", 11), ("shake_mg", 1), ("drift_x", 100001), ("drift_y", -100001), ("reference", 25.5)):
        error = raises(BadOption, Tilt, None, {name: value})
        assert error.option == name and error.value == value
    assert not hasattr(Tilt, "WAVEFORM")  # the node would keep one


def test_an_overrun_is_no_inclination_of_half_a_second():
    bench = TiltBench(None, 1.0)
    bench.settle()
    bench.now += 20000
    bench.run(3000)
    assert bench.driver.overruns == 1
    values = bench.read()
    assert abs(values[0] - 1000) <= 3 and values[5] >= 16


def test_faults_and_the_recovery():
    for fault, kind in (("silence", Absent), ("noise", Garbled), ("bad_checksum", Garbled), ("stuck", Stuck), (None, Silent)):
        bench = TiltBench(None, 1.0)
        bench.settle()
        bench.chip.fault = fault
        if fault is None:
            bench.chip._reset()
        bench.run(5000)
        for _ in range(2):  # the mean in which it began
            try:
                values = bench.read()
                assert values[0] is None or abs(values[0] - 1000) < 3
            except kind:
                pass
        raises(kind, bench.read)
        bench.chip.fault = None
        values = bench.settle()
        assert abs(values[0] - 1000) <= 3
    bench = TiltBench(None, 1.0)
    bench.spi.fault = "stuck"
    assert raises(Absent, bench.driver.begin, 0).fact == 0
