"""Sessions of both ends against a peer that has the key and says anything: only declared errors, and the session goes on."""

from gilmok_wire import cbor
from gilmok_wire.errors import WireError
from gilmok_wire.link import Link
from hypothesis import given
from hypothesis import strategies as st
from support.collector_bench import CollectorBench
from support.node_bench import NodeBench

from fuzz.hostile import PLAINTEXTS, look, shaped

UP = tuple(range(10))
DOWN = (9, 16, 17, 18, 19, 20)
UPLINKS = PLAINTEXTS | st.lists(shaped(UP).map(cbor.encode), max_size=4).map(b"".join)
DOWNLINKS = PLAINTEXTS | st.lists(shaped(DOWN).map(cbor.encode), max_size=4).map(b"".join)
FRAMES = st.tuples(UPLINKS, st.booleans(), st.booleans())  # plaintext, ask, commit behind it
MTUS = st.sampled_from([51, 242, 4096])


@look(100)
@given(MTUS, st.lists(FRAMES, max_size=5))
def test_the_collector_outlives_any_device(mtu, frames):
    bench = CollectorBench(Link(mtu=mtu))
    bench.greet()
    for plaintext, ask, commit in frames:
        frame = bench.node.seal(plaintext, ask)
        try:
            bench.store.stage(bench.session.receive(frame, bench.now))
        except WireError:
            pass
        if commit:
            _commit(bench)
    # Another log of this device, untouched so far, is served as ever.
    _commit(bench)
    bench.node.restart()
    bench.ask(bench.hello(log=4242))
    bench.ask(bench.batch(0, 4, stream=7))
    assert bench.acks()[7][0] == 4
    assert sorted(bench.store.records[4242, 7]) == [0, 1, 2, 3]


def _commit(bench):
    """Commit; the store is not what is tested, so it takes one version of each record."""
    bench.store.drop()
    bench.session.committed()
    while (frame := bench.session.transmit()) is not None:
        assert len(frame) <= bench.link.mtu
        bench.node.open(frame)


@look(100)
@given(MTUS, st.booleans(), st.lists(st.tuples(DOWNLINKS, st.integers(0, 3)), max_size=5))
def test_the_node_outlives_any_collector(mtu, full_duplex, frames):
    bench = NodeBench(link=Link(mtu=mtu, full_duplex=full_duplex))
    bench.record(0, 40)
    bench.greeted()
    for plaintext, actions in frames:
        events = bench.node.receive(bench.collector.seal(bench._peer, plaintext), bench.now)
        assert all(event[0] in ("anchor", "command", "fork", "link", "unsupported") for event in events)
        bench.record(actions % 2)
        for _ in range(actions):
            _step(bench)
    # Whatever it has been told, it goes on, and every record is settled or offered.
    for _ in range(60):
        if bench.node.deadline(bench.now) is None:
            break
        _step(bench)
    for stream in bench.streams:
        assert (stream.below or 0) <= bench.log.next(stream.number)


def _step(bench):
    at = bench.node.deadline(bench.now)
    if at is None:
        return
    bench.now = max(bench.now, at)
    frame = bench.node.transmit(bench.now)
    if frame is not None:
        assert len(frame) <= bench.link.mtu
        _, bench._peer, bench.counter = bench.collector.open(frame)
        bench.now += bench.link.air_ms(len(frame))
