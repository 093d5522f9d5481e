"""What people at the collector ask of alarms and outputs. Loaded with the first such command.

Source: protocols/gilmok_rules/README.md, "What a node is told".
"""

from gilmok_rules import transitions
from gilmok_rules.transitions import REFUSE
from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError

DONE, UNKNOWN, BAD, EXPIRED, NO_TIME, REFUSED, BEFORE = range(7)

_LONGEST_S = 86_400 * 7  # nobody silences an alarm or holds a siren for more than a week


def operate(alarms, number, name, argument, now_ms, unix_s):
    """Carry out command `number`; return (status, what now stands). `unix_s` is None where the node does not know the time.

    What was done is saved before this returns, so that the answer is true whatever happens next.
    """
    for known, status in alarms.done:
        if known == number:
            return BEFORE if status == DONE else status, None
    if name not in _COMMANDS:
        return UNKNOWN, None
    try:
        expires = argument[1]
        if not isinstance(argument[0], str) or not isinstance(expires, int):
            return BAD, None
        if unix_s is None:
            return NO_TIME, None
        if unix_s >= expires:
            return EXPIRED, None
        if name == "test":  # a siren that has sounded must not sound again because the power failed before the answer
            alarms.remember(number, DONE)
            alarms.save(now_ms)
        status, value = _COMMANDS[name](alarms, number, now_ms, *argument[2:])
    except (ValueError, TypeError, IndexError, DecodeError) as error:
        status, value = BAD, str(error)
    if status == DONE and name != "test":
        alarms.remember(number, status)
        alarms.save(now_ms)
    return status, value


def _change(alarms, number, now_ms, rule_id, event, span_ms=0):
    """Let an event of its life happen to an alarm."""
    judge = alarms.judge
    if rule_id not in judge.ids:
        return BAD, "no such rule"
    rule = judge.ids.index(rule_id)
    if judge.operate(rule, event, now_ms, number, span_ms) == REFUSE:
        return REFUSED, [judge.states[rule], judge.levels[rule]]
    alarms.act(now_ms)
    return DONE, [judge.states[rule], judge.levels[rule]]


def _acknowledge(alarms, number, now_ms, rule_id):
    return _change(alarms, number, now_ms, rule_id, transitions.ACKNOWLEDGE)


def _reset(alarms, number, now_ms, rule_id):
    return _change(alarms, number, now_ms, rule_id, transitions.RESET)


def _shelve(alarms, number, now_ms, rule_id, seconds):
    _check_span(seconds)
    return _change(alarms, number, now_ms, rule_id, transitions.SHELVE if seconds else transitions.UNSHELVE, seconds * 1000)


def _serve(alarms, number, now_ms, rule_id, back):
    return _change(alarms, number, now_ms, rule_id, transitions.RETURN if back else transitions.REMOVE)


def _test(alarms, number, now_ms, output_id, seconds):
    _check_span(seconds)
    return _drive(alarms, now_ms, output_id, lambda output: output.test(now_ms, seconds * 1000, number))


def _lease(alarms, number, now_ms, output_id, holder, seconds):
    _check_span(seconds)
    if not isinstance(holder, int):
        raise ValueError("holder")
    return _drive(alarms, now_ms, output_id, lambda output: output.lease(holder, now_ms, seconds * 1000))


def _drive(alarms, now_ms, output_id, do):
    for wired in alarms.outputs:
        if wired.id == output_id:
            do(wired.output)
            alarms.act(now_ms)
            return DONE, [wired.output.commanded, wired.output.confirmed]
    return BAD, "no such output"


def _maintain(alarms, number, now_ms, seconds):
    _check_span(seconds)
    alarms.maintain(seconds * 1000, now_ms, number)
    return DONE, seconds


def _replace(alarms, number, now_ms, data):
    rule_id = cbor.decode(data)[0]
    if rule_id not in alarms.judge.ids:
        return BAD, "no such rule"
    try:
        alarms.replace(alarms.judge.ids.index(rule_id), data)
    except ValueError as error:
        return REFUSED, str(error)
    return DONE, data


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
