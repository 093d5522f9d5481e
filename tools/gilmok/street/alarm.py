"""Alarms and outputs of a street's node, as tests look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilmok_collector.alarms.states import LEVELS
from gilmok_rules.lifecycle import STATES
from gilmok_site.rules import id_of

if TYPE_CHECKING:
    from gilmok_sim.actuators import Actuator

    from .node import StreetNode

ROLES = {"presence": 2, "exit": 3, "on_site": 4}


class StreetAlarm:
    """An alarm as its node has it now; made by `Street.alarm`."""

    def __init__(self, node: StreetNode, rule: str) -> None:
        self._node = node
        self.rule = rule
        self._judge()

    @property
    def level(self) -> str:
        """Its level as a word: that of the highest step that is active, "normal" where none is."""
        judge, place = self._judge()
        return LEVELS[judge.levels[place]]

    @property
    def state(self) -> str:
        """Its state, one of gilmok_rules.lifecycle.STATES."""
        judge, place = self._judge()
        return STATES[judge.states[place]]

    def __repr__(self) -> str:
        return f"<alarm {self._node.name}/{self.rule}: {self.level}, {self.state}>"

    def _judge(self) -> tuple[Any, int]:
        alarms = self._node.machine.node.alarms if self._node.machine.runs else None
        if alarms is None:
            raise ValueError(f"{self._node.name} judges nothing: it has no rules, or no power")
        if id_of(self.rule) not in alarms.judge.ids:
            raise ValueError(f"{self._node.name} has no rule {self.rule!r}")
        return alarms.judge, alarms.judge.ids.index(id_of(self.rule))


class StreetOutput:
    """An output of a node, and what hangs on it; made by `StreetNode.output`. States have the words of the site file."""

    def __init__(self, node: StreetNode, name: str, states: tuple[str, str]) -> None:
        self.name = name
        self._node = node
        self._states = states
        self._find()

    @property
    def commanded(self) -> str:
        """The state that its pin asks for."""
        return self._states[self._find().commanded]

    @property
    def actual(self) -> str | None:
        """The state that it is in, None between the two: what the street knows and the node may not."""
        state = self._find().state
        return None if state is None else self._states[state]

    @property
    def confirmed(self) -> str | None:
        """The state that the node believes it is in, None where it does not know or has no power."""
        if not self._node.machine.runs:
            return None
        for wired in self._node.machine.node.alarms.outputs:
            if wired.id == id_of(self.name) and wired.output.confirmed is not None:
                return self._states[wired.output.confirmed]
        return None

    @property
    def changes(self) -> list[tuple[int, str]]:
        """Each state its pin was brought to, with the street's ms."""
        return [(at_ms, self._states[state]) for at_ms, state in self._find().changes]

    def take(self, travel_s: float) -> None:
        """Let it take its time from one state to the other from now on."""
        self._find().travel_ms = round(travel_s * 1000)

    def jam(self, on: bool = True) -> None:
        """Let it move no more, or again."""
        self._find().jammed = on

    def press(self, role: str, on: bool = True) -> None:
        """Hold one of its inputs: presence, exit or on_site."""
        pressed = self._find().pressed
        (pressed.add if on else pressed.discard)(ROLES[role])

    def _find(self) -> Actuator:
        actuators = self._node.machine.actuators
        if id_of(self.name) not in actuators:
            raise ValueError(f"{self._node.name} has no output {self.name!r}")
        return actuators[id_of(self.name)]
