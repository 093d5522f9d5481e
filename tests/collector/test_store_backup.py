"""Backups are whole, restores raise the epoch, and a site may move from one database to the other."""

import os
import sqlite3

import pytest
from gilmok_collector.store import (
    Anchor,
    Commit,
    Gap,
    Log,
    Schema,
    StoreDamaged,
    StoreError,
    StoreMisused,
    open_store,
    restore,
)
from support.stores import DEVICE, LOG, NOW_MS, assert_consistent, contents, dump, expected, make_batch

NOW_S = NOW_MS // 1000


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    opened = open_store(url, store_id=0xABCD, now=lambda: NOW_S)
    opened.commit(
        Commit(
            batches=[make_batch(0, 20), make_batch(30, 10), make_batch(0, 40, stream=2, width=16)],
            anchors=[Anchor(DEVICE, LOG, 1, 0, NOW_MS, 20)],
            schemas=[Schema(DEVICE, LOG, 1, b"abcd", "길목", 0, [("수위", "m", -3)]), Schema(DEVICE, LOG, 3, b"\x00\xff\\\n")],
            gaps=[Gap(DEVICE, LOG, 1, 20, 25)],
            inherited=[Gap(DEVICE, LOG, 1, 25, 30)],
            logs=[Log(DEVICE, LOG, 0, 1, "1.0\t\\n", b"\x00\xff\\\t")],
        )
    )
    yield opened
    opened.close()


def rows_of(store):
    """Return everything but the identity."""
    return {table: rows for table, rows in dump(store).items() if table != "meta"}


def test_a_backup_is_a_store_with_the_same_contents(store, tmp_path):
    path = f"{tmp_path}/backup.db"
    store.backup(path)
    copy = open_store(f"sqlite:{path}")
    assert (copy.id, copy.epoch) == (store.id, store.epoch)
    assert rows_of(copy) == rows_of(store)
    assert list(copy.readings()) == list(store.readings())
    assert_consistent(copy)
    copy.close()
    assert sorted(name for name in os.listdir(tmp_path) if name.startswith("backup")) == ["backup.db"]


def test_a_backup_takes_the_place_of_an_older_one_and_of_a_broken_attempt(store, tmp_path):
    path = f"{tmp_path}/backup.db"
    store.backup(path)
    (tmp_path / "backup.db.partial").write_bytes(b"half a backup")
    store.commit(Commit(batches=[make_batch(40, 5)]))
    store.backup(path)
    copy = open_store(f"sqlite:{path}")
    assert rows_of(copy) == rows_of(store)
    copy.close()


def test_a_backup_shows_one_moment_while_another_process_writes(store, url, tmp_path):
    other = open_store(url)
    other.commit(Commit(batches=[make_batch(40, 5)]))
    store.backup(f"{tmp_path}/backup.db")
    other.commit(Commit(batches=[make_batch(45, 5)]))
    other.close()
    copy = open_store(f"sqlite:{tmp_path}/backup.db")
    assert copy.stored(DEVICE, LOG, 1).pairs[-1] == (30, 45)
    copy.close()


@pytest.mark.parametrize("clock, epoch", [(NOW_S + 500, NOW_S + 500), (NOW_S, NOW_S + 1), (5, NOW_S + 1)], ids=["later", "same", "behind"])
def test_a_restore_raises_the_epoch_whatever_the_clock_says(store, url, tmp_path, clock, epoch):
    store.backup(f"{tmp_path}/backup.db")
    before = rows_of(store)
    store.commit(Commit(batches=[make_batch(40, 5)], gaps=[Gap(DEVICE, LOG, 1, 50, 60)]))
    store.close()
    restore(url, f"{tmp_path}/backup.db", now=lambda: clock)
    restored = open_store(url)
    assert (restored.id, restored.epoch) == (0xABCD, epoch)
    assert rows_of(restored) == before
    restored.commit(Commit(batches=[make_batch(40, 5)]))
    assert_consistent(restored)
    restored.close()


def test_each_restore_raises_the_epoch_again(store, url, tmp_path):
    store.backup(f"{tmp_path}/backup.db")
    store.close()
    for _ in range(3):
        restore(url, f"{tmp_path}/backup.db", now=lambda: 5)
    restored = open_store(url)
    assert restored.epoch == NOW_S + 3
    restored.close()


def test_a_lost_database_is_restored_into_a_new_one_of_either_kind(store, tmp_path):
    store.backup(f"{tmp_path}/backup.db")
    new = f"sqlite:{tmp_path}/new.db"
    restore(new, f"{tmp_path}/backup.db", now=lambda: 5)
    restored = open_store(new)
    assert (restored.id, restored.epoch) == (0xABCD, NOW_S + 1)
    assert rows_of(restored) == rows_of(store)
    restored.close()


def test_a_site_moves_to_postgresql_with_its_numbers(postgres_url, tmp_path):
    small = open_store(f"sqlite:{tmp_path}/small.db")
    small.commit(Commit(batches=[make_batch(0, 40), make_batch(0, 10, stream=2)]))
    small.backup(f"{tmp_path}/backup.db")
    restore(postgres_url, f"{tmp_path}/backup.db")
    large = open_store(postgres_url)
    assert rows_of(large) == rows_of(small)
    large.commit(Commit(batches=[make_batch(0, 20, stream=2)]))
    assert contents(large) == expected(DEVICE, LOG, 1, range(40)) | expected(DEVICE, LOG, 2, range(20))
    small.close()
    large.close()


def test_the_backup_of_another_store_is_refused(store, url, tmp_path):
    other = open_store(f"sqlite:{tmp_path}/other.db", store_id=0x1111)
    other.backup(f"{tmp_path}/other-backup.db")
    other.close()
    before = dump(store)
    with pytest.raises(StoreMisused, match="is the store 0000abcd, the backup is of 00001111; name the backup of"):
        restore(url, f"{tmp_path}/other-backup.db")
    assert dump(store) == before


def test_a_restore_that_fails_half_way_changes_nothing(store, url, tmp_path, monkeypatch):
    store.backup(f"{tmp_path}/backup.db")
    store.commit(Commit(batches=[make_batch(40, 5)]))
    before = dump(store)
    with sqlite3.connect(f"{tmp_path}/backup.db") as backup:
        backup.execute("DROP TABLE record")
    backup.close()
    with pytest.raises(StoreError, match="no such table: record"):
        restore(url, f"{tmp_path}/backup.db")
    assert dump(store) == before
    store.commit(Commit(batches=[make_batch(45, 5)]))


def test_a_restore_does_not_touch_the_backup(store, url, tmp_path):
    path = tmp_path / "backup.db"
    store.backup(str(path))
    store.close()
    before = path.read_bytes()
    path.chmod(0o400)
    restore(url, str(path))
    assert path.read_bytes() == before


def test_a_missing_or_foreign_file_and_a_missing_folder_are_named(store, url, tmp_path):
    with pytest.raises(StoreMisused, match=r"none\.db: there is no such backup"):
        restore(url, f"{tmp_path}/none.db")
    (tmp_path / "text.db").write_text("no database at all, but long enough to look at" * 50)
    with pytest.raises(StoreDamaged, match=r"text\.db: this is no SQLite database"):
        restore(url, f"{tmp_path}/text.db")
    with pytest.raises(StoreMisused, match="the folder .*nowhere does not exist"):
        store.backup(f"{tmp_path}/nowhere/backup.db")
