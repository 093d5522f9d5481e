"""Where what stands in a compiled rule and its steps: protocols/node_config.cddl, rule and step."""

from __future__ import annotations

from collections.abc import Sequence

from gilmok_rules.compiled import BELOW

# Of a rule.
ID, SOURCE, FLAGS, SUPPRESSOR, STEPS = range(5)

# Of a step.
LEVEL, QUANTITY, SET, CLEAR, ON_MS, OFF_MS, SPAN_MS, MORE, TARGETS = range(9)


def kind_of(step: Sequence) -> int:
    """Return the quantity a step compares, whichever way."""
    return step[QUANTITY] & ~BELOW


def is_below(step: Sequence) -> bool:
    """Tell whether a step is active at or below its threshold."""
    return bool(step[QUANTITY] & BELOW)
