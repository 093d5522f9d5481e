"""A stand-in for bluetoothd on a D-Bus of the tests: it asks of a peripheral what BlueZ asks, and checks what BlueZ checks.

Source: BlueZ 5.82, org.bluez.GattManager(5), GattCharacteristic(5), LEAdvertisingManager(5), LEAdvertisement(5), Device(5).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from gilmok_wire.ble_advert import DOWN, SERVICE, UP

ADAPTER = "/org/bluez/hci0"
ADDRESS = "B8:27:EB:12:34:56"
PROPERTIES = "org.freedesktop.DBus.Properties"
DEVICE = "org.bluez.Device1"
ADVERT = "org.bluez.LEAdvertisement1"
MANAGER = "org.freedesktop.DBus.ObjectManager"
_ADVERT = {"Type": "s", "Discoverable": "b", "ServiceData": "a{sv}", "MinInterval": "u", "MaxInterval": "u"}
_FLAGS_SIZE, _ROOM = 3, 31
_SHORT = "-0000-1000-8000-00805f9b34fb"


class Unfit(Exception):
    """What BlueZ refuses, as (name of the error, why)."""


class FakeBluez:
    """bluetoothd with one adapter. `on_advert(service data)` hears what is advertised, `adverts` keeps it all.

    `refuses` has methods that are refused, each with the error's name after "org.bluez.Error.".
    """

    def __init__(self, address, powered=True, takes_adverts=True, refuses=None):
        self._address = address
        self._powered = powered
        self._takes_adverts = takes_adverts
        self.refuses = refuses or {}
        self.registered = 0
        self.adverts = []
        self.advert = None  # what is on the air
        self.on_advert = lambda service_data: None
        self.centrals = {}
        self.faults = []
        self._app = None  # (sender, {uuid: path})

    async def start(self):
        """Own the name."""
        self._bus = await MessageBus(self._address).connect()
        self._bus.add_message_handler(self._on_message)
        for rule in (f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged'", "type='signal',member='NameOwnerChanged'"):
            await self._ask("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule)
        await self._bus.request_name("org.bluez")
        return self

    def stop(self):
        """Crash: the name and all connections go."""
        self._bus.disconnect()
        for central in list(self.centrals.values()):
            central.lose()
        self.advert = None

    def power(self, on):
        """Switch the adapter."""
        self._powered = on
        self._signal(ADAPTER, "org.bluez.Adapter1", {"Powered": Variant("b", on)})

    async def drop_advert(self):
        """Take the advertisement from the air, as after a reset of the adapter, and tell whose it was."""
        self.advert = None
        await self._ask(self._app[0], self._advert_path, ADVERT, "Release")

    def unplug(self):
        """Take the adapter away."""
        self._takes_adverts = False
        removed = ["org.bluez.Adapter1", "org.bluez.GattManager1", "org.bluez.LEAdvertisingManager1"]
        self._bus.send(Message.new_signal("/", MANAGER, "InterfacesRemoved", "oas", [ADAPTER, removed]))

    # What we are asked.

    def _on_message(self, message):
        if message.message_type is MessageType.SIGNAL and message.member == "PropertiesChanged":
            self._on_changed(message)
        elif message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            if self._app is not None and message.body[0] == self._app[0]:  # what it registered goes with it
                self._app = self.advert = None
        elif message.message_type is MessageType.METHOD_CALL and message.path.startswith("/") and message.member in _METHODS:
            task = asyncio.ensure_future(self._answer(message))
            task.add_done_callback(lambda task: task.cancelled() or task.result())
            return True
        return None

    async def _answer(self, message):
        try:
            _expect(message.member not in self.refuses, self.refuses.get(message.member), "as the test wants it")
            signature, body = await _METHODS[message.member](self, message)
            answer = Message.new_method_return(message, signature, body)
        except Unfit as error:
            self.faults.append(error.args)
            answer = Message.new_error(message, "org.bluez.Error." + error.args[0], error.args[1])
        with suppress(Exception):  # we may have crashed meanwhile
            self._bus.send(answer)

    async def _managed(self, message):
        adapter = {"Address": Variant("s", ADDRESS), "Powered": Variant("b", self._powered)}
        objects = {ADAPTER: {"org.bluez.Adapter1": adapter, "org.bluez.GattManager1": {}}}
        if self._takes_adverts:
            objects[ADAPTER]["org.bluez.LEAdvertisingManager1"] = {"SupportedInstances": Variant("y", 5)}
        for path, central in self.centrals.items():
            objects[path] = {DEVICE: central.properties()}
        return "a{oa{sa{sv}}}", [objects]

    async def _register_application(self, message):
        root, options = message.body
        (objects,) = await self._ask(message.sender, root, MANAGER, "GetManagedObjects")
        found, services = {}, set()
        for path, interfaces in objects.items():
            _expect(path.startswith(root + "/"), "InvalidArguments", f"{path} is not below {root}")
            for name, properties in interfaces.items():
                if name == "org.bluez.GattService1":
                    _expect(_signatures(properties) == {"UUID": "s", "Primary": "b"}, "InvalidArguments", str(properties))
                    services.add(path)
                    found[properties["UUID"].value] = path
        for path, interfaces in objects.items():
            for properties in [interfaces[name] for name in interfaces if name == "org.bluez.GattCharacteristic1"]:
                _expect(_signatures(properties) == {"UUID": "s", "Service": "o", "Flags": "as"}, "InvalidArguments", str(properties))
                _expect(properties["Service"].value in services, "InvalidArguments", f"{path} is of no service")
                found[properties["UUID"].value] = path
                _expect(properties["Flags"].value == _FLAGS[properties["UUID"].value], "InvalidArguments", str(properties))
        _expect(sorted(found) == sorted((SERVICE, UP, DOWN)), "Failed", f"no services of ours: {found}")
        self._app = (message.sender, found)
        self.registered += 1
        return "", []

    async def _register_advertisement(self, message):
        path, options = message.body
        _expect(self.advert is None, "AlreadyExists", path)
        (properties,) = await self._ask(message.sender, path, PROPERTIES, "GetAll", "s", ADVERT)
        _expect(_signatures(properties) == _ADVERT, "InvalidArguments", str(_signatures(properties)))
        _expect(properties["Type"].value == "peripheral" and properties["Discoverable"].value, "InvalidArguments", str(properties))
        _expect(20 <= properties["MinInterval"].value <= properties["MaxInterval"].value <= 10_485_000, "InvalidArguments", "interval")
        self._advert_path = path
        self._show(properties)
        return "", []

    async def _unregister_advertisement(self, message):
        _expect(self.advert is not None, "DoesNotExist", message.body[0])
        self.advert = None
        return "", []

    async def _get_all(self, message):
        central = self.centrals.get(message.path)
        _expect(central is not None and message.body == [DEVICE], "DoesNotExist", message.path)
        central.asked += 1
        return "a{sv}", [central.properties()]

    async def _disconnect(self, message):
        central = self.centrals.get(message.path)
        _expect(central is not None, "NotConnected", message.path)
        central.lose()
        return "", []

    def _show(self, properties):
        data = {uuid: bytes(value.value) for uuid, value in properties["ServiceData"].value.items()}
        _expect(all(value.signature == "ay" for value in properties["ServiceData"].value.values()), "InvalidArguments", str(data))
        size = _FLAGS_SIZE + sum(2 + (2 if uuid.endswith(_SHORT) else 16) + len(value) for uuid, value in data.items())
        _expect(size <= _ROOM, "InvalidLength", f"{size} bytes")
        self.advert = data
        self.adverts.append(data)
        self.on_advert(data)

    def _on_changed(self, message):
        interface, changed, _ = message.body
        if self._app is None or message.sender != self._app[0]:
            return
        if interface == ADVERT and self.advert is not None and "ServiceData" in changed:
            self._show(changed)
        elif interface == "org.bluez.GattCharacteristic1" and message.path == self._app[1][UP]:
            _expect(changed["Value"].signature == "ay", "Failed", str(changed))
            for central in list(self.centrals.values()):
                central.hear(bytes(changed["Value"].value))

    # What centrals do through us.

    async def use(self, uuid, member, signature="", *body):
        """Call a method of a characteristic. Raises: OSError where that is refused, as an ATT error at the central."""
        if self._app is None:
            raise OSError("the services are gone")
        sender, paths = self._app
        return await self._ask(sender, paths[uuid], "org.bluez.GattCharacteristic1", member, signature, *body)

    def tell_connected(self, path, yes):
        """Signal that a device has connected, or gone."""
        self._signal(path, DEVICE, {"Connected": Variant("b", yes)})

    def tell_added(self, path, properties):
        """Signal that there is a device which was not known before."""
        self._bus.send(Message.new_signal("/", MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, {DEVICE: properties}]))

    async def _ask(self, destination, path, interface, member, signature="", *body):
        call = Message(destination=destination, path=path, interface=interface, member=member, signature=signature, body=list(body))
        answer = await self._bus.call(call)
        if answer.message_type is MessageType.ERROR:
            raise OSError(f"{answer.error_name}: {answer.body}")
        return answer.body

    def _signal(self, path, interface, changed):
        with suppress(Exception):  # the bus may be gone
            self._bus.send(Message.new_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, []]))


class Central:
    """Somebody's phone or collector, connected to the adapter; `on_value` takes notifications, `on_lost()` hears of the end.

    `facts` are properties of its Device1; a device that is `new` to BlueZ is announced with them, and connected already.
    """

    def __init__(self, bluez, name="00_00_00_00_00_01", mtu=247, new=False, **facts):
        self.path = f"{ADAPTER}/dev_{name}"
        self.mtu = mtu
        self.on_value = None
        self.on_lost = lambda: None
        self.is_connected = True
        self.asked = 0  # how often for its properties
        self._facts = facts
        self._bluez = bluez
        bluez.centrals[self.path] = self
        if new:
            bluez.tell_added(self.path, self.properties())
        else:
            bluez.tell_connected(self.path, True)

    def properties(self):
        """Return those of its Device1."""
        booleans = {name: Variant("b", False) for name in ("Paired", "Bonded", "Trusted")}
        return {"Address": Variant("s", self.path[-17:].replace("_", ":")), "Connected": Variant("b", True), **booleans, **self._facts}

    async def subscribe(self, on_value):
        """Ask for notifications."""
        first = not any(central.on_value for central in self._bluez.centrals.values())
        self.on_value = on_value
        if first:
            await self._bluez.use(UP, "StartNotify")

    async def write(self, value):
        """Write. Raises: OSError."""
        options = {
            "device": Variant("o", self.path),
            "mtu": Variant("q", self.mtu),
            "type": Variant("s", "request"),
            "offset": Variant("q", 0),
        }
        await self._bluez.use(DOWN, "WriteValue", "aya{sv}", value, options)

    def hear(self, value):
        """Take what was notified, as much of it as the MTU lets through."""
        if self.on_value is not None:
            self.on_value(value[: self.mtu - 3])

    def lose(self):
        """End the connection."""
        if not self.is_connected:
            return
        self.is_connected = False
        had, self.on_value = self.on_value, None
        self._bluez.centrals.pop(self.path, None)
        self._bluez.tell_connected(self.path, False)
        if had and not any(central.on_value for central in self._bluez.centrals.values()):
            task = asyncio.ensure_future(self._bluez.use(UP, "StopNotify"))
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.on_lost()


_FLAGS = {UP: ["notify"], DOWN: ["write-without-response", "write"]}
_METHODS = {
    "GetManagedObjects": FakeBluez._managed,
    "RegisterApplication": FakeBluez._register_application,
    "RegisterAdvertisement": FakeBluez._register_advertisement,
    "UnregisterAdvertisement": FakeBluez._unregister_advertisement,
    "Disconnect": FakeBluez._disconnect,
    "GetAll": FakeBluez._get_all,
}


def _expect(condition, name, text):
    if not condition:
        raise Unfit(name, text)


def _signatures(properties):
    return {name: value.signature for name, value in properties.items()}
