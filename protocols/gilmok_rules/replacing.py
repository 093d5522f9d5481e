"""Another threshold for a rule in force, without a restart: checked in whole, then put in its place."""

from gilmok_rules.judge import CHANNEL
from gilmok_rules.steps import BELOW, FILTER, PHASE, make_filter, make_row

_LIMIT = (1 << 29) - 1
_DELAY_MS = 518_400_000  # six days: differences of uptimes are kept in 30 bits


def replace(judge, rule, compiled):
    """Let the steps of rule number `rule` of a Judge be those of a compiled rule.

    Raises: ValueError that says what is wrong; nothing has changed then.
    """
    rule_id, source, flags, suppressor, steps = compiled
    where = source[1] if len(source) > 1 else None
    same = rule_id == judge.ids[rule] and source[0] == judge._kinds[rule] and where == judge._wheres[rule]
    if not same or (len(source) > 2 and source[2] != judge._indices[rule]) or suppressor != judge._suppressors[rule]:
        raise ValueError("another source")
    held = judge.steps.of(rule)
    if len(steps) != len(held):
        raise ValueError("{} steps in place of {}".format(len(steps), len(held)))
    last = 0
    for row, step in zip(held, steps):
        _check(step, last)
        last = step[0]
        _check_outside(judge.steps, row, step)
    judge._flags[rule] = flags
    for row, step in zip(held, steps):
        _put(judge.steps, rule, row, step, judge._periods[where] if source[0] == CHANNEL else 0)


def _check(step, last):
    level, quantity, limit, clear, on_ms, off_ms, span_ms, more, _ = step
    if not last < level <= 4 or quantity & 7 > 4:
        raise ValueError("levels do not ascend, or a quantity nobody knows")
    if max(abs(limit), abs(clear)) > _LIMIT or min(on_ms, off_ms, span_ms, more) < 0 or max(on_ms, off_ms) > _DELAY_MS:
        raise ValueError("a threshold or delay is out of bounds")
    if (clear - limit) * (-1 if quantity & BELOW else 1) > 0:
        raise ValueError("it would clear where it is active")


def _check_outside(steps, row, step):
    targets = [target if isinstance(target, int) else tuple(target) for target in step[8]]
    if targets != [target for at, target in steps.targets if at == row] or bool(step[6]) != (steps.rows[row + FILTER] >= 0):
        raise ValueError("other outputs or windows")


def _put(steps, rule, row, step, period_ms):
    """Write a step over a row; where its window is another one, that fills anew. The phase stays."""
    place = steps.rows[row + FILTER]
    if place >= 0:
        made = make_filter(step, period_ms)
        if made.span != steps.filters[place].span or type(made) is not type(steps.filters[place]):
            steps.filters[place] = made
    fresh = make_row(rule, step, place)
    for column in range(PHASE):
        steps.rows[row + column] = fresh[column]
