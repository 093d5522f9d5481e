"""From what nodes told to events: each once, whatever comes when, and nothing a node says stops it."""

from itertools import pairwise

import pytest
from gilmok_collector.alarms.names import NoNames, RuleName, StepName, id_of
from gilmok_collector.alarms.projection import Projection
from gilmok_collector.store import Anchor, Batch, Commit, Schema, open_store, restore
from gilmok_rules.lifecycle import EVENTS, STATES
from support.dice import Dice

DEVICE, LOG = 0xC268, 0x9C41E07B
T0 = 1_800_000_000_000
FLOOD, BARRIER = id_of("flood"), id_of("barrier")
COLUMNS = ("rule", "event", "state", "level", "value", "set", "exponent", "detail", "cause")
OUTPUT_COLUMNS = ("output", "event", "commanded", "confirmed", "cause", "after")
RAISED = (FLOOD, EVENTS.index("raise"), STATES.index("unacknowledged"), 3, 1430, 1200, -3, 30_000, 0)
ACKED = (FLOOD, EVENTS.index("acknowledge"), STATES.index("acknowledged"), 3, None, None, 0, None, 77)


class Names(NoNames):
    """One node, one rule, one output."""

    def node(self, device):
        return "p1-gate" if device == DEVICE else None

    def rule(self, device, number):
        steps = {
            3: StepName({"watch": "river.water_level", "on_ms": 30_000}, "m", 1000),
            2: StepName({"watch": "river.water_level"}, "m", 700),
        }
        return RuleName("flood", 1, steps) if number == FLOOD else None

    def output(self, device, number):
        return "barrier" if number == BARRIER else None


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def store(url):
    store = open_store(url, now=lambda: T0 / 1000)
    yield store
    store.close()


def schema(name="alarm", stream=3, columns=COLUMNS, device=DEVICE, log=LOG):
    return Schema(device, log, stream, bytes([stream] * 4), name, 1, [(column, "1", 0) for column in columns])


def batch(first, *records, stream=3, device=DEVICE, log=LOG):
    """Return a batch of records, ten seconds apart."""
    columns = [list(column) for column in zip(*records, strict=True)]
    return Batch(device, log, stream, first, len(records), 1, first * 10_000, None, 10_000, columns, T0 + 500)


def run(store, names=None):
    return Projection(store, names or Names()).run()


def test_an_event_is_what_the_node_told(store):
    store.commit(Commit(schemas=[schema()], batches=[batch(0, RAISED, ACKED)], anchors=[Anchor(DEVICE, LOG, 1, 0, T0, 1)]))
    raised, acked = run(store)
    assert (raised.name, raised.event, raised.state, raised.level) == ("p1-gate/flood", "raise", "unacknowledged", 3)
    assert (raised.value, raised.limit, raised.unit, raised.detail, raised.cause) == (1.43, 1.2, "m", 30_000, 0)
    assert (raised.unix_ms, raised.received_ms, raised.facts) == (T0, T0 + 500, {"watch": "river.water_level", "on_ms": 30_000})
    assert (raised.device, raised.log, raised.seq, raised.source) == (DEVICE, LOG, 0, "c268/9c41e07b/3/0")
    assert (acked.state, acked.value, acked.cause, acked.unix_ms) == ("acknowledged", None, 77, T0 + 10_000)
    assert store.alarms.events() == [raised, acked]


def test_what_ends_is_explained_by_the_step_that_ended(store):
    over = (FLOOD, EVENTS.index("ease"), 1, 2, 990, 1000, -3, 0, 0)
    store.commit(Commit(schemas=[schema()], batches=[batch(0, over)]))
    assert [event.facts.get("on_ms") for event in run(store)] == [30_000]


def test_an_output_likewise(store):
    records = [(BARRIER, 0, 1, None, FLOOD, 0), (BARRIER, 1, 1, 1, FLOOD, 6200)]
    store.commit(Commit(schemas=[schema("output", 4, OUTPUT_COLUMNS)], batches=[batch(0, *records, stream=4)]))
    assert run(store) == []
    first, second = store.alarms.output_events()
    assert (first.name, first.event, first.confirmed, first.cause) == ("p1-gate.barrier", "commanded", None, FLOOD)
    assert (second.event, second.commanded, second.confirmed, second.after_ms) == ("confirmed", 1, 1, 6200)


def test_each_event_is_made_once(store):
    projection = Projection(store, Names())
    store.commit(Commit(schemas=[schema()], batches=[batch(0, RAISED)]))
    assert len(projection.run()) == 1 and projection.run() == [] and run(store) == []
    store.commit(Commit(batches=[batch(0, RAISED, ACKED)]))  # the first one again
    assert [event.seq for event in projection.run()] == [1]
    assert [event.id for event in store.alarms.events()] == [1, 2]


def test_what_came_before_its_stream_had_a_name_is_not_lost(store):
    projection = Projection(store, Names())
    store.commit(Commit(schemas=[Schema(DEVICE, LOG, 3, b"\3\3\3\3")], batches=[batch(0, RAISED)]))
    store.commit(Commit(batches=[batch(0, (1,), stream=9)]))
    assert projection.run() == []
    store.commit(Commit(batches=[batch(1, RAISED)]))
    assert projection.run() == []
    store.commit(Commit(schemas=[schema(), schema("river", 9, ("level",))], batches=[batch(2, ACKED)]))
    assert [event.seq for event in projection.run()] == [0, 1, 2]
    assert projection.run() == run(store) == []
    assert [name for (name,) in store._backend.execute("SELECT name FROM cursor")] == ["alarms"]


