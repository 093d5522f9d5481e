"""What rules, detectors and the health of instruments must agree on: with the channels they watch, with one another, and with outputs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gilmok_rules.limit_lines import LINES

from .bounds import meant_column
from .catalogue import DRIVERS
from .derived import columns_of
from .detector import rate_hz
from .detector_parameters import least_rate_hz, longest_capture_s
from .errors import BadValue, Problem
from .fields import nearest
from .noise import check_noise
from .quantity import format_duration, parse_steps
from .rules import MOST_RULES, automatic_rules, id_of, parse_target, unordered_rules, vote_order, watched_sensors
from .steps import Compiled, compile_step
from .subjects import CHANNEL, channel_subjects, subject_of

if TYPE_CHECKING:
    from .detector import Detector
    from .model import Node, Site
    from .rule import Rule
    from .source import Path, Source

_SOURCES = ("watch", "any", "all", "of", "output", "clock")


def check_rules(site: "Site", name: str, wrong: set[str]) -> Iterator[Problem]:
    """Yield what is wrong with the detectors, healths and rules of a node; what hangs on `wrong` sensors is left alone."""
    node, source, path = site.node[name], site.source, ("node", name)
    yield from _check_detectors(source, path, node)
    for sensor in node.sensor:
        if sensor not in wrong:
            yield from _check_alarmed(source, (*path, "sensor", sensor), node, sensor)
    yield from _check_names(source, path, node)
    rules = unordered_rules(node)
    try:
        order = vote_order(rules)
    except BadValue as error:
        yield source.problem((*path, "rule", error.facts["names"][-1]), error.code, chain=error.facts["chain"])
        return
    yield from _check_suppression(source, path, node)
    for rule_name, rule in node.rule.items():
        problems = list(_check_source(source, (*path, "rule", rule_name), node, rules, rule))
        yield from problems
        if not problems and str(rule.watch).partition(".")[0] not in wrong:
            yield from _check_steps(site, (*path, "rule", rule_name), node, rule, order)


def _check_detectors(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """A detector has a motion sensor, and a name of its own."""
    known = [name for name, sensor in node.sensor.items() if sensor.driver in DRIVERS and DRIVERS[sensor.driver].waveform]
    for name, detector in node.detector.items():
        where = (*path, "detector", name)
        if name in node.sensor:
            yield source.problem(where, "detector_name", name=name)
        if detector.sensor not in known and (detector.sensor not in node.sensor or node.sensor[detector.sensor].driver in DRIVERS):
            facts = {"value": detector.sensor, "known": known, "near": nearest(detector.sensor, known), "node": path[1]}
            yield source.problem((*where, "sensor"), "detector_sensor" if known else "detector_none", **facts)
        elif detector.sensor in known:
            yield from _check_detector(source, where, node, detector)


def _check_detector(source: "Source", where: "Path", node: "Node", detector: "Detector") -> Iterator[Problem]:
    """A detector's sensor is fast enough for it, and it is told what its kind needs."""
    rate, least = rate_hz(node.sensor[detector.sensor]), least_rate_hz(detector.kind)
    if rate < least:
        yield source.problem(
            (*where, "sensor"), "detector_rate", rate=f"{rate:g}", least=least, longest=1000 // least, name=detector.sensor
        )
    if detector.kind == "ppv" and detector.line not in LINES:
        yield source.problem((*where, "line"), "detector_line", value=detector.line or "", known=list(LINES))
    if detector.kind == "capture":
        others = [name for name, each in node.detector.items() if each.sensor == detector.sensor and each.kind != "capture"]
        for name in detector.of:
            if name not in others:
                yield source.problem((*where, "of"), "detector_of", value=name, known=others, sensor=detector.sensor)
        most_s = longest_capture_s(rate)
        if not 1000 <= detector.before_ms <= most_s * 1000 or detector.after_ms < 1000:
            yield source.problem((*where, "before"), "detector_span", most=most_s, rate=f"{rate:g}")


