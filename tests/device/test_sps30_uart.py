"""The SPS30 driver on a UART against the data sheet's frames, real frames, noise, and its virtual chip."""

import json

from device.chip_bench import Bench, Wire, golden, raises
from gilmok_node.sensors import sps30_values
from gilmok_node.sensors.base import Absent, BadOption, Garbled, NotReady, SensorError, Silent, Stuck
from gilmok_node.sensors.sps30 import Sps30
from gilmok_node.sensors.sps30_uart import Sps30Uart
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.sps30 import FAN, LASER, SPEED
from gilmok_sim.chips.sps30_uart import VirtualSps30Uart, checksum, stuff, unstuff

MASSES = (52, 95, 114, 133)
MISSING = (None,) * 10


class SpsBench(Bench):
    def __init__(self, options=None):
        self.world = Still(pm1=5.2, pm2_5=9.5, pm10=13.3)
        self.chip = VirtualSps30Uart(self.world, self.clock)
        self.uart = VirtualUart(self.chip, self.clock, Sps30Uart.UART[0])
        self.driver = Sps30Uart(self.uart, options or {})

    def warm_up(self):
        self.begin()
        self.run(32000)

    def measure(self):
        self.run(self.driver.start(self.now))
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                assert error.fact
                self.now += error.fact


def vectors(name):
    with open(golden(__file__, "sps30_frames.json")) as file:
        return json.load(file)[name]


def real_frames():
    return [(bytes.fromhex(text), values) for text, values in vectors("capture")]


def warm_driver():
    """Return a driver that is set up and has just asked for values."""
    answers = vectors("answers")
    driver = Sps30Uart(Wire(), {})
    now = driver.begin(0)
    driver.service(now)
    for answer in ("product_type", "start"):
        driver._bus.data = bytes.fromhex(answers[answer])
        now += driver.SERVICE_MS
        driver.service(now)
    now += sps30_values.STARTUP_MS
    now += driver.start(now)
    return driver, now


def decode(data, piece=32):
    """Return what a driver reads from these bytes, and the driver."""
    driver, now = warm_driver()
    driver._bus = Wire(data, piece)
    while True:
        try:
            return driver.read(now), driver
        except NotReady as error:
            assert error.fact == 10
            now += error.fact


def agrees(values, published):
    """Tell whether integers and the published decimals mean the same, each at its own step."""
    for i in range(10):
        value = values[i] / (100 if i == 9 else 10)
        step = 0.05 + 0.005 + 1e-9  # half of the coarser step, and half of the finer
        if abs(value - published[i]) > step:
            return False
    return True


def test_both_buses_give_the_same_channels():
    assert Sps30.CHANNELS is Sps30Uart.CHANNELS
    assert len(Sps30.CHANNELS) == len(MISSING) == 10


def test_golden_requests():
    requests = vectors("requests")
    driver, _ = warm_driver()
    sent = "".join([requests[name] for name in ("reset", "product_type", "start", "read")])
    assert driver._bus.sent == bytes.fromhex(sent)


def test_golden_answers():
    answers = vectors("answers")
    assert decode(bytes.fromhex(answers["zeros"]))[0] == (0,) * 10
    driver, now = warm_driver()
    driver._bus = Wire(bytes.fromhex(answers["no_new_values"]))
    assert driver.read(now) == MISSING  # none for half a minute: the fan is being cleaned, or worse
    _, driver = decode(bytes.fromhex(answers["zeros"]))
    now += driver.start(now)
    driver._bus.data = bytes.fromhex(answers["no_new_values"])
    assert raises(NotReady, driver.read, now).fact == 100  # the next one is about to come


def test_golden_frames_of_a_real_sensor_whole_byte_by_byte_and_in_pieces():
    for data, published in real_frames():
        for piece in (1, 2, 7, 32):
            values, driver = decode(data, piece)
            assert agrees(values, published), (values, published)
            assert driver.bad_checksums == 0 and driver.frames >= 1


def test_golden_stuffing():
    for text, content in vectors("stuffing"):
        assert stuff(bytes.fromhex(content)) == bytes.fromhex(text)
        assert unstuff(bytes.fromhex(text)[1:-1]) == bytes.fromhex(content)
        assert checksum(bytes.fromhex(content)[:-1]) == bytes.fromhex(content)[-1]


def test_every_byte_survives_the_stuffing():
    for byte in range(256):
        answer = bytes((0, 3, 0, 40)) + bytes((0x3F, 0x80, byte, byte)) + b"\x3f\x80\x00\x00" * 9
        values, driver = decode(stuff(answer + bytes((checksum(answer),))), 5)
        assert values[:4] == (10, 10, 10, 10) and values[9] == 100, byte
        assert driver.bad_checksums == 0


def test_garbage_around_the_answer():
    (first, _), (second, published), _ = real_frames()
    late = bytes.fromhex(vectors("answers")["product_type"])  # to another request
    for garbage in (b"\x7e", b"\x7d", b"\x00\x7e\x7e", b"\x7e\x00\x03", first[:20], first[9:], late, b"\xff" * 60 + b"\x7e", b"\x7d\x7e"):
        values, driver = decode(garbage + second)
        assert agrees(values, published), garbage


def test_every_flipped_bit_is_refused():
    data, published = real_frames()[0]
    for i in range(8, (len(data) - 1) * 8):
        bad = bytearray(data)
        bad[i >> 3] ^= 1 << (i & 7)
        values = decode(bytes(bad) + data)[0]
        assert agrees(values, published), i


def test_an_answer_of_another_length_is_refused():
    answer = bytes((0, 3, 0, 20)) + bytes(20)
    assert raises(Garbled, decode, stuff(answer + bytes((checksum(answer),)))).fact == 20


