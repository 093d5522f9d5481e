"""The ADXL355 driver against exact arithmetic and against its virtual chip."""

import math

from device.chip_bench import Bench, raises
from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import Absent, BadOption, Garbled, Silent, SpiDevice, Stuck
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.adxl355 import VirtualAdxl355


class AdxlBench(Bench):
    def __init__(self, options=None, world=None, **chip):
        self.world = world or Still(x=0.0, y=0.0, z=1.0)
        self.chip = VirtualAdxl355(self.world, self.clock, **chip)
        self.spi = VirtualSpi()
        self.driver = Adxl355(SpiDevice(self.spi, self.spi.attach(self.chip)), options or {})

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
    """Let x count samples, so that a capture shows which ones it holds."""
    period_ms = bench.driver._period_ms
    bench.world.set(x=lambda ms: (round((ms - bench.chip._start_ms) / period_ms) - 1) / 256000)


def test_unpacking_every_bit_of_20_bit_twos_complement():
    driver = AdxlBench().driver
    columns = [0] * 8, [0] * 8, [0] * 8
    values = [0, 1, -1, 0x7FFFF, -0x80000, 0x12345, -0x12345, 256000]
    raw = bytearray(1)
    for v in values:
        for axis, value in enumerate((v, -v - 1, v ^ 0x55)):
            raw += ((value & 0xFFFFF) << 4 | (axis == 0)).to_bytes(3, "big")
    assert driver._unpack(raw, 1, columns[0], columns[1], columns[2], 0)
    assert columns[0] == values
    assert columns[1] == [-v - 1 for v in values]
    assert columns[2] == [v ^ 0x55 for v in values]
    for wrong in (0, 2, 3):  # not x; empty
        raw[3 + 63] = raw[3 + 63] & 0xFC | wrong
        assert not driver._unpack(raw, 1, columns[0], columns[1], columns[2], 0)


def test_vibration_of_a_sine():
    bench = AdxlBench(world=Still(x=sine(0.1, 5), y=0.0, z=sine(0.5, 10, 1.0)))
    bench.begin()
    assert bench.read() == (None,) * 6
    bench.run(3000)
    rms_x, rms_y, rms_z, peak_x, peak_y, peak_z = bench.read()
    assert abs(rms_x - 7071) < 80 and abs(peak_x - 1000) < 25
    assert 15 < rms_y < 25 and 2 <= peak_y <= 5  # the sensor's own 0.18 mg
    assert abs(rms_z - 35355) < 300 and abs(peak_z - 5000) < 50


def test_every_rate():
    for period_ms in (1, 2, 4, 8, 16, 32):
        bench = AdxlBench({"sample_ms": period_ms}, Still(x=sine(0.2, 3), y=0.0, z=1.0))
        bench.begin()
        assert 8 * period_ms == bench.driver.SERVICE_MS
        bench.run(Adxl355.WARMUP_MS)
        assert abs(bench.read()[0] - 14142) < 600, period_ms
        assert bench.driver.overruns == bench.driver.faults == 0
    assert raises(BadOption, Adxl355, None, {"sample_ms": 3}).value == 3


def test_a_reading_is_the_worst_second_since_the_last():
    bench = AdxlBench(world=Still(x=0.0, y=0.0, z=lambda ms: 1.5 if 5000 < ms < 5050 else 1.0))
    bench.begin()
    bench.run(2000)
    told = []
    for _ in range(10):
        bench.run(1000)
        told.append(bench.read()[5] > 4000)
    assert sum(told) == 1  # each second is told once
    bench = AdxlBench(world=bench.world)
    bench.begin()
    bench.run(10000)
    assert bench.read()[5] > 4000  # and none is missed
    assert bench.read()[5] > 4000
    bench.run(2000)
    assert bench.read()[5] < 100


def test_numbers_of_a_second_match_its_samples():
    bench = AdxlBench()
    noise = Noise(2)
    cache = {}
    bench.world.set(x=lambda ms: cache.setdefault(round(ms), noise.bits() % 20000 / 256000))
    bench.begin()
    bench.driver.capture(True)
    rows = []
    for _, x in bench.fetch(1500):
        rows += x
    # The first second begins with the first captured sample: 32 chunks make 1024 ms.
    bench2 = AdxlBench(world=bench.world)
    bench2.begin()
    bench2.run(1200)
    rms, peak = bench2.read()[0], bench2.read()[3]
    second = rows[: 32 * 8]
    mean = sum(second) / 256
    exact_rms = math.sqrt(sum((v - mean) ** 2 for v in second) / 256) / 2.56
    assert abs(rms - exact_rms) < 0.6
    assert abs(peak - max(abs(v - mean) for v in second) / 25.6) < 0.6


