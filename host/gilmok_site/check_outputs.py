"""What an output must agree on, and which outputs no rule of the site wants."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import Problem
from .rules import parse_target

if TYPE_CHECKING:
    from .model import Node, Site
    from .source import Path, Source


def check_outputs(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """Yield what is wrong with a node's outputs, but for their pins."""
    for name, output in node.output.items():
        where = (*path, "output", name)
        if output.fail_safe is not None and output.fail_safe not in output.states:
            yield source.problem((*where, "fail_safe"), "output_fail_safe", value=output.fail_safe, known=output.states)
        if output.confirm_within_ms is not None and not output.is_confirmed:
            yield source.problem((*where, "confirm_within"), "key_alone", name="confirm_within", needed="feedback")
        if output.confirm_within_ms == 0:
            yield source.problem((*where, "confirm_within"), "duration", value="0 s", example='"20 s"')


def output_warnings(site: "Site") -> list[Problem]:
    """Return the outputs of a checked site that nothing would ever move."""
    wanted = set()
    for name, node in site.node.items():
        texts = [text for rule in node.rule.values() for step in rule.steps.values() for text in step.outputs]
        targets = [parse_target(site, name, text) for text in texts]
        wanted |= {(target.node or name, target.output) for target in targets}
    return [
        site.source.problem(("node", name, "output", output), "output_idle")
        for name, node in site.node.items()
        for output in node.output
        if (name, output) not in wanted
    ]
