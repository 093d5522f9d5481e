"""CPython only: the conversation with bluetoothd, in a thread with an event loop of its own; whatever ends it, it begins anew.

Every life has a connection to the bus of its own: what was registered over it goes with it, so there is nothing to put in order.

Source: BlueZ 5.82, org.bluez.Adapter(5), GattManager(5), LEAdvertisingManager(5), Device(5).
"""

import asyncio
import threading
from typing import Any

from .bluez_objects import ADVERT, ADVERT_PATH, CHARACTERISTIC, GATT_ROOT, PROPERTIES, Refused

_BLUEZ = "org.bluez"
_ADAPTER, _DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
_GATT, _ADVERTS = "org.bluez.GattManager1", "org.bluez.LEAdvertisingManager1"
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
_WATCHED = (
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.bluez'",
    "type='signal',sender='org.bluez',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
    "type='signal',sender='org.bluez',interface='org.freedesktop.DBus.ObjectManager'",
)
# Of a device that is none of ours to send away: a person has paired with it, or it was heard advertising, so that this machine may have
# called it (a collector on the same adapter does).
_OTHERS = ("Paired", "Bonded", "Trusted", "ServiceData", "ManufacturerData")
AGAIN_S = 5.0  # between two lives: bluetoothd is back in two seconds after an update, and an attempt costs a few milliseconds
_DENIED = ("org.freedesktop.DBus.Error.AccessDenied", "org.bluez.Error.NotPermitted", "org.bluez.Error.NotAuthorized")
# A name without an owner that D-Bus cannot start either; and one that has gone in the middle.
_ABSENT = tuple(["org.freedesktop.DBus.Error." + name for name in ("ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected")])


class Trouble(Exception):
    """Why there is no BLE now: `code` is one of bluez.TROUBLES, `facts` belong to its text."""

    def __init__(self, code, **facts):
        super().__init__(code)
        self.code = code
        self.facts = facts


