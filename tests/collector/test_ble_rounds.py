"""Rounds over the air: who is visited, by whom, how many at once; whose word counts."""

from bleak.exc import BleakError
from gilmok_collector.ble.visits import FORGOTTEN_S, MOST
from support.ble_street import STORE, held, on_street

KEYS = {device: bytes((device,)) * 16 for device in range(1, 13)}


def test_find_connect_drain_leave(tmp_path):
    async def scene(street):
        node = street.add_node(1, 500)
        collector = street.add_collector(tmp_path / "a.db")
        await street.until(lambda: node.backlog() == 0, most_s=60)
        assert collector.stored(node) == held(node) and node.port.up
        await street.until(lambda: not node.port.up, most_s=20)
        assert not collector.rounds.error

    on_street(KEYS, scene)


def test_at_the_smallest_mtu(tmp_path):
    async def scene(street):
        node = street.add_node(1, 300)
        collector = street.add_collector(tmp_path / "a.db", mtu=23)
        await street.until(lambda: node.backlog() == 0, most_s=60)
        assert node.port.link.mtu == 247
        assert collector.stored(node) == held(node)

    on_street(KEYS, scene)


def test_several_at_once_and_everybody_in_the_end(tmp_path):
    async def scene(street):
        nodes = [street.add_node(device, 300) for device in KEYS]
        collector = street.add_collector(tmp_path / "a.db")
        at_once = 0

        def watch():
            nonlocal at_once
            at_once = max(at_once, sum(node.port.up for node in nodes))
            return all(node.backlog() == 0 for node in nodes)

        await street.until(watch, most_s=300)
        assert 1 < at_once <= MOST
        assert all(collector.stored(node) == held(node) for node in nodes)

    on_street(KEYS, scene)


def test_new_records_bring_the_next_visit_and_without_any_it_comes_all_the_same(tmp_path):
    async def scene(street):
        node = street.add_node(1, 10)
        collector = street.add_collector(tmp_path / "a.db")
        await street.until(lambda: node.backlog() == 0 and not node.port.up, most_s=60)
        node.record(5)
        await street.until(lambda: node.backlog() == 0, most_s=60)
        await street.until(lambda: not node.port.up, most_s=60)
        visits, left_s = node.port.report()["connections"], street.loop.time()
        await street.until(lambda: node.port.report()["connections"] > visits, most_s=FORGOTTEN_S + 60)
        assert street.loop.time() - left_s > FORGOTTEN_S / 2
        assert collector.stored(node) == held(node)

    on_street(KEYS, scene)


def test_a_laptop_with_another_store_hears_the_node_and_settles_nothing(tmp_path):
    """A technician's laptop with the site's keys: what it acknowledges is counted as foreign, and the city's store gets everything."""

    async def scene(street):
        node = street.add_node(1, 400, store=STORE)
        laptop = street.add_collector(tmp_path / "laptop.db", store=STORE + 1)
        await street.until(lambda: node.session.counters["foreign"] > 0, most_s=60)
        assert laptop.frames > 0 and laptop.engine.counters.refused == 0
        assert node.backlog() == 400 and not laptop.stored(node)
        city = street.add_collector(tmp_path / "city.db")
        await street.until(lambda: node.backlog() == 0, most_s=3600)
        assert city.stored(node) == held(node)
        assert node.session.store == STORE

    on_street(KEYS, scene)


def test_a_collector_without_the_key_stays_away(tmp_path):
    async def scene(street):
        node = street.add_node(1, 10)
        for keys in ({2: KEYS[2]}, {1: KEYS[2]}):  # another address; the same one at another site
            stranger = street.add_collector(tmp_path / f"{len(street.collectors)}.db", keys=keys)
            await street.until(lambda stranger=stranger: node.address in stranger.rounds.sightings.around)
            assert not stranger.rounds.sightings.around[node.address].ours
        started_s = street.loop.time()
        await street.until(lambda: street.loop.time() > started_s + 120, most_s=200)
        assert node.port.report()["connections"] == 0

    on_street(KEYS, scene)


def test_an_advertisement_tells_what_waits(tmp_path):
    async def scene(street):
        node = street.add_node(1, 70_000 // 100)
        listener = street.add_collector(tmp_path / "a.db", keys={2: KEYS[2]})
        around = listener.rounds.sightings.around
        await street.until(lambda: node.address in around)
        assert (around[node.address].device, around[node.address].backlog, around[node.address].urgent) == (1, 700, False)

    on_street(KEYS, scene)


def test_frames_of_the_group_reach_whoever_is_being_visited(tmp_path):
    async def scene(street):
        nodes = [street.add_node(device, 2000) for device in (1, 2)]
        heard = {}
        for node in nodes:
            take = node.port.on_frame
            node.port.on_frame = lambda frame, port, now, node=node, take=take: (
                heard.setdefault(node.device, frame) if frame[1:3] == b"\xff\xff" else take(frame, port, now)
            )
        collector = street.add_collector(tmp_path / "a.db")
        await street.until(lambda: all(node.port.up for node in nodes), most_s=60)
        group = b"\xe9\xff\xff" + bytes(40)
        await street.until(lambda: collector.rounds.send(group) or len(heard) == 2, most_s=5)
        assert heard == {1: group, 2: group}

    on_street(KEYS, scene)


def test_what_answers_nobody_is_lost(tmp_path):
    async def scene(street):
        collector = street.add_collector(tmp_path / "a.db")
        collector.rounds.send(b"\xe1\x00\x07" + bytes(20))

    on_street(KEYS, scene)


def test_an_adapter_that_fails_is_told(tmp_path):
    """Rounds end with what bleak says; the link begins them again (test_ble_link.py)."""

    async def scene(street):
        collector = street.add_collector(tmp_path / "a.db")

        async def fail():
            raise BleakError("no adapter")

        collector.rounds._scanner_options["central"].power_on = fail
        try:
            await street.until(lambda: False, most_s=10)
        except BleakError as error:
            assert str(error) == "no adapter"
            return True

    assert on_street(KEYS, scene)
