"""The MPU-6050 driver against exact arithmetic and against its virtual chip."""

import math

from device.chip_bench import Bench, raises
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, Silent, Stuck
from gilmok_node.sensors.mpu6050 import Mpu6050
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Still
from gilmok_sim.chips.mpu6050 import VirtualMpu6050


class MpuBench(Bench):
    def __init__(self, options=None, address=0x68, noise=1, odr_error=0.0, **world):
        self.world = Still(x=0.0, y=0.0, z=1.0, temperature=25.0)
        self.world.set(**world)
        self.chip = VirtualMpu6050(self.world, self.clock, noise=noise, odr_error=odr_error)
        self.i2c = VirtualI2C({address: self.chip})
        self.driver = Mpu6050(self.i2c, options or {})

    def start(self):
        self.begin()
        assert self.driver.start(self.now) == 0

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
    """Let x count samples from −30000 up, so that a capture shows which ones it holds."""
    start_ms, period_ms = bench.now, bench.driver._period_ms
    bench.world.set(x=lambda ms: (round((ms - start_ms) / period_ms) - 30000) / 16384)


def test_unpacking_every_bit_of_16_bit_twos_complement():
    driver = Mpu6050(None, {})
    values = [0, 1, -1, 0x7FFF, -0x8000, 0x1234, -0x1234, 16384]
    raw = bytearray(2)
    for v in values:
        for value in (v, -v - 1, v ^ 0x55):
            raw += (value & 0xFFFF).to_bytes(2, "big")
    columns = [0] * 9, [0] * 9, [0] * 9
    assert driver._unpack(raw, 2, columns[0], columns[1], columns[2], 1)
    assert columns[0][1:] == values
    assert columns[1][1:] == [-v - 1 for v in values]
    assert columns[2][1:] == [v ^ 0x55 for v in values]


def test_temperature_formula_of_the_register_map():
    driver = Mpu6050(None, {})
    for raw, tenths in ((0, 365), (340, 375), (-3920, 250), (-12420, 0), (16481, 850), (16500, None), (-26100, -402), (-32768, None)):
        driver._status[7:9] = (raw & 0xFFFF).to_bytes(2, "big")
        exact = (raw / 340 + 36.53) * 10
        assert tenths is None or abs(tenths - exact) <= 0.51, raw
        assert driver._beside() == (None if tenths is None or not -400 <= tenths <= 850 else tenths,), raw


def test_vibration_of_a_sine():
    bench = MpuBench(x=sine(0.1, 5), z=sine(0.9, 10, 1.0), temperature=-12.3)
    bench.start()
    assert bench.read() == (None,) * 7
    bench.run(3000)
    rms_x, rms_y, rms_z, peak_x, peak_y, peak_z, temperature = bench.read()
    assert abs(rms_x - 708) < 15 and abs(peak_x - 106) <= 6
    assert 30 < rms_y < 50 and 5 <= peak_y <= 8  # the sensor's own 4 mg
    assert abs(rms_z - 6364) < 60 and abs(peak_z - 906) <= 12
    assert temperature == -123


def test_every_rate():
    for period_ms in (2, 4, 8, 16):
        bench = MpuBench({"sample_ms": period_ms}, x=sine(0.2, 3))
        bench.start()
        assert 8 * period_ms == bench.driver.SERVICE_MS
        bench.run(Mpu6050.WARMUP_MS)
        assert abs(bench.read()[0] - 1414) < 60, period_ms
        assert bench.driver.overruns == bench.driver.faults == 0


def test_options():
    for options in ({"sample_ms": 1}, {"sample_ms": 5}, {"address": 0x6A}):
        ((name, value),) = options.items()
        error = raises(BadOption, Mpu6050, None, options)
        assert error.option == name and error.value == value
    bench = MpuBench({"address": 0x69}, 0x69)
    bench.start()
    bench.run(2000)
    assert max(bench.read()[:6]) < 100


def test_the_reset_is_waited_for():
    bench = MpuBench()
    assert bench.driver.begin(0) == 100
    assert bench.driver.service(0) is None and bench.driver.faults == 0
    raises(NotReady, bench.driver.read, 0)
    assert raises(Garbled, bench.driver.start, 0).fact == 0  # asked too early, it keeps nothing
    bench.start()
    bench.run(2000)
    assert bench.read()[6] == 250


