"""bleak over a bumble central: what a host does with bleak happens on the simulator's air.

`BleakScanner(…, backend=AirScanner, central=…)` and `BleakClient(…, backend=AirClient, central=…)`, where `central` is a Central.
CPython only.
"""

import asyncio

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError
from bleak.uuids import normalize_uuid_16
from bumble.core import BaseBumbleError
from bumble.device import Device, Peer
from bumble.hci import Address

from .ble import make_device, parse_advert

_FIRST_MTU = 23
_SERVICE_DATA_16, _SERVICE_DATA_128, _NAME = 0x16, 0x21, 0x09
_WITHOUT_RESPONSE, _WITH_RESPONSE, _NOTIFY, _READ = 0x04, 0x08, 0x10, 0x02
_PROPERTIES = {_READ: "read", _WITHOUT_RESPONSE: "write-without-response", _WITH_RESPONSE: "write", _NOTIFY: "notify"}


class Central:
    """The Bluetooth adapter of a host. It asks for `mtu` at each connection, and keeps to one attempt to connect at a time."""

    def __init__(self, air, address, mtu=247):
        self.device, self._controller = make_device(air, address, "central")
        self.mtu = mtu
        self.connecting = asyncio.Lock()
        self._ready = None

    async def power_on(self):
        """Be ready; a second call waits for the first."""
        if self._ready is None:
            self._ready = asyncio.ensure_future(self.device.power_on())
        await self._ready


class AirScanner(BaseBleakScanner):
    """Reports what nodes advertise; service data of all advertisements of a device are shown together, as by BlueZ."""

    def __init__(self, detection_callback, service_uuids, scanning_mode, *, central, **kwargs):
        super().__init__(detection_callback, service_uuids)
        self._central = central

    async def start(self):
        """Begin to listen."""
        self.seen_devices = {}
        await self._central.power_on()
        self._central.device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        await self._central.device.start_scanning(active=False)

    async def stop(self):
        """Listen no longer."""
        self._central.device.remove_listener(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
        await self._central.device.stop_scanning()

    def _on_advertisement(self, advertisement):
        address = str(advertisement.address).split("/")[0]
        fields = parse_advert(advertisement.data_bytes)
        before = self.seen_devices[address][1].service_data if address in self.seen_devices else {}
        service_data = {**before, **_service_data(fields)}
        name = fields[_NAME][0].decode("utf-8", "replace") if _NAME in fields else None
        data = AdvertisementData(name, {}, service_data, [], None, advertisement.rssi, ())
        device = self.create_or_update_device(address, address, name, advertisement.address, data)
        self.call_detection_callbacks(device, data)


class AirClient(BaseBleakClient):
    """A connection to a device on the air."""

    def __init__(self, address_or_ble_device, *, central, services=None, bluez=None, winrt=None, **kwargs):
        super().__init__(address_or_ble_device, **kwargs)
        self._central = central
        self._connection = None
        self._peer = None

    @property
    def name(self):
        """The address: what is on this air has no names."""
        return self.address

    @property
    def mtu_size(self):
        """The MTU of the connection."""
        return self._connection.att_mtu if self._connection else _FIRST_MTU

    @property
    def is_connected(self):
        """Whether there is a connection."""
        return self._connection is not None

    async def connect(self, pair, **kwargs):
        """Connect, exchange MTUs and discover. Raises: BleakError."""
        central = self._central
        await central.power_on()
        try:
            async with central.connecting:
                connection = await central.device.connect(Address(self.address), timeout=self._timeout)
            self._connection = connection
            self._gone = asyncio.get_running_loop().create_future()
            connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)
            self._peer = Peer(connection)
            if central.mtu > _FIRST_MTU:
                await self._do(self._peer.request_mtu(central.mtu))
            await self._discover()
        except (BaseBumbleError, asyncio.TimeoutError) as error:
            raise BleakError(f"no connection to {self.address}: {error}") from None
        if self._connection is None:
            raise BleakError(f"{self.address} has gone while connecting")

    async def disconnect(self):
        """End the connection, where there is one."""
        if self._connection is not None:
            await self._connection.disconnect()

    async def pair(self, *args, **kwargs):
        """Nothing here pairs."""
        raise NotImplementedError

    async def unpair(self):
        """Nothing here pairs."""
        raise NotImplementedError

    async def read_gatt_char(self, characteristic, *, use_cached=False, **kwargs):
        """Read. Raises: BleakError."""
        return bytearray(await self._do(characteristic.obj.read_value()))

    async def read_gatt_descriptor(self, descriptor, *, use_cached=False, **kwargs):
        """Descriptors are not read here."""
        raise NotImplementedError

    async def write_gatt_char(self, characteristic, data, response):
        """Write in one piece. Raises: BleakError, also for what would become a long write."""
        if len(data) > self.mtu_size - 3:
            raise BleakError(f"{len(data)} bytes do not fit an MTU of {self.mtu_size}")
        await self._do(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor, data):
        """Descriptors are not written here."""
        raise NotImplementedError

    async def start_notify(self, characteristic, callback, **kwargs):
        """Subscribe. Raises: BleakError."""
        await self._do(characteristic.obj.subscribe(lambda value: callback(bytearray(value))))

    async def stop_notify(self, characteristic):
        """Unsubscribe. Raises: BleakError."""
        await self._do(characteristic.obj.unsubscribe())

    async def _do(self, step):
        """Take a step, which ends with the connection. Raises: BleakError."""
        if self._connection is None:
            step.close()
            raise BleakError(f"{self.address} is not connected")
        # Not by bumble's cancel_on_disconnection: up to Python 3.11 wait_for forgets a cancellation that comes with its result, and
        # the next request waits half a minute for an answer from nobody.
        task = asyncio.ensure_future(step)
        await asyncio.wait({task, self._gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            task.add_done_callback(_forget)
            raise BleakError(f"{self.address} has gone")
        try:
            return task.result()
        except (BaseBumbleError, asyncio.CancelledError, asyncio.TimeoutError) as error:
            raise BleakError(f"{self.address}: {error or 'disconnected'}") from None

    async def _discover(self):
        self.services = BleakGATTServiceCollection()
        for service in await self._do(self._peer.discover_services()):
            added = BleakGATTService(service, service.handle, _uuid(service.uuid))
            self.services.add_service(added)
            for each in await self._do(service.discover_characteristics()):
                names = [name for bit, name in _PROPERTIES.items() if each.properties & bit]
                made = BleakGATTCharacteristic(each, each.handle, _uuid(each.uuid), names, lambda: self.mtu_size - 3, added)
                self.services.add_characteristic(made)

    def _on_disconnection(self, reason):
        self._connection = None
        if not self._gone.done():
            self._gone.set_result(None)
        if self._disconnected_callback is not None:
            self._disconnected_callback()


def _forget(task):
    """Take note of how a task ended that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


def _service_data(fields):
    found = {normalize_uuid_16(int.from_bytes(value[:2], "little")): value[2:] for value in fields.get(_SERVICE_DATA_16, ())}
    for value in fields.get(_SERVICE_DATA_128, ()):
        found[_dashed(bytes(reversed(value[:16])).hex())] = value[16:]
    return found


def _uuid(uuid):
    text = uuid.to_hex_str().lower()
    return normalize_uuid_16(int(text, 16)) if len(text) == 4 else _dashed(text)


def _dashed(text):
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
