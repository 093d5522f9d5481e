"""What the tables of a site file are made of: strict tables, names, durations."""

import datetime
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema, model_validator

from .errors import BadValue
from .fields import check_id, check_output_id, check_sensor_id
from .quantity import DURATION_PATTERN, format_duration, parse_delay, parse_duration

Id = Annotated[str, AfterValidator(check_id)]
SensorId = Annotated[str, AfterValidator(check_sensor_id)]
OutputId = Annotated[str, AfterValidator(check_output_id)]
DurationMs = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION_PATTERN}$"}),
]
DelayMs = Annotated[
    int,
    BeforeValidator(parse_delay),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION_PATTERN}$"}),
]


def parse_date(value: Any) -> datetime.date:
    """Return a day, from TOML's own type or as text in the same form.

    Raises: BadValue.
    """
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise BadValue("date", value=value) from None


Day = Annotated[datetime.date, BeforeValidator(parse_date), WithJsonSchema({"type": "string", "format": "date"})]


def chosen(name: str, *known: str) -> Callable[[Any], Any]:
    """Return the check of a text that is one of a few words; `name` is the key that holds it."""

    def check(value: Any) -> Any:
        if value not in known:
            raise BadValue("choice", value=value, name=name, known=known)
        return value

    return check


class Table(BaseModel):
    """A table of the site file: no unknown keys, no guessing at types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Name(Table):
    """What people call a thing, in Korean, English or both."""

    ko: str | None = None
    en: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            return {"ko": value, "en": value}
        if isinstance(value, dict | Name) and value:
            return value
        raise BadValue("name", value=value)

    def text(self, lang: str) -> str:
        """Return the name in `lang`, or in the other language where it has only one."""
        return (self.ko or self.en if lang == "ko" else self.en or self.ko) or ""
