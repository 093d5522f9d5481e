"""The host's side of a board gateway: its clock, what goes up and down, and what becomes of it when either end fails."""

import itertools

import pytest
from gilmok_collector.radio import Downlink
from gilmok_collector.radio.board import _REFUSALS, ALIVE_MS, LATE_MS, TRIP_MS, BoardGateway, GatewayClock
from gilmok_site.radio_sources import REASONS as REASON_WORDS
from gilmok_wire import cbor
from gilmok_wire import gateway_messages as wire
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.gateway_messages import ASK, FULL, HEARD, LOST, MISSED, OUTCOME, REFUSED, SEND, SENT, STATUS
from gilmok_wire.radio_law import OCCUPIED, POWER
from support.board_host import UNIX_MS, Host
from support.dice import Dice

FRAME = b"\xe5\x02\x01\x00\x01" + bytes(46)
AHEAD_MS = 7_000  # the host's clock less the gateway's


class Bench:
    """A host whose gateway the test plays; `now` is the host's clock in ms."""

    def __init__(self, region="KR920", power_dbm=14, listening=True):
        self.now = 100_000
        self.host = Host(lambda: self.now)
        self.gateway = self.host.gateway
        self._deframer = Deframer()
        self.numbers = itertools.count(1)
        self.status(region, power_dbm, listening)

    @property
    def uptime(self):
        return self.now - AHEAD_MS

    def tell(self, message):
        self.host.line.pump(encode_frame(cbor.encode(message)))

    def status(self, region="KR920", power_dbm=14, listening=True, ledger=(), faults=()):
        counts = [0, 0, 0, 0, 0]
        self.tell([STATUS, self.uptime, region, 0, 5, power_dbm, "0.1.0", listening, *counts, [0] * 11, list(ledger), list(faults), 0])

    def hear(self, end_ms=None):
        """Let the gateway have heard a frame, and return it as it came up."""
        end_ms = self.uptime if end_ms is None else end_ms
        self.tell([HEARD, FRAME, 0, 922_100_000, 7, 125_000, -80, 72, end_ms])
        return self.host.uplinks[-1]

    def send(self, uplink=None, delay_ms=None, within_ms=5000, power_dbm=14):
        """Have a frame sent; return its number."""
        number = next(self.numbers)
        token, end_us = (uplink.token, uplink.end_us) if uplink else (None, None)
        self.gateway.send(Downlink(number, FRAME, 0, 5, 922_100_000, 7, 125_000, power_dbm, delay_ms, within_ms, token, end_us))
        return number

    def asked(self):
        """Return the messages that the gateway was sent."""
        frames, _ = self._deframer.feed(self.host.taken())
        return [wire.decode(frame) for frame in frames]


def test_it_asks_at_once_and_is_up_when_answered():
    now = [5]
    host = Host(lambda: now[0])
    assert Deframer().feed(host.taken()) == ([cbor.encode([ASK])], [])
    assert not host.gateway.state.up and "no gateway" in host.gateway.state.error
    bench = Bench()
    assert bench.gateway.state.up and bench.gateway.state.error == "" and bench.gateway.law is None
    assert bench.gateway.status["region"] == "KR920"


def test_a_frame_has_the_time_of_its_end():
    bench = Bench()
    end_ms = bench.uptime
    bench.now += 40  # the line was slow
    uplink = bench.hear(end_ms)
    assert uplink.unix_ms == UNIX_MS + end_ms + AHEAD_MS
    assert (uplink.frequency_hz, uplink.sf, uplink.bw_hz, uplink.rssi_dbm, uplink.snr_cb) == (922_100_000, 7, 125_000, -80, 72)
    assert (uplink.frame, uplink.gateway, uplink.end_us) == (FRAME, "gw-1", 1000 * end_ms)


def test_an_answer_waits_for_its_moment_by_the_gateways_clock():
    bench = Bench()
    uplink = bench.hear()
    at_ms = bench.uptime + 2000
    bench.now += 300
    bench.asked()
    number = bench.send(uplink, 2000)
    assert bench.asked() == [[SEND, number, FRAME, 0, 5, None, at_ms, at_ms + LATE_MS]]


def test_what_has_no_moment_has_an_end():
    bench = Bench()
    bench.asked()
    number = bench.send(within_ms=5000)
    assert bench.asked() == [[SEND, number, FRAME, 0, 5, None, None, bench.uptime + 5000]]


def test_its_antenna_is_its_own_business_and_less_power_the_hubs():
    bench = Bench(power_dbm=8)
    bench.asked()
    bench.send(power_dbm=14)
    bench.send(power_dbm=5)
    assert [message[5] for message in bench.asked()] == [None, 5]


@pytest.mark.parametrize(
    ("outcome", "reason", "in_ms", "error", "again_in_ms"),
    [
        (SENT, 0, 0, None, None),
        (REFUSED, OCCUPIED, 5, "OCCUPIED", 5),
        (REFUSED, POWER, None, "POWER", None),
        (REFUSED, 99, None, "REFUSED", None),
        (MISSED, 0, None, "TOO_LATE", 0),
        (LOST, 0, None, "RADIO", 1000),
        (FULL, 0, None, "FULL", 500),
        (7, 0, None, "REFUSED", 0),
    ],
)
def test_what_became_of_it_is_told_once(outcome, reason, in_ms, error, again_in_ms):
    bench = Bench()
    number = bench.send()
    message = [OUTCOME, number, outcome, reason, None if in_ms is None else bench.uptime + in_ms]
    bench.tell(message)
    bench.tell(message)
    bench.tell([OUTCOME, 999, SENT, 0, 5])
    assert bench.host.outcomes == [(number, error, None if again_in_ms is None else bench.now + again_in_ms)]


