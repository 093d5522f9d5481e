"""What the demo's street consists of: nodes, instruments and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gilmok_site import Site

RAIN_START = datetime(2026, 7, 14, 20, 0, tzinfo=UTC)  # an evening of the monsoon
RAIN_SPEED = 60
CITY_SPEED = 10  # what a desk keeps up with where a site has an accelerometer at 250 Hz
NAMES = ("p1-gate", "p2-gate", "air-01", "bridge-n")


@dataclass
class NodePlan:
    """One node: its sensors as in a site file (those of a site's own node are there), and the recording it measures, if any."""

    name: str
    sensors: dict[str, dict[str, Any]]
    series: Path | None = None
    capture: list[str] = field(default_factory=list)


@dataclass
class Scenario:
    """A street: its nodes, how fast its time runs, and the Unix time in ms at which it begins.

    `late_ms`: how late a node may be when the machine does not keep up; what is later slows the scenario down instead. `site`: the site
    whose nodes these are; without one it is made of the plans. `city`: the world has all channels there are (gilmok_sim.city).
    """

    title: str
    nodes: list[NodePlan]
    speed: float
    start_ms: int
    health: str = "60 s"
    late_ms: int = 0
    site: Site | None = None
    city: bool = False


def level_gauge(every: str, max_age: str) -> dict[str, Any]:
    """Return a level sensor as in a site file."""
    return {"driver": "a02yyuw", "uart": 1, "every": every, "max_age": max_age}


def rainy_night(nodes: int, seed: int, speed: float | None) -> Scenario:
    """Return the seeded night of rain over `nodes` nodes: gates, a dust monitor and a bridge with all four instruments."""
    river = level_gauge("10 s", "60 s")
    weather = {"driver": "bme280", "i2c": 0, "every": "60 s", "max_age": "600 s"}
    dust = {"driver": "pms5003", "uart": 2, "every": "10 s", "max_age": "300 s"}
    shake = {"driver": "adxl355", "spi": 1, "cs": 0, "every": "1 s", "max_age": "30 s", "sample_ms": 32}
    kinds = (
        {"river": river, "weather": weather},
        {"river": river, "weather": weather},
        {"dust": dust, "weather": weather},
        {"river": river, "weather": weather, "dust": dust, "vibration": shake},
    )
    names = [NAMES[i] if i < len(NAMES) else f"{NAMES[i % 4]}-{i // 4 + 1}" for i in range(nodes)]
    plans = [NodePlan(name, kinds[index % 4]) for index, name in enumerate(names)]
    start_ms = int(RAIN_START.timestamp() * 1000)
    return Scenario(f"rainy night · seed {seed}", plans, speed or RAIN_SPEED, start_ms)


def city(site: Site, speed: float | None) -> Scenario:
    """Return the nodes of a site file in the seeded city: every channel of every instrument has a value that changes."""
    start_ms = int(RAIN_START.timestamp() * 1000)
    plans = [NodePlan(name, {}) for name in site.node]
    return Scenario(str(site.about.id), plans, speed or CITY_SPEED, start_ms, site=site)
