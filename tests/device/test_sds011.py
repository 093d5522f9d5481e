"""The SDS011 driver against real frames, against noise, and against its virtual chip."""

import json

from device.chip_bench import Bench, Wire, golden, raises
from gilmok_node.sensors.base import BadOption, Garbled, NotReady, SensorError, Silent
from gilmok_node.sensors.sds011 import Sds011, command
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.sds011 import VirtualSds011

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None

MISSING = (None, None)


class SdsBench(Bench):
    def __init__(self, options=None, pm2_5=12.3, pm10=20.4):
        self.world = Still(pm2_5=pm2_5, pm10=pm10)
        self.chip = VirtualSds011(self.world, self.clock)
        self.uart = VirtualUart(self.chip, self.clock)
        self.driver = Sds011(self.uart, options or {})

    def measure(self):
        """Start and read as the node does, with services in between."""
        self.run(self.driver.start(self.now))
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                self.run(error.fact)


def vectors(name):
    with open(golden(__file__, "sds011_frames.json")) as file:
        return json.load(file)[name]


def real_frames():
    return [(bytes.fromhex(text), tuple(values)) for text, values in vectors("frames")]


def decode(data, piece=32):
    """Return what a warm driver reads from these bytes, and the driver."""
    driver = Sds011(Wire(), {})
    driver.begin(0)
    driver._bus = Wire(data, piece)
    now_ms = driver.WARMUP_MS
    while driver._bus.data:
        driver.service(now_ms)
    return driver.read(now_ms), driver


def sealed(kind, *data):
    return bytes((0xAA, kind)) + bytes(data) + bytes((sum(data) & 255, 0xAB))


def test_golden_frames_whole_byte_by_byte_and_several_at_once():
    frames = real_frames()
    for data, values in frames:
        for piece in (1, 3, 32):
            assert decode(data, piece)[0] == values
    values, driver = decode(b"".join([frame for frame, _ in frames]) * 3, 7)
    assert values == frames[-1][1]
    assert driver.frames == 3 * len(frames) and driver.bad_checksums == 0


def test_golden_commands():
    for arguments, text in vectors("commands").values():
        assert bytes(command(*arguments)) == bytes.fromhex(text), arguments


def test_garbage_around_frames():
    (first, _), (second, values) = real_frames()
    for garbage in (b"\xaa", b"\xaa\xaa", b"\xaa\xc0", b"\xab", first[:9], first[3:], b"\xaa\xc0\xaa\xc0\xaa"):
        read, driver = decode(garbage + second + second)
        assert read == values, garbage
        assert driver.frames == 2, garbage


def test_frames_full_of_header_bytes():
    data = sealed(0xC0, 0xAA, 0x00, 0xAA, 0x0A, 0xAA, 0xAA)
    for garbage in (b"", b"\xaa", b"\xaa\xaa\xc0"):
        assert decode(garbage + data + data)[0] == (170, 0x0AAA)


def test_every_flipped_bit_is_refused():
    data, values = real_frames()[1]
    for i in range(10 * 8):
        bad = bytearray(data)
        bad[i >> 3] ^= 1 << (i & 7)
        read, driver = decode(bytes(bad) + data)
        assert read == values, i
        assert driver.frames == 1, i


def test_random_bytes_are_no_frame():
    noise = Noise(5)
    garbage = bytearray(4000)
    noise.fill(garbage)
    driver = Sds011(Wire(bytes(garbage)), {})
    while driver._bus.data:
        driver.service(0)
    assert driver.frames == 0


def test_values_out_of_range_are_missing():
    assert decode(sealed(0xC0, 0x0F, 0x27, 0x10, 0x27, 1, 2))[0] == (9999, None)
    assert decode(sealed(0xC0, 0x10, 0x27, 0, 0, 1, 2))[0] == (None, 0)


def test_early_read_and_warm_up():
    bench = SdsBench()
    bench.driver.begin(0)
    assert raises(NotReady, bench.driver.read, 0).fact == 3000
    bench.run(3000)
    assert bench.driver.read(3000) == MISSING
    assert bench.read(26500) == MISSING
    assert bench.read(1000) == (123, 204)


def test_settings_that_are_right_are_not_written():
    bench = SdsBench()
    for _ in range(3):
        bench.begin()
        bench.run(40000)
    assert bench.chip.flash_writes == 0
    assert bench.driver._agreed == {2, 8}


def test_settings_that_are_wrong_are_mended_once():
    bench = SdsBench()
    bench.chip.mode = 1
    bench.chip.minutes = 5
    bench.chip._plan(0)
    bench.begin()
    assert bench.read(40000) == (123, 204)
    assert (bench.chip.mode, bench.chip.minutes, bench.chip.flash_writes) == (0, 0, 2)
    bench.begin()
    bench.run(40000)
    assert bench.chip.flash_writes == 2


