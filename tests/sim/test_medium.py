"""Who hears whom on the medium: range, capture, spreading factors, demodulators, half duplex, noise, outages; and one seed, one course."""

import json
from pathlib import Path

import pytest
from gilmok_sim.lora_air import airtime_us
from gilmok_sim.propagation import noise_dbm, sensitivity_dbm
from gilmok_wire import airtime
from sim.radio_worlds import CHANNELS, KR, Beacon, World, air_of


def gateway(world, **options):
    world.gateway = world.concentrator(**options)
    return world


def beacons(world, *distances):
    return [Beacon(world, f"node{i}", (distance, 0)) for i, distance in enumerate(distances)]


def frames(world):
    return [heard.frame for heard in world.heard]


def at_level(world, gateway_station, dbm):
    """Return the distance at which a beacon of 14 dBm is heard so."""
    path = world.medium.path
    low, high = 1.0, 1e6
    while high - low > 0.01:
        middle = (low + high) / 2
        if 14 + gateway_station.gain_dbi - path.median_db(middle, 925_000_000) > dbm:
            low = middle
        else:
            high = middle
    return low


def test_it_is_on_the_air_as_long_as_published():
    rows = [row for group in json.loads(Path("tests/golden/radio/airtime.json").read_text())["groups"] for row in group["rows"]]
    published = [row for row in rows if (row["bandwidth_hz"], row["coding"], row["preamble"]) == (125_000, 1, 8) and row["explicit"]]
    assert len(published) >= 20
    checked = 0
    for row in published:
        if not 7 <= row["sf"] <= 12 or not row["crc"]:
            continue
        world = gateway(World())
        radio = world.simulated("radio", (10, 0))
        assert radio.transmit(world.ms(), bytes(row["size"]), KR, row["sf"], 125_000, 1, 14)
        assert (
            radio.station.sent_us
            == row["us"]
            == airtime.airtime_us(row["size"], row["sf"], 125_000)
            == airtime_us(row["size"], air_of(row["sf"]))
        )
        world.run(10_000)
        (heard,) = world.heard
        assert heard.end_us == 5_000 + 126 + row["us"]
        checked += 1
    assert checked >= 20


@pytest.mark.parametrize("sf", range(7, 13))
def test_as_far_as_the_formula_says(sf):
    world = gateway(World())
    station = world.gateway.station
    limit = at_level(world, station, sensitivity_dbm(sf, 125_000))
    near, far = beacons(world, limit * 0.99, limit * 1.01)
    near.send(b"near", sf=sf)
    far.send(b"far", 20_000, sf=sf)
    world.run(40_000)
    assert frames(world) == [b"near"] and world.medium.counts == {"received": 1, "weak": 1}
    (heard,) = world.heard
    assert heard.rssi_dbm == int(sensitivity_dbm(sf, 125_000) + 0.1) and abs(heard.snr_cb / 10 - world_snr(sf)) <= 0.25


def world_snr(sf):
    return sensitivity_dbm(sf, 125_000) - noise_dbm(125_000)


def test_the_stronger_of_two_is_captured_from_6_db_on():
    for difference_db, expected in ((7, [b"strong"]), (5, [])):
        world = gateway(World())
        station = world.gateway.station
        strong, weak = beacons(world, at_level(world, station, -100), at_level(world, station, -100 - difference_db))
        weak.send(b"weak!!", sf=9)
        strong.send(b"strong", 5, sf=9)  # before the other's sync word has passed
        world.run(1000)
        assert frames(world) == expected


def test_a_receiver_that_has_locked_on_stays_there():
    world = gateway(World())
    station = world.gateway.station
    strong, weak = beacons(world, at_level(world, station, -80), at_level(world, station, -100))
    weak.send(bytes(40), sf=9)
    strong.send(b"strong", 100, sf=9)
    world.run(1000)
    assert frames(world) == [] and world.medium.counts == {"busy": 1, "damaged": 1}
    world.heard.clear()
    strong.send(bytes(40), sf=9)  # and the other way round nothing happens to the one that came first
    weak.send(b"weak", 100, sf=9)
    world.run(1000)
    assert frames(world) == [bytes(40)]


def test_the_beginning_of_a_preamble_may_be_covered():
    for late_ms, expected in ((11, [b"two"]), (13, [])):  # of 33 ms, of which the last five symbols take 20
        world = gateway(World())
        one, two = beacons(world, 500, 500)
        end = one.send(b"one", sf=9)
        two.send(b"two", (end - world.now_us) / 1000 - late_ms, sf=9)
        world.run(1000)
        assert frames(world) == expected and world.medium.counts["damaged"] == 1


