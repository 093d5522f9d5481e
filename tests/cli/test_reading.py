"""nodes, tail and export: what a store tells people."""

import csv
import io
import subprocess
import sys
from contextlib import closing

import pytest
from gilmok_collector.store import Anchor, Batch, Commit, open_store

from cli.scene import EPOCH, P1, P2, STORE_ID, T0, write_site
from cli.snapshots import check_snapshot
from cli.test_watch import tell_of_radios


def test_nodes(gilmok, filled, lang):
    result = gilmok("nodes", filled)
    assert result.code == 0
    check_snapshot(f"nodes.{lang}.txt", result.out)


def test_nodes_tell_of_their_radios(gilmok, filled, lang):
    with closing(open_store("sqlite:yangjae.db")) as store:
        tell_of_radios(store)
    lines = gilmok("nodes", filled).out.splitlines()
    [line] = [line for line in lines if "DR4" in line]
    assert line.startswith({"en": "  radio of p1-gate, boot 12: 1 235 s", "ko": "  p1-gate 무선, 부팅 12: 송신 시간 1 235초"}[lang])
    assert line.endswith("(2026-05-01T04:30:00.000+09:00)"), "when it was so, not when it came"
    assert lines.index(line) < next(place for place, each in enumerate(lines) if each.startswith("p2-gate"))


@pytest.mark.parametrize("store", ["yangjae.db", "sqlite:yangjae.db"])
def test_a_store_needs_no_site(gilmok, filled, store, tmp_path):
    (tmp_path / filled).unlink()
    result = gilmok("nodes", store)
    assert result.code == 0
    assert "device c268\n" in result.out and "lost: 4–9, 12" in result.out
    assert "+00:00" in result.out and "p1-gate" not in result.out


def test_nodes_before_anything_was_collected(gilmok, site):
    result = gilmok("nodes", site)
    assert result.code == 1
    assert "`gilmok collect` makes one" in result.err


def test_nodes_of_what_is_no_store(gilmok, site, tmp_path):
    (tmp_path / "yangjae.db").write_bytes(b"not a database" * 100)
    result = gilmok("nodes", site)
    assert result.code == 1
    assert "yangjae.db" in result.err and "Traceback" not in result.err


def test_a_password_is_not_taken_from_the_command_line(gilmok):
    for url in ("postgresql://gilmok:secret@db.example/gilmok", "postgresql://db.example/g?password=secret"):
        result = gilmok("nodes", url)
        assert result.code == 1
        assert ".pgpass" in result.err and "secret" not in result.err


def test_tail(gilmok, filled, lang):
    result = gilmok("tail", filled)
    assert result.code == 0
    check_snapshot(f"tail.{lang}.txt", result.out)


def test_tail_of_a_node(gilmok, filled):
    lines = gilmok("tail", filled, "--node", "p1-gate", "-n", "3").out.splitlines()
    assert [line.split("  ")[2] for line in lines] == ["flood 0", "river 4", "river 5"]
    assert gilmok("tail", filled, "--node", "0abc").out.count("\n") == 1
    assert gilmok("tail", filled, "--node", "p2-gate").out == ""
    assert gilmok("tail", filled, "-n", "0").out == ""


