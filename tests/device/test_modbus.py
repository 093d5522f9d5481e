"""The Modbus driver against published frames, a virtual slave, and all that may go wrong on a line that is shared."""

import json

from device.chip_bench import Bench, golden, raises
from gilmok_node.sensors.base import Absent, BadOption, Garbled, NotReady, SensorError, Silent
from gilmok_node.sensors.lines import LinePort, Rs485, crc16, line_settings
from gilmok_node.sensors.modbus import Modbus
from gilmok_sim.bus_lines import VirtualSharedUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.modbus import VirtualModbus

CHANNELS = [
    ["temperature", "Cel", -1, 0, "i16"],
    ["humidity", "%", -1, 1, "u16"],
    ["flow", "m3/h", -3, 10, "i32"],
    ["volume", "m3", 0, 12, "u32", 1],
    ["level", "m", -3, 20, "u16", 5],
]
TRUTH = {"temperature": -12.3, "humidity": 47.5, "flow": -123.456, "volume": 100000000, "level": 1.235}
VALUES = (-123, 475, -123456, 100000000, 247)
OPTIONS = {"channels": CHANNELS, "missing": [0x7FFF, 0x80000000]}


class ModbusBench(Bench):
    def __init__(self, options=None, truth=None, settings=None):
        self.options = options or OPTIONS
        self.world = Still(**(truth or TRUTH))
        self.settings = settings or line_settings(self.options)
        self.uart = VirtualSharedUart(self.clock, 11000 / self.settings[0])
        self.line = Rs485(self.uart, self.settings, self.uart.drive if self.settings[2] >= 0 else None)
        self.chip, self.driver = self.join(17, self.options)
        self.waits = 0

    def join(self, address, options):
        chip = VirtualModbus(self.world, self.clock, address)
        chip.configure(options)
        chip.address = address
        self.uart.chips.append(chip)
        return chip, Modbus(self.line.port(address, options), options)

    def read(self, after_ms=1000):
        """Return a reading as the sampler gets it: asked again after as many ms as NotReady says."""
        self.now += after_ms
        begun = self.now
        self.now += self.driver.start(self.now)
        self.waits = 0
        while True:
            try:
                return self.driver.read(self.now)
            except NotReady as error:
                assert error.fact >= 1
                self.waits += 1
                self.now += error.fact
                assert self.now - begun < 4000


def vectors():
    with open(golden(__file__, "modbus_frames.json")) as file:
        return json.load(file)


def test_golden_crcs():
    for text in vectors()["valid"]:
        frame = bytes.fromhex(text)
        assert crc16(frame, 0, len(frame), 0xFFFF) == 0, text
        crc = crc16(frame, 0, len(frame) - 2, 0xFFFF)
        assert bytes((crc & 255, crc >> 8)) == frame[-2:], text
    assert crc16(b"\x02\x07", 0, 2, 0xFFFF) == 0x1241


