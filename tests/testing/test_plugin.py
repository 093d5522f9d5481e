"""The pytest plugin as a user's project meets it: light, reproducible, and telling when a test fails."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs" / "testing.md"
COLLECTION_MS = 50  # what the plugin may add, says the specification
RUNS = 7
HEAVY = ("gilmok.street", "gilmok_collector", "gilmok_node", "gilmok_site", "gilmok_wire", "cbor2", "cryptography", "pydantic", "sqlite3")


def run_pytest(folder, *arguments):
    """Run pytest in a process and a project of its own."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


def write_test(folder, text):
    (folder / "test_user.py").write_text(text, encoding="utf-8")


def test_the_example_in_the_docs_runs(tmp_path):
    (example,) = re.findall(r"```python\n(# test_street\.py\n.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    write_test(tmp_path, example)
    result = run_pytest(tmp_path, "-W", "error", "-n", "2")
    assert re.search(r"\d+ passed", result.stdout) and "failed" not in result.stdout, result.stdout + result.stderr


def test_a_failure_shows_seed_state_and_events(tmp_path):
    write_test(tmp_path, 'def test_wet(street):\n    street.node("a")\n    street.run("1 min")\n    assert street.lost\n')
    result = run_pytest(tmp_path)
    assert result.returncode == 1
    seed = re.search(r"street: seed (\d+), after 00:01:00\.000", result.stdout)
    assert seed, result.stdout
    for expected in ("a: boot 1", "a boots: log", f"@pytest.mark.street(seed={seed[1]})"):
        assert expected in result.stdout
    again = run_pytest(tmp_path)
    assert f"seed {seed[1]}," in again.stdout, "the seed comes from the test's name"


def test_a_mistake_in_the_marker_is_named(tmp_path):
    write_test(tmp_path, "import pytest\n\n@pytest.mark.street(sed=1)\ndef test_wet(street):\n    pass\n")
    result = run_pytest(tmp_path)
    assert "unexpected keyword argument 'sed'" in result.stdout


def test_loading_the_plugin_imports_nothing_heavy():
    code = f"import sys, gilmok.testing; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def collect_ms(folder, *arguments):
    """Return the CPU time of a collection with no plugins but those named."""
    before = os.times()
    result = run_pytest(folder, "--collect-only", "--disable-plugin-autoload", *arguments)
    assert "1 test collected" in result.stdout, result.stdout + result.stderr
    after = os.times()
    return (after.children_user - before.children_user + after.children_system - before.children_system) * 1000


def test_the_plugin_adds_little_to_collection(tmp_path):
    write_test(tmp_path, "def test_dry():\n    pass\n")
    without, with_plugin = [], []
    for _ in range(RUNS):  # in turn, and the least of each: what else runs on the machine can only add
        without.append(collect_ms(tmp_path))
        with_plugin.append(collect_ms(tmp_path, "-p", "gilmok.testing"))
    added_ms = min(with_plugin) - min(without)
    print(f"collection takes {min(without):.0f} ms of CPU without the plugin, {added_ms:+.0f} ms with it")
    assert added_ms <= COLLECTION_MS


@pytest.mark.parametrize("workers", ["0", "2"])
def test_streets_of_parallel_tests_do_not_meet(tmp_path, workers):
    write_test(
        tmp_path,
        "import pytest\n\n"
        '@pytest.mark.parametrize("number", range(6))\n'
        "def test_wet(street, number):\n"
        '    street.node("a").set(level=number / 10)\n'
        '    street.run("2 min")\n'
        '    levels = {each.value for each in street.store.readings("a", "river.water_level")}\n'
        "    assert levels == {number / 10}\n",
    )
    result = run_pytest(tmp_path, "-n", workers)
    assert "6 passed" in result.stdout, result.stdout + result.stderr
