"""Drops from what stays what only a boot needs: how things are made that a node makes once. Boards forget this module as well.

No other node can be in this process: whoever boots has said so (`gilmok_node.be_only`).
"""

import sys

from gilmok_wire.framing import Deframer
from gilmok_wire.identity import Identity
from gilmok_wire.node_seal import NodeSeal
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

_LOGGED = (Anchors, Blocks, Checkpoint, Health, Log, Reader, Recorder, Ring, Sampler, StreamInfo)
_LAST = (Deframer, Identity, Node, NodeSeal, NodeStream, Port)


def spend_parts(samplers, alarms, ports):
    """Drop how everything is made that a node's sessions find ready: their code takes the boot to its peak."""
    _spend(_LOGGED)
    Log.mount = Log.format = Log.bind = Checkpoint.merge = Checkpoint.resume = None
    if alarms:
        _spend_rules()
    drivers = {type(sampler.driver) for sampler in samplers}
    while drivers:
        driver = drivers.pop()
        drivers.update([base for base in driver.__bases__ if base is not object])
        for name in ("__init__", "OPTIONS"):
            if name in driver.__dict__:
                setattr(driver, name, None)
    if any([port.name == "lora" for port in ports]):
        from gilmok_wire.radio_law import RadioLaw

        from .lora import LoraPort
        from .radio.sx126x import Sx126x
        from .radio.sx126x_link import Link

        _spend((Link, LoraPort, RadioLaw, Sx126x))


def spend(node):
    """Drop the rest, once `node` is made. A gateway, a rescue and CPython keep everything."""
    if sys.implementation.name != "micropython" or not isinstance(node, Node):
        return
    _spend(_LAST)
    kind = type(node.session)
    while kind is not object:  # in an image it comes from none
        _spend((kind,))
        kind = kind.__bases__[0]
    if node.uplink not in node.ports:
        from .uplink import Uplink

        _spend((Uplink,))


def _spend(made):
    for each in made:
        each.__init__ = None  # not `del`, which in MicroPython leaves it in the class's table


def _spend_rules():
    from gilmok_rules.judge import Judge
    from gilmok_rules.output import Output
    from gilmok_rules.steps import Steps

    from .alarms import Alarms, Wired

    _spend((Alarms, Judge, Output, Steps, Wired))
