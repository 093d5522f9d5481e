"""The port over a RAK3172: joining, sending, answers, what the modem refuses, and what happens when it falls silent."""

from gilmok_node.config import ConfigError
from gilmok_node.radio.lorawan_start import start
from gilmok_node.radio.rak3172 import BAUD, PORT, RATES, Rak3172
from gilmok_node.radio.rak3172_sleep import SETTINGS, DozingModem
from gilmok_sim.chips.rak3172 import VirtualRak3172
from gilmok_wire.airtime import airtime_us
from support.dice import Dice

FRAME = b"\xe5\x01\x02\x00\x01" + bytes(range(40))


class Bench:
    """A port with its modem, on a clock in ms."""

    def __init__(self, joined=True, rate=5, settings=()):
        self.now = 0
        self.modem = VirtualRak3172(lambda: self.now)
        self.modem.joined, self.modem.rate = joined, rate
        self.port = Rak3172(self.modem, 0, settings=settings)
        self.frames, self.sent = [], []
        self.port.on_frame = lambda frame, port, now_ms: self.frames.append(frame) or True
        self.port.on_sent = lambda port, end_ms: self.sent.append(end_ms)
        self.told = []
        self.port.on_fault = lambda text, is_fault: self.told.append((text, is_fault))

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
    assert BAUD == 115_200


def test_one_that_is_not_joined_joins():
    bench = Bench(joined=False)
    bench.run(2000)
    assert not bench.port.up and bench.modem.commands[-1] == b"AT+JOIN=1:0:10:8"
    bench.ready()


def test_a_modem_gets_its_settings_once():
    settings = [(b"NWM", b"1"), (b"BAND", b"8"), (b"APPKEY", b"0A" * 16)]
    bench = Bench(settings=settings)
    bench.modem.settings.update({b"NWM": b"1", b"BAND": b"8-1", b"APPKEY": b"00" * 16})
    bench.ready()
    assert bench.modem.written == [(b"APPKEY", b"0A" * 16)], "what it has already stays, and spares its flash"
    assert b"AT+JOIN=1:0:10:8" in bench.modem.commands, "what it was joined with is not what it has now"
    del bench.modem.commands[:]
    bench.port._lose("silent", bench.now)
    bench.ready()
    assert len(bench.modem.written) == 1 and not [each for each in bench.modem.commands if b"JOIN" in each]
    bench.modem.settings[b"BAND"] = b"4"  # another modem has been plugged in
    bench.port._lose("silent", bench.now)
    bench.ready()
    assert bench.modem.written[1:] == [(b"BAND", b"8")]


def test_a_modem_that_does_not_know_a_setting_never_sends():
    bench = Bench(settings=[(b"MASK", b"0001")])
    bench.run(60_000)
    assert not bench.port.up and bench.port.faults["refused"] > 3 and not bench.modem.uplinks


EUI, JOIN_EUI, KEY = bytes(range(8)), bytes(8), bytes(range(0xA0, 0xB0))


class Buses:
    def peer(self, number, tx=None, rx=None, baud=0):
        self.opened = number, tx, rx, baud
        return VirtualRak3172(lambda: 0)


def test_a_configuration_becomes_a_port():
    buses = Buses()
    port = start(["rak3172", [1, 17, 16], "KR920", [EUI, JOIN_EUI], KEY], buses, lambda: 0)
    assert buses.opened == (1, 17, 16, 115_200)
    assert port._settings == [
        (b"NWM", b"1"),
        (b"NJM", b"1"),
        (b"BAND", b"7"),
        (b"LBT", b"1"),
        (b"DEVEUI", b"0001020304050607"),
        (b"APPEUI", b"0000000000000000"),
        (b"APPKEY", b"A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"),
    ]
    assert [value for _, value in start(["rak3172", [0], "EU868", None, None], buses, lambda: 0)._settings] == [b"1", b"1", b"4"]
    assert buses.opened == (0, None, None, 115_200)
    port = start(["rak3172", [1, 17, 16], "KR920", None, None], buses, lambda: 0, True)
    assert isinstance(port, DozingModem) and port._settings[4:] == list(SETTINGS)


def test_a_configuration_that_is_none_is_refused_without_its_key():
    for spec in (
        ["rak811", [1], "KR920", None, None],
        ["rak3172", [1], "US915", None, None],
        ["rak3172", [1], "KR920", None, KEY],
        ["rak3172", [1], "KR920", [EUI, JOIN_EUI], None],
        ["rak3172", 1, "KR920", [EUI, JOIN_EUI], KEY],
        ["rak3172", [], "KR920", [EUI, JOIN_EUI], KEY],
        ["rak3172"],
    ):
        try:
            start(spec, Buses(), lambda: 0)
        except ConfigError as error:
            assert "xa0" not in str(error) and "a0a1" not in str(error).lower()
        else:
            raise AssertionError(spec)


def test_a_join_that_fails_is_tried_again_and_less_often():
    bench = Bench(joined=False)
    bench.modem.joins = False
    bench.run(120_000)
    joins = [command for command in bench.modem.commands if command.startswith(b"AT+JOIN")]
    assert 4 <= len(joins) <= 7 and bench.port.faults == {"not joined": len(joins)} and not bench.port.up
    assert bench.told == [("lorawan not joined", True)], "said once"
    assert bench.port.report()["not joined"] == len(joins)
    bench.modem.joins = True
    bench.run(80_000)
    assert bench.port.up and bench.told[1:] == [("lorawan is back", False)]


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
    bench.port.adapt(3, 10)
    assert bench.port.link.mtu == 222, "the network chooses"


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


