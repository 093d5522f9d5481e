"""All rules of a node in the order in which it counts them: the file's own, and those every instrument and every confirmed output has."""

import zlib
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import BadValue
from .fields import nearest
from .health import DEFAULT_LEVEL, NO_RULE
from .quantity import format_duration
from .rule import Rule
from .steps import compile_step
from .subjects import channel_subjects, output_index, subject_of

if TYPE_CHECKING:
    from .model import Node, Site

MOST_RULES = 32  # what the judge of a small chip was made and measured for (a heap of 100 KiB, beside four sensors)

LATCHING, SILENCED = 1, 2  # flags (protocols/node_config.cddl, rule)

# An instrument is doubted after as many readings as a node lets go by before a delay begins anew (gilmok_rules/README.md).
_DOUBTFUL_READINGS = 3
# A barrier that is commanded and does not move leaves people in what it should keep them from.
_UNCONFIRMED_LEVEL = "alert"

ID_BITS = 29


class Target(NamedTuple):
    """An output that a step wants: of another node where `node` is not ""."""

    node: str
    output: str


def id_of(name: str) -> int:
    """Return the number by which a rule or output is known on the wire."""
    return zlib.crc32(name.encode()) >> 32 - ID_BITS


def rules_of(node: "Node") -> dict[str, Rule]:
    """Return a checked node's rules by name, as it counts them: members before who counts their votes, else by name."""
    rules = unordered_rules(node)
    return {name: rules[name] for name in vote_order(rules)}


def unordered_rules(node: "Node") -> dict[str, Rule]:
    """Return a node's rules, its own first; one of its own takes the place of an automatic one for the same sensor or output."""
    return {**node.rule, **{name: rule for name, rule in automatic_rules(node).items() if name not in node.rule}}


def automatic_rules(node: "Node") -> dict[str, Rule]:
    """Return the rules that nobody writes: an alarm for each instrument that a rule relies on, and for each output that is confirmed."""
    watched = watched_sensors(node)
    own_health = {rule.watch for rule in node.rule.values() if rule.health}
    own_outputs = {rule.output for rule in node.rule.values() if rule.output is not None}
    found = {}
    for name, sensor in node.sensor.items():
        level = sensor.health.level if sensor.health else DEFAULT_LEVEL
        if (name in watched or sensor.health) and level != NO_RULE and name not in own_health:
            for_ms = sensor.health.for_ms if sensor.health and sensor.health.for_ms is not None else _DOUBTFUL_READINGS * sensor.every_ms
            found[f"{name}-health"] = Rule.model_validate({"watch": name, "health": True, level: {"for": format_duration(for_ms)}})
    for name, output in node.output.items():
        if output.is_confirmed and name not in own_outputs:
            found[f"{name}-unconfirmed"] = Rule.model_validate({"output": name, _UNCONFIRMED_LEVEL: {}})
    return found


def watched_sensors(node: "Node") -> set[str]:
    """Return the sensors whose values the node's rules judge, directly or by a detector."""
    names = {str(rule.watch).partition(".")[0] for rule in node.rule.values() if rule.is_hazard}
    return names | {node.detector[name].sensor for name in names if name in node.detector}


def vote_order(rules: dict[str, Rule]) -> list[str]:
    """Return the names of rules, members before who counts their votes.

    Raises: BadValue if rules count one another's votes.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name in sorted(rules):
        sorter.add(name, *sorted(member for member in rules[name].members if member in rules))
    try:
        return _by_depth(rules, list(sorter.static_order()))
    except CycleError as error:
        raise BadValue("rule_cycle", chain=" → ".join(reversed(error.args[1])), names=list(error.args[1])) from None


def _by_depth(rules: dict[str, Rule], order: list[str]) -> list[str]:
    """Return an order that depends on names alone."""
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[member] for member in rules[name].members if member in rules), default=-1)
    return sorted(order, key=lambda name: (depth[name], name))


def parse_target(site: "Site", node_name: str, text: str) -> Target:
    """Return the output that a step names: "siren", "barrier:down", "p2-gate.barrier:down".

    Raises: BadValue.
    """
    place, _, state = text.partition(":")
    other, dot, output = place.rpartition(".")
    if dot and other not in site.node:
        raise BadValue("target_node", value=text, known=list(site.node), near=nearest(other, site.node))
    outputs = site.node[other or node_name].output
    if output not in outputs:
        raise BadValue("target_output" if outputs else "target_none", value=text, known=list(outputs), near=nearest(output, outputs))
    wanted = outputs[output].active_state
    if ":" in text and state != wanted:
        code = "target_rest" if state in outputs[output].states else "target_state"
        raise BadValue(code, value=text, name=state, example=f'"{place}:{wanted}"')
    return Target("" if other in ("", node_name) else other, output)


def remote_targets(site: "Site", name: str) -> set[Target]:
    """Return the outputs of other nodes that a checked node's rules want."""
    texts = {text for rule in site.node[name].rule.values() for step in rule.steps.values() for text in step.outputs}
    return {target for target in (parse_target(site, name, text) for text in texts) if target.node}


def compile_rules(site: "Site", name: str) -> list[list[Any]]:
    """Return a checked node's rules as it reads them."""
    node = site.node[name]
    rules = rules_of(node)
    order = list(rules)
    subjects = channel_subjects(node)
    compiled = []
    for rule_name, rule in rules.items():
        subject = subjects[str(rule.watch)] if rule.is_hazard else subject_of(node, rule, order)
        steps = [
            [*compile_step(rule, level, step, subject), [_target(site, name, text) for text in step.outputs]]
            for level, step in rule.steps.items()
        ]
        flags = LATCHING * rule.latching | SILENCED * rule.silenced_by_acknowledgement
        suppressor = None if rule.suppressed_by is None else order.index(rule.suppressed_by)
        compiled.append([id_of(rule_name), subject.source, flags, suppressor, steps])
    return compiled


def _target(site: "Site", name: str, text: str) -> Any:
    target = parse_target(site, name, text)
    if target.node:
        return [site.device_of(target.node), id_of(target.output)]
    return output_index(site.node[name], target.output)
