"""What the host knows about drivers: bus, channels, options, and what people have to know of the instrument.

Joined from `driver_tables.json`, which is generated from the drivers themselves (tools/checks/driver_tables.py), and the data
sheet's facts in `instruments/`.
"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .quantity import parse_duration

# name, UCUM unit, decimal exponent and, where it is not 1, the step: a value means integer × step × 10^exponent.
Channel = tuple[str, str, int] | tuple[str, str, int, int]
Pair = tuple[str, str]  # English, Korean

TABLES = Path(__file__).with_name("driver_tables.json")
INSTRUMENTS = Path(__file__).with_name("instruments")

# The option by which a driver learns its address on a bus of several: compiled from the wire, no key of its own.
ADDRESS_OPTION = {"i2c": "address", "rs485": "unit", "sdi12": "address"}


@dataclass(frozen=True)
class Between:
    """The integers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, value: object) -> bool:
        return type(value) is int and self.low <= value <= self.high

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1))

    def __str__(self) -> str:
        return f"{self.low} … {self.high}"


@dataclass(frozen=True)
class Option:
    """A key that a site file may set for a driver: `default`, the values `allowed`, and what it does."""

    default: Any
    allowed: tuple[Any, ...] | Between
    text: Pair = ("", "")

    def takes(self, value: object) -> bool:
        """Tell whether the driver takes `value`: by type too, since true is no 1."""
        return any(value == each and type(value) is type(each) for each in self.allowed)


# What a driver on RS-485 has beside its own options, for the line it is on. Rates: Modbus over serial line V1.02, 2.5.1.
LINE_OPTIONS = {
    "baud": Option(9600, (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200), ("bits a second on the line", "회선 속도(bit/s)")),
    "parity": Option("none", ("none", "even", "odd"), ("parity of a character on the line", "회선의 패리티")),
    "de": Option(None, Between(0, 63), ("GPIO that enables the transmitter", "송신 허가 핀(GPIO)")),
}


@dataclass(frozen=True)
class Driver:
    """One chip or instrument, as a site file may use it.

    `why` is the physics behind `period_min_ms`; `addresses` are those it may have on a bus of several, the usual one first.
    `described` names the option that holds the channels of an instrument whose site file says what it measures; others have None.
    Sensors with equal `shares` may have one I2C address, each at an `input` of its own.
    Units: `period_min_ms` and `warmup_ms` milliseconds; `range` each channel's own; `current_ma` mA, by what it does.
    """

    bus: str
    period_min_ms: int
    why: Pair
    channels: tuple[Channel, ...]
    waveform: tuple[Channel, ...] = ()
    addresses: tuple[Any, ...] = ()
    options: dict[str, Option] = field(default_factory=dict)
    described: str | None = None
    shares: str | None = None
    title: str = ""
    measures: Pair = ("", "")
    source: str = ""
    maturity: str = "virtual"
    warmup_ms: int = 0
    range: dict[str, tuple[float, float]] = field(default_factory=dict)
    supply_v: tuple[float, float] | None = None
    current_ma: dict[str, float] = field(default_factory=dict)

    def channel(self, name: str) -> Channel | None:
        """Return the channel `name`, or None."""
        return next((channel for channel in self.channels if channel[0] == name), None)


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
    options = {key: _option(each, texts.get(key, {})) for key, each in table["options"].items()}
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
        shares=facts.get("shares"),
        title=facts["title"],
        measures=_pair(facts["measures"]),
        source=facts["source"],
        maturity=facts["maturity"],
        warmup_ms=table["warmup_ms"],
        range={channel: (low, high) for channel, (low, high) in facts.get("range", {}).items()},
        supply_v=tuple(facts["supply_v"]) if "supply_v" in facts else None,
        current_ma=facts.get("current_ma", {}),
    )


def _option(table: dict[str, Any], text: dict[str, str]) -> Option:
    allowed = table["allowed"]
    values = Between(**allowed) if isinstance(allowed, dict) else tuple(allowed)
    return Option(table["default"], values, _pair(text))


def _usual_first(address: Option) -> tuple[Any, ...]:
    return (address.default, *(each for each in address.allowed if each != address.default))


def _pair(texts: dict[str, str]) -> Pair:
    return texts.get("en", ""), texts.get("ko", "")


DRIVERS = _load()
