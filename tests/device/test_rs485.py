"""What may go wrong on an RS-485 line that is shared: echoes, late answers, claims that nobody gives back."""

from device.chip_bench import raises
from device.modbus_bench import OPTIONS, VALUES, ModbusBench, Recorded
from gilmok_node.sensors.base import NotReady, Silent
from gilmok_node.sensors.lines import Rs485


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


def test_stale_bytes_are_dropped():
    bench = ModbusBench()
    bench.begin()
    bench.uart._coming.append([bench.now, bytes.fromhex("110304008d008efbbd")])
    assert bench.read() == VALUES


def test_a_stuck_line_and_recovery():
    bench = ModbusBench()
    bench.begin()
    bench.uart.fault = "stuck"
    raises(Silent, bench.read)
    bench.uart.fault = None
    bench.begin()
    assert bench.read() == VALUES


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
