"""[node.NAME.lora] with `modem`: a node behind somebody's LoRaWAN network, through a modem on one of its UARTs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

from .boards import board_names, load_board
from .errors import BadValue, Problem
from .fields import check_eui
from .lora import Air
from .tables import chosen

if TYPE_CHECKING:
    from .keys import Keys
    from .model import Node, Site
    from .source import Path

RAK3172 = "rak3172"
REGIONS = ("EU868", "KR920")  # whose data rates the node's port knows
_NO_JOIN_EUI = "0" * 16  # ChirpStack takes any; zeros where a network has none
_OF_MODEM = ("uart", "eui", "join_eui")


def _check_identity(text: str) -> str:
    try:
        return check_eui(text)
    except BadValue:
        raise BadValue("lorawan_eui", value=text) from None


class Lora(Air):
    """[node.NAME.lora]: what one node has of the air by its own radio; or a `modem` at a `uart`, which a LoRaWAN network tells all that.

    With `eui` the modem gets that DevEUI, `join_eui`, and the AppKey of the keys file; without, it keeps what it came with.
    """

    modem: Annotated[str, AfterValidator(chosen("modem", RAK3172))] | None = None
    uart: int | None = None
    eui: Annotated[str, AfterValidator(_check_identity)] | None = None
    join_eui: Annotated[str, AfterValidator(_check_identity)] | None = None


def modem_of(node: "Node") -> Lora | None:
    """Return the table of a node that has a modem."""
    return node.lora if node.lora is not None and node.lora.modem is not None else None


def devices_with_identity(site: "Site") -> dict[str, int]:
    """Return the devices, by node, whose modem gets its identity from here, and with it an AppKey."""
    tables = {name: modem_of(node) for name, node in site.measuring.items()}
    return {name: site.device_of(name) for name, table in tables.items() if table and table.eui}


def compile_lorawan(site: "Site", name: str) -> list[Any] | None:
    """Return what a checked node reads of its modem (protocols/node_config.cddl, 27); None where it has none."""
    table = modem_of(site.node[name])
    if table is None:
        return None
    pins = load_board(site.node[name].board).buses["uart", table.uart or 0]
    identity = [bytes.fromhex(table.eui), bytes.fromhex(table.join_eui or _NO_JOIN_EUI)] if table.eui else None
    return [table.modem, [table.uart, *pins], site.about.region, identity]


def compile_lorawan_key(site: "Site", keys: "Keys", name: str) -> bytes | None:
    """Return the AppKey of a node's modem (28); None where that has its own, or there is none.

    Raises: BadValue where the keys have none for it.
    """
    device = devices_with_identity(site).get(name)
    if device is None:
        return None
    if device not in keys.lorawan:
        raise BadValue("keys_lorawan_missing", node=name, site_file=site.source.file)
    return bytes(keys.lorawan[device])


def check_lorawan(site: "Site") -> Iterator[Problem]:
    """Yield what is wrong with the nodes' modems, but for their wires."""
    seen: dict[str, str] = {}
    for name, node in site.node.items():
        table, path = node.lora, ("node", name, "lora")
        if table is None:
            continue
        if table.modem is None:
            for key in _OF_MODEM:
                if getattr(table, key) is not None:
                    yield site.source.problem((*path, key), "lorawan_modem", name=key, known=[RAK3172])
            continue
        yield from _check_modem(site, path, name, table)
        other = seen.setdefault(table.eui, name) if table.eui else name
        if other != name:
            line = site.source.where(("node", other, "lora"))
            yield site.source.problem((*path, "eui"), "lorawan_eui_twice", value=table.eui, other=other, line=line)


def _check_modem(site: "Site", path: "Path", name: str, table: Lora) -> Iterator[Problem]:
    region, node = site.about.region, site.node[name]
    if node.role is not None:
        yield site.source.problem((*path, "modem"), "lora_gateway")
    for key in table.model_fields_set & Air.model_fields.keys():
        shown = Air.model_fields[key].alias or key
        yield site.source.problem((*path, shown), "lorawan_air", name=shown, modem=table.modem)
    if table.join_eui and not table.eui:
        yield site.source.problem((*path, "join_eui"), "lorawan_join_eui")
    if region not in REGIONS:
        yield site.source.problem((*path, "modem"), "lorawan_region", value=region, modem=table.modem, known=list(REGIONS))
    if not any(link.target.kind == "chirpstack" for link in site.link.values()):
        yield site.source.problem((*path, "modem"), "lorawan_link")
    if table.uart is None and node.board in board_names():
        known = load_board(node.board).numbers_of("uart")
        yield site.source.problem((*path, "uart"), "lorawan_uart", modem=table.modem, known=known, first=known[0] if known else 1)