def test_a_sleeping_sensor_is_woken():
    bench = SdsBench()
    bench.chip.receive(bytes(command(6, 1, 0)))
    assert bench.chip.asleep
    bench.begin()
    assert bench.read(40000) == (123, 204)


def test_asleep_between_readings():
    bench = SdsBench({"sleep": 1})
    bench.begin()
    for _ in range(4):
        asked = bench.now
        assert bench.measure() == (123, 204)
        assert 30000 <= bench.now - asked <= 32500
        assert bench.chip.asleep
        frames = bench.driver.frames
        bench.run(89000)
        assert bench.driver.frames <= frames + 1  # what was on the wire already
    assert 29000 <= bench.chip.awake_ms <= 32000


def test_a_sensor_that_does_not_wake_is_silent():
    bench = SdsBench({"sleep": 1})
    bench.begin()
    bench.measure()
    bench.run(60000)
    bench.chip.fault = "silence"
    raises(Silent, bench.measure)
    bench.chip.fault = None
    bench.begin()
    assert bench.measure() == (123, 204)


def test_working_in_cycles_of_minutes():
    bench = SdsBench({"working_min": 2}, pm2_5=lambda ms: 10 + (ms > 200000))
    bench.begin()
    assert bench.driver.start(bench.now) == 0
    assert bench.driver.read(bench.now) == MISSING
    seen = []
    for _ in range(10):
        bench.run(60000)
        seen.append(bench.measure())
    assert bench.chip.minutes == 2
    assert seen[-1] == (110, 204) and (100, 204) not in seen[5:]
    assert MISSING not in seen[3:]
    bench.chip.fault = "silence"
    bench.run(160000)
    raises(Silent, bench.measure)


def test_options():
    for options in ({"sleep": 2}, {"working_min": 31}, {"sleep": 1, "working_min": 5}):
        assert raises(BadOption, Sds011, None, options).option in options


def test_answers_are_no_frames():
    bench = SdsBench()
    bench.begin()
    bench.run(500)
    assert bench.driver.frames == 3  # three seconds of reports: the answers are not among them
    assert bench.driver.bad_checksums == 0


def test_silence_and_recovery():
    bench = SdsBench()
    bench.begin()
    assert bench.read(40000) == (123, 204)
    bench.chip.fault = "silence"
    assert raises(Silent, bench.read, 8000).fact > 5000
    bench.begin()
    raises(Silent, bench.driver.read, bench.now + 3000)
    bench.chip.fault = None
    bench.begin()
    assert bench.read(40000) == (123, 204)
    bench.uart.fault = "stuck"
    raises(Silent, bench.read, 8000)
    bench.uart.fault = None
    bench.begin()
    assert bench.read(40000) == (123, 204)


def test_bad_checksums_are_counted_and_told():
    bench = SdsBench()
    bench.begin()
    bench.read(40000)
    bench.chip.fault = "bad_checksum"
    assert raises(Garbled, bench.read, 8000).fact >= 5
    bench.chip.fault = None
    assert bench.read(3000) == (123, 204)


def test_noise_and_recovery():
    bench = SdsBench()
    bench.begin()
    bench.read(40000)
    frames = bench.driver.frames
    bench.chip.fault = "noise"
    for _ in range(20):
        bench.run(3000)
    assert bench.driver.frames <= frames + 1
    raises(SensorError, bench.driver.read, bench.now)
    bench.chip.fault = None
    assert bench.read(3000) == (123, 204)


def test_stuck_values_repeat():
    bench = SdsBench()
    bench.begin()
    bench.read(40000)
    bench.chip.fault = "stuck"
    bench.world.set(pm2_5=50)
    assert bench.read(3000) == (123, 204)
    bench.chip.fault = None
    assert bench.read(3000) == (500, 204)


class Canned:
    """A UART that holds one frame at each second read, and allocates nothing."""

    def __init__(self, frame):
        self.frame = frame
        self.turn = 0

    def readinto(self, buffer):
        self.turn ^= 1
        if not self.turn:
            return None
        for i in range(10):
            buffer[i] = self.frame[i]
        return 10

    def write(self, data):
        pass


def test_service_allocates_nothing():
    canned = Canned(sealed(0xC5, 2, 0, 0, 0, 1, 2))
    driver = Sds011(canned, {})
    driver.begin(0)
    driver.service(1000)
    canned.frame = sealed(0xC5, 8, 0, 0, 0, 1, 2)
    driver.service(2000)
    canned.frame = real_frames()[0][0]
    driver.service(3000)
    frames = driver.frames
    if heap_lock:
        heap_lock()
    try:
        for _ in range(30):
            driver.service(4000)
    finally:
        if heap_lock:
            heap_unlock()
    assert driver.frames == frames + 30
