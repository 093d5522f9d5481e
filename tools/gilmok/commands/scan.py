"""`gilmok scan`: which nodes are around over BLE."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import Refused
from ..language import headings, say, spaced
from ..operating import parse_span
from ..table import format_table

if TYPE_CHECKING:
    from gilmok_collector.ble.sightings import Sighting

Text = str | None
_RIGHT = (3, 4)  # numbers stand flush right
MANY = 0xFFFF  # an advertisement counts no further


def run(
    site: Annotated[Text, typer.Argument(metavar="[SITE.toml]", help="A site file, which gives nodes names and readings.")] = None,
    span: Annotated[str, typer.Option("--for", metavar="TIME", help='How long to listen, such as "30s".')] = "10s",
    adapter: Annotated[str, typer.Option(metavar="NAME", help="A Bluetooth adapter, such as hci1; on Linux only.")] = "",
    bind_key: Annotated[Text, typer.Option(metavar="NODE", help="Print this node's bind key for Home Assistant, and end.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For other programs.")] = False,
) -> int:
    """Show what nodes advertise: address, signal, records not acknowledged, and readings where the site's keys are here.

    Nothing is connected to, and nothing of this is stored: an advertisement is a hint.
    """
    seconds = parse_span(span, "--for") / 1000
    nodes, keys = _known(site, bind_key is not None)
    if bind_key is not None:
        print(_bind_key(bind_key, nodes, keys))
        return 0
    found = _listen(seconds, keys, adapter)
    if as_json:
        print(json.dumps([_as_json(each, nodes) for each in found], ensure_ascii=False))
    elif found:
        print("\n".join(format_table([headings("scan"), *(_row(each, nodes) for each in found)], _RIGHT)))
    else:
        print(say("scan_none", seconds=f"{seconds:g}"))
    return 0


def _known(path: str | None, needs_keys: bool) -> tuple[dict[int, str], dict[int, bytes]]:
    """Return the names and the keys of a site's devices; a laptop without the keys file knows none, unless it needs them."""
    if path is None:
        return {}, {}
    from gilmok_site import load_keys, load_site

    site = load_site(path)
    if not needs_keys and not site.keys_path.exists():
        print(say("scan_no_keys", file=site.keys_path), file=sys.stderr)
        return {}, {}
    keys = load_keys(site)
    return {site.device_of(node): node for node in site.node}, {device: bytes(key) for device, key in keys.devices.items()}


def _bind_key(node: str, nodes: dict[int, str], keys: dict[int, bytes]) -> str:
    from gilmok_wire.ble_advert import bind_key

    for device, name in nodes.items():
        if name == node:
            return bind_key(keys[device]).hex()
    if not nodes:
        raise Refused("scan_no_site")
    raise Refused("scan_no_node", value=node, known=", ".join(nodes.values()))


def _listen(seconds: float, keys: dict[int, bytes], adapter: str) -> list[Sighting]:
    import asyncio

    from gilmok_collector.ble.rounds import FAILURES
    from gilmok_collector.ble.scan import listen

    try:
        return asyncio.run(listen(seconds, keys, adapter))
    except FileNotFoundError:  # the socket of the system's D-Bus, which BlueZ is asked over
        raise Refused("ble_no_bus") from None
    except FAILURES as error:
        raise Refused("ble_unavailable", reason=str(error) or type(error).__name__) from None


def _row(each: Sighting, nodes: dict[int, str]) -> tuple[str, ...]:
    urgent = f" {say('scan_urgent')}" if each.urgent else ""
    readings = "  ".join(f"{name} {value:g} {unit}" for name, (value, unit) in each.readings.items())
    return _name(each, nodes), f"{each.device:04x}", each.address, str(each.rssi_dbm), _backlog(each) + urgent, readings


def _name(each: Sighting, nodes: dict[int, str]) -> str:
    return nodes.get(each.device, "–") if each.ours else "–"


def _backlog(each: Sighting) -> str:
    return ("≥ " if each.backlog == MANY else "") + spaced(each.backlog)


def _as_json(each: Sighting, nodes: dict[int, str]) -> dict[str, Any]:
    return {
        "node": nodes.get(each.device) if each.ours else None,
        "device": f"{each.device:04x}",
        "address": each.address,
        "rssi_dbm": each.rssi_dbm,
        "backlog": each.backlog,
        "urgent": each.urgent,
        "readings": {name: {"value": value, "unit": unit} for name, (value, unit) in each.readings.items()},
    }
