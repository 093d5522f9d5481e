"""Another threshold for a rule in force, without a restart: checked in whole, then put in its place."""

from gilmok_wire.compat import const

from gilmok_rules.building import make_row, period_of, place_windows, source_byte

# As steps.py has them.
_WINDOW = const(9)
_PHASE = const(10)

_BELOW = const(8)
_VOTES = const(2)
_LIMIT = const((1 << 29) - 1)
_DELAY_MS = const(518_400_000)  # six days: differences of uptimes are kept in 30 bits


def replace(judge, rule, compiled):
    """Let the steps of rule number `rule` of a Judge be those of a compiled rule.

    Raises: ValueError that says what is wrong; nothing has changed then.
    """
    rule_id, source, flags, suppressor, steps = compiled
    same = rule_id == judge.ids[rule] and source_byte(source) == judge.sources[rule] and suppressor == judge.suppressors.get(rule)
    if source[0] == _VOTES:
        same = same and bytes(source[1]) == judge.members[rule]
    if not same or (len(source) > 2 and source[2] != judge.indices[rule]):
        raise ValueError("another source")
    table = judge.steps
    held = table.of(rule)
    if len(steps) != len(held):
        raise ValueError("{} steps in place of {}".format(len(steps), len(held)))
    last = 0
    for row, step in zip(held, steps):
        _check(step, last)
        last = step[0]
        _check_outside(table, row, step)
    judge.flags[rule] = flags
    places = []
    for row in held:
        place = table.rows[row + _WINDOW]
        if place >= 0 and place not in places:
            places.append(place)
    for row, step, place in zip(held, steps, place_windows(table, places, steps, period_of(judge, source))):
        fresh = make_row(rule, step, place)
        for column in range(_PHASE):  # which stays
            table.rows[row + column] = fresh[column]


def _check(step, last):
    level, quantity, limit, clear, on_ms, off_ms, span_ms, more, _ = step
    if not all([isinstance(number, int) for number in step[:8]]):
        raise ValueError("a step is made of integers")
    if not last < level <= 4 or quantity & 7 > 4:
        raise ValueError("levels do not ascend, or a quantity nobody knows")
    if max(abs(limit), abs(clear)) > _LIMIT or min(on_ms, off_ms, span_ms, more) < 0 or more > _LIMIT or max(on_ms, off_ms) > _DELAY_MS:
        raise ValueError("a threshold or delay is out of bounds")
    if (clear - limit) * (-1 if quantity & _BELOW else 1) > 0:
        raise ValueError("it would clear where it is active")


def _check_outside(table, row, step):
    targets = [target if isinstance(target, int) else tuple(target) for target in step[8]]
    if targets != [target for target, rows in table.targets if row in list(rows)] or bool(step[6]) != (table.rows[row + _WINDOW] >= 0):
        raise ValueError("other outputs or windows")
