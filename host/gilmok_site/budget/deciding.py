"""The heap that rules, outputs, detectors and acting at other nodes add to a node, in bytes on the desk.

Code is measured (heap.json), and so are objects, by `make bench BENCH=rules`; docs/DESIGN.md, "Heap", adds them up for 32 rules.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..alarm_parts import compile_validity
from ..detector import DETECTORS, rate_hz
from ..rules import rules_of
from .account import Line, number

if TYPE_CHECKING:
    from ..model import Node
    from ..rule import Rule

SOURCE = "heap.json"
_BENCH = "make bench BENCH=rules"
_DESIGN = "docs/DESIGN.md, Heap"
_DETECTORS = "gilmok_rules/README.md"
_REMOTE = "firmware/gilmok_node/judge/remote.py"

_NAMES = 1700  # that only these modules have, beside the 800 bytes of their texts that heap.json counts as code
_JUDGE = 2200  # judge and alarms without a rule, closures, and what is being told
_RULE = 15
_STEP = 48
_MEAN = 520
_SLOPE = 423
_CHECK = 250  # of what is believed of a channel: bounds, and the filter of spikes
_OUTPUT = 704  # with two inputs, which most barriers have
_EVENTS = 576  # a stream of events with its recorder
_COMMAND = 3000  # while one is carried out, code included
_GROUP = 3482  # seal, peers, what is wanted and how it stands: 3.4 KiB
# The detector itself: its filters are arrays and integers (gilmok_rules/README.md); a capture's block and columns, beside its ring.
_DETECTOR = {"quake": 4096, "ppv": 2355, "capture": 1024}


class Cost(NamedTuple):
    """What one thing takes of the heap on the desk: how it is explained, and the bytes."""

    line: Line
    size: int


def deciding_costs(node: "Node", measured: dict[str, Any], in_group: bool) -> list[Cost]:
    """Return what judging and acting take; nothing where a node only measures. `measured` is heap.json."""
    if not (node.rule or node.output or node.detector):
        return []
    rules = rules_of(node)
    sums = [*_rule_costs(node, rules), *_detector_costs(node)]
    if in_group:
        sums.append(cost_of("heap_group", [(1, _GROUP)], source=_REMOTE))
    return [*_code_costs(_kinds(node, rules, in_group), measured), *sums, cost_of("heap_command", [(1, _COMMAND)], source=_DESIGN)]


def ring_bytes(node: "Node") -> int:
    """Return the bytes of the rings that keep a waveform before its event: as many on a chip as on the desk."""
    captures = [each for each in node.detector.values() if each.kind == "capture"]
    return sum(DETECTORS["capture"].parameters(each, rate_hz(node.sensor[each.sensor]))[2] for each in captures)


def _kinds(node: "Node", rules: dict[str, "Rule"], in_group: bool) -> list[str]:
    """Return what a node loads, as heap.json calls it."""
    wanted = {
        "rules": True,
        "outputs": bool(node.output),
        "trend": any(_windows(rules)),
        "validity": bool(compile_validity(node)),
        "group": in_group,
    }
    detectors = dict.fromkeys(each.kind for each in node.detector.values())
    return [*(kind for kind, is_wanted in wanted.items() if is_wanted), *detectors]


def _code_costs(kinds: list[str], measured: dict[str, Any]) -> Iterator[Cost]:
    """Return the code of each kind, less what one before it has loaded, and the names."""
    seen: set[str] = set()
    for kind in kinds:
        size = sum(measured["decides"][module] for module in measured["deciding"][kind] if module not in seen)
        seen.update(measured["deciding"][kind])
        yield Cost(Line("heap_code", f"{number(size)} B", kind, SOURCE), size)
    yield cost_of("heap_names", [(1, _NAMES)], source=_DESIGN)


def _windows(rules: dict[str, "Rule"]) -> tuple[int, int]:
    """Return how many means and how many slopes the steps want: equal ones of a rule are one."""
    means = {(name, step.mean_ms, step.valid) for name, rule in rules.items() for step in rule.steps.values() if step.mean_ms}
    slopes = {(name, step.over_ms) for name, rule in rules.items() for step in rule.steps.values() if step.over_ms or step.within_ms}
    return len(means), len(slopes)


def _rule_costs(node: "Node", rules: dict[str, "Rule"]) -> Iterator[Cost]:
    means, slopes = _windows(rules)
    steps, checks = sum(len(rule.steps) for rule in rules.values()), len(compile_validity(node))
    parts = [(1, _JUDGE), (len(rules), _RULE), (steps, _STEP), (means, _MEAN), (slopes, _SLOPE), (checks, _CHECK)]
    yield cost_of("heap_rules", parts)
    yield cost_of("heap_events", [(1 + bool(node.output), _EVENTS)])
    if node.output:
        yield cost_of("heap_outputs", [(len(node.output), _OUTPUT)])


def _detector_costs(node: "Node") -> Iterator[Cost]:
    for name, each in node.detector.items():
        yield cost_of("heap_detector", [(1, _DETECTOR[each.kind]), (bool(DETECTORS[each.kind].channels), _EVENTS)], name, _DETECTORS)


def cost_of(label: str, parts: list[tuple[int, int]], name: str = "", source: str = _BENCH) -> Cost:
    """Return a cost of so many things of so many bytes each; those of which there are none are not named."""
    sums = [f"{number(size)} B" if count == 1 else f"{count} × {number(size)} B" for count, size in parts if count]
    return Cost(Line(label, " + ".join(sums), name, source), sum(count * size for count, size in parts))
