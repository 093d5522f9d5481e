"""The air of a street: nodes that send by LoRa at their site's positions, and gateways there, on one medium."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from gilmok_collector.links import LinkState
from gilmok_collector.radio import Downlink, Uplink
from gilmok_collector.radio.hub import Hub
from gilmok_collector.radio.ledger import Ledger
from gilmok_node.radio.lora import LoraPort
from gilmok_sim.concentrator import CHANNELS, Concentrator, Heard
from gilmok_sim.medium import Medium
from gilmok_sim.sim_radio import SimRadio
from gilmok_site.lora import compile_lora, device_listens, has_air, window_ms
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS

if TYPE_CHECKING:
    from gilmok_site import Site

    from .node import StreetNode
    from .street import Street

LINK = "lora"
BACKHAUL_MS = 50  # one way from gateway to collector: a cable or LTE
BOARD_DBI = 0.0
LOOK_MS = 1000  # the radio says when it has something, as by DIO1

Position = Sequence[float]


class StreetAir:
    """Gives the nodes of a street that have a radio their port on a Medium; `gateways` are positions by name.

    Raises: ValueError where a node with a radio, or every gateway, has no position.
    """

    def __init__(self, street: Street, site: Site, gateways: Mapping[str, Position]) -> None:
        placed = {name: node.position for name, node in site.node.items() if node.role == "gateway" and node.position is not None}
        placed |= {name: list(position) for name, position in gateways.items()}
        names = [name for name in site.measuring if has_air(site, name)]
        lost = [name for name in names if site.node[name].position is None]
        if lost:
            raise ValueError(f"by radio a node is somewhere: give {', '.join(lost)} a position in the site file")
        if not placed:
            raise ValueError("nobody hears the radios: give a gateway of the site file a position, or radio={name: [latitude, longitude]}")
        self._street, self._site = street, site
        self.region = str(site.about.region)
        self.medium = _StreetMedium(street, next(iter(placed.values())))
        self.radios: dict[str, SimRadio] = {}  # of each node's present boot
        self.heard: dict[str, int] = dict.fromkeys(placed, 0)  # frames by gateway
        self.hub = Hub(self.region, partial(device_listens, site), window_ms(site))
        for name, position in placed.items():
            self.hub.add(_Gateway(self, name, position), self.now_ms)
        street.collector.ways[LINK] = self._answer
        for name in names:
            self._join(street.nodes[name])

    @property
    def now_ms(self) -> int:
        """The street's time in ms."""
        return self._street.schedule.now_us // 1000

    def later(self, span_ms: int, action: Callable[[], None]) -> None:
        """Do something a span of time from now."""
        self._street.schedule.at(self._street.schedule.now_us + span_ms * 1000, action)

    def take(self, gateway: str, heard: Heard) -> None:
        """Bring what a gateway heard to the collector."""
        self.heard[gateway] += 1
        self.later(BACKHAUL_MS, lambda: self._arrive(gateway, heard))

    def _arrive(self, gateway: str, heard: Heard) -> None:
        place = heard.frequency_hz, heard.sf, heard.bw_hz, heard.rssi_dbm, heard.snr_cb
        arrival = self.hub.heard(Uplink(heard.frame, self._street.unix_ms(), *place, gateway, None, heard.end_us), self.now_ms)
        if arrival is not None:
            self._street.collector.hear(arrival)
        self.serve()

    def _answer(self, frame: bytes) -> None:
        self.hub.answer(frame, self.now_ms)
        self.serve()

    def serve(self) -> None:
        """Have the hub send what is due."""
        at_ms = self.hub.poll(self.now_ms)
        if at_ms is not None:
            self.later(max(1, at_ms - self.now_ms), self.serve)

    # Nodes.

    def _join(self, node: StreetNode) -> None:
        spec = compile_lora(self._site, node.name) or []
        if self._site.node[node.name].link is None:
            node.line.cut()
        machine, before = node.machine, node.machine.on_stop

        def stop() -> None:
            before()
            self._silence(node.name)

        machine.on_stop = stop
        machine.make_ports = lambda: [self._make_port(node, spec)]
        node.reboot()

    def _make_port(self, node: StreetNode, spec: list[Any]) -> LoraPort:
        region, channels, limits, window, gain_dbi, hears, _ = spec
        machine, now = node.machine, node.machine.uptime
        law = RadioLaw(REGIONS[region], now(), tuple(channels), gain_dbi)
        wake = lambda at_us: self._street.schedule.at(max(at_us, self._street.schedule.now_us), machine.wake)  # noqa: E731
        position = self._site.node[node.name].position
        radio = SimRadio(self.medium, machine.clock, node.name, position, gain_dbi, on_event=wake)
        self.radios[node.name] = radio
        radio.begin(now())
        port = LoraPort(radio, law, REGIONS[region], limits, window, hears, now, self._street.entropy)
        port.look_ms = LOOK_MS
        return port

    def _silence(self, name: str) -> None:
        """End what a radio that has lost its power was doing."""
        radio = self.radios.pop(name, None)
        if radio is not None:
            self.medium.cut(radio, self._street.schedule.now_us)
            self.medium.tune(radio.station, ())
            radio.on_event = None


