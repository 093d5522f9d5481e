"""The Modbus driver against published frames and a virtual slave; what concerns its line is in test_rs485.py."""

import json

from device.chip_bench import golden, raises
from device.modbus_bench import CHANNELS, OPTIONS, TRUTH, VALUES, ModbusBench, Recorded
from gilmok_node.sensors.base import Absent, BadOption, Garbled, NotReady, SensorError, Silent
from gilmok_node.sensors.lines import LinePort, Rs485, crc16
from gilmok_node.sensors.modbus import Modbus
from gilmok_sim.chips import Noise


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
        ("volume", "m3", 0, 10),
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


def test_the_longest_run():
    channels = [["c%d" % i, "1", 0, 100 + 2 * i, "u32"] for i in range(16)]
    bench = ModbusBench({"channels": channels}, {"c%d" % i: i * 70000 for i in range(16)})
    bench.begin()
    assert bench.read() == tuple([i * 70000 for i in range(16)])
    assert [data[5] for _, data in bench.uart.sent] == [32]


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


def test_stuck_values_repeat():
    bench = ModbusBench()
    bench.begin()
    assert bench.read() == VALUES
    bench.chip.fault = "stuck"
    bench.world.set(temperature=20.0)
    assert bench.read() == VALUES
    bench.chip.fault = None
    assert bench.read()[0] == 200


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
        ("channels", [["t", "Cel", -1, 0, "i16", 1]]),
        ("channels", [["t", "Cel", -1, 0, "i16", 1, 1]]),
        ("channels", [["t", "Cel", -1]]),
        ("channels", ["t"]),
        ("channels", "t"),
        ("channels", [["t%d" % i, "Cel", -1, 0, "i16"] for i in range(17)]),
        ("channels", [["temperature_in", "seconds", -1, 0, "i16"]]),
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
