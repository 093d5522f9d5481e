"""check, keys and config: from a site file to what a node reads."""

import json
import stat
import sys

import pytest
from gilmok_site import open_node_config

from cli.scene import KEYS

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists, not modes")


def test_check_shows_the_site(gilmok, site):
    result = gilmok("check", site)
    assert result.code == 0
    assert "p1-gate" in result.out and result.out.endswith("No problems. `--explain` shows the arithmetic.\n")


def test_check_explains_its_budgets(gilmok, site, lang):
    result = gilmok("check", "--explain", site)
    assert result.code == 0
    assert " × 100 / 152 = " in result.out
    assert ("firmware, log and session" if lang == "en" else "펌웨어·로그·세션") in result.out


def test_check_names_every_problem(gilmok, site, tmp_path, lang):
    path = tmp_path / site
    path.write_text(path.read_text(encoding="utf-8").replace("every", "evry"), encoding="utf-8")
    result = gilmok("check", site)
    assert result.code == 1
    assert "yangjae.toml:22  node.p1-gate.sensor.river.evry" in result.out
    assert ("did you mean" if lang == "en" else "혹시") in result.out


def test_a_missing_site_is_said(gilmok, site):
    for command in (["check", "yangjea.toml"], ["keys", "yangjea.toml"], ["nodes", "yangjea.toml"]):
        result = gilmok(*command)
        assert result.code == 1
        assert 'did you mean "yangjae.toml"?' in result.out + result.err


def test_keys_are_made_once(gilmok, site, tmp_path, lang):
    keys = tmp_path / "yangjae.keys.toml"
    keys.unlink()
    first = gilmok("keys", site)
    made = keys.read_text(encoding="utf-8")
    again = gilmok("keys", site)
    assert (first.code, again.code) == (0, 0)
    assert "p1-gate, p2-gate" in first.out and str(keys.name) in first.out
    assert ("nothing was changed" if lang == "en" else "바꾼 것이 없습니다") in again.out
    assert keys.read_text(encoding="utf-8") == made
    for line in made.splitlines():
        if line[4:8] == ' = "':
            assert line[8:40] not in first.out + first.err


def test_only_missing_keys_are_made(gilmok, site, tmp_path):
    keys = tmp_path / "yangjae.keys.toml"
    text = keys.read_text(encoding="utf-8")
    keys.write_text("".join(line for line in text.splitlines(True) if "7f3a" not in line), encoding="utf-8")
    result = gilmok("keys", site)
    assert "keys made: 1, for p2-gate." in result.out
    assert KEYS[0xC268].hex() in keys.read_text(encoding="utf-8")


@POSIX
def test_keys_that_others_can_read_are_refused(gilmok, site, tmp_path):
    (tmp_path / "yangjae.keys.toml").chmod(0o644)
    for command in (["keys", site], ["config", site, "p1-gate", "out"], ["collect", site]):
        result = gilmok(*command)
        assert result.code == 1
        assert "chmod 600" in result.err


def test_config_is_what_the_node_reads(gilmok, site, tmp_path):
    result = gilmok("config", site, "p1-gate", "p1.cbor")
    assert result.code == 0
    data = (tmp_path / "p1.cbor").read_bytes()
    assert KEYS[0xC268] in open_node_config(data)
    assert KEYS[0xC268].hex() not in result.out
    assert "device c268" in result.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p1.cbor", "yangjae.keys.toml", "yangjae.toml"]


@POSIX
def test_config_is_readable_by_its_owner_only(gilmok, site, tmp_path):
    out = tmp_path / "p1.cbor"
    out.write_bytes(b"an older one, open to everybody")
    out.chmod(0o666)
    assert gilmok("config", site, "p1-gate", out).code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["p3-gate", "out.cbor"], 'did you mean "p2-gate"?'),
        (["p1-gate", "nowhere/out.cbor"], "no such folder"),
        (["p1-gate", "."], "is a folder"),
    ],
)
def test_config_that_cannot_be_written(gilmok, site, tmp_path, args, said):
    result = gilmok("config", site, *args)
    assert result.code == 1
    assert said in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["yangjae.keys.toml", "yangjae.toml"]


def test_config_without_keys_says_how_to_make_them(gilmok, site, tmp_path):
    (tmp_path / "yangjae.keys.toml").unlink()
    result = gilmok("config", site, "p1-gate", "out")
    assert result.code == 1
    assert "gilmok keys yangjae.toml" in result.err


def test_schema_is_json(gilmok):
    result = gilmok("schema")
    assert result.code == 0
    assert json.loads(result.out)["$defs"]["Sensor"]["properties"]["driver"]["enum"]
