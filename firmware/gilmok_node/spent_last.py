"""Drops the rest of how a node was made, once it is there. Apart from spent.py, since a full heap has room for little."""

import sys

from gilmok_wire.framing import Deframer
from gilmok_wire.identity import Identity
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_stream import NodeStream

from .node import Node
from .port import Port


def spend(node):
    """Drop how `node`, its links and its session were made. A gateway, a rescue and CPython keep everything."""
    if sys.implementation.name != "micropython" or not isinstance(node, Node):
        return
    kind = type(node.session)
    made = [Deframer, Identity, Node, NodeSeal, NodeStream, Port]
    while kind is not object:  # in an image it comes from none
        made.append(kind)
        kind = kind.__bases__[0]
    if node.uplink not in node.ports:
        from .uplink import Uplink

        made.append(Uplink)
    for each in made:
        each.__init__ = None  # type: ignore[misc]  # as spent.py
