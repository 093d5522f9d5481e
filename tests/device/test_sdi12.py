"""The SDI-12 driver against the examples of the specification and a virtual sensor; its line is in test_sdi12_line.py."""

import json

from device.chip_bench import golden, raises
from device.sdi12_bench import CHANNELS, VALUES, Recorded, SdiBench
from gilmok_node.sensors.base import Absent, BadOption, Garbled, NotReady, SensorError, Silent
from gilmok_node.sensors.lines import LinePort
from gilmok_node.sensors.sdi12 import Sdi12, parse_values, scale
from gilmok_node.sensors.sdi12_line import Sdi12Line
from gilmok_sim.chips import Noise


def recorded(answers, address="0", **options):
    """Return (values or the error, the commands sent) of a driver that hears these answers."""
    uart = Recorded(answers)
    driver = Sdi12(LinePort(Sdi12Line(uart, None), ord(address)), options)
    now = driver.begin(0)
    driver.start(now)
    while True:
        try:
            return driver.read(now), uart.sent
        except NotReady as error:
            now += error.fact
        except SensorError as error:
            return error, uart.sent


def numbered(exponents):
    return [["v%d" % i, "1", exponent] for i, exponent in enumerate(exponents)]


def test_golden_answers():
    with open(golden(__file__, "sdi12_values.json")) as file:
        vectors = json.load(file)["answers"]
    for vector in vectors:
        count = len(vector["values"])
        lines = [text.encode() + b"\r\n" for text in vector["lines"]]
        found, sent = recorded([b"0000%02d\r\n" % count] + lines, channels=numbered(vector["exponents"]))
        assert found == tuple(vector["values"]), vector
        assert sent == [b"0CC!"] + [b"0D%d!" % i for i in range(vector["commands"])]


def test_every_bit_of_a_golden_answer_counts():
    for byte in range(1, 9):
        for bit in range(7):
            line = bytearray(b"0+3.14OqZ\r\n")
            line[byte] ^= 1 << bit
            found, sent = recorded([b"000001\r\n", bytes(line)] + [b""] * 2, channels=numbered([-2]))
            assert isinstance(found, (Garbled, Silent)), line


def test_values_are_parsed_exactly():
    for text, values in (
        (b"+1.23-4.5", [(123, 2), (-45, 1)]),
        (b"+0", [(0, 0)]),
        (b"-0.0001+9999999", [(-1, 4), (9999999, 0)]),
        (b"+.5-5.", [(5, 1), (-5, 0)]),
        (b"+123456789", [(123456789, 0)]),
        (b"+1234567890", None),
        (b"+1.2.3", None),
        (b"+-1", None),
        (b"+", None),
        (b"+.", None),
        (b"1.0", None),
        (b"+1,0", None),
        (b"+1 ", None),
        (b"+1e5", None),
    ):
        assert parse_values(b"0" + text + b"xyz", 1, 1 + len(text)) == values, text


def test_values_are_scaled_exactly():
    for digits, decimals, exponent, value in (
        (123, 2, -2, 123),
        (123, 2, -4, 12300),
        (125, 2, -1, 13),  # half away from zero
        (-125, 2, -1, -13),
        (124, 2, -1, 12),
        (-4, 1, 0, 0),
        (5, 0, 0, 5),
        (1240, 0, 1, 124),
        (9999999, 0, -2, None),
        (536870911, 0, 0, 2**29 - 1),
        (536870912, 0, 0, None),
        (-536870911, 0, 0, 1 - 2**29),
        (999999999, 9, -9, None),
        (1, 7, -9, 100),
    ):
        assert scale(digits, decimals, exponent) == value, (digits, decimals, exponent)


