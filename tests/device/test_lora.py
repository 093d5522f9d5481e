"""The LoRa port on a virtual SX1262: when it sends, where it listens, how fast it is."""

from device.lora_bench import ANSWER, PLAIN, SALTED, LoraBench, up
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import EAR_MS, SECOND_MS, UNTIL_ANSWERED, WINDOW_MS, answer_of, has_second


def test_a_frame_goes_out_and_its_end_is_told():
    bench = LoraBench()
    ((start, end),) = bench.send()
    assert len(bench.sent) == 1 and -1 < bench.sent[0] - end <= 2, (bench.sent, end)
    _, _, air, payload = bench.frames()[-1]
    assert payload == up() and not air.inverted_iq and air.crc and air.sync_word == 0x3444
    assert (air.frequency_hz, air.sf, air.power_dbm) == (922_099_999, 7, 14), "the chip's own raster"
    bench.bench.clean()


def test_a_node_that_listens_is_answered_at_once_and_told_something_later():
    bench = LoraBench()
    ((_, end),) = bench.send()
    bench.answer(end + 20)
    bench.run(500)
    bench.answer(bench.ms() + 30_000, ANSWER + b"later")
    bench.run(31_000)
    assert [frame for _, frame in bench.heard] == [ANSWER, ANSWER + b"later"]
    assert bench.port.report()["heard"] == 2
    bench.bench.clean()


def test_before_its_first_uplink_it_listens_where_the_region_says():
    bench = LoraBench(channels=(0, 1))
    bench.send(up())
    bench.boot()
    bench.run(100)
    bench.port._device = b"\x02\x01"
    bench.answer(bench.ms() + 100, place=bench.law.rx2)
    bench.run(4000)
    assert len(bench.heard) == 1


def test_others_frames_and_strangers_are_left_alone():
    bench = LoraBench()
    ((_, end),) = bench.send()
    bench.answer(end + 20, b"\xf1\x02\x02" + bytes(20))
    bench.run(200)
    bench.answer(bench.ms() + 20, b"\x40" + bytes(20))
    bench.run(200)
    bench.answer(bench.ms() + 20, b"\xf1\x02")
    bench.run(200)
    bench.answer(bench.ms() + 20, b"\xe9\xff\xff" + bytes(30))
    bench.run(200)
    assert [frame[:3] for _, frame in bench.heard] == [b"\xe9\xff\xff"] and bench.port.foreign == 3


def test_an_alarms_slower_copy_comes_behind_one_at_the_rate_of_now():
    """A gateway that answers others hears nobody: the slower the frame, the more of them meet an answer."""
    bench = LoraBench(channels=(0, 1, 2), rates=(0, 5), listens=UNTIL_ANSWERED)
    bench.port.adapt(3, 200)
    for slower in ([7, 7], [7, 8], [7, 9]):
        bench.send(urgent=True)
        assert [air.sf for _, _, air, _ in bench.frames()[-2:]] == slower
        bench.run(6000)
    bench.bench.clean()


def test_who_misses_answers_while_others_get_theirs_leaves_them_the_air_and_alarms_do_not_wait():
    bench = LoraBench(listens=UNTIL_ANSWERED)
    bench.port.foreign = 1
    for _ in range(7):
        ((_, end),) = bench.send(span_ms=60_000)
        bench.answer(end + 20, b"\xf1\x02\x02" + bytes(20))
        bench.run(6000, lambda bench=bench: bench.port._asked_ms is None)
    bench.chance = 65_535
    asked_ms = bench.ms()
    bench.port.send(up(), bench.ms())
    air_ms = bench.law.air_us(5, len(up())) // 1000
    assert bench.port._at - asked_ms > 100 * air_ms, "2 to the 7th"
    bench.chance = 0
    ((start, _),) = bench.send(urgent=True)
    assert start - asked_ms < 100
    bench.run(6000)
    for _ in range(20):
        ((_, end),) = bench.send(span_ms=60_000)
        bench.answer(end + 20)
        bench.run(6000, lambda bench=bench: bench.port._asked_ms is None)
    assert bench.port._pace.load == 0, "each answer that came at once takes half of it back"