def _check_alarmed(source: "Source", path: "Path", node: "Node", name: str) -> Iterator[Problem]:
    """What holds while a rule is active needs a rule, and what is said of a channel's health is said of one there is."""
    sensor = node.sensor[name]
    watched = name in watched_sensors(node)
    for key, value in (("alarm_every", sensor.alarm_every_ms), ("alarm_max_age", sensor.alarm_max_age_ms)):
        if value is not None and not watched:
            yield source.problem((*path, key), "key_alone", name=key, needed="rule")
    if sensor.alarm_every_ms is not None:
        shortest_ms = DRIVERS[sensor.driver].period_min_ms if sensor.driver in DRIVERS else 0
        if sensor.every_ms % sensor.alarm_every_ms or sensor.alarm_every_ms < shortest_ms:
            facts = {"value": format_duration(sensor.alarm_every_ms), "every": format_duration(sensor.every_ms)}
            yield source.problem((*path, "alarm_every"), "alarm_every", shortest=format_duration(shortest_ms), **facts)
    if sensor.health is not None:
        yield from _check_health(source, (*path, "health"), node, name)


def _check_health(source: "Source", path: "Path", node: "Node", name: str) -> Iterator[Problem]:
    health = node.sensor[name].health
    if health is None:
        return
    columns = columns_of(node, name)
    for key in ("range", "spike", "stuck"):
        for channel, value in getattr(health, key).items():
            where = (*path, key, channel) if channel else (*path, key)
            try:
                column = columns[meant_column(node, name, channel)]
                if key == "range" and len(value) != 2:
                    raise BadValue("health_range", value=value, unit=column[1])
                steps = [parse_steps(text, column) for text in value] if key == "range" else []
                if steps and steps[0] >= steps[1]:
                    raise BadValue("health_range", value=value, unit=column[1])
                if key == "spike" and parse_steps(value, column) < 1:
                    raise BadValue("quantity", value=value, unit=column[1])
                if key == "stuck" and value < 2 * node.sensor[name].every_ms:
                    raise BadValue("stuck_short", value=format_duration(value), every=format_duration(node.sensor[name].every_ms))
            except BadValue as error:
                yield source.problem(where, error.code, **error.facts)


