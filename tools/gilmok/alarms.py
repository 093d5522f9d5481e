"""Alarms as people name them, and what a store and a site know of each."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import Refused
from .moments import now_ms
from .place import Place

if TYPE_CHECKING:
    from gilmok_collector.alarms.event import AlarmEvent, OutputEvent
    from gilmok_collector.store import Store


class Target(NamedTuple):
    """A rule or an output of a device; device 0 is the collector itself."""

    device: int
    node: str
    name: str
    number: int

    @property
    def alarm(self) -> str:
        """What people call the alarm."""
        return f"{self.node}/{self.name}"


def find_alarm(place: Place, store: Store, text: str) -> Target:
    """Return the alarm that a person named: p1-gate/flood.

    Raises: Refused.
    """
    from gilmok_collector.alarms.names import MAINTENANCE

    known = {target.alarm: target for target in _alarms(place, store) if target.name != MAINTENANCE}
    if text not in known:
        near = get_close_matches(text, known, 1)
        raise Refused("no_alarm_near" if near else "no_alarm", value=text, near=near[0] if near else "", known=_listed(known))
    return known[text]


def find_output(place: Place, store: Store, text: str) -> Target:
    """Return the output that a person named: p1-gate.siren.

    Raises: Refused.
    """
    known = {f"{target.node}.{target.name}": target for target in _outputs(place, store)}
    if text not in known:
        near = get_close_matches(text, known, 1)
        raise Refused("no_output_near" if near else "no_output", value=text, near=near[0] if near else "", known=_listed(known))
    return known[text]


def rule_of(place: Place, node: str, name: str) -> Any:
    """Return a rule of the site's file, None where it says nothing of it."""
    where = place.site.node.get(node) if place.site else None
    return where.rule.get(name) if where else None


def state_word(place: Place, event: OutputEvent, state: int | None) -> str:
    """Return what the site calls a state of an output."""
    where = place.site.node.get(event.node) if place.site else None
    output = where.output.get(event.output) if where else None
    words = output.states if output else ["off", "on"]
    return "?" if state is None else words[state] if 0 <= state < len(words) else str(state)


def stands(event: AlarmEvent) -> bool:
    """Tell whether an alarm is one that people have to know of: not at rest, and maintenance until it is over."""
    if event.event == "maintain":
        began_ms = event.received_ms if event.unix_ms is None else event.unix_ms
        return event.detail is None or now_ms() < began_ms + event.detail
    return event.state != "normal" or event.level > 0


def known_targets(place: Place, store: Store) -> list[Target]:
    """Return every rule and output that the site or the store knows of."""
    return [*_outputs(place, store), *_alarms(place, store)]


def _alarms(place: Place, store: Store) -> list[Target]:
    """Return what the site has rules for, and what the store has heard of beside."""
    from gilmok_collector.alarms.names import rule_names
    from gilmok_collector.alarms.states import alarm_states

    found = [Target(event.device or 0, event.node, event.rule, event.rule_id) for event in alarm_states(store)]
    for device, node in place.nodes.items():
        found += [Target(device, node, rule.name, number) for number, rule in rule_names(place.site, node).items()] if place.site else []
    return found


def _outputs(place: Place, store: Store) -> list[Target]:
    from gilmok_collector.alarms.names import id_of
    from gilmok_collector.alarms.states import output_states

    found = [Target(event.device or 0, event.node, event.output, event.output_id) for event in output_states(store)]
    for device, node in place.nodes.items():
        found += [Target(device, node, name, id_of(name)) for name in place.site.node[node].output] if place.site else []
    return found


def _listed(known: dict[str, Target]) -> str:
    return ", ".join(sorted(known)) or "–"
