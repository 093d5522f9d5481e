"""Drops from what stays what only a boot needs: how things are made that a node makes once. Boards forget this module as well.

No other node can be in this process: whoever boots has said so (`gilmok_node.be_only`).
"""

from gilmok_wire.node_stream import StreamInfo

from .anchors import Anchors
from .flash.blocks import Blocks
from .flash.checkpoint import Checkpoint
from .flash.entry import Reader
from .flash.log import Log
from .flash.recorder import Recorder
from .flash.ring import Ring
from .health import Health
from .measure.sampler import Sampler

_LOGGED = (Anchors, Blocks, Checkpoint, Health, Log, Reader, Recorder, Ring, Sampler, StreamInfo)


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

        from .radio.lora import LoraPort
        from .radio.sx126x import Sx126x
        from .radio.sx126x_link import Link

        _spend((Link, LoraPort, RadioLaw, Sx126x))


def _spend(made):
    for each in made:
        each.__init__ = None  # not `del`, which in MicroPython leaves it in the class's table


def _spend_rules():
    from gilmok_rules.judge import Judge
    from gilmok_rules.output import Output
    from gilmok_rules.steps import Steps

    from .judge.alarms import Alarms, Wired

    _spend((Alarms, Judge, Output, Steps, Wired))
