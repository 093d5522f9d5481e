"""Drops from what stays what only a boot needs: how things are made that a node makes once. Boards forget this module as well."""

import sys

from gilmok_wire.framing import Deframer
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import Identity, NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo

from .anchors import Anchors
from .blocks import Blocks
from .checkpoint import Checkpoint
from .entry import Reader
from .health import Health
from .log import Log
from .node import Node
from .port import Port
from .recorder import Recorder
from .ring import Ring
from .sampler import Sampler

_MADE = (Anchors, Blocks, Checkpoint, Deframer, Health, Identity, Log, Node, NodeSeal, NodeSession, NodeStream, Port, Reader, Recorder)
_MADE += (Ring, Sampler, StreamInfo)


def spend(node):
    """Drop them, some 4 KB, once `node` is made: no other node can be in this process. A gateway, a rescue and CPython keep everything."""
    if sys.implementation.name != "micropython" or not isinstance(node, Node):
        return
    for made in _MADE:
        made.__init__ = None  # not `del`, which in MicroPython leaves it in the class's table
    Log.mount = Log.format = Log.bind = Checkpoint.merge = Checkpoint.resume = None
    if node.alarms:
        _spend_rules()
    drivers = {type(sampler.driver) for sampler in node.samplers}
    while drivers:
        driver = drivers.pop()
        drivers.update([base for base in driver.__bases__ if base is not object])
        for name in ("__init__", "OPTIONS"):
            if name in driver.__dict__:
                setattr(driver, name, None)


def _spend_rules():
    from gilmok_rules.judge import Judge
    from gilmok_rules.output import Output
    from gilmok_rules.steps import Steps

    from .alarms import Alarms, Wired

    for made in (Alarms, Judge, Output, Steps, Wired):
        made.__init__ = None
