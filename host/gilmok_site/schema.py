"""The JSON Schema of a site file, by which an editor completes keys and marks mistakes (draft-07, which TOML editors know).

What may stand in another file, a profile or a template is not required here: `gilmok check` sees all of them, an editor one.
"""

from typing import Any

from .boards import board_names
from .catalogue import DRIVERS, Driver
from .fields import REGIONS
from .model import Site
from .options import Between, ChannelName, Integers, OneOf, Option
from .sensor import OPTIONS_KEY
from .wires import BUS, WIRE_KEYS

DRAFT = "http://json-schema.org/draft-07/schema#"

# Tables that may be spread over files, or be completed by a template.
_PARTIAL = ("About", "Node", "Sensor", "Detector", "Output", "Rule", "Peer", "Gateway")


def json_schema() -> dict[str, Any]:
    """Return the schema of a site file."""
    schema = _plain(Site.model_json_schema())
    parts = schema.pop("$defs")
    for name in _PARTIAL:
        parts[name].pop("required", None)
    schema.pop("required", None)
    parts["Name"] = {"anyOf": [{"type": "string"}, parts["Name"]]}
    parts["Input"] = {"anyOf": [{"type": "integer"}, parts["Input"]]}
    uarts = parts["Peer"]["properties"]["uart"]
    parts["Peer"]["properties"]["uart"] = {"anyOf": [uarts, uarts["items"]]}
    parts["About"]["properties"]["region"]["enum"] = list(REGIONS)
    parts["Node"]["properties"]["board"]["enum"] = list(board_names())
    parts["Node"]["properties"]["position"] |= {"minItems": 2, "maxItems": 2}
    schema["properties"]["template"]["additionalProperties"] = {"$ref": "#/$defs/Node"}
    _complete_sensor(parts["Sensor"])
    return {"$schema": DRAFT, **schema, "title": "Gilmok site", "$defs": parts}


def _complete_sensor(sensor: dict[str, Any]) -> None:
    """Add the drivers and their options to the schema of a sensor."""
    keys = sensor["properties"]
    del keys[OPTIONS_KEY]
    channels = keys["channel"]
    keys["channel"] = {"anyOf": [channels, channels["items"], {"type": "string"}]}
    keys["driver"]["enum"] = list(DRIVERS)
    common = [key for key in keys if key not in WIRE_KEYS]
    for name in sorted({name for driver in DRIVERS.values() for name in driver.options}):
        keys.setdefault(name, {})
    sensor["allOf"] = [_of_driver(name, driver, common) for name, driver in DRIVERS.items()]


def _of_driver(name: str, driver: Driver, common: list[str]) -> dict[str, Any]:
    """Return what holds for the sensors of one driver: which keys have a meaning, and their values."""
    bus = BUS[driver.bus]
    options = {key: _option(key, option) for key, option in driver.options.items()}
    keys = [*common, *filter(None, (bus.number, bus.select)), *options]
    then = {"description": f"{driver.title}: {driver.measures[0]}", "properties": options, "propertyNames": {"enum": keys}}
    return {"if": {"properties": {"driver": {"const": name}}, "required": ["driver"]}, "then": then}


def _option(name: str, option: Option) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": " / ".join(option.text)}
    if isinstance(option.allowed, OneOf):
        schema["enum"] = list(option.allowed)
    elif isinstance(option.allowed, Between):
        numbers = {"type": "integer", "minimum": option.allowed.low, "maximum": option.allowed.high}
        schema |= {"anyOf": [numbers, {"type": "string"}]} if name.startswith("at_") else numbers  # a quantity
    elif isinstance(option.allowed, ChannelName):
        schema["type"] = "string"
    elif isinstance(option.allowed, Integers):
        schema |= {"type": "array", "items": {"type": "integer"}}
    return schema


def _plain(schema: Any) -> Any:
    """Return pydantic's schema without what TOML has not: null, and titles made of names."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kinds = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if "anyOf" in schema and len(kinds) == 1:
        schema = {**schema, **kinds[0]}
        del schema["anyOf"]
    drop = [key for key in ("title", "default") if isinstance(schema.get(key), str | type(None) | list) or schema.get(key) == {}]
    return {key: _plain(value) for key, value in schema.items() if key not in drop}