def test_selftest():
    def start(bench):
        bench.begin()
        for asked in range(5):
            try:
                bench.driver.start(bench.now)
                return asked
            except NotReady as error:
                bench.now += error.fact
        raise AssertionError("it never starts")

    for period_ms in (2, 16):
        bench = MpuBench({"selftest": 1, "sample_ms": period_ms})
        assert start(bench) == 2
        assert bench.chip._registers[0x1C] == 0  # and it is off again
        bench.run(2500)
        assert max(bench.read()[:6]) < 100 and bench.driver.overruns == 0
    for pushed, good in ((0.88, True), (1.12, True), (0.84, False), (1.16, False), (0.0, False)):
        bench = MpuBench({"selftest": 1})
        bench.chip.pushed = pushed
        if good:
            assert start(bench) == 2
        else:
            # SELF_TEST 16: 4096 × 0.34 × (0.92 / 0.34)^(15/30) is 2291
            assert abs(raises(Stuck, start, bench).fact - 2291 * pushed) < 40, pushed
    bench = MpuBench({"selftest": 1})
    bench.begin()
    bench.chip._registers[0x0E] = bench.chip._registers[0x10] = 0
    assert raises(Garbled, lambda: [bench.driver._judge([0] * 3, [2291] * 3)]).fact == 0
    for fault, kind in (("silence", Absent), ("noise", Garbled), ("stuck", Stuck)):
        for step in range(3):
            bench = MpuBench({"selftest": 1})
            bench.begin()
            for _ in range(step):
                bench.now += raises(NotReady, bench.driver.start, bench.now).fact
            bench.chip.fault = fault
            if fault != "stuck":
                raises(kind, bench.driver.start, bench.now)
            elif step == 0:
                raises(kind, start, bench)
            bench.chip.fault = None
            assert start(bench) == 2


def test_capture_holds_every_sample_in_order():
    bench = MpuBench(noise=0)
    bench.start()
    numbered(bench)
    bench.run(500)
    bench.driver.capture(True)
    rows, starts = [], []
    for _ in range(80):
        bench.run(100)
        for start_ms, period_ms, lost, (x, y, z) in bench.driver.blocks():
            assert period_ms == 4 and lost == 0 and len(x) == 64
            assert y == [0] * 64 and z == [16384] * 64
            assert -4 <= start_ms - 100 - (x[0] + 30000) * 4 <= 8
            rows += x
            starts.append(start_ms)
    assert rows == list(range(rows[0], rows[0] + len(rows))) and len(rows) >= 1900
    assert {b - a for a, b in zip(starts, starts[1:])} == {256}


def test_an_overflow_empties_the_fifo_and_is_a_gap_of_the_right_size():
    for held_up_ms in (700, 1000, 5000):
        bench = MpuBench(noise=0)
        bench.start()
        numbered(bench)
        bench.driver.capture(True)
        rows = bench.fetch(1000)
        bench.now += held_up_ms
        rows += bench.fetch(1000)
        assert bench.driver.overruns == 1 and bench.driver.faults == 0
        missing = 0
        for (_, before), (lost, after) in zip(rows, rows[1:]):
            missing += lost
            assert after == list(range(after[0], after[0] + len(after)))  # never out of step
            assert abs(after[0] - before[-1] - 1 - lost) <= 1, (held_up_ms, before[-1], lost, after[0])
        assert abs(missing - held_up_ms / 4 - 8) <= 10, (held_up_ms, missing)
        assert missing == bench.driver.lost


def test_a_loop_held_up_for_less_loses_nothing():
    bench = MpuBench()
    bench.start()
    for _ in range(20):
        bench.run(640)
        bench.now += 600
    assert bench.driver.overruns == 0 and bench.driver.lost == 0


def test_a_transfer_that_breaks_off_costs_what_the_fifo_held():
    for broken in (1, 2):  # transfers of the chunk, and of the reset of the FIFO after it
        bench = MpuBench(noise=0)
        bench.start()
        numbered(bench)
        bench.driver.capture(True)
        rows = bench.fetch(1000)
        read, write = bench.chip.read, bench.chip.write
        left = [broken]

        def failing(register, buffer, left=left, read=read):
            if register == 0x74 and left[0] and len(buffer) == 48:
                left[0] -= 1
                read(register, bytearray(5))
                raise OSError(5)
            read(register, buffer)

        def lost_write(register, data, left=left, write=write):
            if left[0]:
                left[0] -= 1
                raise OSError(5)
            write(register, data)

        bench.chip.read, bench.chip.write = failing, lost_write
        rows += bench.fetch(1000)
        assert bench.driver.overruns == 1 and bench.driver.faults == 1
        for (_, before), (lost, after) in zip(rows, rows[1:]):
            assert after == list(range(after[0], after[0] + len(after)))
            assert abs(after[0] - before[-1] - 1 - lost) <= 1
        bench.run(1500)
        assert max(bench.read()[1:3]) == 0


