"""The site as an object: what the file says, each value checked by itself.

What values mean to each other (two sensors on one UART) is the business of `check`.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from .ble import Ble
from .detector import Detector
from .device import derive_device, parse_device
from .fields import check_eui, check_link_url, check_position, check_region, check_store_url, check_timezone, check_voltage
from .gateway import ROLE, Gateway
from .history import HISTORIES
from .links import LinkTarget, parse_link_url
from .lora import Air
from .lorawan import Lora
from .notify import Area, Heartbeat, NotifyTables, Vote, Watching
from .output import Output
from .power import Power
from .quantity import check_capacity, check_metres, check_panel, parse_quantity
from .rule import Rule
from .seismic import check_axes, check_location, check_network, check_station, derive_station
from .sensor import Sensor
from .source import Source
from .tables import DurationMs, Id, Name, OutputId, SensorId, Table, chosen

DEFAULT_HEALTH_MS = 60_000  # an hour of it is 60 records of a dozen small values: below 100 bytes as columns


class About(Table):
    """[site]: what holds for all of it."""

    id: Id
    name: Name
    timezone: Annotated[str, AfterValidator(check_timezone)]
    region: Annotated[str, AfterValidator(check_region)] | None = None
    network: Annotated[str, AfterValidator(check_network)] = "XX"
    keys: str | None = None
    extends: str | None = None
    include: list[str] = []
    inventory: str | None = None


class Store(Table):
    """[store]: the database that acknowledges."""

    url: Annotated[str, AfterValidator(check_store_url)]


class Link(Table):
    """[link.NAME]: a way to nodes. `gateways` are the EUIs of those that may use it, all where it is empty.

    Of a broker that speaks TLS: `ca` is who signed its certificate, `certificate` and `private_key` are what we show it. Files.
    """

    url: Annotated[str, AfterValidator(check_link_url)]
    gateways: list[Annotated[str, AfterValidator(check_eui)]] = []
    ca: str | None = None
    certificate: str | None = None
    private_key: str | None = None

    @property
    def target(self) -> LinkTarget:
        """What the URL says."""
        return parse_link_url(self.url)


class Datum(Table):
    """datum = { … }: the named vertical reference from which the heights of a node count."""

    name: str
    elevation: Annotated[str, AfterValidator(check_metres)] | None = None


class Battery(Table):
    """battery = { … }: what feeds the node, and the panel that charges it."""

    capacity: Annotated[str, AfterValidator(check_capacity)]
    voltage: Annotated[float, AfterValidator(check_voltage)]
    solar: Annotated[str, AfterValidator(check_panel)] | None = None

    @property
    def ah(self) -> float:
        """The capacity in ampere-hours."""
        return float(parse_quantity(self.capacity, "Ah"))

    @property
    def watts(self) -> float | None:
        """The panel's peak power in watts, None where there is none."""
        return None if self.solar is None else float(parse_quantity(self.solar, "W"))


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Peer(Table):
    """[node.NAME.peer]: the UARTs that are wired to neighbours, over which nodes act on one another without the collector."""

    uart: Annotated[list[int], BeforeValidator(_as_list)]


class Node(Table):
    """[node.NAME]: a place in the street and the device that serves it.

    Units: `position` degrees, latitude first; `health_ms` milliseconds. `station`, `location` and `axes` name its waveforms to
    seismologists; `axes` is where x, y and z of its motion sensors point to.
    """

    board: str
    role: Annotated[str, AfterValidator(chosen("role", ROLE))] | None = None
    template: str | None = None
    name: Name | None = None
    position: Annotated[list[float], BeforeValidator(check_position)] | None = None
    station: Annotated[str, AfterValidator(check_station)] | None = None
    location: Annotated[str, AfterValidator(check_location)] = ""
    axes: Annotated[str, AfterValidator(check_axes)] = "123"
    datum: Datum | None = None
    battery: Battery | None = None
    power: Power | None = None
    device: Annotated[str, AfterValidator(parse_device)] | None = None
    link: str | None = None
    area: str | None = None
    history: Annotated[str, AfterValidator(chosen("history", *HISTORIES))] | None = None
    health_ms: DurationMs = Field(alias="health", default=DEFAULT_HEALTH_MS)
    sensor: dict[SensorId, Sensor] = {}
    detector: dict[SensorId, Detector] = {}
    output: dict[OutputId, Output] = {}
    rule: dict[Id, Rule] = {}
    peer: Peer | None = None
    ble: Ble | None = None
    gateway: Gateway | None = None
    lora: Lora | None = None


class Site(Table):
    """A whole site. Its tables have the names they have in the file."""

    about: About = Field(alias="site")
    store: Store
    link: dict[Id, Link] = {}
    template: dict[Id, dict[str, Any]] = {}
    node: dict[Id, Node]
    notify: NotifyTables = {}
    heartbeat: Heartbeat | None = None
    area: dict[Id, Area] = {}
    watch: Watching = Watching()
    radio: Air | None = None
    rule: dict[Id, Vote] = {}

    _source: Source = PrivateAttr(default=Source("site.toml"))

    @property
    def id(self) -> str:
        """The site's id."""
        return self.about.id

    @property
    def measuring(self) -> dict[str, Node]:
        """The nodes that measure and have keys: all but gateways."""
        return {name: node for name, node in self.node.items() if node.role is None}

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

    def station_of(self, node: str) -> str:
        """Return the station code of `node`, as given or derived from its name."""
        return self.node[node].station or derive_station(node)

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
