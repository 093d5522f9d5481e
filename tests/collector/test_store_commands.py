"""Commands in the store: durable before they are sent, settled once, kept for good."""

import pytest
from gilmok_collector.store import Commit, Result, open_store
from gilmok_collector.store.commands import BAD_ARGUMENT, DONE_BEFORE, OK, TIME_UNKNOWN, TOO_LATE, Commands
from gilmok_wire import cbor
from support.stores import DEVICE, NOW_MS

LATER_MS = NOW_MS + 60_000
READ_BACK = cbor.encode([2, 3])


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


def queue(store, name="ack", parameters=(5,), author="duty", now_ms=NOW_MS):
    return store.commands.queue(DEVICE, name, list(parameters), author, now_ms, LATER_MS)


def settle(store, number, status, device=DEVICE, value=READ_BACK):
    store.commit(Commit(results=[Result(device, number, status, value, NOW_MS + 900)]))


def test_a_command_carries_who_and_until_when(store):
    number = queue(store, "shelve", [5, 600], "이순신 삼도수군통제사")
    (command,) = store.commands.open()
    assert (command.id, command.device, command.name, command.state) == (number, DEVICE, "shelve", "queued")
    assert command.author == "이순신 삼도수군통제사"
    assert cbor.decode(command.argument) == ["이순신 삼도", LATER_MS // 1000, 5, 600]  # sixteen bytes, none of them half a letter
    assert command.parameters == [5, 600]


def test_ids_are_random_and_never_used_again(store):
    draws = iter([7, 7, 7, 8])
    commands = Commands(store._backend, lambda: next(draws))
    assert [commands.queue(DEVICE, "ack", [5], "duty", NOW_MS, LATER_MS) for _ in range(2)] == [7, 8]
    assert all(0 < queue(store) < 2**29 for _ in range(50))


def test_what_expires_at_once_is_refused(store):
    with pytest.raises(ValueError, match="more than a second"):
        store.commands.queue(DEVICE, "ack", [5], "duty", NOW_MS, NOW_MS + 999)
    assert store.commands.history() == []


@pytest.mark.parametrize(
    ("status", "state"), [(OK, "done"), (DONE_BEFORE, "done"), (BAD_ARGUMENT, "refused"), (TOO_LATE, "expired"), (99, "refused")]
)
def test_a_result_settles_its_command(store, status, state):
    number = queue(store)
    settle(store, number, status)
    command = store.commands.find(number)
    assert (command.state, command.status, command.value, command.settled_ms) == (state, status, [2, 3], NOW_MS + 900)
    assert store.commands.open() == []


def test_the_first_result_counts(store):
    number = queue(store)
    settle(store, number, OK)
    settle(store, number, BAD_ARGUMENT)
    assert store.commands.find(number).state == "done"


def test_a_node_without_the_time_has_decided_nothing(store):
    number = queue(store)
    settle(store, number, TIME_UNKNOWN)
    assert [command.id for command in store.commands.open()] == [number]


def test_a_result_of_another_device_or_of_nothing_changes_nothing(store):
    number = queue(store)
    settle(store, number, OK, device=DEVICE + 1)
    settle(store, number + 1, OK)
    assert store.commands.find(number).state == "queued"


def test_a_command_is_sent_once_and_given_up_once(store):
    number = queue(store)
    store.commands.mark_sent([number], NOW_MS + 5)
    store.commands.mark_sent([number], NOW_MS + 6)
    assert (store.commands.find(number).state, store.commands.find(number).sent_ms) == ("sent", NOW_MS + 5)
    store.commands.expire([number], LATER_MS)
    store.commands.expire([number], LATER_MS + 1)
    assert (store.commands.find(number).state, store.commands.find(number).settled_ms) == ("expired", LATER_MS)
    assert store.commands.open() == []


def test_a_late_result_says_what_became_of_an_expired_command(store):
    number = queue(store)
    store.commands.mark_sent([number], NOW_MS)
    store.commands.expire([number], LATER_MS)
    settle(store, number, OK)
    assert store.commands.find(number).state == "done"


def test_the_oldest_is_first(store):
    numbers = [queue(store, now_ms=NOW_MS - index) for index in range(9)]  # whatever the clock says
    assert [command.id for command in store.commands.open()] == numbers


def test_a_backup_holds_them(store, tmp_path):
    settle(store, queue(store), OK)
    queue(store, "maintain", [60])
    store.backup(str(tmp_path / "backup.db"))
    copy = open_store(f"sqlite:{tmp_path}/backup.db")
    assert copy.commands.history() == store.commands.history()
    copy.close()
