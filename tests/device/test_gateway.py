"""The gateway's firmware over a virtual SX1262: what goes up, when downlinks leave, what the law refuses, faults, the line."""

from device.gateway_bench import KEY_FRAME, GatewayBench, status_of
from gilmok_wire.gateway_messages import FULL, HEARD, MISSED, OUTCOME, REFUSED, SENT, STATUS
from gilmok_wire.radio_law import CHANNEL, DWELL, OCCUPIED, PAUSE, POWER, QUOTA, RATE, REASONS, SIZE, RadioLaw
from gilmok_wire.regions import REGIONS

WINDOW_MS = 2000
WIDENED_MS = 5  # what a node's window is open before and after its moment


def test_it_says_what_it_is_and_answers_people():
    bench = GatewayBench()
    assert bench.line.texts == ["gilmok 0.1.0 gateway gw-1: type status"]
    assert len(bench.line.heard(STATUS)) == 1
    bench.line.typed += b"status\nhelp\n"
    bench.run(5)
    text = "\n".join(bench.line.texts[1:])
    assert "KR920 channel 0 (922.100 MHz) SF7 125 kHz 14 dBm" in text and "radio    receiving" in text
    assert "0 heard" in text and text.endswith("commands: status")
    assert bench.board.fed and bench.gateway.lines == () and bench.gateway.alarms is None


def test_what_it_hears_goes_up_with_its_metadata():
    bench = GatewayBench()
    end_ms = bench.uplink()
    message = bench.until(HEARD)
    assert message[:8] == [HEARD, KEY_FRAME, 0, 922_100_000, 7, 125_000, -80, 72]
    assert 0 <= message[8] - end_ms + 1 <= 3, (message[8], end_ms)
    assert status_of(bench)["heard"] == 1
    bench.bench.clean()


def test_only_frames_that_begin_with_111_go_up():
    bench = GatewayBench()
    for first in (0x00, 0x20, 0x40, 0x9F, 0xC0, 0xDF):
        bench.uplink(bytes((first,)) + KEY_FRAME[1:])
        bench.run(150)
    assert bench.line.heard(HEARD) == [] and status_of(bench)["heard"] == 0
    for first in (0xE0, 0xE5, 0xFF):
        bench.uplink(bytes((first,)) + KEY_FRAME[1:])
        bench.run(150)
    assert [message[1][0] for message in bench.line.heard(HEARD)] == [0xE0, 0xE5, 0xFF]


def test_it_hears_neither_other_rates_nor_other_gateways():
    bench = GatewayBench(rate=3)
    for changes in ({"sf": 8}, {"frequency_hz": 922_300_000}, {"inverted_iq": True}):
        bench.uplink(**changes)
        bench.run(600)
    assert bench.line.heard(HEARD) == []
    bench.uplink()
    assert bench.until(HEARD)[4] == 9


def test_damaged_frames_are_counted():
    bench = GatewayBench()
    bench.bench.ether.damage = True
    bench.uplink()
    bench.run(200)
    bench.bench.ether.damage, bench.bench.ether.headless = False, True
    bench.uplink()
    bench.run(200)
    assert bench.line.heard(HEARD) == [] and status_of(bench)["damaged"] == 2
    bench.bench.ether.headless = False
    bench.uplink()
    assert bench.until(HEARD)


def test_a_downlink_begins_within_two_milliseconds_and_a_node_hears_it():
    # A desk's interpreter, and a slow chip's, whose radio takes 10 ms to tune.
    for look_us, region, rate in ((20, "KR920", 5), (20, "KR920", 0), (20, "US915", 1), (600, "KR920", 5), (600, "AS923", 3)):
        bench = GatewayBench(region=region, rate=rate, look_us=look_us)
        bench.law._quotas = []  # as an hour later
        bench.law._grids = tuple([grid[:6] + (None,) for grid in bench.law._grids])
        for turn in range(3):
            bench.uplink()
            end_ms = bench.until(HEARD)[8]
            at_ms = end_ms + WINDOW_MS
            bench.send(turn, bytes((0xF1, turn)) + KEY_FRAME, at_ms=at_ms, power_dbm=None)
            bench.run(at_ms - 300 - bench.now_ms)
            bench.listen()
            outcome = bench.until(OUTCOME)
            start_ms, sent_ms, air, payload = bench.sent()[-1]
            assert outcome[:4] == [OUTCOME, turn, SENT, 0] and 0 <= outcome[4] - sent_ms + 1 <= 3
            off_ms = start_ms - at_ms
            assert abs(off_ms) < (WIDENED_MS if look_us > 20 and not turn else 3), (look_us, region, turn, off_ms)
            assert air.inverted_iq and air.crc
            assert bench.nodes[0].poll() == "received" and bytes(bench.nodes[0].driver.frame) == payload
        assert len(bench.sent()) == 3
        bench.bench.clean()


