"""Fixtures every test may ask for, and the guard that keeps tests off the network."""

import itertools
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from support import postgresql

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI") == "true"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")

# No deadline: cores are shared, and a slow example is no fault. The blob replays a failure found elsewhere.
settings.register_profile("gilmok", deadline=None, print_blob=True)
settings.load_profile("gilmok")


def _refuse_network(event, args):
    """Raise where a test connects to anything but this machine."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not str(args[1][0]).startswith(LOOPBACK):
        raise AssertionError(f"tests stay on this machine, and this one connects to {args[1]}")


sys.addaudithook(_refuse_network)


def pytest_xdist_auto_num_workers(config):
    """Return how many workers `-n auto` means: half as many again as cores, because tests of processes wait more than they compute."""
    named = os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS")
    return int(named) if named else len(os.sched_getaffinity(0)) * 3 // 2 if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.fixture(scope="session")
def _postgres():
    """Yield one PostgreSQL server for this worker, started when the first test asks for it."""
    binaries = postgresql.find_binaries()
    if binaries is None:
        reason = "no PostgreSQL server here: install the package `postgresql`"
        pytest.fail(reason) if IN_CI else pytest.skip(reason)
    server = postgresql.Server(binaries)
    yield server, itertools.count(1)
    server.stop()


@pytest.fixture
def postgres_url(_postgres):
    """Yield the postgresql:// address of a fresh, empty database; it is dropped after the test."""
    import psycopg

    server, numbers = _postgres
    name = f"test_{next(numbers)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield server.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real recordings: `$GILMOK_DATA`, else `shared/data` beside the checkout."""
    named = os.environ.get("GILMOK_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real recordings at {folder}; name their folder in GILMOK_DATA")
    return folder
