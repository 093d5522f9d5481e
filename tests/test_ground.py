"""The fixtures of conftest.py do what they promise."""

import socket

import pytest


def test_each_database_is_fresh_and_writable(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE seen (n int)")
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_the_next_database_knows_nothing_of_the_last(postgres_url):
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT to_regclass('seen')").fetchone() == (None,)


def test_no_test_leaves_this_machine():
    with socket.socket() as unused, pytest.raises(AssertionError, match="stay on this machine"):
        unused.connect(("192.0.2.1", 80))  # RFC 5737: documentation, never routed


def test_recordings_have_their_sources(data_dir):
    assert (data_dir / "README.md").is_file()