def test_without_a_moment_it_goes_as_soon_as_it_may():
    bench = GatewayBench()
    bench.run(100)
    asked_ms = bench.now_ms
    bench.send(until_ms=asked_ms + 1000)
    assert bench.until(OUTCOME)[2] == SENT
    assert bench.sent()[0][0] - asked_ms < 15


def test_it_listens_again_after_it_has_sent():
    bench = GatewayBench()
    bench.run(100)
    bench.send()
    assert bench.until(OUTCOME)[2] == SENT
    bench.uplink()
    assert bench.until(HEARD)


def test_half_duplex_hears_nobody_while_it_sends():
    bench = GatewayBench(count=3)
    bench.run(100)
    bench.send(frame=KEY_FRAME + bytes(100))
    bench.run(20)
    assert bench.gateway._sending
    bench.uplink()
    assert bench.until(OUTCOME)[2] == SENT
    bench.run(300)
    assert bench.line.heard(HEARD) == []


def test_a_frame_that_ended_just_before_is_not_lost_by_listening():
    for early_ms in range(0, 24, 2):
        bench = GatewayBench()
        end_ms = bench.uplink()
        at_ms = int(end_ms) + early_ms
        bench.send(at_ms=at_ms, until_ms=at_ms + 500)
        heard = bench.until(HEARD, 1000)
        outcome = bench.until(OUTCOME)
        assert outcome[2] == SENT
        if heard:
            assert 0 <= heard[8] - end_ms + 1 <= 3
        else:
            assert early_ms <= 12, "there was time to hear it before listening to the channel"


def test_what_the_law_never_allows_is_refused_at_once():
    bench = GatewayBench()
    bench.run(100)
    cases = (
        ({"channel": 13}, CHANNEL),
        ({"rate": 6}, RATE),
        ({"power_dbm": 15}, POWER),
        ({"power_dbm": 40}, POWER),
        ({"channel": 12, "power_dbm": 11}, POWER),
        ({"rate": 0, "frame": KEY_FRAME + bytes(20)}, SIZE),
    )
    for index, (changes, reason) in enumerate(cases):
        bench.send(index, until_ms=bench.now_ms + 5000, **changes)
        bench.run(3)
        assert bench.line.heard(OUTCOME) == [[OUTCOME, index, REFUSED, reason, None]], changes
    assert bench.sent() == []
    assert status_of(bench)["refused"] == [0, 1, 1, 1, 3] + [0] * (REASONS - 5)
    bench = GatewayBench(region="AS923", rate=3)
    bench.send(rate=2, frame=KEY_FRAME[:24], until_ms=bench.now_ms + 100)
    assert bench.until(OUTCOME)[3] in (DWELL, QUOTA)


def test_an_antenna_takes_its_gain_from_the_power():
    bench = GatewayBench(antenna_dbi=6, power_dbm=8)
    bench.run(100)
    bench.send(1, power_dbm=9)
    assert bench.until(OUTCOME)[2:4] == [REFUSED, POWER]
    bench.send(2, power_dbm=None)
    assert bench.until(OUTCOME)[2] == SENT
    assert bench.sent()[0][2].power_dbm == 8


def test_an_occupied_channel_is_tried_again_and_told():
    bench = GatewayBench(count=3)
    bench.run(100)
    bench.bench.ether.rssi_dbm = -60
    end_ms = bench.uplink(KEY_FRAME + bytes(150))
    bench.send(1)  # 10 ms are too few
    outcome = bench.until(OUTCOME)
    assert outcome[:4] == [OUTCOME, 1, REFUSED, OCCUPIED] and outcome[4] >= bench.now_ms - 20
    assert bench.now_ms < end_ms
    bench.send(2, until_ms=bench.now_ms + 1000)
    assert bench.until(OUTCOME)[1:3] == [2, SENT]
    assert end_ms <= bench.sent()[0][0] < end_ms + 30
    assert status_of(bench)["refused"][OCCUPIED] == 1


