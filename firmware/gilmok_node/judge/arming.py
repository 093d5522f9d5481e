"""Putting rules and outputs of a configuration in force, and taking up what was kept. A board forgets this module after the boot."""

from array import array
from binascii import crc32

from gilmok_rules.judge import Judge
from gilmok_rules.output import Output
from gilmok_wire import cbor
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError
from gilmok_wire.messages import EVENTS
from gilmok_wire.node_stream import StreamInfo, lines_of, parse_column

from .alarms import Wired

_VERSION = const(1)  # as alarms.py has it
_CHANNEL = const(0)
_SHELF_S = const(600)
_CLEAR = const(3)  # as lifecycle.py has it
_OUTPUT = const(3 << 5)  # as judge.py has it

# Texts: as tuples they would stay on the heap, and only a schema needs them.
ALARM_COLUMNS = "rule 1 0\nevent 1 0\nstate 1 0\nlevel 1 0\nvalue 1 0\nset 1 0\nexponent 1 0\ndetail 1 0\ncause 1 0\n"
OUTPUT_COLUMNS = "output 1 0\nevent 1 0\ncommanded 1 0\nconfirmed 1 0\ncause 1 0\nafter ms 0\n"


def arm(alarms, config, sources, buses, record, keep, now_ms):
    """Give `alarms` its judge, its outputs and their streams, as they were before a restart; return whether they were."""
    alarms.alarm_recorder = record(StreamInfo("alarm", EVENTS, ALARM_COLUMNS, 0, True))
    alarms.output_recorder = record(StreamInfo("output", EVENTS, OUTPUT_COLUMNS, 0, True)) if config.outputs else None
    alarms.detectors = [(len(sources) - len(config.detectors) + place, spec[2]) for place, spec in enumerate(config.detectors)]
    alarms.driving = set()  # sources whose readings drive outputs
    alarms.exponents = array("b")
    rules = _decoded(config.rules or [], sources, alarms.exponents, alarms.driving)
    alarms.judge = Judge(rules, [period_ms for _, period_ms in sources], alarms.on_alarm, config.validity)
    alarms.outputs = [_wire(spec, buses, alarms.on_output) for spec in config.outputs]
    return _restore(alarms, keep.load() if keep else None, now_ms)


def _decoded(rules, sources, exponents, driving):
    """Take the rules out of their list one by one, which a small heap has room for; the exponents of what they watch are noted."""
    rules.reverse()
    while rules:
        rule = cbor.decode(rules.pop())
        source = rule[1]
        if source[0] == _CHANNEL and any([step[8] for step in rule[4]]):
            driving.add(source[1])
        exponents.append(parse_column(lines_of(sources[source[1]][0])[source[2]])[2] if source[0] == _CHANNEL else 0)
        yield rule


def _wire(spec, buses, on_event):
    """Return a compiled output with its pins, in its fail-safe state."""
    number, pin, active, fail_safe, min_on_ms, inputs, confirm_ms = spec
    roles = 0
    pins = []
    for role, place, level in inputs:
        roles |= 1 << role
        pins.append((1 << role, buses.input_pin(place), level))
    wired = Wired(number, buses.output_pin(pin, active if fail_safe else 1 - active), active, pins, on_event)
    wired.output = Output(fail_safe, min_on_ms, confirm_ms, roles, wired.on_event)
    return wired


def _restore(alarms, data, now_ms):
    """Take up what was kept, and tell whether; what cannot be read is as if nothing was."""
    if not data or len(data) < 4 or crc32(data[: len(data) - 4]) != int.from_bytes(data[len(data) - 4 :], "big"):
        return False
    try:
        version, digest, saved, done, replaced = cbor.decode(data[: len(data) - 4])
    except (DecodeError, ValueError, TypeError):
        return False
    if version != _VERSION:
        return False
    alarms.done = done
    if digest == alarms.digest:  # a new configuration holds whatever was set before it
        for rule in replaced:
            try:
                alarms.replace(alarms.judge.ids.index(cbor.decode(rule)[0]), rule)
            except (DecodeError, ValueError, TypeError):  # of another release: the configuration's own stays
                continue
    alarms.judge.restore(saved, now_ms, _SHELF_S)
    for rule_id, *_ in saved:
        if rule_id not in alarms.judge.ids:  # nobody could acknowledge it any more, and people would be woken for ever
            alarms.note(alarms.alarm_recorder, now_ms, (rule_id, _CLEAR, 0, 0, None, None, 0, None, 0))
    for place, wired in enumerate(alarms.outputs):
        if alarms.judge.is_active(_OUTPUT | place):
            wired.output.doubt()
    return True
