"""The watch on a store: it goes on where it stopped, learns from what nodes tell of themselves, and obeys people. Either database."""

import pytest
from gilmok_collector.area.alarm import own_rule_id
from gilmok_collector.area.condition import CLOCK_HOLD_MS
from gilmok_collector.area.feed import CLOCK_MS, OWN_DEVICE
from gilmok_collector.duty import Duty
from gilmok_collector.engine import DeviceState, Engine
from gilmok_collector.notify.post import at_once
from gilmok_collector.store import Anchor, Batch, Commit, Schema, StoreFull, open_store
from support.alarm_site import NOW_MS, alarm, site_of

MORE = '[notify.duty]\nurl = "https://duty.example.org/"\nlevels = "attention"\n'
VOTE = '[rule.flood]\nvotes = 2\nof = ["p1-gate/flood", "p2-gate/flood"]\nmembers = "alert"\n'
MINUTE_MS = 60_000


class Rig:
    """A collector's duty on virtual time, and nodes that are heard."""

    def __init__(self, tmp_path, url, more=MORE + VOTE):
        self.site, self.url, self.now_ms = site_of(tmp_path, more), url, NOW_MS
        self.heard, self.alive, self.store = [], set(self.site.node), None
        self.start()

    def start(self):
        if self.store is not None:
            self.store.close()
        self.store = open_store(self.url, 7)
        self.engine = Engine(self.store, {})
        carriers = {"duty": self.heard.append}
        self.duty = Duty(self.engine, self.site, {}, at_once, now_ms=self.now_ms, carriers=carriers)

    def run(self, seconds):
        for _ in range(seconds):
            self.now_ms += 1000
            for name in self.alive:
                device = self.site.device_of(name)
                state = self.engine.devices.setdefault(device, DeviceState(device, "x", None))
                state.last_ms = self.now_ms
            self.duty.poll(self.now_ms)

    def steps(self):
        return [(event.node, event.rule, event.event) for event in self.store.alarms.events() if event.device is None]


@pytest.fixture(params=["sqlite", "postgresql"])
def rig(request, tmp_path):
    url = f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = Rig(tmp_path, url)
    yield made
    made.store.close()


def order(rig, name, alarm_name, *parameters):
    """Order something of an alarm of the collector's own and return (status, value)."""
    rule_id = own_rule_id(*alarm_name.split("/"))
    number = rig.store.commands.queue(OWN_DEVICE, name, [rule_id, *parameters], "kim", rig.now_ms, rig.now_ms + MINUTE_MS)
    rig.run(2)
    command = rig.store.commands.find(number)
    return command.status, command.value


def test_silence_is_stored_told_acknowledged_and_survives(rig):
    rig.run(5)
    rig.alive.discard("p1-gate")
    rig.run(300)
    silence = ("p1-gate", "watch.silence")
    assert rig.steps() == [(*silence, "raise")]
    rig.start()
    rig.run(300)
    assert order(rig, "ack", "p1-gate/watch.silence") == (0, [2, 2])
    assert order(rig, "ack", "p1-gate/watch.silence")[0] == 5
    assert order(rig, "ack", "p9-gate/watch.silence")[0] == 2
    assert order(rig, "test", "p1-gate/watch.silence")[0] == 1
    rig.start()
    rig.alive.add("p1-gate")
    rig.run(5)
    assert rig.steps() == [(*silence, "raise"), (*silence, "acknowledge"), (*silence, "clear")]
    assert rig.store.alarms.events()[-1].state == "normal"
    assert [notice.state for notice in rig.heard] == ["waiting"] * 3
    assert [notice.state for notice in rig.store.notices.newest(9)] == ["delivered"] * 3


def test_shelved_and_out_of_service(rig):
    assert order(rig, "shelve", "p1-gate/watch.silence", 600) == (0, [5, 0])
    assert order(rig, "service", "p2-gate/watch.silence", 0) == (0, [7, 0])
    rig.alive.clear()
    rig.run(400)
    assert [event for _, _, event in rig.steps()] == ["shelve", "remove"]
    rig.run(400)
    assert [event for _, _, event in rig.steps()[2:]] == ["unshelve", "raise"]
    assert order(rig, "service", "p2-gate/watch.silence", 1)[0] == 0
    assert [event for _, _, event in rig.steps()[4:]] == ["return", "raise"]


def test_a_vote_over_a_restart(rig):
    rig.store.alarms.append([alarm(1)])
    rig.run(2)
    rig.start()
    rig.store.alarms.append([alarm(1, node="p2-gate")])
    rig.run(2)
    rig.start()
    rig.run(2)
    assert rig.steps() == [("site.yangjae", "flood", "raise")]


def test_a_store_that_fails_loses_no_alarm(rig, monkeypatch):
    append, failing = rig.store.alarms.append, [True] * 3

    def full(events):
        if failing:
            failing.pop()
            raise StoreFull("x", "full")
        return append(events)

    append([alarm(1), alarm(1, node="p2-gate")])
    monkeypatch.setattr(rig.store.alarms, "append", full)
    for _ in range(3):
        with pytest.raises(StoreFull):
            rig.run(1)
    rig.run(2)
    assert rig.steps() == [("site.yangjae", "flood", "raise")]


def tell(rig, stream, name, columns, number, values, anchored=True):
    """Let p1-gate tell a record of a stream, dated now where it is `anchored`."""
    device, uptime_ms = rig.site.device_of("p1-gate"), rig.now_ms - NOW_MS
    commit = Commit(batches=[Batch(device, 5, stream, number, 1, 1, uptime_ms, None, 0, [[v] for v in values], rig.now_ms)])
    if number == 0:
        commit.schemas.append(Schema(device, 5, stream, bytes([stream] * 4), name, 0, [(column, "1", 0) for column in columns]))
        if anchored:
            commit.anchors.append(Anchor(device, 5, 1, uptime_ms, rig.now_ms, 20))
    rig.store.commit(commit)


def test_a_backlog_that_grows_while_the_node_is_heard(rig):
    for minute in range(40):
        tell(rig, 1, "health", ("heap_free", "backlog"), minute, (9, 100 * minute))
        rig.run(60)
    assert rig.steps() == [("p1-gate", "watch.backlog", "raise")]


def test_a_node_whose_sensor_is_broken_is_not_silent(rig):
    tell(rig, 1, "fault", ("sensor", "fault"), 0, (0, 3))
    rig.run(5)
    rig.start()
    rig.alive.discard("p1-gate")
    rig.run(600)
    assert rig.steps() == []
    rig.run(3 * 660)
    assert rig.steps() == [("p1-gate", "watch.silence", "raise")]


def test_records_that_nobody_can_date(rig):
    for minute in range((CLOCK_HOLD_MS + 3 * CLOCK_MS) // MINUTE_MS):
        tell(rig, 1, "river", ("level",), minute, (7,), anchored=False)
        rig.run(60)
    assert rig.steps() == [("p1-gate", "watch.clock", "raise")]
    device = rig.site.device_of("p1-gate")
    rig.store.commit(Commit(anchors=[Anchor(device, 5, 1, rig.now_ms - NOW_MS, rig.now_ms, 20)]))
    tell(rig, 1, "river", ("level",), 99, (7,))
    rig.run(70)
    assert rig.steps()[1:] == [("p1-gate", "watch.clock", "clear")]
