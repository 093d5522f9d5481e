"""What the numbers of a node's events are called: by the site, as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from gilmok_site.rules import compile_rules, id_of, rules_of
from gilmok_site.subjects import subject_of

if TYPE_CHECKING:
    from gilmok_site import Site

# An event of rule 0 is about the whole node: local maintenance.
MAINTENANCE = "maintenance"

# Quantities of a step (protocols/node_config.cddl) and kinds of its rule's source.
QUANTITIES = ("value", "mean", "rate", "forecast", "votes")
KINDS = ("channel", "health", "votes", "output", "clock")
_BELOW = 8
_MAX_EXPONENT = 22  # powers of ten that are exact as 64-bit floats; beyond stands no honest value


def hex_name(number: int) -> str:
    """Return what stands where no name is known."""
    return f"#{number:08x}"


class StepName(NamedTuple):
    """What is said of one step of a rule. `facts` go with its events, `clear` is as the node compares it."""

    facts: Mapping[str, Any]
    unit: str = ""
    clear: int | None = None


@dataclass(slots=True, frozen=True)
class RuleName:
    """A rule as an event's numbers need it: a value is integer × `factor` × 10^exponent of its step's unit.

    Events bring their exponent with them, but for those that were only announced: for these it is `exponent`.
    """

    name: str
    factor: int = 1
    steps: Mapping[int, StepName] = field(default_factory=dict)  # by level
    exponent: int = 0

    def step(self, level: int, event: str, limit: int | None) -> StepName:
        """Return the step that an event is about: the one of its level, or, where the level fell, the highest whose end this limit is."""
        if event in ("ease", "clear"):
            ended = [number for number, step in self.steps.items() if number > level and step.clear == limit]
            level = max(ended, default=level)
        return self.steps.get(level) or (self.steps[min(self.steps)] if self.steps else StepName({}))


class Names(Protocol):
    """Who a device is, and what its rules and outputs are called; None where the site does not know."""

    def node(self, device: int) -> str | None:
        """Return the node that a device serves."""

    def rule(self, device: int, number: int) -> RuleName | None:
        """Return the rule of an id."""

    def announced(self, device: int, low: int) -> tuple[int, RuleName] | None:
        """Return the rule, and its id, of which an alert says the low half."""

    def output(self, device: int, number: int) -> str | None:
        """Return the name of the output of an id."""


class NoNames:
    """Knows nothing: for a store without a site file."""

    def node(self, device: int) -> str | None:
        """Return None."""
        return None

    def rule(self, device: int, number: int) -> RuleName | None:
        """Return None."""
        return None

    def announced(self, device: int, low: int) -> tuple[int, RuleName] | None:
        """Return None."""
        return None

    def output(self, device: int, number: int) -> str | None:
        """Return None."""
        return None


class SiteNames:
    """The names of a checked site."""

    def __init__(self, site: Site) -> None:
        self._nodes = {site.device_of(name): name for name in site.node}
        self._rules = {device: rule_names(site, name) for device, name in self._nodes.items()}
        self._outputs = {device: {id_of(each): each for each in site.node[name].output} for device, name in self._nodes.items()}

    def node(self, device: int) -> str | None:
        """Return the node that a device serves."""
        return self._nodes.get(device)

    def rule(self, device: int, number: int) -> RuleName | None:
        """Return the rule of an id."""
        return self._rules.get(device, {}).get(number)

    def announced(self, device: int, low: int) -> tuple[int, RuleName] | None:
        """Return the rule, and its id, of which an alert says the low half: `gilmok check` lets no two rules of a node share it."""
        return next(((number, rule) for number, rule in self._rules.get(device, {}).items() if number & 0xFFFF == low), None)

    def output(self, device: int, number: int) -> str | None:
        """Return the name of the output of an id."""
        return self._outputs.get(device, {}).get(number)


def rule_names(site: Site, node: str) -> dict[int, RuleName]:
    """Return the rules of a node by id, those that every instrument and output has among them."""
    where = site.node[node]
    by_name = rules_of(where)
    compiled = {each[0]: each for each in compile_rules(site, node)}
    return {id_of(name): _named(where, name, rule, list(by_name), compiled[id_of(name)]) for name, rule in by_name.items()}


def _named(node: Any, name: str, rule: Any, order: list[str], compiled: list[Any]) -> RuleName:
    _, unit, exponent, *step_of_channel = subject_of(node, rule, order).channel
    source = {"kind": KINDS[compiled[1][0]], "watch": rule.watch or rule.output or ", ".join(rule.members)}
    factor = step_of_channel[0] if step_of_channel else 1
    steps: dict[int, StepName] = {}
    following = None
    for step in reversed(compiled[4]):  # each names the limit of the level above it, which people ask for next
        facts = source | _facts(step)
        if following is not None and facts["quantity"] in ("value", "forecast"):
            facts["next"] = following
        following = scale(step[2], factor, exponent) if facts["quantity"] in ("value", "forecast") else following
        steps[step[0]] = StepName(facts, _unit(unit, facts["quantity"]), step[3])
    return RuleName(name, factor, steps, exponent)


def _facts(step: list[Any]) -> dict[str, Any]:
    """Return what a compiled step says, in words."""
    _, quantity, _, _, on_ms, _, span_ms, more, *_ = step
    facts = {"quantity": QUANTITIES[quantity & ~_BELOW], "below": bool(quantity & _BELOW), "on_ms": on_ms, "span_ms": span_ms, "more": more}
    return {key: value for key, value in facts.items() if value}


def _unit(unit: str, quantity: str) -> str:
    unit = "" if unit == "1" or quantity == "votes" else unit
    return f"{unit}/h" if quantity == "rate" else unit


def scale(value: int | None, factor: int, exponent: int) -> float | None:
    """Return an integer in its unit, rounded once; None of what no honest node says."""
    if value is None or abs(exponent) > _MAX_EXPONENT:
        return None
    return value * factor * float(10**exponent) if exponent >= 0 else value * factor / 10**-exponent