def test_one_after_the_other():
    world = gateway(World())
    one, two = beacons(world, 500, 500)
    end = one.send(b"one", sf=9)
    two.send(b"two", (end - world.now_us) / 1000 + 0.001, sf=9)
    world.run(1000)
    assert frames(world) == [b"one", b"two"]


def test_spreading_factors_and_channels_at_once():
    world = gateway(World())
    nodes = beacons(world, *[500] * 6)
    for i, node in enumerate(nodes):
        node.send(bytes([i]), sf=7 + i)
    world.run(5000)
    assert sorted(frames(world)) == [bytes([i]) for i in range(6)]
    world.heard.clear()
    for i, node in enumerate(nodes):
        node.send(bytes([i]), sf=9, frequency_hz=CHANNELS[i])
    world.run(5000)
    assert {(heard.frame, heard.frequency_hz) for heard in world.heard} == {(bytes([i]), CHANNELS[i]) for i in range(6)}


def test_a_loud_neighbour_of_another_spreading_factor():
    for level_dbm, expected in ((-100, 1), (-112, 0)):
        world = gateway(World())
        station = world.gateway.station
        loud, quiet = beacons(world, at_level(world, station, -85), at_level(world, station, level_dbm))
        loud.send(bytes(200), sf=7)
        quiet.send(b"quiet", sf=10)  # needs no less than 19 dB below
        world.run(5000)
        assert frames(world).count(b"quiet") == expected


def test_several_weak_ones_add_up():
    for others, expected in ((1, 1), (4, 0)):
        world = gateway(World())
        station = world.gateway.station
        node, *rest = beacons(world, at_level(world, station, -100), *[at_level(world, station, -108)] * others)
        node.send(b"wanted", sf=9)
        for each in rest:
            each.send(bytes(40), 3, sf=9)
        world.run(1000)
        assert frames(world).count(b"wanted") == expected


