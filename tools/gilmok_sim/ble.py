"""BLE without hardware: an air between bumble's controllers, and the module `bluetooth` of boards on one of them.

The air takes the time that LE 1M takes for a packet; everything above the link layer is bumble's own. CPython only.

Source: Bluetooth Core Specification 5.4, Vol 6, Part B, 2.1 and 4.5 (packets, connection events).
"""

import asyncio
import errno

import bumble.controller
import bumble.host
from bumble import att, gatt
from bumble.controller import Controller
from bumble.core import AdvertisingData, PhysicalTransport
from bumble.device import Device
from bumble.hci import Address, HCI_ErrorCode, HCI_Object
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

INTERVAL_S = 0.015  # the shortest that iOS grants; Android and BlueZ go from 7.5 to 50 ms
BUFFERS = 12  # of NimBLE on an ESP32: what is notified beyond them is refused
_LL_PAYLOAD = 251  # with the data length extension, which all since Bluetooth 4.2 have
_LL_HEAD_US = (1 + 4 + 2 + 3) * 8  # preamble, access address, header, CRC at 1 Mbit/s
_TURN_US = 150 + _LL_HEAD_US + 150  # pause, the other side's empty packet, pause

CENTRAL_CONNECT, CENTRAL_DISCONNECT, GATTS_WRITE, MTU_EXCHANGED = 1, 2, 3, 21  # events of `bluetooth`
_NOTIFICATION = 0x1B  # opcode


# bumble writes out each packet in colours for a log that nobody reads, which took half of the time (measured).
bumble.controller.color = bumble.host.color = lambda text, *_: text
HCI_Object.format_fields = staticmethod(lambda *_, **__: "")


def airtime_s(length):
    """Return how long an L2CAP packet of `length` bytes occupies a connection."""
    full, rest = divmod(length, _LL_PAYLOAD)
    packets = full + (rest > 0)
    return (length * 8 + packets * (_LL_HEAD_US + _TURN_US)) / 1e6


