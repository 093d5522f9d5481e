"""The pytest plugin as a user's project meets it: light, reproducible, and telling when a test fails."""

import os
import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs" / "testing.md"
COLLECTION_MS = 50  # what the plugin may add, says the specification
HEAVY = (
    "gilmok.street",
    "gilmok_collector",
    "gilmok_node",
    "gilmok_rules",
    "gilmok_site",
    "gilmok_wire",
    "cbor2",
    "cryptography",
    "pydantic",
    "sqlite3",
)


ALONE = ("--disable-plugin-autoload", "-p", "gilmok.testing")  # other people's plugins take seconds to load


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


def test_the_example_of_a_city_runs(tmp_path):
    (example,) = re.findall(r"```python\n(# test_city\.py.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    site = '[site]\nid = "yangjae"\nextends = "riverside-parking"\n[store]\nurl = "sqlite:yangjae.db"\n'
    (tmp_path / "yangjae.toml").write_text(site + "[node.bridge-n.sensor.deck]\nsample_ms = 32\n", encoding="utf-8")
    write_test(tmp_path, example)
    result = run_pytest(tmp_path, *ALONE, "-W", "error")
    assert "1 passed" in result.stdout, result.stdout + result.stderr
    assert sorted(each.name for each in tmp_path.glob("yangjae*")) == ["yangjae.toml"], "no store, no keys beside it"


def test_a_failure_shows_seed_state_and_events(tmp_path):
    write_test(tmp_path, 'def test_wet(street):\n    street.node("a")\n    street.run("1 min")\n    assert street.lost\n')
    result = run_pytest(tmp_path, *ALONE)
    assert result.returncode == 1
    seed = re.search(r"street: seed (\d+), after 00:01:00\.000", result.stdout)
    assert seed, result.stdout
    for expected in ("a: boot 1", "a boots: log", f"@pytest.mark.street(seed={seed[1]})"):
        assert expected in result.stdout
    again = run_pytest(tmp_path, *ALONE)
    assert f"seed {seed[1]}," in again.stdout, "the seed comes from the test's name"


def test_a_mistake_in_the_marker_is_named(tmp_path):
    write_test(tmp_path, "import pytest\n\n@pytest.mark.street(sed=1)\ndef test_wet(street):\n    pass\n")
    result = run_pytest(tmp_path, *ALONE)
    assert "unexpected keyword argument 'sed'" in result.stdout


def test_loading_the_plugin_imports_nothing_heavy():
    code = f"import sys, gilmok.testing; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


# Run in a fresh process: what importing the plugin costs, then collections with it and without in turn. The least of each counts,
# because what else runs on the machine can only add.
MEASURE = """
import contextlib, io, time, pytest
def cpu_ms(action):
    began = time.process_time_ns()
    with contextlib.redirect_stdout(io.StringIO()):
        assert not action()
    return (time.process_time_ns() - began) / 1e6
def load():
    import gilmok.testing
def collect(*arguments):
    return pytest.main(["--collect-only", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider", *arguments])
imported = cpu_ms(load)
collect()
pairs = [(cpu_ms(collect), cpu_ms(lambda: collect("-p", "gilmok.testing"))) for _ in range(15)]
print(imported, min(each[0] for each in pairs), min(each[1] for each in pairs))
"""


def test_the_plugin_adds_little_to_collection(tmp_path):
    write_test(tmp_path, "def test_dry():\n    pass\n")
    result = subprocess.run([sys.executable, "-c", MEASURE], cwd=tmp_path, capture_output=True, text=True, check=True)
    imported_ms, without_ms, with_ms = map(float, result.stdout.splitlines()[-1].split())
    added_ms = imported_ms + with_ms - without_ms
    print(f"collection: {without_ms:.1f} ms of CPU, {with_ms:.1f} with the plugin, {imported_ms:.1f} to import it: {added_ms:+.1f} ms")
    assert added_ms <= COLLECTION_MS


def test_streets_of_parallel_tests_do_not_meet(tmp_path):
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
    result = run_pytest(tmp_path, *ALONE, "-p", "xdist", "-n", "2")
    assert "6 passed" in result.stdout, result.stdout + result.stderr
