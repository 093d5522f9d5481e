"""Silence of nodes and places: one alarm for what has one cause, none for a hiccup, and each node that is alone in it named."""

import random

import pytest
from gilmok_collector.area.watch import Watch
from support.alarm_site import NOW_MS, site_of

THIRTY = [f"n{number:02}" for number in range(30)]
OTHERS = [f"m{number:02}" for number in range(20)]
AREA = '[area.riverside]\nname = { ko = "둔치", en = "Riverside" }\n'


class Street:
    """A watch on virtual time; `alive` are the nodes that send a frame every `every` seconds, each at its own moment."""

    def __init__(self, site, every=40, seed=1):
        self.site, self.every = site, every
        self.dice = random.Random(seed)
        self.now_ms = NOW_MS
        self.alive = set(site.node)
        self.next = {name: self.dice.randrange(every) for name in site.node}
        self.events = []
        self.start()

    def start(self):
        """Start the collector anew: it knows what was stored."""
        last = {}
        for event in self.events:
            last[event.rule_id] = event
        self.watch = Watch(self.site, last.values(), self.now_ms, len(self.events))

    def run(self, seconds):
        """Let time pass; what is pending is stored."""
        for _ in range(seconds):
            self.now_ms += 1000
            for name in self.next:
                self.next[name] -= 1
                if self.next[name] <= 0:
                    self.next[name] = self.every
                    if name in self.alive:
                        self.watch.hear(name, self.now_ms, self.now_ms)
            self.watch.poll(self.now_ms)
            self.events += self.watch.pending
            self.watch.pending.clear()

    def told(self, *words):
        """Return (node, event) of what people are told of: all but suppression."""
        return [(e.node, e.event) for e in self.events if e.event not in ("suppress", "unsuppress")]


@pytest.fixture
def thirty(tmp_path):
    return site_of(tmp_path, AREA, THIRTY, 'area = "riverside"')


def two_areas(tmp_path):
    text = AREA + "[area.hill]\n"
    site = site_of(tmp_path, text, THIRTY + OTHERS)
    nodes = {name: node.model_copy(update={"area": "riverside" if name[0] == "n" else "hill"}) for name, node in site.node.items()}
    return site.model_copy(update={"node": nodes})


@pytest.mark.parametrize("seed", range(8))
def test_thirty_nodes_that_die_at_once_are_one_alarm(thirty, seed):
    street = Street(thirty, seed=seed)
    street.run(600)
    assert street.events == []
    street.alive.clear()
    died_ms = street.now_ms
    street.run(3600)
    assert street.told() == [("area.riverside", "raise")]
    (alarm,) = [event for event in street.events if event.event == "raise"]
    assert (alarm.value, alarm.limit, alarm.level, alarm.facts["members"]) == (30, 30, 3, THIRTY)
    assert alarm.received_ms - died_ms <= 240_000
    assert sum(event.event == "suppress" for event in street.events) == 30


def test_their_return_ends_it_and_those_that_stay_away_are_named(thirty):
    street = Street(thirty)
    street.run(100)
    street.alive.clear()
    street.run(600)
    street.alive |= set(THIRTY[2:])
    street.run(120)
    assert street.told() == [("area.riverside", "raise"), ("area.riverside", "clear")]
    street.run(900)
    assert street.told()[2:] == [("n00", "raise"), ("n01", "raise")]
    street.alive |= set(THIRTY)
    street.run(60)
    assert street.told()[4:] == [("n00", "clear"), ("n01", "clear")]


def test_one_node_alone_is_named(thirty):
    street = Street(thirty)
    street.run(100)
    street.alive.discard("n07")
    street.run(400)
    assert street.told() == [("n07", "raise")]
    alarm = street.events[0]
    assert (alarm.level, alarm.limit, alarm.unit) == (2, 120, "s") and 120 <= alarm.value <= 240
    assert alarm.unix_ms < alarm.received_ms


def test_a_hiccup_of_all_is_nothing(thirty):
    street = Street(thirty)
    street.run(100)
    street.alive.clear()
    street.run(75)
    street.alive |= set(THIRTY)
    street.run(600)
    assert street.events == []


def test_nodes_that_died_one_by_one_are_no_area(thirty):
    street = Street(thirty)
    for name in THIRTY[:20]:
        street.alive.discard(name)
        street.run(900)
    assert street.told() == [(name, "raise") for name in THIRTY[:20]]
    street.alive.clear()  # of the ten that were left, all
    street.run(600)
    assert street.told()[20:] == [("area.riverside", "raise")]