def test_a_gateway_that_is_away_is_no_crowd():
    bench = LoraBench(listens=UNTIL_ANSWERED)
    for _ in range(12):
        ((_, end),) = bench.send(span_ms=60_000)
        bench.run(6000, lambda bench=bench: bench.port._asked_ms is None)
    ((_, end),) = bench.send(span_ms=60_000)
    bench.answer(end + 20)
    bench.run(500)
    assert bench.heard and bench.port._pace.load == 0


def test_an_alarm_takes_the_place_of_what_waits():
    bench = LoraBench()
    bench.run(100)
    bench.chance = 65_535
    bench.port._pace.unanswered = 4
    bench.port.send(up(number=1), bench.ms())
    assert not bench.port.free(bench.ms()) and bench.port.free(bench.ms(), True)
    bench.port._pace.unanswered = 0
    bench.send(up(number=2), True)
    assert [payload[4] for _, _, _, payload in bench.frames()] == [2]
    assert not bench.port._frame


def test_an_alarm_goes_twice_on_different_channels():
    for chance in range(0, 65_536, 9_000):
        bench = LoraBench(channels=(0, 1, 2, 3, 4), listens=False)
        bench.chance = chance
        first, second = bench.send(urgent=True)
        assert first[1] + 1000 < second[0] and second[1] < first[1] + WINDOW_MS, "no answer to somebody else covers both"
        where = [air.frequency_hz for _, _, air, _ in bench.frames()]
        assert where[0] != where[1]
        assert len(bench.sent) == 1 and abs(bench.sent[0] - first[1]) <= 2, "an anchor counts from the first copy"


def test_an_alert_goes_twice_at_every_rate_and_what_is_longer_where_the_copy_ends_before_the_first_ones_answer():
    for rate in range(6):
        bench = LoraBench(channels=(0, 1, 2), rates=(rate, rate), listens=False)
        first, second = bench.send(urgent=True)
        assert second[1] < first[1] + WINDOW_MS
    assert len(LoraBench(channels=(0, 1, 2), rates=(0, 0), listens=False).send(up(size=64), urgent=True)) == 1


def test_an_alarm_begins_at_once_at_the_rate_of_now_whatever_went_unanswered_before():
    bench = LoraBench(channels=(0, 1), rates=(0, 5))
    bench.port.adapt(3, 200)
    bench.port._pace.unanswered = 4
    bench.chance = 65_535
    asked_ms = bench.ms()
    (begun_ms, _), _ = bench.send(urgent=True)
    assert bench.frames()[-1][2].sf == 7 and begun_ms - asked_ms < 200


def test_an_alarm_that_is_repeated_before_the_longest_answer_could_have_come_goes_slower_all_the_same():
    bench = LoraBench(channels=(0, 1), rates=(0, 5), listens=False)
    bench.port.adapt(3, 200)
    bench.send(urgent=True)
    bench.run(1800)
    assert bench.port.missed == 0
    bench.send(urgent=True)
    assert bench.frames()[-1][2].sf == 8 and bench.port.missed == 1


def test_a_copy_does_not_go_where_the_first_was_answered():
    bench = LoraBench(channels=(0, 1))
    bench.run(100)
    bench.port.send(up(), bench.ms(), True)
    bench.run(1000, lambda: bench.sent)
    bench.answer(bench.sent[0] + 20, ANSWER[:13])
    bench.run(3000)
    assert len(bench.frames()) == len(bench.heard) == 1 and bench.port.free(bench.ms())


def test_who_listens_hears_an_answer_that_begins_in_time_before_it_sends_a_copy():
    """One right behind the first would meet every quick answer: neither node nor gateway would hear the other."""
    for rate in (5, 0):
        bench = LoraBench(channels=(0, 1), rates=(rate, rate))
        first, second = bench.send(urgent=True)
        assert second[0] - first[1] >= EAR_MS
        bench = LoraBench(channels=(0, 1), rates=(rate, rate))
        bench.run(100)
        bench.port.send(up(), bench.ms(), True)
        while not bench.sent:
            bench.run(1)
        bench.answer(bench.sent[0] + EAR_MS, bytes(ANSWER[:13]) + bytes(38))
        bench.run(6000)
        assert len(bench.frames()) == len(bench.heard) == 1, "the longest answer to an alert, begun as late as it may"