NAP_MS = 10  # gilmok_node.chip: what is shorter is no sleep


class Dozing(Bench):
    """A bench whose node hears nothing while it sleeps, and does in every pause that is long enough."""

    def __init__(self, **options):
        Bench.__init__(self, **options)
        self.port = DozingModem(self.modem, 0, settings=SETTINGS)
        self.port.on_frame = lambda frame, port, now_ms: self.frames.append(frame) or True
        self.port.on_sent = lambda port, end_ms: self.sent.append(end_ms)
        self.slept_ms = 0
        self.unheard = []

    def run(self, span_ms):
        end = self.now + span_ms
        while self.now < end:
            at = self.port.poll(self.now)
            assert at > self.now, "it asks to be called again later"
            at = min(at, self.now + 1000, end)  # the watchdog
            if at - self.now >= NAP_MS:
                self.slept_ms += at - self.now
                self.unheard += self.modem.lose(self.now, at)
            self.now = at


def test_a_modem_is_told_to_sleep():
    bench = Dozing().ready()
    assert bench.modem.written == [(b"LPMLVL", b"2"), (b"LPM", b"1")] and bench.modem.asleep
    spoken = len(bench.modem.commands)
    bench.slept_ms = 0
    bench.run(3_500_000)
    assert bench.slept_ms == 3_500_000 and len(bench.modem.commands) == spoken, "nobody has anything to say"
    bench.run(200_000)
    assert len(bench.modem.commands) > spoken, "now and then it is asked whether it is there"
    assert bench.port.up and not bench.unheard


def test_the_node_is_awake_while_an_answer_may_come():
    for delay_s, early in ((1, False), (5, False), (15, False), (1, True)):
        bench = Dozing()
        bench.modem.settings[b"RX1DL"] = str(delay_s).encode()
        bench.modem.delay_ms, bench.modem.early = 1000 * delay_s + 100, early
        bench.ready()
        for number in range(5):
            bench.run(100_000 + 7 * number)
            bench.modem.queue.append((PORT, bytes((0xF1, number))))
            bench.port.send(FRAME, bench.now)
            bench.run(1700 + bench.modem.delay_ms)
            slept = bench.slept_ms
            bench.run(500)
            assert bench.slept_ms - slept > 480, "an answer has come, and no other one will"
        assert bench.frames == [bytes((0xF1, number)) for number in range(5)], (delay_s, early)
        assert len(bench.modem.uplinks) == 5 and not bench.unheard and not bench.port.faults


def test_without_an_answer_it_sleeps_after_the_second_window():
    bench = Dozing().ready()
    bench.port.send(FRAME, bench.now)
    bench.run(1600)
    bench.slept_ms = 0
    bench.run(50_000)
    assert 44_000 < bench.slept_ms < 46_000, "a window after one second, another one after two, and 2.8 s of air"
    assert bench.port.free(bench.now)


def test_a_modem_that_mishears_what_wakes_it_gets_every_command():
    for joined in (True, False):
        bench = Dozing(joined=joined)
        bench.modem.settings[b"LPM"] = b"1"  # from before the node's restart
        bench.modem.mishears = True
        bench.ready()
        for _ in range(10):
            bench.run(30_000)
            bench.port.send(FRAME, bench.now)
        bench.run(10_000)
        assert [frame for _, frame in bench.modem.uplinks] == [FRAME] * 10 and not bench.port.faults and bench.modem.woken > 10


def test_a_letter_misheard_all_the_same_is_said_again_once():
    bench = Dozing().ready()
    bench.run(1000)
    bench.port.send(FRAME, bench.now)
    bench.run(60)
    assert bench.modem.commands[-1].startswith(b"AT+SEND")
    bench.modem._coming, bench.modem.uplinks = [], []  # it was something else that the modem heard
    bench.modem.say(b"AT_COMMAND_NOT_FOUND")
    bench.run(3000)
    assert bench.modem.uplinks == [(PORT, FRAME)] and not bench.port.faults
    bench.run(20_000)
    bench.modem.settings.pop(b"RX1DL")
    bench.port._lose("silent", bench.now)
    bench.ready()
    assert bench.port.faults == {"silent": 1}, "of an older firmware the longest delay is assumed"


def test_an_older_firmware_sleeps_as_it_can():
    bench = Dozing()
    del bench.modem.settings[b"LPMLVL"]
    bench.ready()
    assert bench.modem.written == [(b"LPM", b"1")] and not bench.port.faults
    bench = Dozing()
    del bench.modem.settings[b"CLASS"]
    bench.run(10_000)
    assert bench.port.faults["refused"] and not bench.port.up, "without class A a node that sleeps would miss answers"


def test_a_sleeping_network_costs_no_wakefulness():
    bench = Dozing(joined=False)
    bench.modem.joins = False
    bench.run(600_000)
    assert bench.slept_ms > 450_000 and not bench.port.up
    bench.modem.joins = True
    bench.run(120_000)
    assert bench.port.up