def test_every_number_a_sensor_can_write():
    noise = Noise(9)
    for _ in range(500):
        number = noise.bits() % 10000000 * (1 if noise.bits() & 1 else -1)
        places = noise.bits() % 6
        text = (
            "%s%d.%0*d" % ("-" if number < 0 else "+", abs(number) // 10**places, places, abs(number) % 10**places)
            if places
            else "%+d" % number
        )
        ((digits, decimals),) = parse_values(text.encode(), 0, len(text))
        assert (digits, decimals) == (number, places), text
        assert scale(digits, decimals, -places) == number


def test_concurrent_and_held_with_and_without_crc():
    for command in "CM":
        for crc in (0, 1):
            for seconds in (0, 1, 5):
                bench = SdiBench(command=command, crc=crc)
                bench.chip.measure_s = seconds
                bench.begin()
                assert bench.read() == VALUES
                assert bench.chip.commands == [command + "C" * crc, "D0"]
                assert bench.uart.blocked == bench.uart.collisions == 0
                took = bench.now - bench.begun - seconds * 1000
                assert 250 < took < 900 or (command == "M" and took > 0), took


def test_further_measurements():
    bench = SdiBench(command="M", index=4)
    bench.begin()
    assert bench.read() == VALUES
    assert bench.chip.commands[0] == "MC4"


def test_a_sensor_that_calls_early_is_read_early():
    bench = SdiBench(command="M")
    bench.chip.measure_s = 10
    bench.chip.early_ms = 7000
    bench.begin()
    assert bench.read() == VALUES
    assert bench.now - bench.begun < 4500
    bench = SdiBench(command="M")
    bench.chip.measure_s = 3
    bench.chip.fault = "no_service"
    bench.begin()
    assert bench.read() == VALUES  # its time is up
    assert 3000 < bench.now - bench.begun < 4500


def test_more_values_than_fit_one_answer():
    channels = [["c%d" % i, "1", -3] for i in range(16)]
    for command in "CM":
        count = 16 if command == "C" else 9
        bench = SdiBench(channels=channels[:count], command=command)
        bench.world.set(**{"c%d" % i: 1000 + i / 1000 for i in range(20)})
        bench.begin()
        assert bench.read() == tuple([1000000 + i for i in range(count)])
        assert len(bench.chip.commands) > 2


def test_fewer_channels_than_values():
    bench = SdiBench()
    bench.driver.CHANNELS = bench.driver.CHANNELS[:2]
    bench.begin()
    assert bench.read() == VALUES[:2]


def test_more_channels_than_values():
    found, _ = recorded([b"000002\r\n"], channels=numbered([0, 0, 0]))
    assert isinstance(found, Garbled) and found.fact == 2
    found, sent = recorded([b"000003\r\n"] + [b"0+1\r\n"] * 2 + [b"0\r\n"] * 3, channels=numbered([0, 0, 0]), crc=0)
    assert isinstance(found, Garbled) and sent[-3:] == [b"0D2!"] * 3
    found, sent = recorded([b"000012\r\n"] + [b"0+1\r\n"] * 12, channels=numbered([0] * 12), crc=0)
    assert isinstance(found, Garbled) and found.fact == 10 and sent[-1] == b"0D9!"


def test_missing_values():
    bench = SdiBench(missing=[-9999])
    bench.world.set(temperature=None)
    bench.begin()
    assert bench.read() == (2345, None, 1240)
    found, _ = recorded([b"000003\r\n", b"0-9999-9999.0-99.99\r\n"], channels=numbered([0, -1, -2]), crc=0, missing=[-9999])
    assert found == (None, None, -9999)


def test_early_read_says_when():
    bench = SdiBench()
    bench.begin()
    bench.driver.start(bench.now)
    assert raises(NotReady, bench.driver.read, bench.now).fact == 18
    assert raises(NotReady, bench.driver.read, bench.now).fact == 1  # the break is not over


def test_answers_that_are_none():
    """Each is told after three tries, and nothing of it becomes a value."""
    for answer in (b"100003\r\n", b"000103", b"00010a\r\n", b"00001\r\n", b"0000001\r\n", b"\r\n", b"0\r\n", b"\x7f\x00\r\n"):
        found, sent = recorded([answer] * 3, channels=numbered([0]))
        assert isinstance(found, Garbled) and sent == [b"0CC!"] * 3, answer
    for answer in (b"0\r\n", b"0+1\r\n", b"1+1\r\n", b"0+1OqZ\r\n", b"0+3.14OqZ", b"00001\r\n", b"OqZ\r\n"):
        found, sent = recorded([b"000001\r\n"] + [answer] * 3, channels=numbered([0]))
        assert isinstance(found, Garbled) and sent[1:] == [b"0D0!"] * 3, answer


def test_silence_and_recovery():
    bench = SdiBench()
    bench.begin()
    bench.chip.fault = "silence"
    error = raises(Silent, bench.read)
    assert 500 < error.fact < 700
    assert len(bench.uart.sent) == 6  # three breaks, three commands
    bench.chip.fault = None
    bench.begin()
    assert bench.read() == VALUES


def test_damage_is_told_and_recovered_from():
    for command in "CM":
        for fault in ("noise", "bad_checksum", "half", "other_address"):
            bench = SdiBench(command=command)
            bench.begin()
            assert bench.read() == VALUES
            bench.chip.fault = fault
            error = raises(Garbled, bench.read)
            assert error.fact >= 1, fault
            bench.chip.fault = None
            bench.begin()
            assert bench.read() == VALUES


def test_noise_is_never_taken_for_a_reading():
    bench = SdiBench()
    bench.begin()
    hear = bench.chip.hear

    def noisy(data, end_ms):
        bench.chip.fault = "noise" if b"D" in data else None
        return hear(data, end_ms)

    bench.chip.hear = noisy
    for _ in range(60):
        bench.begin()
        raises(Garbled, bench.read)


def test_one_damaged_answer_is_healed():
    bench = SdiBench()
    bench.begin()
    bench.chip.fault = "half"
    hear = bench.chip.hear

    def heal(data, end_ms):
        answers = hear(data, end_ms)
        bench.chip.fault = None
        return answers

    bench.chip.hear = heal
    assert bench.read() == VALUES
    assert bench.chip.commands == ["CC", "CC", "D0"]


def test_an_aborted_measurement_is_told():
    bench = SdiBench(command="M")
    bench.chip.measure_s = 5
    bench.begin()
    bench.driver.start(bench.now)
    aborted = False
    while True:
        try:
            raise AssertionError(bench.driver.read(bench.now))
        except NotReady as error:
            bench.now += error.fact
            if bench.driver._ready_ms and not aborted and bench.now > 2500:
                bench.chip.heard_break(bench.now, 15)  # a disturbance on the line
                bench.uart._coming = []
                aborted = True
        except Garbled:
            break
    assert aborted
    assert bench.read() == VALUES


def test_stuck_values_repeat():
    bench = SdiBench()
    bench.begin()
    assert bench.read() == VALUES
    bench.chip.fault = "stuck"
    bench.world.set(ec=0)
    assert bench.read() == VALUES
    bench.chip.fault = None
    assert bench.read()[2] == 0


def test_no_channels_no_instrument():
    raises(Absent, Sdi12(None, {}).begin, 0)


def test_options():
    for name, value in (
        ("channels", [["soil", "%", -2, 1]]),
        ("channels", [["soil", "%"]]),
        ("channels", CHANNELS + CHANNELS),
        ("command", "R"),
        ("index", 10),
        ("crc", 2),
        ("missing", ["-9999"]),
        ("missing", [10000000]),
        ("de", -2),
    ):
        assert raises(BadOption, Sdi12, None, {name: value}).option == name, value
