"""What a node costs: heap, days of log, bytes and airtime a day, energy and days of battery, each with its arithmetic.

Everything is an upper bound of what is spent; what no source tells is called unknown and never filled in.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..alarm_parts import acts_in_group
from ..boards import load_board
from ..lora import has_air
from .account import NOTHING, Part
from .airtime import airtime_of
from .battery import battery_of
from .energy import energy_of
from .heap import heap_of
from .radio_energy import energy_of_radio
from .ring import ring_of
from .streams import streams_of
from .traffic import traffic_of

if TYPE_CHECKING:
    from ..model import Site


@dataclass(frozen=True)
class Budget:
    """The parts of one node's budget, in the order of the table.

    Units: `heap` bytes, `log` days, `traffic` bytes a day, `air` seconds a day, `energy` Wh a day, `battery` days.
    """

    heap: Part
    log: Part
    traffic: Part
    air: Part
    energy: Part
    battery: Part


def budget_of(site: "Site", name: str) -> Budget:
    """Return the budget of a checked node; a gateway has none, which keeps nothing and runs on mains."""
    node = site.node[name]
    if node.role is not None:
        return Budget(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    board = load_board(node.board)
    by_radio = has_air(site, name)
    streams = streams_of(node, by_radio)
    air = airtime_of(site.about.region, node, board, streams)
    energy = energy_of(node, board, energy_of_radio(site, name, air, streams))
    return Budget(
        heap=heap_of(node, board, acts_in_group(site, name), by_radio),
        log=ring_of(board, streams, node),
        traffic=traffic_of(streams),
        air=air,
        energy=energy,
        battery=battery_of(node.battery, energy),
    )