def test_tail_reaches_behind_the_last_batches(gilmok, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    site = write_site(tmp_path)
    with closing(open_store("sqlite:yangjae.db", STORE_ID, now=lambda: EPOCH)) as store:
        first = [Batch(P2, 1, 0, i, 1, 1, i, None, 0, [[i]], T0) for i in range(300)]
        later = [Batch(P1, 1, 0, i, 1, 1, i, None, 0, [[i]], T0) for i in range(700)]
        store.commit(Commit(batches=first))
        store.commit(Commit(batches=later))
    for wanted in (1, 45, 299, 300, 301):
        lines = gilmok("tail", site, "--node", "p2-gate", "-n", wanted).out.splitlines()
        assert [int(line.split()[-1]) for line in lines] == list(range(300))[-wanted:]
    lines = gilmok("tail", site, "-n", "1001").out.splitlines()
    assert len(lines) == 1000


def test_unknown_nodes_and_streams(gilmok, filled, lang):
    texts = []
    for args in (["--node", "p3-gate"], ["--stream", "rivver"], ["--since", "yesterday"], ["--until", "2026-02-30"]):
        result = gilmok("export", "csv", filled, *args)
        assert (result.code, result.out) == (1, "")
        texts.append(result.err)
    result = gilmok("tail", "yangjae.db", "--node", "p1-gate")
    assert result.code == 1
    check_snapshot(f"refused.{lang}.txt", "".join([*texts, result.err]))


def test_export(gilmok, filled, lang):
    result = gilmok("export", "csv", filled)
    assert result.code == 0
    check_snapshot(f"export.{lang}.txt", result.out.replace("\r\n", "\n") + "--- stderr\n" + result.err)


def test_export_is_rfc_4180(gilmok, filled):
    text = gilmok("export", "csv", filled).out
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 11
    assert text.count("\r\n") == text.count("\n") == 12


def test_export_in_bounds(gilmok, filled):
    def sequences(*bounds):
        out = gilmok("export", "csv", filled, "--stream", "river", *bounds).out
        return [int(row["sequence"]) for row in csv.DictReader(io.StringIO(out))]

    assert sequences("--since", "2026-05-01T03:30:10") == [1, 3, 10, 11]
    assert sequences("--until", "2026-05-01T03:30:10") == [0]
    assert sequences("--since", "2026-04-30T18:30:10Z", "--until", "2026-05-01T03:31:50+09:00") == [1, 3, 10]
    assert sequences("--since", "2026-05-02") == []
    assert sequences("--node", "0abc") == []
    counted = gilmok("export", "csv", filled, "--since", "2026-05-02").err
    assert "0 readings" in counted and "3 records are not dated yet" in counted


def test_export_without_a_site_is_in_utc(gilmok, filled):
    out = gilmok("export", "csv", "yangjae.db").out
    assert "2026-04-30T18:30:00.000+00:00,0.026,c268,c268,9c41e07b,river,0,distance,1.771,m" in out


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_traceback(site, tmp_path):
    with closing(open_store("sqlite:yangjae.db", STORE_ID, now=lambda: EPOCH)) as store:
        count = 20_000  # more than a pipe holds
        batch = Batch(P1, 1, 0, 0, count, 1, 0, None, 10, [[1] * count], T0)
        store.commit(Commit(anchors=[Anchor(P1, 1, 1, 0, T0, 20)], batches=[batch]))
    command = [sys.executable, "-m", "gilmok", "export", "csv", site]
    export = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert export.stdout.readline().startswith("time,")
    export.stdout.close()
    assert export.wait(timeout=60) == 1
    assert export.stderr.read() == ""
    export.stderr.close()


def test_export_to_a_file(gilmok, filled, tmp_path):
    result = gilmok("export", "csv", filled, "-o", "out.csv")
    assert (result.code, result.out) == (0, "")
    text = (tmp_path / "out.csv").read_bytes().decode("utf-8")
    assert text == gilmok("export", "csv", filled, "-o", "-").out
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]


def test_a_failed_export_leaves_the_older_file(gilmok, filled, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    out.write_text("older")
    monkeypatch.setattr("gilmok.commands.export._describe", lambda *args: 1 / 0)
    from gilmok.cli import main

    with pytest.raises(ZeroDivisionError):
        main(["export", "csv", filled, "-o", "out.csv"])
    assert out.read_text() == "older"
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".new")]


@pytest.mark.parametrize(("out", "said"), [("nowhere/out.csv", "no such folder"), (".", "is a folder")])
def test_export_to_nowhere(gilmok, filled, out, said):
    result = gilmok("export", "csv", filled, "-o", out)
    assert result.code == 1
    assert said in result.err


def test_dates_beyond_the_calendar_are_no_traceback(gilmok, site, tmp_path):
    with closing(open_store("sqlite:yangjae.db", STORE_ID, now=lambda: EPOCH)) as store:
        late = Anchor(P1, 1, 1, 0, 1 << 52, 20)
        store.commit(Commit(anchors=[late], batches=[Batch(P1, 1, 0, 0, 1, 1, 0, None, 0, [[1]], T0)]))
    assert "not dated" in gilmok("tail", site).out
    assert gilmok("nodes", site).code == 0
    assert "1 records are not dated" in gilmok("export", "csv", site).err
