"""The PMS5003 driver against real frames, against noise, and against its virtual chip."""

import json

from device.chip_bench import Bench, Wire, golden, raises
from gilmok_node.sensors.base import BadOption, Garbled, NotReady, Silent
from gilmok_node.sensors.pms5003 import Pms5003
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.pms5003 import VirtualPms5003


class PmsBench(Bench):
    def __init__(self, sleep=0, **air):
        self.world = Still(**(air or {"pm1": 7, "pm2_5": 12, "pm10": 20}))
        self.chip = VirtualPms5003(self.world, self.clock)
        self.uart = VirtualUart(self.chip, self.clock)
        self.driver = Pms5003(self.uart, {"sleep": sleep})


def real_frames():
    with open(golden(__file__, "pms5003_frames.json")) as file:
        content = json.load(file)
    assert content["order"] == [channel[0] for channel in Pms5003.CHANNELS]
    return [(bytes.fromhex(text), tuple(values)) for text, values in content["frames"]]


def decode(data, piece=32):
    """Return what a warm driver reads from these bytes, and the driver."""
    driver = Pms5003(Wire(), {})
    driver.begin(0)
    driver._bus = Wire(data, piece)
    now_ms = driver.WARMUP_MS
    while driver._bus.data:
        driver.service(now_ms)
    return driver.read(now_ms), driver


def test_golden_frames_whole_byte_by_byte_and_several_at_once():
    frames = real_frames()
    for data, values in frames:
        for piece in (1, 3, 32):
            assert decode(data, piece)[0] == values
    data = b"".join([frame for frame, _ in frames]) * 3
    values, driver = decode(data, 7)
    assert values == frames[-1][1]
    assert driver.frames == 3 * len(frames) and driver.bad_checksums == 0


def test_garbage_around_frames():
    (first, _), (second, values) = real_frames()
    for garbage in (
        b"B",
        b"BM",
        b"BBM",
        b"BM\x00",
        b"BM\x00\x1c",
        b"BM\x00\x04\xe1\x01\x01\x75",
        first[:31],
        first[5:],
    ):
        read, driver = decode(garbage + second + second)
        assert read == values, garbage
        assert driver.frames == 2, garbage
        assert decode(first + garbage + second + garbage)[0] in (values, real_frames()[0][1])


def test_frames_cut_anywhere():
    (first, _), (second, values) = real_frames()
    for cut in range(32):
        read, driver = decode(first[:cut] + second + second)
        assert read == values, cut
        assert driver.frames >= 1


def test_every_flipped_bit_is_refused():
    data, values = real_frames()[0]
    for i in range(32 * 8):
        bad = bytearray(data)
        bad[i >> 3] ^= 1 << (i & 7)
        read, driver = decode(bytes(bad) + data)
        assert read == values, i
        assert driver.frames == 1, i


def test_a_right_sum_behind_a_wrong_length_is_no_frame():
    data, values = real_frames()[0]
    other = data[:3] + b"\x1d" + data[4:30]
    other += sum(other).to_bytes(2, "big")
    read, driver = decode(other + data)
    assert read == values
    assert driver.frames == 1


def test_random_bytes_are_no_frame():
    noise = Noise(5)
    garbage = bytearray(4000)
    noise.fill(garbage)
    driver = Pms5003(Wire(bytes(garbage)), {})
    while driver._bus.data:
        driver.service(0)
    assert driver.frames == 0


def test_begin_wakes_the_sensor_and_makes_it_active():
    driver = Pms5003(Wire(), {})
    driver.begin(0)
    assert driver._bus.sent == b"\x42\x4d\xe4\x00\x01\x01\x74\x42\x4d\xe1\x00\x01\x01\x71"
    bench = PmsBench()
    bench.chip.receive(b"\x42\x4d\xe4\x00\x00\x01\x73")  # sleep
    assert bench.chip.next_ms is None
    bench.begin()
    assert bench.read(0) == (None,) * 12
    bench.chip.receive(b"\x42\x4d\xe1\x00\x00\x01\x70")  # passive
    raises(Silent, bench.read, 6000)
    bench.chip.receive(b"\x42\x4d\xe4\x00\x00\x01\x73\x42\x4d\xe4\x00\x01\x01\x74")  # asleep and awake again: active
    assert bench.read(30000)[1] is not None
    bench.chip.receive(b"\x42\x4d\xe1\x00\x00\x01\x70")
    bench.begin()
    assert bench.read(30000)[1] == 12


def test_commands_are_answered():
    bench = PmsBench()
    bench.now = 100
    bench.chip.receive(b"noise\x42\x4d\xe1\x00\x00\x01\x70")
    bench.now = 200
    assert bench.uart.read() == b"\x42\x4d\x00\x04\xe1\x00\x01\x74"
    bench.now = 9000
    assert bench.uart.any() == 0
    bench.chip.receive(b"\x42\x4d\xe2\x00\x00\x01\x71")
    bench.now = 9100
    assert len(bench.uart.read()) == 32
    bench.now = 20000
    assert bench.uart.any() == 0


