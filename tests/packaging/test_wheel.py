"""The wheel is the product: what it holds, and that it works where nothing else is installed."""

import json
import time
import zipfile

import pytest

from .conftest import ROOT, run

# One worker for all of these, so that the wheel is built and installed once.
pytestmark = pytest.mark.xdist_group("wheel")

PACKAGES = {"gilmok", "gilmok_wire", "gilmok_rules", "gilmok_node", "gilmok_site", "gilmok_collector", "gilmok_sim"}


def test_it_holds_the_packages_at_the_top_and_nothing_else(wheel):
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES


def test_data_stands_beside_the_code_that_reads_it(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "gilmok_wire/gilmok.cddl" in names
    boards = {f"gilmok_site/boards/{path.name}" for path in (ROOT / "boards").glob("*.toml")}
    assert boards
    assert boards <= set(names)
    assert "gilmok_site/driver_tables.json" in names
    instruments = {f"gilmok_site/instruments/{path.name}" for path in (ROOT / "host/gilmok_site/instruments").glob("*.toml")}
    assert instruments
    assert instruments <= set(names)
    profiles = {f"gilmok_site/profiles/{path.name}" for path in (ROOT / "host/gilmok_site/profiles").glob("*.toml")}
    assert profiles
    assert profiles <= set(names)


def test_help_comes_at_once(installed, tmp_path, record_property):
    run(installed / "gilmok", "--help", cwd=tmp_path)  # the first start compiles
    started = time.perf_counter()
    output = run(installed / "gilmok", "--help", cwd=tmp_path)
    elapsed = time.perf_counter() - started
    assert "demo" in output
    record_property("help_s", elapsed)
    print(f"gilmok --help: {elapsed:.2f} s")  # printed, not asserted: this machine may be busy


def test_the_module_is_the_command(installed, tmp_path):
    assert "demo" in run(installed / "python", "-m", "gilmok", "--help", cwd=tmp_path)


def test_the_demo_runs_and_loses_nothing(installed, tmp_path):
    run(installed / "gilmok", "demo", "--duration", "5s", "--headless", "--json", "out.json", cwd=tmp_path)
    report = json.loads((tmp_path / "out.json").read_text())
    assert len(report["nodes"]) >= 4
    for node in report["nodes"]:
        assert node["logged"] > 0
        assert node["logged"] == node["acknowledged"] == node["stored"]
        assert (node["lost"], node["duplicated"]) == (0, 0)


def test_a_users_pytest_finds_the_plugin(installed, tmp_path):
    entry_points = "from importlib.metadata import entry_points; print(*entry_points(group='pytest11', name='gilmok'))"
    assert "gilmok.testing" in run(installed / "python", "-c", entry_points, cwd=tmp_path)
