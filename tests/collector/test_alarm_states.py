"""How alarms stand: the node's last word, whatever came last."""

from contextlib import closing
from dataclasses import replace

import pytest
from gilmok_collector.alarms.event import AlarmEvent, OutputEvent
from gilmok_collector.alarms.names import id_of
from gilmok_collector.alarms.states import alarm_states, in_order, occurrences, output_states
from gilmok_collector.store import open_store

T0 = 1_800_000_000_000


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:{tmp_path}/store.db")) as store:
        yield store


def event(seq, word="raise", state="unacknowledged", level=3, rule="flood", log=5, at_ms=None, **facts):
    at_ms = T0 + 1000 * seq if at_ms is None else at_ms
    source = f"0007/{log:08x}/3/{rule}/{seq}"
    return AlarmEvent("p1-gate", rule, id_of(rule), word, state, level, source, at_ms, at_ms, device=7, log=log, stream=3, seq=seq, **facts)


def test_the_nodes_last_word_counts_whenever_it_comes(store):
    told = [event(0), event(1, "acknowledge", "acknowledged"), event(2, "clear", "normal", 0)]
    store.alarms.append([told[2], told[0], told[1]])
    assert [(state.name, state.state) for state in alarm_states(store)] == [("p1-gate/flood", "normal")]


def test_a_box_that_took_anothers_place_has_the_last_word(store):
    store.alarms.append([event(40, log=5, at_ms=T0), event(0, "clear", "normal", 0, log=6, at_ms=T0 + 5000)])
    store.alarms.append([event(39, "escalate", log=5, at_ms=T0 - 1000)])
    assert [(state.log, state.state) for state in alarm_states(store)] == [(6, "normal")]
    assert [(e.log, e.seq) for e in in_order(store.alarms.events())] == [(5, 39), (5, 40), (6, 0)]


def test_an_event_without_a_date_counts_when_it_came(store):
    store.alarms.append([event(40, log=5, at_ms=T0), replace(event(0, "clear", "normal", 0, log=6, at_ms=T0 + 9000), unix_ms=None)])
    assert [state.state for state in alarm_states(store)] == ["normal"]


def test_the_most_serious_is_first_then_what_nobody_has_seen(store):
    store.alarms.append(
        [
            event(0, level=2, rule="wind"),
            event(1, "acknowledge", "acknowledged", 3, rule="dust"),
            event(2, level=3, rule="flood"),
            event(3, level=4, rule="quake"),
        ]
    )
    assert [state.rule for state in alarm_states(store)] == ["quake", "flood", "dust", "wind"]


def test_every_time_it_was_raised_is_an_occurrence_with_its_verdict(store):
    told = [
        event(0),
        event(1, "escalate", level=4),
        event(2, "clear", "normal", 0),
        event(3, level=2),
        event(4, "acknowledge", "acknowledged", 2),
    ]
    store.alarms.append(told)
    store.alarms.judge(told[0].source, True, "kim", T0)
    store.alarms.judge(told[0].source, False, "lee", T0)
    first, second = occurrences(in_order(store.alarms.events()), store.alarms.verdicts())
    assert (first.key, first.level, len(first.events), first.verdict.author) == (told[0].source, 4, 3, "lee")
    assert (second.key, second.level, second.verdict) == (told[3].source, 2, None)


def test_an_occurrence_whose_beginning_is_lost_begins_where_it_is_known():
    assert [len(each.events) for each in occurrences([event(7, "acknowledge", "acknowledged"), event(8, "clear", "normal", 0)])] == [2]
    assert occurrences([event(7, "shelve", "shelved", 0)]) == []


def test_an_output_stands_as_its_node_said_last(store):
    def barrier(seq, word, confirmed):
        return OutputEvent("p1-gate", "barrier", 9, word, 1, confirmed, f"a/{seq}", T0, T0 + seq, 5, seq, 7, 5, 4, seq)

    store.alarms.append_outputs([barrier(1, "confirmed", 1), barrier(0, "commanded", None)])
    assert [(state.event, state.confirmed) for state in output_states(store)] == [("confirmed", 1)]
