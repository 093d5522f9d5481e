"""The port of the nodes of a city."""

from bench.radio_standin import StandIn


def make_port(node):
    """Return a port of a node."""
    return StandIn(node)
