"""What every store must do, on SQLite and on PostgreSQL alike."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from gilmok_collector.store import (
    Anchor,
    Batch,
    Commit,
    CommitRefused,
    Gap,
    Log,
    Schema,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreMisused,
    StoreReplaced,
    open_store,
    restore,
)
from support.stores import (
    DEVICE,
    LOG,
    NOW_MS,
    RIVER,
    anchor,
    assert_consistent,
    contents,
    dump,
    expected,
    make_batch,
    record_of,
    river,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    store = open_store(url, now=lambda: NOW_MS / 1000)
    yield store
    store.close()


# -- exactly once


def test_records_come_back_as_they_went_in(store):
    store.commit(Commit(batches=[make_batch(0, 10), make_batch(0, 40, stream=2, width=16), make_batch(40, 1)]))
    assert contents(store) == (
        expected(DEVICE, LOG, 1, range(10)) | expected(DEVICE, LOG, 2, range(40), 16) | expected(DEVICE, LOG, 1, [40])
    )
    assert_consistent(store)


def test_the_same_commit_again_changes_nothing(store):
    commit = Commit(
        batches=[make_batch(0, 20), make_batch(30, 5)],
        anchors=[anchor(5000, NOW_MS)],
        schemas=[Schema(DEVICE, LOG, 1, b"abcd", "air", 0, [("pm", "ug/m3", 0)] * 3)],
        gaps=[Gap(DEVICE, LOG, 1, 20, 25)],
        inherited=[Gap(DEVICE, LOG, 1, 25, 30)],
        logs=[Log(DEVICE, LOG, 0, 1, "1.0", b"cfg1")],
    )
    store.commit(commit)
    before = dump(store)
    store.commit(commit)
    assert dump(store) == before


def test_what_overlaps_is_stored_once(store):
    for log, (first, count) in enumerate([(0, 10), (5, 10), (0, 40), (9, 2), (12, 3), (39, 1)]):
        store.commit(Commit(batches=[make_batch(5, 5, log=log), make_batch(20, 10, log=log)]))
        store.commit(Commit(batches=[make_batch(first, count, log=log)]))
        numbers = {*range(5, 10), *range(20, 30), *range(first, first + count)}
        held = {key: record for key, record in contents(store).items() if key[1] == log}
        assert held == expected(DEVICE, log, 1, numbers)
    assert len(store.tail(0)[1]) == len(contents(store))
    assert_consistent(store)


def test_a_batch_twice_in_one_commit_is_stored_once(store):
    store.commit(Commit(batches=[make_batch(0, 10), make_batch(5, 10), make_batch(0, 10)]))
    assert contents(store) == expected(DEVICE, LOG, 1, range(15))
    assert_consistent(store)


def test_the_first_to_come_is_kept(store):
    store.commit(Commit(batches=[river(0, 3, values=[1, 2, 3])]))
    store.commit(Commit(batches=[river(0, 4, values=[9, 9, 9, 9])]))
    assert [record.values[0] for record in store.records()] == [1, 2, 3, 9]


def test_batches_that_continue_one_another_share_one_row_of_the_batch_table(store):
    store.commit(Commit(batches=[river(0, 2), river(2, 2), river(4, 1, period_ms=0, start_ms=4000), river(5, 2)]))
    assert store._backend.execute("SELECT first, count, start_ms, end_ms, period_ms FROM batch") == [(0, 7, 0, 6000, 1000)]
    assert [record.uptime_ms for record in store.records()] == [n * 1000 for n in range(7)]


def test_single_records_at_one_pace_share_a_row_too(store):
    store.commit(Commit(batches=[river(n, 1, period_ms=0, start_ms=n * 700) for n in range(5)]))
    assert store._backend.execute("SELECT first, count, start_ms, end_ms, period_ms FROM batch") == [(0, 5, 0, 2800, 700)]
    assert [record.uptime_ms for record in store.records()] == [n * 700 for n in range(5)]


def test_batches_that_only_seem_to_continue_one_another_stay_apart(store):
    seeming = [
        river(2, 2, boot=2),
        river(2, 2, start_ms=2001),
        river(2, 2, start_ms=2000, period_ms=999),
        river(3, 2, start_ms=2000),
        river(2, 2, times=[2000, 3500]),
        dataclasses.replace(river(2, 2), stream=3),
        dataclasses.replace(river(2, 2), log=2**32 - 1),
        dataclasses.replace(river(2, 2), device=DEVICE + 100),
        dataclasses.replace(river(2, 2), columns=[[7, 7]]),
    ]
    for number, second in enumerate(seeming):
        first = dataclasses.replace(river(0, 2), device=number)
        if second.device == DEVICE:
            second.device = number
        else:
            second.device += number
        store.commit(Commit(batches=[first, second]))
        told = [
            (part.device, part.log, part.stream, part.first + n, part.boot, uptime_ms, tuple(c[n] for c in part.columns))
            for part in (first, second)
            for n, uptime_ms in enumerate(part.times or [part.start_ms, part.start_ms + part.period_ms])
        ]
        held = [
            (r.device, r.log, r.stream, r.seq, r.boot, r.uptime_ms, r.values)
            for device in sorted({first.device, second.device})
            for r in store.records(device=device)
        ]
        assert held == told


def test_equal_numbers_of_other_devices_logs_and_streams_are_other_records(store):
    owners = [(device, log, stream) for device in (1, 2) for log in (3, 4) for stream in (1, 2)]
    store.commit(Commit(batches=[make_batch(0, 5, *owner) for owner in owners]))
    assert len(contents(store)) == 5 * len(owners)
    assert set(store.counts()) == set(owners)


def test_the_greatest_numbers_fit(store):
    top = (2**63 - 1, 2**32 - 1, 2**15 - 1)
    edge = Batch(*top, 2**32 - 1, 1, 2**32 - 1, 2**42 - 2, None, 0, [[2**29 - 1], [1 - 2**29]], 2**53 - 1)
    store.commit(Commit(batches=[edge], gaps=[Gap(*top, 0, 2**32)], anchors=[Anchor(*top[:2], 7, 2**42 - 1, 2**53 - 1, 2**53 - 1)]))
    assert [record.values for record in store.records()] == [(2**29 - 1, 1 - 2**29)]
    assert store.settled(*top[:2])[top[2]].pairs == [(0, 2**32)]


def test_a_stream_without_columns_still_counts(store):
    store.commit(Commit(batches=[Batch(DEVICE, LOG, 1, 0, 3, 1, 0, None, 10, [], NOW_MS)]))
    assert [record.values for record in store.records()] == [(), (), ()]


# -- settled: stored, gap, inherited


def test_what_was_stored_is_settled_and_so_are_gaps(store):
    store.commit(Commit(batches=[make_batch(10, 5)], gaps=[Gap(DEVICE, LOG, 1, 0, 12), Gap(DEVICE, LOG, 3, 0, 4)]))
    assert store.settled(DEVICE, LOG)[1].pairs == [(0, 15)]
    assert store.settled(DEVICE, LOG)[3].pairs == [(0, 4)]
    assert store.stored(DEVICE, LOG, 1).pairs == [(10, 15)]
    assert store.gaps(DEVICE, LOG, 1) == [(0, 10)]
    assert store.settled(DEVICE, LOG + 1) == {}


def test_a_record_that_comes_after_all_closes_its_gap(store):
    store.commit(Commit(gaps=[Gap(DEVICE, LOG, 1, 0, 30)]))
    store.commit(Commit(batches=[make_batch(10, 5)]))
    assert store.gaps(DEVICE, LOG, 1) == [(0, 10), (15, 30)]
    assert store.stored(DEVICE, LOG, 1).pairs == [(10, 15)]
    assert_consistent(store)


def test_inherited_records_are_settled_without_being_gaps_or_rows(store):
    store.commit(Commit(gaps=[Gap(DEVICE, LOG, 1, 0, 20)], inherited=[Gap(DEVICE, LOG, 1, 5, 15)]))
    store.commit(Commit(batches=[make_batch(0, 30)]))
    assert store.stored(DEVICE, LOG, 1).pairs == [(0, 5), (15, 30)]
    assert store.gaps(DEVICE, LOG, 1) == []
    assert store.settled(DEVICE, LOG)[1].pairs == [(0, 30)]
    assert [progress.inherited for progress in store.summary()] == [10]


def test_a_forked_log_is_compared_with_its_parent_by_rows(store):
    store.commit(Commit(batches=[make_batch(0, 10), make_batch(10, 10)]))
    rows = list(store.rows(DEVICE, LOG, 1, 7, 13))
    assert [(row.seq, row.boot, row.uptime_ms, row.values) for row in rows] == [(n, *record_of(n)) for n in range(7, 13)]
    assert list(store.rows(DEVICE, LOG, 1, 20, 99)) == []


# -- logs and schemas


def test_a_log_is_as_its_latest_boot_said(store):
    store.commit(Commit(logs=[Log(DEVICE, LOG, 0, 3, "1.1", b"new1")]))
    store.commit(Commit(logs=[Log(DEVICE, LOG, 0, 2, "1.0", b"old1"), Log(DEVICE, 5, LOG, 4, "1.1", b"fork")]))
    assert store.logs() == [Log(DEVICE, 5, LOG, 4, "1.1", b"fork"), Log(DEVICE, LOG, 0, 3, "1.1", b"new1")]


def test_a_schema_is_known_by_its_digest_first(store):
    store.commit(Commit(schemas=[Schema(DEVICE, LOG, 2, RIVER.digest)]))
    assert store.schemas(DEVICE, LOG) == {2: Schema(DEVICE, LOG, 2, RIVER.digest, None, None, None)}
    store.commit(Commit(schemas=[RIVER]))
    store.commit(Commit(schemas=[Schema(DEVICE, LOG, 2, RIVER.digest)]))
    assert store.schemas(DEVICE, LOG) == {2: RIVER}


def test_a_stream_number_keeps_its_schema(store):
    store.commit(Commit(schemas=[RIVER]))
    other = Schema(DEVICE, LOG, 2, b"zzzz", "other", 0, [("x", "m", 0)])
    with pytest.raises(CommitRefused, match=r"device 7, log 9c41e07b, stream 2: .*needs a new stream number") as caught:
        store.commit(Commit(batches=[make_batch(0, 5)], schemas=[other]))
    assert (caught.value.device, caught.value.log, caught.value.stream) == (DEVICE, LOG, 2)
    assert contents(store) == {}
    assert store.schemas(DEVICE, LOG) == {2: RIVER}


def test_an_empty_schema_is_complete(store):
    tick = Schema(DEVICE, LOG, 9, b"tick", "tick", 1, [])
    store.commit(Commit(schemas=[tick]))
    assert store.schemas(DEVICE, LOG) == {9: tick}


WIDE = [[0]] * 17
REFUSED = {
    "17 columns": Commit(batches=[Batch(1, 2, 3, 0, 1, 1, 0, None, 0, WIDE, NOW_MS)]),
    "split the stream": Commit(schemas=[Schema(1, 2, 3, b"wide", "wide", 0, [("x", "m", 0)] * 17)]),
    "not every column": Commit(batches=[Batch(1, 2, 3, 0, 2, 1, 0, None, 0, [[1, 2], [1]], NOW_MS)]),
    "its times": Commit(batches=[Batch(1, 2, 3, 0, 2, 1, 0, [1], 0, [[1, 2]], NOW_MS)]),
    "0 records": Commit(batches=[Batch(1, 2, 3, 0, 0, 1, 0, None, 0, [[]], NOW_MS)]),
    "log is": Commit(batches=[Batch(1, 2**32, 3, 0, 1, 1, 0, None, 0, [[1]], NOW_MS)]),
    "start_ms is": Commit(batches=[Batch(1, 2, 3, 0, 1, 1, 2**64, None, 0, [[1]], NOW_MS)]),
    "apart, cannot be": Commit(batches=[Batch(1, 2, 3, 0, 9, 1, 0, None, 2**41, [[1] * 9], NOW_MS)]),
    "on, 0 ms apart": Commit(batches=[Batch(1, 2, 3, 2**32 - 1, 2, 1, 0, None, 0, [[1, 2]], NOW_MS)]),
    "end is": Commit(gaps=[Gap(1, 2, 3, 0, 2**32 + 1)]),
    "first is": Commit(inherited=[Gap(1, 2, 3, -1, 5)]),
    "unix_ms is": Commit(anchors=[Anchor(1, 2, 3, 0, -1, 5)]),
    "uptime_ms is": Commit(anchors=[Anchor(1, 2, 3, 2**64, 1, 5)]),
    "boot is": Commit(logs=[Log(1, 2, 0, 2**32, "1", b"")]),
    "NUL": Commit(logs=[Log(1, 2, 0, 1, "1\0", b"")]),
    "needs a name": Commit(schemas=[Schema(1, 2, 3, b"none", None, 0, [])]),
    "no float holds": Commit(schemas=[Schema(1, 2, 3, b"huge", "x", 0, [("x", "m", 400)])]),
}


def test_nonsense_is_refused_by_name_before_anything_is_stored(store):
    for reason, nonsense in REFUSED.items():
        batches = [make_batch(0, 5), *nonsense.batches]
        with pytest.raises(CommitRefused, match=reason) as caught:
            store.commit(dataclasses.replace(nonsense, batches=batches))
        assert caught.value.device == 1
        assert contents(store) == {}
    store.commit(Commit(batches=[make_batch(0, 5)]))
    assert len(contents(store)) == 5


def test_an_empty_commit_is_false(store):
    assert not Commit()
    assert Commit(gaps=[Gap(1, 2, 3, 4, 5)])
    store.commit(Commit())


# -- life


def test_an_opened_store_is_the_one_that_was_closed(store, url):
    store.commit(Commit(batches=[make_batch(0, 5)]))
    store.close()
    again = open_store(url, now=lambda: NOW_MS)
    assert (again.id, again.epoch) == (store.id, NOW_MS // 1000)
    assert len(contents(again)) == 5
    again.close()


def test_a_new_store_takes_the_id_it_is_given_and_an_old_one_keeps_its_own(url):
    store = open_store(url, store_id=0x1234)
    store.close()
    assert store.id == 0x1234
    with pytest.raises(StoreMisused, match=r"is the store 00001234, not 00000005; name the database"):
        open_store(url, store_id=5)


def test_two_processes_may_write_in_turn(store, url):
    other = open_store(url)
    for first in range(0, 40, 10):
        store.commit(Commit(batches=[make_batch(first, 10)]))
        other.commit(Commit(batches=[make_batch(first, 5), make_batch(first + 200, 10)]))
    assert dump(store) == dump(other)
    assert len(contents(store)) == 80
    assert_consistent(store)
    other.close()


def test_two_processes_may_write_at_once(store, url):
    """They wait for one another; what both bring is stored once."""
    other = open_store(url)
    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(_write_all, each) for each in (store, other)]
        for writer in writers:
            writer.result()
    assert contents(store) == expected(DEVICE, LOG, 1, range(200))
    assert_consistent(store)
    other.close()


def _write_all(store):
    for first in range(0, 200, 5):
        store.commit(Commit(batches=[make_batch(first, 5)]))


def test_a_store_that_another_process_holds_is_busy(tmp_path, monkeypatch):
    monkeypatch.setattr("gilmok_collector.store.sqlite.BUSY_S", 0.01)
    store, other = open_store(f"sqlite:{tmp_path}/store.db"), open_store(f"sqlite:{tmp_path}/store.db")
    with other._backend.transaction(), pytest.raises(StoreBusy, match="another process is writing to it; try again"):
        store.commit(Commit(batches=[make_batch(0, 5)]))
    store.commit(Commit(batches=[make_batch(0, 5)]))
    assert len(contents(store)) == 5
    store.close()
    other.close()


def test_a_failure_inside_a_commit_leaves_nothing_of_it(store):
    store.commit(Commit(batches=[make_batch(0, 5)]))
    before = dump(store)
    with pytest.raises(StoreError):
        store.commit(Commit(batches=[make_batch(5, 5), Batch(1, 2, 3, 0, 1, 1, 0, None, 0, [[2**70]], NOW_MS)]))
    assert dump(store) == before
    store.commit(Commit(batches=[make_batch(5, 5)]))
    assert len(contents(store)) == 10


def test_postgresql_out_of_room_is_told_as_that(postgres_url):
    store = open_store(postgres_url)
    store._backend.execute(
        """CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION USING ERRCODE = ''disk_full''; END'"""
    )
    store._backend.execute("CREATE TRIGGER full_disk BEFORE INSERT ON record EXECUTE FUNCTION fail()")
    with pytest.raises(StoreFull, match="the disk is full"):
        store.commit(Commit(batches=[make_batch(0, 5)], gaps=[Gap(DEVICE, LOG, 1, 5, 9)]))
    assert store.settled(DEVICE, LOG) == {}
    store._backend.execute("DROP TRIGGER full_disk ON record")
    store.commit(Commit(batches=[make_batch(0, 5)]))
    assert len(contents(store)) == 5
    store.close()