def test_a_name_that_comes_without_a_record_is_noticed(store):
    projection = Projection(store, Names())
    store.commit(Commit(batches=[batch(0, RAISED)]))
    assert projection.run() == []
    store.commit(Commit(schemas=[schema()]))
    assert len(projection.run()) == 1


def test_what_nobody_named_is_told_by_number(store):
    unknown = (0x1FFFFFFF, 99, None, None, 5, None, None, None, None)
    store.commit(Commit(schemas=[schema(device=7)], batches=[batch(0, unknown, RAISED, device=7)]))
    odd, raised = run(store, NoNames())
    assert (odd.name, odd.event, odd.state, odd.level, odd.value) == ("0007/#1fffffff", "#99", "#None", 0, 5.0)
    assert raised.rule == f"#{FLOOD:08x}" and raised.value == 1.43 and raised.unit == ""


@pytest.mark.parametrize("exponent", [23, -23, 2**29, -(2**29)])
def test_a_number_that_cannot_be_is_left_out(store, exponent):
    store.commit(Commit(schemas=[schema()], batches=[batch(0, (*RAISED[:6], exponent, 0, 0))]))
    assert [(event.value, event.event) for event in run(store)] == [(None, "raise")]


def test_a_schema_of_another_release_is_read_as_far_as_it_goes(store):
    store.commit(Commit(schemas=[schema(columns=("state", "rule", "color"))], batches=[batch(0, (1, FLOOD, 7))]))
    assert [(event.rule, event.state, event.event) for event in run(store)] == [("flood", "unacknowledged", "#None")]


def test_maintenance_is_an_event_of_the_node(store):
    store.commit(
        Commit(schemas=[schema()], batches=[batch(0, (0, 13, 0, 0, None, None, 0, 600_000, 5), (0, 14, 0, 0, None, None, 0, 0, 0))])
    )
    assert [(event.name, event.event, event.detail) for event in run(store)] == [
        ("p1-gate/maintenance", "maintain", 600_000),
        ("p1-gate/maintenance", "resume", 0),
    ]


def test_events_and_cursor_are_durable_together(store, monkeypatch):
    store.commit(Commit(schemas=[schema()], batches=[batch(0, RAISED)]))
    append = store.alarms.append

    def broken(events):
        append(events)
        raise ZeroDivisionError

    monkeypatch.setattr(store.alarms, "append", broken)
    with pytest.raises(ZeroDivisionError):
        run(store)
    assert store.alarms.events() == [] and store.alarms.cursor("alarms") == 0
    monkeypatch.undo()
    assert len(run(store)) == 1


def test_a_restored_store_makes_no_event_twice(store, url, tmp_path):
    store.commit(Commit(schemas=[schema()], batches=[batch(0, RAISED)]))
    run(store)
    store.backup(str(tmp_path / "backup.db"))
    store.commit(Commit(batches=[batch(1, ACKED)]))
    run(store)
    store.close()
    restore(url, str(tmp_path / "backup.db"))
    again = open_store(url)
    assert run(again) == []
    again.commit(Commit(batches=[batch(0, RAISED, ACKED, RAISED)]))  # as the node offers what the backup lacks
    assert [event.seq for event in run(again)] == [1, 2]
    again.close()


def test_most_commits_cost_no_transaction_of_its_own(store, monkeypatch):
    projection = Projection(store, Names())
    store.commit(Commit(schemas=[schema("river", 9, ("level",))], batches=[batch(0, (1,), stream=9)]))
    monkeypatch.setattr(projection, "_step", None)
    assert projection.run() == []
    store.commit(Commit(batches=[batch(1, (1,), stream=9)]))
    assert projection.run() == []


@pytest.mark.parametrize("seed", range(8))
def test_every_event_once_in_whatever_order_records_and_schemas_come(tmp_path, seed):
    dice = Dice(seed)
    store = open_store(f"sqlite:{tmp_path}/store.db")
    streams = [(device, stream) for device in (1, 2) for stream in (3, 4, 9)]
    names = {3: ("alarm", COLUMNS), 4: ("output", OUTPUT_COLUMNS), 9: ("river", COLUMNS)}
    pieces = [(device, stream, first) for device, stream in streams for first in range(0, 12, 3)] * 2
    pieces += [(device, stream, None) for device, stream in streams]
    projection, told = Projection(store, NoNames()), []
    while pieces:
        device, stream, first = pieces.pop(dice.below(len(pieces)))
        name, columns = names[stream]
        if first is None:
            store.commit(Commit(schemas=[schema(name, stream, columns, device=device)]))
        else:
            records = [(number, *[0] * (len(columns) - 1)) for number in range(first, first + 3)]
            store.commit(Commit(batches=[batch(first, *records, stream=stream, device=device)]))
        if dice.chance(50):
            told += projection.run()
        if dice.chance(20):
            projection = Projection(store, NoNames())
    told += projection.run()
    assert sorted((e.device, e.seq) for e in told) == [(d, n) for d in (1, 2) for n in range(12)], f"seed {seed}"
    assert [e.id for e in told] == [e.id for e in store.alarms.events()]
    assert all(a.id < b.id for a, b in pairwise(told))
    assert sorted((e.device, e.seq) for e in store.alarms.output_events()) == [(d, n) for d in (1, 2) for n in range(12)]
    store.close()
