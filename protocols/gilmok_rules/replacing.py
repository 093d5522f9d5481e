"""Another threshold for a rule in force, without a restart: checked in whole, then put in its place."""

from gilmok_rules import judge as rows

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
    held = judge._rows_of(rule)
    if len(steps) != len(held):
        raise ValueError("{} steps in place of {}".format(len(steps), len(held)))
    last = 0
    for row, step in zip(held, steps):
        _check(step, last)
        last = step[0]
        targets = [target if isinstance(target, int) else tuple(target) for target in step[8]]
        if targets != [target for at, target in judge._targets if at == row] or bool(step[6]) != (judge._rows[row + rows.FILTER] >= 0):
            raise ValueError("other outputs or windows")
    judge._flags[rule] = flags
    for row, step in zip(held, steps):
        _put(judge, rule, row, step)


def _check(step, last):
    level, quantity, limit, clear, on_ms, off_ms, span_ms, more, _ = step
    if not last < level <= 4 or quantity & 7 > 4:
        raise ValueError("levels do not ascend, or a quantity nobody knows")
    if max(abs(limit), abs(clear)) > _LIMIT or min(on_ms, off_ms, span_ms, more) < 0 or max(on_ms, off_ms) > _DELAY_MS:
        raise ValueError("a threshold or delay is out of bounds")
    if (clear - limit) * (-1 if quantity & 8 else 1) > 0:
        raise ValueError("it would clear where it is active")


def _put(judge, rule, row, step):
    """Write a step over a row; where its window is another one, that fills anew. The phase stays."""
    place = judge._rows[row + rows.FILTER]
    if place >= 0:
        made = judge._make_filter(rule, step)
        if made.span != judge._filters[place].span or type(made) is not type(judge._filters[place]):
            judge._filters[place] = made
    fresh = rows.make_row(rule, step, place)
    for column in range(rows.PHASE):
        judge._rows[row + column] = fresh[column]
