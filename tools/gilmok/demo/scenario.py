"""What the demo's street consists of: nodes, instruments and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilmok_sim.world import MOUNTED_M, RainyNight

from . import ble

if TYPE_CHECKING:
    from gilmok_site import Site

RAIN_START = datetime(2026, 7, 14, 20, 0, tzinfo=UTC)  # an evening of the monsoon
RAIN_SPEED = 60
CITY_SPEED = 10  # what a desk keeps up with where a site has an accelerometer at 250 Hz
SERIAL, LORA, BLE = "serial", "lora", "ble"
NAMES = ("p1-gate", "p2-gate", "air-01", "bridge-n")

# The water at a gate, in m above its datum. The demo begins when it is QUIET_M at the first gate; the flood of any seed is at ALERT_M
# within twenty minutes, twenty seconds at RAIN_SPEED. A straight line through the wave's steepest part reaches FORECAST_M after that.
QUIET_M = 0.75
CAUTION_M, ALERT_M, FORECAST_M = 0.8, 1.0, 1.5
# Where the board gateway and the concentrator stand, in metres: too far apart to hear one another's nodes.
BOARD_PLACE, CONCENTRATOR_PLACE = (0.0, 0.0), (60_000.0, 0.0)
TRAVEL_MS = 6000  # an arm of a barrier takes 3 to 10 s


@dataclass
class NodePlan:
    """One node: its sensors, outputs and rules as in a site file (those of a site's own node are there), and the recording it measures.

    `link` is SERIAL, LORA or BLE, `place` where its radio is, in metres. `table` is what its own table says beside its board.
    `travel_ms`: how long an output takes from one state to the other, by name.
    """

    name: str
    sensors: dict[str, dict[str, Any]]
    series: Path | None = None
    capture: list[str] = field(default_factory=list)
    table: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    travel_ms: dict[str, int] = field(default_factory=dict)
    link: str = SERIAL
    place: tuple[float, float] = (0.0, 0.0)


@dataclass
class Scenario:
    """A street: its nodes, how fast its time runs, the Unix time in ms of its time 0, and at which time of its own it begins.

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
    begin_ms: int = 0


def level_gauge(every: str, max_age: str) -> dict[str, Any]:
    """Return a level sensor as in a site file."""
    return {"driver": "a02yyuw", "uart": 1, "every": every, "max_age": max_age}


def rainy_night(nodes: int, seed: int, speed: float | None, radio: bool = False) -> Scenario:
    """Return the seeded night of rain over `nodes` nodes: gates, a dust monitor and a bridge with all four instruments.

    With `radio` there are three more, two behind LoRa gateways and one that is visited over BLE, where its controllers are installed.
    """
    river = level_gauge("10 s", "60 s")
    gauge = river | {"height": f"{MOUNTED_M} m"}
    weather = {"driver": "bme280", "i2c": 0, "every": "60 s", "max_age": "600 s"}
    dust = {"driver": "pms5003", "uart": 2, "every": "10 s", "max_age": "300 s"}
    shake = {"driver": "adxl355", "spi": 1, "cs": 0, "every": "1 s", "max_age": "30 s", "sample_ms": 32}
    kinds = (
        {"river": gauge, "weather": weather},
        {"river": gauge, "weather": weather},
        {"dust": dust, "weather": weather},
        {"river": river, "weather": weather, "dust": dust, "vibration": shake},
    )
    names = [NAMES[i] if i < len(NAMES) else f"{NAMES[i % 4]}-{i // 4 + 1}" for i in range(nodes)]
    plans = [NodePlan(name, kinds[index % 4]) for index, name in enumerate(names)]
    for index, plan in enumerate(plans):
        if index % 4 < 2:
            _make_gate(plan)
    if len(plans) > 1:  # the first to see the water closes the other entrance as well
        plans[0].rules["flood"]["alert"]["outputs"].append(f"{plans[1].name}.barrier:down")
    plans += _radio_nodes(river, dust, weather) if radio else []
    start_ms = int(RAIN_START.timestamp() * 1000)
    return Scenario(f"rainy night · seed {seed}", plans, speed or RAIN_SPEED, start_ms, begin_ms=_quiet_ms(seed))


def _radio_nodes(river: dict[str, Any], dust: dict[str, Any], weather: dict[str, Any]) -> list[NodePlan]:
    """Return the nodes without a cable."""
    patient = river | {"max_age": "300 s"}
    plans = [
        NodePlan("river-w", {"river": patient}, link=LORA, place=BOARD_PLACE),
        NodePlan("river-e", {"river": patient, "weather": weather}, link=LORA, place=CONCENTRATOR_PLACE),
        NodePlan("air-02", {"dust": dust, "weather": weather}, link=BLE, table={"ble": {"interval": "1 s"}}),
    ]
    return [plan for plan in plans if plan.link != BLE or ble.is_there()]


def _make_gate(plan: NodePlan) -> None:
    """Give a node with a gauge a siren and a barrier that says when it is down, and the rule that moves them."""
    plan.table = {"datum": {"name": "car park floor"}}
    plan.outputs = {
        "siren": {"pin": 0},
        "barrier": {"pin": 1, "states": ["open", "down"], "feedback": 2, "feedback_off": 3, "confirm_within": "20 s"},
    }
    plan.travel_ms = {"barrier": TRAVEL_MS}
    plan.rules = {
        "flood": {
            "name": {"ko": "침수", "en": "Flood"},
            "watch": "river.water_level",
            "caution": {"above": f"{CAUTION_M:.2f} m", "clear": "0.70 m", "for": "30 s"},
            "alert": {"above": f"{ALERT_M:.2f} m", "clear": "0.90 m", "for": "30 s", "outputs": ["siren", "barrier:down"]},
            "serious": {"reaches": f"{FORECAST_M:.2f} m", "within": "20 min"},
            "response": {"ko": "차량 대피 방송, 당직자 호출", "en": "Announce evacuation, call the officer on duty"},
        }
    }


def _quiet_ms(seed: int) -> int:
    """Return the minute of the night, in ms, before which the water at the first gate is QUIET_M."""
    night = RainyNight(seed)
    return 60_000 * next(minute for minute in range(24 * 60) if night.level(60_000 * (minute + 1)) >= QUIET_M)


def city(site: Site, speed: float | None) -> Scenario:
    """Return the nodes of a site file in the seeded city: every channel of every instrument has a value that changes."""
    start_ms = int(RAIN_START.timestamp() * 1000)
    plans = [NodePlan(name, {}) for name in site.measuring]
    return Scenario(str(site.about.id), plans, speed or CITY_SPEED, start_ms, site=site)
