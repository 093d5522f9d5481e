"""A city's nodes with their collector: runs them, and counts what was measured, sent, stored and how late alarms were."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from gilmok_wire.windows import UNTIL_ANSWERED

from bench.radio_city import DAY_US, City
from bench.radio_collector import Collector
from bench.radio_nodes import Node, key_of, read_minutes

HOUR_US = 3_600_000_000
_STEP_US = 20_000  # an outage of a lone node is over within six seconds, which is told to a percent


@dataclass
class Sums:
    """What a fleet has done so far."""

    records: int
    stored: int
    offered: int  # records, each time that a frame carried them
    sent: int  # transmissions
    air_us: int
    gateway_us: int
    millijoules: float

    def since(self, other: "Sums") -> "Sums":
        """Return what came after `other`."""
        return Sums(*[mine - theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)])


class Fleet:
    """Nodes over one gateway; to be used in a `with`. `late_ms` are (raised, how long until it was committed) of each alarm stored."""

    def __init__(self, city: City, seed: int, make_port: Callable[..., Any], listens: int = UNTIL_ANSWERED) -> None:
        self.city = city
        self.dice = Random(f"{seed}/fleet")
        self.late_ms: list[tuple[int, int]] = []
        self._folder = tempfile.TemporaryDirectory()
        rows = read_minutes()
        self.nodes = [Node(city, number + 1, place, rows, make_port, seed) for number, place in enumerate(city.places)]
        self._by_device = {node.device: node for node in self.nodes}
        keys = {node.device: key_of(node.device) for node in self.nodes}
        self.collector = Collector(city, self._folder.name, keys, self._take, listens)
        self.gateway = self.collector.gateway.radio

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(self, *error: object) -> None:
        self.collector.close()
        self._folder.cleanup()

    def run(self, us: int) -> None:
        """Let time pass."""
        self.city.run(self.city.clock.us + us)

    def run_until(self, is_over: Callable[[], bool], limit_us: int) -> int | None:
        """Let time pass until something is so; return when, None where it is not by then."""
        end = self.city.clock.us + limit_us
        while not is_over():
            if self.city.clock.us >= end:
                return None
            self.run(_STEP_US)
        return self.city.clock.us

    def alarms(self, count: int, span_us: int, each_once: bool = False) -> None:
        """Have alarms be raised at random within a time; `each_once`: no node twice."""
        nodes = self.dice.sample(self.nodes, count) if each_once else [self.dice.choice(self.nodes) for _ in range(count)]
        for node in nodes:
            self.city.medium.call(self.city.clock.us + int(self.dice.random() * span_us), node.raise_alarm)

    def raised(self) -> int:
        """Return how many alarms there were."""
        return sum(len(node.alarms_ms) for node in self.nodes)

    def stored(self, node: Node) -> tuple[int, int]:
        """Return how many of a node's minutes and alarms the store has, by its own word."""
        store, log = self.collector.store, node.log.log_id
        readings, alarms = [sum(end - first for first, end in store.stored(node.device, log, number).pairs) for number in node.numbers]
        return readings, alarms

    def missing(self) -> int:
        """Return how many minutes and alarms have not been committed."""
        return sum(node.missing() for node in self.nodes)

    def lost(self) -> int:
        """Return how many minutes and alarms the store lacks, by its own word."""
        return sum(node.records + len(node.alarms_ms) - sum(self.stored(node)) for node in self.nodes)

    def sums(self) -> Sums:
        """Return what has been done so far."""
        nodes = self.nodes
        return Sums(
            sum(node.records for node in nodes),
            sum(node.records - node.missing_minutes() for node in nodes),
            sum(node.offered for node in nodes),
            sum(node.radio.station.sent for node in nodes),
            sum(node.radio.station.sent_us for node in nodes),
            self.gateway.station.sent_us,
            sum(node.millijoules() for node in nodes),
        )

    def stop_measuring(self) -> None:
        """Let no more be measured, so that all can be stored."""
        for node in self.nodes:
            node.measuring = False

    def _take(self, device: int, event: tuple, now_ms: int) -> None:
        """Note what has been committed, and of an alarm how late it was."""
        node = self._by_device[device]
        if event[0] == "alert":
            self._announce(node, event[3], event[3] + 1, now_ms)
        elif event[0] == "rows" and event[2].stream in node.committed:
            rows = event[2]
            if rows.stream == node.numbers[1]:
                self._announce(node, rows.first, rows.end, now_ms)
            node.committed[rows.stream].add(rows.first, rows.end)

    def _announce(self, node: Node, first: int, end: int, now_ms: int) -> None:
        """Note how late alarms are that the collector has just made durable, whether by an alert or by their record."""
        for one, other in node.announced.missing(first, end):
            self.late_ms += [(node.alarms_ms[number], now_ms - node.alarms_ms[number]) for number in range(one, other)]
        node.announced.add(first, end)


def per_day(value: float, span_us: int, nodes: int = 1) -> float:
    """Return a value per node and day."""
    return value * DAY_US / span_us / nodes


def share(values: list[int], part: float) -> float:
    """Return the value below which that part of them lies."""
    return float(sorted(values)[min(len(values) - 1, int(len(values) * part))])
