"""Making rows and windows of compiled rules, and taking up what was saved. Boards forget this module after the boot."""

from array import array

from gilmok_wire.compat import const

# As steps.py has them.
_LEVEL = const(1)
_PHASE = const(10)
_WIDTH = const(12)
_ON = const(2)

# As compiled.py has them.
_CHANNEL = const(0)
_VOTES = const(2)
_SOURCE_BITS = const(5)
_MEAN = const(1)
_BELOW = const(8)

# As lifecycle.py has them.
_UNACKNOWLEDGED = const(1)
_ACKNOWLEDGED = const(2)
_SHELVED = const(5)
_SUPPRESSED = const(6)


def add(judge, rule):
    """Append a compiled rule to those of a Judge."""
    rule_id, source, flags, suppressor, steps = rule
    number = len(judge.ids)
    judge.ids.append(rule_id)
    judge.sources.append(source_byte(source))
    judge.indices.append(source[2] if len(source) > 2 else 0)
    judge.flags.append(flags)
    if source[0] == _VOTES:
        judge.members[number] = bytes(source[1])
    if suppressor is not None:
        judge.suppressors[number] = suppressor
    table = judge.steps
    for step, place in zip(steps, place_windows(table, [], steps, period_of(judge, source))):
        for target in step[8]:
            _want(table.targets, target if isinstance(target, int) else tuple(target), len(table.rows))
        table.rows.extend(make_row(number, step, place))
    table.firsts.append(len(table.rows) // _WIDTH)


def source_byte(source):
    """Return what a rule watches as one byte: kind, and sensor or output."""
    where = source[1] if len(source) > 1 and source[0] != _VOTES else 0
    if where >> _SOURCE_BITS:
        raise ValueError("source {}: more than {}".format(where, 1 << _SOURCE_BITS))
    return source[0] << _SOURCE_BITS | where


def period_of(judge, source):
    """Return the ms between the readings of a source."""
    return judge.periods[source[1]] if source[0] == _CHANNEL else 0


def place_windows(table, places, steps, period_ms):
    """Return the place of each step's window, −1 without; equal ones of a rule are one, and those at `places` keep what they hold."""
    held = {table.windows[place].window: table.windows[place] for place in places}
    made, free, found = {}, list(places), []
    for step in steps:
        window = (step[6], step[7] if step[1] & 7 == _MEAN else None) if step[6] else None
        if window and window not in made:
            made[window] = free.pop(0) if free else len(table.windows)
            if made[window] == len(table.windows):
                table.windows.append(None)
            table.windows[made[window]] = held[window] if window in held else _make_window(period_ms, window)
        found.append(made[window] if window else -1)
    return found


def _make_window(period_ms, window):
    from gilmok_rules.trend import Trend  # many a node has no means or slopes

    return Trend(period_ms, window[0], window[1])


def make_row(number, step, place):
    """Return the row of a compiled step that is not active, with the place of its window."""
    level, quantity, limit, clear, on_ms, off_ms, _, more, _ = step
    sign = -1 if quantity & _BELOW else 1
    return array("i", [number, level, quantity & 7, sign, limit * sign, clear * sign, on_ms, off_ms, more, place, 0, 0])


def restore(judge, saved, now_ms, lapse_s):
    """See Judge.restore."""
    for rule_id, state, bits, peak, left_s in saved:
        if rule_id not in judge.ids:
            continue
        rule = judge.ids.index(rule_id)
        judge.states[rule] = state
        judge.peaks[rule] = peak
        for place, row in enumerate(judge.steps.of(rule)):
            if bits >> place & 1:
                judge.steps.rows[row + _PHASE] = _ON
                judge.levels[rule] = judge.steps.rows[row + _LEVEL]
        if state == _SHELVED:
            judge.shelves[rule] = now_ms + max(0, left_s - lapse_s) * 1000
        if judge.levels[rule]:
            judge.believe(rule)
    for rule in range(len(judge.ids)):  # as another configuration has it, too
        if judge.states[rule] == _SUPPRESSED:
            judge.suppress(rule)
        elif judge.states[rule] in (_UNACKNOWLEDGED, _ACKNOWLEDGED) and not judge.levels[rule]:
            judge.end(rule)


def _want(targets, target, row):
    """Note that a step wants an output."""
    for wanted, rows in targets:
        if wanted == target:
            rows.append(row)
            return
    targets.append((target, array("H", [row])))
