"""An alarm that was announced wakes people before its record comes, is completed by it, and wakes nobody twice."""

import pytest
from collector.test_alarm_projection import COLUMNS, DEVICE, FLOOD, RAISED, T0, Names
from gilmok_collector.alarms.projection import Projection
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import StoreFull, open_store
from gilmok_wire import messages
from gilmok_wire.alert import encode_alert
from gilmok_wire.brief_session import BriefSession
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_stream import NodeStream, StreamInfo
from support.dice import Dice
from support.memory_log import MemoryLog

KEY = b"k" * 16
BRIEF = Link(mtu=128, byte_us=1500, frame_us=30_000, answer_ms=2100, window=1, full_duplex=False, idle_ms=0, brief=True)
ALARM = StreamInfo("alarm", messages.EVENTS, tuple((name, "1", 0) for name in COLUMNS), urgent=True)


class Announced(Names):
    """Knows the rule by half of its id."""

    def announced(self, device, low):
        return (FLOOD, self.rule(device, FLOOD)) if low == FLOOD & 0xFFFF else None


class Pair:
    """A node and a collector; `told` are the alarm events in the store."""

    def __init__(self, store, names):
        self.store = store
        self.engine = Engine(store, {DEVICE: KEY})
        self.projection = Projection(store, names)
        self.engine.herald = self.projection.herald
        self.now, self._dice = 0, Dice(3)
        self.boot(MemoryLog())

    def boot(self, log):
        """Start the node with a log."""
        self.log = log
        seal = NodeSeal(KEY, DEVICE, lambda: self._dice.bytes(8))
        streams = [NodeStream(0, ALARM.digest(), ALARM, self.log)]
        self.node = BriefSession(seal, BRIEF, self.log, streams, Identity(b"conf", "0.1.0"))

    def step(self, is_answered=True):
        """Let the node send its next frame; return the frame."""
        self.now = max(self.now, self.node.deadline(self.now))
        frame = self.node.transmit(self.now)
        self.now += 100
        for _, answer in self.engine.handle([Arrival("lora", frame, T0 + self.now)]):
            if is_answered:
                self.node.receive(answer, self.now)
        return frame

    def run(self):
        while self.node.backlog() or self.node.deadline(self.now) is not None:
            self.step()

    def raise_alarm(self, values=RAISED):
        self.log.append(0, self.now, list(values))

    @property
    def told(self):
        return self.store.alarms.events()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = f"sqlite:{tmp_path}/store.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with_store = open_store(url, now=lambda: T0 / 1000)
    yield with_store
    with_store.close()


@pytest.fixture
def pair(store):
    pair = Pair(store, Announced())
    pair.run()
    return pair


def test_the_gist_is_an_event_before_its_record_is_there(pair):
    pair.raise_alarm()
    assert len(pair.step()) == 24
    (event,) = pair.told
    assert (event.name, event.event, event.state, event.level) == ("p1-gate/flood", "raise", "unacknowledged", 3)
    assert event.limit is None and event.facts["announced"] and event.facts["watch"] == "river.water_level"
    assert event.unix_ms == event.received_ms
    assert pair.store.rows(DEVICE, pair.log.log_id, 0, 0, 9) is not None and pair.node.backlog() == 1


def test_its_record_completes_it_and_adds_nothing(pair):
    pair.raise_alarm()
    pair.step()
    (early,) = pair.told
    pair.run()
    assert pair.projection.run() == [], "nobody is woken again"
    (event,) = pair.told
    assert (event.id, event.source, event.received_ms) == (early.id, early.source, early.received_ms)
    assert (event.value, event.limit, event.detail) == (1.43, 1.2, 30_000)
    assert "announced" not in event.facts
    assert pair.node.backlog() == 0


def test_an_alert_that_comes_again_or_late_is_one_event(pair):
    pair.raise_alarm()
    for _ in range(3):
        assert len(pair.step(is_answered=False)) == 24
    assert len(pair.told) == 1
    pair.run()
    pair.projection.run()
    assert len(pair.told) == 1 and pair.told[0].limit == 1.2


def test_it_is_not_answered_before_it_is_durable(pair):
    pair.raise_alarm()
    commit, pair.store.commit = pair.store.commit, refuse
    pair.step()
    assert pair.told == [] and pair.node.phase == "await"
    pair.store.commit = commit
    pair.step()
    assert len(pair.told) == 1 and pair.node.phase == "ready"


def refuse(commit):
    raise StoreFull("here", "no room")


def test_a_rule_that_nobody_knows_is_told_all_the_same(store):
    pair = Pair(store, Names())
    pair.run()
    pair.raise_alarm()
    pair.step()
    assert pair.told[0].rule == f"#{FLOOD & 0xFFFF:04x}"
    pair.run()
    pair.projection.run()
    assert [event.rule for event in pair.told] == ["flood"]


def test_the_number_is_the_one_near_the_newest_that_is_stored(pair):
    session = pair.engine.devices[DEVICE].session
    for newest, sequence in ((300, 300), (300, 301), (65_530, 65_540), (65_540, 65_536), (100_000, 100_200), (100_000, 99_990)):
        dialogue = session.peer().dialogue
        settled = session._knowledge(dialogue.log).of(0)
        settled.pairs[:] = [(0, min(newest, sequence)), (sequence + 1, newest)] if newest > sequence + 1 else [(0, newest)]
        events = []
        session._take_alert([messages.ALERT, encode_alert(0, sequence, RAISED)], dialogue, events)
        assert [event[3] for event in events] == [sequence], (newest, sequence)


def test_one_whose_record_never_comes_stays_as_it_was_told(pair):
    """Power failed while nothing was written: the number of the record is one that was set aside (SPEC.md section 5)."""
    image = pair.log.image()
    pair.raise_alarm()
    pair.step()
    (early,) = pair.told
    image.boot += 1
    image.jump(0, 4095)
    pair.boot(image)
    pair.raise_alarm()
    pair.run()
    pair.projection.run()
    first, second = pair.told
    assert first == early and first.facts["announced"]
    assert (second.seq, second.limit) == (4095, 1.2) and "announced" not in second.facts
    assert pair.store.gaps(DEVICE, image.log_id, 0) == [(0, 4095)]


def test_garbage_costs_itself(pair):
    session = pair.engine.devices[DEVICE].session
    frame = pair.node._seal.seal(b"\x82\x0a\x43abc", True)
    events = session.take(session.open(frame), T0)
    assert [event[0] for event in events] == ["malformed"]
