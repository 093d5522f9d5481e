"""When a sensor's readings become records: all of them, their means, or what changed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .catalogue import DRIVERS, Channel
from .errors import BadValue, Problem
from .fields import nearest
from .quantity import format_duration, parse_steps

if TYPE_CHECKING:
    from .sensor import Report, Sensor
    from .source import Path, Source

COUNT: Channel = ("n", "1", 0)  # the column behind means: of how many readings
_DIRECTIONS = ("direction", "heading", "course", "azimuth")  # how channels are called that a site file describes
_LAST_DEGREE = 359


def report_of(sensor: "Sensor", columns: list[Channel]) -> list[Any] | None:
    """Return how a checked sensor reports as its node reads it; None where every reading is a record."""
    if sensor.mean_ms is not None:
        directions = [[index, column[2]] for index, column in enumerate(columns) if _is_direction(sensor, column)]
        return ["mean", sensor.mean_ms, *([directions] if directions else [])]
    if sensor.report is None:
        return None
    change = sensor.report.change
    deltas = [parse_steps(change[column[0]], column) if column[0] in change else None for column in columns]
    return ["change", sensor.report.heartbeat_ms, deltas]


def check_report(source: "Source", path: "Path", sensor: "Sensor", columns: list[Channel]) -> Iterator[Problem]:
    """Yield what is wrong with when a sensor reports."""
    if sensor.mean_ms is not None:
        yield from _check_mean(source, (*path, "mean"), sensor, sensor.mean_ms)
    if sensor.report is not None:
        yield from _check_change(source, (*path, "report"), sensor, sensor.report, columns)


def _is_direction(sensor: "Sensor", column: Channel) -> bool:
    """Tell whether `column` goes round the compass, so that its mean is one of vectors: 350° and 10° make 0°."""
    name, unit, exponent, *step = column
    if unit != "deg" or step or exponent > 0:
        return False
    low, high = DRIVERS[sensor.driver].range.get(name, (0, 360 if name.endswith(_DIRECTIONS) else 0))
    return low == 0 and high >= _LAST_DEGREE


def _check_mean(source: "Source", path: "Path", sensor: "Sensor", mean_ms: int) -> Iterator[Problem]:
    if sensor.report is not None:
        yield source.problem(path, "mean_and_report")
    if mean_ms % sensor.every_ms or mean_ms <= sensor.every_ms:
        value = format_duration(max(2, round(mean_ms / sensor.every_ms)) * sensor.every_ms)
        facts = {"value": format_duration(mean_ms), "every": format_duration(sensor.every_ms), "near_value": value}
        yield source.problem(path, "mean_multiple", **facts)


def _check_change(source: "Source", path: "Path", sensor: "Sensor", report: "Report", columns: list[Channel]) -> Iterator[Problem]:
    if report.heartbeat_ms < sensor.every_ms:
        facts = {"value": format_duration(report.heartbeat_ms), "every": format_duration(sensor.every_ms)}
        yield source.problem((*path, "heartbeat"), "heartbeat_short", **facts)
    known = {column[0]: column for column in columns}
    if not report.change:
        yield source.problem((*path, "change"), "change_none", known=list(known))
    for name, text in report.change.items():
        where = (*path, "change", name)
        if name not in known:
            near = nearest(name, known)
            yield source.problem(where, "channel_unknown", value=name, driver=sensor.driver, known=list(known), near=near)
        else:
            yield from _check_delta(source, where, text, known[name])


def _check_delta(source: "Source", path: "Path", text: str, column: Channel) -> Iterator[Problem]:
    try:
        if parse_steps(text, column) < 1:
            yield source.problem(path, "change_none", known=[column[0]])
    except BadValue as error:
        yield source.problem(path, error.code, **error.facts)
