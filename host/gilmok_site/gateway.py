"""`role = "gateway"`: a board that moves frames between the air and the collector, and has neither sensors nor keys."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from pydantic import AfterValidator

from .boards import PIN_ORDER, board_names, load_board
from .errors import BadValue, Problem
from .quantity import parse_quantity
from .tables import Table

if TYPE_CHECKING:
    from .boards import Board
    from .model import Node, Site
    from .source import Path, Source

ROLE = "gateway"
# What only a node has, which measures, decides and acts.
_PARTS = ("sensor", "detector", "output", "rule", "peer", "power", "history")
_ANY_HOUR = 1 << 40  # ms; the law is only asked for figures


def _check_power(text: str) -> str:
    parse_quantity(text, "dBm")
    return text


def _check_gain(text: str) -> str:
    parse_quantity(text, "dBi")
    return text


class Gateway(Table):
    """[node.NAME.gateway]: the channel and the data rate it listens to, counted as SPEC section 7 does, and how it sends.

    Without `power` it sends with what the region allows behind its antenna.
    """

    channel: int
    rate: int
    power: Annotated[str, AfterValidator(_check_power)] | None = None
    antenna: Annotated[str, AfterValidator(_check_gain)] | None = None

    @property
    def antenna_dbi(self) -> int:
        """The antenna's gain, rounded up: what the law takes from the power."""
        return 0 if self.antenna is None else math.ceil(parse_quantity(self.antenna, "dBi"))

    def power_dbm(self, most_dbm: int) -> int:
        """Return the power it sends with, of which the region allows `most_dbm`."""
        return most_dbm if self.power is None else min(most_dbm, math.floor(parse_quantity(self.power, "dBm")))


def check_gateway(site: "Site", name: str) -> Iterator[Problem]:
    """Yield what is wrong with a node that is a gateway, or has the table of one."""
    node, source = site.node[name], site.source
    path: Path = ("node", name)
    if node.role is None:
        if node.gateway is not None:
            yield source.problem((*path, "gateway"), "gateway_role")
        return
    for part in _PARTS:
        if getattr(node, part):
            yield source.problem((*path, part), "gateway_part", name=part)
    if node.gateway is None:
        yield source.problem((*path, "role"), "gateway_table", node=name)
        return
    yield from _check_board(source, path, node)
    if node.link in site.link and not site.link[node.link].target.gateway:
        yield source.problem((*path, "link"), "gateway_link", value=site.link[node.link].url, name=node.link)
    region = site.about.region
    if region not in REGIONS:
        code = "gateway_region" if region is None else "gateway_law"
        yield source.problem((*path, "role"), code, value=region, known=list(REGIONS))
        return
    yield from _check_air(source, (*path, "gateway"), node.gateway, region)


def compile_gateway(site: "Site", name: str) -> list[Any]:
    """Return what a checked gateway reads (protocols/node_config.cddl, 25)."""
    node, region = site.node[name], site.about.region
    if node.gateway is None or region is None:
        raise BadValue("gateway_table", node=name)
    table = node.gateway
    most_dbm = _law(region, table.antenna_dbi).power_dbm(table.channel)
    return [region, table.channel, table.rate, table.power_dbm(most_dbm), table.antenna_dbi, radio_wiring(load_board(node.board))]


def radio_wiring(board: "Board") -> list[Any]:
    """Return how the radio of a board is wired, as firmware/gilmok_node/radio/wiring.py takes it."""
    radio = board.radio
    if radio is None:
        raise ValueError(f"the board {board.name} has no radio")
    return [
        radio.chip,
        radio_bus(board)[1],
        radio.nss,
        radio.busy,
        radio.dio1,
        radio.reset,
        radio.tcxo_mv or 0,
        radio.rf_switch == "dio2",
        *([] if radio.txen is None and radio.rxen is None else [radio.txen, radio.rxen]),
    ]


def radio_bus(board: "Board") -> tuple[str, int, tuple[int, ...]]:
    """Return kind, number and pins of the bus that a board's radio is on; on pins of its own it takes a number nobody else has."""
    radio = board.radio
    if radio is None:
        raise ValueError(f"the board {board.name} has no radio")
    if radio.spi is not None:
        return "spi", radio.spi, board.buses["spi", radio.spi]
    taken = board.numbers_of("spi")
    number = next(number for number in (1, 2, *range(3, 99)) if number not in taken)
    return "spi", number, tuple(getattr(radio, pin) for pin in PIN_ORDER["spi"])


def _check_board(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """A gateway's board has a radio."""
    if node.board in board_names() and load_board(node.board).radio is None:
        known = [each for each in board_names() if load_board(each).radio is not None]
        yield source.problem((*path, "board"), "gateway_board", value=node.board, known=known)


def _check_air(source: "Source", path: "Path", table: Gateway, region: str) -> Iterator[Problem]:
    """The region has the channel, and the channel carries the rate."""
    law = _law(region, table.antenna_dbi)
    if table.channel not in law.channels:
        facts = {"value": table.channel, "region": region, "known": f"0–{len(law.channels) - 1}"}
        yield source.problem((*path, "channel"), "gateway_channel", **facts)
        return
    known = [rate for rate in range(len(law.rates)) if _carries(law, table.channel, rate)]
    if table.rate not in known:
        facts = {"value": table.rate, "region": region, "channel": table.channel, "known": known}
        yield source.problem((*path, "rate"), "gateway_rate", **facts)


def _carries(law: RadioLaw, channel: int, rate: int) -> bool:
    """Tell whether a channel carries frames of our smallest size at a rate that the region's law has."""
    from gilmok_wire.radio_law import DWELL, RATE, SIZE

    if rate < law.lowest or law.rates[rate] is None:
        return False
    return law.ask(_ANY_HOUR, channel, rate, 51, law.power_dbm(channel))[1] not in (RATE, SIZE, DWELL)


def _law(region: str, antenna_dbi: int) -> RadioLaw:
    return RadioLaw(REGIONS[region], 0, None, antenna_dbi)
