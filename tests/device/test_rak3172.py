"""The port over a RAK3172: joining, sending, answers, what the modem refuses, and what happens when it falls silent."""

from device.rak_bench import VirtualRak3172
from gilmok_node.rak3172 import PORT, RATES, UART, Rak3172
from gilmok_wire.airtime import airtime_us
from support.dice import Dice

FRAME = b"\xe5\x01\x02\x00\x01" + bytes(range(40))


class Bench:
    """A port with its modem, on a clock in ms."""

    def __init__(self, joined=True, rate=5):
        self.now = 0
        self.modem = VirtualRak3172(lambda: self.now)
        self.modem.joined, self.modem.rate = joined, rate
        self.port = Rak3172(self.modem, 0)
        self.frames, self.sent = [], []
        self.port.on_frame = lambda frame, port, now_ms: self.frames.append(frame) or True
        self.port.on_sent = lambda port, end_ms: self.sent.append(end_ms)

    def run(self, span_ms):
        end = self.now + span_ms
        while self.now < end:
            at = self.port.poll(self.now)
            assert at > self.now, "it asks to be called again later"
            self.now = min(max(at, self.now + 1), self.now + 100, end)

    def ready(self):
        self.run(10_000)
        assert self.port.up and self.port.free(self.now)
        return self


def test_a_joined_modem_is_ready_at_once():
    bench = Bench()
    bench.run(200)
    assert bench.port.up and bench.port.free(bench.now)
    assert bench.modem.commands == [b"AT", b"AT+NJS=?", b"AT+DR=?"]
    assert bench.port.link.mtu == 222 and not bench.port.link.full_duplex and bench.port.cost == 2
    assert UART[:3] == (115_200, 8, None)


def test_one_that_is_not_joined_joins():
    bench = Bench(joined=False)
    bench.run(2000)
    assert not bench.port.up and bench.modem.commands[-1] == b"AT+JOIN=1:0:10:8"
    bench.ready()


def test_a_join_that_fails_is_tried_again_and_less_often():
    bench = Bench(joined=False)
    bench.modem.joins = False
    bench.run(120_000)
    joins = [command for command in bench.modem.commands if command.startswith(b"AT+JOIN")]
    assert 4 <= len(joins) <= 7 and bench.port.faults == {"not joined": len(joins)} and not bench.port.up
    bench.modem.joins = True
    bench.run(80_000)
    assert bench.port.up


def test_a_frame_goes_up_and_its_answer_comes_down():
    bench = Bench().ready()
    bench.modem.queue.append((PORT, b"\xf1" + bytes(range(30))))
    bench.port.send(FRAME, bench.now)
    assert not bench.port.free(bench.now)
    sent_ms = bench.now
    bench.run(1600)
    assert bench.modem.uplinks == [(PORT, FRAME)] and bench.port.free(bench.now)
    assert len(bench.sent) == 1 and sent_ms + 1400 <= bench.sent[0] <= sent_ms + 1600
    assert bench.frames == []
    bench.run(1500)
    assert bench.frames == [b"\xf1" + bytes(range(30))]
    assert bench.port.report()["sent"] == bench.port.report()["heard"] == 1


def test_downlinks_of_other_ports_are_not_ours():
    bench = Bench().ready()
    for line in (b"+EVT:RX_2:-47:9:UNICAST:2:e500", b"+EVT:RX_1:-47:9:UNICAST:71:e5zz", b"+EVT:RX_1:-47", b"+EVT:RX_1:::UNICAST::"):
        bench.modem.say(line)
    bench.modem.say(b"+EVT:RX_2:-110:-12:UNICAST:71:e500ff")
    bench.run(100)
    assert bench.frames == [b"\xe5\x00\xff"]


def test_a_busy_modem_is_asked_again():
    bench = Bench().ready()
    bench.modem.busy = 3
    bench.port.send(FRAME, bench.now)
    bench.run(6000)
    assert bench.modem.uplinks == [(PORT, FRAME)] and bench.port.faults == {"busy": 3} and bench.port.up


def test_a_network_that_chooses_a_slower_rate_makes_frames_smaller():
    bench = Bench().ready()
    bench.modem.rate = 0
    bench.port.send(bytes(100), bench.now)
    bench.run(1000)
    assert bench.port.link.mtu == 51 and bench.port.faults == {"too long": 1} and bench.port.free(bench.now)
    bench.port.send(bytes(52), bench.now)
    assert bench.port.free(bench.now) and bench.port.faults == {"too long": 2}
    bench.port.send(FRAME, bench.now)
    bench.run(2000)
    assert bench.modem.uplinks == [(PORT, FRAME)]
    bench.modem.rate = 3
    bench.run(70_000)
    assert bench.port.link.mtu == 115, "it asks every minute"


def test_a_modem_that_left_the_network_joins_again():
    bench = Bench().ready()
    bench.modem.joined = False
    bench.port.send(FRAME, bench.now)
    bench.run(100)
    assert not bench.port.up
    bench.run(15_000)
    assert bench.port.up and bench.port.faults == {"not joined": 1}


def test_silence_and_nonsense_are_counted_and_survived():
    for fault in ("silence", "noise"):
        bench = Bench().ready()
        bench.modem.fault = fault
        bench.port.send(FRAME, bench.now)
        bench.run(200_000)
        assert not bench.port.up and bench.port.faults["silent"] >= 5, (fault, bench.port.faults)
        assert len(bench.modem.commands) < 30, "less and less often"
        bench.modem.fault = None
        bench.run(80_000)
        assert bench.port.up, fault
        bench.port.send(FRAME, bench.now)
        bench.run(2000)
        assert bench.modem.uplinks == [(PORT, FRAME)], fault


def test_a_send_that_never_ends_is_given_up():
    bench = Bench().ready()
    bench.modem.deaf = True
    bench.port.send(FRAME, bench.now)
    bench.run(29_000)
    assert bench.port.up and not bench.port.free(bench.now)
    bench.modem.deaf = False
    bench.run(5_000)
    assert bench.port.faults == {"silent": 1} and bench.port.up and bench.port.free(bench.now)


def test_any_bytes_in_any_pieces():
    dice = Dice(8)
    bench = Bench().ready()
    for _ in range(100):
        bench.modem._coming.append((bench.now, dice.bytes(dice.below(900))))
        bench.run(10)
    assert len(bench.port._line) <= 600 and bench.port.noise > 0
    bench.modem._coming.append((bench.now, b"\r\n"))
    bench.run(40_000)
    assert bench.port.up
    bench.frames = []
    bench.modem.say(b"+EVT:RX_1:-47:9:UNICAST:71:e500ff")
    bench.run(100)
    assert bench.frames == [b"\xe5\x00\xff"]


def test_its_link_never_promises_more_than_the_air_gives():
    for rate, (sf, size) in enumerate(RATES):
        bench = Bench(rate=rate).ready()
        for count in (13, size // 2, size):
            air_ms = airtime_us(count + 13, sf, 125_000) / 1000
            assert air_ms <= bench.port.link.air_ms(count) <= 1.5 * air_ms + 20, (rate, count)
