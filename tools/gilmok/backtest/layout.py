"""Where what stands in a compiled rule and its steps: protocols/node_config.cddl, rule and step."""

from __future__ import annotations

from collections.abc import Sequence

from gilmok_rules.compiled import BELOW as BELOW
from gilmok_rules.compiled import CHANNEL as CHANNEL
from gilmok_rules.compiled import COUNT as COUNT
from gilmok_rules.compiled import FORECAST as FORECAST
from gilmok_rules.compiled import HEALTH as HEALTH
from gilmok_rules.compiled import MEAN as MEAN
from gilmok_rules.compiled import RATE as RATE
from gilmok_rules.compiled import VALUE as VALUE
from gilmok_rules.compiled import VOTES as VOTES

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
