"""backup and restore."""

import sqlite3
from contextlib import closing
from urllib.parse import quote

import pytest
from gilmok.lock import hold_store
from gilmok_collector.store import Batch, Commit, open_store

from cli.scene import EPOCH, P1, STORE_ID, T0


def _stored(path):
    with closing(open_store(f"sqlite:{path}", create=False)) as store:
        return sum(progress.stored for progress in store.summary()), store.epoch


def test_there_and_back(gilmok, filled, tmp_path, lang):
    result = gilmok("backup", filled, "night.db")
    assert result.code == 0
    assert "night.db" in result.out and "12" in result.out
    with closing(open_store("sqlite:yangjae.db")) as store:
        store.commit(Commit(batches=[Batch(P1, 99, 0, 0, 5, 1, 0, None, 10, [[1] * 5], T0)]))
    result = gilmok("restore", filled, "night.db")
    assert result.code == 0
    assert "17" in result.err  # what was replaced
    count, epoch = _stored("yangjae.db")
    assert count == 12
    assert epoch > EPOCH and str(epoch) in result.out and str(EPOCH) in result.out


def test_a_backup_is_a_store(gilmok, filled):
    gilmok("backup", filled, "night.db")
    assert "lost: 4–9, 12" in gilmok("nodes", "night.db").out


def test_backup_refuses_what_would_harm(gilmok, filled, tmp_path):
    for out, said in (("yangjae.db", "the store itself"), ("nowhere/b.db", "no such folder"), (".", "is a folder")):
        result = gilmok("backup", filled, out)
        assert result.code == 1
        assert said in result.err
    assert _stored("yangjae.db") == (12, EPOCH)


def test_restore_refuses_while_a_collector_runs(gilmok, filled, lang):
    gilmok("backup", filled, "night.db")
    with hold_store("sqlite:yangjae.db", collecting=True):
        result = gilmok("restore", filled, "night.db")
    assert result.code == 1
    assert "yangjae.db.lock" in result.err
    assert ("stop it first" if lang == "en" else "먼저 멈추십시오") in result.err
    assert _stored("yangjae.db") == (12, EPOCH)


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1000])
def test_restore_refuses_what_is_no_backup(gilmok, filled, tmp_path, content):
    if content is not None:
        (tmp_path / "night.db").write_bytes(content)
    result = gilmok("restore", filled, "night.db")
    assert result.code == 1
    assert "night.db" in result.err and "Traceback" not in result.err
    assert _stored("yangjae.db") == (12, EPOCH)


def test_restore_refuses_the_backup_of_another_store(gilmok, filled, tmp_path):
    with closing(open_store(f"sqlite:{tmp_path / 'other.db'}", STORE_ID + 1)):
        pass
    result = gilmok("restore", filled, "other.db")
    assert result.code == 1
    assert "name the backup of this site" in result.err
    assert _stored("yangjae.db") == (12, EPOCH)


def test_restore_into_nothing(gilmok, filled, tmp_path):
    gilmok("backup", filled, "night.db")
    (tmp_path / "yangjae.db").unlink()
    result = gilmok("restore", filled, "night.db")
    assert result.code == 0
    assert _stored("yangjae.db")[0] == 12
    assert "–" in result.out  # no epoch before


def test_restore_over_a_damaged_file_keeps_it(gilmok, filled, tmp_path):
    gilmok("backup", filled, "night.db")
    (tmp_path / "yangjae.db").write_bytes(b"rotten" * 10_000)
    result = gilmok("restore", filled, "night.db")
    assert result.code == 0
    (kept,) = tmp_path.glob("yangjae.db.damaged-*")
    assert kept.name in result.out and kept.read_bytes() == b"rotten" * 10_000
    assert _stored("yangjae.db")[0] == 12


def test_a_damaged_file_stays_where_the_backup_is_no_better(gilmok, filled, tmp_path):
    (tmp_path / "yangjae.db").write_bytes(b"rotten" * 10_000)
    sqlite3.connect(tmp_path / "night.db").close()
    result = gilmok("restore", filled, "night.db")
    assert result.code == 1
    assert (tmp_path / "yangjae.db").read_bytes() == b"rotten" * 10_000


def test_a_postgresql_store_does_all_the_same(gilmok, filled, tmp_path, postgres_url):
    assert gilmok("backup", filled, "night.db").code == 0
    path = tmp_path / filled
    server, socket = postgres_url.split("?host=")
    url = server.replace("@/", f"@{quote(socket, safe='')}/")  # a site file names no path behind the database
    path.write_text(path.read_text(encoding="utf-8").replace("sqlite:yangjae.db", url), encoding="utf-8")
    assert gilmok("restore", filled, "night.db").code == 0  # moves the site to PostgreSQL
    with hold_store(postgres_url, collecting=True):
        assert "another gilmok" in gilmok("restore", filled, "night.db").err
    assert "lost: 4–9, 12" in gilmok("nodes", filled).out
    assert gilmok("nodes", postgres_url).out.count("device") == 2
    assert gilmok("tail", filled).out.count("\n") == 10
    assert "11 readings" in gilmok("export", "csv", filled).err
    assert gilmok("backup", filled, "again.db").code == 0
    assert _stored("again.db")[0] == 12


def test_a_database_that_is_not_there(gilmok, site, tmp_path):
    path = tmp_path / site
    text = path.read_text(encoding="utf-8").replace("sqlite:yangjae.db", "postgresql://127.0.0.1:1/gilmok")
    path.write_text(text, encoding="utf-8")
    for command in (["nodes", site], ["collect", site], ["backup", site, "b.db"]):
        result = gilmok(*command)
        assert result.code == 1
        assert "127.0.0.1" in result.err and "Traceback" not in result.err
