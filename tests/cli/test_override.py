"""set, unset, overrides, write-back and diff: what the collector says over the file, and what nodes make of it."""

import sqlite3
from contextlib import ExitStack, closing
from urllib.parse import quote

import pytest
from gilmok import moments
from gilmok.commands import collect
from gilmok.commands.diff import reported_digests
from gilmok.configurations import compile_all
from gilmok.place import open_effective
from gilmok_collector.store import Commit, Log, open_store
from gilmok_site import load_keys, load_site, open_node_config
from gilmok_site.node_config import config_digest

from cli.scene import FORKED, KEYS, LOG, P1, P2, T0, fill_store, write_site
from cli.snapshots import check_snapshot

RIVER = "node.p1-gate.sensor.river.every"


@pytest.fixture
def clock(monkeypatch):
    """Stop the clock; the test moves it."""
    clock = {"ms": T0}
    monkeypatch.setattr(moments, "_now_ns", lambda: clock["ms"] * 1_000_000)
    return clock


@pytest.fixture
def filled(site, tmp_path, clock):
    fill_store(tmp_path)
    return site


def say_hello(folder, device, digest):
    """Say hello with the newest log of the scene."""
    log, parent = (FORKED, LOG) if device == P1 else (LOG, 0)
    with closing(open_store(f"sqlite:{folder / 'yangjae.db'}")) as store:
        store.commit(Commit(logs=[Log(device, log, parent, 13, "0.1.0", digest)]))


def history(folder):
    with closing(open_store(f"sqlite:{folder / 'yangjae.db'}")) as store:
        return store.intended.history()


def flash(gilmok, folder, site, node, device):
    """Make a node's configuration and let the node say hello with it; return the digest."""
    assert gilmok("config", site, node, folder / "node.cbor").code == 0
    digest = config_digest(open_node_config((folder / "node.cbor").read_bytes()))
    (folder / "node.cbor").unlink()
    say_hello(folder, device, digest)
    return digest


def test_a_day_of_overrides(gilmok, filled, tmp_path, clock, lang):
    """What a person types and reads, from the first value to the file that says it all again."""
    told = []

    def type_in(*args):
        result = gilmok(*args)
        told.append(f"$ gilmok {' '.join(args)}\n{result.out}{result.err}[{result.code}]\n")
        clock["ms"] += 60_000

    flash(gilmok, tmp_path, filled, "p1-gate", P1)
    for args in (
        ("overrides", filled),
        ("diff", filled),
        ("set", filled, RIVER, "5 s", "--for", "2h", "--author", "kim"),
        ("set", filled, "node.p1-gate.health", '"5 min"', "--author", "이"),
        ("set", filled, "node.p1-gate.sensor.river.urgent", "true", "--author", "이"),
        ("overrides", filled),
        ("diff", filled),
        ("unset", filled, "node.p1-gate.health", "--author", "kim"),
        ("write-back", filled, "--dry-run"),
        ("write-back", filled, "--author", "kim"),
        ("overrides", filled),
        ("overrides", filled, "--history"),
        ("diff", filled),
    ):
        type_in(*args)
    check_snapshot(f"override.{lang}.txt", "\n".join(told))


REFUSED = {
    "as gilmok check says": ("set", "yangjae.toml", RIVER, "10"),
    "too often": ("set", "yangjae.toml", RIVER, "1 ms"),
    "no such sensor": ("set", "yangjae.toml", "node.p1-gate.sensor.rivr.every", "5 s"),
    "no such key": ("set", "yangjae.toml", "node.p1-gate.sensor.river.evry", "5 s"),
    "who a device is": ("set", "yangjae.toml", "node.p1-gate.device", '"7f3b"'),
    "no key": ("set", "yangjae.toml", "river", "5 s"),
    "no value": ("set", "yangjae.toml", RIVER, ""),
    "no lifetime": ("set", "yangjae.toml", RIVER, "5 s", "--for", "soon"),
    "no time at all": ("set", "yangjae.toml", RIVER, "5 s", "--for", "0h"),
    "for ever": ("set", "yangjae.toml", RIVER, "5 s", "--for", "9999d"),
    "nobody": ("set", "yangjae.toml", RIVER, "5 s", "--author", " "),
    "not set": ("unset", "yangjae.toml", "node.p2-gate.board"),
    "nearly set": ("unset", "yangjae.toml", "node.p1-gate.helth"),
    "not set, so not written": ("write-back", "yangjae.toml", "node.p2-gate.board"),
}


