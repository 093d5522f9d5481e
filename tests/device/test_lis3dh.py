"""The LIS3DH driver against the application note's values and against its virtual chip."""

import json
import math

from device.chip_bench import Bench, golden, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, Silent, Stuck
from gilmok_node.sensors.lis3dh import Lis3dh
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.lis3dh import VirtualLis3dh


class LisBench(Bench):
    def __init__(self, options=None, world=None, address=0x18, **chip):
        self.world = world or Still(x=0.0, y=0.0, z=1.0)
        self.chip = VirtualLis3dh(self.world, self.clock, **chip)
        self.i2c = VirtualI2C({address: self.chip})
        self.driver = Lis3dh(self.i2c, options or {})

    def start(self):
        """Begin and start as the sampler does; return how often start() asked for more time."""
        self.begin()
        for asked in range(5):
            try:
                self.driver.start(self.now)
                return asked
            except NotReady as error:
                self.now += error.fact
        raise AssertionError("it never starts")

    def fetch(self, ms):
        """Let time pass and return what is captured, as (samples lost before, x)."""
        rows = []
        for _ in range(ms // 100):
            self.run(100)
            rows += [(lost, columns[0]) for _, _, lost, columns in self.driver.blocks()]
        return rows


def sine(amplitude_g, hz, offset_g=0.0):
    return lambda ms: offset_g + amplitude_g * math.sin(2 * math.pi * hz * ms / 1000)


def numbered(bench):
    """Let x count samples from −1024 up, so that a capture shows which ones it holds."""
    period_ms = bench.driver._period_ms
    bench.world.set(x=lambda ms: (round((ms - bench.chip._start_ms) / period_ms) - 1) / 1000 - 1.024)


def test_golden_samples():
    with open(golden(__file__, "lis3dh_samples.json")) as file:
        values = json.load(file)["values"]
    driver = Lis3dh(None, {})
    for text, mg in values:
        columns = [0] * 8, [0] * 8, [0] * 8
        assert driver._unpack(bytes.fromhex(text) * 24, 0, columns[0], columns[1], columns[2], 0)
        assert columns == ([mg] * 8,) * 3, text


def test_spare_bits_that_are_set_are_no_samples():
    driver = Lis3dh(None, {})
    columns = [0] * 8, [0] * 8, [0] * 8
    for bit in range(8):
        for place in range(48):
            raw = bytearray(48)
            raw[place] = 1 << bit
            good = driver._unpack(raw, 0, columns[0], columns[1], columns[2], 0)
            assert good == (place % 2 == 1 or bit >= 4), (place, bit)


def test_vibration_of_a_sine():
    for bits in (12, 10):
        bench = LisBench(world=Still(x=sine(0.1, 5), y=0.0, z=sine(0.5, 10, 1.0)), bits=bits)
        bench.start()
        assert bench.read() == (None,) * 6
        bench.run(3000)
        rms_x, rms_y, rms_z, peak_x, peak_y, peak_z = bench.read()
        assert abs(rms_x - 707) < 20 and abs(peak_x - 100) <= 4
        assert rms_y <= 20 and peak_y <= 4  # the sensor's own 1 mg, and steps of 4 where it has 10 bits
        assert abs(rms_z - 3536) < 60 and abs(peak_z - 500) <= 8


def test_every_rate():
    for period_ms in (5, 10, 20, 40):
        bench = LisBench({"sample_ms": period_ms}, Still(x=sine(0.2, 2), y=0.0, z=1.0))
        bench.start()
        assert 8 * period_ms == bench.driver.SERVICE_MS
        bench.run(Lis3dh.WARMUP_MS)
        assert abs(bench.read()[0] - 1414) < 90, period_ms
        assert bench.driver.overruns == bench.driver.faults == 0


def test_options():
    for options in ({"sample_ms": 2}, {"sample_ms": 2.5}, {"address": 0x1D}, {"selftest": 2}):
        ((name, value),) = options.items()
        error = raises(BadOption, Lis3dh, None, options)
        assert error.option == name and error.value == value
    bench = LisBench({"address": 0x19}, address=0x19)
    bench.start()
    bench.run(2000)
    assert max(bench.read()) < 30


def test_capture_holds_every_sample_in_order():
    bench = LisBench(noise=0)
    numbered(bench)
    bench.start()
    bench.run(500)
    bench.driver.capture(True)
    rows, starts = [], []
    for _ in range(80):
        bench.run(100)
        for start_ms, period_ms, lost, (x, y, z) in bench.driver.blocks():
            assert period_ms == 5 and lost == 0 and len(x) == 64
            assert y == [0] * 64 and z == [1000] * 64
            assert -5 <= start_ms - (x[0] + 1025) * 5 <= 10
            rows += x
            starts.append(start_ms)
    assert rows == list(range(rows[0], rows[0] + len(rows))) and len(rows) >= 1500
    assert {b - a for a, b in zip(starts, starts[1:])} == {320}
    assert Lis3dh.WAVEFORM[0][2] == -3  # so that 1000 counts are 1 g


def test_an_overrun_is_a_gap_of_the_right_size():
    for held_up_ms in (200, 400, 3000):
        bench = LisBench(noise=0)
        numbered(bench)
        bench.start()
        bench.driver.capture(True)
        rows = bench.fetch(1000)
        bench.now += held_up_ms
        rows += bench.fetch(1000)
        assert bench.driver.overruns == 1
        missing = 0
        for (_, before), (lost, after) in zip(rows, rows[1:]):
            missing += lost
            assert abs(after[0] - before[-1] - 1 - lost) <= 1, (held_up_ms, before[-1], lost, after[0])
        assert abs(missing - (held_up_ms + 40 - 160) / 5) <= 10, (held_up_ms, missing)
        assert missing == bench.driver.lost


def test_a_loop_held_up_for_less_loses_nothing():
    bench = LisBench()
    bench.start()
    for _ in range(50):
        bench.run(400)
        bench.now += 80
    assert bench.driver.overruns == 0 and bench.driver.lost == 0


def test_time_follows_a_chip_whose_clock_is_off():
    for error in (0.05, -0.05, 0.1, -0.1):
        bench = LisBench(noise=0, odr_error=error)
        bench.start()
        bench.driver.capture(True)
        bench.world.set(x=lambda ms: ms % 2000 / 1000 - 1)
        total = 0
        for _ in range(200):
            bench.run(100)
            for start_ms, _, _, (x, _, _) in bench.driver.blocks():
                off_ms = (start_ms - x[0] - 1000 + 1000) % 2000 - 1000
                assert abs(off_ms) <= 40, (error, start_ms, x[0])  # a tenth of a block of 320 ms, and two samples
                total += len(x)
        assert abs(total - 20 * 200 * (1 + error)) < 90
        assert bench.driver.overruns == 0


def test_selftest():
    for period_ms in (5, 40):
        bench = LisBench({"selftest": 1, "sample_ms": period_ms})
        bench.begin()
        bench.driver.service(bench.now)
        assert raises(NotReady, bench.driver.read, bench.now).fact is None
        assert bench.start() == 1
        bench.run(3000)
        assert max(bench.read()) < 30 and bench.driver.overruns == 0
        assert bench.chip._registers[0x23] == 0x88  # and it is off again
        assert bench.driver.start(bench.now) == 0
    bench = LisBench({"selftest": 1})
    bench.chip.fault = "stuck"
    assert raises(Stuck, bench.start).fact == 0
    bench.chip.fault = None
    assert bench.start() == 1
    bench.run(2000)
    assert max(bench.read()) < 30
    for fault, kind in (("silence", Absent), ("noise", Garbled)):
        for step in range(2):
            bench = LisBench({"selftest": 1})
            bench.begin()
            for _ in range(step):
                bench.now += raises(NotReady, bench.driver.start, bench.now).fact
            bench.chip.fault = fault
            raises(kind, bench.driver.start, bench.now)
            bench.chip.fault = None
            assert bench.start() == 1


def test_a_fifo_that_stays_empty_in_the_selftest():
    bench = LisBench({"selftest": 1})
    bench.begin()
    bench.chip._start_ms = None
    assert raises(Garbled, bench.driver.start, bench.now).fact == 0


def test_the_limits_of_the_selftest():
    driver = Lis3dh(None, {"selftest": 1})
    for moved, good in ((67, False), (68, True), (1440, True), (1441, False), (-67, False), (-68, True), (-1441, False)):
        if good:
            driver._judge([10, 0, -5], [10 + moved, 100, 95])
        else:
            assert raises(Stuck, driver._judge, [10, 0, -5], [10 + moved, 100, 95]).fact == moved


def test_another_chip_is_refused():
    bench = LisBench()
    bench.chip._registers[0x0F] = 0x32
    assert raises(Absent, bench.driver.begin, 0).fact == 0x32


def test_silence_a_stuck_bus_and_the_recovery():
    for fault, kind in (("silence", Absent), ("stuck", BusStuck)):
        bench = LisBench()
        target = bench.chip if fault == "silence" else bench.i2c
        target.fault = fault
        raises(kind, bench.driver.begin, 0)
        target.fault = None
        bench.start()
        bench.run(2000)
        assert max(bench.read()) < 30
        target.fault = fault
        bench.run(2000)
        assert bench.read() == (None,) * 6
        bench.run(2000)
        raises(kind, bench.read)
        target.fault = None
        bench.run(2000)
        assert max(bench.read()) < 30  # the chip never stopped measuring
        target.fault = fault
        raises(kind, bench.driver.begin, bench.now)
        target.fault = None
        bench.start()
        assert bench.read() == (None,) * 6
        bench.run(2000)
        assert max(bench.read()) < 30


def test_noise_is_never_taken_for_vibration():
    for fault in ("noise", "bad_checksum"):
        bench = LisBench()
        bench.start()
        bench.run(2000)
        bench.read()
        bench.chip.fault = fault
        for _ in range(100):
            bench.run(40)
            try:
                assert max([v or 0 for v in bench.read()]) < 30
            except Garbled:
                pass
        raises(Garbled, bench.read)
        assert bench.driver.faults > 90
        bench.chip.fault = None
        bench.start()
        bench.run(2000)
        assert max(bench.read()) < 30


def test_noise_in_a_chunk_only_costs_that_chunk():
    bench = LisBench()
    bench.start()
    bench.run(2000)
    read = bench.chip.read

    def broken(register, buffer):
        read(register, buffer)
        if len(buffer) == 48:
            bench.chip._noise.fill(buffer)
            bench.chip.read = read

    bench.chip.read = broken
    bench.run(2000)
    assert bench.driver.faults == 1 and bench.driver.lost == 8
    assert max(bench.read()) < 30


def test_a_dead_element_is_noticed_by_its_stillness_where_that_means_something():
    bench = LisBench()
    bench.start()
    bench.run(2000)
    bench.read()
    bench.chip.fault = "stuck"
    bench.run(5000)
    raises(Stuck, lambda: (bench.read(), bench.read()))
    bench.chip.fault = None
    bench.run(2500)
    assert max(bench.read()) < 30
    for z, dead in ((1.0, False), (0.72, False), (1.28, False), (0.6, True), (0.0, True), (1.4, True)):
        bench = LisBench({"sample_ms": 40}, Still(x=0.0, y=0.0, z=z), noise=0)  # ten bits swallow 0.4 mg of noise
        bench.start()
        bench.run(6000)
        if dead:
            assert raises(Stuck, bench.read).fact == round(z * 1000)
        else:
            assert bench.read() == (0,) * 6, z


def test_a_brown_out_of_the_chip_is_noticed():
    bench = LisBench()
    bench.start()
    bench.run(2000)
    bench.read()
    bench.chip.reset()
    bench.run(4000)
    assert raises(Garbled, bench.read).fact == 0x07
    bench.start()
    bench.run(2000)
    assert max(bench.read()) < 30


def test_a_fifo_that_does_not_fill_is_silent():
    bench = LisBench()
    bench.start()
    bench.run(2000)
    bench.read()
    bench.chip._start_ms = None
    bench.run(4000)
    raises(Silent, bench.read)


def test_a_new_begin_in_a_capture_is_a_gap():
    bench = LisBench(noise=0)
    bench.start()
    bench.world.set(x=lambda ms: ms / 5 / 1000 - 1)
    bench.driver.capture(True)
    rows = bench.fetch(1000)
    bench.now += 3000
    bench.start()
    rows += bench.fetch(1000)
    for (_, before), (lost, after) in zip(rows, rows[1:]):
        assert abs(after[0] - before[-1] - 1 - lost) <= 2
    assert sum(lost for lost, _ in rows[1:]) > 600
