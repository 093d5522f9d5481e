"""Every release opens the databases of all before it, and refuses what it does not know."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from gilmok_collector.store import Commit, StoreError, StoreVersionError, open_store, restore
from gilmok_collector.store.migrations import MIGRATIONS
from support import stores
from support.stores import NOW_MS, assert_consistent, make_batch

GOLDEN = Path(stores.__file__).resolve().parents[1] / "golden" / "store"
RELEASES = sorted(path.stem for path in GOLDEN.glob("*.db"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def test_there_is_a_database_of_each_version():
    assert len(RELEASES) == len(MIGRATIONS)


@pytest.mark.parametrize("release", RELEASES)
def test_a_database_of_each_release_opens_with_all_it_held(release, tmp_path):
    told = json.loads((GOLDEN / f"{release}.json").read_text())
    shutil.copy(GOLDEN / f"{release}.db", tmp_path / "old.db")
    store = open_store(f"sqlite:{tmp_path}/old.db")
    assert (store.id, store.epoch) == (told["store_id"], told["epoch"])
    assert [list(reading) for reading in store.readings()] == told["readings"]
    assert [[r.stream, r.seq, r.boot, r.uptime_ms, r.unix_ms, *r.values] for r in store.records()] == told["records"]
    assert [[p.device, p.log, p.stream, p.next, [list(gap) for gap in p.gaps]] for p in store.summary()] == told["streams"]
    assert_intended(store, told)
    assert_alarms(store, told)
    store.commit(Commit(batches=[make_batch(80, 5)]))
    assert_consistent(store)
    store.close()


@pytest.mark.parametrize("release", RELEASES)
def test_a_backup_of_each_release_is_restored(release, url):
    restore(url, str(GOLDEN / f"{release}.db"), now=lambda: 5)
    store = open_store(url)
    told = json.loads((GOLDEN / f"{release}.json").read_text())
    assert (store.id, store.epoch) == (told["store_id"], told["epoch"] + 1)
    assert [list(reading) for reading in store.readings()] == told["readings"]
    assert_intended(store, told)
    assert_alarms(store, told)
    store.close()


def assert_intended(store, told):
    """Assert that overrides and configurations are those of the release; its first had none, and takes them now."""
    assert [list(entry) for entry in store.intended.history()] == told.get("overrides", [])
    for device, digest, body in told.get("configurations", []):
        assert store.intended.configuration(device, bytes.fromhex(digest)).hex() == body
    store.intended.set_override("node.p1-gate.health", '"5 min"', "kim", NOW_MS)
    assert [entry.author for entry in store.intended.overrides(NOW_MS) if entry.key == "node.p1-gate.health"] == ["kim"]


def assert_alarms(store, told):
    """Assert that alarms, outputs, commands and verdicts are those of the release, and that it takes more; the first two had none."""
    alarms, outputs, commands = store.alarms.events(), store.alarms.output_events(), store.commands.history()
    told_of = [[e.name, e.event, e.state, e.level, e.value, e.limit, e.unit, e.unix_ms, e.facts] for e in alarms]
    assert told_of == told.get("alarms", [])
    assert [[e.name, e.event, e.commanded, e.confirmed, e.after_ms] for e in outputs] == told.get("outputs", [])
    assert [[c.id, c.name, c.author, c.state, c.status, c.result and c.result.hex()] for c in commands] == told.get("commands", [])
    assert [list(verdict) for verdict in store.alarms.verdicts()] == told.get("verdicts", [])
    assert [list(row) for row in store._backend.execute("SELECT * FROM cursor")] == told.get("cursors", [])
    assert store.alarms.append(alarms) == []
    notices = store.notices.newest(9)[::-1]
    assert [[n.key, n.state, n.attempts, n.created_ms, n.done_ms, n.error] for n in notices] == told.get("notices", [])
    number = store.commands.queue(7, "ack", [5], "kim", NOW_MS, NOW_MS + 60_000)
    assert number in [command.id for command in store.commands.open()]


@pytest.fixture
def next_release(monkeypatch):
    """Pretend that this release knows one version more than it does."""
    newest = max(MIGRATIONS)
    steps = ("ALTER TABLE log ADD COLUMN color TEXT", "UPDATE log SET color = 'blue'")
    monkeypatch.setitem(MIGRATIONS, newest + 1, steps)
    return newest + 1


def test_an_older_store_is_brought_up_with_what_it_holds(url, request):
    store = open_store(url)
    store.commit(Commit(batches=[make_batch(0, 5)]))
    identity = store.id, store.epoch
    store.close()
    version = request.getfixturevalue("next_release")
    store = open_store(url)
    assert (store.id, store.epoch) == identity
    assert len(list(store.records())) == 5
    assert store._backend.execute("SELECT color FROM log") == []
    assert ("version", version) in store._backend.execute("SELECT key, value FROM meta")
    store.close()


def test_a_newer_store_is_refused(url, next_release, monkeypatch):
    open_store(url).close()
    monkeypatch.delitem(MIGRATIONS, next_release)
    with pytest.raises(StoreVersionError, match=rf"version {next_release}; this release knows {next_release - 1}: use the release"):
        open_store(url)


def test_a_migration_that_fails_leaves_the_old_version(url, monkeypatch):
    store = open_store(url)
    store.commit(Commit(batches=[make_batch(0, 5)]))
    store.close()
    newest = max(MIGRATIONS)
    monkeypatch.setitem(MIGRATIONS, newest + 1, ("ALTER TABLE log ADD COLUMN color TEXT", "DROP TABLE no_such"))
    with pytest.raises(StoreError):
        open_store(url)
    monkeypatch.delitem(MIGRATIONS, newest + 1)
    store = open_store(url)
    assert len(list(store.records())) == 5
    store.close()
    monkeypatch.setitem(MIGRATIONS, newest + 1, ("ALTER TABLE log ADD COLUMN color TEXT",))  # it is not there yet
    open_store(url).close()


def test_somebody_elses_database_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE customers (name TEXT)")
    other.close()
    with pytest.raises(StoreVersionError, match=r"other\.db: holds tables that are not a Gilmok store's"):
        open_store(f"sqlite:{tmp_path}/other.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("customers",)]
    other.close()


@pytest.mark.parametrize("version", [0, -1, 10**9])
def test_a_version_nobody_made_is_refused(tmp_path, version):
    url = f"sqlite:{tmp_path}/store.db"
    store = open_store(url, now=lambda: NOW_MS)
    store._backend.execute("UPDATE meta SET value = ? WHERE key = 'version'", (version,))
    store.close()
    with pytest.raises(StoreVersionError, match=f"is a store of version {version}"):
        open_store(url)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "site.toml").write_text("[site]\n" * 300)
    with pytest.raises(StoreError, match=r"site\.toml: this is no SQLite database; name another file"):
        open_store(f"sqlite:{tmp_path}/site.toml")


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "store.db").touch()
    open_store(f"sqlite:{tmp_path}/store.db").close()