def test_what_is_refused_is_said_and_not_stored(gilmok, filled, tmp_path, lang):
    assert gilmok("set", filled, "node.p1-gate.health", "2 min", "--author", "kim").code == 0
    before, files = history(tmp_path), (tmp_path / filled).read_bytes()
    told = []
    for name, args in REFUSED.items():
        result = gilmok(*args, *(() if "--author" in args else ("--author", "kim")))
        assert result.code == 1, name
        told.append(f"## {name}\n{result.out}{result.err}")
    assert history(tmp_path) == before
    assert (tmp_path / filled).read_bytes() == files
    check_snapshot(f"override_refused.{lang}.txt", "\n".join(told))


def test_without_a_store_nothing_can_be_set(gilmok, site):
    result = gilmok("set", site, RIVER, "5 s")
    assert result.code == 1
    assert "`gilmok collect` makes one" in result.err


def test_a_person_without_a_name_is_asked_for_one(gilmok, filled, monkeypatch):
    def nobody():
        raise OSError

    monkeypatch.setattr("getpass.getuser", nobody)
    result = gilmok("set", filled, RIVER, "5 s")
    assert result.code == 1
    assert "--author kim" in result.err


def test_config_takes_what_is_set_until_it_expires(gilmok, filled, tmp_path, clock):
    plain = flash(gilmok, tmp_path, filled, "p1-gate", P1)
    gilmok("set", filled, RIVER, "5 s", "--for", "1h")
    assert flash(gilmok, tmp_path, filled, "p1-gate", P1) != plain
    clock["ms"] += 3_600_000
    assert flash(gilmok, tmp_path, filled, "p1-gate", P1) == plain


def test_config_of_the_file_only(gilmok, filled, tmp_path):
    plain = flash(gilmok, tmp_path, filled, "p1-gate", P1)
    gilmok("set", filled, RIVER, "5 s")
    (tmp_path / "yangjae.db").write_bytes(b"not a database" * 100)
    refused = gilmok("config", filled, "p1-gate", "p1.cbor")
    assert refused.code == 1 and "--file-only" in refused.err
    assert not (tmp_path / "p1.cbor").exists()
    assert plain.hex() in gilmok("config", filled, "p1-gate", "p1.cbor", "--file-only").out


def test_what_would_spoil_the_site_when_another_expires_is_refused(gilmok, filled, tmp_path):
    assert gilmok("set", filled, RIVER, "7 s", "--for", "1h").code == 0
    refused = gilmok("set", filled, "node.p1-gate.sensor.river.mean", "21 s")  # fits 7 s, and not the 10 s that come back
    assert refused.code == 1
    assert "node.p1-gate.sensor.river.mean" in refused.err and "21 s" in refused.err
    assert gilmok("set", filled, "node.p1-gate.sensor.river.mean", "21 s", "--for", "30min").code == 0
    assert gilmok("set", filled, RIVER, "7 s").code == 0
    assert gilmok("set", filled, "node.p1-gate.sensor.river.mean", "21 s").code == 0
    kept = gilmok("unset", filled, RIVER)
    assert kept.code == 1 and "21 s" in kept.err
    assert RIVER in gilmok("overrides", filled).out


def test_a_file_that_moved_on_is_told_who_set_the_value(gilmok, filled, tmp_path, lang):
    gilmok("set", filled, RIVER, "5 s", "--author", "kim")
    path = tmp_path / filled
    path.write_text(path.read_text(encoding="utf-8").replace("sensor.river", "sensor.water"), encoding="utf-8")
    result = gilmok("config", filled, "p1-gate", "p1.cbor")
    assert result.code == 1
    assert result.err.startswith(f"gilmok set (kim, 2026-05-01 03:30:00+09:00)  {RIVER}\n")
    assert f"gilmok unset {filled} {RIVER}" in result.err
    assert gilmok("unset", filled, RIVER).code == 0
    assert gilmok("config", filled, "p1-gate", "p1.cbor").code == 0


