"""The timing of an SDI-12 line, and what may go wrong where several share it."""

from device.chip_bench import raises
from device.sdi12_bench import CHANNELS, VALUES, SdiBench
from gilmok_node.sensors.base import NotReady, SensorError, Silent
from gilmok_node.sensors.sdi12_line import Sdi12Line

CHARACTER_MS = 10 / 1.2


def test_break_marking_and_command():
    bench = SdiBench()
    breaks = []
    bench.chip.heard_break = lambda begin_ms, low_ms, heard=bench.chip.heard_break: (
        breaks.append((begin_ms, low_ms)),
        heard(begin_ms, low_ms),
    )
    bench.chip.measure_s = 0
    bench.begin()
    assert bench.read() == VALUES
    commands = [(at, data) for at, data in bench.uart.sent if data != b"break"]
    assert len(breaks) == len(commands) == 2
    for (begin_ms, low_ms), (at, data) in zip(breaks, commands):
        assert 12 <= low_ms <= 16
        assert 8.33 <= at - begin_ms - low_ms <= 100, data
    assert breaks[1][0] >= commands[0][0] + 4 * CHARACTER_MS + 9 + 8 * CHARACTER_MS + 7.5


def test_a_busy_loop_is_forgiven():
    """Each step comes late: the sensor is woken again where it may have fallen asleep, and no answer is taken apart."""
    for late_ms in (1, 3, 7, 20, 30):
        bench = SdiBench()
        bench.begin()
        assert bench.read(late_ms=late_ms) == VALUES, late_ms
    bench = SdiBench()
    bench.begin()
    bench.driver.start(0)
    for _ in range(2):  # break, marking
        bench.now += raises(NotReady, bench.driver.read, bench.now).fact
    bench.now += 400
    assert raises(NotReady, bench.driver.read, bench.now).fact == 18
    assert [data for _, data in bench.uart.sent] == [b"break", b"break"]


def test_the_direction_pin_lets_go_in_time():
    bench = SdiBench(direction=True)
    bench.begin()
    assert bench.read() == VALUES and bench.uart.driving == 0
    log = []

    class Uart:
        def init(self, baudrate):
            log.append(baudrate)

        def txdone(self):
            return log[-1] != b"0M!" or log.append(b"done")

        def write(self, data):
            log.append(bytes(data))

        def readinto(self, buffer):
            return None

    line = Sdi12Line(Uart(), None, log.append)
    assert line.send(b"0M!", 0) == 18
    assert line.proceed(18) == 9
    assert line.proceed(27) == 26
    assert line.proceed(53) == 1
    assert line.proceed(54) == 0
    assert log == [1, 600, b"\x00", 1200, b"0M!", b"done", 0]
    assert line.proceed(55) == 0
    owner = object()
    line.claim(owner, 60, 1000)
    line.send(b"0M!", 60)
    line.release(owner, 61)  # given up amid the break
    assert log[-1] == 0 and line.proceed(62) == 0


def test_its_own_echo_is_no_answer():
    for command in "CM":
        bench = SdiBench(command=command)
        bench.uart.echo = True
        bench.begin()
        assert bench.read() == VALUES
        bench.chip.fault = "silence"
        raises(Silent, bench.read)


def test_late_answers_are_never_taken_for_others():
    for late_ms in (70, 100, 130, 180, 250, 400, 700):
        for command in "CM":
            bench = SdiBench(command=command)
            bench.begin()
            bench.read()
            hear = bench.chip.hear

            def late(data, end_ms, hear=hear, late_ms=late_ms):
                return [(at + late_ms, answer) for at, answer in hear(data, end_ms)]

            bench.chip.hear = late
            for truth in (10.01, 20.02, 30.03):
                bench.world.set(soil=truth)
                try:
                    assert bench.read()[0] == int(truth * 100 + 0.5), (late_ms, command)
                except SensorError:
                    bench.begin()
            bench.chip.hear = hear
            bench.begin()
            assert bench.read(3000)[0] == 3003, (late_ms, command)


def test_a_stuck_line_and_recovery():
    bench = SdiBench()
    bench.begin()
    bench.uart.fault = "stuck"
    raises(Silent, bench.read)
    bench.uart.fault = None
    bench.begin()
    assert bench.read() == VALUES


def together(command):
    """Return a bench after two sensors were read at once, what they said, and how long it took."""
    bench = SdiBench(command=command)
    _, other = bench.join("a", {"channels": CHANNELS[1:2], "command": command})
    for chip in bench.uart.chips:
        chip.measure_s = 3
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
    return bench, found


def test_concurrent_measurements_overlap_and_held_ones_do_not():
    for command, low, high in (("C", 3000, 3800), ("M", 6000, 9000)):
        bench, found = together(command)
        assert found == [VALUES, VALUES[1:2]]
        assert low < bench.now < high and bench.uart.collisions == 0, (command, bench.now)
        assert [chip.commands for chip in bench.uart.chips] == [[command + "C", "D0"]] * 2


def test_who_does_not_come_back_loses_the_line():
    bench = SdiBench()
    bench.driver.start(0)
    raises(NotReady, bench.driver.read, 0)
    _, bench.driver = bench.join("a", {"channels": CHANNELS[1:2]})
    assert bench.read(0) == VALUES[1:2]
    assert bench.now < 4000
