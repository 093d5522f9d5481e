"""The schema that editors get takes what `gilmok check` takes, and marks what a person gets wrong while typing."""

import datetime
import json
import re
import tomllib

import pytest
from gilmok_site.catalogue import DRIVERS
from gilmok_site.schema import DRAFT, json_schema
from site_cases import CANAL, CANAL_CHANGES, CHANGES, EXAMPLE, GATES, SMALLEST, changed
from site_drivers import catalogue_of_tests
from test_gather import LINKS, MAIN, ONE, PROFILE

TYPES = {"object": dict, "array": list, "string": (str, datetime.date), "integer": int, "number": (int, float), "boolean": bool}


@pytest.fixture(scope="module")
def schema():
    with catalogue_of_tests():
        return json_schema()


def faults(value, rule, root, at="") -> list[str]:
    """Return where `value` breaks `rule`: the keywords of draft-07 that our schema has, and no others."""
    found = []
    for keyword, want in rule.items():
        found += [f"{at}: {keyword}"] if not _holds(keyword, want, value, rule, root) else []
        if keyword == "properties" and isinstance(value, dict):
            found += [each for key in want if key in value for each in faults(value[key], want[key], root, f"{at}.{key}")]
        elif keyword == "additionalProperties" and isinstance(want, dict) and isinstance(value, dict):
            others = [key for key in value if key not in rule.get("properties", {})]
            found += [each for key in others for each in faults(value[key], want, root, f"{at}.{key}")]
        elif keyword == "items" and isinstance(value, list):
            found += [each for index, item in enumerate(value) for each in faults(item, want, root, f"{at}[{index}]")]
        elif keyword == "$ref":
            found += faults(value, root["$defs"][want.removeprefix("#/$defs/")], root, at)
        elif keyword == "allOf":
            found += [each for part in want for each in faults(value, part, root, at)]
        elif keyword == "if" and not faults(value, want, root):
            found += faults(value, rule["then"], root, at)
    return found


def _holds(keyword, want, value, rule, root):
    table, text = isinstance(value, dict), isinstance(value, str)
    if keyword == "type":
        return isinstance(value, TYPES[want]) and (want == "boolean" or not isinstance(value, bool))
    checks = {
        "enum": lambda: any(value == each and type(value) is type(each) for each in want),
        "const": lambda: value == want,
        "required": lambda: not table or set(want) <= set(value),
        "additionalProperties": lambda: want is not False or not table or set(value) <= set(rule["properties"]),
        "propertyNames": lambda: not table or set(value) <= set(want["enum"]),
        "anyOf": lambda: any(not faults(value, part, root) for part in want),
        "pattern": lambda: not text or re.search(want, value),
        "minItems": lambda: len(value) >= want,
        "maxItems": lambda: len(value) <= want,
        "minimum": lambda: not isinstance(value, int) or value >= want,
        "maximum": lambda: not isinstance(value, int) or value <= want,
    }
    known = {"properties", "items", "$ref", "allOf", "if", "then", "description", "title", "default", "format", "$schema", "$defs"}
    assert keyword in checks or keyword in known, keyword
    return checks.get(keyword, lambda: True)()


@pytest.mark.parametrize("text", [EXAMPLE, CANAL, GATES, SMALLEST, MAIN, LINKS, ONE, PROFILE], ids=range(8))
def test_good_files_are_taken(schema, text):
    assert faults(tomllib.loads(text), schema, schema) == []


RULES_MARKED = (
    *("level in other words", "level as a number", "threshold as a number", "level of an input", "active at what", "level of health"),
    *("detector of an unknown kind", "rule with an unknown key"),
)
WRONG_KEYS = ("unknown key", "unknown table", "text for a", "number for", "bus of another", "option", "driver", "board", "region")
MARKED = [name for name in (*CHANGES, *CANAL_CHANGES) if name.startswith(WRONG_KEYS)] + list(RULES_MARKED)


@pytest.mark.parametrize("name", MARKED)
def test_mistakes_of_keys_types_and_choices_are_marked(schema, name):
    assert faults(tomllib.loads(changed(name)), schema, schema)


def test_a_key_of_another_driver_is_marked_at_its_sensor(schema):
    found = faults(tomllib.loads(changed("unknown key: an option of another driver")), schema, schema)
    assert found == [".node.air-01.sensor.dust: propertyNames"]


def test_every_driver_and_option_is_explained():
    sensor = json_schema()["$defs"]["Sensor"]
    assert sensor["properties"]["driver"]["enum"] == list(DRIVERS)
    for rule, driver in zip(sensor["allOf"], DRIVERS.values(), strict=True):
        assert driver.title in rule["then"]["description"]
        for option in driver.options:
            assert re.search("[가-힣]", rule["then"]["properties"][option]["description"])


def test_nothing_of_the_model_shines_through(schema):
    text = json.dumps(schema)
    assert schema["$schema"] == DRAFT
    assert '"null"' not in text
    assert "options of the driver" not in text
