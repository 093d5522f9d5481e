"""A node's detectors: what is made of the samples of a motion sensor, beside its own seconds.

A kind of detector is a line of DETECTORS: the channels of its stream, in order, and what compiles its parameters. Its channels
can be watched as a sensor's: `watch = "shake.level"`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from gilmok_rules.ppv import Ppv
from gilmok_rules.shaking import Quake
from pydantic import BeforeValidator, Field, WithJsonSchema

from .catalogue import DRIVERS, Channel
from .detector_parameters import capture_parameters, ppv_parameters, quake_parameters
from .tables import DurationMs, Table, chosen

if TYPE_CHECKING:
    from .sensor import Sensor

_KINDS = ("quake", "ppv", "capture")
Kind = Annotated[str, BeforeValidator(chosen("kind", *_KINDS)), WithJsonSchema({"type": "string", "enum": list(_KINDS)})]


class Detector(Table):
    """[node.NAME.detector.NAME]: one detector and the motion sensor whose samples it takes.

    `line` is that of a ppv; `before_ms`, `after_ms` and the detectors `of` that are events are a capture's.
    """

    kind: Kind
    sensor: str
    line: str | None = None
    before_ms: DurationMs = Field(alias="before", default=5000)
    after_ms: DurationMs = Field(alias="after", default=20000)
    of: list[str] = []


class DetectorKind(NamedTuple):
    """What a kind of detector tells, and what it is told: the parameters of a checked detector, as the node's takes them."""

    channels: tuple[Channel, ...]
    parameters: Callable[[Detector, float], list[Any]]


def rate_hz(sensor: "Sensor") -> float:
    """Return the samples a second of a motion sensor."""
    option = DRIVERS[sensor.driver].options.get("sample_ms")
    return 1000 / int(sensor.options.get("sample_ms", option.default if option else 4))


DETECTORS = {
    "quake": DetectorKind(Quake.CHANNELS, lambda _, rate: quake_parameters(rate)),
    "ppv": DetectorKind(Ppv.CHANNELS, lambda each, rate: ppv_parameters(rate, str(each.line))),
    "capture": DetectorKind((), lambda each, rate: capture_parameters(rate, each.before_ms / 1000, each.after_ms / 1000, each.of)),
}
