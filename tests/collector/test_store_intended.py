"""Overrides and compiled configurations: an append-only history that says what nodes are meant to run."""

import pytest
from gilmok_collector.store import open_store
from gilmok_site.override import SET, WITHDRAWN, WRITTEN

RIVER, DUST = "node.p1-gate.sensor.river.every", "node.air-01.sensor.dust.every"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


def test_the_newest_entry_of_a_key_counts(store):
    intended = store.intended
    intended.set_override(RIVER, '"5 s"', "kim", 1000)
    intended.set_override(DUST, '"2 min"', "lee", 1100)
    intended.set_override(RIVER, '"2 s"', "lee", 1200)
    assert [(each.key, each.value, each.author) for each in intended.overrides(2000)] == [(DUST, '"2 min"', "lee"), (RIVER, '"2 s"', "lee")]
    assert [each.id for each in intended.history()] == [1, 2, 3]


def test_an_override_ends_at_its_time(store):
    store.intended.set_override(RIVER, '"5 s"', "kim", 1000, 5000)
    assert len(store.intended.overrides(4999)) == 1
    assert store.intended.overrides(5000) == []
    assert store.intended.withdraw(RIVER, "kim", 5000) is None


def test_an_expired_override_does_not_bring_back_the_one_before(store):
    store.intended.set_override(RIVER, '"5 s"', "kim", 1000)
    store.intended.set_override(RIVER, '"2 s"', "kim", 2000, 3000)
    assert store.intended.overrides(3000) == []


def test_what_is_withdrawn_stays_in_the_history(store):
    store.intended.set_override(RIVER, '"5 s"', "kim", 1000)
    assert store.intended.withdraw(DUST, "lee", 1500) is None
    assert store.intended.withdraw(RIVER, "lee", 2000).author == "kim"
    assert store.intended.overrides(2000) == []
    assert [(each.author, each.state) for each in store.intended.history()] == [("kim", SET), ("lee", WITHDRAWN)]


def test_what_was_set_anew_meanwhile_is_not_marked_written(store):
    old = store.intended.set_override(RIVER, '"5 s"', "kim", 1000)
    other = store.intended.set_override(DUST, '"2 min"', "kim", 1000)
    new = store.intended.set_override(RIVER, '"2 s"', "lee", 1100)
    store.intended.mark_written([old, other], "kim", 1200)
    assert store.intended.overrides(1300) == [new]
    assert [each.state for each in store.intended.history()] == [SET, SET, SET, WRITTEN]


def test_what_a_check_refuses_is_not_stored(store):
    def refuse(history):
        assert [each.key for each in history][-1] == RIVER
        raise ValueError

    store.intended.set_override(RIVER, '"5 s"', "kim", 1000)
    before = store.intended.history()
    with pytest.raises(ValueError):
        store.intended.set_override(RIVER, '"1 s"', "lee", 1100, None, refuse)
    with pytest.raises(ValueError):
        store.intended.withdraw(RIVER, "lee", 1100, refuse)
    assert store.intended.history() == before


def test_a_configuration_is_known_by_device_and_digest(store):
    store.intended.save_configurations([(7, b"\1\2\3\4", b"first")], 1000)
    store.intended.save_configurations([(7, b"\1\2\3\4", b"again")], 2000)
    assert store.intended.configuration(7, b"\1\2\3\4") == b"again"
    assert store.intended.configuration(8, b"\1\2\3\4") is None


def test_a_backup_holds_them(store, tmp_path):
    store.intended.set_override(RIVER, '"5 s"', "kim", 1000, 9000)
    store.intended.save_configurations([(7, b"\1\2\3\4", b"body")], 1000)
    store.backup(str(tmp_path / "backup.db"))
    copy = open_store(f"sqlite:{tmp_path}/backup.db")
    assert copy.intended.history() == store.intended.history()
    assert copy.intended.configuration(7, b"\1\2\3\4") == b"body"
    copy.close()
