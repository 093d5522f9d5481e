"""From pydantic's errors to problems a person can put right."""

import copy
from typing import Any

from pydantic import BaseModel, ValidationError

from .ble import Ble
from .catalogue import DRIVERS, option_names
from .detector import Detector
from .errors import Problem, SiteError, dotted
from .examples import EXAMPLES
from .fields import nearest
from .gateway import Gateway
from .health import Health
from .lora import Air
from .lorawan import Lora
from .model import About, Battery, Datum, Link, Node, Peer, Site, Store
from .notify import Area, Heartbeat, Target, Vote, Watching
from .output import ROLES, Input, Output
from .power import Power
from .rule import LEVELS, Rule, Step
from .sensor import OPTIONS_KEY, Calibration, Channel, Report, Sensor
from .source import Path, Source
from .tables import Name
from .wires import BUS, WIRE_KEYS

# The tables of a site file; * stands for a name the person chose.
_TABLES: dict[str, type[BaseModel]] = {
    "": Site,
    "site": About,
    "site.name": Name,
    "store": Store,
    "link.*": Link,
    "notify.*": Target,
    "heartbeat": Heartbeat,
    "area.*": Area,
    "area.*.name": Name,
    "watch": Watching,
    "radio": Air,
    "rule.*": Vote,
    **{f"rule.*.{key}": Name for key in ("name", "response", "call", "consequence")},
    "node.*": Node,
    "node.*.name": Name,
    "node.*.datum": Datum,
    "node.*.battery": Battery,
    "node.*.power": Power,
    "node.*.sensor.*": Sensor,
    "node.*.sensor.*.channel": Channel,
    "node.*.sensor.*.report": Report,
    "node.*.sensor.*.calibration": Calibration,
    "node.*.sensor.*.health": Health,
    "node.*.detector.*": Detector,
    "node.*.output.*": Output,
    "node.*.output.*.name": Name,
    **{f"node.*.output.*.{role}": Input for role in ROLES},
    "node.*.rule.*": Rule,
    **{f"node.*.rule.*.{key}": Name for key in ("name", "response", "call", "consequence")},
    **{f"node.*.rule.*.{level}": Step for level in LEVELS},
    "node.*.peer": Peer,
    "node.*.ble": Ble,
    "node.*.gateway": Gateway,
    "node.*.lora": Lora,
}
# Tables whose keys are names the person chose: at the top, and below.
_NAMED = ("link", "node", "template", "notify", "area", "rule")
_NAMED_BELOW = ("sensor", "slope", "offset", "drift", "change", "detector", "output", "rule", "range", "spike", "stuck")
# Tables of a node of which one that is wrong is left out, and the others checked on.
_PARTS = ("sensor", "detector", "output", "rule")

# pydantic's error types that mean "of another type", and what was expected.
_WRONG_TYPE = {
    "string_type": "text",
    "int_type": "integer",
    "bool_type": "boolean",
    "float_type": "number",
    "list_type": "list",
    "dict_type": "table",
    "model_type": "table",
}


def problems_of(error: ValidationError, source: Source, raw: dict[str, Any]) -> list[Problem]:
    """Return every problem that `error` found in `raw`, at its place in `source`."""
    return [_problem(each, source, raw) for each in error.errors(include_url=False)]


def mended(raw: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """Return `raw` with misspelt keys put right, and without the parts that `error` complains of otherwise."""
    raw = copy.deepcopy(raw)
    for each in sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden"):
        path = _path(each)
        table = _table_at(raw, path[:-1])
        if each["type"] == "extra_forbidden":
            value = table.pop(str(path[-1]), None)
            near = nearest(str(path[-1]), _known_keys(path[:-1], raw))
            if near:
                table.setdefault(near, value)
        elif each["type"] != "missing" or path[-1] not in table:
            part = path[:4] if path[0] == "node" and len(path) > 3 and path[2] in _PARTS else path[:2]
            _table_at(raw, part[:-1]).pop(str(part[-1]), None)
    return raw


def without_echoes(problems: list[Problem]) -> list[Problem]:
    """Return `problems` without missing keys that were only misspelt."""
    meant = {
        each.key.removesuffix(dotted((each.facts["name"],))) + each.facts["near"]
        for each in problems
        if each.code == "unknown_key" and each.facts["near"]
    }
    return [each for each in problems if each.code != "missing_key" or each.key not in meant]


def _problem(error: Any, source: Source, raw: dict[str, Any]) -> Problem:
    path, kind, value = _path(error), error["type"], error["input"]
    example = EXAMPLES.get(_shape(path), "")
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1], raw)
        return source.problem(path, "unknown_key", name=path[-1], known=known, near=nearest(str(path[-1]), known))
    if kind == "missing":
        return source.problem(path, "missing_key", name=path[-1], example=example)
    if kind in _WRONG_TYPE:
        return source.problem(path, "wrong_type", value=value, expected=_WRONG_TYPE[kind], example=example)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, SiteError):
        return source.problem(path, cause.problems[0].code, **cause.problems[0].facts)
    return source.problem(path, "invalid", value=value, reason=error["msg"])


def _known_keys(path: Path, raw: dict[str, Any]) -> list[str]:
    """Return the keys that the table at `path` may have."""
    table = _TABLES[_shape(path)]
    known = [field.alias or name for name, field in table.model_fields.items()]
    return _keys_of_sensor(known, _table_at(raw, path).get("driver")) if table is Sensor else known


def _keys_of_sensor(keys: list[str], driver: Any) -> list[str]:
    """Return the keys that have a meaning for `driver`; of one nobody knows, those of all."""
    known = DRIVERS.get(driver) if isinstance(driver, str) else None
    own = (BUS[known.bus].number, BUS[known.bus].select) if known else WIRE_KEYS
    keys = [key for key in keys if key != OPTIONS_KEY and (key not in WIRE_KEYS or key in own)]
    return keys + sorted(option_names(driver))


def _table_at(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the table at `path`, or an empty one where there is none."""
    table: Any = raw
    for part in path:
        table = table.get(part) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _path(error: Any) -> Path:
    """Return the key path of an error; pydantic marks a bad key of a dict with "[key]" behind it."""
    loc: Path = error["loc"]
    return loc[:-1] if loc[-1:] == ("[key]",) and error["type"] == "value_error" else loc


def _shape(path: Path) -> str:
    """Return `path` with * for the names the person chose."""
    parts: list[str] = []
    for part in path:
        named = parts and (parts[-1] in _NAMED_BELOW or len(parts) == 1 and parts[0] in _NAMED)
        if not isinstance(part, int):
            parts.append("*" if named else part)
    return ".".join(parts)
