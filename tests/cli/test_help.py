"""What `gilmok` says of itself, and what it says of misuse."""

import ast
import string
import subprocess
import sys
from pathlib import Path

import pytest
from gilmok import cli
from gilmok.messages import HEADINGS, MESSAGES
from gilmok_collector.radio.broker import TROUBLES

from cli.snapshots import check_snapshot


def test_help(gilmok, lang):
    result = gilmok("--help")
    assert result.code == 0
    check_snapshot(f"help.{lang}.txt", result.out)


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_of_a_command(gilmok, name):
    result = gilmok(name, "--help")
    assert result.code == 0
    assert cli.COMMANDS[name][0] in result.out
    assert result.err == ""


def test_without_a_command_help_is_shown(gilmok):
    assert "Commands:" in "".join(vars(gilmok())[name] for name in ("out", "err"))


def test_version_by_the_module():
    out = subprocess.run([sys.executable, "-m", "gilmok", "--version"], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0
    assert out.stdout.startswith("gilmok 0.")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["chekc"], "Did you mean 'check'?"),
        (["check"], "SITE.toml"),
        (["check", "a", "b"], "unexpected extra argument"),
        (["nodes", "a", "--nod"], "No such option"),
        (["export", "xlsx", "a"], "csv"),
        (["tail", "a", "-n", "-1"], "records"),
        (["demo", "--duration", "30"], "30"),
        (["demo", "--duration", "0s"], "no time"),
        (["demo", "--speed", "-2"], "-2"),
        (["demo", "--map", "stage_ft"], "COLUMN=channel"),
    ],
)
def test_misuse(gilmok, args, said):
    result = gilmok(*args)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_options_of_the_demo_reach_it(gilmok, monkeypatch):
    given = {}
    monkeypatch.setattr("gilmok.demo.run_demo", lambda **options: given.update(options) or 3)
    options = ["--duration", "1.5 min", "--headless", "--json", "out.json", "--nodes", "6", "--replay", "flood.csv"]
    options += ["car-park.toml", "--speed", "60", "--map", "stage_ft=level", "--map", "a=b=pm10", "--seed", "9", "--link", "tcp"]
    assert gilmok("demo", *options).code == 3
    mapping = ["stage_ft=level", "a=b=pm10"]
    assert given == {
        **{"duration_s": 90.0, "headless": True, "json_path": "out.json", "nodes": 6, "replay": "flood.csv"},
        **{"speed": 60.0, "mapping": mapping, "seed": 9, "link": "tcp", "site": "car-park.toml"},
    }


@pytest.mark.parametrize("code", MESSAGES)
def test_both_languages_say_the_same_facts(code):
    english, korean = MESSAGES[code]
    assert _fields(english) == _fields(korean)


@pytest.mark.parametrize("code", HEADINGS)
def test_both_languages_have_the_same_columns(code):
    english, korean = HEADINGS[code]
    assert len(english) == len(korean)


def test_every_message_is_said_somewhere():
    said = {node.value for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    spoken = {f"count_{name}" for name in ("unknown_device", "unsupported", "refused", "replayed", "not_ours")}
    spoken |= {f"link_trouble_{trouble}" for trouble in TROUBLES}
    assert set(MESSAGES) - said - spoken == set()


def _fields(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def _trees():
    for path in Path(cli.__file__).parent.rglob("*.py"):
        if path.name != "messages.py":
            yield ast.parse(path.read_text(encoding="utf-8"))