class Recorded:
    """A UART on which each request is answered by the next of these answers."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.sent = []
        self.data = b""

    def write(self, data):
        self.sent.append(bytes(data))
        self.data = self.answers.pop(0)

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data))
        for i in range(count):
            buffer[i] = self.data[i]
        self.data = self.data[count:]
        return count or None


def recorded(options, address, answers):
    """Return (values or the error, the requests sent) of a driver that hears these answers."""
    uart = Recorded(answers)
    driver = Modbus(LinePort(Rs485(uart, (9600, "none", -1)), address), options)
    now = driver.begin(0)
    driver.start(now)
    while True:
        try:
            return driver.read(now), uart.sent
        except NotReady as error:
            now += error.fact
        except SensorError as error:
            return error, uart.sent


def test_golden_exchanges():
    for vector in vectors()["exchanges"]:
        channels = [["v%d" % i, "1", 0, vector["register"] + i, "u16"] for i in range(vector["count"])]
        found, sent = recorded({"channels": channels}, vector["unit"], [bytes.fromhex(vector["answer"])])
        assert sent == [bytes.fromhex(vector["request"])]
        if "exception" in vector:
            assert isinstance(found, Garbled) and found.fact == vector["exception"]
        else:
            assert found == tuple(vector["values"])


def test_golden_pdus():
    for vector in vectors()["pdus"]:
        frame = bytes((1,)) + bytes.fromhex(vector["answer"])
        crc = crc16(frame, 0, len(frame), 0xFFFF)
        channels = [["v%d" % i, "1", 0, vector["register"] + i, "u16"] for i in range(vector["count"])]
        options = {"channels": channels, "function": vector["function"]}
        found, sent = recorded(options, 1, [frame + bytes((crc & 255, crc >> 8))])
        assert found == tuple(vector["values"])
        assert sent[0][1:-2] == bytes.fromhex(vector["request"])


def test_channels_are_those_of_the_site_file():
    driver = Modbus(None, OPTIONS)
    assert driver.CHANNELS == (
        ("temperature", "Cel", -1),
        ("humidity", "%", -1),
        ("flow", "m3/h", -3),
        ("volume", "m3", 0, 1),
        ("level", "m", -3, 5),
    )
    assert Modbus.CHANNELS == ()


def test_one_transaction_a_run_of_registers():
    bench = ModbusBench()
    bench.begin()
    assert bench.read() == VALUES
    asked = [(data[2] << 8 | data[3], data[5]) for _, data in bench.uart.sent]
    assert asked == [(0, 2), (10, 4), (20, 1)]
    begins = [at for at, _ in bench.uart.sent]
    assert all([later - earlier >= 8 * 11 / 9.6 + 12 + 3.5 * 11 / 9.6 for earlier, later in zip(begins, begins[1:])])


def test_runs_are_no_longer_than_slaves_answer_and_keep_wide_registers_whole():
    channels = [["c%d" % i, "1", 0, 100 + 2 * i, "u32"] for i in range(20)]
    bench = ModbusBench({"channels": channels}, {"c%d" % i: i * 70000 for i in range(20)})
    bench.begin()
    assert bench.read() == tuple([i * 70000 for i in range(20)])
    assert [data[5] for _, data in bench.uart.sent] == [32, 8]


def test_order_overlap_and_repetition_of_registers():
    channels = [["b", "1", 0, 1, "u16"], ["all", "1", 0, 0, "u32"], ["a", "1", 0, 0, "u16"], ["b2", "1", 0, 1, "i16"]]
    bench = ModbusBench({"channels": channels}, {"b": 2, "all": 0, "a": 1, "b2": 0})
    bench.chip.registers = {0: 1, 1: 0xFFFE}
    bench.begin()
    assert bench.read() == (0xFFFE, 0x1FFFE, 1, -2)
    assert len(bench.uart.sent) == 1


def test_function_word_order_and_other_speeds():
    for function in (3, 4):
        for swapped in (0, 1):
            for baud in (1200, 9600, 19200, 115200):
                options = {"channels": CHANNELS, "function": function, "low_word_first": swapped, "baud": baud}
                bench = ModbusBench(options)
                bench.begin()
                assert bench.read() == VALUES, options
    bench.chip.registers[12], bench.chip.registers[13] = 0x1234, 0x0056
    assert bench.read()[3] == 0x00561234


def test_missing_values():
    truth = dict(TRUTH)
    truth.update(temperature=None, volume=None)
    bench = ModbusBench(truth=truth)
    bench.begin()
    assert bench.read() == (None, 475, -123456, None, 247)
    bench.chip.registers[12], bench.chip.registers[13] = 0, 0x7FFF  # the mark of one register is a number in two
    assert bench.read()[3] == 0x7FFF
    for high, low, value in ((0x1FFF, 0xFFFF, 2**29 - 1), (0x2000, 0, None), (0xFFFF, 0xFFFF, None)):
        bench.chip.registers[12], bench.chip.registers[13] = high, low
        assert bench.read()[3] == value
    for high, low, value in ((0xE000, 1, 1 - 2**29), (0xE000, 0, None), (0xFFFF, 0xFFFF, -1), (0x8000, 0, None)):
        bench.chip.registers[10], bench.chip.registers[11] = high, low
        assert bench.read()[2] == value


def test_early_read_says_when():
    bench = ModbusBench()
    bench.begin()
    bench.driver.start(0)
    first = raises(NotReady, bench.driver.read, 0).fact
    assert 17 <= first <= 22  # 8 + 9 characters of 11 bits: 19.5 ms
    assert raises(NotReady, bench.driver.read, 1).fact <= 5
    bench.now = first
    raises(NotReady, bench.driver.read, first)  # the slave takes its 12 ms


def test_silence_and_recovery():
    bench = ModbusBench()
    bench.begin()
    bench.chip.fault = "silence"
    error = raises(Silent, bench.read)
    assert 300 <= error.fact <= 340
    assert len(bench.uart.sent) == 1
    bench.chip.fault = None
    bench.begin()
    assert bench.read() == VALUES


def test_a_damaged_answer_is_asked_for_again_but_once():
    for fault in ("noise", "bad_checksum", "half", "other_address"):
        bench = ModbusBench()
        bench.begin()
        bench.chip.fault = fault
        error = raises(Garbled, bench.read)
        assert error.fact == (4 if fault == "half" else 9), fault
        assert bench.chip.asked == 2
        bench.chip.fault = None
        bench.begin()
        assert bench.read() == VALUES


def test_one_damaged_answer_is_healed():
    bench = ModbusBench()
    bench.begin()
    bench.chip.fault = "bad_checksum"
    hear = bench.chip.hear

    def heal(data, end_ms):
        answers = hear(data, end_ms)
        bench.chip.fault = None
        return answers

    bench.chip.hear = heal
    assert bench.read() == VALUES
    assert len(bench.uart.sent) == 4


def test_noise_is_never_taken_for_a_reading():
    bench = ModbusBench()
    bench.chip.fault = "noise"
    for _ in range(60):
        bench.begin()
        raises(Garbled, bench.read)


def test_a_late_answer_is_not_taken_for_another():
    bench = ModbusBench()
    bench.begin()
    bench.chip.fault = "late"
    raises(Silent, bench.read)
    bench.chip.fault = None
    bench.begin()
    bench.world.set(temperature=30.0)
    assert bench.read(1000)[0] == 300  # the late one came and was dropped
    bench.chip.fault = "late"
    raises(Silent, bench.read)
    bench.chip.fault = None
    other, driver = bench.join(18, {"channels": [["humidity", "%", -1, 7, "u16"], ["temperature", "Cel", -1, 8, "i16"]]})
    bench.world.set(humidity=99.9)
    bench.driver = driver
    bench.begin()
    values = bench.read(350)  # the answer of slave 17 falls between
    assert values == (999, 300)


def test_exceptions_say_their_code():
    bench = ModbusBench()
    bench.begin()
    bench.chip.fault = "exception"
    error = raises(Garbled, bench.read)
    assert error.fact == 6 and "exception 6" in error.reason
    assert bench.chip.asked == 1
    bench.chip.fault = None
    bench.begin()
    bench.chip.function = 4
    assert raises(Garbled, bench.read).fact == 1
    bench.chip.function = 3
    del bench.chip.registers[13]
    assert raises(Garbled, bench.read).fact == 2


def test_its_own_echo_is_no_answer():
    bench = ModbusBench()
    bench.uart.echo = True
    bench.begin()
    assert bench.read() == VALUES
    bench.chip.fault = "silence"
    raises(Silent, bench.read)
    for register in (0x0200, 0x0400):  # an echo that begins as the answer would
        options = {"channels": [["a", "1", 0, register, "u16"], ["b", "1", 0, register + 1, "u16"]]}
        bench = ModbusBench(options, {"a": 7, "b": 8})
        bench.uart.echo = True
        bench.begin()
        assert bench.read() == (7, 8)


def test_garbage_before_an_answer():
    noise = Noise(11)
    for _ in range(50):
        garbage = bytearray(noise.bits() % 16)
        noise.fill(garbage)
        answer = bytes(garbage) + bytes.fromhex("110304008d008efbbd")
        channels = [["a", "1", 0, 124, "u16"], ["b", "1", 0, 125, "u16"]]
        assert recorded({"channels": channels}, 17, [answer])[0] == (141, 142)


def test_a_line_that_chatters_ends():
    channels = [["a", "1", 0, 124, "u16"]]
    found, _ = recorded({"channels": channels}, 17, [b"\x55" * 500, b"\x55" * 500])
    assert isinstance(found, Garbled)


def test_stale_bytes_are_dropped():
    bench = ModbusBench()
    bench.begin()
    bench.uart._coming.append([bench.now, bytes.fromhex("110304008d008efbbd"), 0])
    assert bench.read() == VALUES


def test_a_stuck_line_and_recovery():
    bench = ModbusBench()
    bench.begin()
    bench.uart.fault = "stuck"
    raises(Silent, bench.read)
    bench.uart.fault = None
    bench.begin()
    assert bench.read() == VALUES


def test_stuck_values_repeat():
    bench = ModbusBench()
    bench.begin()
    assert bench.read() == VALUES
    bench.chip.fault = "stuck"
    bench.world.set(temperature=20.0)
    assert bench.read() == VALUES
    bench.chip.fault = None
    assert bench.read()[0] == 200


def test_two_slaves_take_turns():
    bench = ModbusBench()
    _, other = bench.join(18, {"channels": [["humidity", "%", -1, 7, "u16"]]})
    drivers = [bench.driver, other]
    found = [None, None]
    at = [driver.start(0) for driver in drivers]
    while None in found:
        i = min([k for k in (0, 1) if found[k] is None], key=lambda k: at[k])
        bench.now = max(bench.now, at[i])
        try:
            found[i] = drivers[i].read(bench.now)
        except NotReady as error:
            at[i] = bench.now + error.fact
    assert found == [VALUES, (475,)]
    assert bench.uart.collisions == 0
    begins = [(at, data[0]) for at, data in bench.uart.sent]
    assert sorted([address for _, address in begins]) == [17, 17, 17, 18]


def test_who_does_not_come_back_loses_the_line():
    bench = ModbusBench()
    bench.begin()
    bench.driver.start(0)
    raises(NotReady, bench.driver.read, 0)  # it has the line, and is never called again
    _, bench.driver = bench.join(18, {"channels": [["humidity", "%", -1, 7, "u16"]]})
    assert bench.read(0) == (475,)
    assert bench.now < 500


def test_claims():
    line = Rs485(Recorded([]), (9600, "none", -1))
    first, second = line.port(1, {}), line.port(2, {})
    assert first.claim(100, 50) == 0 and first.claim(101, 50) == 0
    assert second.claim(110, 50) == 10  # looks again every 10 ms
    assert second.claim(145, 50) == 6
    second.release(145)  # not its own
    assert second.claim(146, 50) == 5
    first.release(147)
    assert second.claim(147, 50) == 6  # 3.5 characters of 1.146 ms, and a tick that may just end
    assert second.claim(153, 50) == 0
    assert first.claim(203, 50) == 0  # expired
    assert raises(ValueError, line.port, 3, {"baud": 19200})
    assert Rs485(None, (19200, "even", -1))._quiet_ms == 4 and Rs485(None, (115200, "even", -1))._quiet_ms == 3


def test_the_direction_pin():
    log = []

    class Uart(Recorded):
        def write(self, data):
            log.append(("write", bytes(data)))

        def flush(self):
            log.append("flush")

    line = Rs485(Uart([]), (9600, "none", 4), log.append)
    line.send(b"abc")
    assert log == [1, ("write", b"abc"), "flush", 0]
    options = dict(OPTIONS)
    options["de"] = 4
    bench = ModbusBench(options)
    bench.begin()
    assert bench.read() == VALUES and bench.uart.driving == 0


def test_no_channels_no_instrument():
    assert isinstance(raises(Absent, Modbus(None, {}).begin, 0), SensorError)


def test_options():
    good = ["t", "Cel", -1, 0, "i16"]
    for name, value in (
        ("channels", [good, good]),
        ("channels", [["T", "Cel", -1, 0, "i16"]]),
        ("channels", [["t", "", -1, 0, "i16"]]),
        ("channels", [["t", "Cel", 0.1, 0, "i16"]]),
        ("channels", [["t", "Cel", 10, 0, "i16"]]),
        ("channels", [["t", "Cel", -1, 65536, "i16"]]),
        ("channels", [["t", "Cel", -1, 65535, "i32"]]),
        ("channels", [["t", "Cel", -1, -1, "i16"]]),
        ("channels", [["t", "Cel", -1, 0, "f32"]]),
        ("channels", [["t", "Cel", -1, 0, "i16", 0]]),
        ("channels", [["t", "Cel", -1, 0, "i16", 1, 1]]),
        ("channels", [["t", "Cel", -1]]),
        ("channels", ["t"]),
        ("channels", "t"),
        ("function", 6),
        ("low_word_first", 2),
        ("missing", [1.5]),
        ("missing", 0x7FFF),
        ("timeout_ms", 19),
        ("baud", 9601),
        ("parity", "mark"),
        ("de", 49),
    ):
        assert raises(BadOption, Modbus, None, {name: value}).option == name, value
    assert Modbus(None, {"channels": [good, ["u", "Cel", -1, 65535, "i16", 2]], "missing": [0, 4294967295]}).CHANNELS[1][3] == 2
