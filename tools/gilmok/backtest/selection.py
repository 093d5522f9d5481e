"""Which of a node's rules a history can judge, and how they are with other thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from gilmok_rules.compiled import CHANNEL, COUNT, HEALTH, VOTES

from .layout import CLEAR, SET, SOURCE, STEPS, kind_of


def judged_rules(rules: Sequence[list], seen: Mapping[int, AbstractSet[int]]) -> list[int]:
    """Return the numbers of the rules whose source the history has; `seen` are the indices of the channels of each source.

    Outputs and clocks have no history here; votes are counted where a member is judged.
    """
    chosen: list[int] = []
    for number, rule in enumerate(rules):
        kind, *where = rule[SOURCE]
        if (
            (kind == CHANNEL and where[1] in seen.get(where[0], ()))
            or (kind == HEALTH and where[0] in seen)
            or (kind == VOTES and any(member in chosen for member in where[0]))
        ):
            chosen.append(number)
    return chosen


def keep(rules: Sequence[list], chosen: Sequence[int]) -> list[list]:
    """Return only the chosen rules, what they say of one another in their new numbers."""
    places = {number: place for place, number in enumerate(chosen)}
    kept = []
    for number in chosen:
        id_, source, flags, suppressor, *rest = rules[number]
        if source[0] == VOTES:
            source = [VOTES, [places[member] for member in source[1] if member in places]]
        kept.append([id_, source, flags, places.get(suppressor), *rest])
    return kept


def keep_checks(validity: Sequence[list], seen: Mapping[int, AbstractSet[int]]) -> list[list]:
    """Return the checks of channels that the history has: what it has not is no fault of the instrument."""
    return [check for check in validity if check[1] in seen.get(check[0], ())]


def scaled(rules: Sequence[list], percent: int) -> list[list]:
    """Return rules with thresholds of measured quantities at so many per cent; votes and the health of instruments stay."""
    changed = []
    for rule in rules:
        steps = [list(step) for step in rule[STEPS]]
        for step in steps:
            if rule[SOURCE][0] == CHANNEL and kind_of(step) != COUNT:
                step[SET], step[CLEAR] = _part(step[SET], percent), _part(step[CLEAR], percent)
        changed.append([*rule[:STEPS], steps])
    return changed


def _part(value: int, percent: int) -> int:
    return (2 * value * percent + 100) // 200
