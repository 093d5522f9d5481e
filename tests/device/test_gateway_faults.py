"""A gateway whose radio fails, whose line carries garbage, whose host takes nothing: what is told, and what is left of it."""

from device.gateway_bench import KEY_FRAME, GatewayBench, status_of
from gilmok_node.gateway.gateway import Gateway
from gilmok_wire.gateway_messages import HEARD, LOST, OUTCOME, SENT, STATUS, STATUS_FIELDS
from support.dice import Dice


def test_a_chip_that_is_silent_at_first_is_told_and_comes():
    bench = GatewayBench(begun=False)
    bench.radio.chip.fault = "silence"
    bench.gateway = Gateway("gw-1", bench.gateway.settings, bench.radio.driver, bench.law, [bench.line], bench.bench.ms, bench.board)
    bench.run(500)
    status = dict(zip(STATUS_FIELDS, bench.line.heard(STATUS)[-1][1:]))
    assert not status["listening"] and status["faults"]
    bench.send(1)
    assert bench.until(OUTCOME, 100)[2] == LOST
    bench.radio.chip.fault = None
    bench.run(5000)
    status = dict(zip(STATUS_FIELDS, bench.line.heard(STATUS)[-1][1:]))
    assert status["listening"]
    bench.uplink()
    assert bench.until(HEARD)


def test_a_brown_out_in_the_middle_of_a_transmission():
    bench = GatewayBench()
    bench.run(100)
    bench.send(1, KEY_FRAME + bytes(150))
    bench.run(60)
    assert bench.radio.chip.sending
    bench.radio.chip.brown_out()
    outcome = bench.until(OUTCOME, 2000)
    assert outcome == [OUTCOME, 1, LOST, 0, None]
    bench.run(3000)
    status = status_of(bench)
    assert status["listening"] and dict(status["faults"]) == {"reset": 1} and status["sent"] == 0
    bench.uplink()
    assert bench.until(HEARD)
    bench.send(2)
    assert bench.until(OUTCOME)[1:3] == [2, SENT], "the law was told that it ended"
    bench.bench.clean()


def test_a_brown_out_while_listening_is_noticed_within_seconds():
    bench = GatewayBench()
    bench.radio.chip.brown_out()
    bench.run(3000)
    assert status_of(bench)["faults"] == [["reset", 1]]
    bench.uplink()
    assert bench.until(HEARD)


def test_every_fault_of_the_chip_is_survived():
    for fault in ("silence", "noise", "busy_stuck", "dio1_low", "dio1_high"):
        bench = GatewayBench()
        bench.run(100)
        bench.radio.chip.fault = fault
        bench.send(1, until_ms=bench.now_ms + 300)
        bench.run(3000)
        bench.radio.chip.fault = None
        bench.run(9_000)  # 1, 2 and 4 s between its tries
        assert bench.line.heard(OUTCOME), fault
        bench.line.heard(HEARD)
        bench.uplink()
        assert bench.until(HEARD), fault
        bench.send(2)
        assert bench.until(OUTCOME)[1:3] == [2, SENT], fault


def test_a_status_comes_every_minute_and_when_asked_for():
    bench = GatewayBench()
    bench.line.heard(STATUS)
    bench.run(60_500)
    assert len(bench.line.heard(STATUS)) == 1
    status = status_of(bench)
    assert abs(status["uptime_ms"] - bench.now_ms) < 5
    assert (status["region"], status["channel"], status["rate"], status["power_dbm"]) == ("KR920", 0, 5, 14)


def test_garbage_on_the_line_costs_a_counter():
    bench = GatewayBench()
    dice = Dice(11)
    for _ in range(50):
        bench.line.typed += dice.bytes(200)
        bench.run(3)
    for odd in ([9], [16, 1], [0, b"x", 0, 0, 0, 0, 0, 0, 0], [17, 1], 5):
        bench.line.tell(odd)
    bench.line.tell([16, 1, b"", 0, 5, 14, None, 1])
    bench.line.typed += b"\x00"
    bench.run(10)
    assert status_of(bench)["noise"] > 5000
    assert bench.line.heard(OUTCOME) == []
    bench.uplink()
    assert bench.until(HEARD)


def test_a_host_that_takes_nothing_costs_bounded_memory():
    bench = GatewayBench()
    bench.line.stuck = True
    for _ in range(40):
        bench.uplink()
        bench.run(200)
    port = bench.gateway.ports[0]
    assert len(port._held) <= 2048 and port.lost > 0
    bench.line.stuck = False
    bench.run(10)
    assert 10 < len(bench.line.heard(HEARD)) < 40
    bench.uplink()
    assert bench.until(HEARD)


class Led:
    """Keeps what it was asked to show."""

    shown = None

    def poll(self, node, now_ms):
        self.shown = node.led_code


def test_its_led_tells_of_host_and_radio():
    bench = GatewayBench()
    led = bench.gateway._led = Led()
    bench.run(10)
    assert led.shown == "unanswered"
    bench.ask()
    bench.run(10)
    assert led.shown == "synchronised"
    bench.gateway._host_ms -= 150_000
    bench.run(10)
    assert led.shown == "unanswered"
    bench.radio.chip.fault = "silence"
    bench.run(2000)
    assert led.shown == "sensor_fault"
