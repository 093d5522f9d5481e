"""`gilmok demo SITE.toml`: the nodes of a site file in processes of their own, and an account of every record."""

import json
import signal
from pathlib import Path

from gilmok.cli import main
from gilmok.demo.interpreter import micropython_command
from pytest import fixture, raises

SITE = Path(__file__).parents[1] / "testing" / "sites" / "two-boards.toml"


@fixture(autouse=True)
def handlers():
    """A demo takes ^C and SIGTERM for itself."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def run(*arguments):
    with raises(SystemExit) as ended:
        main(["demo", *map(str, arguments)])
    return ended.value.code


def test_a_sites_nodes_run_as_their_boards_do(tmp_path, capfd):
    out = tmp_path / "out.json"
    assert run(SITE, "--duration", "6s", "--headless", "--speed", "20", "--json", out) == 0, capfd.readouterr()
    account = json.loads(out.read_text(encoding="utf-8"))
    assert (account["scenario"], account["drained"]) == ("two-boards", True)
    assert account["lost"] == account["duplicated"] == account["changed"] == account["gaps"] == 0
    nodes = {node["name"]: node for node in account["nodes"]}
    assert all(node["faults"] == [] for node in nodes.values())
    assert all(node["stored"] == node["logged"] > 10 for node in nodes.values()), nodes
    chip = "micropython" if micropython_command() else "cpython"
    assert {name: node["interpreter"] for name, node in nodes.items()} == {"gate": chip, "cabinet": "cpython"}
    assert not list(SITE.parent.glob("never-written*")), "store and keys of the site stay untouched"


def test_what_cannot_be_is_said(tmp_path, capfd):
    assert run(SITE, "--replay", "x.csv") == 2
    assert "leave out --replay or the site file" in capfd.readouterr().err
    broken = tmp_path / "broken.toml"
    broken.write_text(SITE.read_text(encoding="utf-8").replace('driver = "a02yyuw"', 'driver = "a02yyvw"'), encoding="utf-8")
    assert run(broken, "--duration", "1s") == 1
    assert "node.gate.sensor.river.driver" in capfd.readouterr().err
