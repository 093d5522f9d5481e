"""What a sensor's corrections and reports must agree on with its channels, its node and its neighbours."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .catalogue import Channel
from .channels import channels_of
from .derived import HUNDREDTHS, columns_of, is_distance, is_particulate, is_plain
from .errors import BadValue, Problem
from .fields import nearest
from .quantity import parse_steps
from .references import UNITS, check_references
from .reporting import COUNT, check_report

if TYPE_CHECKING:
    from .model import Node
    from .sensor import Sensor
    from .source import Path, Source

MOST_COLUMNS = 16  # gilmok_wire.messages.MAX_COLUMNS: c0 … c15 of the store

# Which keys say nothing alone: (key, one of these has to stand beside it).
_TOGETHER = (
    ("temperature", ("height", "drift")),
    ("drift", ("temperature",)),
    ("drift", ("reference",)),
    ("reference", ("drift",)),
    ("kappa", ("humidity",)),
)

# Factors beyond these are a slip of the pen: a sensor off by ten times is broken; κ of sea salt is 1.3; the rest is no number at all.
_FACTORS = {"slope": (0.1, 10), "kappa": (0.01, 2), "offset": (-100_000, 100_000), "drift": (-1000, 1000)}


def check_derived(source: "Source", path: "Path", node: "Node", name: str) -> Iterator[Problem]:
    """Yield what is wrong with what is made of one sensor, and with when it reports; its channels are right."""
    sensor, where = node.sensor[name], (*path, "sensor", name)
    problems = [
        *_check_together(source, where, sensor),
        *_check_meaning(source, where, sensor),
        *_check_factors(source, where, sensor),
        *check_references(source, where, node, {key: getattr(sensor, key) for key in UNITS}),
        *_check_height(source, path, where, node, sensor),
    ]
    problems += [] if problems else _check_reference(source, where, sensor)
    yield from problems
    if not problems:
        columns = columns_of(node, name)
        yield from _check_columns(source, where, [*columns, COUNT] if sensor.mean_ms else columns)
        yield from check_report(source, where, sensor, columns)


def _check_together(source: "Source", path: "Path", sensor: "Sensor") -> Iterator[Problem]:
    for key, needed in _TOGETHER:
        if getattr(sensor, key) not in (None, {}) and all(getattr(sensor, each) in (None, {}) for each in needed):
            yield source.problem((*path, key), "key_alone", name=key, needed=needed[0])


def _check_meaning(source: "Source", path: "Path", sensor: "Sensor") -> Iterator[Problem]:
    """A correction has something to correct."""
    channels = channels_of(sensor)
    fitting: dict[str, Callable[[Channel], bool]] = {"height": is_distance, "humidity": is_particulate}
    for key, fits in fitting.items():
        if getattr(sensor, key) is not None and not any(map(fits, channels)):
            yield source.problem((*path, key), "key_other", name=key, driver=sensor.driver)
    for key in ("slope", "offset", "drift"):
        known = [channel[0] for channel in channels if key != "drift" or is_plain(channel)]
        for name in getattr(sensor, key):
            if name not in known:
                facts = {"value": name, "driver": sensor.driver, "known": known, "near": nearest(name, known)}
                yield source.problem((*path, key, name), "channel_unknown", **facts)


def _check_factors(source: "Source", path: "Path", sensor: "Sensor") -> Iterator[Problem]:
    values: dict[tuple[str, ...], Any] = {
        (key, name): value for key in ("slope", "offset", "drift") for name, value in getattr(sensor, key).items()
    }
    if sensor.kappa is not None:
        values["kappa",] = sensor.kappa
    for key, value in values.items():
        low, high = _FACTORS[key[0]]
        if not low <= value <= high:
            yield source.problem((*path, *key), "factor", value=value, name=key[0], low=low, high=high)


def _check_height(source: "Source", path: "Path", where: "Path", node: "Node", sensor: "Sensor") -> Iterator[Problem]:
    """A height is a whole number of millimetres above a reference with a name."""
    if sensor.height is None:
        return
    try:
        parse_steps(sensor.height, ("height", "m", -3))
    except BadValue as error:
        yield source.problem((*where, "height"), error.code, **error.facts)
    if node.datum is None:
        yield source.problem((*where, "height"), "datum_missing", node=path[1])


def _check_reference(source: "Source", path: "Path", sensor: "Sensor") -> Iterator[Problem]:
    if sensor.reference is None:
        return
    try:
        parse_steps(sensor.reference, HUNDREDTHS)
    except BadValue as error:
        yield source.problem((*path, "reference"), error.code, **error.facts)


def _check_columns(source: "Source", path: "Path", columns: list[Channel]) -> Iterator[Problem]:
    """The columns of a record have different names, and there are not too many."""
    names = [column[0] for column in columns]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield source.problem(path, "channel_twice", value=name)
    if len(columns) > MOST_COLUMNS:
        yield source.problem(path, "channels_many", value=len(columns), most=MOST_COLUMNS)
