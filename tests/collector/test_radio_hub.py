"""The hub: a frame is taken once, answered by whoever heard it best, in time or not at all."""

import pytest
from gilmok_collector.radio.answers import ALERT, COPIES_MS, FIRST_MS, SLACK_MS
from gilmok_collector.radio.hub import REPORT_MS
from gilmok_wire.windows import SECOND_MS, TURN_MS, WINDOW_MS
from support.fake_gateways import frame_of, uplink
from support.hub_net import DOWN, NODE, OTHER, Net, answer_to, sent_by


def test_a_frame_that_two_gateways_hear_goes_on_once():
    net = Net("a", "b")
    arrival = net.hear(frame_of(NODE))
    assert (arrival.link, arrival.frame, arrival.unix_ms) == ("lora", frame_of(NODE), 1_760_000_000_000)
    assert net.hear(frame_of(NODE), "b") is None
    assert net.hear(frame_of(NODE, 1), "b") is not None
    assert (net.hub.counters.heard, net.hub.counters.copies) == (2, 1)


def test_a_sleeping_node_is_answered_in_its_window_by_the_gateway_that_heard_it_best():
    net = Net("a", "b", "c")
    for gateway, snr_db in (("a", -3), ("b", 4.5), ("c", 4)):
        net.hear(frame_of(NODE), gateway, snr_db=snr_db, channel=3, sf=10, end_us=7_000_000, token=gateway)
        net.now += 30
    net.answer(answer_to(NODE))
    ((at_ms, name, downlink),) = net.run(60_000)
    assert name == "b" and 1030 + WINDOW_MS - SLACK_MS - 100 <= at_ms <= 1030 + WINDOW_MS - SLACK_MS
    assert (downlink.delay_ms, downlink.token, downlink.end_us) == (WINDOW_MS, "b", 7_000_000)
    assert (downlink.channel, downlink.rate, downlink.frequency_hz, downlink.sf) == (3, 2, 922_700_000, 10)
    assert (downlink.bw_hz, downlink.power_dbm) == (125_000, 14)


def test_two_frames_take_a_window_each_and_the_third_finds_none():
    net = Net("a", region="AS923")
    net.hear(frame_of(NODE), sf=8, hz=923_400_000)
    net.answer(*[answer_to(NODE, number) for number in range(3)])
    first, second = [downlink for _, _, downlink in net.run(60_000)]
    assert (first.delay_ms, first.rate, second.delay_ms) == (WINDOW_MS, 4, WINDOW_MS + SECOND_MS)
    assert (second.channel, second.rate, second.frequency_hz, second.power_dbm) == (0, 3, 923_200_000, 16)
    assert (net.hub.counters.sent, net.hub.counters.sent_second, net.hub.counters.late) == (2, 1, 1)


def test_a_sleeping_node_that_has_not_asked_does_not_listen():
    net = Net("a")
    net.hear(frame_of(NODE, ask=False))
    net.answer(answer_to(NODE))
    assert net.run(60_000) == [] and net.hub.counters.late == 1


def test_an_answer_that_comes_too_late_for_the_first_window_takes_the_second_and_then_none():
    net = Net("a", trip_ms=300)
    net.hear(frame_of(NODE), sf=11)
    net.now += WINDOW_MS - 299
    net.answer(answer_to(NODE))
    net.run(60_000)
    net.hear(frame_of(NODE, 1), sf=11)
    net.now += WINDOW_MS + SECOND_MS - 299
    net.answer(answer_to(NODE, 1))
    net.run(120_000)
    assert [downlink.delay_ms for downlink in net.gateways["a"].sent] == [WINDOW_MS + SECOND_MS]
    assert net.hub.counters.late == 1


def test_a_gateway_that_is_down_or_busy_is_passed_over():
    net = Net("a", "b")
    net.gateways["b"].state.up = False
    for gateway in "ab":
        net.hear(frame_of(NODE), gateway, snr_db=8 if gateway == "b" else 0)
    net.answer(answer_to(NODE))
    net.run(10_000)
    assert [len(gateway.sent) for gateway in net.gateways.values()] == [1, 0]

    net = Net("a", "b")
    for device in (NODE, OTHER):  # both best heard by b, and both at the same moment
        for gateway in "ab":
            net.hear(frame_of(device), gateway, snr_db=8 if gateway == "b" else 0)
        net.answer(answer_to(device))
    net.run(10_000)
    assert sent_by(net) == {"a": [answer_to(OTHER)], "b": [answer_to(NODE)]}


