"""Nodes, packet forwarders, the collector: exactly once over real UDP on virtual time, with everything that a backhaul does."""

import base64

import pytest
from gilmok_collector.radio.answers import LIVES_MS
from gilmok_collector.radio.semtech import ALIVE_MS
from gilmok_collector.store import open_store
from gilmok_wire.windows import SECOND_MS, WINDOW_MS
from support.radio_world import RadioNode, World

A, B = "aa555a0000000101", "aa555a0000000102"
KEYS = {0x0102: b"k" * 16, 0x0103: b"l" * 16}
NODE, OTHER = KEYS


@pytest.fixture
def make(tmp_path):
    worlds = []

    def build(**options):
        store = open_store(f"sqlite:{tmp_path / 'site.db'}", 5)
        worlds.append((World(store, KEYS, **options), store))
        return worlds[-1][0]

    yield build
    for world, store in worlds:
        world.close()
        store.close()


def stored(world, device=NODE):
    """Return the numbers of the records that the store holds, each as often as it does."""
    return [row.seq for row in world.engine.store.rows(device, 77, 0, 0, 1 << 30)]


@pytest.mark.parametrize("listens", [False, True])
def test_three_hundred_records_arrive_once_though_a_fifth_of_all_is_lost(make, listens):
    world = make(listens=lambda device: listens)
    first = world.add(A, up_ms=40, down_ms=60, seed=1, lost=0.05, doubled=0.1)
    second = world.add(B, up_ms=90, down_ms=20, seed=2, lost=0.05, doubled=0.1)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {first: 3.0, second: -2.0}, listens, lost=0.2)
    for _ in range(100):
        node.measure(3)
        world.run(30)
    for _ in range(200):
        if not node.session.backlog():
            break
        world.run(60)
    assert stored(world) == list(range(300)) and node.session.backlog() == 0
    assert world.hub.counters.copies > 0 and world.hub.counters.doubled > 0
    assert node.uplinks > 150 and {forwarder for forwarder, _ in node.answers} == {first, second}


def test_a_sleeping_node_is_answered_to_the_millisecond_over_a_backhaul_of_300_ms(make):
    world = make()
    far = world.add(A, up_ms=300, down_ms=300)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {far: 5.0}, records=40)
    world.run(120)
    assert stored(world) == list(range(40))
    assert node.answers and {round(after_ms) for _, after_ms in node.answers} == {WINDOW_MS}
    assert set(far.outcomes) == {"NONE"}
    assert world.server.gateways[A].trip_ms >= 600


def test_a_node_that_listens_is_answered_as_soon_as_the_backhaul_lets_it(make):
    world = make(listens=lambda device: True)
    near = world.add(A, up_ms=10, down_ms=10)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {near: 15.0}, listens=True, records=40)
    world.run(120)
    assert stored(world) == list(range(40))
    assert all(20 <= after_ms <= 100 for _, after_ms in node.answers)


def test_two_gateways_hear_and_the_better_one_answers(make):
    world = make()
    good, poor = world.add(A, up_ms=80), world.add(B)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {poor: -8.0, good: 6.0}, records=60)
    world.run(200)
    assert stored(world) == list(range(60))
    assert {forwarder for forwarder, _ in node.answers} == {good} and not poor.orders
    assert world.hub.counters.copies == world.hub.counters.heard == node.uplinks


def test_the_other_gateway_answers_when_the_better_one_cannot(make):
    world = make()
    good, poor = world.add(A), world.add(B)
    world.run(1)
    good.silent = True  # its frames still come, and it asks no more
    world.run(ALIVE_MS / 1000)
    node = RadioNode(world, NODE, KEYS[NODE], {poor: -8.0, good: 6.0}, records=60)
    world.run(200)
    assert stored(world) == list(range(60))
    assert {forwarder for forwarder, _ in node.answers} == {poor}
    assert not world.server.gateways[A].state.up and world.server.gateways[B].state.up


def test_what_comes_too_late_for_the_first_window_goes_into_the_second(make):
    world = make()
    slow = world.add(A, up_ms=20, down_ms=20)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {slow: 5.0}, records=20)
    world.run(2)
    slow.down_us = 1_900_000  # the network has a bad minute
    world.run(40)
    assert "TOO_LATE" in slow.outcomes
    assert world.hub.counters.refused["TOO_LATE"] >= 1
    slow.down_us = 20_000
    world.run(120)
    assert stored(world) == list(range(20))
    assert {round(after_ms) for _, after_ms in node.answers} <= {WINDOW_MS, WINDOW_MS + SECOND_MS}


def test_a_refused_answer_is_sent_in_the_second_window(make):
    world = make()
    picky = world.add(A)
    world.run(1)
    program, refusals = picky._program, iter(["COLLISION_PACKET"])
    picky._program = lambda txpk: next(refusals, None) or program(txpk)
    node = RadioNode(world, NODE, KEYS[NODE], {picky: 5.0}, datr="SF12BW125", mtu=64)
    world.run(20)
    assert picky.outcomes[:2] == ["COLLISION_PACKET", "NONE"]
    assert round(node.answers[0][1]) == WINDOW_MS + SECOND_MS
    assert world.hub.counters.refused == {"COLLISION_PACKET": 1}


