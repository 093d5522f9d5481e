"""BLE of the demo's street: an air between bumble's controllers, a radio for each node's process on it, and the collector's adapter."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gilmok_collector.ble.link import BleLink

if TYPE_CHECKING:
    from gilmok_collector.device import Arrival
    from gilmok_collector.service import Service

NAME = "ble"
_READY_S = 30.0
_ADAPTER = "F0:00:00:00:FF:01"


def is_there() -> bool:
    """Tell whether this environment has the BLE controllers of the simulator."""
    return importlib.util.find_spec("bumble") is not None


class StreetBle:
    """All BLE of a street: `add` nodes, `attach` the collector, then each node's process finds its radio at `port_of` it."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self.link: AirLink | None = None

    def add(self, name: str) -> None:
        """Give a node a radio."""
        self._names.append(name)

    def attach(self, service: Service, unix_ms: Callable[[], int]) -> None:
        """Have a collector visit the nodes."""
        self.link = AirLink(self._names, service.engine.keys, service.take, unix_ms)
        service.adopt(NAME, self.link)

    def port_of(self, name: str) -> int:
        """Return the port on loopback of a node's radio, once that is there."""
        if self.link is None:
            raise ValueError("nobody collects over BLE yet: attach a service first")
        return self.link.port_of(name)


class AirLink(BleLink):
    """The collector's end, on a simulated air that lives in its thread."""

    def __init__(
        self, names: list[str], keys: Mapping[int, bytes], on_arrival: Callable[[Arrival], None], now_ms: Callable[[], int]
    ) -> None:
        super().__init__(NAME, keys, on_arrival, now_ms)
        self._names = names
        self._ports: dict[str, int] = {}
        self._ready = threading.Event()

    def port_of(self, name: str) -> int:
        """Return where a node's radio listens."""
        if not self._ready.wait(_READY_S):
            raise TimeoutError(f"no simulated BLE: {self.state.error}")
        return self._ports[name]

    async def _go(self) -> None:
        from gilmok_sim.ble import Air
        from gilmok_sim.ble_bleak import AirClient, AirScanner, Central
        from gilmok_sim.ble_proxy import BleProxy

        air: Any = Air()
        proxies = [BleProxy(air, f"F0:00:00:00:00:{index + 1:02X}") for index in range(len(self._names))]
        for name, proxy in zip(self._names, proxies, strict=True):
            await proxy.start()
            self._ports[name] = proxy.port
        central = Central(air, _ADAPTER)
        self._options = {
            "backends": {"scanner": {"backend": AirScanner, "central": central}, "client": {"backend": AirClient, "central": central}}
        }
        self._ready.set()
        try:
            await super()._go()
        finally:
            for proxy in proxies:
                await proxy.stop()
