"""A compiled configuration in the words of the site file, and how two of them differ."""

from collections.abc import Callable
from typing import Any, NamedTuple

import cbor2

from .device import format_device
from .errors import toml_value
from .node_config import BAUD, BOARD, BUSES, DERIVED, DEVICE, HEALTH_MS, LED, NODE, REPORT, SENSORS, SITE, STORE
from .quantity import format_duration
from .wires import BUS, Wire

_BUS_NAMES = {bus.kind: name for name, bus in BUS.items()}


class Change(NamedTuple):
    """One value that differs: of a sensor, or of the node where `sensor` is ""; None where one side has none."""

    sensor: str
    word: str
    before: str | None
    after: str | None


def changes(before: bytes, after: bytes) -> list[Change]:
    """Return what differs between two bodies; a sensor that only one of them has is told by its driver and wire."""
    old, new = _words(before), _words(after)
    lone = {key[0] for key in old.keys() | new.keys() if key[0]} - {key[0] for key in old if key in new}
    keys = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    keys = [key for key in keys if key[0] not in lone or key[1] in ("driver", "wired to")]
    return [Change(*key, old.get(key), new.get(key)) for key in keys]


def _words(body: bytes) -> dict[tuple[str, str], str]:
    """Return each value of a body by sensor and word."""
    tables = cbor2.loads(body)
    words: dict[tuple[str, str], str] = {}
    for number, (word, show) in _SHOWN.items():
        if number in tables:
            words["", word] = show(tables[number])
    for kind, number, pins in tables.get(BUSES, []):
        words["", f"{_BUS_NAMES[kind]} {number}"] = toml_value(pins)
    for sensor in tables.get(SENSORS, []):
        words.update(((sensor[1], word), text) for word, text in _sensor_words(sensor).items())
    return words


def _sensor_words(sensor: list[Any]) -> dict[str, str]:
    driver, _, (kind, number, select), every_ms, max_age_ms, urgent, options, more = sensor
    bus = _BUS_NAMES[kind]
    wire = Wire(bus, number, chr(select) if bus == "sdi12" else select)
    return {
        "driver": driver,
        "wired to": wire.text(),
        "every": format_duration(every_ms),
        "max_age": format_duration(max_age_ms),
        "urgent": toml_value(urgent),
        **{name: _nested(value) for name, value in sorted(options.items()) if name != BUS[bus].select},
        **{each[0]: _nested(each[3:]) for each in more.get(DERIVED, [])},
        **_report_words(more.get(REPORT)),
    }


def _report_words(report: list[Any] | None) -> dict[str, str]:
    """Return when readings become records; changes are told in steps of their channels."""
    if report is None:
        return {}
    kind, span_ms, *rest = report
    if kind == "mean":
        return {"mean": format_duration(span_ms)}
    return {"report.heartbeat": format_duration(span_ms), "report.change": _nested(rest[0])}


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_nested, value)) + "]"
    return "–" if value is None else toml_value(value)


# Number of the body: its word, and how its value is shown.
_SHOWN: dict[int, tuple[str, Callable[[Any], str]]] = {
    SITE: ("site", str),
    NODE: ("node", str),
    DEVICE: ("device", format_device),
    STORE: ("store", "{:08x}".format),
    BOARD: ("board", lambda board: f"{board[0]} {_nested(board[2:])}"),
    BAUD: ("baud", str),
    HEALTH_MS: ("health", format_duration),
    LED: ("led", _nested),
}