def test_a_gateway_that_restarts_in_between_costs_answers_and_no_record(make):
    world = make()
    box = world.add(A)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {box: 5.0})
    for minute in range(12):
        node.measure(10)
        world.run(1.5)
        box.restart()
        box.started_us -= 517_000_000 * minute  # its counter begins anywhere
        world.run(58.5)
    world.run(120)
    assert stored(world) == list(range(120)) and node.session.backlog() == 0
    assert world.server.gateways[A].counters.restarts >= 10
    assert {round(after_ms) for _, after_ms in node.answers} <= {WINDOW_MS, WINDOW_MS + SECOND_MS}


def test_the_counter_of_a_concentrator_wraps_and_nobody_notices(make):
    world = make()
    box = world.add(A, started_us=-((1 << 32) - 4_000_000))
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {box: 5.0}, records=60)
    world.run(120)
    assert stored(world) == list(range(60)) and set(box.outcomes) == {"NONE"}
    assert box.counter() < 1 << 31 and world.server.gateways[A].counters.restarts == 0
    assert {round(after_ms) for _, after_ms in node.answers} == {WINDOW_MS}


def test_the_wrap_falls_between_a_frame_and_its_answer(make):
    world = make()
    box = world.add(A)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {box: 5.0})
    end_us = node.sending_us[1]
    box.started_us = end_us - (1 << 32) + 500_000  # the counter wraps half a second after the frame's end
    world.run(6)
    assert [round(after_ms) for _, after_ms in node.answers] == [WINDOW_MS]


def test_one_token_for_everything_confuses_nobody(make):
    world = make()
    box = world.add(A)
    box.tokens = lambda: 7
    world.run(1)
    RadioNode(world, NODE, KEYS[NODE], {box: 5.0}, records=60)
    world.run(120)
    assert stored(world) == list(range(60)) and set(box.acknowledged[1:]) == {7}


def test_a_tx_ack_that_comes_twice_counts_once(make):
    world = make()
    box = world.add(A, doubled=1.0)
    world.run(1)
    RadioNode(world, NODE, KEYS[NODE], {box: 5.0}, records=60)
    world.run(120)
    assert stored(world) == list(range(60))
    assert world.server.gateways[A].counters.left_out["token"] == len(box.orders)


def test_many_nodes_share_the_gateway_and_no_answer_falls_into_another_one(make):
    world = make()
    box = world.add(A)
    world.run(1)
    nodes = [RadioNode(world, device, KEYS[device], {box: 5.0}, freq=freq, records=80) for device, freq in ((NODE, 922.1), (OTHER, 922.5))]
    world.run(300)
    for device, node in zip(KEYS, nodes, strict=True):
        assert stored(world, device) == list(range(80)) and node.answers
    assert set(box.outcomes) == {"NONE"}, "the hub keeps them apart by itself"


def test_the_node_is_told_how_well_it_is_heard(make):
    world = make()
    box = world.add(A)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {box: 5.0}, records=20)
    world.run(60)
    assert [event for event in node.events if event[0] == "link"] == [("link", 3, 175)]


def test_a_command_reaches_a_node_that_listens_without_waiting_for_its_next_frame(make):
    world = make(listens=lambda device: True)
    box = world.add(A)
    world.run(1)
    node = RadioNode(world, NODE, KEYS[NODE], {box: 5.0}, listens=True, records=5)
    world.run(60)
    uplinks, now = node.uplinks, world.unix_ms()
    world.engine.store.commands.queue(NODE, "silence", (1,), "duty", now, now + 600_000)
    for _, frame in world.engine.attend(now):
        world.hub.answer(frame, world.now_ms())
    world.run(LIVES_MS / 1000)
    assert [event[2] for event in node.events if event[0] == "command"] == ["silence"]
    assert node.uplinks == uplinks


def test_what_a_node_tells_its_group_goes_down_again_to_all_that_listen(make):
    world = make(listens=lambda device: True)
    near, far = world.add(A), world.add(B)
    world.run(1)
    RadioNode(world, NODE, KEYS[NODE], {near: 5.0}, listens=True, records=5)
    RadioNode(world, OTHER, KEYS[OTHER], {far: 5.0}, listens=True, freq=922.5, records=5)
    world.run(60)
    told = b"\xe9\xff\xff" + bytes(48)
    orders = [len(forwarder.orders) for forwarder in (near, far)]
    near.hear(told, 922.1, "SF9BW125")
    far.hear(told, 922.1, "SF9BW125")
    world.run(10)
    fresh = [forwarder.orders[count:] for forwarder, count in zip((near, far), orders, strict=True)]
    assert [[(txpk["freq"], base64.b64decode(txpk["data"])) for _, txpk in each] for each in fresh] == [[(922.1, told)], [(922.5, told)]]