def test_early_read_and_warm_up():
    bench = PmsBench()
    bench.driver.begin(0)
    assert raises(NotReady, bench.driver.read, 0).fact == 3000
    bench.now = 3000
    assert bench.driver.read(3000) == (None,) * 12
    assert bench.read(26000) == (None,) * 12
    assert bench.read(3400)[:3] == (7, 12, 20)


def test_values_and_their_order():
    bench = PmsBench(pm1=40, pm2_5=60, pm10=90)
    bench.begin()
    values = bench.read(40000)
    assert values[:6] == (40, 60, 90, 45, 75, 120)
    assert list(values[6:]) == sorted(values[6:], reverse=True)
    bench.world.set(pm1=80000, pm2_5=90000, pm10=100000)
    assert bench.read(5000)[:3] == (65535, 65535, 65535)


def test_frames_come_faster_when_the_air_changes():
    bench = PmsBench()
    bench.begin()
    bench.read(60000)
    before = bench.driver.frames
    bench.read(23000)
    assert bench.driver.frames - before in (9, 10, 11)
    start = bench.now
    bench.world.set(pm2_5=lambda ms: 12 * 1.0003 ** (ms - start))
    before = bench.driver.frames
    bench.read(23000)
    assert bench.driver.frames - before > 20


def test_silence_and_recovery():
    bench = PmsBench()
    bench.begin()
    bench.read(30000)
    bench.chip.fault = "silence"
    error = raises(Silent, bench.read, 8000)
    assert error.fact > 5000
    raises(Silent, bench.driver.read, bench.now)
    bench.begin()
    raises(Silent, bench.driver.read, bench.now + 3000)
    bench.chip.fault = None
    bench.begin()
    assert bench.read(5000) == (None,) * 12
    assert bench.read(30000)[:3] == (7, 12, 20)


def test_bad_checksums_are_counted_and_told():
    bench = PmsBench()
    bench.begin()
    bench.read(30000)
    bench.chip.fault = "bad_checksum"
    assert raises(Garbled, bench.read, 8000).fact >= 2
    assert bench.driver.bad_checksums >= 2
    bench.chip.fault = None
    assert bench.read(5000)[:3] == (7, 12, 20)
    bench.chip.fault = "silence"
    raises(Silent, bench.read, 8000)  # what was bad before the last good frame is no longer the matter


def test_noise_and_recovery():
    bench = PmsBench()
    bench.begin()
    bench.read(30000)
    frames = bench.driver.frames
    bench.chip.fault = "noise"
    raises(Silent, bench.read, 60000)
    assert bench.driver.frames <= frames + 1  # what was on the wire already
    bench.chip.fault = None
    assert bench.read(5000)[:3] == (7, 12, 20)


def test_stuck_values_repeat():
    bench = PmsBench()
    bench.begin()
    bench.read(60000)
    bench.chip.fault = "stuck"
    bench.world.set(pm2_5=200, pm10=220)
    assert bench.read(10000)[:3] == (7, 12, 20)
    bench.chip.fault = None
    assert bench.read(5000)[:3] == (7, 200, 220)


def settled(bench):
    """Read as the node does, which asks again when told to."""
    while True:
        try:
            return bench.driver.read(bench.now)
        except NotReady as error:
            bench.run(error.fact)


def test_asleep_between_readings():
    bench = PmsBench(sleep=1)
    bench.begin()
    for _ in range(4):
        assert bench.driver.start(bench.now) == 30000
        assert bench.chip.next_ms is not None
        bench.run(30000)
        assert settled(bench)[:3] == (7, 12, 20)
        assert bench.chip.next_ms is None
        frames = bench.driver.frames
        bench.run(90000)
        assert bench.driver.frames <= frames + 1  # what was on the wire already


def test_frames_from_before_the_air_changed_do_not_count():
    bench = PmsBench(sleep=1)
    bench.begin()
    bench.run(40000)
    bench.driver.start(bench.now)
    bench.run(29000)
    bench.chip.fault = "silence"
    bench.run(1000)
    assert raises(NotReady, bench.driver.read, bench.now).fact
    raises(Silent, bench.read, 6000)


def test_a_sensor_that_does_not_wake_is_silent():
    bench = PmsBench(sleep=1)
    bench.begin()
    bench.run(bench.driver.start(bench.now))
    settled(bench)
    bench.run(30000)
    bench.chip.fault = "silence"
    bench.run(bench.driver.start(bench.now))
    raises(Silent, bench.driver.read, bench.now)
    bench.chip.fault = None
    bench.begin()
    bench.run(bench.driver.start(bench.now))
    assert settled(bench)[:3] == (7, 12, 20)


def test_without_the_option_it_never_sleeps():
    wire = Wire()
    driver = Pms5003(wire, {})
    driver.begin(0)
    wire.data = real_frames()[0][0]
    assert driver.start(30000) == 0
    driver.read(30000)
    assert wire.sent.count(b"\x42\x4d\xe4\x00\x00") == 0
    assert raises(BadOption, Pms5003, None, {"sleep": 2}).option == "sleep"