def _check_names(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """No two rules are one on the wire, no rule has the name of another instrument's own alarm, and there are not too many."""
    automatic = automatic_rules(node)
    for name in node.rule:
        if name in automatic:
            yield source.problem((*path, "rule", name), "rule_name_taken", name=name)
    # An alert says half of a rule's id (SPEC.md, section 3).
    for table, names, said in (("rule", [*node.rule, *automatic], 0xFFFF), ("output", [*node.output], -1)):
        seen: dict[int, str] = {}
        for name in dict.fromkeys(names):
            other = seen.setdefault(id_of(name) & said, name)
            if other != name or id_of(name) == 0:
                yield source.problem((*path, table, name), "rule_id", name=name, other=other)
    if len({**node.rule, **automatic}) > MOST_RULES:
        yield source.problem((*path, "rule"), "rules_many", value=len({**node.rule, **automatic}), own=len(node.rule), most=MOST_RULES)


def _check_suppression(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """What suppresses a rule is there, and is not suppressed by it: both would be silent."""
    known = list(unordered_rules(node))
    for name, rule in node.rule.items():
        chain = [name]
        while chain[-1] in node.rule and (above := node.rule[chain[-1]].suppressed_by) is not None and chain.count(above) < 1:
            chain.append(above)
        last = node.rule.get(chain[-1])
        where = (*path, "rule", name, "suppressed_by")
        if rule.suppressed_by is not None and rule.suppressed_by not in known:
            facts = {"value": rule.suppressed_by, "known": known, "near": nearest(rule.suppressed_by, known), "node": path[1]}
            yield source.problem(where, "rule_unknown", **facts)
        elif last is not None and last.suppressed_by == name:
            yield source.problem(where, "rule_silent", chain=" → ".join([*chain, name]))


def _check_source(source: "Source", path: "Path", node: "Node", rules: dict[str, "Rule"], rule: "Rule") -> Iterator[Problem]:
    """A rule watches one thing, which is there, and has a level."""
    given = [key for key in _SOURCES if getattr(rule, key)]
    if len(given) != 1:
        yield source.problem((*path, *given[1:2]), "rule_source", known=list(_SOURCES))
        return
    if rule.health and rule.watch is None:
        yield source.problem((*path, "health"), "key_alone", name="health", needed="watch")
    if rule.watch is not None:
        yield from _check_watch(source, path, node, rule, rule.watch)
    if rule.output is not None and (rule.output not in node.output or not node.output[rule.output].is_confirmed):
        known = [name for name, output in node.output.items() if output.is_confirmed]
        facts = {"value": rule.output, "known": known, "near": nearest(rule.output, known), "node": path[1]}
        yield source.problem((*path, "output"), "rule_output" if known else "rule_output_none", **facts)
    for key in ("any", "all", "of"):
        for member in getattr(rule, key):
            if member not in rules:
                facts = {"value": member, "known": list(rules), "near": nearest(member, rules), "node": path[1]}
                yield source.problem((*path, key), "rule_unknown", **facts)
    if (rule.votes is not None) != bool(rule.of):
        yield source.problem(
            (*path, "of" if rule.of else "votes"), "key_alone", name="of" if rule.of else "votes", needed="votes" if rule.of else "of"
        )
    elif rule.votes is not None and not 1 <= rule.votes <= len(set(rule.of)):
        yield source.problem((*path, "votes"), "votes_beyond", value=rule.votes, most=len(set(rule.of)))
    if not rule.steps:
        yield source.problem(path, "rule_levels")


def _check_watch(source: "Source", path: "Path", node: "Node", rule: "Rule", watch: str) -> Iterator[Problem]:
    known = list(node.sensor) if rule.health else list(channel_subjects(node))
    first = watch.partition(".")[0]
    is_wrong_itself = first in {**node.sensor, **node.detector} and not any(each.partition(".")[0] == first for each in known)
    if watch not in known and not is_wrong_itself:
        here = [each for each in known if each.partition(".")[0] == first] or known
        facts = {"value": watch, "known": here, "near": nearest(watch, here), "node": path[1]}
        yield source.problem((*path, "watch"), "rule_watch" if known else "rule_watch_none", **facts)


def _check_steps(site: "Site", path: "Path", node: "Node", rule: "Rule", order: list[str]) -> Iterator[Problem]:
    """Each step can be judged and its outputs are there; a higher level is reached later."""
    try:
        subject = subject_of(node, rule, order)
    except (KeyError, ValueError):  # told at what it watches
        return
    made: dict[str, Compiled] = {}
    for level, step in rule.steps.items():
        try:
            made[level] = compile_step(rule, level, step, subject)
        except BadValue as error:
            at = error.facts.pop("at", "")
            yield site.source.problem((*path, level, at) if at else (*path, level), error.code, **error.facts)
        for text in step.outputs:
            try:
                parse_target(site, str(path[1]), text)
            except BadValue as error:
                yield site.source.problem((*path, level, "outputs"), error.code, node=path[1], **error.facts)
    yield from _check_order(site.source, path, made)
    if subject.source[0] == CHANNEL:
        yield from check_noise(site.source, path, node, rule, subject, made)


def _check_order(source: "Source", path: "Path", made: dict[str, Compiled]) -> Iterator[Problem]:
    """Of two steps that compare the same quantity alike, that of the higher level is reached later."""
    levels = list(made)
    for lower, higher in zip(levels, levels[1:], strict=False):
        one, other = made[lower], made[higher]
        if (one.quantity, one.span_ms) != (other.quantity, other.span_ms):
            continue
        sign = -1 if one.is_below else 1
        reached = [(sign * each.set, each.more if each.quantity == 4 else -each.more, each.on_ms) for each in (one, other)]
        if reached[1] <= reached[0]:
            yield source.problem((*path, higher), "steps_order", name=higher, other=lower)
