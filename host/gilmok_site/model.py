"""The site as an object: what the file says, each value checked by itself.

What values mean to each other (two sensors on one UART) is the business of `check`.
"""

from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from .catalogue import option_names
from .device import derive_device, parse_device
from .errors import BadValue
from .fields import (
    check_id,
    check_link_url,
    check_position,
    check_region,
    check_sensor_id,
    check_store_url,
    check_timezone,
)
from .links import LinkTarget, parse_link_url
from .quantity import DURATION_PATTERN, format_duration, parse_duration
from .source import Source

# Filled by the model itself: no key of a file, which writes a driver's options beside the other keys.
OPTIONS_KEY: Final = "options of the driver"

# A person who watches the page expects to see half a minute back; on a serial line that costs next to nothing.
DEFAULT_MAX_AGE_MS = 30_000
DEFAULT_HEALTH_MS = 60_000  # an hour of it is 60 records of a dozen small values: below 100 bytes as columns


Id = Annotated[str, AfterValidator(check_id)]
SensorId = Annotated[str, AfterValidator(check_sensor_id)]
DurationMs = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION_PATTERN}$"}),
]


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


class About(Table):
    """[site]: what holds for all of it."""

    id: Id
    name: Name
    timezone: Annotated[str, AfterValidator(check_timezone)]
    region: Annotated[str, AfterValidator(check_region)] | None = None
    keys: str | None = None


class Store(Table):
    """[store]: the database that acknowledges."""

    url: Annotated[str, AfterValidator(check_store_url)]


class Link(Table):
    """[link.NAME]: a way to nodes."""

    url: Annotated[str, AfterValidator(check_link_url)]

    @property
    def target(self) -> LinkTarget:
        """What the URL says."""
        return parse_link_url(self.url)


class Sensor(Table):
    """[node.NAME.sensor.NAME]: one chip or instrument and how it is wired and read.

    Units: `every_ms` and `max_age_ms` milliseconds.
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
        return {**data, **self.options}


class Node(Table):
    """[node.NAME]: a place in the street and the device that serves it.

    Units: `position` degrees, latitude first; `health_ms` milliseconds.
    """

    board: str
    name: Name | None = None
    position: Annotated[list[float], BeforeValidator(check_position)] | None = None
    device: Annotated[str, AfterValidator(parse_device)] | None = None
    link: str | None = None
    health_ms: DurationMs = Field(alias="health", default=DEFAULT_HEALTH_MS)
    sensor: dict[SensorId, Sensor] = {}


class Site(Table):
    """A whole site. Its tables have the names they have in the file."""

    about: About = Field(alias="site")
    store: Store
    link: dict[Id, Link] = {}
    node: dict[Id, Node]

    _source: Source = PrivateAttr(default=Source("site.toml"))

    @property
    def id(self) -> str:
        """The site's id."""
        return self.about.id

    @property
    def source(self) -> Source:
        """Where the site was read from."""
        return self._source

    @property
    def folder(self) -> Path:
        """The folder of the site file, from which its relative paths count."""
        return Path(self._source.file).parent

    @property
    def keys_path(self) -> Path:
        """The keys file: as [site] keys says, else beside the site file."""
        return self.folder / (self.about.keys or f"{Path(self._source.file).stem}.keys.toml")

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None where the store is PostgreSQL."""
        scheme, _, rest = self.store.url.partition(":")
        return self.folder / rest if scheme == "sqlite" else None

    @property
    def store_url(self) -> str:
        """The store's URL, a relative SQLite path counted from the site file's folder."""
        path = self.sqlite_path
        return self.store.url if path is None else f"sqlite:{path}"

    def device_of(self, node: str) -> int:
        """Return the address of the device that serves `node`, as given or derived from its name."""
        given = self.node[node].device
        return int(given, 16) if given else derive_device(self.id, node)

    def node_of(self, device: int) -> str | None:
        """Return the name of the node that `device` serves."""
        return next((name for name in self.node if self.device_of(name) == device), None)

    def link_target_of(self, node: str) -> LinkTarget | None:
        """Return the link that `node` names, or None."""
        link = self.node[node].link
        return self.link[link].target if link else None

    def placed_in(self, source: Source) -> "Site":
        """Return this site, knowing the text it was read from."""
        self._source = source
        return self