def test_a_weak_frame_waits_for_a_better_copy_and_a_strong_one_does_not():
    for snr_db, waits in ((-10, True), (9, False)):
        net = Net("a", "b", listens=True)
        net.hear(frame_of(NODE), "a", snr_db=snr_db)
        net.answer(answer_to(NODE))
        net.run(1000 + COPIES_MS - 1)
        net.hear(frame_of(NODE), "b", snr_db=10)
        net.run(60_000)
        assert [bool(gateway.sent) for gateway in net.gateways.values()] == [not waits, waits]


def test_a_forged_frame_does_not_move_the_answer():
    net = Net("a", "b")
    net.hear(frame_of(NODE), "a", channel=1)
    net.now += 100
    assert net.hear(frame_of(NODE, 9), "b", channel=6, accept=False) is not None, "only the engine can tell"
    net.answer(answer_to(NODE))
    ((_, name, downlink),) = net.run(60_000)
    assert (name, downlink.channel) == ("a", 1)


def test_a_recorded_greeting_does_not_move_the_answers_of_a_proved_session():
    net = Net("a", "b")
    net.hear(frame_of(NODE), "a", channel=1)
    net.hear(bytes([0xED]) + frame_of(NODE, 9)[1:], "b", channel=6)
    net.answer(answer_to(NODE), bytes([DOWN | 8]) + answer_to(NODE, 1)[1:])
    sent = {downlink.frame[0]: (name, downlink.channel) for _, name, downlink in net.run(60_000)}
    assert sent == {DOWN: ("a", 1), DOWN | 8: ("b", 6)}


def test_what_a_session_is_told_of_the_link():
    for listens in (False, True):
        net = Net("a", listens=listens)
        via = net.hear(frame_of(NODE), sf=12).via
        assert (via.mtu, via.full_duplex) == (64, listens)
        assert net.hear(frame_of(NODE, 1), sf=7).via.mtu == 255
        assert via.air_ms(64) >= net.hub.places.air_ms(0, 64) - 1
        assert via.answer_ms == (520 if listens else WINDOW_MS + SECOND_MS)


def test_where_two_answers_meet_the_one_to_an_alarm_goes():
    net = Net("a")
    for node, size in ((NODE, 40), (NODE + 1, ALERT)):
        net.hear(frame_of(node, size=size), end_us=1_000_000)
        net.answer(answer_to(node))
    assert [downlink.frame for _, _, downlink in net.run(60_000)][0] == answer_to(NODE + 1)


def test_an_alarm_sent_twice_is_one_frame_and_answered_after_the_later_one():
    net = Net("a")
    net.hear(frame_of(NODE, size=24), channel=0, end_us=1_000_000)
    net.answer(answer_to(NODE))
    net.now += 200
    assert net.hear(frame_of(NODE, size=24), channel=4, end_us=1_200_000) is None
    ((at_ms, _, downlink),) = net.run(60_000)
    assert (downlink.channel, downlink.end_us) == (4, 1_200_000) and at_ms >= 1200 + WINDOW_MS - SLACK_MS - FIRST_MS - 20
    net.now += 100  # it has not heard the answer: one spreading factor more
    assert net.hear(frame_of(NODE, size=24), channel=4, sf=10, end_us=9_000_000) is None
    ((_, _, downlink),) = net.run(120_000)
    assert (downlink.rate, downlink.end_us, downlink.frame) == (2, 9_000_000, answer_to(NODE))
    assert (net.hub.counters.heard, net.hub.counters.again) == (1, 2)


def test_a_doubled_datagram_is_no_second_transmission():
    net = Net("a")
    net.hear(frame_of(NODE), end_us=5_000_000)
    net.answer(answer_to(NODE))
    net.now += 700
    net.hear(frame_of(NODE), end_us=5_000_000)
    assert len(net.run(60_000)) == 1
    assert (net.hub.counters.doubled, net.hub.counters.again) == (1, 0)


