"""bleak over a stand-in BlueZ: what the collector does with bleak happens at the peripheral that is registered there."""

import asyncio

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError
from gilmok_wire.ble_advert import DOWN, SERVICE, UP

from support.fake_bluez import ADDRESS, Central


class BluezScanner(BaseBleakScanner):
    """Reports what the peripheral advertises."""

    def __init__(self, detection_callback, service_uuids, scanning_mode, *, bluez, **kwargs):
        super().__init__(detection_callback, service_uuids)
        self._bluez = bluez

    async def start(self):
        """Begin to listen."""
        self.seen_devices = {}
        self._data = {}
        self._bluez.on_advert = self._on_advert
        if self._bluez.advert is not None:
            self._on_advert(self._bluez.advert)

    async def stop(self):
        """Listen no longer."""
        self._bluez.on_advert = lambda service_data: None

    def _on_advert(self, service_data):
        self._data.update(service_data)
        data = AdvertisementData(None, {}, dict(self._data), [], None, -50, ())
        self.call_detection_callbacks(self.create_or_update_device(ADDRESS, ADDRESS, None, None, data), data)


class BluezClient(BaseBleakClient):
    """A connection to the peripheral; `lose_after` is a list, from which each connection takes after how many notifications it is lost."""

    def __init__(self, address_or_ble_device, *, bluez, mtu=247, lose_after=(), services=None, **kwargs):
        super().__init__(address_or_ble_device, **kwargs)
        self._bluez = bluez
        self._mtu = mtu
        self._losses = lose_after
        self._central = None

    name = ADDRESS

    @property
    def mtu_size(self):
        return self._mtu

    @property
    def is_connected(self):
        return self._central is not None and self._central.is_connected

    async def connect(self, pair, **kwargs):
        if self._bluez.advert is None:
            raise BleakError("nobody advertises")
        self._left = self._losses.pop(0) if self._losses else None
        self._central = Central(self._bluez, mtu=self._mtu)
        self._central.on_lost = lambda: self._disconnected_callback and self._disconnected_callback()
        self.services = BleakGATTServiceCollection()
        service = BleakGATTService(None, 1, SERVICE)
        self.services.add_service(service)
        for handle, uuid, names in ((2, UP, ["notify"]), (4, DOWN, ["write-without-response", "write"])):
            self.services.add_characteristic(BleakGATTCharacteristic(None, handle, uuid, names, lambda: self._mtu - 3, service))

    async def disconnect(self):
        if self._central is not None:
            self._central.lose()

    async def start_notify(self, characteristic, callback, **kwargs):
        def take(value):
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    asyncio.get_running_loop().call_soon(self._central.lose)
                    return
            callback(bytearray(value))

        await self._do(self._central.subscribe(take))

    async def write_gatt_char(self, characteristic, data, response):
        await self._do(self._central.write(bytes(data)))

    async def _do(self, step):
        if not self.is_connected:
            step.close()
            raise BleakError("not connected")
        try:
            await step
        except OSError as error:
            raise BleakError(str(error)) from None

    async def _nothing(self, *args, **kwargs):
        raise NotImplementedError

    pair = unpair = read_gatt_char = read_gatt_descriptor = write_gatt_descriptor = stop_notify = _nothing
