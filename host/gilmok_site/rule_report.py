"""Rules and outputs as tables of `gilmok check`: what each level begins and ends with, and what moves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .messages import REPORT_LEVELS, REPORT_OUTPUTS, REPORT_RULES, REPORT_STEPS, REPORT_WATCHED
from .quantity import format_duration
from .rules import rules_of
from .steps import BELOW, COUNT, FORECAST, RATE, Compiled, compile_step, shown_steps
from .subjects import CLOCK, Subject, subject_of

if TYPE_CHECKING:
    from .model import Node, Site
    from .rule import Rule

Row = tuple[str, ...]
_SIGNS = {False: "<", True: ">"}


def rule_rows(site: "Site", lang: str, only_own: bool = False) -> list[Row]:
    """Return a row for each level of each rule of a checked site, its heads first; none where there is no rule.

    With `only_own` without the rules that nobody writes.
    """
    rows = [row for name, node in site.node.items() for row in _of_node(name, node, lang == "ko", only_own)]
    return [REPORT_RULES[lang], *rows] if rows else []


def output_rows(site: "Site", lang: str) -> list[Row]:
    """Return a row for each output of a checked site, its heads first; none where there is no output."""
    rows: list[Row] = []
    for name, node in site.node.items():
        for output_name, output in node.output.items():
            confirming = [f"{role} {each.pin}" for role, each in output.inputs.items() if role.startswith("feedback")]
            others = [f"{role} {each.pin}" for role, each in output.inputs.items() if not role.startswith("feedback")]
            within = f" ({format_duration(output.confirm_ms)})" if confirming else ""
            cells = (output.states[output.rest], output.active_state, ", ".join(confirming) + within, ", ".join(others))
            rows.append((name, output_name, str(output.pin), *(cell or "–" for cell in cells)))
    return [REPORT_OUTPUTS[lang], *rows] if rows else []


def _of_node(name: str, node: "Node", korean: bool, only_own: bool) -> Iterator[Row]:
    rules = rules_of(node)
    order, head = list(rules), name
    automatic = [] if only_own else [each for each in rules if each not in node.rule]
    for rule_name in [*node.rule, *automatic]:
        rule = rules[rule_name]
        subject = subject_of(node, rule, order)
        cells: Row = (head, rule_name, _watched(rule, korean))
        for level, step in rule.steps.items():
            made = compile_step(rule, level, step, subject)
            begins, ends = _begins(rule, made, subject, korean), _ends(made, subject, korean)
            yield (*cells, REPORT_LEVELS[level][korean], begins, ends, ", ".join(step.outputs))
            head, cells = "", ("", "", "")


def _watched(rule: "Rule", korean: bool) -> str:
    if rule.watch is not None:
        return rule.watch
    return rule.output or REPORT_WATCHED["clock" if rule.clock else "votes"][korean]


def _begins(rule: "Rule", made: Compiled, subject: Subject, korean: bool) -> str:
    """Return what a level begins with, as compiled: what a file leaves unsaid is said here."""
    parts = []
    if rule.health or rule.output is not None:
        parts.append(REPORT_STEPS["health" if rule.health else "output"][korean])
    elif made.quantity == COUNT:
        least = list(REPORT_LEVELS.values())[made.more - 1][korean]
        parts.append(REPORT_STEPS["votes"][korean].format(count=made.set, of=len(rule.members), least=least))
    else:
        kind = made.quantity % BELOW
        key = {RATE: ("rises", "falls"), FORECAST: ("reaches", "falls_to")}.get(kind, ("above", "below"))[made.is_below]
        parts += [REPORT_STEPS["clock"][korean]] if subject.source[0] == CLOCK else []
        value = f"{shown_steps(abs(made.set), subject.channel)}/h" if kind == RATE else shown_steps(made.set, subject.channel)
        parts.append(REPORT_STEPS[key][korean].format(value=value, within=format_duration(made.more)))
        if made.span_ms:
            window = "over" if kind in (RATE, FORECAST) else "mean"
            parts.append(REPORT_STEPS[window][korean].format(**{window: format_duration(made.span_ms)}))
    return " ".join(parts + _delay(made.on_ms, korean))


def _ends(made: Compiled, subject: Subject, korean: bool) -> str:
    """Return what a level ends with; of what is active or not, only after how long."""
    sign = _SIGNS[made.is_below]
    is_rate = made.quantity % BELOW == RATE
    value = f"{shown_steps(made.clear, subject.channel)}{'/h' * is_rate}"
    parts = [] if not subject.every_ms or subject.channel[0] == "state" else [f"{sign} {value}"]
    return " ".join(parts + _delay(made.off_ms, korean))


def _delay(delay_ms: int, korean: bool) -> list[str]:
    return [REPORT_STEPS["for"][korean].format(delay=format_duration(delay_ms))] if delay_ms else []
