"""What people ask of a store, on SQLite and on PostgreSQL alike: readings, records, tail, summary."""

import pytest
from gilmok_collector.store import Anchor, Batch, Commit, Gap, Schema, open_store
from support.stores import DEVICE, LOG, NOW_MS, RIVER, anchor, contents, make_batch, record_of, river


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    store = open_store(url, now=lambda: NOW_MS / 1000)
    yield store
    store.close()


def test_readings_are_scaled_dated_and_without_missing_values(store):
    store.commit(Commit(batches=[river(0, 3)], schemas=[RIVER], anchors=[anchor(0, NOW_MS)]))
    readings = list(store.readings())
    assert [(r.seq, r.channel, r.unit, r.unix_ms, r.value) for r in readings] == [
        (n, channel, unit, NOW_MS + n * 1000, value)
        for n in range(3)
        for channel, unit, value in [("level", "m", n / 1000), ("n", "1", 100.0)]
    ]
    assert {(r.device, r.log, r.stream) for r in readings} == {(DEVICE, LOG, "river")}


def test_a_value_is_the_nearest_float(store):
    cases = [(3, -1, 1, 0.3), (1771, -3, 1, 1.771), (1, -11, 390625, 390625e-11), (7, 2, 1, 700.0)]
    channels = [("x", "m", exponent, step) for _, exponent, step, _ in cases]
    columns = [[raw] for raw, *_ in cases]
    schema = Schema(DEVICE, LOG, 2, b"abcd", "x", 0, channels)
    batch = Batch(DEVICE, LOG, 2, 0, 1, 1, 0, None, 0, columns, NOW_MS)
    store.commit(Commit(batches=[batch], schemas=[schema], anchors=[anchor(0, NOW_MS)]))
    assert [reading.value for reading in store.readings()] == [value for *_, value in cases]


def test_readings_and_records_are_found_by_device_stream_channel_and_time(store):
    other = Schema(8, LOG, 2, b"abcd", "air", 0, [("pm", "ug/m3", 0)] * 3)
    elsewhere = Batch(8, LOG, 2, 0, 5, 1, 0, None, 1000, [[1] * 5] * 3, NOW_MS)
    store.commit(
        Commit(
            batches=[river(0, 40), river(40, 40), elsewhere],
            schemas=[RIVER, other],
            anchors=[anchor(0, NOW_MS), Anchor(8, LOG, 1, 0, NOW_MS, 20)],
        )
    )
    assert {r.stream for r in store.readings(device=8)} == {"air"}
    assert {r.device for r in store.readings(stream="river")} == {DEVICE}
    assert {r.channel for r in store.readings(channel="level")} == {"level"}
    bounds = {"stream": "river", "since_ms": NOW_MS + 35_000, "until_ms": NOW_MS + 45_000}
    assert [r.seq for r in store.readings(channel="level", **bounds)] == list(range(35, 45))
    assert [r.seq for r in store.records(**bounds)] == list(range(35, 45))
    assert [r.seq for r in store.records(since_ms=NOW_MS + 79_000)] == [79]
    assert len(list(store.readings(limit=83))) == 83
    assert len(list(store.records(limit=83))) == 83
    assert list(store.records(limit=0)) == list(store.readings(stream="none")) == []


def test_undated_records_are_stored_and_not_exported(store):
    store.commit(Commit(batches=[river(0, 3)], schemas=[RIVER]))
    assert list(store.readings()) == []
    assert [(r.unix_ms, r.uncertainty_ms) for r in store.records()] == [(None, None)] * 3
    assert list(store.records(since_ms=0)) == []


def test_irregular_records_are_dated_by_their_own_uptime(store):
    times = [100, 250, 900, 901]
    store.commit(Commit(batches=[river(0, 4, times=times, period_ms=0)], anchors=[anchor(0, NOW_MS, 0)]))
    assert [(r.uptime_ms, r.unix_ms) for r in store.records()] == [(time, NOW_MS + time) for time in times]


def test_a_query_that_is_left_early_disturbs_nothing(store):
    store.commit(Commit(batches=[make_batch(0, 40), make_batch(40, 40)], schemas=[RIVER]))
    records = store.records()
    next(records)
    records.close()
    store.commit(Commit(batches=[make_batch(80, 5)]))
    assert len(contents(store)) == 85


def test_tail_returns_each_record_once_in_the_order_of_arrival(store):
    store.commit(Commit(batches=[make_batch(40, 5)]))
    cursor, records = store.tail()
    assert records == []
    store.commit(Commit(batches=[make_batch(0, 5)]))
    store.commit(Commit(batches=[make_batch(20, 5)]))
    cursor, records = store.tail(cursor)
    assert [record.seq for record in records] == [*range(5), *range(20, 25)]
    assert store.tail(cursor) == (cursor, [])
    store.commit(Commit(batches=[make_batch(30, 2)]))
    assert [record.seq for record in store.tail(cursor)[1]] == [30, 31]


def test_tail_brings_much_in_parts(store):
    store.commit(Commit(batches=[make_batch(0, 1, device=device) for device in range(600)]))
    cursor, seen = 0, []
    while (answer := store.tail(cursor))[1]:
        cursor, records = answer
        seen += [record.device for record in records]
    assert seen == list(range(600))


def test_summary_tells_how_far_each_stream_is(store):
    store.commit(Commit(schemas=[RIVER, Schema(DEVICE, LOG, 4, b"none")], anchors=[anchor(0, NOW_MS)]))
    store.commit(Commit(batches=[river(0, 3)]))
    store.commit(Commit(batches=[make_batch(10, 2, stream=3)], gaps=[Gap(DEVICE, LOG, 2, 5, 9)]))
    by_stream = {progress.stream: progress for progress in store.summary()}
    assert by_stream[2] == (DEVICE, LOG, 2, "river", 0, 3, 0, 0, 9, [(5, 9)], NOW_MS, NOW_MS + 2000)
    assert by_stream[3][3:] == (None, None, 2, 0, 10, 12, [], NOW_MS, NOW_MS + record_of(11, 3)[1])
    assert by_stream[4][3:] == (None, None, 0, 0, None, 0, [], None, None)