def test_a_collector_that_restarts_neither_forgets_nor_repeats(thirty):
    street = Street(thirty)
    street.run(100)
    street.alive.clear()
    for _ in range(60):
        street.run(61)
        street.start()
    street.run(600)
    assert street.told() == [("area.riverside", "raise")]
    street.alive |= set(THIRTY)
    street.start()
    street.run(120)
    assert street.told() == [("area.riverside", "raise"), ("area.riverside", "clear")]


def test_the_time_the_collector_was_down_is_no_silence(thirty):
    street = Street(thirty)
    street.run(100)
    street.now_ms += 3_600_000
    street.start()
    street.run(600)
    assert street.events == []


@pytest.mark.parametrize("leap_s", [3600, -3600, 40])
def test_a_clock_that_is_set_and_a_machine_that_slept_are_no_silence(thirty, leap_s):
    street = Street(thirty)
    street.run(100)
    street.now_ms += leap_s * 1000
    street.run(600)
    assert street.events == []
    street.alive.discard("n07")
    street.run(300)
    assert street.told() == [("n07", "raise")]


def test_one_area_of_two_is_named_and_not_the_site(tmp_path):
    street = Street(two_areas(tmp_path))
    street.run(100)
    street.alive -= set(THIRTY)
    street.run(900)
    assert street.told() == [("area.riverside", "raise")]
    street.alive -= set(OTHERS)
    street.run(900)
    assert street.told() == [("area.riverside", "raise"), ("area.hill", "raise")]


def test_both_areas_at_once_are_the_site(tmp_path):
    street = Street(two_areas(tmp_path))
    street.run(100)
    street.alive.clear()
    street.run(900)
    assert street.told() == [("site.yangjae", "raise")]
    street.alive |= set(THIRTY) | set(OTHERS)
    street.run(100)
    assert street.told()[1:] == [("site.yangjae", "clear")]


def test_nodes_without_an_area_are_the_site(tmp_path):
    street = Street(site_of(tmp_path, "", THIRTY))
    street.run(100)
    street.alive.clear()
    street.run(900)
    assert street.told() == [("site.yangjae", "raise")]


def test_two_nodes_make_no_area(tmp_path):
    street = Street(site_of(tmp_path, "", ["a", "b"]))
    street.run(100)
    street.alive.clear()
    street.run(900)
    assert sorted(street.told()) == [("a", "raise"), ("b", "raise")]


def test_a_link_with_several_nodes(tmp_path):
    link = '[link.gw]\nurl = "serial:/dev/ttyUSB0"\n'
    site = site_of(tmp_path, link, THIRTY)
    nodes = {name: node.model_copy(update={"link": "gw" if name < "n10" else None}) for name, node in site.node.items()}
    street = Street(site.model_copy(update={"node": nodes}))
    street.run(100)
    street.alive -= set(THIRTY[:10])
    street.run(900)
    assert street.told() == [("link.gw", "raise")]


def test_a_node_whose_sensor_is_broken_is_not_silent(thirty):
    street = Street(thirty, every=600)  # what is left is its health
    for name in THIRTY:
        street.watch.silence.note_fault(name, 0, True)
    street.run(3600)
    assert street.events == []


@pytest.mark.parametrize("seed", range(6))
def test_nodes_of_many_paces(tmp_path, seed):
    """Whatever the intervals, thirty deaths at one moment are one alarm: the quick wait for those that are late."""
    site = site_of(tmp_path, "", THIRTY)
    dice = random.Random(seed)
    nodes = {}
    for name, node in site.node.items():
        sensor = node.sensor["river"].model_copy(update={"every_ms": dice.choice([10_000, 30_000, 60_000])})
        nodes[name] = node.model_copy(update={"sensor": {"river": sensor}})
    street = Street(site.model_copy(update={"node": nodes}), seed=seed)
    street.run(600)
    street.alive.clear()
    street.run(3600)
    assert street.told() == [("site.yangjae", "raise")]


def test_a_node_that_dies_behind_a_clock_set_back_is_missed_as_soon_as_any(tmp_path):
    street = Street(site_of(tmp_path))
    street.run(120)
    street.now_ms -= 3_600_000
    street.alive.clear()
    street.run(1200)
    assert any(event.event == "raise" for event in street.events)