def test_no_key_of_a_device_reaches_the_store(gilmok, filled, tmp_path):
    flash(gilmok, tmp_path, filled, "p1-gate", P1)
    flash(gilmok, tmp_path, filled, "p2-gate", P2)
    with closing(sqlite3.connect(tmp_path / "yangjae.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM configuration").fetchone() == (2,)
        dump = "\n".join(database.iterdump()).lower()
    for path in tmp_path.glob("yangjae.db*"):
        assert not any(key in path.read_bytes() for key in KEYS.values())
    assert not any(key.hex() in dump for key in KEYS.values())


def test_a_collector_remembers_what_it_starts_with(site, clock):
    """The first configurations are made before there is a store."""
    with ExitStack() as stack:
        service, *_ = collect._open(open_effective(site), site, stack)
        made = compile_all(load_site(site), load_keys(load_site(site)))
        intended = service.engine.store.intended
        assert {node: intended.configuration(each.device, each.digest) == each.public for node, each in made.items()} == {
            "p1-gate": True,
            "p2-gate": True,
        }
        assert KEYS[P1] not in intended.configuration(P1, made["p1-gate"].digest)


def test_overrides_of_a_store_alone(gilmok, filled, tmp_path):
    gilmok("set", filled, RIVER, "5 s", "--author", "kim")
    (tmp_path / filled).unlink()
    result = gilmok("overrides", "yangjae.db")
    assert result.code == 0
    assert RIVER in result.out and "+00:00" in result.out and '"10 s"' not in result.out


def test_a_restored_store_says_that_values_came_back(gilmok, filled, tmp_path, lang):
    gilmok("set", filled, RIVER, "5 s")
    assert gilmok("backup", filled, "backup.db").code == 0
    gilmok("unset", filled, RIVER)
    result = gilmok("restore", filled, "backup.db", "--yes")
    assert result.code == 0
    assert f"gilmok overrides {filled}" in result.out
    assert RIVER in gilmok("overrides", filled).out


def test_a_negative_value_stands_behind_two_minuses(gilmok, filled, tmp_path):
    assert gilmok("set", filled, "node.p1-gate.sensor.river.offset.distance", "--", "-0.3").code == 0
    assert [each.value for each in history(tmp_path)] == ["-0.3"]


def test_diff_of_a_new_key_names_no_value(gilmok, filled, tmp_path):
    flash(gilmok, tmp_path, filled, "p1-gate", P1)
    keys = tmp_path / "yangjae.keys.toml"
    other = "ab" * 16
    keys.write_text(keys.read_text(encoding="utf-8").replace(KEYS[P1].hex(), other), encoding="utf-8")
    result = gilmok("diff", filled)
    assert result.code == 1
    assert "nothing that is kept here: the device's key" in result.out
    assert other not in result.out and KEYS[P1].hex() not in result.out


def test_diff_is_content_when_all_that_spoke_run_the_file(gilmok, filled, tmp_path):
    flash(gilmok, tmp_path, filled, "p1-gate", P1)
    result = gilmok("diff", filled)
    assert result.code == 0
    assert "1 of 2 nodes run what the file says; 0 do not; 1 not heard." in result.out
    flash(gilmok, tmp_path, filled, "p2-gate", P2)
    assert "2 of 2 nodes run what the file says" in gilmok("diff", filled).out


def test_of_several_logs_the_newest_counts():
    from gilmok_collector.store import Progress

    def progress(log, received_ms):
        return Progress(P1, log, 0, "river", 0, 1, 0, 0, 1, [], received_ms, None)

    logs = [Log(P1, 1, 0, 9, "1", b"old"), Log(P1, 2, 1, 1, "1", b"fork"), Log(P1, 3, 0, 1, "1", b"wild")]
    assert reported_digests(logs[:2], [progress(1, 900)]) == {P1: b"fork"}
    assert reported_digests(logs, [progress(2, 100), progress(3, 200)]) == {P1: b"wild"}
    assert reported_digests(logs, [progress(2, 300), progress(3, 200)]) == {P1: b"fork"}


def test_write_back_of_one_key_leaves_the_others(gilmok, filled, tmp_path):
    gilmok("set", filled, RIVER, "5 s")
    gilmok("set", filled, "node.p1-gate.health", "2 min")
    assert gilmok("write-back", filled, RIVER).code == 0
    assert load_site(tmp_path / filled).node["p1-gate"].sensor["river"].every_ms == 5000
    assert "node.p1-gate.health" in gilmok("overrides", filled).out
    assert RIVER not in gilmok("overrides", filled).out


def test_a_value_the_file_says_already_is_only_marked(gilmok, filled, tmp_path):
    gilmok("set", filled, RIVER, '"10 s"')
    before = (tmp_path / filled).read_bytes()
    assert "The files say so already" in gilmok("write-back", filled, "--dry-run").out
    assert "The files say so already" in gilmok("write-back", filled).out
    assert (tmp_path / filled).read_bytes() == before
    assert "Nothing is set" in gilmok("overrides", filled).out


def test_a_site_whose_store_is_postgresql(gilmok, tmp_path, monkeypatch, clock, request):
    url = request.getfixturevalue("postgres_url")
    monkeypatch.chdir(tmp_path)
    path = write_site(tmp_path)
    address, _, folder = url.partition("?host=")
    url = f"{address}?host={quote(folder, safe='&=-')}"  # a site file has no further slash
    path.write_text(path.read_text(encoding="utf-8").replace("sqlite:yangjae.db", url), encoding="utf-8")
    open_store(url).close()
    assert gilmok("set", "yangjae.toml", RIVER, "5 s").code == 0
    assert RIVER in gilmok("overrides", "yangjae.toml").out
    assert gilmok("write-back", "yangjae.toml").code == 0
    assert "Nothing is set" in gilmok("overrides", "yangjae.toml").out
