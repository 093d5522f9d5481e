"""The site files of a street's nodes: that of an integrator, or one made of a test's sensor tables."""

from __future__ import annotations

import json
from typing import Any

from gilmok_site import Key, Keys, Site, compile_node, parse_site

SITE = "street"

LEVEL = {"river": {"driver": "a02yyuw", "uart": 1, "every": "10 s"}}
ALL = {
    **LEVEL,
    "dust": {"driver": "pms5003", "uart": 2, "every": "10 s"},
    "air": {"driver": "bme280", "i2c": 0, "every": "60 s"},
    # 31.25 Hz, not its 250: an eighth of the samples, which are what a simulated second of this node costs.
    "bridge": {"driver": "adxl355", "spi": 1, "cs": 0, "every": "1 s", "sample_ms": 32},
}
PRESETS = {"level": LEVEL, "all": ALL}

Sensors = str | dict[str, dict[str, Any]]


def sensors_of(sensors: Sensors) -> dict[str, dict[str, Any]]:
    """Return the sensor tables that a preset's name stands for, or `sensors` itself.

    Raises: ValueError for a name that is no preset.
    """
    if not isinstance(sensors, str):
        return sensors
    if sensors not in PRESETS:
        raise ValueError(f"sensors = {sensors!r}: there are {', '.join(map(repr, PRESETS))}, or tables as in a site file")
    return PRESETS[sensors]


def make_site(name: str, sensors: Sensors, health: str) -> Site:
    """Return a site of one node on the simulator's board.

    Raises: SiteError where the sensors' tables are not as a site file has them.
    """
    lines = [
        f'[site]\nid = "{SITE}"\nname = "{SITE}"\ntimezone = "Asia/Seoul"',
        f'[store]\nurl = "sqlite:{SITE}.db"',
        f'[node.{name}]\nboard = "sim"\nhealth = "{health}"\ndatum = {{ name = "{SITE}" }}',
    ]
    for sensor, table in sensors_of(sensors).items():
        lines.append(f"[node.{name}.sensor.{sensor}]")
        lines += [f"{option} = {_toml(value)}" for option, value in table.items()]
    return parse_site("\n".join(lines) + "\n", f"{SITE}.toml")


def compile_config(site: Site, name: str, address: int, key: bytes, store_id: int, group_key: bytes) -> bytes:
    """Return the configuration file of node `name` for the device at `address`, whatever device the site gives it.

    A street's nodes talk over lines: without a region a node has no radio (bench/radio.py is the city that talks by radio).
    """
    node = site.node[name].model_copy(update={"device": f"{address:04x}", "lora": None})
    about = site.about.model_copy(update={"region": None})
    served = site.model_copy(update={"node": {**site.node, name: node}, "about": about, "radio": None})
    return compile_node(served, Keys(store_id, {address: Key(key)}, Key(group_key)), name)


def _toml(value: Any) -> str:
    """Return a value as a site file writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
