"""The hub and nodes that listen: always, or until they are answered."""

import itertools

from gilmok_collector.radio.answers import ALERT, COPY_LISTENS_MS, LIVES_MS
from gilmok_wire.windows import ALWAYS, ANSWERS_MS, EAR_MS, TURN_MS, UNTIL_ANSWERED, copy_ms
from support.fake_gateways import frame_of
from support.hub_net import NODE, OTHER, Net, answer_to


def test_a_node_that_listens_is_answered_at_once_but_not_before_it_has_turned():
    net = Net("a", listens=True)
    net.hear(frame_of(NODE), snr_db=12, channel=5, sf=7)
    net.now += 5
    net.answer(answer_to(NODE))
    ((at_ms, _, downlink),) = net.run(60_000)
    assert at_ms == 1000 + TURN_MS
    assert (downlink.delay_ms, downlink.channel, downlink.rate) == (None, 5, 5)


def test_who_listens_until_he_is_answered_gets_one_answer_at_once():
    net = Net("a", listens=UNTIL_ANSWERED)
    assert not net.hear(frame_of(NODE), snr_db=12, channel=5, sf=7).via.full_duplex, "he is told nothing that he has not asked for"
    net.now += 300
    net.answer(answer_to(NODE), answer_to(NODE, 1))
    net.run(60_000)
    ((downlink,),) = [gateway.sent for gateway in net.gateways.values()]
    assert (downlink.frame, downlink.delay_ms, downlink.channel, downlink.rate) == (answer_to(NODE), None, 5, 5)
    assert net.hub.counters.late == 1, "with the first he stopped listening"
    net.hear(frame_of(NODE, 1), snr_db=12, channel=4, sf=7)
    net.answer(answer_to(NODE, 2))
    assert [sent.channel for _, _, sent in net.run(120_000)] == [4]


def test_who_listens_until_he_is_answered_is_not_answered_when_he_listens_no_more():
    for late_ms, answered in ((0, 1), (ANSWERS_MS - 50, 1), (ANSWERS_MS + 1, 0), (60_000, 0)):
        net = Net("a", listens=UNTIL_ANSWERED)
        net.gateways["a"].trip_ms = 40
        net.hear(frame_of(NODE), snr_db=12)
        net.now += late_ms
        net.answer(answer_to(NODE))
        net.run(net.now + 60_000)
        assert len(net.gateways["a"].sent) == answered, late_ms
        assert net.hub.counters.late == 1 - answered


def test_a_frame_that_asks_nothing_is_not_answered():
    net = Net("a", listens=UNTIL_ANSWERED)
    net.hear(frame_of(NODE, ask=False), snr_db=12)
    net.answer(answer_to(NODE))
    net.run(60_000)
    assert net.gateways["a"].sent == [] and net.hub.counters.late == 1


def test_an_alert_of_who_listens_is_answered_before_its_second_copy_or_after_it():
    """Whoever sends hears nothing: an answer that meets the copy is lost, and the copy with it, each time the alert is repeated."""
    for listens, late_ms in itertools.product((ALWAYS, UNTIL_ANSWERED), (0, 100, 460, 700, 1800)):
        net = Net("a", listens=listens)
        frame = frame_of(NODE, size=ALERT)
        net.hear(frame, snr_db=12, channel=5, sf=7)
        net.now += late_ms
        net.answer(answer_to(NODE))
        at_ms = net.now if net.gateways["a"].sent else net.run(60_000)[0][0]
        (downlink,) = net.gateways["a"].sent
        places = net.hub.places
        copy_from = 1000 + copy_ms(places.rates[5])
        copy_until = copy_from + COPY_LISTENS_MS + places.air_ms(5, ALERT)
        begins_ms = at_ms + net.gateways["a"].trip_ms
        assert begins_ms <= 1000 + EAR_MS if late_ms < 400 else at_ms >= copy_until, (late_ms, at_ms)
        assert at_ms == max(1000 + TURN_MS, 1000 + late_ms) or late_ms in (460, 700)
        assert downlink.channel == 5


