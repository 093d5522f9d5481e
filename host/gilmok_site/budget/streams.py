"""The streams a node records, and what a day brings of each."""

from typing import TYPE_CHECKING, NamedTuple

from ..catalogue import DRIVERS, Channel
from ..derived import columns_of
from ..reporting import COUNT
from .account import DAY_MS

if TYPE_CHECKING:
    from ..model import Node
    from ..sensor import Sensor

# What every node records beside its sensors, and one with a radio: firmware/gilmok_node/health.py, radio/radio_stream.py and anchors.py
# (tests/site/test_budget.py compares).
HEALTH_COLUMNS = 13
HEALTH_MAX_AGE_MS = 600_000
FAULT_COLUMNS = 2
LEDGER_COLUMNS = 7
LEDGER_EVERY_MS = 3_600_000
LEDGER_MAX_AGE_MS = 18_000_000
ANCHOR_EVERY_MS = 3_600_000
ANCHOR_MAX_AGE_MS = 10_000

_UNTOLD = (1 << 20) - 1  # steps of a channel whose range nobody states: a million, which take three bytes
_LEDGER_STEPS = 4000  # tenths of a second on the air, refusals: of some days, and what is smaller counted alike
_ANCHOR_STEPS = (1 << 15, DAY_MS, 1000)  # day since 1970, ms of the day, uncertainty in ms


class Stream(NamedTuple):
    """One stream of a log: `widths` are the most bytes that each column of a single record takes.

    Units: `records` a day, `every_ms` and `max_age_ms` milliseconds.
    """

    name: str
    widths: list[int]
    every_ms: int
    max_age_ms: int
    urgent: bool = False
    at_most: bool = False

    @property
    def records(self) -> float:
        """Return how many records a day brings."""
        return DAY_MS / self.every_ms


def streams_of(node: "Node", by_radio: bool = False) -> list[Stream]:
    """Return the streams of readings that a checked node records all the time; events and captures are not foreseen."""
    sensors = [_of_sensor(node, name, sensor) for name, sensor in node.sensor.items()]
    health = Stream("health", [_width(_UNTOLD)] * HEALTH_COLUMNS, node.health_ms, HEALTH_MAX_AGE_MS)
    anchor = Stream("anchor", [*map(_width, _ANCHOR_STEPS)], ANCHOR_EVERY_MS, ANCHOR_MAX_AGE_MS)
    ledger = Stream("radio", [_width(_LEDGER_STEPS)] * LEDGER_COLUMNS, LEDGER_EVERY_MS, LEDGER_MAX_AGE_MS)
    return [*sensors, health, anchor, *([ledger] if by_radio else [])]


def stream_count(node: "Node", streams: list[Stream]) -> int:
    """Return how many stream numbers the log of a node binds that records `streams`: also those of faults and of waveforms."""
    waveforms = sum(bool(DRIVERS[sensor.driver].waveform) for sensor in node.sensor.values())
    alarms = bool(node.rule) + bool(node.output) + len(node.detector)
    return len(streams) + waveforms + alarms + 1


def _of_sensor(node: "Node", name: str, sensor: "Sensor") -> Stream:
    ranges = DRIVERS[sensor.driver].range
    columns = columns_of(node, name)
    if sensor.mean_ms is not None:
        columns.append(COUNT)
    widths = [_width(_steps(column, ranges)) for column in columns]
    every_ms = sensor.mean_ms or sensor.every_ms
    return Stream(name, widths, every_ms, sensor.max_age_ms, sensor.urgent, sensor.report is not None)


def _steps(column: Channel, ranges: dict[str, tuple[float, float]]) -> int:
    """Return the largest value that a column has to hold, in its steps."""
    name, _, exponent, *step = column
    if name not in ranges:
        return _UNTOLD
    return round(max(map(abs, ranges[name])) / (step[0] if step else 1) * 10**-exponent)


def _width(steps: int) -> int:
    """Return the bytes of a column that holds one value: a head and its zig-zag varint (protocols/SPEC.md, section 1)."""
    return 1 + max(1, -(-(2 * steps).bit_length() // 7))
