"""Rules follow what people set: when it is set, when it expires, and when a node did not hear of it."""

from contextlib import closing

import pytest
from gilmok_collector.alarms import rules_in_force
from gilmok_collector.alarms.names import RuleName
from gilmok_collector.alarms.rules_in_force import RulesInForce, queue_rules
from gilmok_collector.store import Result, open_store
from gilmok_wire import cbor

T0 = 1_800_000_000_000
DEVICE, FLOOD, WIND = 7, 1, 2
DAY_MS = 86_400_000


class Site:
    """A site of one node with two rules; a threshold each is all that differs."""

    def __init__(self, flood=1200, wind=20):
        self.node = {"p1-gate": None}
        self.limits = {FLOOD: flood, WIND: wind}

    def device_of(self, node):
        return DEVICE


def compiled(flood):
    return [FLOOD, [0, 0, 0], 0, None, [[3, 0, flood, flood - 200, 30_000, 0, 0, 0, []]]]


@pytest.fixture(autouse=True)
def compiler(monkeypatch):
    def rules(site, node):
        return [[number, [0, 0, 0], 0, None, [[3, 0, limit, limit - 200, 30_000, 0, 0, 0, []]]] for number, limit in site.limits.items()]

    monkeypatch.setattr(rules_in_force, "compile_rules", rules)
    monkeypatch.setattr(rules_in_force, "rule_names", lambda site, node: {FLOOD: RuleName("flood")})


@pytest.fixture
def store(tmp_path):
    with closing(open_store(f"sqlite:{tmp_path}/store.db", now=lambda: T0 / 1000)) as store:
        yield store


def sent(store):
    return [(command.device, cbor.decode(command.parameters[0])) for command in store.commands.named("rule")]


def settle(store, status, now_ms=T0 + 1000):
    store.commands.settle([Result(DEVICE, command.id, status, b"\xf6", now_ms) for command in store.commands.open()])


def test_only_what_differs_from_the_files_is_sent(store):
    assert queue_rules(store, Site(), Site(), "duty", T0) == []
    (queued,) = queue_rules(store, Site(), Site(flood=1000), "duty", T0)
    assert (queued.node, queued.rule) == ("p1-gate", "flood")
    assert sent(store) == [(DEVICE, compiled(1000))]
    assert store.commands.find(queued.command).author == "duty"


def test_what_was_told_is_not_told_again_and_taken_back_when_it_is_over(store):
    queue_rules(store, Site(), Site(flood=1000), "duty", T0)
    assert queue_rules(store, Site(), Site(flood=1000), "duty", T0) == []
    settle(store, 0)
    assert queue_rules(store, Site(), Site(flood=1000), "duty", T0) == []
    assert len(queue_rules(store, Site(), Site(), "lee", T0)) == 1
    assert [rule[1] for rule in sent(store)] == [compiled(1000), compiled(1200)]
    assert queue_rules(store, Site(), Site(), "lee", T0) == []


def test_a_refused_rule_is_not_offered_again_another_one_is(store):
    queue_rules(store, Site(), Site(flood=1000), "duty", T0)
    settle(store, 5)
    assert queue_rules(store, Site(), Site(flood=1000), "duty", T0) == []
    assert len(queue_rules(store, Site(), Site(flood=900), "duty", T0)) == 1


def test_a_rule_that_never_arrived_is_told_anew(store):
    queue_rules(store, Site(), Site(flood=1000), "duty", T0)
    store.commands.expire([command.id for command in store.commands.open()], T0 + 2 * DAY_MS)
    assert len(queue_rules(store, Site(), Site(flood=1000), "duty", T0 + 2 * DAY_MS)) == 1


@pytest.fixture
def duty(store):
    """The collector's duty over a site whose overrides each set the flood's threshold in mm."""
    return RulesInForce(store, lambda overrides, now_ms: Site(flood=int(overrides[-1].value) if overrides else 1200))


def test_the_running_collector_brings_rules_back_when_a_value_expires(store, duty):
    assert duty.poll(T0) == []
    store.intended.set_override("node.p1-gate.rule.flood.alert.above", "1000", "duty", T0, T0 + 60_000)
    assert duty.poll(T0 + 1000) == []  # it looks every five seconds
    assert [queued.rule for queued in duty.poll(T0 + 5000)] == ["flood"]
    settle(store, 0)
    assert duty.poll(T0 + 59_000) == []
    assert len(duty.poll(T0 + 65_000)) == 1
    assert [rule[1] for rule in sent(store)] == [compiled(1000), compiled(1200)]


def test_a_value_that_expired_while_the_collector_was_down_is_taken_back_at_its_start(store, duty):
    store.intended.set_override("node.p1-gate.rule.flood.alert.above", "1000", "duty", T0, T0 + 60_000)
    assert len(duty.poll(T0)) == 1
    settle(store, 0)
    again = RulesInForce(store, lambda overrides, now_ms: Site(flood=1000 if overrides else 1200))
    assert len(again.poll(T0 + 3_600_000)) == 1


def test_a_node_that_slept_through_it_is_told_anew(store, duty):
    store.intended.set_override("node.p1-gate.rule.flood.alert.above", "1000", "duty", T0)
    assert len(duty.poll(T0)) == 1
    assert duty.poll(T0 + 2 * DAY_MS) == []
    store.commands.expire([command.id for command in store.commands.open()], T0 + 2 * DAY_MS)
    assert len(duty.poll(T0 + 2 * DAY_MS + 5000)) == 1
    assert duty.poll(T0 + 2 * DAY_MS + 10_000) == []


def test_a_site_that_cannot_be_used_changes_nothing(store):
    duty = RulesInForce(store, lambda overrides, now_ms: None if overrides else Site())
    store.intended.set_override("node.p1-gate.rule.flood.alert.above", '"no"', "duty", T0)
    assert duty.poll(T0) == [] and sent(store) == []
