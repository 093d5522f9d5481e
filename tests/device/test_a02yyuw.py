"""The A02YYUW driver against the published frame, against noise, and against its virtual chip."""

import json

from device.chip_bench import Bench, Wire, golden, raises
from gilmok_node.sensors.a02yyuw import A02yyuw
from gilmok_node.sensors.base import Garbled, NotReady, Silent
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.a02yyuw import VirtualA02yyuw


class A02Bench(Bench):
    def __init__(self, distance=1.953):
        self.world = Still(distance=distance)
        self.chip = VirtualA02yyuw(self.world, self.clock)
        self.uart = VirtualUart(self.chip, self.clock)
        self.driver = A02yyuw(self.uart, {})


def frame(mm):
    data = bytes((0xFF, mm >> 8, mm & 255))
    return data + bytes((sum(data) & 255,))


def decode(data, piece=32):
    """Return what a driver reads from these bytes, and the driver."""
    driver = A02yyuw(Wire(), {})
    driver.begin(0)
    driver._bus = Wire(data, piece)
    while driver._bus.data:
        driver.service(5000)
    return driver.read(5000), driver


def test_golden_frame():
    with open(golden(__file__, "a02yyuw_frames.json")) as file:
        frames = json.load(file)["frames"]
    for text, mm in frames:
        assert frame(mm) == bytes.fromhex(text)
        assert decode(bytes.fromhex(text))[0] == (mm,)


def test_whole_byte_by_byte_and_several_at_once():
    data = frame(255) + frame(0x0FFF) + frame(0x01FF)  # with FF where a header could be seen
    for piece in (1, 2, 3, 5, 32):
        values, driver = decode(data, piece)
        assert values == (0x01FF,)
        assert driver.frames == 3 and driver.bad_checksums == 0


def test_every_distance_is_found_behind_a_false_header():
    for mm in range(31, 4501, 7):
        for garbage in (b"\xff", b"\xff\xff", b"\xff\x07", b"\x00\xff\x01", b"\xff\x07\xa1"):
            values, driver = decode(garbage + frame(mm) + frame(mm))
            assert values == (mm,), (mm, garbage)


def test_a_right_sum_behind_a_wrong_header_is_no_frame():
    values, driver = decode(b"\xfe\x07\xa1\xa6" + frame(1000))
    assert values == (1000,)
    assert driver.frames == 1


def test_noise_around_frames():
    noise = Noise(7)
    data = b""
    for mm in range(1000, 1100):
        garbage = bytearray(noise.bits() & 7)
        noise.fill(garbage)
        data += bytes(garbage) + frame(mm)
    values, driver = decode(data + frame(1234) + frame(1234))
    assert values == (1234,)
    assert driver.frames > 90


def test_random_bytes_only_count():
    noise = Noise(3)
    garbage = bytearray(5000)
    noise.fill(garbage)
    driver = A02yyuw(Wire(bytes(garbage)), {})
    while driver._bus.data:
        driver.service(0)
    assert driver.bad_checksums > driver.frames


def test_blind_zone_and_lost_echo_are_missing_values():
    for mm, value in ((0, None), (30, None), (31, 31), (4500, 4500), (4501, None), (0xFFFD, None), (0xFFFE, None)):
        assert decode(frame(mm))[0] == (value,), mm
    bench = A02Bench()
    bench.begin()
    for distance, value in ((0.01, None), (2.5, 2500), (6.0, None), (None, None), (0.4, 400)):
        bench.world.set(distance=distance)
        assert bench.read(1000) == (value,), distance


def test_bytes_arrive_at_the_baud_rate():
    bench = A02Bench()
    for ms, count in ((500, 0), (501.0, 0), (501.1, 1), (504, 3), (504.2, 4), (599, 4), (604.2, 8)):
        bench.now = ms
        assert bench.uart.any() == count, ms
    assert bench.uart.read(3) == b"\xff\x07\xa1"
    assert bench.uart.read() == b"\xa7\xff\x07\xa1\xa7"
    assert bench.uart.read() is None


def test_early_read_and_warm_up():
    bench = A02Bench()
    bench.driver.begin(0)
    assert raises(NotReady, bench.driver.read, 0).fact == 1000
    bench.now = 800
    assert bench.driver.read(800) == (None,)
    bench.now = 1000
    assert bench.driver.read(1000) == (1953,)


def test_follows_the_water():
    bench = A02Bench(distance=lambda ms: 3.0 - ms / 10000)
    bench.begin()
    for _ in range(10):
        (mm,) = bench.read(1000)
        assert abs(mm - (3000 - bench.now / 10)) <= 12


def test_silence_and_recovery():
    bench = A02Bench()
    bench.begin()
    assert bench.read(1000) == (1953,)
    bench.chip.fault = "silence"
    assert bench.read(4000) == (1953,)
    error = raises(Silent, bench.read, 3000)
    assert error.fact > 5000
    bench.chip.fault = None
    assert bench.read(1000) == (1953,)
    bench.uart.fault = "stuck"
    raises(Silent, bench.read, 7000)
    bench.uart.fault = None
    bench.begin()
    assert bench.read(1000) == (1953,)


def test_bad_checksums_are_counted_and_told():
    bench = A02Bench()
    bench.begin()
    bench.read(1000)
    bench.chip.fault = "bad_checksum"
    error = raises(Garbled, bench.read, 8000)
    assert error.fact >= 60
    assert bench.driver.bad_checksums >= 60
    bench.chip.fault = None
    assert bench.read(1000) == (1953,)


def test_noise_and_recovery():
    bench = A02Bench()
    bench.begin()
    bench.chip.fault = "noise"
    for _ in range(20):
        try:
            bench.read(1000)
        except (Silent, Garbled):
            pass
    assert bench.driver.frames < 20
    bench.chip.fault = None
    assert bench.read(1000) == (1953,)


def test_stuck_values_repeat():
    bench = A02Bench()
    bench.begin()
    bench.read(1000)
    bench.chip.fault = "stuck"
    bench.world.set(distance=1.0)
    assert bench.read(3000) == (1953,)
    bench.chip.fault = None
    assert bench.read(1000) == (1000,)


def test_an_hour_without_service_costs_only_what_the_buffer_could_not_hold():
    bench = A02Bench()
    bench.begin()
    bench.now += 3600000
    assert bench.uart.any() == 256
    assert bench.uart.overruns
    assert bench.read(1000) == (1953,)


def test_begin_forgets_what_waited_in_the_buffer():
    bench = A02Bench()
    bench.now = 5000
    bench.world.set(distance=1.0)
    bench.begin()
    assert bench.driver.frames == 0
    assert bench.read(0) == (1000,)
