"""Who may work on a store at the same time, between processes."""

import subprocess
import sys

import pytest
from gilmok.errors import Refused
from gilmok.lock import hold_store

HOLD = """
import sys
from gilmok.lock import hold_store
with hold_store(sys.argv[1], collecting=True):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def collector():
    """Return a function that starts a process which holds a store as its collector."""
    processes = []

    def start(url):
        process = subprocess.Popen([sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=60)


def test_one_process_holds_a_file(collector, tmp_path):
    url = f"sqlite:{tmp_path / 'yangjae.db'}"
    process = collector(url)
    for collecting in (True, False):
        with pytest.raises(Refused, match=rf"process {process.pid} is working on this store"), hold_store(url, collecting):
            raise AssertionError("held twice")
    process.kill()  # a killed process lets go
    process.wait(timeout=60)
    with hold_store(url):
        pass
    with hold_store(url):
        pass


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match="no such folder"), hold_store(f"sqlite:{tmp_path / 'nowhere' / 'yangjae.db'}"):
        raise AssertionError("held")


def test_several_collectors_share_a_database_and_a_restore_does_not(collector, postgres_url):
    collector(postgres_url)
    with hold_store(postgres_url, collecting=True):
        pass
    with pytest.raises(Refused, match="another gilmok"), hold_store(postgres_url):
        raise AssertionError("held")


def test_a_restore_holds_a_database_alone(collector, postgres_url):
    with hold_store(postgres_url), pytest.raises(Refused, match="another gilmok"), hold_store(postgres_url, collecting=True):
        raise AssertionError("held")
    with hold_store(postgres_url, collecting=True):
        pass


def test_a_database_that_does_not_answer():
    with pytest.raises(Refused, match="does not answer"), hold_store("postgresql://127.0.0.1:1/gilmok"):
        raise AssertionError("held")
