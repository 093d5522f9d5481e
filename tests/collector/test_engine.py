"""The engine: frames of many devices in one commit, and what happens when a commit fails."""

import gc

import pytest
from gilmok_collector import ahead, group_columns
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import StoreFull, open_store
from gilmok_wire import cbor
from gilmok_wire.batches import Rows, encode_batch
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.messages import BATCH
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from support.memory_log import MemoryLog

KEYS = {1: b"a" * 16, 2: b"b" * 16}
RIVER = StreamInfo("river", 0, (("distance", "m", -3),))
BROKEN = StreamInfo("broken", 0, (("a\0", "1", 0),))


class Salts:
    """Salts that never repeat."""

    def __init__(self, device):
        self._device = device
        self._drawn = 0

    def __call__(self):
        self._drawn += 1
        return bytes((self._device,)) + self._drawn.to_bytes(7, "big")


def make_node(device, info, columns):
    """Return a session over a log with three records of `columns` values, whatever `info` says."""
    log = MemoryLog()
    number = 0
    for index in range(3):
        log.append(number, 10_000 * index, [7 + index] * columns)
    streams = [NodeStream(number, info.digest(), info, log)]
    seal = NodeSeal(KEYS[device], device, Salts(device))
    return NodeSession(seal, Link(idle_ms=0), log, streams, Identity(b"conf", "0.1.0"))


def exchange(engine, nodes, rounds=12):
    """Carry frames both ways, all nodes' frames in one group."""
    now = 0
    for _ in range(rounds):
        now += 1000
        arrivals = []
        for name, node in nodes.items():
            while (frame := node.transmit(now)) is not None:
                arrivals.append(Arrival(name, frame, 1_800_000_000_000 + now))
                now += 10
        for name, frame in engine.handle(arrivals):
            nodes[name].receive(frame, now)


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:{tmp_path / 'a.db'}", 5)
    yield store
    store.close()


def test_one_device_that_makes_no_sense_costs_the_others_nothing(store):
    """Device 2 has a channel name that no store takes: its schema is refused, and only that."""
    told = []
    engine = Engine(store, KEYS, on_event=lambda device, event: told.append((device, event)))
    nodes = {"one": make_node(1, RIVER, 1), "two": make_node(2, BROKEN, 1)}
    exchange(engine, nodes)
    assert nodes["one"].backlog() == 0
    assert len(store.stored(1, 77, 0)) == 3
    assert any(device == 2 and event[0] == "diagnostic" for device, event in told)


def test_a_full_disk_acknowledges_nothing_until_it_has_room(store, monkeypatch):
    engine = Engine(store, KEYS)
    nodes = {"one": make_node(1, RIVER, 1)}
    commit = store.commit

    def full(_):
        raise StoreFull(store.url if hasattr(store, "url") else "sqlite:a.db", "the disk is full")

    monkeypatch.setattr(store, "commit", full)
    exchange(engine, nodes)
    assert nodes["one"].backlog() == 3
    assert isinstance(engine.last_error, StoreFull)
    monkeypatch.setattr(store, "commit", commit)
    exchange(engine, nodes, 200)
    assert nodes["one"].backlog() == 0
    assert engine.last_error is None


def test_unknown_devices_and_garbage_cost_a_counter(store):
    engine = Engine(store, {1: KEYS[1]})
    stranger = make_node(2, RIVER, 1)
    assert engine.handle([Arrival("x", stranger.transmit(0), 0), Arrival("x", b"\xff" * 40, 0), Arrival("x", b"", 0)]) == []
    assert engine.counters.unknown_device == 1
    assert engine.counters.not_ours + engine.counters.unsupported == 2


def test_a_busy_group_is_decoded_together(store, monkeypatch):
    def alone(data, count):
        raise AssertionError("decoded alone")

    monkeypatch.setattr(ahead, "decode_columns", alone)
    keys = {device: bytes([device]) * 16 for device in range(1, ahead.FEWEST + 1)}
    monkeypatch.setitem(globals(), "KEYS", keys)
    monkeypatch.setattr(ahead, "FEWEST", ahead.FEWEST // 2)  # not all of them offer records in the same round
    nodes = {str(device): make_node(device, RIVER, 1) for device in keys}
    exchange(Engine(store, keys), nodes)
    for device in keys:
        assert [record.values for record in store.rows(device, 77, 0, 0, 9)] == [(7,), (8,), (9,)]
        assert nodes[str(device)].backlog() == 0


def test_a_damaged_batch_in_a_group_costs_only_itself(store, monkeypatch):
    monkeypatch.setattr(ahead, "FEWEST", 1)
    monkeypatch.setattr(group_columns, "FEWEST", 1)
    told = []
    engine = Engine(store, KEYS, on_event=lambda device, event: told.append((device, event)))
    nodes = {"one": make_node(1, RIVER, 1), "two": make_node(2, RIVER, 1)}
    exchange(engine, nodes)
    good, bad = encode_batch(Rows(0, 3, 1, [30_000, 40_000], [[1, 2]]), 2), cbor.encode([BATCH, 0, 3, 2, 1, 30_000, 0, b"\x00\x01"])
    frames = [nodes["one"]._seal.seal(bad + cbor.encode([BATCH, 0, 5, 1, 1, 0, 0, b"\x1f"])), nodes["two"]._seal.seal(good)]
    engine.handle([Arrival("x", frame, 1_800_000_900_000) for frame in frames])
    assert [(device, event[0]) for device, event in told[-3:]] == [(1, "malformed"), (1, "rows"), (2, "rows")]
    assert store.stored(1, 77, 0).pairs == [(0, 3), (5, 6)]
    assert store.stored(2, 77, 0).pairs == [(0, 5)]


@pytest.mark.parametrize("enabled", (True, False))
def test_the_garbage_collector_is_as_it_was(store, enabled, monkeypatch):
    (gc.enable if enabled else gc.disable)()
    try:
        Engine(store, KEYS).handle([])
        assert gc.isenabled() == enabled
        engine = Engine(store, KEYS)
        monkeypatch.setattr(engine, "_handle", lambda arrivals: gc.isenabled())
        assert engine.handle([]) is False
    finally:
        gc.enable()