class _StreetMedium(Medium):
    """A medium that happens in the street's time."""

    def __init__(self, street: Street, origin: Position) -> None:
        self._street = street
        super().__init__(street.seed, origin=list(origin))

    def call(self, at_us: float, function: Callable[..., None], *arguments: Any) -> None:
        super().call(at_us, function, *arguments)
        schedule = self._street.schedule
        schedule.at(max(int(at_us) + 1, schedule.now_us), lambda: self.advance(schedule.now_us))

    def transmit(self, thing: Any, start_us: float, end_us: float, air: Any, payload: bytes) -> Any:
        sent = super().transmit(thing, start_us, end_us, air, payload)
        schedule = self._street.schedule
        for at_us in (self.next_us() or start_us, end_us):
            schedule.at(max(int(at_us) + 1, schedule.now_us), lambda: self.advance(schedule.now_us))
        return sent


class _Gateway:
    """What the hub sends by: a concentrator behind a backhaul."""

    law: Ledger | None = None
    trip_ms = 2 * BACKHAUL_MS

    def __init__(self, air: StreetAir, name: str, position: Position) -> None:
        self.name = name
        self.faults: dict[str, int] = {}
        self.state = LinkState(name, up=True, error="")
        self._air = air
        law = RadioLaw(REGIONS[air.region], 0)
        channels_hz = [law.frequency_hz(channel) for channel in range(min(law.uplinks, CHANNELS))]
        self.radio = Concentrator(air.medium, name, list(position), channels_hz, lambda heard: air.take(name, heard), gain_dbi=BOARD_DBI)

    def airtime(self, now_ms: int) -> list[tuple[int, int]]:
        """Return nothing: the hub keeps account."""
        return []

    def start(self) -> None:
        """Begin to work."""

    def close(self) -> None:
        """End."""

    def send(self, downlink: Downlink) -> None:
        """Have a frame sent when the order has come over the backhaul."""
        self._air.later(BACKHAUL_MS, lambda: self._send(downlink))

    def _send(self, down: Downlink) -> None:
        now_us = self._air.now_ms * 1000
        start_us = now_us + 1000 if down.delay_ms is None or down.end_us is None else down.end_us + down.delay_ms * 1000
        error = self.radio.send(down.frame, start_us, now_us, down.frequency_hz, down.sf, down.bw_hz, down.power_dbm)
        self._air.later(BACKHAUL_MS, lambda: self._tell(down.id, error))

    def _tell(self, number: int, error: str | None) -> None:
        self._air.hub.outcome(number, error, self._air.now_ms)
        self._air.serve()
