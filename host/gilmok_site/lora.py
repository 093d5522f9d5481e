"""[radio] and [node.NAME.lora]: on which channels and at which data rates nodes send, and when they listen."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import ALWAYS, IN_WINDOWS, LONGEST_MS, SHORTEST_MS, UNTIL_ANSWERED, WINDOW_MS
from pydantic import AfterValidator, Field

from .boards import board_names, load_board
from .errors import Problem
from .gateway import radio_wiring
from .quantity import format_duration, parse_quantity
from .tables import DurationMs, Table

if TYPE_CHECKING:
    from .model import Node, Site
    from .source import Path, Source

_LISTENS = {"always": ALWAYS, "until_answered": UNTIL_ANSWERED, "in_windows": IN_WINDOWS}
_MOST_DBI = 20  # no antenna that stands in a street has more: a slip of the pen is caught
_LEAST_DBM = -9  # of an SX1262: with less left behind the antenna it cannot keep the law


def _check_gain(text: str) -> str:
    parse_quantity(text, "dBi")
    return text


class Air(Table):
    """[radio], and what one node has of it: `channels` it sends on, `rates` = [slowest, fastest], counted as SPEC section 7 does.

    What is not said is all that the region has. `window_ms` is from a node's frame to the answer where it listens in windows; `listens`
    says when it does.
    """

    channels: list[int] | None = None
    rates: list[int] | None = None
    window_ms: DurationMs | None = Field(alias="window", default=None)
    antenna: Annotated[str, AfterValidator(_check_gain)] | None = None
    listens: Literal["always", "until_answered", "in_windows"] | None = None


def air_of(site: "Site", name: str) -> Air:
    """Return what holds for a node: its own table over the site's."""
    own = site.node[name].lora
    tables = [table for table in (site.radio, own) if table is not None]
    return Air.model_construct(**{key: getattr(table, key) for table in tables for key in table.model_fields_set & Air.model_fields.keys()})


def has_air(site: "Site", name: str) -> bool:
    """Tell whether a node sends by radio: its board can, and it has no cable, or site or node say how."""
    node = site.node[name]
    if node.role is not None or node.board not in board_names() or load_board(node.board).radio is None:
        return False
    if site.about.region not in REGIONS or (node.lora is not None and node.lora.modem is not None):
        return False
    return node.link is None or node.lora is not None or site.radio is not None


def listens(site: "Site", name: str) -> int:
    """Tell when a node listens, as gilmok_wire.windows counts it.

    Where nothing is said one on mains always does, one on a battery until it is answered; in windows where the site has set them, as it
    does whose gateways answer late.
    """
    air = air_of(site, name)
    if air.listens is not None:
        return _LISTENS[air.listens]
    if site.node[name].battery is None:
        return ALWAYS
    return UNTIL_ANSWERED if air.window_ms is None else IN_WINDOWS


def device_listens(site: "Site", device: int) -> int:
    """Tell as `listens` does of the node with an address; a stranger counts as one that sleeps."""
    name = site.node_of(device)
    return IN_WINDOWS if name is None else listens(site, name)


def window_ms(site: "Site") -> int:
    """Return from when on nodes that sleep wait for an answer."""
    return WINDOW_MS if site.radio is None or site.radio.window_ms is None else site.radio.window_ms


def compile_lora(site: "Site", name: str) -> list[Any] | None:
    """Return what a checked node reads (protocols/node_config.cddl, 22); None where it has no radio to send with."""
    if not has_air(site, name):
        return None
    region = str(site.about.region)
    air = air_of(site, name)
    channels = air.channels or list(range(_law(region).uplinks))
    rates = air.rates or _rates(region, channels)
    return [
        region,
        channels,
        rates,
        WINDOW_MS if air.window_ms is None else air.window_ms,
        _gain_dbi(air),
        listens(site, name),
        radio_wiring(load_board(site.node[name].board)),
    ]


