"""What a person at the collector asks of a node: kept in the store, sent by the running collector, answered by the node."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .chip_words import sentence
from .errors import Refused
from .language import language, say
from .moments import format_age, format_moment, now_ms
from .overriding import author_of
from .place import Place

if TYPE_CHECKING:
    from gilmok_collector.store import Command, Store

    from .alarms import Target

_UNITS_MS = {"s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_LOOK_S = 0.1

# How long a command may wait for its node. A siren must not be tested when nobody stands there any more, and an alarm not be
# acknowledged that has come again in between.
LASTS_MS = {"test": 120_000, "maintain": 600_000}
_LASTS_MS = 3_600_000

Wait = Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0.0, max=600.0, help="How long to wait for the node's answer.")]
WAIT_S = 5.0  # a node on a line answers within one or two

_sleep: Callable[[float], None] = time.sleep  # a name of its own, for tests that do not wait


def operate(place: Place, store: Store, target: Target, name: str, parameters: Sequence[Any], author: str | None, wait_s: float) -> int:
    """Queue a command, wait for what becomes of it, and say so; return the exit code."""
    who, began = author_of(author), now_ms()
    number = store.commands.queue(target.device, name, parameters, who, began, began + LASTS_MS.get(name, _LASTS_MS))
    command = _await(store, number, wait_s)
    print(tell(place, command))
    return 1 if command.state in ("refused", "expired") else 0


def tell(place: Place, command: Command) -> str:
    """Return what became of a command."""
    node = place.name_of(command.device) if command.device else say("the_collector")
    facts = {"node": node, "until": format_moment(command.expires_ms, place.zone) or "–", "id": command.id}
    if command.state == "done":
        took = format_age((command.settled_ms or 0) - command.created_ms)
        return say("command_done", **facts, stands=read_back(place, command), time=took)
    if command.state == "refused":
        return say("command_refused", **facts, reason=_reason(place, command))
    return say({"queued": "command_queued", "sent": "command_sent"}.get(command.state, "command_expired"), **facts)


def read_back(place: Place, command: Command) -> str:
    """Return what the node said that now stands."""
    from gilmok_collector.alarms.words import STATES, duration, level_word, word
    from gilmok_rules import lifecycle

    value, lang = command.value, language()
    if command.name in ("ack", "reset", "shelve", "service") and _are_numbers(value, 2) and 0 <= value[0] < len(lifecycle.STATES):
        return f"{level_word(value[1], lang)}, {word(STATES, lifecycle.STATES[value[0]], lang)}"
    if command.name in ("test", "lease") and isinstance(value, list) and len(value) == 2:
        return say("output_stands", commanded=value[0], confirmed="?" if value[1] is None else value[1])
    if command.name == "maintain" and isinstance(value, int):
        return say("maintenance_for", time=duration(value * 1000, lang)) if value else say("maintenance_over")
    return say("done_plainly")


def parse_span(text: str, option: str) -> int:
    """Return a duration in ms: 30s, 10min, 2h, 3d.

    Raises: Refused.
    """
    import re

    match = re.fullmatch(r"([0-9]{1,6})\s*(s|min|h|d)", text.strip(), re.ASCII)
    span_ms = int(match[1]) * _UNITS_MS[match[2]] if match else 0
    if not 0 < span_ms <= 7 * _UNITS_MS["d"]:  # as long as a node takes it
        raise Refused("no_span", option=option, value=f'"{text}"')
    return span_ms


def _reason(place: Place, command: Command) -> str:
    from gilmok_collector.store.commands import BAD_ARGUMENT, DECLINED, UNKNOWN

    if command.status == UNKNOWN:
        return say("refused_unknown")
    if command.status == DECLINED and _are_numbers(command.value, 2):
        return say("refused_state", stands=read_back(place, command))
    value = ""
    if isinstance(command.value, str):
        meant = sentence(int(command.value)) if command.value.isdecimal() else None
        value = f": {command.value}" + (f" ({meant})" if meant else "")
    return say("refused_argument" if command.status == BAD_ARGUMENT else "refused_plainly") + value


def _are_numbers(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(type(each) is int for each in value)


def _await(store: Store, number: int, wait_s: float) -> Command:
    """Return a command when it is settled, or as it is when the wait is over."""
    looks = round(wait_s / _LOOK_S)
    while True:
        command = store.commands.find(number)
        if command is None:
            raise AssertionError("a command that was queued is there")
        if command.settled_ms is not None or looks <= 0:
            return command
        looks -= 1
        _sleep(_LOOK_S)
