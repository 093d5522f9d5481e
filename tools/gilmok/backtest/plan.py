"""What is judged: a node's compiled rules as far as its history goes, and that at the node's own pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from gilmok_collector.alarms.names import RuleName, rule_names
from gilmok_rules.compiled import CHANNEL, HEALTH, MEAN
from gilmok_site.alarm_parts import compile_validity
from gilmok_site.derived import columns_of
from gilmok_site.rules import compile_rules, rules_of
from gilmok_site.subjects import Subject, subject_of

from .between import Between
from .layout import ON_MS, SOURCE, STEPS, kind_of
from .schedule import Schedule
from .selection import judged_rules, keep, keep_checks

if TYPE_CHECKING:
    from gilmok_site import Site

    from .gather import Channels
    from .history import History

# A history of up to 1.5 of the node's periods is taken as it is: a file's clock and the node's never agree.
_COARSER = 1.5
_LINE_PERIODS = 3  # of the history: what is further apart is no line, something is missing
# An instrument is doubted after so many readings (gilmok_site.rules); of a coarser history a shorter delay would be one reading.
_DOUBTFUL_READINGS = 3


class Coarse(NamedTuple):
    """How coarse a history is. Units: ms."""

    period_ms: int
    every_ms: int
    has_line: bool


@dataclass
class Plan:
    """Rules, and the schedules of the sources they watch. `names` and `subjects` are those of the rules, in their order;
    `rule_names` says what alarms call them, by id.

    `left_out` are the names of the rules that the history says nothing of; `coarse` the sensors whose history is coarser than the
    node's readings: its period, the node's, and whether lines were drawn between.
    """

    rules: list[list[Any]]
    names: list[str]
    rule_names: dict[int, RuleName]
    subjects: list[Subject]
    validity: list[list[Any]]
    periods: list[int]
    schedules: dict[int, Schedule]
    left_out: list[str]
    coarse: dict[str, Coarse] = field(default_factory=dict)

    @property
    def has_hazards(self) -> bool:
        """Whether any rule judges what is measured."""
        return any(rule[SOURCE][0] == CHANNEL for rule in self.rules)


def channels_of_node(site: Site, node: str) -> Channels:
    """Return what each sensor of a node measures, and what is made of it."""
    table = site.node[node]
    return {name: columns_of(table, name) for name in sorted(table.sensor)}


def make_plan(site: Site, node: str, histories: Mapping[str, History], between: Between = Between.auto, changes: bool = False) -> Plan:
    """Return what the rules of a node can judge of histories of its sensors.

    With `changes` a sensor that records only changes is taken to have stood still between its records.
    """
    table = site.node[node]
    sources = sorted(table.sensor)
    compiled, tables = compile_rules(site, node), rules_of(table)
    schedules: dict[int, Schedule] = {}
    coarse: dict[str, Coarse] = {}
    for number, name in enumerate(sources):
        if name in histories:
            wants_line = between == Between.line or (between == Between.auto and not _only_means(compiled, number))
            schedules[number] = _schedule(table.sensor[name], number, histories[name], wants_line, changes, coarse)
    seen = {number: schedule.history.seen for number, schedule in schedules.items()}
    chosen = judged_rules(compiled, seen)
    names = list(tables)
    every_ms = [table.sensor[name].every_ms for name in sources]
    every_ms += [table.sensor[table.detector[name].sensor].every_ms for name in sorted(table.detector)]
    periods = [schedules[number].period_ms if number in schedules else every for number, every in enumerate(every_ms)]
    return Plan(
        rules=[_paced(rule, periods, every_ms) for rule in keep(compiled, chosen)],
        names=[names[number] for number in chosen],
        rule_names=rule_names(site, node),
        subjects=[subject_of(table, tables[names[number]], names) for number in chosen],
        validity=keep_checks(compile_validity(table), seen),
        periods=periods,
        schedules=schedules,
        left_out=[name for number, name in enumerate(names) if number not in chosen],
        coarse=coarse,
    )


def _only_means(rules: Sequence[Sequence], source: int) -> bool:
    steps = [step for rule in rules if rule[SOURCE][0] == CHANNEL and rule[SOURCE][1] == source for step in rule[STEPS]]
    return bool(steps) and all(kind_of(step) == MEAN for step in steps)


def _paced(rule: list[Any], periods: Sequence[int], every_ms: Sequence[int]) -> list[Any]:
    """Return a rule of an instrument's health with a delay of no fewer readings than the node would wait for."""
    kind, *where = rule[SOURCE]
    if kind != HEALTH or periods[where[0]] <= _COARSER * every_ms[where[0]]:
        return rule
    steps = [[*step[:ON_MS], max(step[ON_MS], _DOUBTFUL_READINGS * periods[where[0]]), *step[ON_MS + 1 :]] for step in rule[STEPS]]
    return [*rule[:STEPS], steps]


def _schedule(sensor: Any, number: int, history: History, wants_line: bool, changes: bool, coarse: dict[str, Coarse]) -> Schedule:
    period_ms = history.period_ms() or sensor.every_ms
    if changes and sensor.report is not None:
        return Schedule(number, history, sensor.every_ms, holds_ms=sensor.report.heartbeat_ms + sensor.every_ms)
    if period_ms <= _COARSER * sensor.every_ms:
        return Schedule(number, history, period_ms)
    coarse[history.sensor] = Coarse(period_ms, sensor.every_ms, wants_line)
    if wants_line:
        return Schedule(number, history, sensor.every_ms, line_ms=_LINE_PERIODS * period_ms)
    return Schedule(number, history, period_ms)