def check_lora(site: "Site") -> Iterator[Problem]:
    """Yield what is wrong with [radio] and the nodes' own tables."""
    region = site.about.region
    if site.radio is not None:
        if region not in REGIONS:
            yield site.source.problem(("radio",), "lora_region" if region is None else "lora_law", value=region, known=list(REGIONS))
        else:
            yield from _check_air(site.source, ("radio",), site.radio, site.radio, region)
    for name, node in site.node.items():
        if node.lora is not None and node.lora.modem is None:
            yield from _check_node(site, name, node)


def _check_node(site: "Site", name: str, node: "Node") -> Iterator[Problem]:
    path: Path = ("node", name, "lora")
    region = site.about.region
    if node.role is not None:
        yield site.source.problem(path, "lora_gateway")
    elif node.board in board_names() and load_board(node.board).radio is None:
        known = [each for each in board_names() if load_board(each).radio is not None]
        yield site.source.problem(("node", name, "board"), "lora_board", value=node.board, known=known)
    elif region not in REGIONS:
        yield site.source.problem(path, "lora_region" if region is None else "lora_law", value=region, known=list(REGIONS))
    elif node.lora is not None:
        if node.lora.window_ms is not None:
            yield site.source.problem((*path, "window"), "lora_window_alone")
        yield from _check_air(site.source, path, node.lora, air_of(site, name), region)


def _check_air(source: "Source", path: "Path", given: Air, air: Air, region: str) -> Iterator[Problem]:
    """Check what a table gives, with what holds beside it."""
    law = _law(region)
    facts = {"region": region, "known": f"0–{law.uplinks - 1}"}
    wrong = [channel for channel in given.channels or () if not 0 <= channel < law.uplinks]
    if given.channels is not None and (wrong or not given.channels or len(set(given.channels)) != len(given.channels)):
        yield source.problem((*path, "channels"), "lora_channels", value=wrong[0] if wrong else given.channels, **facts)
        return
    channels = air.channels or list(range(law.uplinks))
    if any(not 0 <= channel < law.uplinks for channel in channels):
        return  # told at the other table
    if given.rates is not None or given.channels is not None:
        known = _carried(law, channels)
        rates = air.rates if air.rates is not None else _rates(region, channels)
        place = "rates" if given.rates is not None else "channels"
        if len(rates) != 2 or rates[0] > rates[1]:
            yield source.problem((*path, place), "lora_rates_pair", value=rates)
        elif not set(range(rates[0], rates[1] + 1)) <= set(known):
            beyond = next(rate for rate in range(rates[0], rates[1] + 1) if rate not in known)
            code = "lora_rate_slow" if 0 <= beyond < law.lowest else "lora_rate"
            yield source.problem((*path, place), code, value=beyond, region=region, known=known)
    if given.window_ms is not None and not SHORTEST_MS <= given.window_ms <= LONGEST_MS:
        bounds = {"shortest": SHORTEST_MS // 1000, "longest": LONGEST_MS // 1000}
        yield source.problem((*path, "window"), "lora_window", value=format_duration(given.window_ms), **bounds)
    if given.antenna is not None:
        law = RadioLaw(REGIONS[region], 0, None, _gain_dbi(given))
        most = min(_MOST_DBI, *(_gain_dbi(given) + law.power_dbm(channel) - _LEAST_DBM for channel in channels))
        if not -_MOST_DBI <= _gain_dbi(given) <= most:
            yield source.problem((*path, "antenna"), "lora_antenna", value=given.antenna, most=f"{most} dBi")


def _gain_dbi(air: Air) -> int:
    return 0 if air.antenna is None else math.ceil(parse_quantity(air.antenna, "dBi"))


def _rates(region: str, channels: list[int]) -> list[int]:
    """Return the slowest and the fastest of the rates that some channel carries, without a gap."""
    carried = _carried(_law(region), channels)
    fastest = carried[0]
    while fastest + 1 in carried:
        fastest += 1
    return [carried[0], fastest]


def _carried(law: RadioLaw, channels: list[int]) -> list[int]:
    rates = range(law.lowest, len(law.rates))
    return [rate for rate in rates if law.rates[rate] and any(law.carries(channel, rate, law.rates[rate][2]) for channel in channels)]


def _law(region: str) -> RadioLaw:
    return RadioLaw(REGIONS[region], 0)