def test_no_more_frames_at_once_than_demodulators():
    for demodulators, expected in ((8, 8), (16, 12)):
        world = gateway(World(), demodulators=demodulators)
        nodes = beacons(world, *[500] * 12)
        for i, node in enumerate(nodes):
            node.send(bytes(40), i, sf=9 + i // 7, frequency_hz=CHANNELS[i % 7])
        world.run(5000)
        assert len(world.heard) == expected and world.medium.counts["demodulators"] == 12 - expected
        nodes[0].send(b"afterwards", sf=9)
        world.run(1000)
        assert world.heard[-1].frame == b"afterwards"


def test_half_duplex():
    world = gateway(World())
    (node,) = beacons(world, 500)
    radio = world.simulated("radio", (300, 0))
    radio.receive(world.ms(), KR, 9, 125_000, 1, True)
    assert world.gateway.send(b"down", world.now_us + 100_000, world.now_us, CHANNELS[1], 12, 125_000, 14) is None
    node.send(bytes(20), sf=9)  # is still being received when the gateway begins to send
    node.send(bytes(20), 400, sf=9)  # begins while it does
    node.send(b"after", 3000, sf=9)
    world.run(6000)
    assert frames(world) == [b"after"]
    assert world.gateway.counts == {"sent": 1, "sending": 1, "heard": 1}


def test_downlinks():
    world = gateway(World())
    (node,) = beacons(world, 500)
    radio = world.simulated("radio", (300, 0))
    radio.receive(world.ms(), KR, 9, 125_000, 1, True)
    now = world.now_us
    send = world.gateway.send
    assert send(b"down", now + 10_000, now, KR, 9, 125_000, 14) is None
    assert send(b"twice", now + 100_000, now, KR, 7, 125_000, 14) == "collision"
    assert send(b"too late", now - 1, now, KR, 9, 125_000, 14) == "late"
    world.run(500)
    assert radio.poll(world.ms()) == "received" and radio.frame == b"down"
    assert world.gateway.station.sent_us == airtime.airtime_us(4, 9, 125_000, crc=False)
    world.gateway._listen = (-65, 6000)
    close = Beacon(world, "close", (3, 0))
    close.send(bytes(100), sf=9)
    world.run(50)
    assert send(b"occupied", world.now_us + 1000, world.now_us, KR, 9, 125_000, 14) is None
    world.run(2000)
    assert world.gateway.counts["occupied"] == 1 and radio.poll(world.ms()) is None


def test_a_concentrator_hears_what_goes_up_on_its_channels():
    world = gateway(World())
    (node,) = beacons(world, 500)
    node.send(b"down", inverted_iq=True)
    node.send(b"elsewhere", 200, frequency_hz=921_900_000)
    world.run(1000)
    assert world.heard == [] and world.medium.counts == {}
    with pytest.raises(ValueError, match="1 to 8 channels, not 9"):
        type(world.gateway)(world.medium, "g", (0, 0), range(9), None)


def test_noise_bursts():
    world = gateway(World())
    (node,) = beacons(world, 500)
    begin = world.now_us
    world.medium.burst(begin + 60_000, begin + 70_000, KR, 500_000, -70)
    node.send(bytes(20), sf=9)
    node.send(bytes(20), 200, sf=9)
    node.send(bytes(20), 0, sf=9, frequency_hz=KR + 1_000_000)
    world.run(1000)
    assert sorted((heard.frequency_hz, heard.end_us > begin + 250_000) for heard in world.heard) == [(KR, True), (KR + 1_000_000, False)]
    world.medium.burst(world.now_us, world.now_us + 1_000_000, KR, 500_000, -140)  # less than the heat
    node.send(b"above", sf=9)
    world.run(1000)
    assert world.heard[-1].frame == b"above"


def test_outages():
    world = gateway(World())
    (node,) = beacons(world, 500)
    start = world.now_us
    world.medium.turn_off(world.gateway, start + 1_000_000, start + 5_000_000)
    for at_ms in (0, 950, 2000, 4900, 6000):
        node.send(at_ms.to_bytes(2, "big") + bytes(10), at_ms, sf=9)
    world.gateway.send(b"down", start + 2_500_000, start, KR, 9, 125_000, 14)
    world.run(8000)
    assert [int.from_bytes(frame[:2], "big") for frame in frames(world)] == [0, 6000]
    assert world.gateway.station.sent == 0
    world.medium.turn_off(node, world.now_us, world.now_us + 10**6)
    node.send(b"without power", 10)
    world.run(1000)
    assert len(world.heard) == 2


def test_frames_lost_for_no_reason():
    world = gateway(World(loss=0.1))
    (node,) = beacons(world, 500)
    for i in range(1000):
        node.send(bytes([i & 255]), 100 * i)
    world.run(101_000)
    assert 860 < len(world.heard) < 940 and world.medium.counts["lost"] == 1000 - len(world.heard)


def test_what_is_cut_off_is_damaged():
    world = gateway(World())
    (node,) = beacons(world, 500)
    node.send(bytes(40), sf=9)
    world.run(150)
    world.medium.cut(node, world.now_us)
    assert node.station.sent_us == 150_000
    node.send(b"next", 1, sf=10)
    world.run(2000)
    assert frames(world) == [b"next"] and world.medium.counts["damaged"] == 1


def course(seed):
    """Return all that a busy minute brings."""
    world = gateway(World(seed, loss=0.05, shadowing=True))
    nodes = beacons(world, *range(100, 4100, 100))
    for i in range(400):
        node = nodes[i * 7 % len(nodes)]
        node.send(i.to_bytes(2, "big") * 8, 60 * i, sf=7 + i % 6)
    world.run(70_000)
    return world.heard, dict(world.medium.counts)


def test_one_seed_one_course():
    heard, counts = course(4)
    assert (heard, counts) == course(4) and counts["received"] == len(heard)
    assert all(counts[what] for what in ("weak", "covered", "busy", "damaged", "lost", "received"))
    other, _ = course(5)
    assert heard != other


def test_what_is_over_is_forgotten():
    world = gateway(World())
    (node,) = beacons(world, 500)
    for i in range(200):
        node.send(bytes(20), 100 * i)
    world.run(30_000)
    node.send(b"x")
    world.run(1000)
    assert len(world.medium._air) <= 2 and world.medium.next_us() is None


def test_positions_of_a_site():
    world = World()
    world.medium._origin = [37.4702, 127.0384]
    world.gateway = world.concentrator(place=[37.4702, 127.0384])
    node = Beacon(world, "far", [37.4802, 127.0384])
    assert node.station.place == (0.0, pytest.approx(1112, abs=1)) and world.gateway.station.place == (0.0, 0.0)
