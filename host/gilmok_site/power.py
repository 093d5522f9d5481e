"""[node.NAME.power]: what a node does as its supply runs down, and whether its processor rests between turns of its loop."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator

from .boards import board_names, load_board
from .catalogue import DRIVERS
from .errors import BadValue, Problem
from .fields import nearest
from .quantity import parse_steps
from .subjects import CHANNEL, channel_subjects
from .tables import Table, chosen

if TYPE_CHECKING:
    from .model import Node
    from .source import Path, Source

# Buses whose bytes come when they like: a processor that sleeps would miss them.
_UNASKED = ("uart", "rs485", "sdi12")

SLEEPS = ("none", "light")  # what protocols/node_config.cddl counts from 0; where the radio ends a light sleep, one more
_LIMITS = ("shed_below", "stop_below", "margin")


class Power(Table):
    """`watch` is the channel that measures the supply, and the limits are voltages: below `shed_below` the node does what alarms need,
    below `stop_below` it leaves its flash alone, and it recovers `margin` above either."""

    watch: str | None = None
    shed_below: str | None = None
    stop_below: str | None = None
    margin: str | None = None
    sleep: Annotated[str, AfterValidator(chosen("sleep", *SLEEPS))] = "none"


def check_power(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """Yield what is wrong with a node's [power]."""
    power = node.power
    if power is None:
        return
    where = (*path, "power")
    if power.sleep == "light":
        yield from _check_sleep(source, (*where, "sleep"), node)
    given = [name for name in ("watch", *_LIMITS) if getattr(power, name) is not None]
    missing = [name for name in ("watch", *_LIMITS) if name not in given]
    if given and missing:
        yield source.problem((*where, given[0]), "key_alone", name=given[0], needed=missing[0])
        return
    if not given:
        return
    known = [text for text, subject in channel_subjects(node).items() if _is_voltage(subject.source, subject.channel)]
    if power.watch not in known:
        near = nearest(str(power.watch), known)
        yield source.problem((*where, "watch"), "power_watch" if known else "power_none", value=power.watch, known=known, near=near)
        return
    steps = {}
    for name in _LIMITS:
        try:
            steps[name] = parse_steps(getattr(power, name), channel_subjects(node)[str(power.watch)].channel)
        except BadValue as error:
            yield source.problem((*where, name), error.code, **error.facts)
    if len(steps) == len(_LIMITS):
        if steps["margin"] <= 0:
            yield source.problem((*where, "margin"), "power_margin", value=power.margin)
        if not 0 < steps["stop_below"] < steps["shed_below"]:
            yield source.problem((*where, "stop_below"), "power_order", value=power.stop_below, above=power.shed_below)


def _check_sleep(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """Yield what a processor that sleeps would miss: whatever comes without being asked for, but for contacts at pins that wake it."""
    if node.link is not None:
        yield source.problem(path, "power_sleep")
    if node.peer is not None:
        yield source.problem(path, "power_peer")
    wake = load_board(node.board).wake if node.board in board_names() else None
    for name, sensor in node.sensor.items():
        bus = DRIVERS[sensor.driver].bus if sensor.driver in DRIVERS else None
        if bus in _UNASKED:
            yield source.problem(path, "power_deaf", name=name, driver=sensor.driver)
        elif bus == "pin" and wake is not None and sensor.pin is not None and sensor.pin not in wake:
            board = load_board(node.board)
            known = [pin for pin in wake if pin in (*board.gpio, *board.gpio_in)]
            facts = {"name": name, "value": sensor.pin, "board": node.board, "known": known}
            yield source.problem(path, "power_pin" if known else "power_pin_none", **facts)


def compile_power(node: "Node") -> list[Any]:
    """Return a checked node's [power] as it reads it; nothing where it has none. Shape: protocols/node_config.cddl, power."""
    power = node.power
    if power is None:
        return []
    sleep = SLEEPS.index(power.sleep)
    board = load_board(node.board)
    if sleep and board.radio is not None and board.radio.dio1 in board.wake:
        sleep += 1
    if power.watch is None:
        return [sleep] if sleep else []
    subject = channel_subjects(node)[power.watch]
    return [sleep, *subject.source[1:], *(parse_steps(getattr(power, name), subject.channel) for name in _LIMITS)]


def _is_voltage(source: list[Any], channel: tuple[Any, ...]) -> bool:
    return source[0] == CHANNEL and channel[1] == "V"
