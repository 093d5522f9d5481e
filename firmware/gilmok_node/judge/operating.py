"""What people at the collector ask of alarms and outputs. Loaded with the first such command.

Source: protocols/gilmok_rules/README.md, "What a node is told".
"""

from gilmok_wire import cbor
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError

_DONE = const(0)
_UNKNOWN = const(1)
_BAD = const(2)
_EXPIRED = const(3)
_NO_TIME = const(4)
_REFUSED = const(5)
_BEFORE = const(6)

# As gilmok_rules.lifecycle has them.
_ACKNOWLEDGE = const(5)
_RESET = const(6)
_SHELVE = const(7)
_UNSHELVE = const(8)
_REMOVE = const(11)
_RETURN = const(12)
_REFUSE = const(9)

_HOLDERS = const((1 << 29) - 1)
_LONGEST_S = const(86_400 * 7)  # nobody silences an alarm or holds a siren for more than a week


def operate(alarms, number, name, argument, now_ms, unix_s):
    """Carry out command `number`; return (status, what now stands). `unix_s` is None where the node does not know the time.

    What was done is saved before this returns, so that the answer is true whatever happens next.
    """
    for known, status in alarms.done:
        if known == number:
            alarms.save(now_ms)  # where it could not be kept the first time
            return _BEFORE if status == _DONE else status, None
    if name not in _COMMANDS:
        return _UNKNOWN, None
    try:
        expires = argument[1]
        if not isinstance(argument[0], str) or not isinstance(expires, int):
            return _BAD, None
        if unix_s is None:
            return _NO_TIME, None
        if unix_s >= expires:
            return _EXPIRED, None
        if name == "test":  # a siren that has sounded must not sound again because the power failed before the answer
            alarms.remember(number, _DONE)
            try:
                alarms.save(now_ms)
            except OSError:
                alarms.done = alarms.done[:-1]
                raise
        status, value = _COMMANDS[name](alarms, number, now_ms, *argument[2:])
    except (ValueError, TypeError, LookupError, DecodeError) as error:
        status, value = _BAD, str(error)
    if status == _DONE and name != "test":
        alarms.remember(number, status)
        alarms.save(now_ms)
    return status, value


def _change(alarms, number, now_ms, rule_id, event, span_ms=0):
    """Let an event of its life happen to an alarm."""
    judge = alarms.judge
    if rule_id not in judge.ids:
        return _BAD, "no such rule"
    rule = judge.ids.index(rule_id)
    if judge.operate(rule, event, now_ms, number, span_ms) == _REFUSE:
        return _REFUSED, [judge.states[rule], judge.levels[rule]]
    alarms.act(now_ms)
    return _DONE, [judge.states[rule], judge.levels[rule]]


def _acknowledge(alarms, number, now_ms, rule_id):
    return _change(alarms, number, now_ms, rule_id, _ACKNOWLEDGE)


def _reset(alarms, number, now_ms, rule_id):
    return _change(alarms, number, now_ms, rule_id, _RESET)


def _shelve(alarms, number, now_ms, rule_id, seconds):
    _check_span(seconds)
    return _change(alarms, number, now_ms, rule_id, _SHELVE if seconds else _UNSHELVE, seconds * 1000)


def _serve(alarms, number, now_ms, rule_id, back):
    return _change(alarms, number, now_ms, rule_id, _RETURN if back else _REMOVE)


def _test(alarms, number, now_ms, output_id, seconds):
    _check_span(seconds)
    return _drive(alarms, now_ms, output_id, lambda output: output.test(now_ms, seconds * 1000, number))


def _lease(alarms, number, now_ms, output_id, holder, seconds):
    _check_span(seconds)
    if not isinstance(holder, int) or not 0 < holder <= _HOLDERS:  # it becomes the cause of a record
        raise ValueError("holder")
    return _drive(alarms, now_ms, output_id, lambda output: output.lease(holder, now_ms, seconds * 1000))


def _drive(alarms, now_ms, output_id, do):
    for wired in alarms.outputs:
        if wired.id == output_id:
            do(wired.output)
            alarms.act(now_ms)
            return _DONE, [wired.output.commanded, wired.output.confirmed]
    return _BAD, "no such output"


def _maintain(alarms, number, now_ms, seconds):
    _check_span(seconds)
    alarms.maintain(seconds * 1000, now_ms, number)
    return _DONE, seconds


def _replace(alarms, number, now_ms, data):
    rule_id = cbor.decode(data)[0]
    if rule_id not in alarms.judge.ids:
        return _BAD, "no such rule"
    try:
        alarms.replace(alarms.judge.ids.index(rule_id), data, now_ms)
        alarms.act(now_ms)
    except ValueError as error:
        return _REFUSED, str(error)
    return _DONE, data


def _check_span(seconds):
    if not isinstance(seconds, int) or not 0 <= seconds <= _LONGEST_S:
        raise ValueError("a span of {!r} s".format(seconds))


_COMMANDS: dict = {
    "ack": _acknowledge,
    "reset": _reset,
    "shelve": _shelve,
    "service": _serve,
    "test": _test,
    "maintain": _maintain,
    "rule": _replace,
    "lease": _lease,
}
