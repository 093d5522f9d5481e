"""What the host knows about drivers: bus, channels, options, and what people have to know of the instrument.

Joined from `driver_tables.json`, which is generated from the drivers themselves (tools/checks/driver_tables.py), and the data
sheet's facts in `instruments/`.
"""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .options import Between, OneOf, Option, Pair, make_option
from .quantity import parse_duration

# name, UCUM unit, decimal exponent and, where it is not 1, the step: a value means integer × step × 10^exponent.
Channel = tuple[str, str, int] | tuple[str, str, int, int]

TABLES = Path(__file__).with_name("driver_tables.json")
INSTRUMENTS = Path(__file__).with_name("instruments")

# The option by which a driver learns its address on a bus of several: compiled from the wire, no key of its own.
ADDRESS_OPTION = {"i2c": "address", "rs485": "unit", "sdi12": "address"}


# What a driver on RS-485 has beside its own options, for the line it is on. Rates: Modbus over serial line V1.02, 2.5.1.
LINE_OPTIONS = {
    "baud": Option(9600, OneOf((1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)), ("bits a second on the line", "회선 속도(bit/s)")),
    "parity": Option("none", OneOf(("none", "even", "odd")), ("parity of a character on the line", "회선의 패리티")),
    "de": Option(-1, Between(-1, 48), ("GPIO that enables the transmitter; -1: none", "송신 허가 핀(GPIO), -1이면 없음")),
}


@dataclass(frozen=True)
class Driver:
    """One chip or instrument, as a site file may use it.

    `why` is the physics behind `period_min_ms`; `addresses` are those it may have on a bus of several, the usual one first.
    `described` names the option that holds the channels of an instrument whose site file says what it measures; others have None.
    Sensors with equal `shares` may have one I2C address, each at an `input` of its own.
    It draws its active current for `measuring_ms` a reading and rests between, where `rests_with` names an option only if that is 1.
    `i2c_hz` are the least and the highest clock it works with on an I2C bus.
    Units: `period_min_ms`, `warmup_ms` and `measuring_ms` milliseconds; `range` each channel's own; `current_ma` mA, by what it does;
    `noise_ug` µg/√Hz of acceleration.
    """

    bus: str
    period_min_ms: int
    why: Pair
    channels: tuple[Channel, ...]
    waveform: tuple[Channel, ...] = ()
    addresses: tuple[Any, ...] = ()
    options: dict[str, Option] = field(default_factory=dict)
    described: str | None = None
    variants: dict[str, "Variants"] = field(default_factory=dict)
    shares: str | None = None
    i2c_hz: tuple[int, int] = (0, 400_000)
    title: str = ""
    measures: Pair = ("", "")
    source: str = ""
    maturity: str = "virtual"
    warmup_ms: int = 0
    range: dict[str, tuple[float, float]] = field(default_factory=dict)
    supply_v: tuple[float, float] | None = None
    current_ma: dict[str, float] = field(default_factory=dict)
    measuring_ms: int | None = None
    rests_with: str | None = None
    noise_ug: float | None = None


@dataclass(frozen=True)
class Variants:
    """How an option changes a driver's channels: by its value, or by becoming a channel's name or step.

    `cases` are [value from which on, {index: channel}]; `named` and `stepped` the index of the channel.
    """

    cases: list[Any] = field(default_factory=list)
    named: int | None = None
    stepped: int | None = None


def option_names(driver: object) -> frozenset[str]:
    """Return the keys `driver` has as options; of a driver nobody knows, those of all."""
    drivers = [DRIVERS[driver]] if isinstance(driver, str) and driver in DRIVERS else DRIVERS.values()
    return frozenset(name for each in drivers for name in each.options)


def instrument_names() -> tuple[str, ...]:
    """Return the names of the drivers whose facts there are."""
    return tuple(sorted(path.stem for path in INSTRUMENTS.glob("*.toml")))


def _load() -> dict[str, Driver]:
    """Return every driver that has both a table and facts; `make check` sees to it that all have."""
    tables = json.loads(TABLES.read_text(encoding="utf-8"))
    return {name: _driver(tables[name], name) for name in instrument_names() if name in tables}


def _driver(table: dict[str, Any], name: str) -> Driver:
    facts = tomllib.loads((INSTRUMENTS / f"{name}.toml").read_text(encoding="utf-8"))
    texts = facts.get("options", {})
    options = {key: make_option(each, _pair(texts.get(key, {}))) for key, each in table["options"].items()}
    if table["bus"] == "rs485":
        options = {**LINE_OPTIONS, **options}
    address_option = ADDRESS_OPTION.get(table["bus"])
    address = options.pop(address_option, None) if address_option else None
    return Driver(
        bus=table["bus"],
        period_min_ms=parse_duration(facts["every_min"]),
        why=_pair(facts["why"]),
        channels=tuple(map(tuple, table["channels"])),
        waveform=tuple(map(tuple, table["waveform"])),
        addresses=_usual_first(address) if address else (),
        options=options,
        described=table["described"],
        variants={key: Variants(**each) for key, each in table["variants"].items()},
        shares=facts.get("shares"),
        i2c_hz=tuple(table["i2c_hz"] or (0, 400_000)),
        title=facts["title"],
        measures=_pair(facts["measures"]),
        source=facts["source"],
        maturity=facts["maturity"],
        warmup_ms=table["warmup_ms"],
        range={channel: (low, high) for channel, (low, high) in facts.get("range", {}).items()},
        supply_v=tuple(facts["supply_v"]) if "supply_v" in facts else None,
        current_ma=facts.get("current_ma", {}),
        measuring_ms=facts.get("measuring_ms"),
        rests_with=facts.get("rests_with"),
        noise_ug=facts.get("noise_ug_rthz"),
    )


def _usual_first(address: Option) -> tuple[Any, ...]:
    return (address.default, *(each for each in address.allowed if each != address.default))


def _pair(texts: dict[str, str]) -> Pair:
    return texts.get("en", ""), texts.get("ko", "")


DRIVERS = _load()
