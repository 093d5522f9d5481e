"""Events of alarms and outputs in the store: each once, dated as well as is known, and the last one of each."""

from dataclasses import replace

import pytest
from gilmok_collector.alarms.event import AlarmEvent, OutputEvent
from gilmok_collector.store import Commit, StoreError, StoreReplaced, open_store, restore
from support.stores import DEVICE, LOG, NOW_MS, anchor, river

FLOOD = 0x1A2B3C4


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


def flood(seq, event="raise", state="unacknowledged", log=LOG, **facts):
    """Return an event of one alarm; its records are those of `river`."""
    source = f"{DEVICE:04x}/{log:08x}/2/{seq}"
    return AlarmEvent("p1-gate", "flood", FLOOD, event, state, 3, source, NOW_MS, device=DEVICE, log=log, stream=2, seq=seq, **facts)


def silence(**facts):
    return AlarmEvent("riverside", "silence", 5, "raise", "unacknowledged", 2, "area/riverside/1", NOW_MS, **facts)


def test_an_event_comes_back_as_it_was(store):
    event = flood(4, value=1.43, limit=1.2, unit="m", detail=30_000, cause=7, unix_ms=NOW_MS - 1, facts={"watch": "하천.수위", "on_s": 30})
    assert store.alarms.append([event]) == [replace(event, id=1)]
    assert store.alarms.events() == [replace(event, id=1)]


def test_an_event_that_comes_twice_is_stored_once(store):
    assert [e.id for e in store.alarms.append([flood(4), flood(5), flood(4)])] == [1, 2]
    assert store.alarms.append([flood(5), flood(4)]) == []
    assert [e.id for e in store.alarms.append([flood(6)])] == [3]
    assert [e.seq for e in store.alarms.events()] == [4, 5, 6]


def test_a_flood_of_events_is_stored_once_too(store):
    told = [flood(seq) for seq in range(1200)]
    assert [e.id for e in store.alarms.append(told)] == list(range(1, 1201))
    assert store.alarms.append(told) == []


def test_an_event_of_a_rule_of_the_collector_has_no_device(store):
    (stored,) = store.alarms.append([silence(unix_ms=NOW_MS)])
    assert store.alarms.events() == [stored]
    assert (stored.device, stored.log, stored.seq) == (None, None, None)


def test_events_are_found_by_alarm_and_behind_an_id(store):
    store.alarms.append([flood(4), silence(), flood(5)])
    assert [e.id for e in store.alarms.events(node="p1-gate", rule="flood")] == [1, 3]
    assert [e.id for e in store.alarms.events(node="p1-gate", rule_id=FLOOD)] == [1, 3]
    assert [e.id for e in store.alarms.events(after=1)] == [2, 3]
    assert [e.id for e in store.alarms.events(node="riverside")] == [2]


def test_the_last_event_is_the_nodes_last_not_the_last_that_came(store):
    store.alarms.append([flood(5, "acknowledge", "acknowledged"), flood(4), silence()])
    store.alarms.append([replace(silence(), source="area/riverside/2", state="normal")])
    assert sorted((e.name, e.state) for e in store.alarms.last_events()) == [
        ("p1-gate/flood", "acknowledged"),
        ("riverside/silence", "normal"),
    ]


def test_every_log_has_a_last_event(store):
    store.alarms.append([flood(9), flood(0, log=LOG + 1)])
    assert sorted((e.log, e.seq) for e in store.alarms.last_events()) == [(LOG, 9), (LOG + 1, 0)]


def test_an_event_is_dated_when_its_boot_is(store):
    store.commit(Commit(batches=[river(0, 8)]))
    store.alarms.append([flood(4)])
    assert store.alarms.events()[0].unix_ms is None
    store.commit(Commit(anchors=[anchor(0, NOW_MS)]))
    assert store.alarms.events()[0].unix_ms == store.alarms.last_events()[0].unix_ms == NOW_MS + 4000


def test_outputs_likewise(store):
    barrier = OutputEvent("p1-gate", "barrier", 9, "confirmed", 1, None, "a/1", NOW_MS, NOW_MS, FLOOD, 6200, DEVICE, LOG, 3, 1)
    assert store.alarms.append_outputs([barrier, barrier]) == [replace(barrier, id=1)]
    assert store.alarms.output_events("p1-gate", "barrier") == store.alarms.last_output_events() == [replace(barrier, id=1)]
    assert store.alarms.output_events("p1-gate", "siren") == []


def test_the_newest_verdict_stands_behind_the_others(store):
    store.alarms.judge("a/1", True, "kim", NOW_MS)
    store.alarms.judge("a/1", False, "lee", NOW_MS + 1, "새떼")
    assert [(v.id, v.is_true, v.author, v.note) for v in store.alarms.verdicts()] == [(1, True, "kim", ""), (2, False, "lee", "새떼")]


def test_what_is_written_in_one_transaction_is_there_together_or_not_at_all(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.alarms.append([flood(4)])
        store.alarms.judge("a/1", True, "kim", NOW_MS)
        store.commands.queue(DEVICE, "ack", [FLOOD], "kim", NOW_MS, NOW_MS + 60_000)
        raise ZeroDivisionError
    assert store.alarms.events() == store.alarms.verdicts() == store.commands.history() == []
    with store.transaction():
        store.alarms.append([flood(4)])
        store.alarms.judge("a/1", True, "kim", NOW_MS)
    assert len(store.alarms.events()) == len(store.alarms.verdicts()) == 1


def test_a_statement_that_fails_inside_undoes_the_outer_transaction(store):
    with pytest.raises(StoreError), store.transaction():
        store.alarms.append([flood(4)])
        store._backend.execute("DROP TABLE no_such")
    assert store.alarms.events() == []


def test_nothing_is_written_into_a_store_that_was_restored_meanwhile(store, url, tmp_path):
    store.backup(str(tmp_path / "backup.db"))
    restore(url, str(tmp_path / "backup.db"))
    with pytest.raises(StoreReplaced), store.transaction():
        store.alarms.append([flood(4)])
    assert store.alarms.events() == []


def test_a_backup_holds_them(store, tmp_path):
    store.alarms.append([flood(4), silence()])
    store.alarms.judge("a/1", True, "kim", NOW_MS)
    store.backup(str(tmp_path / "backup.db"))
    copy = open_store(f"sqlite:{tmp_path}/backup.db")
    assert (copy.alarms.events(), copy.alarms.verdicts()) == (store.alarms.events(), store.alarms.verdicts())
    copy.close()
