"""Radios on the simulator's air for nodes in processes of their own: the other end of bluetooth.py. CPython only."""

import asyncio
import json

from .ble import GATTS_WRITE, SimBle


class BleProxy:
    """One radio behind a port of loopback, for whichever process connects there; it is anew with each connection."""

    def __init__(self, air, address):
        self.address = address
        self.port = 0
        self.ble = None
        self._air = air
        self._server = None

    async def start(self):
        """Listen; `port` says where."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self):
        """Listen no longer."""
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        ble = self.ble = SimBle(self._air, self.address)

        def say(message):
            writer.write(json.dumps(message).encode() + b"\n")

        def tell(event, data):
            written = ble.gatts_read(data[1]).hex() if event == GATTS_WRITE else ""
            say([event, [item for item in data if isinstance(item, int)], written])

        ble.irq(tell)
        try:
            while line := await reader.readline():
                say(self._do(ble, *json.loads(line)))
        except ConnectionError:
            pass
        finally:
            ble.close()
            writer.close()

    def _do(self, ble, name, *arguments):
        """Return [error, value] of a call."""
        try:
            return [0, _CALLS[name](ble, *arguments)]
        except OSError as error:
            return [error.errno, None]


def _mac(ble):
    kind, mac = ble.config("mac")
    return kind, mac.hex()


_CALLS = {
    "active": lambda ble, on: ble.active(on),
    "mac": _mac,
    "mtu": lambda ble, mtu: ble.config(mtu=mtu),
    "register": lambda ble, services: ble.gatts_register_services(services),
    "buffer": lambda ble, handle, size: ble.gatts_set_buffer(handle, size),
    "notify": lambda ble, connection, handle, data: ble.gatts_notify(connection, handle, bytes.fromhex(data)),
    "advertise": lambda ble, interval_us, data: ble.gap_advertise(interval_us, bytes.fromhex(data)),
    "disconnect": lambda ble, connection: ble.gap_disconnect(connection),
}
