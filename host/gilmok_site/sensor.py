"""A sensor's tables in a site file: how it is wired and read, what it is corrected by, and when it is due for calibration."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_serializer, model_validator

from .catalogue import option_names
from .health import Health
from .tables import Day, DurationMs, Table

# Filled by the model itself: no key of a file, which writes a driver's options beside the other keys.
OPTIONS_KEY: Final = "options of the driver"

# A person who watches the page expects to see half a minute back; on a serial line that costs next to nothing.
DEFAULT_MAX_AGE_MS = 30_000


class Channel(Table):
    """[[node.NAME.sensor.NAME.channel]]: what an instrument measures that can be told so."""

    name: str
    unit: str
    exponent: int | None = None
    resolution: str | None = None
    register_: int | None = Field(alias="register", default=None)
    type: str | None = None


class Report(Table):
    """report = { … }: a record only where something changed, and after `heartbeat` anyway."""

    change: dict[str, str]
    heartbeat_ms: DurationMs = Field(alias="heartbeat")


class Calibration(Table):
    """calibration = { … }: the certificate of one instrument."""

    certificate: str
    date: Day
    due: Day


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Sensor(Table):
    """[node.NAME.sensor.NAME]: one chip or instrument and how it is wired and read.

    Units: `every_ms`, `max_age_ms`, `mean_ms` and those of an alarm milliseconds.
    """

    driver: str
    every_ms: DurationMs = Field(alias="every")
    max_age_ms: DurationMs = Field(alias="max_age", default=DEFAULT_MAX_AGE_MS)
    urgent: bool = False
    uart: int | None = None
    i2c: int | None = None
    spi: int | None = None
    rs485: int | None = None
    sdi12: int | None = None
    pin: int | None = None
    echo: int | None = None
    trigger: int | None = None
    address: int | None = None
    cs: int | None = None
    unit: int | None = None
    sdi12_address: str | None = None
    channel: Annotated[list[Channel], BeforeValidator(_as_list)] = []
    height: str | None = None
    temperature: str | None = None
    humidity: str | None = None
    kappa: float | None = None
    slope: dict[str, float] = {}
    offset: dict[str, float] = {}
    drift: dict[str, float] = {}
    reference: str | None = None
    mean_ms: DurationMs | None = Field(alias="mean", default=None)
    report: Report | None = None
    health: Health | None = None
    alarm_every_ms: DurationMs | None = Field(alias="alarm_every", default=None)
    alarm_max_age_ms: DurationMs | None = Field(alias="alarm_max_age", default=None)
    serial: str | None = None
    calibration: Calibration | None = None
    options: dict[str, Any] = Field(alias=OPTIONS_KEY, default={})

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, value: Any) -> Any:
        """Move the driver's own keys into `options`; those of a misspelt driver may be any driver's."""
        if not isinstance(value, dict):
            return value
        own = option_names(value.get("driver"))
        rest = {key: item for key, item in value.items() if key not in own}
        return {**rest, OPTIONS_KEY: {key: item for key, item in value.items() if key in own}}

    @model_serializer(mode="wrap")
    def _spread_options(self, handler: Any) -> dict[str, Any]:
        data = handler(self)
        data.pop(OPTIONS_KEY, None)
        data.pop("options", None)
        return {**{key: item for key, item in data.items() if item not in ({}, [])}, **self.options}