def test_the_pause_is_kept_and_told():
    bench = GatewayBench()
    bench.run(100)
    bench.send(1)
    ended_ms = bench.until(OUTCOME)[4]
    bench.send(2, until_ms=ended_ms + 20)
    outcome = bench.until(OUTCOME)
    assert outcome[:4] == [OUTCOME, 2, REFUSED, PAUSE] and ended_ms + 45 <= outcome[4] <= ended_ms + 55
    bench.send(3, until_ms=ended_ms + 500)
    assert bench.until(OUTCOME)[1:3] == [3, SENT]
    assert bench.sent()[1][0] - bench.sent()[0][1] >= 50


def test_a_used_up_quota_is_told_with_the_time():
    bench = GatewayBench(region="EU868")
    bench.send(1, until_ms=bench.now_ms + 10_000)
    outcome = bench.until(OUTCOME)
    assert outcome[:4] == [OUTCOME, 1, REFUSED, QUOTA]  # after a boot all counts as used
    assert outcome[4] > 60_000
    ledger = status_of(bench)["ledger"]
    assert [allowed for _, allowed in ledger] == [36_000, 36_000, 360_000] and ledger[0][0] >= 36_000


class Ledger:
    """Keeps what was saved; `works` says whether it can."""

    def __init__(self, data=None):
        self.data = data
        self.works = True

    def save(self, data):
        if self.works:
            self.data = data
        return self.works


def test_a_ledger_lets_it_answer_after_a_restart_and_keeps_what_it_sent():
    first = GatewayBench(region="EU868")
    ledger = first.gateway._ledger = Ledger()
    first.law._quotas = RadioLaw(REGIONS["EU868"], 0, saved=bytes(2 * 3 * 61))._quotas  # nothing was sent for an hour
    ledger.works = False
    first.send(1, until_ms=first.now_ms + 500)
    outcome = first.until(OUTCOME)
    assert outcome[:4] == [OUTCOME, 1, REFUSED, QUOTA] and first.sent() == [], "what cannot be written down is not sent"
    ledger.works = True
    first.send(2)
    assert first.until(OUTCOME)[1:3] == [2, SENT]
    used_ms = first.law.report(first.now_ms)[0][0]
    assert used_ms > 50
    second = RadioLaw(REGIONS["EU868"], 0, saved=ledger.data)
    assert second.report(0)[0][0] == used_ms, "the next life counts it"
    assert second.ask(10, 0, 5, 51, 14)[0]


def test_what_comes_too_late_or_is_of_another_life_is_told():
    bench = GatewayBench()
    bench.run(100)
    now_ms = bench.now_ms
    for id, at_ms, until_ms in ((1, now_ms - 50, now_ms - 40), (2, now_ms + 21_000, now_ms + 21_010), (3, 1 << 40, 1 << 40)):
        bench.send(id, at_ms=at_ms, until_ms=until_ms)
        bench.run(5)
        assert bench.line.heard(OUTCOME) == [[OUTCOME, id, MISSED, 0, None]]
    assert status_of(bench)["missed"] == 3 and bench.sent() == []


def test_two_for_one_moment_the_second_is_told():
    bench = GatewayBench()
    bench.run(100)
    at_ms = bench.now_ms + 1000
    for id in (1, 2):
        bench.send(id, at_ms=at_ms)
    assert bench.until(OUTCOME)[1] == 2 or bench.until(OUTCOME)[1] == 1
    bench.run(200)
    assert len(bench.sent()) == 1 and abs(bench.sent()[0][0] - at_ms) < 3


def test_each_goes_at_its_moment_whatever_the_order_of_asking():
    bench = GatewayBench()
    bench.run(100)
    begin_ms = bench.now_ms + 500
    for id in (3, 0, 2, 1):
        bench.send(id, bytes((0xF0, id)) + KEY_FRAME, at_ms=begin_ms + 300 * id)
    bench.run(2500)
    assert [payload[1] for _, _, _, payload in bench.sent()] == [0, 1, 2, 3]
    for index, (start_ms, _, _, _) in enumerate(bench.sent()):
        assert abs(start_ms - begin_ms - 300 * index) < 3
    assert [outcome[1:3] for outcome in bench.line.heard(OUTCOME)] == [[id, SENT] for id in range(4)]


def test_eight_wait_and_no_more():
    bench = GatewayBench()
    bench.run(100)
    for id in range(10):
        bench.send(id, at_ms=bench.now_ms + 10_000)
    bench.run(5)
    assert bench.line.heard(OUTCOME) == [[OUTCOME, id, FULL, 0, None] for id in (8, 9)]
