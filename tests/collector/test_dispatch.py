"""Commands from the store to a node and back: the real engine, the real session, every loss and restart between them."""

import pytest
from gilmok_collector.dispatch import PUSH_LIMIT_MS
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import StoreFull, open_store
from gilmok_wire import cbor
from gilmok_wire.link import Link
from gilmok_wire.node_stream import StreamInfo
from support.commanded_node import CommandedNode
from support.dice import Dice

KEYS = {1: b"a" * 16, 2: b"b" * 16}
T0 = 1_800_000_000_000
RIVER = StreamInfo("river", 0, (("distance", "m", -3),))
SLEEPING = Link(idle_ms=0, full_duplex=False)


class Street:
    """An engine over a store and the nodes beside it; `run` lets seconds pass."""

    def __init__(self, url, link=None, loss=0, seed=1):
        self.url = url
        self.link = link or Link(idle_ms=0)
        self.nodes = {device: CommandedNode(device, key, (RIVER,), self.link) for device, key in KEYS.items()}
        self.now = 0
        self._dice, self._loss = Dice(seed), loss
        self.store = open_store(url, 5, now=lambda: T0 / 1000)
        self.start()

    def start(self):
        """Start the collector anew: only the store survives."""
        self.engine = Engine(self.store, KEYS, self.link)

    def restart(self):
        self.store.close()
        self.store = open_store(self.url, 5)
        self.start()

    def queue(self, device, name, *parameters, lasts_ms=600_000):
        return self.store.commands.queue(device, name, parameters, "duty", T0 + self.now, T0 + self.now + lasts_ms)

    def run(self, seconds=5):
        for _ in range(seconds):
            self.now += 1000
            self._down(self.engine.attend(T0 + self.now))
            for later_ms in range(0, 800, 100):  # exchanges within the second
                sent = [(str(node.device), frame) for node in self.nodes.values() for frame in node.frames(self.now + later_ms)]
                self._down(self.engine.handle([Arrival(*each, T0 + self.now) for each in sent if not self._lost()]))
        return self

    def states(self):
        return [command.state for command in self.store.commands.history()]

    def _down(self, frames):
        for link, frame in frames:
            if not self._lost():
                self.nodes[int(link)].take(frame, T0 + self.now)

    def _lost(self):
        return self._dice.chance(self._loss)


@pytest.fixture
def street(tmp_path):
    street = Street(f"sqlite:{tmp_path}/store.db")
    yield street.run()
    street.store.close()


def test_a_node_that_is_idle_but_listens_is_told_within_a_second(street):
    number = street.queue(1, "ack", 5)
    assert street.nodes[1].done == []
    street.run(1)
    assert street.nodes[1].done == [(number, "ack", [5])] and street.nodes[2].asked == []
    command = street.store.commands.find(number)
    assert (command.state, command.status, command.value, command.sent_ms) == ("done", 0, [2, 3], T0 + street.now)
    street.run(5)
    assert street.nodes[1].asked == [number]


def test_a_command_is_durable_before_it_is_sent(street, monkeypatch):
    sent = []
    monkeypatch.setattr(street.nodes[1], "take", lambda frame, unix_ms: sent.append([c.state for c in street.store.commands.history()]))
    with street.store.transaction():
        street.queue(1, "ack", 5)
        with pytest.raises(ZeroDivisionError), street.store.transaction():
            raise ZeroDivisionError
    street.run(1)
    assert sent == [["sent"]]


def test_a_node_that_sleeps_gets_it_with_its_next_answer(tmp_path):
    street = Street(f"sqlite:{tmp_path}/store.db", SLEEPING).run()
    number = street.queue(1, "ack", 5)
    street.run(30)
    assert street.nodes[1].asked == [] and street.states() == ["queued"]
    street.nodes[1].log.append(0, street.now, [7])
    street.run(120)
    assert street.nodes[1].done == [(number, "ack", [5])] and street.states() == ["done"]
    street.store.close()


