"""Commits of many batches: enough for SQLite to insert them by statements of their length, and some that it inserts row by row."""

import pytest
from gilmok_collector.store import Commit, StoreError, open_store
from gilmok_collector.store.backend import Run
from gilmok_collector.store.sqlite import FEWEST_RUNS, LONGEST_RUN
from gilmok_collector.store.tables import VALUES
from support.stores import LOG, NOW_MS, make_batch, record_of

FIRST = 3
LENGTHS = [1] * FEWEST_RUNS + [2] * FEWEST_RUNS + [LONGEST_RUN] * FEWEST_RUNS + [LONGEST_RUN + 1] * FEWEST_RUNS + [7, 31]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    store = open_store(url, now=lambda: NOW_MS / 1000)
    yield store
    store.close()


@pytest.mark.parametrize("width", (1, 3, 16))
@pytest.mark.parametrize("stream", (1, 2))
def test_every_record_comes_back(store, stream, width):
    batches = [make_batch(FIRST, length, device, stream=stream, width=width) for device, length in enumerate(LENGTHS)]
    for _ in range(2):
        store.commit(Commit(batches=batches))
    for device, length in enumerate(LENGTHS):
        records = [(r.seq, r.boot, r.uptime_ms, r.values) for r in store.rows(device, LOG, stream, 0, 99)]
        assert records == [(number, *record_of(number, stream, width)) for number in range(FIRST, FIRST + length)]
    assert sum(store.counts().values()) == sum(LENGTHS)


@pytest.mark.parametrize("runs", (1, FEWEST_RUNS))
def test_a_key_that_exists_is_an_error(store, runs):
    names = ("device", "log", "stream", "seq", *VALUES[:2])
    with pytest.raises(StoreError), store._backend.transaction():
        for _ in range(2):
            store._backend.insert_runs("record", names, [Run((device, 1, 1), 0, 2, [[1, 2], [3, None]]) for device in range(runs)])
    assert store.counts() == {}