def test_what_the_group_says_is_no_frame_of_the_session():
    bench = LoraBench()
    bench.send(b"\xe9\xff\xff" + bytes(40), urgent=True)
    assert bench.sent == [] and bench.port._asked_ms is None


def test_a_frame_that_comes_while_another_is_on_the_air_is_lost():
    bench = LoraBench()
    bench.run(100)
    bench.port.send(up(number=1), bench.ms(), True)
    bench.port.send(up(number=2), bench.ms(), True)
    bench.run(1000, bench.frames)
    bench.port.send(up(number=3), bench.ms(), True)
    bench.run(1000)
    assert [payload[4] for _, _, _, payload in bench.frames()] == [1]
    bench.send(up(number=4))
    assert bench.frames()[-1][3][4] == 4


def test_with_one_channel_an_alarm_goes_once():
    bench = LoraBench()
    assert len(bench.send(urgent=True)) == 1


def test_an_alarm_is_slower_each_time_until_it_is_answered():
    bench = LoraBench(channels=(0, 1), rates=(0, 5))
    bench.port.adapt(3, 200)
    assert bench.port.rate == 5
    rates = []
    for _ in range(3):
        bench.send(urgent=True)
        rates.append(bench.frames()[-1][2].sf)
        bench.run(6000)
    assert rates == [7, 8, 9] and bench.port.missed == 3
    sent = bench.send(urgent=True)
    rates = [air.sf for _, _, air, _ in bench.frames()[-2:]]
    assert bench.port.rate == 4, "three in vain: everything goes slower"
    assert rates == [8, 10], "one copy at the rate of now, for a gateway that is often deaf for others"
    bench.answer(sent[-1][1] + 20)
    bench.run(3000)
    bench.send(urgent=True)
    assert bench.frames()[-1][2].sf == 8


def test_a_long_alarm_goes_as_slowly_as_it_fits():
    bench = LoraBench(channels=(0, 1), rates=(0, 5))
    bench.port.adapt(3, 200)
    bench.port._pace.unanswered, bench.port._pace.alarm = 5, 0
    bench.send(up(size=200), urgent=True)
    assert bench.frames()[-1][2].sf == 8


def test_where_the_slowest_rate_is_too_slow_for_most_an_alarm_may_use_a_slower_one():
    bench = LoraBench("AS923", channels=(0, 1), rates=(3, 5), ledger=None)
    bench.law._quotas[0]._rings = type(bench.law._quotas[0]._rings)("H", bytes(2 * 61))  # as if an hour had passed
    bench.port._pace.unanswered, bench.port._pace.alarm = 9, 0
    bench.send(up(size=24), urgent=True)
    assert bench.frames()[-1][2].sf == 10
    bench.port._pace.unanswered = 9
    bench.port._hold_ms = 0
    bench.send(up(size=25), urgent=True)
    assert bench.frames()[-1][2].sf == 9


def test_greeting_in_vain_goes_slower_each_time_and_round():
    bench = LoraBench(rates=(0, 5))
    rates = []
    for _ in range(8):
        bench.send(up(SALTED))
        rates.append(bench.frames()[-1][2].sf)
        bench.run(8000)
    assert rates == [7, 8, 9, 10, 11, 12, 7, 8]


def test_a_report_raises_and_lowers_with_hysteresis():
    bench = LoraBench(rates=(0, 5))
    port = bench.port
    assert port.rate == 5
    port.adapt(5, -25)
    assert port.rate == 2
    for rate, margin_cb, expected in (
        (2, 124, 2),  # 12.4 dB: a faster rate would leave less than 10
        (2, 125, 3),
        (3, 100, 3),  # as reported from there: nothing happens
        (3, 50, 3),
        (3, 49, 2),
        (2, 74, 2),
        (2, 175, 5),
        (2, 175, 5),  # late news of an earlier rate
        (5, -100, 0),
        (0, 400, 5),
    ):
        link = port.link
        port.adapt(rate, margin_cb)
        assert port.rate == expected, (rate, margin_cb, port.rate)
        assert (port.link is link) == (port.link.mtu == link.mtu and port.link.byte_us == link.byte_us) or rate == 2
    assert port.link.mtu == 255 and not port.link.full_duplex