class Air(LocalLink):
    """The ether between controllers. A central's connections share its radio; packets wait for their connection's next event."""

    def __init__(self, interval_s=INTERVAL_S):
        super().__init__()
        self._interval_s = interval_s
        self._busy_until = {}  # by central
        self._delivered = {}  # by controller: who wants to know what it got rid of

    def watch(self, controller, on_delivered):
        """Have `on_delivered(packet)` called with each packet of `controller` that leaves."""
        self._delivered[controller] = on_delivered

    def watched(self, controller):
        """Return who wants to know of packets of `controller`."""
        return self._delivered.get(controller, lambda packet: None)

    def send_acl_data(self, sender_controller, destination_address, transport, data):
        """Carry a packet; it arrives when its last bit has."""
        if transport != PhysicalTransport.LE:
            raise ValueError("this air carries LE alone")
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is None or receiver is None:
            return
        central = connection.peer_address if connection.role else connection.self_address
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        start_s = self._busy_until.get(central, 0.0)
        if start_s <= now_s:  # the radios sleep until the next event
            start_s = (now_s // self._interval_s + 1) * self._interval_s
        end_s = self._busy_until[central] = start_s + airtime_s(len(data))
        loop.call_at(end_s, self._deliver, sender_controller, connection, receiver, data)

    def _deliver(self, sender, connection, receiver, data):
        if sender.le_connections.get(connection.peer_address) is not connection:
            return  # lost with its connection
        if sender in self._delivered:
            self._delivered[sender](data)
        receiver.on_link_acl_data(connection.self_address, PhysicalTransport.LE, data)

    def cut(self, address):
        """Lose the connections of the device with this address, as where somebody walks away; return how many there were."""
        address = str(address)
        lost = 0
        for controller in self.controllers:
            for connection in list(controller.le_connections.values()):
                if address in (str(connection.self_address), str(connection.peer_address)):
                    controller.on_le_disconnected(connection, HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
                    lost += 1
        return lost // 2


def make_device(air, address, name="gilmok"):
    """Return (device, controller) with the static random address `address` on the air, not yet powered on."""
    controller = Controller(name, link=air, public_address=address)
    device = Device(name=name, address=Address(address), host=Host(controller, AsyncPipeSink(controller)))
    return device, controller


class SimBle:
    """MicroPython's bluetooth.BLE over a bumble device: what a node's port uses of it.

    Everything is called in the thread of the running event loop; what bumble does in its own time is done in order. `on_event()` is
    called after each event, so that a node that sleeps polls at once, as where an interrupt wakes it.
    """

    def __init__(self, air, address):
        self.address = address
        self._air = air
        self._device, self.controller = make_device(air, address)
        self.on_event = lambda: None
        self._handler = lambda event, data: None
        self._values = {}  # characteristic handle → what was written last
        self._buffers = {}
        self._connections = {}
        self._in_flight = 0
        self._advert = None  # (interval in ms, data) that is wanted
        self._wake = asyncio.Event()
        self._task = None
        air.watch(self.controller, self._on_delivered)
        self._device.on(Device.EVENT_CONNECTION, self._on_connection)

    def active(self, on):
        """Switch the radio on; it stays on."""
        if on and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def config(self, *names, **settings):
        """Return the address for "mac"; take the greatest MTU."""
        if names == ("mac",):
            return 1, bytes.fromhex(self.address.replace(":", ""))
        self._device.gatt_server.max_mtu = settings["mtu"]

    def irq(self, handler):
        """Have `handler(event, data)` called."""
        self._handler = handler

    def gatts_register_services(self, services):
        """Register services of (uuid, flags) characteristics, and return the handles of their values."""
        handles = []
        for uuid, characteristics in services:
            made = [self._make_characteristic(*each) for each in characteristics]
            self._device.add_service(gatt.Service(gatt.UUID(uuid), made))
            handles.append(tuple([each.handle for each in made]))
        return tuple(handles)

    def gatts_set_buffer(self, handle, size):
        """Take values up to `size` bytes for a handle, of which 20 are usual."""
        self._buffers[handle] = size

    def gatts_read(self, handle):
        """Return what was written last."""
        return self._values.get(handle, b"")

    def gatts_notify(self, handle, value_handle, data):
        """Notify, whoever has subscribed. Raises: OSError where there is no such connection, or no buffer."""
        connection = self._connections.get(handle)
        if connection is None:
            raise OSError(errno.ENOTCONN)
        if self._in_flight >= BUFFERS:
            raise OSError(errno.ENOMEM)
        self._in_flight += 1
        pdu = att.ATT_Handle_Value_Notification(attribute_handle=value_handle, attribute_value=data[: connection.att_mtu - 3])
        self._device.gatt_server.send_gatt_pdu(connection, bytes(pdu))

    def gap_advertise(self, interval_us, adv_data=None):
        """Advertise `adv_data` from now on."""
        self._advert = (interval_us / 1000, bytes(adv_data))
        self._wake.set()

    def gap_disconnect(self, handle):
        """End a connection; return whether there was one."""
        connection = self._connections.get(handle)
        if connection is None:
            return False
        asyncio.get_running_loop().create_task(connection.disconnect())
        return True

    def close(self):
        """Leave the air, as where the power fails."""
        if self._task is not None:
            self._task.cancel()
        self._air.cut(self.address)
        self.controller.le_legacy_advertiser.stop()
        for each in self.controller.advertising_sets.values():
            each.stop()
        self._air.remove_controller(self.controller)

    # bumble's side.

    async def _run(self):
        """Power on, then advertise whatever is wanted last."""
        await self._device.power_on()
        while True:
            await self._wake.wait()
            self._wake.clear()
            interval_ms, data = self._advert
            if not self._connections:
                await self._device.start_advertising(
                    advertising_data=data, advertising_interval_min=interval_ms, advertising_interval_max=interval_ms
                )

    def _make_characteristic(self, uuid, flags):
        properties = gatt.Characteristic.Properties(flags)
        value = gatt.CharacteristicValue(write=lambda connection, data: self._on_write(connection, made, data))
        made = gatt.Characteristic(gatt.UUID(uuid), properties, gatt.Characteristic.WRITEABLE, value)
        return made

    def _on_write(self, connection, characteristic, data):
        self._values[characteristic.handle] = bytes(data[: self._buffers.get(characteristic.handle, 20)])
        self._tell(GATTS_WRITE, (connection.handle, characteristic.handle))

    def _on_connection(self, connection):
        self._connections[connection.handle] = connection
        self._in_flight = 0
        peer = bytes(reversed(bytes(connection.peer_address)))
        connection.on(connection.EVENT_DISCONNECTION, lambda reason: self._on_disconnection(connection, peer))
        connection.on(connection.EVENT_CONNECTION_ATT_MTU_UPDATE, lambda: self._on_mtu(connection))
        self._tell(CENTRAL_CONNECT, (connection.handle, 1, peer))

    def _on_disconnection(self, connection, peer):
        self._connections.pop(connection.handle, None)
        self._tell(CENTRAL_DISCONNECT, (connection.handle, 1, peer))

    def _on_mtu(self, connection):
        self._tell(MTU_EXCHANGED, (connection.handle, connection.att_mtu))

    def _tell(self, event, data):
        self._handler(event, data)
        self.on_event()

    def _on_delivered(self, packet):
        if packet[4] == _NOTIFICATION:
            self._in_flight -= 1


def parse_advert(data):
    """Return {type: [value, …]} of an advertisement."""
    fields = {}
    for kind, value in AdvertisingData.from_bytes(data).ad_structures:
        fields.setdefault(kind, []).append(bytes(value))
    return fields