def test_a_fifo_out_of_step_is_emptied():
    bench = MpuBench(noise=0)
    bench.start()
    bench.run(2000)
    bench.chip._taken += 3
    bench.run(2000)
    assert bench.driver.overruns == 1
    assert bench.read()[:6] == (0,) * 6 or bench.driver._stuck  # a world without noise


def test_a_sample_half_written_is_waited_for():
    bench = MpuBench()
    bench.start()
    level = bench.chip._level
    calls = [0]

    def growing():
        calls[0] += 1
        return level() + (2 if calls[0] % 40 < 4 else 0)

    bench.chip._level = growing
    bench.run(3000)
    assert bench.driver.overruns == 0 and max(bench.read()[:6]) < 100


def test_time_follows_a_chip_whose_clock_is_off():
    for error in (0.05, -0.05):
        bench = MpuBench(noise=0, odr_error=error)
        bench.start()
        bench.driver.capture(True)
        bench.world.set(x=lambda ms: ms % 2000 / 16384)
        total = 0
        for _ in range(200):
            bench.run(100)
            for start_ms, _, lost, (x, _, _) in bench.driver.blocks():
                off_ms = (start_ms - x[0] + 1000) % 2000 - 1000
                assert lost == 0 and abs(off_ms) <= 26, (error, start_ms, x[0])  # 5 % of a block of 256 ms and a chunk
                total += len(x)
        assert abs(total - 20 * 250 * (1 + error)) < 90


def test_another_chip_is_refused():
    bench = MpuBench()
    bench.chip._registers[0x75] = 0x70
    assert raises(Absent, bench.driver.begin, 0).fact == 0x70


def test_silence_a_stuck_bus_and_the_recovery():
    for fault, kind in (("silence", Absent), ("stuck", BusStuck)):
        bench = MpuBench()
        target = bench.chip if fault == "silence" else bench.i2c
        target.fault = fault
        raises(kind, bench.driver.begin, 0)
        target.fault = None
        bench.begin()
        target.fault = fault
        raises(kind, bench.driver.start, bench.now)
        target.fault = None
        bench.start()
        bench.run(2000)
        assert max(bench.read()[:6]) < 100
        target.fault = fault
        bench.run(2000)
        assert bench.read() == (None,) * 7
        bench.run(2000)
        raises(kind, bench.read)
        target.fault = None
        bench.run(2500)
        assert max(bench.read()[:6]) < 100  # the chip never stopped measuring
        bench.start()
        bench.run(2000)
        assert max(bench.read()[:6]) < 100


def test_noise_is_never_taken_for_vibration():
    for fault in ("noise", "bad_checksum"):
        bench = MpuBench()
        bench.start()
        bench.run(2000)
        bench.read()
        bench.chip.fault = fault
        for _ in range(130):
            bench.run(32)
            try:
                assert max([v or 0 for v in bench.read()[:6]]) < 100
            except Garbled:
                pass
        raises(Garbled, bench.read)
        assert bench.driver.faults > 100
        bench.chip.fault = None
        bench.start()
        bench.run(2000)
        assert max(bench.read()[:6]) < 100


def test_a_dead_element_is_noticed():
    bench = MpuBench()
    bench.start()
    bench.run(2000)
    bench.read()
    bench.chip.fault = "stuck"
    bench.run(5000)
    assert raises(Stuck, lambda: (bench.read(), bench.read())).fact == bench.driver._axes[2].low
    bench.chip.fault = None
    bench.run(2500)
    assert max(bench.read()[:6]) < 100


def test_a_brown_out_of_the_chip_is_noticed():
    bench = MpuBench()
    bench.start()
    bench.run(2000)
    bench.read()
    bench.chip.reset()
    bench.run(4000)
    assert raises(Garbled, bench.read).fact == 0x40  # asleep
    bench.start()
    bench.run(2000)
    assert max(bench.read()[:6]) < 100


def test_a_fifo_that_does_not_fill_is_silent():
    bench = MpuBench()
    bench.start()
    bench.run(2000)
    bench.read()
    bench.chip._start_ms = None
    bench.run(4000)
    raises(Silent, bench.read)


def test_a_new_begin_in_a_capture_is_a_gap():
    bench = MpuBench(noise=0)
    bench.start()
    numbered(bench)
    bench.driver.capture(True)
    rows = bench.fetch(1000)
    bench.now += 3000
    bench.start()
    rows += bench.fetch(1000)
    for (_, before), (lost, after) in zip(rows, rows[1:]):
        assert abs(after[0] - before[-1] - 1 - lost) <= 2
    assert sum(lost for lost, _ in rows[1:]) > 750