def test_a_half_stored_sample_waits():
    for extra in (1, 2):
        bench = AdxlBench(world=Still(x=-0.25, y=0.5, z=1.0))
        bench.begin()
        bench.chip.extra_entries = extra
        bench.run(3000)
        assert bench.driver.faults == 0
        assert max(bench.read()) < 30


def test_capture_holds_every_sample_in_order():
    bench = AdxlBench(noise=0)
    numbered(bench)
    bench.begin()
    bench.run(500)
    bench.driver.capture(True)
    rows, starts = [], []
    for _ in range(100):
        bench.run(100)
        for start_ms, period_ms, lost, (x, y, z) in bench.driver.blocks():
            assert period_ms == 4 and lost == 0
            assert len(x) == len(y) == len(z) == 64
            assert y == [0] * 64 and z == [256000] * 64
            assert -4 <= start_ms - (x[0] + 1) * 4 <= 8
            rows += x
            starts.append(start_ms)
    assert rows == list(range(rows[0], rows[0] + len(rows)))
    assert len(rows) >= 2400
    assert {b - a for a, b in zip(starts, starts[1:])} == {256}  # continuous by count
    bench.driver.capture(False)
    ((_, _, lost, (x, _, _)),) = list(bench.driver.blocks())
    assert lost == 0 and x == list(range(rows[-1] + 1, rows[-1] + 1 + len(x))) and len(x) < 64
    bench.run(1000)
    assert list(bench.driver.blocks()) == []


def test_an_overrun_is_a_gap_of_the_right_size():
    for held_up_ms in (150, 400, 3000, 60000):
        bench = AdxlBench(noise=0)
        numbered(bench)
        bench.begin()
        bench.driver.capture(True)
        rows = bench.fetch(1000)
        bench.now += held_up_ms
        rows += bench.fetch(1000)
        assert bench.driver.overruns == 1
        assert bench.driver._phase == (bench.driver._capture._open or [0, 0, 0])[2]
        missing = 0
        for (_, before), (lost, after) in zip(rows, rows[1:]):
            missing += lost
            assert abs(after[0] - before[-1] - 1 - lost) <= 1, (held_up_ms, before[-1], lost, after[0])
        assert abs(missing - (held_up_ms + 32 - 128) / 4) <= 10, (held_up_ms, missing)
        assert missing == bench.driver.lost


def test_a_loop_held_up_for_less_loses_nothing():
    bench = AdxlBench()
    bench.begin()
    for _ in range(50):
        bench.run(320)
        bench.now += 64
    assert bench.driver.overruns == 0 and bench.driver.lost == 0


def test_blocks_nobody_fetches_are_lost_and_counted():
    bench = AdxlBench(noise=0)
    numbered(bench)
    bench.begin()
    bench.driver.capture(True)
    bench.run(10000)
    bench.driver.capture(False)
    rows = [(lost, x) for _, _, lost, (x, _, _) in bench.driver.blocks()]
    assert len(rows) == 4
    assert [lost for lost, _ in rows[1:]] == [0, 0, 0]
    assert rows[0][0] == rows[0][1][0] - 8  # the first eight settle the filter
    assert sum(len(x) for _, x in rows) > 192


def test_time_follows_a_chip_whose_clock_is_off():
    for error in (0.01, -0.01, 0.03, -0.03):
        bench = AdxlBench(noise=0, odr_error=error)
        bench.begin()
        bench.driver.capture(True)
        bench.world.set(x=lambda ms: ms % 2000 / 256000)
        total = 0
        for _ in range(300):
            bench.run(100)
            for start_ms, _, lost, (x, _, _) in bench.driver.blocks():
                assert lost == 0
                off_ms = (start_ms - x[0] + 1000) % 2000 - 1000
                assert abs(off_ms) <= 14, (error, start_ms, x[0])
                total += len(x)
        assert abs(total - 30 * 250 * (1 + error)) < 80
        assert bench.driver.overruns == 0


def test_a_late_loop_does_not_move_the_clock():
    bench = AdxlBench(noise=0)
    bench.begin()
    bench.driver.capture(True)
    starts = []
    late = Noise(4)
    for _ in range(300):
        bench.run(32)
        # The chip is asked up to 20 ms after the loop looked at its clock.
        seen, bench.now = bench.now, bench.now + (late.bits() % 21)
        bench.driver.service(seen)
        starts += [block[0] for block in bench.driver.blocks()]
    assert len(starts) > 30
    assert {b - a for a, b in zip(starts, starts[1:])} == {256}