@pytest.mark.parametrize(("again_ms", "names"), [(None, ["a", "b"]), (1_700, ["a", "a"])])
def test_what_a_gateway_refuses_goes_another_way(again_ms, names):
    net = Net("a", "b", listens=True)
    for gateway in "ab":
        net.hear(frame_of(NODE), gateway, snr_db=15 if gateway == "a" else 10)
    net.now += TURN_MS
    net.answer(answer_to(NODE))
    net.hub.outcome(net.gateways["a"].sent[0].id, "TX_FREQ", net.now, again_ms)
    net.run(60_000)
    assert [name for name, gateway in net.gateways.items() for _ in gateway.sent] == names
    assert net.hub.counters.refused == {"TX_FREQ": 1}


def test_where_the_second_window_takes_much_longer_there_is_none():
    net = Net("a")
    net.hear(frame_of(NODE), sf=10)
    net.answer(answer_to(NODE, 0), answer_to(NODE, 1))
    assert [downlink.delay_ms for _, _, downlink in net.run(60_000)] == [WINDOW_MS]
    assert net.hub.counters.late == 1


def test_a_refusal_in_the_first_window_leaves_the_second():
    net = Net("a")
    net.hear(frame_of(NODE), sf=11)
    net.answer(answer_to(NODE))
    ((_, _, downlink),) = net.run(2500)
    net.hub.outcome(downlink.id, "TOO_LATE", net.now, net.now)
    ((_, _, again),) = net.run(60_000)
    assert (downlink.delay_ms, again.delay_ms, again.frame) == (WINDOW_MS, WINDOW_MS + SECOND_MS, downlink.frame)
    net.hub.outcome(again.id, "TOO_LATE", net.now, net.now)
    assert net.run(120_000) == [] and net.hub.counters.late == 1


def test_a_gateway_that_refuses_for_ever_is_not_asked_for_ever():
    net = Net("a", listens=True)
    net.gateways["a"].send = lambda downlink: net.hub.outcome(downlink.id, "TX_FREQ", net.now)
    net.hear(frame_of(NODE))
    net.now += TURN_MS
    net.answer(answer_to(NODE))
    assert net.hub.counters.refused == {"TX_FREQ": 1} and net.hub.counters.unlawful == 1


def test_garbage_and_strangers_cost_a_counter():
    net = Net("a")
    assert net.hear(b"\x40" + bytes(40)) is None and net.hear(b"\xe5\1") is None
    net.answer(answer_to(NODE))
    assert (net.hub.counters.not_ours, net.hub.counters.unknown) == (2, 1)


def test_a_frame_from_no_channel_of_the_region_is_taken_and_answered_in_the_second_window():
    net = Net("a")
    arrival = net.hub.heard(uplink(frame_of(NODE), "a", sf=6), net.now)
    arrival.opened()
    net.answer(answer_to(NODE))
    ((_, _, downlink),) = net.run(60_000)
    assert downlink.delay_ms == WINDOW_MS + SECOND_MS and net.hub.counters.off_channel == 1


def test_the_signal_is_reported_when_it_changes_and_now_and_then():
    net = Net("a")
    reports = []
    for number in range(20):
        reports.append(net.hear(frame_of(NODE, number), snr_db=5, sf=9, accept=False).opened())
        net.now += 5000
    assert reports == [(3, 175)] + [None] * 19  # SF9 is lost below -12.5 dB
    for number in range(20, 40):
        reports.append(net.hear(frame_of(NODE, number), snr_db=-5, sf=9, accept=False).opened())
        net.now += 5000
    told = [margin for report in reports[20:] if report for margin in report[1:]]
    assert 2 <= len(told) <= 4 and told == sorted(told, reverse=True) and abs(told[-1] - 75) < 30
    assert net.hear(frame_of(NODE, 41), snr_db=-5, sf=10, accept=False).opened()[0] == 2
    net.now += REPORT_MS
    assert net.hear(frame_of(NODE, 42), snr_db=-5, sf=10, accept=False).opened() is not None


def test_memory_is_bounded_whatever_is_heard():
    net = Net("a")
    for number in range(10_000):
        net.hear(frame_of(number & 0xFFFF, 3), accept=False)
    assert len(net.hub._hearing._seen) == len(net.hub._hearing._order) <= 4096 and not net.hub.peers