def test_random_bytes_are_no_answer():
    noise = Noise(5)
    for _ in range(50):
        garbage = bytearray(300)
        noise.fill(garbage)
        raises(SensorError, decode, bytes(garbage))


def test_values_and_their_order():
    bench = SpsBench()
    bench.warm_up()
    values = bench.measure()
    assert values[:4] == MASSES
    assert list(values[4:9]) == sorted(values[4:9])


def test_start_up_is_missing_values_and_never_an_error():
    bench = SpsBench()
    bench.begin()
    seen = []
    while bench.now < 40000:
        bench.run(1000)
        seen.append((bench.measure(), bench.now))
    assert all([values == MISSING or values[:4] == MASSES for values, _ in seen])
    there = [now for values, now in seen if values != MISSING]
    assert 30000 < there[0] < Sps30Uart.WARMUP_MS + 1000


def test_every_two_seconds_no_value_is_missed():
    for interval_ms in (960, 1000, 1040):
        bench = SpsBench()
        bench.chip.optics.interval_ms = interval_ms
        bench.warm_up()
        for tick in range(34000, 200000, 2000):
            bench.run(tick - bench.now)
            assert bench.measure()[:4] == MASSES
            assert bench.now - tick < 1200
        assert bench.uart.overruns == 0


def test_while_the_fan_is_cleaned_values_are_missing():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.optics.clean()
    seen = []
    for _ in range(10):
        bench.run(2000)
        seen.append(bench.measure())
    assert seen[0] == MISSING and seen[-1][:4] == MASSES
    assert seen.count(MISSING) in (4, 5)


def test_fan_and_laser_faults_are_told():
    bench = SpsBench()
    bench.warm_up()
    for bit in (FAN, LASER):
        bench.chip.optics.status = bit
        bench.run(2000)
        assert raises(Stuck, bench.measure).fact == bit
        bench.chip.optics.status = 0
        bench.run(2000)
        assert bench.measure()[:4] == MASSES
    bench.chip.optics.status = SPEED
    bench.run(2000)
    assert bench.measure() == MISSING
    bench.chip.optics.status = 0
    bench.run(2000)
    assert bench.measure()[:4] == MASSES


def test_another_device_is_refused():
    bench = SpsBench()
    bench.chip.product = b"00060000\x00"
    bench.warm_up()
    assert "00060000" in raises(Absent, bench.measure).reason


def test_silence_and_recovery():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.fault = "silence"
    bench.run(2000)
    assert raises(Silent, bench.measure).fact >= 250
    bench.warm_up()
    raises(Silent, bench.measure)
    bench.chip.fault = None
    bench.warm_up()
    assert bench.measure()[:4] == MASSES


def test_stuck_bus_and_recovery():
    bench = SpsBench()
    bench.warm_up()
    bench.uart.fault = "stuck"
    raises(Silent, bench.measure)
    bench.uart.fault = None
    bench.warm_up()
    assert bench.measure()[:4] == MASSES


def test_noise_and_bad_checksums_are_never_a_reading():
    bench = SpsBench()
    for fault in ("bad_checksum", "noise"):
        bench.warm_up()
        bench.measure()
        bench.chip.fault = fault
        for _ in range(50):
            bench.run(2000)
            error = raises(SensorError, bench.measure)
            assert fault == "noise" or isinstance(error, Garbled)
        bench.warm_up()
        raises(SensorError, bench.measure)
        bench.chip.fault = None
        bench.warm_up()
        assert bench.measure()[:4] == MASSES


def test_a_brown_out_is_noticed_at_once():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.brown_out()
    bench.run(2000)
    assert raises(Garbled, bench.measure).fact == 0x43
    bench.warm_up()
    assert bench.measure()[:4] == MASSES


def test_a_slow_answer_is_waited_for():
    bench = SpsBench()
    bench.chip.answer_ms = 90
    bench.warm_up()
    assert bench.measure()[:4] == MASSES


def test_stuck_values_repeat():
    bench = SpsBench()
    bench.warm_up()
    bench.measure()
    bench.chip.fault = "stuck"
    bench.world.set(pm2_5=12, pm10=30)
    bench.run(4000)
    assert bench.measure()[:4] == MASSES
    bench.chip.fault = None
    bench.run(4000)
    assert bench.measure()[1] == 120


def test_asleep_between_readings():
    bench = SpsBench({"sleep": 1})
    bench.begin()
    assert bench.measure() == MISSING  # not set up yet
    bench.run(3000)
    for pm10 in (13.3, 20.0, 30.0):
        assert not bench.chip.optics.measuring
        bench.world.set(pm10=pm10)
        asked = bench.now
        assert bench.measure()[3] == round(pm10 * 10)
        assert 30000 <= bench.now - asked <= 31500
        assert not bench.chip.optics.measuring
        bench.run(60000)


def test_a_fault_while_it_sleeps_is_found_when_it_is_woken():
    bench = SpsBench({"sleep": 1})
    bench.begin()
    bench.run(3000)
    bench.measure()
    bench.chip.brown_out()
    bench.run(60000)
    assert bench.measure()[:4] == MASSES  # it slept anyway
    bench.run(1000)
    bench.chip.optics.status = FAN
    raises(Stuck, bench.measure)
    bench.chip.optics.status = 0
    bench.begin()
    bench.run(3000)
    assert bench.measure()[:4] == MASSES
    bench.run(1000)
    bench.chip.fault = "silence"
    raises(SensorError, bench.measure)
    bench.chip.fault = None
    bench.begin()
    bench.run(3000)
    assert bench.measure()[:4] == MASSES


def test_options():
    assert raises(BadOption, Sps30Uart, None, {"sleep": 2}).option == "sleep"