def test_every_refusal_has_its_word():
    assert len(_REFUSALS) == len(REASON_WORDS)


def test_without_a_line_it_says_so_at_once():
    bench = Bench()
    bench.host.line.close()
    number = bench.send()
    assert bench.host.outcomes == [(number, "DOWN", bench.now + 500)] and not bench.gateway.state.up


def test_a_gateway_that_restarts_knows_nothing_of_frames_before():
    bench = Bench()
    uplink = bench.hear()
    waiting = bench.send(uplink, 2000)
    bench.now += 1000
    bench.tell([STATUS, 500, "KR920", 0, 5, 14, "0.1.0", True, 0, 0, 0, 0, 0, [0] * 11, [], [], 0])
    late = bench.send(uplink, 2000)
    assert [(number, error) for number, error, _ in bench.host.outcomes] == [(waiting, "DOWN"), (late, "TOO_LATE")]
    bench.asked()
    bench.tell([HEARD, FRAME, 0, 922_100_000, 7, 125_000, -80, 72, 600])
    uplink = bench.host.uplinks[-1]
    assert abs(uplink.unix_ms - (UNIX_MS + bench.now)) <= 100
    bench.send(uplink, 2000)
    assert bench.asked()[-1][6] == 2600


def test_a_line_that_comes_back_has_lost_what_waited():
    bench = Bench()
    number = bench.send()
    bench.asked()
    bench.host.line.close()
    bench.host.line.start()
    assert bench.host.outcomes == [(number, "DOWN", bench.now + 500)]
    assert bench.asked() == [[ASK]]


def test_it_is_down_when_silent_or_deaf_or_of_another_region():
    bench = Bench()
    bench.now += ALIVE_MS
    assert "silent" in bench.gateway.state.error
    bench.status()
    assert bench.gateway.state.up
    bench.status(listening=False)
    assert "radio" in bench.gateway.state.error
    bench.status(region="EU868")
    assert "EU868" in bench.gateway.state.error and not bench.gateway.state.up


def test_its_ledger_and_its_radios_faults_are_here():
    bench = Bench()
    assert bench.gateway.airtime(bench.now) == [] and bench.gateway.faults == {}
    bench.status(ledger=[[12_000, 36_000]], faults=[["busy", 2], ["reset", 1]])
    assert bench.gateway.airtime(bench.now) == [(12_000, 36_000)] and bench.gateway.faults == {"busy": 2, "reset": 1}


def test_it_is_asked_now_and_then_without_a_timer():
    bench = Bench()
    bench.asked()
    for _ in range(10):
        bench.now += 10_000
        bench.status()
    assert bench.asked() == [[ASK]] * 3


def test_the_way_is_as_long_as_it_was_seen():
    bench = Bench()
    assert bench.gateway.trip_ms == TRIP_MS
    bench.hear(bench.uptime - 200)
    slow_ms = bench.gateway.trip_ms
    assert slow_ms == TRIP_MS + 400
    for _ in range(60):
        bench.now += 1000
        bench.hear()
    assert TRIP_MS <= bench.gateway.trip_ms < slow_ms


def test_garbage_is_counted_and_text_handed_on():
    bench = Bench()
    dice = Dice(4)
    bench.host.line.pump(b"\x00gilmok 0.1.0 gateway gw-1: type status\r\n")
    for _ in range(300):
        data = bytearray(cbor.encode([OUTCOME, 1, SENT, 0, None]))
        data[dice.below(len(data))] = dice.below(256)
        bench.tell(cbor.decode(cbor.encode(dice.below(99))))
        bench.host.line.pump(encode_frame(bytes(data)))
        bench.host.line.pump(dice.bytes(40) + b"\x00")
    bench.tell([ASK])
    assert bench.gateway.left_out > 300 and bench.gateway.state.up
    assert "gilmok 0.1.0 gateway gw-1: type status" in bench.host.texts


def test_a_clock_that_drifts_and_a_line_that_stalls():
    dice, clock = Dice(9), GatewayClock()
    for second in range(3600):
        uptime_ms = second * 1000
        now_ms = 50_000 + uptime_ms + uptime_ms * 50 // 1_000_000  # 50 ppm
        clock.note(uptime_ms, now_ms + dice.pick((1, 3, 3, 20, 200, 1500)))
        assert clock.generation == 0
        if second > 10:
            assert -7 <= clock.ours(uptime_ms) - now_ms <= 4, second  # the quickest of two minutes, in which it drifts 6 ms
    clock.note(5, now_ms + 1000)
    assert clock.generation == 1 and clock.ours(5) == now_ms + 1000


def test_it_runs_on_a_real_line():
    """Over pyserial's loop: what is written comes back, so it hears its own question, which nobody answers."""
    import serial

    gateway = BoardGateway("gw", "KR920", lambda: serial.serial_for_url("loop://", timeout=0.01), *[lambda *_: None] * 3, *[lambda: 0] * 2)
    gateway.start()
    try:
        for _ in range(1000):
            if gateway.left_out:
                break
            gateway._link._stop.wait(0.01)
        assert gateway.left_out == 1 and not gateway.state.up
    finally:
        gateway.close()
