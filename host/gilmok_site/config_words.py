"""A compiled configuration in the words of the site file, and how two of them differ."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import cbor2

from .device import format_device
from .errors import toml_value
from .history import HISTORIES
from .node_config import (
    ALARMED,
    BAUD,
    BOARD,
    BUSES,
    DERIVED,
    DETECTORS,
    DEVICE,
    HEALTH_MS,
    HISTORY,
    LED,
    LORAWAN,
    NODE,
    OUTPUTS,
    REPORT,
    RULES,
    SENSORS,
    SITE,
    STORE,
    VALIDITY,
)
from .output import ROLES
from .quantity import format_duration
from .rule import LEVELS
from .rules import id_of, rules_of
from .steps import BELOW, COUNT, FORECAST, MEAN, RATE, VALUE
from .wires import BUS, Wire

if TYPE_CHECKING:
    from .model import Site

_BUS_NAMES = {bus.kind: name for name, bus in BUS.items()}


class Change(NamedTuple):
    """One value that differs: of a sensor, or of the node where `sensor` is ""; None where one side has none."""

    sensor: str
    word: str
    before: str | None
    after: str | None


def changes(before: bytes, after: bytes, names: Mapping[int, str] | None = None) -> list[Change]:
    """Return what differs between two bodies; a sensor that only one of them has is told by its driver and wire.

    `names` are those of rules and outputs by id, since a node knows only their numbers.
    """
    old, new = _words(before, names or {}), _words(after, names or {})
    lone = {key[0] for key in old.keys() | new.keys() if key[0]} - {key[0] for key in old if key in new}
    keys = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    keys = [key for key in keys if key[0] not in lone or key[1] in ("driver", "wired to")]
    return [Change(*key, old.get(key), new.get(key)) for key in keys]


def names_of(site: "Site") -> dict[int, str]:
    """Return the names of a checked site's rules and outputs by id."""
    return {id_of(name): name for node in site.node.values() for name in (*rules_of(node), *node.output)}


def _words(body: bytes, names: Mapping[int, str]) -> dict[tuple[str, str], str]:
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
    words.update((("", word), text) for word, text in _alarm_words(tables, names).items())
    return words


def _alarm_words(tables: dict[int, Any], names: Mapping[int, str]) -> dict[str, str]:
    """Return detectors, rules, validity and outputs; values are told in steps of their channels."""
    words = {f"detector {name}": _nested([kind, source, *rest]) for kind, name, source, *rest in tables.get(DETECTORS, [])}
    rules = [cbor2.loads(rule) for rule in tables.get(RULES, [])]
    rule_names = [names.get(rule[0], f"{rule[0]:08x}") for rule in rules]
    for name, (_, source, flags, suppressor, steps) in zip(rule_names, rules, strict=True):
        words[f"rule {name}"] = _nested(source)
        words |= {f"rule {name}.{flag}": "true" for bit, flag in _FLAGS.items() if flags & bit}
        if suppressor is not None:
            words[f"rule {name}.suppressed_by"] = rule_names[suppressor]
        words |= {f"rule {name}.{list(LEVELS)[step[0] - 1]}": _step_words(step, tables, names) for step in steps}
    for sensor, index, *rest in tables.get(VALIDITY, []):
        words[f"health {tables[SENSORS][sensor][1]} {index}"] = _nested(rest)
    for number, *rest in tables.get(OUTPUTS, []):
        words[f"output {names.get(number, f'{number:08x}')}"] = _output_words(rest)
    return words


def _step_words(step: list[Any], tables: dict[int, Any], names: Mapping[int, str]) -> str:
    """Return a step as a level of the site file says it."""
    _, quantity, set_, clear, on_ms, off_ms, span_ms, more, targets = step
    kind = quantity % BELOW
    parts = [f"{_QUANTITIES[kind][quantity >= BELOW]} {set_}", f"clear {clear}"]
    parts += [f"{key} {format_duration(value)}" for key, value in (("for", on_ms), ("off_for", off_ms)) if value]
    parts += [f"{'mean' if kind == MEAN else 'over'} {format_duration(span_ms)}"] if span_ms else []
    parts += {MEAN: [f"valid {more} %"], FORECAST: [f"within {format_duration(more)}"], COUNT: [f"members {more}"]}.get(kind, [])
    wanted = [_target_words(target, tables, names) for target in targets]
    return ", ".join([*parts, *([f"outputs {' '.join(wanted)}"] if wanted else [])])


def _target_words(target: Any, tables: dict[int, Any], names: Mapping[int, str]) -> str:
    device, number = ("", tables[OUTPUTS][target][0]) if isinstance(target, int) else (f"{format_device(target[0])}.", target[1])
    return f"{device}{names.get(number, f'{number:08x}')}"


def _output_words(output: list[Any]) -> str:
    pin, active, fail_safe, min_on_ms, inputs, confirm_ms = output
    roles = {number: role for role, (number, _) in ROLES.items()}
    parts = [f"pin {pin}", f"active {('low', 'high')[active]}", f"fail_safe {fail_safe}"]
    parts += [f"{roles[role]} {pin} {('low', 'high')[level]}" for role, pin, level in inputs]
    parts += [f"{key} {format_duration(value)}" for key, value in (("min_on", min_on_ms), ("confirm_within", confirm_ms)) if value]
    return ", ".join(parts)


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
        **{word: format_duration(value) for word, value in zip(("alarm_every", "alarm_max_age"), more.get(ALARMED, ()), strict=False)},
    }


def _modem_words(spec: list[Any]) -> str:
    """Return a modem as [node.NAME.lora] says it; its key is never here."""
    modem, uart, region, identity = spec
    euis = [f"{key} {value.hex()}" for key, value in zip(("eui", "join_eui"), identity or (), strict=False)]
    return ", ".join([modem, f"uart {uart[0]}", region, *euis])


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


_FLAGS = {1: "latching", 2: "silenced_by_acknowledgement"}
_QUANTITIES = {
    VALUE: ("above", "below"),
    MEAN: ("above", "below"),
    RATE: ("rises", "falls"),
    FORECAST: ("reaches", "falls_to"),
    COUNT: ("votes", "votes"),
}

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
    HISTORY: ("history", HISTORIES.__getitem__),
    LORAWAN: ("lora.modem", _modem_words),
}