class BusThread:
    """Keeps `objects` registered at BlueZ, at `adapter` or whichever there is, over the system's bus or the one at `address`.

    In its thread it calls on_ready(address of the adapter), on_lost(code, facts), on_came(path) where a device is connected, and
    on_gone(path) where its connection has ended.
    """

    def __init__(self, objects, on_ready, on_lost, on_came, on_gone, address=None, adapter="", again_s=AGAIN_S):
        self._objects = objects
        self._on_ready, self._on_lost, self._on_came, self._on_gone = on_ready, on_lost, on_came, on_gone
        self._address = address
        self._adapter = adapter
        self._again_s = again_s
        self._loop = asyncio.new_event_loop()
        self._task: Any = None
        self._bus: Any = None
        self._owner = ""
        self._path = ""  # of the adapter
        self._wanted = None
        self._ended: Any = None  # a future: the reason of the end
        self._wake: Any = None  # an event: the advertisement is to be another
        self._thread = threading.Thread(target=self._run, name="bluez", daemon=True)

    def start(self):
        """Begin."""
        self._thread.start()

    def close(self):
        """End it; BlueZ forgets us with the connection."""
        self._call_soon(lambda: self._task.cancel())
        self._thread.join(10)

    def notify(self, handle, value):
        """Notify whoever has subscribed."""
        self._call_soon(self._emit, self._objects.path(handle), CHARACTERISTIC, {"Value": ("ay", value)})

    def advertise(self, properties):
        """Advertise these from now on; None: nothing."""
        self._call_soon(self._want, properties)

    def disconnect(self, path, others_too=True):
        """End a device's connection; where not `others_too`, only one that nobody else on this machine has to do with."""
        self._call_soon(lambda: self._loop.create_task(self._disconnect(path, others_too)))

    def _call_soon(self, call, *arguments):
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            pass  # it is closed

    # In the thread.

    def _run(self):
        self._task = self._loop.create_task(self._live())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _live(self):
        while True:
            try:
                await self._serve()
            except ImportError:
                trouble = Trouble("no_library")
            except Trouble as error:
                trouble = error
            except (OSError, EOFError, ValueError, RuntimeError) as error:
                trouble = Trouble("no_bus", error=str(error) or type(error).__name__)
            self._on_lost(trouble.code, trouble.facts)
            await asyncio.sleep(self._again_s)

    async def _serve(self):
        """Register, and go on until something ends it. Raises: Trouble, or what the library raises where there is no bus."""
        from dbus_fast import BusType
        from dbus_fast.aio import MessageBus
        from dbus_fast.errors import AuthError

        try:
            self._bus = await MessageBus(self._address, BusType.SYSTEM).connect()
        except AuthError as error:
            raise OSError(str(error))
        self._ended, self._wake = self._loop.create_future(), asyncio.Event()
        self._objects.advert = self._wanted = None
        self._owner = ""
        tasks = [self._ended]
        try:
            self._bus.add_message_handler(self._on_message)
            path, mac, devices = await self._register()
            self._on_ready(mac)
            for device in devices:
                self._on_came(device)
            tasks += [asyncio.ensure_future(each) for each in (self._bus.wait_for_disconnect(), self._advertise(path))]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            raise done.pop().exception() or Trouble("no_bluez")
        finally:
            for task in tasks:
                task.cancel()
            bus, self._bus = self._bus, None
            bus.disconnect()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _register(self):
        """Return (path, address, paths of the devices that are connected) of the adapter at which we are registered now."""
        for rule in _WATCHED:
            await self._call(_BUS, _BUS_PATH, _BUS, "AddMatch", "s", [rule])
        self._owner = (await self._call(_BUS, _BUS_PATH, _BUS, "GetNameOwner", "s", [_BLUEZ]))[0]
        objects = (await self._call(_BLUEZ, "/", _OBJECTS, "GetManagedObjects"))[0]
        found = [path for path in sorted(objects) if _GATT in objects[path] and _ADVERTS in objects[path]]
        found = [path for path in found if not self._adapter or path.endswith("/" + self._adapter)]
        if not found:
            raise Trouble("no_adapter")
        self._path = path = found[0]
        properties = objects[path][_ADAPTER]
        if not properties["Powered"].value:
            raise Trouble("off", adapter=path.rpartition("/")[2])
        await self._call(_BLUEZ, path, _GATT, "RegisterApplication", "oa{sv}", [GATT_ROOT, {}])
        devices = [each for each in objects if each.startswith(path + "/") and _is(objects[each].get(_DEVICE, {}), "Connected", True)]
        return path, bytes.fromhex(properties["Address"].value.replace(":", "")), devices

    async def _advertise(self, path):
        """Show what is wanted, one step after the other."""
        objects = self._objects
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, shown = self._wanted, objects.advert
            if wanted is None and shown is not None:
                objects.advert = None
                await self._call(_BLUEZ, path, _ADVERTS, "UnregisterAdvertisement", "o", [ADVERT_PATH])
            elif wanted is not None:
                objects.advert = wanted
                if shown is None:
                    await self._call(_BLUEZ, path, _ADVERTS, "RegisterAdvertisement", "oa{sv}", [ADVERT_PATH, {}])
                else:
                    self._emit(ADVERT_PATH, ADVERT, {name: value for name, value in wanted.items() if shown[name] != value})

    def _want(self, properties):
        self._wanted = properties
        if self._wake is not None:
            self._wake.set()

    async def _disconnect(self, path, others_too):
        try:
            if not others_too:
                (properties,) = await self._call(_BLUEZ, path, PROPERTIES, "GetAll", "s", [_DEVICE])
                if any(name in properties and properties[name].value for name in _OTHERS):
                    return
            await self._call(_BLUEZ, path, _DEVICE, "Disconnect")
        except (Trouble, EOFError, OSError):
            pass  # it has gone already, or all has

    async def _call(self, destination, path, interface, member, signature="", body=()):
        """Call and return the answer's values. Raises: Trouble."""
        from dbus_fast import Message, MessageType

        if self._bus is None:
            raise Trouble("no_bluez")
        call = Message(destination=destination, path=path, interface=interface, member=member, signature=signature, body=list(body))
        answer = await self._bus.call(call)
        if answer.message_type is not MessageType.ERROR:
            return answer.body
        if answer.error_name in _ABSENT:
            raise Trouble("no_bluez")
        error = "{}: {}".format(answer.error_name, answer.body[0] if answer.body else member)
        raise Trouble("denied" if answer.error_name in _DENIED else "refused", call=member, error=error)

    def _emit(self, path, interface, changed):
        from dbus_fast import Message

        if self._bus is not None and changed:
            body = [interface, _variants(changed), []]
            self._bus.send(Message.new_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body))

    def _on_message(self, message):
        """Take a signal or a call of BlueZ's; return the answer to a call."""
        from dbus_fast import Message, MessageType

        if message.message_type is MessageType.SIGNAL:
            self._on_signal(message)
            return None
        if message.message_type is not MessageType.METHOD_CALL or not message.path.startswith("/org/gilmok/"):
            return None
        if message.sender != self._owner:
            return Message.new_error(message, "org.freedesktop.DBus.Error.AccessDenied", "only BlueZ may ask")
        try:
            signature, body = self._objects.answer(message.path, message.interface, message.member, message.body)
        except Refused as error:
            return Message.new_error(message, error.name, str(error))
        return Message.new_method_return(message, signature, [_variant_values(value) for value in body])

    def _on_signal(self, message):
        if message.sender == _BUS and message.member == "NameOwnerChanged" and message.body[0] == _BLUEZ:
            if self._owner and message.body[2] != self._owner:  # not that it has just come
                self._end(Trouble("no_bluez"))
        elif message.sender == self._owner and message.member == "PropertiesChanged":
            interface, changed = message.body[:2]
            if interface == _ADAPTER and message.path == self._path and _is(changed, "Powered", False):
                self._end(Trouble("off", adapter=message.path.rpartition("/")[2]))
            elif interface == _DEVICE:
                self._on_device(message.path, changed)
        elif message.sender == self._owner and message.member == "InterfacesAdded":
            self._on_device(message.body[0], message.body[1].get(_DEVICE, {}))
        elif message.sender == self._owner and message.member == "InterfacesRemoved":
            if _GATT in message.body[1]:
                self._end(Trouble("no_adapter"))
            elif _DEVICE in message.body[1]:
                self._on_gone(message.body[0])

    def _on_device(self, path, changed):
        if _is(changed, "Connected", False):
            self._on_gone(path)
        elif _is(changed, "Connected", True) and path.startswith(self._path + "/"):
            self._on_came(path)

    def released(self):
        """Take note that BlueZ has dropped the advertisement."""
        self._end(Trouble("refused", call="Release", error="BlueZ has dropped the advertisement"))

    def _end(self, trouble):
        if not self._ended.done():
            self._ended.set_exception(trouble)


def _is(properties, name, value):
    return name in properties and properties[name].value is value


def _variants(properties):
    """Return {name: Variant} of {name: (signature, value)}."""
    return {name: _variant_values(value) for name, value in properties.items()}


def _variant_values(value):
    """Return `value` with a Variant in the place of each (signature, value)."""
    from dbus_fast import Variant

    if isinstance(value, tuple):
        return Variant(value[0], _variant_values(value[1]))
    return _variants(value) if isinstance(value, dict) else value
