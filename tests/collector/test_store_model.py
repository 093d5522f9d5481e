"""Whatever comes, in whatever order and how often, the store equals a dict."""

import itertools

import pytest
from gilmok_collector.store import Anchor, Commit, Gap, open_store
from gilmok_wire.ranges import Ranges
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.stores import BOOT, LOG, NOW_MS, assert_consistent, contents, expected, make_batch

STREAMS = (1, 2)

streams = st.sampled_from(STREAMS)
anchors = st.builds(lambda boot, uptime: (boot, uptime), st.integers(1, 3), st.integers(0, 60_000))


@st.composite
def batches(draw):
    """(stream, first, count), inside one boot."""
    first = draw(st.integers(0, 3 * BOOT - 1))
    return draw(streams), first, draw(st.integers(1, min(12, BOOT - first % BOOT)))


@st.composite
def ranges(draw):
    first = draw(st.integers(0, 3 * BOOT))
    return draw(streams), first, first + draw(st.integers(0, 30))


parts = st.one_of(
    st.tuples(st.just("batches"), batches()),
    st.tuples(st.just("batches"), batches()),
    st.tuples(st.just("gaps"), ranges()),
    st.tuples(st.just("inherited"), ranges()),
    st.tuples(st.just("anchors"), anchors),
)
workloads = st.lists(st.lists(parts, max_size=6), max_size=8)


class Model:
    """What the store is to hold of one device, by sets of numbers."""

    def __init__(self):
        self.stored = {stream: set() for stream in STREAMS}
        self.inherited = {stream: set() for stream in STREAMS}
        self.gaps = {stream: set() for stream in STREAMS}

    def take(self, commit_parts):
        for kind, part in commit_parts:
            if kind == "batches":
                stream, first, count = part
                self.stored[stream] |= set(range(first, first + count)) - self.inherited[stream]
        for kind, part in commit_parts:
            if kind in ("inherited", "gaps"):
                stream, first, end = part
                getattr(self, kind)[stream] |= set(range(first, end)) - self.stored[stream]

    def assert_equal(self, store, device):
        want = [expected(device, LOG, stream, self.stored[stream]) for stream in STREAMS]
        assert contents(store, device=device) == want[0] | want[1]
        for stream in STREAMS:
            gaps = self.gaps[stream] - self.stored[stream] - self.inherited[stream]
            assert store.gaps(device, LOG, stream) == as_ranges(gaps).pairs
            settled = self.stored[stream] | self.inherited[stream] | gaps
            assert store.settled(device, LOG).get(stream, Ranges()) == as_ranges(settled)


def as_ranges(numbers):
    return Ranges([(number, number + 1) for number in sorted(numbers)])


def make_commit(device, commit_parts):
    commit = Commit()
    for kind, part in commit_parts:
        if kind == "batches":
            stream, first, count = part
            commit.batches.append(make_batch(first, count, device, LOG, stream))
        elif kind == "anchors":
            boot, uptime_ms = part
            commit.anchors.append(Anchor(device, LOG, boot, uptime_ms, NOW_MS + boot * 10**6 + uptime_ms, 20))
        else:
            stream, first, end = part
            getattr(commit, kind).append(Gap(device, LOG, stream, first, end))
    return commit


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    opened = open_store(url)
    opened.examples = itertools.count(1)
    yield opened
    opened.close()


def batch_rows(store, device):
    return store._backend.execute("SELECT * FROM batch WHERE device = ? ORDER BY id", (device,))


# the store outlives an example, which therefore is a device of its own
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(workload=workloads, again=st.randoms(use_true_random=False))
def test_the_store_equals_a_dict(store, workload, again):
    device, model = next(store.examples), Model()
    for commit_parts in workload:
        store.commit(make_commit(device, commit_parts))
        model.take(commit_parts)
    model.assert_equal(store, device)
    before = batch_rows(store, device)
    for commit_parts in again.sample(workload, len(workload)):
        store.commit(make_commit(device, [part for part in commit_parts if part[0] != "anchors"]))
    model.assert_equal(store, device)
    assert batch_rows(store, device) == before


def test_the_tables_agree_after_many_workloads(store):
    """The same through all queries, which cost too much for every example."""
    for seed in range(8):
        numbers = [(seed * 7 + step * 11) % (3 * BOOT) for step in range(30)]
        for first in numbers:
            count = min(5, BOOT - first % BOOT)
            store.commit(Commit(batches=[make_batch(first, count, seed)], gaps=[Gap(seed, LOG, 1, first, first + 9)]))
    assert_consistent(store)
