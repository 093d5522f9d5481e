"""When the values of a sensor cannot be believed: range, spikes, standing still; and how its instrument's own alarm is set."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from .rule import LEVELS
from .tables import DelayMs, Table, chosen

NO_RULE: Final = "none"  # in place of a level: no alarm when the instrument fails
DEFAULT_LEVEL: Final = "caution"
ONLY: Final = ""  # in place of a channel's name: the one channel that rules watch

_LEVELS = (*LEVELS, NO_RULE)
HealthLevel = Annotated[str, BeforeValidator(chosen("level", *_LEVELS)), WithJsonSchema({"type": "string", "enum": list(_LEVELS)})]


def _by_channel(value: Any) -> Any:
    return value if isinstance(value, dict) else {ONLY: value}


def _schema(one: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [one, {"type": "object", "additionalProperties": one}]})


_BOUNDS = _schema({"type": "array", "items": {"type": "string"}})
_TEXT = _schema({"type": "string"})


class Health(Table):
    """[node.NAME.sensor.NAME.health]: the alarm of an instrument.

    `range`, `spike` and `stuck` are of each channel by name, or of the only one that rules watch.
    """

    level: HealthLevel = DEFAULT_LEVEL
    for_ms: DelayMs | None = Field(alias="for", default=None)
    range: Annotated[dict[str, list[str]], BeforeValidator(_by_channel), _BOUNDS] = {}
    spike: Annotated[dict[str, str], BeforeValidator(_by_channel), _TEXT] = {}
    stuck: Annotated[dict[str, DelayMs], BeforeValidator(_by_channel), _TEXT] = {}