def test_an_alerts_second_copy_is_answered_at_once_where_it_came():
    net = Net("a", listens=True)
    frame = frame_of(NODE, size=ALERT)
    net.hear(frame, snr_db=12, channel=5, sf=7)
    net.now += 650
    net.answer(answer_to(NODE))
    net.now += 50
    net.hear(frame, snr_db=12, channel=3, sf=7)
    (at_ms, _, downlink) = net.run(60_000)[0]
    assert at_ms == 1700 + TURN_MS and downlink.channel == 3


def test_frames_for_one_node_follow_each_other_on_the_air():
    net = Net("a", listens=True)
    net.hear(frame_of(NODE), sf=12, snr_db=0)
    net.answer(answer_to(NODE, 0), answer_to(NODE, 1))
    (first_ms, _, _), (second_ms, _, _) = net.run(60_000)
    assert second_ms - first_ms >= net.hub.places.air_ms(0, 40) + TURN_MS


def test_the_slowest_rate_takes_all_that_may_wait_for_a_node():
    net = Net("a", listens=True)
    net.hear(frame_of(NODE), sf=12, snr_db=0)
    net.answer(*[answer_to(NODE, number, 64) for number in range(4)])
    assert [downlink.frame[4] for _, _, downlink in net.run(60_000)] == [0, 1, 2, 3] and net.hub.counters.late == 0


def test_a_push_goes_where_the_node_was_last_heard_and_its_worth_ends():
    net = Net("a", listens=True)
    net.hear(frame_of(NODE), channel=2, sf=8)
    net.now = 3_600_000
    net.answer(answer_to(NODE))
    assert [(downlink.channel, downlink.rate) for downlink in net.gateways["a"].sent] == [(2, 4)]
    net.gateways["a"].state.up = False
    net.answer(answer_to(NODE, 1))
    net.run(net.now + LIVES_MS + 1)
    assert net.hub.counters.late == 1 and len(net.gateways["a"].sent) == 1


def test_a_frame_of_the_group_goes_out_once_for_each_place_where_somebody_listens():
    net = Net("a", "b", listens=True)
    for device, gateway, channel in ((1, "a", 0), (2, "a", 0), (3, "b", 0), (4, "b", 3)):
        net.hear(frame_of(device), gateway, channel=channel)
    group = b"\xe9\xff\xff" + bytes(48)
    net.hub.shout(group, net.now)
    net.run(60_000)
    places = [(name, downlink.channel) for name, gateway in net.gateways.items() for downlink in gateway.sent]
    assert places == [("a", 0), ("b", 0), ("b", 3)]
    assert net.hub.counters.shouted == 3


def test_nobody_shouts_to_who_does_not_listen_for_it():
    net = Net("a", listens=True)
    net.hub._in_group = lambda device: device == OTHER
    net.hear(frame_of(NODE))
    net.hub.shout(b"\xe9\xff\xff" + bytes(48), net.now)
    net.run(net.now + 5000)
    assert net.hub.counters.shouted == 0
    net.hear(frame_of(OTHER))
    net.hub.shout(b"\xe9\xff\xff" + bytes(48), net.now)
    net.run(net.now + 5000)
    assert net.hub.counters.shouted == 1


def test_shouting_is_bounded_by_the_air():
    net = Net("a", listens=True)
    net.hear(frame_of(NODE), sf=12, snr_db=20)
    for number in range(100):
        net.hub.shout(b"\xe9\xff\xff" + bytes([number]) + bytes(47), net.now)
    sent = net.run(60_000)
    assert 1 <= len(net.gateways["a"].sent) <= 1 + LIVES_MS // net.hub.places.air_ms(0, 51) and len(sent) < 4
    assert net.hub.counters.shouted + net.hub.counters.late == 100