def test_shifted_axes_are_put_back_in_place():
    for entries in (1, 2, 4, 5):
        bench = AdxlBench(world=Still(x=-0.5, y=0.25, z=1.0), noise=0.1)
        bench.begin()
        bench.driver.capture(True)
        bench.run(1000)
        list(bench.driver.blocks())
        bench.now += 20
        bench.chip.drop(entries)
        bench.run(2000)
        assert bench.driver.faults == 1
        for _, _, _, (x, y, z) in bench.driver.blocks():
            assert max(x) < -127000 and min(y) > 63000 and max(y) < 65000 and min(z) > 255000


def test_silence_and_recovery():
    bench = AdxlBench()
    bench.chip.fault = "silence"
    assert raises(Absent, bench.driver.begin, 0).fact == 0xFF
    bench.chip.fault = None
    bench.begin()
    bench.run(2000)
    assert bench.read()[0] is not None
    bench.chip.fault = "silence"
    bench.run(2000)
    assert bench.read() == (None,) * 6
    bench.run(2000)
    raises(Absent, bench.read)
    raises(Absent, bench.begin)
    bench.chip.fault = None
    bench.run(2000)
    assert max(bench.read()) < 30  # the chip never stopped measuring
    bench.begin()
    assert bench.read() == (None,) * 6
    bench.run(2000)
    assert max(bench.read()) < 30


def test_a_stuck_bus_and_one_that_fails():
    bench = AdxlBench()
    bench.begin()
    bench.run(2000)
    bench.spi.fault = "stuck"
    bench.run(4000)
    assert max(bench.read()) < 30  # the seconds before
    assert raises(Absent, bench.read).fact == 0
    bench.spi.fault = None
    bench.begin()

    def fail(out, into):
        raise OSError(5)

    bench.spi.write_readinto = fail
    bench.run(4000)
    assert raises(Absent, bench.read).fact == 0xFF


def test_another_chip_is_refused():
    bench = AdxlBench()
    bench.chip._registers[2] = 0xEC
    assert raises(Garbled, bench.driver.begin, 0).fact == 0xEC
    bench = AdxlBench()
    bench.begin()
    bench.chip._entries = lambda: 96
    assert bench.driver.service(0) is None and bench.driver.faults == 0
    bench.chip._get = lambda register: (0xAD, 0x1D, 0xED, 1, 0, 97)[register]
    bench.driver.service(0)
    assert bench.driver.faults == 1


def test_a_new_begin_forgets_the_second_it_broke():
    bench = AdxlBench(world=Still(x=0.0, y=0.0, z=1.0))
    bench.begin()
    bench.run(700)
    bench.world.set(z=0.5)
    bench.begin()
    bench.run(2000)
    assert max(bench.read()) < 30


def test_noise_is_never_taken_for_vibration():
    for fault in ("noise", "bad_checksum"):
        bench = AdxlBench()
        bench.begin()
        bench.run(2000)
        bench.read()
        bench.chip.fault = fault
        bench.run(1000)
        for _ in range(100):
            bench.run(32)
            try:
                assert max([v or 0 for v in bench.read()]) < 30
            except (Absent, Garbled):
                pass
        bench.run(2000)
        raises(Garbled, bench.read)
        assert bench.driver.faults > 100
        bench.chip.fault = None
        bench.begin()
        bench.run(2000)
        assert max(bench.read()) < 30


def test_a_dead_element_is_noticed():
    bench = AdxlBench()
    bench.begin()
    bench.run(2000)
    bench.read()
    bench.chip.fault = "stuck"
    bench.run(4500)
    assert max(bench.read()) < 30  # the second in which it died
    assert raises(Stuck, bench.read).fact == bench.driver._axes[2].low
    bench.chip.fault = None
    bench.run(2500)
    assert max(bench.read()) < 30


def test_a_brown_out_of_the_chip_is_noticed():
    bench = AdxlBench()
    bench.begin()
    bench.run(2000)
    bench.read()
    bench.chip._reset()  # in standby now, with its ids in place
    bench.run(4000)
    raises(Silent, bench.read)
    bench.begin()
    bench.run(2000)
    assert max(bench.read()) < 30


def test_a_new_begin_in_a_capture_is_a_gap():
    bench = AdxlBench(noise=0)
    bench.begin()
    bench.world.set(x=lambda ms: ms / 4 / 256000)
    bench.driver.capture(True)
    rows = bench.fetch(1000)
    bench.now += 5000
    bench.begin()
    rows += bench.fetch(1000)
    for (_, before), (lost, after) in zip(rows, rows[1:]):
        assert abs(after[0] - before[-1] - 1 - lost) <= 2
    assert sum(lost for lost, _ in rows[1:]) > 1200
