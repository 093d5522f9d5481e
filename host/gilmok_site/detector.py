"""A node's detectors: what is made of the samples of a motion sensor, beside its own seconds.

A kind of detector is a line of DETECTORS: the channels of its stream, in order, and what compiles its parameters. Its channels
can be watched as a sensor's: `watch = "shake.level"`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

from .catalogue import Channel
from .tables import Table, chosen

if TYPE_CHECKING:
    from .sensor import Sensor

_KINDS = ("quake", "ppv", "capture")
Kind = Annotated[str, BeforeValidator(chosen("kind", *_KINDS)), WithJsonSchema({"type": "string", "enum": list(_KINDS)})]


class Detector(Table):
    """[node.NAME.detector.NAME]: one detector and the motion sensor whose samples it takes."""

    kind: Kind
    sensor: str


class DetectorKind(NamedTuple):
    """What a kind of detector tells, and what it is told: the parameters of a checked detector, as the node's takes them."""

    channels: tuple[Channel, ...]
    parameters: Callable[[Detector, "Sensor"], list[Any]]


def _no_parameters(detector: Detector, sensor: "Sensor") -> list[Any]:
    return []


_QUAKE: tuple[Channel, ...] = (("shaking", "1", 0), ("pga", "[g]", -5), ("pgv", "mm/s", -3), ("level", "1", 0))
_PPV: tuple[Channel, ...] = (
    *(("ppv_x", "mm/s", -3), ("ppv_y", "mm/s", -3), ("ppv_z", "mm/s", -3)),
    ("frequency", "Hz", -1),
    ("share", "%", -1),  # of what the limit line allows at that frequency
)

DETECTORS = {
    "quake": DetectorKind(_QUAKE, _no_parameters),
    "ppv": DetectorKind(_PPV, _no_parameters),
    "capture": DetectorKind((), _no_parameters),
}
