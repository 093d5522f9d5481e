"""The PMS5003 driver against real frames, against noise, and against its virtual chip."""

import json

from gilmok_node.sensors.base import Garbled, NotReady, Silent
from gilmok_node.sensors.pms5003 import Pms5003
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.pms5003 import VirtualPms5003

GOLDEN = __file__.replace("\\", "/").rsplit("/", 2)[0] + "/golden/pms5003_frames.json"


class Wire:
    """A UART that has just received these bytes, and gives them out in pieces; what is sent is kept."""

    def __init__(self, data=b"", piece=32):
        self.data = data
        self.piece = piece
        self.sent = b""

    def readinto(self, buffer):
        count = min(len(buffer), self.piece, len(self.data))
        for i in range(count):
            buffer[i] = self.data[i]
        self.data = self.data[count:]
        return count or None

    def write(self, data):
        self.sent += data


class Bench:
    """A chip on a wire, a driver, and a clock that moves when told."""

    def __init__(self, **air):
        self.now = 0
        self.world = Still(**(air or {"pm1": 7, "pm2_5": 12, "pm10": 20}))
        self.chip = VirtualPms5003(self.world, lambda: self.now)
        self.uart = VirtualUart(self.chip, lambda: self.now)
        self.driver = Pms5003(self.uart, {})

    def begin(self):
        self.now += self.driver.begin(self.now)
        self.now += self.driver.start(self.now)

    def run(self, ms):
        """Let time pass with the services the driver asks for, and read."""
        end = self.now + ms
        while self.now < end:
            self.now = min(end, self.now + self.driver.SERVICE_MS)
            self.driver.service(self.now)
        return self.driver.read(self.now)


def raises(error, call, *args):
    """Return the error that a call must raise."""
    try:
        call(*args)
    except error as caught:
        return caught
    raise AssertionError("no {}".format(error.__name__))


def golden():
    with open(GOLDEN) as file:
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
    frames = golden()
    for data, values in frames:
        for piece in (1, 3, 32):
            assert decode(data, piece)[0] == values
    data = b"".join([frame for frame, _ in frames]) * 3
    values, driver = decode(data, 7)
    assert values == frames[-1][1]
    assert driver.frames == 3 * len(frames) and driver.bad_checksums == 0


def test_garbage_around_frames():
    (first, _), (second, values) = golden()
    for garbage in (b"B", b"BM", b"BBM", b"BM\x00", b"BM\x00\x1c", b"BM\x00\x04\xe1\x01\x01\x75", first[:31], first[5:]):
        assert decode(garbage + second + second)[0] == values, garbage
        assert decode(first + garbage + second + garbage)[0] in (values, golden()[0][1])


def test_frames_cut_anywhere():
    (first, _), (second, values) = golden()
    for cut in range(32):
        read, driver = decode(first[:cut] + second + second)
        assert read == values, cut
        assert driver.frames >= 1


def test_every_flipped_bit_is_refused():
    data, values = golden()[0]
    for i in range(32 * 8):
        bad = bytearray(data)
        bad[i >> 3] ^= 1 << (i & 7)
        read, driver = decode(bytes(bad) + data)
        assert read == values, i
        assert driver.frames == 1, i


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
    bench = Bench()
    bench.chip.receive(b"\x42\x4d\xe4\x00\x00\x01\x73")  # sleep
    assert bench.chip.next_ms is None
    bench.begin()
    assert bench.run(0) == (None,) * 12
    bench.chip.receive(b"\x42\x4d\xe1\x00\x00\x01\x70")  # passive
    raises(Silent, bench.run, 6000)
    bench.begin()
    assert bench.run(30000)[1] == 12


def test_commands_are_answered():
    bench = Bench()
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
    bench = Bench()
    bench.driver.begin(0)
    assert raises(NotReady, bench.driver.read, 0).fact == 3000
    bench.now = 3000
    assert bench.driver.read(3000) == (None,) * 12
    assert bench.run(26000) == (None,) * 12
    assert bench.run(3400)[:3] == (7, 12, 20)


def test_values_and_their_order():
    bench = Bench(pm1=40, pm2_5=60, pm10=90)
    bench.begin()
    values = bench.run(40000)
    assert values[:6] == (40, 60, 90, 45, 75, 120)
    assert list(values[6:]) == sorted(values[6:], reverse=True)
    bench.world.set(pm1=80000, pm2_5=90000, pm10=100000)
    assert bench.run(5000)[:3] == (65535, 65535, 65535)


def test_frames_come_faster_when_the_air_changes():
    bench = Bench()
    bench.begin()
    bench.run(60000)
    before = bench.driver.frames
    bench.run(23000)
    assert bench.driver.frames - before in (9, 10, 11)
    bench.world.set(pm2_5=lambda ms: 100 if ms // 700 % 2 else 10)
    before = bench.driver.frames
    bench.run(23000)
    assert bench.driver.frames - before > 20


def test_silence_and_recovery():
    bench = Bench()
    bench.begin()
    bench.run(30000)
    bench.chip.fault = "silence"
    error = raises(Silent, bench.run, 8000)
    assert error.fact > 5000
    raises(Silent, bench.driver.read, bench.now)
    bench.begin()
    raises(Silent, bench.driver.read, bench.now + 3000)
    bench.chip.fault = None
    bench.begin()
    assert bench.run(5000) == (None,) * 12
    assert bench.run(30000)[:3] == (7, 12, 20)


def test_bad_checksums_are_counted_and_told():
    bench = Bench()
    bench.begin()
    bench.run(30000)
    bench.chip.fault = "bad_checksum"
    assert raises(Garbled, bench.run, 8000).fact >= 2
    assert bench.driver.bad_checksums >= 2
    bench.chip.fault = None
    assert bench.run(5000)[:3] == (7, 12, 20)


def test_noise_and_recovery():
    bench = Bench()
    bench.begin()
    bench.run(30000)
    frames = bench.driver.frames
    bench.chip.fault = "noise"
    raises(Silent, bench.run, 60000)
    assert bench.driver.frames <= frames + 1  # what was on the wire already
    bench.chip.fault = None
    assert bench.run(5000)[:3] == (7, 12, 20)


def test_stuck_values_repeat():
    bench = Bench()
    bench.begin()
    bench.run(60000)
    bench.chip.fault = "stuck"
    bench.world.set(pm2_5=200, pm10=220)
    assert bench.run(10000)[:3] == (7, 12, 20)
    bench.chip.fault = None
    assert bench.run(5000)[:3] == (7, 200, 220)
