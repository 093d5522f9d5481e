"""CPython only: what BlueZ asks of us over D-Bus: a GATT service with its characteristics, and an advertisement; no I/O.

Source: BlueZ 5.82, org.bluez.GattManager(5), GattService(5), GattCharacteristic(5), LEAdvertisement(5); D-Bus Specification, "Standard
Interfaces". Values go with their signatures, as (signature, value): who sends them makes variants of them.
"""

import errno

GATT_ROOT = "/org/gilmok/node"
ADVERT_PATH = "/org/gilmok/advert"  # not below the root: it is no part of the GATT application
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
ADVERT = "org.bluez.LEAdvertisement1"
PROPERTIES = "org.freedesktop.DBus.Properties"
_MANAGER = "org.freedesktop.DBus.ObjectManager"
_FLAGS = ((0x04, "write-without-response"), (0x08, "write"), (0x10, "notify"))  # Core Specification, Vol 3, Part G, 3.3.1.1
_FLAGS_TYPE, _SERVICE_DATA_16, _SERVICE_DATA_128 = 0x01, 0x16, 0x21
_BASE_UUID = "0000{:04x}-0000-1000-8000-00805f9b34fb"


class Refused(Exception):
    """What an error is answered with: `name` is D-Bus's."""

    def __init__(self, name, text):
        super().__init__(text)
        self.name = name


class Objects:
    """Our objects on the bus.

    `on_write(value, options)` takes what a central writes, and `on_listen(yes)` whether one has subscribed; `on_release()` hears that BlueZ
    has dropped the advertisement. on_write may raise Refused.
    """

    def __init__(self, on_write, on_listen, on_release):
        self.on_write = on_write
        self.on_listen = on_listen
        self.on_release = on_release
        self.advert = None  # its properties
        self._gatt = {}
        self._paths = {}  # of characteristics, by handle

    def register(self, services):
        """Take services as `bluetooth` takes them, and return the handles of their values."""
        found = []
        for place, (uuid, characteristics) in enumerate(services):
            service = "{}/service{}".format(GATT_ROOT, place)
            self._gatt[service] = (SERVICE, {"UUID": ("s", str(uuid)), "Primary": ("b", True)})
            handles = []
            for each, flags in characteristics:
                handle = len(self._paths) + 1
                path = self._paths[handle] = "{}/char{}".format(service, handle)
                names = [name for bit, name in _FLAGS if flags & bit]
                self._gatt[path] = (CHARACTERISTIC, {"UUID": ("s", str(each)), "Service": ("o", service), "Flags": ("as", names)})
                handles.append(handle)
            found.append(tuple(handles))
        return tuple(found)

    def path(self, handle):
        """Return the path of a characteristic."""
        return self._paths[handle]

    def answer(self, path, interface, member, body):
        """Return (signature, values) that a call is answered with; values may hold (signature, value) where D-Bus has a variant.

        Raises: Refused.
        """
        if (path, interface, member) == (GATT_ROOT, _MANAGER, "GetManagedObjects"):
            return "a{oa{sa{sv}}}", [{each: {kind: properties} for each, (kind, properties) in self._gatt.items()}]
        known = dict(self._gatt)
        if self.advert is not None:
            known[ADVERT_PATH] = (ADVERT, self.advert)
        if path in known and interface == PROPERTIES:
            return _read(member, body, *known[path])
        kind, properties = known.get(path, (None, {}))
        if kind == CHARACTERISTIC and interface == kind:
            return self._use(member, body, properties["Flags"][1])
        if path == ADVERT_PATH and (interface, member) == (ADVERT, "Release"):
            self.on_release()
            return "", []
        raise Refused("org.freedesktop.DBus.Error.UnknownMethod", "{} has no {}.{}".format(path, interface, member))

    def _use(self, member, body, flags):
        if member == "WriteValue" and "write" in flags:
            self.on_write(bytes(body[0]), body[1])
        elif member in ("StartNotify", "StopNotify") and "notify" in flags:
            self.on_listen(member == "StartNotify")
        else:
            raise Refused("org.bluez.Error.NotSupported", member)
        return "", []


def advert_properties(interval_ms, data):
    """Return the properties of the advertisement `data`: of its fields BlueZ takes service data, and makes the flags itself.

    Raises: OSError for other fields.
    """
    service_data = {}
    while data:
        kind, value, data = data[1], data[2 : 1 + data[0]], data[1 + data[0] :]
        if kind == _SERVICE_DATA_16:
            service_data[_BASE_UUID.format(int.from_bytes(value[:2], "little"))] = ("ay", bytes(value[2:]))
        elif kind == _SERVICE_DATA_128:
            digits = bytes(reversed(value[:16])).hex()
            service_data["-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))] = ("ay", bytes(value[16:]))
        elif kind != _FLAGS_TYPE:
            raise OSError(errno.EINVAL, "BlueZ advertises no field of type {:#x} for us".format(kind))
    return {
        "Type": ("s", "peripheral"),
        "Discoverable": ("b", True),  # makes the flags that SPEC.md section 9 has
        "ServiceData": ("a{sv}", service_data),
        "MinInterval": ("u", interval_ms),  # a BlueZ or kernel that cannot choose it leaves it
        "MaxInterval": ("u", interval_ms),
    }


def _read(member, body, kind, properties):
    if not body or body[0] != kind:
        raise Refused("org.freedesktop.DBus.Error.UnknownInterface", "no interface {}".format(body[:1]))
    if member == "GetAll":
        return "a{sv}", [properties]
    if member == "Get" and body[1] in properties:
        return "v", [properties[body[1]]]
    raise Refused("org.freedesktop.DBus.Error.InvalidArgs", "{} {}".format(member, body))
