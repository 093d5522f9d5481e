"""The MB7389 driver against published frames, against noise, and against its virtual chip."""

import json

from device.chip_bench import Bench, Wire, golden, raises
from gilmok_node.sensors.base import BadOption, Garbled, NotReady, Silent
from gilmok_node.sensors.mb7389 import Mb7389
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.mb7389 import HELLO, VirtualMb7389


class MbBench(Bench):
    def __init__(self, distance=1.953):
        self.world = Still(distance=distance)
        self.chip = VirtualMb7389(self.world, self.clock)
        self.uart = VirtualUart(self.chip, self.clock)
        self.driver = Mb7389(self.uart, {})


def frame(mm):
    return b"R%04d\r" % mm


def decode(data, piece=32):
    """Return what a driver reads from these bytes, and the driver."""
    driver = Mb7389(Wire(), {})
    driver.begin(0)
    driver._bus = Wire(data, piece)
    while driver._bus.data:
        driver.service(5000)
    return driver.read(5000), driver


def test_golden_frames():
    with open(golden(__file__, "mb7389_frames.json")) as file:
        frames = json.load(file)["frames"]
    for text, mm in frames:
        assert decode(bytes.fromhex(text) * 3)[0] == (mm,), text


def test_whole_byte_by_byte_and_behind_its_introduction():
    for piece in (1, 2, 5, 7, 32):
        values, driver = decode(HELLO + frame(1001) + frame(1002) + frame(1003), piece)
        assert values == (1002,)
        assert driver.frames == 3


def test_one_frame_is_not_believed():
    assert decode(frame(700))[0] == (None,)
    assert decode(frame(700) * 2)[0] == (None,)
    assert decode(frame(700) * 3)[0] == (700,)
    assert decode(frame(700) * 3 + frame(4000))[0] == (700,)
    assert decode(frame(700) * 3 + frame(4000) * 2)[0] == (4000,)
    assert decode(frame(700) * 2 + frame(5000))[0] == (700,)
    assert decode(frame(700) + frame(5000) * 2)[0] == (None,)


def test_what_is_no_frame():
    for bad in (b"R12a4\r", b"R12345\r", b"R123\r\r", b"r1234\r", b"R1234\n", b"R5001\r", b"R9999\r", b"RR234\r", b"R/234\r", b"R:234\r"):
        assert decode(frame(800) * 3 + bad + frame(800))[0] == (800,), bad
        driver = decode(bad + frame(800) * 3)[1]
        assert driver.frames == 3, bad
    assert decode(b"RR1234\r" * 3)[0] == (1234,)  # the true header hides behind a false one
    assert decode(b"\xffR1234\r\xff\xff" * 3)[0] == (1234,)


def test_range():
    for mm, value in ((299, None), (300, None), (301, 301), (4999, 4999), (5000, None), (0, None)):
        assert decode(frame(mm) * 3)[0] == (value,), mm
    bench = MbBench()
    bench.begin()
    for distance, value in ((0.1, None), (2.5, 2500), (7.0, None), (None, None), (0.4, 400)):
        bench.world.set(distance=distance)
        assert bench.read(2000) == (value,), distance


def test_early_read():
    bench = MbBench()
    bench.driver.begin(0)
    assert raises(NotReady, bench.driver.read, 0).fact == 1500
    bench.now = 1500
    assert bench.driver.read(1500) == (1953,)


def test_silence_noise_and_recovery():
    bench = MbBench()
    bench.begin()
    assert bench.read(1000) == (1953,)
    bench.chip.fault = "silence"
    assert raises(Silent, bench.read, 7000).fact > 5000
    bench.chip.fault = "noise"
    bench.begin()
    noisy = 0
    for _ in range(20):
        try:
            noisy += bench.read(1000) != (None,)
        except (Silent, Garbled):
            pass
    assert noisy == 0
    bench.chip.fault = "bad_checksum"  # its last byte is wrong
    assert raises(Garbled, bench.read, 8000).fact >= 40
    bench.chip.fault = None
    bench.begin()
    assert bench.read(1000) == (1953,)


def test_begin_forgets_the_frames_before():
    bench = MbBench()
    bench.begin()
    bench.read(1000)
    bench.begin()
    assert bench.driver._last == [-1, -1, -1]


def test_stuck_values_repeat():
    bench = MbBench()
    bench.begin()
    bench.read(1000)
    bench.chip.fault = "stuck"
    bench.world.set(distance=1.0)
    assert bench.read(3000) == (1953,)
    bench.chip.fault = None
    assert bench.read(1000) == (1000,)


def test_random_bytes_only_count():
    noise = Noise(3)
    garbage = bytearray(5000)
    noise.fill(garbage)
    driver = Mb7389(Wire(bytes(garbage)), {})
    while driver._bus.data:
        driver.service(0)
    assert driver.bad_checksums > 0 and driver.frames == 0


def test_options():
    assert raises(BadOption, Mb7389, None, {"inverted": 2}).option == "inverted"