def test_a_report_does_not_leave_what_is_configured():
    bench = LoraBench(rates=(1, 3))
    bench.port.adapt(2, 600)
    assert bench.port.rate == 3
    bench.port.adapt(3, -600)
    assert bench.port.rate == 1


def test_an_answer_is_not_taken_for_one_where_it_is_not_authentic():
    bench = LoraBench(channels=(0, 1), rates=(0, 5))
    bench.authentic = False
    for _ in range(2):
        sent = bench.send(urgent=True)
        bench.answer(sent[-1][1] + 100)
        bench.run(6000)
    assert len(bench.heard) == 2 and bench.port._pace.unanswered == 2


def test_the_link_is_patient_enough():
    """The longest answer ends before the session asks again."""
    for region, channel, rates in (("KR920", 0, (0, 5)), ("AS923", 0, (3, 5)), ("EU868", 0, (0, 5)), ("US915", 0, (1, 3))):
        for listens in (True, False):
            for rate in range(rates[0], rates[1] + 1):
                bench = LoraBench(region, (channel,), (rate, rate), listens, count=1)
                link, law = bench.port.link, bench.law
                assert link.mtu == law.rates[rate][2]
                answer = answer_of(REGIONS[region], channel, rate)[1]
                longest = law.air_us(answer, law.rates[answer][2]) / 1000
                if not listens:
                    longest += WINDOW_MS
                if not listens and has_second(law.rates[answer], law.rates[law.rx2[1]]):
                    longest = WINDOW_MS + SECOND_MS + law.air_us(law.rx2[1], law.rates[law.rx2[1]][2]) / 1000
                assert link.answer_ms > longest


def test_a_port_has_all_its_attributes_from_the_first():
    """An object grows when it gets another one, for which a full heap has no room in one piece."""
    bench = LoraBench(channels=(0, 1, 2), count=1)
    parts = (bench.port, bench.port._pace, bench.port._ears, bench.radio.driver)
    before = [set(part.__dict__) for part in parts]
    bench.send(up(kind=PLAIN), urgent=True)
    bench.send(up(kind=SALTED))
    assert [set(part.__dict__) for part in parts] == before


def test_who_was_answered_stays_at_the_rate_that_was_good_and_tries_slower_ones_seldom():
    bench = LoraBench(rates=(0, 5))
    bench.port.adapt(5, 75)
    spread = []
    for _ in range(16):
        bench.send(up(SALTED))
        spread.append(bench.frames()[-1][2].sf)
        bench.run(8000)
    assert spread == [7, 7, 7, 8, 7, 7, 7, 8, 7, 7, 7, 8, 7, 7, 7, 9]


def test_from_a_slower_try_it_returns_with_5_db_to_spare():
    for margin_cb, expected in ((125, 5), (100, 5), (99, 4), (74, 3)):  # a rate that was never good wants 12.5
        bench = LoraBench(rates=(0, 5))
        bench.port.adapt(5, 75)
        bench.port._pace.turn_to(3)
        bench.port._tune()
        bench.port.adapt(3, margin_cb)
        assert bench.port.rate == expected, (margin_cb, bench.port.rate)


def test_neighbours_keep_apart_and_an_answer_has_them_move():
    kept = []
    for address in (0x201, 0x202, 0x203):
        bench = LoraBench(channels=(0, 1, 2), listens=True)
        bench.chance = 0
        frame = bytes((PLAIN,)) + address.to_bytes(2, "big") + bytes(21)
        channels = []
        for _ in range(4):
            bench.send(frame)
            channels.append(bench.port._channel)
        assert len(set(channels)) == 1, "a backlog keeps its channel"
        kept.append(channels[0])
        bench.port.missed += 1
        bench.send(frame)
        assert bench.port._channel != channels[0], "after a missed answer another one"
    assert len(set(kept)) == 3
