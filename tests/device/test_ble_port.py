"""The BLE port against a radio that refuses, a central that comes and goes, and one that is no friend. Both interpreters."""

from device.ble_bench import CENTRAL, DOWN, Bench
from gilmok_wire.ble_fragments import OPENING
from support.dice import Dice


def test_it_advertises_until_a_central_comes_and_again_when_it_went():
    bench = Bench()
    assert bench.poll() == 250
    assert bench.ble.adverts == [(500_000, b"advert")]
    bench.now = 1999
    bench.poll()
    assert len(bench.ble.adverts) == 1
    bench.now = 2000
    bench.connect()
    assert len(bench.ble.adverts) == 1
    bench.disconnect()
    assert len(bench.ble.adverts) == 2


def test_an_advertisement_that_is_no_longer_right_is_changed_at_once():
    bench = Bench()
    bench.poll()
    bench.now = 250
    bench.poll()
    bench.hints.stale = True
    bench.poll()
    assert len(bench.ble.adverts) == 2


def test_a_radio_that_does_not_advertise_now_is_asked_again():
    bench = Bench()
    bench.ble.busy = True
    bench.poll()
    bench.now = 999
    assert bench.poll() == 1000 and not bench.ble.adverts
    bench.now, bench.ble.busy = 1000, False
    bench.poll()
    assert len(bench.ble.adverts) == 1


def test_it_is_up_once_the_central_has_opened_and_no_longer():
    bench = Bench()
    bench.connect()
    assert bench.port.up and bench.port.free(0)
    bench.disconnect()
    assert not bench.port.up and not bench.port.free(0)
    bench.ble.handler(1, (CENTRAL, 0, b"123456"))
    bench.poll()
    assert not bench.port.up


def test_service_and_buffers():
    bench = Bench()
    assert bench.ble.flags == [0x10, 0x0C]
    assert bench.ble.buffer == (DOWN, 512) and bench.ble.settings == {"mtu": 256} and bench.ble.on


def test_link_follows_the_mtu():
    bench = Bench()
    bench.connect()
    small = bench.port.link
    assert small.mtu == 247
    bench.disconnect()
    bench.connect(mtu=256)
    assert bench.port.link.mtu == 252 and bench.port.link is not small


def test_frames_both_ways_at_any_mtu():
    dice = Dice(1)
    for mtu in (23, 24, 50, 185, 247, 256, 517):
        bench = Bench().connect(mtu)
        for _ in range(20):
            frame = dice.bytes(dice.between(13, bench.port.link.mtu))
            bench.port.send(frame, bench.now)
            bench.finish()
            assert bench.heard() == [frame]
            bench.say(frame, mtu)
            bench.poll()
            assert bench.received.pop() == frame
        assert len(bench.sent) == 20
        assert bench.port.report() == {"connections": 1, "refused": 0, "overrun": 0, "lost": 0}


def test_a_frame_counts_as_sent_when_its_last_fragment_left():
    bench = Bench().connect()
    bench.ble.room = 3
    bench.port.send(bytes(100), 0)
    assert not bench.sent and not bench.port.free(0)
    bench.ble.room = 100
    bench.finish()
    assert bench.sent == [bench.now] and 0 < bench.now <= 50
    assert bench.heard() == [bytes(100)]


def test_notifications_slow_down_while_the_radio_refuses_and_recover():
    bench = Bench().connect()
    bench.ble.room = 0
    bench.port.send(bytes(40), 0)
    tried = [0]
    while len(tried) < 6:
        bench.now += 5
        bench.poll()
        if bench.port.report()["refused"] > len(tried):
            tried.append(bench.now)
    assert tried == [0, 20, 60, 110, 160, 210]
    bench.ble.room = 10_000
    for _ in range(120):
        bench.finish()
        bench.port.send(bytes(40), bench.now)
    began = bench.now
    for _ in range(4):
        bench.finish()
        bench.port.send(bytes(40), bench.now)
    assert bench.now - began <= 30
    assert len(bench.heard()) >= 64


def test_a_burst_leaves_the_radio_half_of_its_buffers():
    bench = Bench().connect()
    bench.port.send(bytes(247), 0)
    assert len(bench.ble.notified) == 6
    assert bench.poll() == 9
    bench.now = 9
    bench.poll()
    assert len(bench.ble.notified) == 12


def test_a_disconnect_at_every_fragment_loses_that_frame_alone():
    for sent in range(1, 13):
        bench = Bench().connect()
        bench.ble.room = sent
        bench.port.send(bytes(247), 0)
        bench.disconnect()
        bench.ble.room = 1000
        assert bench.heard() == []
        bench.connect()
        bench.port.send(b"next frame", bench.now)
        assert bench.heard() == [b"next frame"], sent


def test_a_disconnect_in_the_middle_of_what_comes_loses_that_frame_alone():
    bench = Bench().connect()
    for fragments in range(1, 5):
        bench.fragmenter.begin(bytes(100))
        for _ in range(fragments):
            bench.write(bench.fragmenter.head(20))
            bench.fragmenter.next()
        bench.disconnect()
        bench.connect()
        bench.say(b"whole")
        bench.poll()
        assert bench.received == [b"whole"]
        bench.received.clear()


def test_writes_that_nobody_polls_for_are_bounded_and_connections_are_not_forgotten():
    bench = Bench().connect()
    for _ in range(40):
        bench.write(b"\xc1frame")
    bench.ble.handler(2, (CENTRAL, 0, b"123456"))
    bench.poll()
    assert len(bench.received) == 16 and bench.port.report()["overrun"] == 24
    assert not bench.port.up
    bench.connect()
    bench.say(b"again")
    bench.poll()
    assert bench.received[-1] == b"again"


def test_a_second_central_is_sent_away_and_changes_nothing():
    bench = Bench().connect(mtu=256)
    other = CENTRAL + 1
    bench.ble.handler(1, (other, 0, b"654321"))
    bench.ble.handler(21, (other, 23))
    bench.write(b"\xc0from another", other)
    bench.poll()
    bench.disconnect(other)
    assert bench.ble.dropped == [other]
    assert bench.port.up and bench.port.link.mtu == 252 and not bench.received


def test_a_central_that_says_nothing_is_sent_away():
    bench = Bench()
    bench.ble.handler(1, (CENTRAL, 0, b"123456"))
    bench.poll()
    bench.now = 29_999
    bench.poll()
    assert not bench.ble.dropped
    bench.now = 30_000
    bench.poll()
    assert bench.ble.dropped == [CENTRAL]
    bench.poll()
    assert bench.ble.adverts


def test_nobody_stays_for_ever():
    bench = Bench().connect()
    while not bench.ble.dropped:
        bench.now += 10_000
        bench.write(OPENING)
        bench.poll()
        assert bench.now <= 600_000
    assert bench.now == 600_000 and not bench.port.up


def test_garbage_stops_nothing():
    bench, dice = Bench().connect(), Dice(3)
    for _ in range(2000):
        bench.write(dice.bytes(dice.below(30)))
        bench.poll()
    bench.say(b"a frame")
    bench.poll()
    assert bench.received[-1] == b"a frame"
