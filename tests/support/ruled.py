"""Configurations with rules and outputs made by hand, in the compiled form."""

import zlib

import cbor2
from gilmok_site.rules import id_of

ON, OFF = 1, 0


def step(level=3, limit=120, clear=100, targets=(), quantity=0, on_ms=0, off_ms=0, span_ms=0, more=0):
    """Return a compiled step."""
    return [level, quantity, limit, clear, on_ms, off_ms, span_ms, more, list(targets)]


def rule(name, *steps, source=(0, 0, 0), flags=0, suppressor=None):
    """Return a compiled rule."""
    return [id_of(name), list(source), flags, suppressor, list(steps)]


def output(name, pin=33, inputs=(), fail_safe=0, min_on_ms=0, confirm_ms=0):
    """Return a compiled output."""
    return [id_of(name), pin, 1, fail_safe, min_on_ms, [list(each) for each in inputs], confirm_ms]


def with_rules(data, rules=(), outputs=(), validity=(), more=None):
    """Return a configuration file with rules, outputs and whatever else in it."""
    body = cbor2.loads(cbor2.loads(data)[1])
    body[18] = [cbor2.dumps(each, canonical=True) for each in rules]
    body[19] = [list(each) for each in validity]
    body[20] = list(outputs)
    body.update(more or {})
    encoded = cbor2.dumps(body, canonical=True)
    return cbor2.dumps([1, encoded, zlib.crc32(encoded)], canonical=True)


def give(node, **tables):
    """Boot a street's node with rules and outputs."""
    node.machine.config = with_rules(node.machine.config, **tables)
    node.reboot()
