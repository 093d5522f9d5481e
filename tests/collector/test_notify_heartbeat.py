"""The heartbeat beats while the collector really works, and not a moment longer; maintenance is known from what nodes said."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from gilmok_collector.notify.carriers import CarryError
from gilmok_collector.notify.heartbeat import LEAST_FREE_BYTES, UNHEARD_MS, Heartbeat
from gilmok_collector.notify.maintenance import Maintenance
from gilmok_collector.notify.outbox import Outbox
from gilmok_collector.notify.post import at_once
from gilmok_collector.store import Batch, Commit, Log, StoreFull, open_store
from support.alarm_site import NOW_MS, alarm, site_of

MINUTE_MS = 60_000


@pytest.fixture
def store(tmp_path):
    made = open_store(f"sqlite:{tmp_path}/store.db", 7)
    yield made
    made.close()


class Rig:
    def __init__(self, store):
        self.beats, self.wrong, self.free, self.answer = 0, "", LEAST_FREE_BYTES, None
        table = SimpleNamespace(url="https://alive.example.org/secret", every_ms=MINUTE_MS)
        self.now_ms = NOW_MS
        self.heart = Heartbeat(store, table, lambda: self.wrong, at_once, self._beat, lambda url: self.free)

    def _beat(self, url):
        if self.answer:
            raise CarryError(self.answer)
        self.beats += 1

    def minutes(self, count):
        before = self.beats
        for _ in range(count * 120):
            self.heart.poll(self.now_ms)
            self.now_ms += 500
        return self.beats - before


def test_it_beats_every_minute(store):
    assert Rig(store).minutes(10) == 10


def test_it_beats_no_more_while_commits_fail_or_the_disk_is_full(store):
    rig = Rig(store)
    rig.wrong = "the disk is full"
    assert rig.minutes(5) == 0 and rig.heart.withheld == "the disk is full"
    rig.wrong = ""
    assert rig.minutes(5) == 5
    rig.free = LEAST_FREE_BYTES - 1
    assert rig.minutes(5) == 0 and "disk" in rig.heart.withheld


def test_a_store_that_takes_no_writes_beats_no_more(store, monkeypatch):
    rig = Rig(store)
    monkeypatch.setattr(store, "note", lambda key, value: (_ for _ in ()).throw(StoreFull("x", "full")))
    assert rig.minutes(3) == 0


def test_a_service_that_does_not_answer_is_asked_again(store):
    rig = Rig(store)
    rig.answer = "no answer"
    assert rig.minutes(3) == 0 and rig.heart.withheld == "no answer"
    rig.answer = None
    assert rig.minutes(3) == 3


def test_an_alarm_that_nobody_could_be_told_of_ends_it(store, tmp_path):
    site = site_of(tmp_path, '[notify.a]\nurl = "https://a.example/"\n[notify.b]\nurl = "https://b.example/"\n')
    rig, outbox = Rig(store), Outbox(store, site)
    store.alarms.append([alarm(1)])
    outbox.fill(rig.now_ms)
    assert rig.minutes(UNHEARD_MS // MINUTE_MS) == 15
    assert rig.minutes(5) == 0
    from gilmok_collector.notify.outbox import Result as Told

    (notice,) = outbox.due("a", rig.now_ms)
    outbox.settle([Told(notice)], rig.now_ms)
    assert rig.minutes(5) == 5  # b is still down, but somebody knows


# -- maintenance


def say(store, node, device, number, event, now_ms, detail=None, boot=3):
    """Let a node say something of its maintenance, as record `number` of its stream 3."""
    batch = Batch(device, 5, 3, number, 1, boot, number * 1000, None, 0, [[0]], now_ms)
    store.commit(Commit(logs=[Log(device, 5, 0, boot, "x", b"1234")], batches=[batch]))
    origin = {"device": device, "log": 5, "stream": 3, "seq": number, "received_ms": now_ms, "detail": detail}
    event = alarm(number, event, "normal", 0, node, "maintenance", now_ms, **origin)
    store.alarms.append([replace(event, rule_id=0)])


@pytest.fixture
def place(store, tmp_path):
    site = site_of(tmp_path)
    return site.device_of("p1-gate"), Maintenance(store, site)


def test_maintenance_begins_and_ends(store, place):
    device, maintenance = place
    assert not maintenance.is_on("p1-gate", NOW_MS)
    say(store, "p1-gate", device, 1, "maintain", NOW_MS, 600_000)
    later = NOW_MS + 5000
    assert maintenance.until("p1-gate", later) == NOW_MS + 600_000 and not maintenance.is_on("p2-gate", later)
    assert not maintenance.is_on("area.riverside", later)
    assert not maintenance.is_on("p1-gate", NOW_MS + 600_000)
    say(store, "p1-gate", device, 2, "maintain", NOW_MS + 700_000, 600_000)
    assert maintenance.is_on("p1-gate", NOW_MS + 800_000)
    say(store, "p1-gate", device, 3, "resume", NOW_MS + 900_000)
    assert not maintenance.is_on("p1-gate", NOW_MS + 910_000)


def test_maintenance_ends_with_a_restart_of_the_node(store, place, tmp_path):
    device, maintenance = place
    say(store, "p1-gate", device, 1, "maintain", NOW_MS, 600_000)
    assert maintenance.is_on("p1-gate", NOW_MS + 1000)
    store.commit(Commit(logs=[Log(device, 5, 0, 4, "x", b"1234")]))
    assert not maintenance.is_on("p1-gate", NOW_MS + 2000)
    assert not Maintenance(store, site_of(tmp_path)).is_on("p1-gate", NOW_MS + 2000)


def test_an_older_word_that_comes_late_is_passed_over(store, place):
    device, maintenance = place
    say(store, "p1-gate", device, 2, "resume", NOW_MS + 1000)
    say(store, "p1-gate", device, 1, "maintain", NOW_MS, 600_000)
    assert not maintenance.is_on("p1-gate", NOW_MS + 2000)