def test_postgresql_is_connected_again_after_it_was_gone(postgres_url):
    store, other = open_store(postgres_url), open_store(postgres_url)
    other._backend.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    with pytest.raises(StoreError, match="PostgreSQL says"):
        store.commit(Commit(batches=[make_batch(0, 5)]))
    store.commit(Commit(batches=[make_batch(0, 5)]))
    assert len(contents(store)) == 5
    store.close()
    other.close()


def test_a_store_is_restored_under_an_open_one_only_to_be_refused(store, url, tmp_path):
    store.commit(Commit(batches=[make_batch(0, 5)]))
    store.backup(str(tmp_path / "backup.db"))
    restore(url, str(tmp_path / "backup.db"))
    with pytest.raises(StoreReplaced, match="was restored while it was open; open it again"):
        store.commit(Commit(batches=[make_batch(5, 5)]))


@pytest.mark.parametrize(
    "url, sentence",
    [
        ("mysql://x", "is no store; write sqlite:PATH or postgresql://"),
        ("sqlite:", "names no file; write sqlite:PATH"),
        ("sqlite::memory:", "cannot keep a write-ahead log here"),
        ("sqlite:/no/such/folder/x.db", "its folder must exist and be writable"),
        ("postgresql://me:secret@127.0.0.1:1/x", "127.0.0.1"),
    ],
)
def test_a_url_that_does_not_work_says_why_and_keeps_the_password(url, sentence):
    with pytest.raises(StoreError, match=sentence) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_store_that_only_reads_is_not_made_by_looking(tmp_path):
    with pytest.raises(StoreMisused, match="there is no store yet"):
        open_store(f"sqlite:{tmp_path}/none.db", create=False)
    assert not (tmp_path / "none.db").exists()