def test_it_is_repeated_until_its_result_and_done_once(street):
    number = street.queue(1, "ack", 5)
    street.nodes[1].deaf = True
    street.run(20)
    assert street.states() == ["sent"]
    street.nodes[1].deaf = False
    street.run(PUSH_LIMIT_MS // 1000)
    assert street.nodes[1].done == [(number, "ack", [5])] and street.states() == ["done"]


def test_what_is_never_heard_is_given_up_at_its_time(street):
    street.queue(1, "ack", 5, lasts_ms=10_000)
    street.queue(3, "ack", 5, lasts_ms=10_000)
    street.nodes[1].deaf = True
    street.run(9)
    assert street.states() == ["sent", "queued"]
    street.run(2)
    assert street.states() == ["expired", "expired"]
    street.nodes[1].deaf = False
    street.run(120)
    assert street.nodes[1].asked == []


def test_it_survives_a_restart_of_the_collector(street):
    street.nodes[1].deaf = True
    numbers = [street.queue(1, "ack", 5), street.queue(1, "reset", 6)]
    street.run(2)
    street.restart()
    street.nodes[1].deaf = False
    street.nodes[1].log.append(0, street.now, [7])  # an idle node notices a new collector when it has something to say
    street.run(120)
    assert sorted(number for number, *_ in street.nodes[1].done) == sorted(numbers)
    assert street.states() == ["done", "done"]


def test_it_survives_a_power_cut_of_the_node(street):
    street.nodes[1].deaf = True
    number = street.queue(1, "ack", 5)
    street.run(2)
    street.nodes[1].boot()
    street.nodes[1].deaf = False
    street.nodes[1].log.append(0, street.now, [7])
    street.run(10)
    assert street.nodes[1].done == [(number, "ack", [5])] and street.states() == ["done"]


def test_a_result_is_settled_with_the_commit_or_not_at_all(street, monkeypatch):
    number = street.queue(1, "ack", 5)
    commit = street.store.commit

    def full(_):
        raise StoreFull("sqlite:a.db", "the disk is full")

    monkeypatch.setattr(street.store, "commit", full)
    street.run(2)
    assert street.nodes[1].done == [(number, "ack", [5])] and street.states() == ["sent"]
    monkeypatch.setattr(street.store, "commit", commit)
    street.run(120)
    assert street.states() == ["done"] and len(street.nodes[1].done) == 1
    assert street.engine.last_error is None


def test_commands_on_one_rule_go_one_after_the_other_others_together(street, monkeypatch):
    rule = cbor.encode([5, [0, 0, 0], 0, None, []])
    for name, *parameters in (("shelve", 5, 600), ("ack", 6), ("shelve", 5, 0), ("rule", rule), ("maintain", 60), ("maintain", 0)):
        street.queue(1, name, *parameters)
    asked = []
    take = street.nodes[1].session.receive

    def note(frame, now):
        events = take(frame, now)
        asked.append([(event[2], *event[3][2:]) for event in events if event[0] == "command"])
        return events

    monkeypatch.setattr(street.nodes[1].session, "receive", note)
    street.run(1)
    rounds = [commands for commands in asked if commands]
    assert sorted(rounds[0]) == [("ack", 6), ("maintain", 60), ("shelve", 5, 600)]
    names = [(name, *parameters) for _, name, parameters in street.nodes[1].done]
    assert names.index(("shelve", 5, 600)) < names.index(("shelve", 5, 0)) < names.index(("rule", rule))
    assert names.index(("maintain", 60)) < names.index(("maintain", 0))


def test_a_lease_overtakes_and_more_than_a_session_holds_follow(street):
    for number in range(20):
        street.queue(1, "ack", number)
    lease = street.queue(1, "lease", 99, 1, 60)
    street.run(3)
    assert street.nodes[1].done[0][0] == lease
    assert len(street.nodes[1].done) == 21 and set(street.states()) == {"done"}


@pytest.mark.parametrize(("status", "state"), [(1, "refused"), (2, "refused"), (3, "expired"), (5, "refused")])
def test_a_refusal_is_settled_too(street, status, state):
    street.nodes[1].statuses["ack"] = status
    street.queue(1, "ack", 5)
    street.run(3)
    assert street.states() == [state] and street.nodes[1].done == []


def test_a_node_without_the_time_is_asked_again(street):
    street.nodes[1].statuses["ack"] = 4
    number = street.queue(1, "ack", 5)
    street.run(10)
    assert street.states() == ["sent"] and 3 <= len(street.nodes[1].asked) <= 8
    del street.nodes[1].statuses["ack"]
    street.run(30)
    assert street.states() == ["done"] and street.nodes[1].done == [(number, "ack", [5])]


def test_what_no_frame_holds_is_refused_at_once(street):
    street.queue(1, "rule", bytes(300))
    street.queue(1, "ack", 5)
    street.run(3)
    assert street.states() == ["refused", "done"]
    assert "too long for frames of 242 bytes" in street.store.commands.history()[0].value


def test_a_store_that_cannot_be_read_is_told_and_read_again(street, monkeypatch):
    street.queue(1, "ack", 5)
    opened = street.store.commands.open

    def broken():
        raise StoreFull("sqlite:a.db", "no")

    monkeypatch.setattr(street.store.commands, "open", broken)
    street.run(2)
    assert isinstance(street.engine.last_error, StoreFull)
    monkeypatch.setattr(street.store.commands, "open", opened)
    street.run(2)
    assert street.engine.last_error is None and street.states() == ["done"]


@pytest.mark.parametrize("seed", range(6))
def test_every_command_is_done_once_on_a_bad_line(tmp_path, seed):
    street = Street(f"sqlite:{tmp_path}/store.db", loss=25, seed=seed).run()
    dice = Dice(seed + 100)
    for _ in range(12):
        street.queue(1 + dice.below(2), "ack", dice.below(4), lasts_ms=3_600_000)
        street.run(dice.below(4))
        if dice.chance(20):
            street.nodes[1].boot()
        if dice.chance(20):
            street.restart()
    for _ in range(10):
        for node in street.nodes.values():
            node.log.append(0, street.now, [7])
        street.run(60)
    assert set(street.states()) == {"done"}, f"seed {seed}: {street.states()}"
    done = [number for node in street.nodes.values() for number, *_ in node.done]
    assert sorted(done) == sorted(command.id for command in street.store.commands.history()), f"seed {seed}"
    street.store.close()
