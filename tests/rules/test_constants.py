"""Numbers that a node's modules hold as constants of the compiler are those that lifecycle.py, compiled.py and their neighbours name."""

import re
from pathlib import Path

import gilmok_node
import gilmok_rules
import pytest
from gilmok_rules import compiled, lifecycle, output, transitions, validity

RULES = Path(gilmok_rules.__file__).parent
NODE = Path(gilmok_node.__file__).parent / "judge"
BITS = compiled.SOURCE_BITS
STATES_AND_EVENTS = {name: value for name, value in vars(lifecycle).items() if isinstance(value, int)}
COMPILED = {name: value for name, value in vars(compiled).items() if isinstance(value, int)}


def constants(path):
    """Return the private constants of a module by name, without the underscore."""
    found = re.findall(r"^_(\w+) = const\((.+)\)", path.read_text(), re.MULTILINE)
    return {name: eval(value) for name, value in found}


COLUMNS = constants(RULES / "steps.py")
WATCHED = {name: COMPILED[name] << BITS for name in ("HEALTH", "OUTPUT", "CLOCK")}
KEPT = constants(NODE / "alarms.py")
NAMED = {
    RULES / "judge.py": {"LEVEL": COLUMNS["LEVEL"], "PHASE": COLUMNS["PHASE"], "ON": COLUMNS["ON"], "MISSING": validity.MISSING}
    | {"LATCHING": compiled.LATCHING, "SILENCED": compiled.SILENCED}
    | WATCHED
    | STATES_AND_EVENTS,
    RULES / "steps.py": {name: COMPILED[name] for name in ("FORECAST", "COUNT")},
    RULES / "output.py": COMPILED,
    RULES / "building.py": COLUMNS | COMPILED | STATES_AND_EVENTS,
    RULES / "replacing.py": COLUMNS | COMPILED,
    NODE / "operating.py": STATES_AND_EVENTS,
    NODE / "alarms.py": COMPILED,
    NODE / "arming.py": {"VERSION": KEPT["VERSION"], "SHELF_S": KEPT["SHELF_MS"] // 1000, "CHANNEL": compiled.CHANNEL}
    | {"CLEAR": lifecycle.CLEAR, "OUTPUT": WATCHED["OUTPUT"]},
}


@pytest.mark.parametrize("path", list(NAMED), ids=lambda path: path.name)
def test_constants_are_those_of_the_same_name(path):
    held = constants(path)
    shared = held.keys() & NAMED[path].keys()
    assert shared and {name: held[name] for name in shared} == {name: NAMED[path][name] for name in shared}


def test_what_a_state_and_an_event_come_to_is_a_state_or_none():
    states, events = len(lifecycle.STATES), len(lifecycle.EVENTS)
    assert len(transitions._TABLE) == states * events
    found = {transitions.next_state(state, event) for state in range(states) for event in range(events)}
    assert found <= {*range(states), lifecycle.STAY, lifecycle.REFUSE}
    for number, word in enumerate(lifecycle.STATES):
        assert STATES_AND_EVENTS[{"returned_unacknowledged": "RETURNED"}.get(word, word.upper())] == number
    for number, word in enumerate(lifecycle.EVENTS):
        assert STATES_AND_EVENTS["CLEAR_LATCHING" if number == lifecycle.CLEAR_LATCHING else word.upper()] == number
    assert len(output.EVENTS) == 4
