"""CPython only: BLE of a Linux machine with the methods of MicroPython's `bluetooth` that ble.py uses, over BlueZ.

D-Bus is spoken in a thread (bluez_bus); what it tells waits here until the node's loop takes it, so that ble.py runs in one thread.
Loaded where the configuration has BLE, and nowhere else.
"""

import errno
import os
import time
from collections import deque

from ..ble.ble_port import BlePort
from .bluez_bus import BusThread
from .bluez_objects import Objects, Refused, advert_properties

CONNECT, DISCONNECT, WRITE, MTU = 1, 2, 3, 21  # events of `bluetooth`
_LEAST_MTU, _MOST_MTU = 23, 517  # Core Specification, Vol 3, Part G, 5.2.1; the longest value of an attribute and its head
# Writes that wait for the node's loop: more than a collector has under way, which waits for an answer to each. A loop that stands still
# for longer answers none.
_MOST_WAITING = 64
_A_TURN = 8  # events a turn: half of what the port holds of writes
# BlueZ takes what it is given and does not say when it leaves. So no more goes than a usual connection carries: six packets in an event
# every 30 ms (estimate; BlueZ as a central asks for 30 to 50 ms), twelve in hand, as NimBLE has buffers.
_IN_HAND = 12
_PACKET_S = 0.005
_SILENT_S = 30.0  # who is connected and writes nothing: as long as ble.py waits for the next word of one who has written

# What a person reads where there is no BLE, in English and Korean.
TROUBLES = {
    "no_library": (
        "dbus-fast is not installed: pip install dbus-fast",
        "dbus-fast가 설치되어 있지 않음. pip install dbus-fast",
    ),
    "no_bus": (
        "no system D-Bus ({error}): sudo apt install dbus, and start it",
        "시스템 D-Bus가 없음 ({error}). sudo apt install dbus로 설치하고 시작하십시오",
    ),
    "no_bluez": (
        "bluetoothd does not run: sudo apt install bluez; sudo systemctl enable --now bluetooth",
        "bluetoothd가 돌고 있지 않음. sudo apt install bluez; sudo systemctl enable --now bluetooth",
    ),
    "no_adapter": (
        "no Bluetooth adapter that can advertise: plug one in, or see bluetoothctl list",
        "광고할 수 있는 블루투스 어댑터가 없음. 꽂거나 bluetoothctl list로 확인하십시오",
    ),
    "off": (
        "{adapter} is switched off: bluetoothctl power on; where it is blocked, rfkill unblock bluetooth",
        "{adapter}가 꺼져 있음. bluetoothctl power on. 막혀 있으면 rfkill unblock bluetooth",
    ),
    "denied": (
        "no permission ({call}: {error}): put who runs the node into the group bluetooth, in a unit by SupplementaryGroups=bluetooth; "
        "or allow it org.bluez in a file of /etc/dbus-1/system.d",
        "권한이 없음 ({call}: {error}). 노드를 실행하는 사용자를 bluetooth 그룹에 넣거나(유닛에서는 SupplementaryGroups=bluetooth) "
        "/etc/dbus-1/system.d의 파일에서 org.bluez를 허용하십시오",
    ),
    "refused": (
        "BlueZ refuses {call} ({error}): journalctl -u bluetooth says more",
        "BlueZ가 {call}을(를) 거부함 ({error}). journalctl -u bluetooth를 보십시오",
    ),
}


class Bluez:
    """What a board offers as `bluetooth`.

    `notice(english, korean)` is told why there is no BLE, once each time; `options` are BusThread's.
    """

    UUID = str

    def __init__(self, notice=lambda english, korean: None, **options):
        self._notice = notice
        self._options = options

    def BLE(self):
        """Return a radio."""
        return BluezRadio(self._notice, **self._options)

    def Port(self, radio, uuid, hints):
        """Return the port that is to be over a radio of ours."""
        return BluezPort(radio, uuid, hints)


class BluezRadio:
    """bluetooth.BLE over BlueZ, as a peripheral. Who has written to us is connected; who only takes up the adapter is sent away.

    What comes is told by `pump`, in whose thread everything else is called too. Nothing is advertised while a central is being served.
    """

    def __init__(self, notice=lambda english, korean: None, now_s=time.monotonic, **options):
        self.trouble = ""  # why there is no BLE now, in English
        self._mac = bytearray(6)  # filled in once an adapter is there; before that, nothing is advertised
        self._notice = notice
        self._now_s = now_s
        self.is_ready = self._listened = False  # is_ready: an adapter has taken our service
        self._events: deque = deque()
        self._connections = {}  # device's path → number
        self._silent = {}  # path of a device that is connected and has not written → since when
        self._count = 0
        self._last = 0.0  # when the last of what is in hand has left
        self._written = b""
        self._handler = lambda event, data: None
        self._objects: Objects = Objects(self._on_write, lambda yes: self._tell(self._take_listen, yes), lambda: self._bus.released())
        takers = (self._take_ready, self._take_lost, self._take_came, self._take_gone)
        self._bus: BusThread = BusThread(self._objects, *[self._teller(take) for take in takers], **options)
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)

    def active(self, on):
        """Do nothing: an adapter is the system's to switch."""

    def config(self, *names, **settings):
        """Return the address for "mac", in bytes that become it; BlueZ chooses the greatest MTU itself."""
        return (0, self._mac) if names else None

    def irq(self, handler):
        """Have `handler(event, data)` called by pump(), and begin."""
        self._handler = handler
        self._bus.start()

    def gatts_register_services(self, services):
        """Register services, and return the handles of their values."""
        return self._objects.register(services)

    def gatts_set_buffer(self, handle, size):
        """Do nothing: values come whole."""

    def gatts_read(self, handle):
        """Return what was written, as it came with the event that told of it."""
        return self._written

    def gatts_notify(self, connection, handle, data):
        """Notify. Raises: OSError where nobody listens, or more is under way than leaves."""
        if not self._listened or connection not in self._connections.values():
            raise OSError(errno.ENOTCONN, "nobody listens")
        now_s = self._now_s()
        if self._last - now_s > (_IN_HAND - 1) * _PACKET_S:
            raise OSError(errno.ENOMEM, "enough is under way")
        self._last = max(self._last, now_s) + _PACKET_S
        self._bus.notify(handle, bytes(data))

    def gap_advertise(self, interval_us, adv_data=None):
        """Advertise. Raises: OSError where there is no adapter now."""
        if not self.is_ready:
            raise OSError(errno.ENODEV, "no adapter")
        self._bus.advertise(advert_properties(interval_us // 1000, adv_data))

    def gap_disconnect(self, connection):
        """End a connection; return whether there was one."""
        for path, number in self._connections.items():
            if number == connection:
                del self._connections[path]
                self._bus.disconnect(path)
                return True
        return False

    def pump(self):
        """Tell what has happened, some of it; return whether there is more."""
        for _ in range(_A_TURN):
            if not self._events:
                break
            take, arguments = self._events.popleft()
            take(*arguments)
        self._send_away()
        if not self._events:
            try:
                os.read(self._woken, 4096)
            except BlockingIOError:
                pass
        return bool(self._events)

    def fileno(self):
        """Return what is readable while there is something to tell."""
        return self._woken

    def close(self):
        """Leave the air."""
        self._bus.close()
        os.close(self._woken)
        os.close(self._wake)

    def _send_away(self):
        """Some adapters do not advertise while anybody is connected, so one who says nothing keeps the collector away."""
        now_s = self._now_s()
        for path, since_s in self._silent.items():
            if now_s - since_s >= _SILENT_S:
                self._silent[path] = now_s  # should he stay
                self._bus.disconnect(path, others_too=False)

    # In the bus's thread.

    def _teller(self, take):
        return lambda *arguments: self._tell(take, *arguments)

    def _tell(self, take, *arguments):
        self._events.append((take, arguments))
        try:
            os.write(self._wake, b".")
        except BlockingIOError:
            pass  # it is readable

    def _on_write(self, value, options):
        if len(self._events) >= _MOST_WAITING:
            raise Refused("org.bluez.Error.Failed", "the node is busy")
        if "offset" in options and options["offset"].value:
            raise Refused("org.bluez.Error.NotSupported", "long writes are none of ours")
        path, mtu = options.get("device"), options.get("mtu")
        self._tell(self._take_write, path.value if path else "", mtu.value if mtu else _LEAST_MTU, value)

    # In the node's.

    def _take_ready(self, mac):
        self._mac[:] = mac
        self.is_ready = True
        self.trouble = ""

    def _take_lost(self, code, facts):
        self.is_ready = self._listened = False
        self._silent.clear()
        for path in list(self._connections):
            self._take_gone(path)
        english, korean = [text.format(**facts) for text in TROUBLES[code]]
        if english != self.trouble:
            self._notice(english, korean)
        self.trouble = english

    def _take_listen(self, yes):
        self._listened = yes
        if not yes:
            for path in list(self._connections):
                self._take_gone(path)
                self._take_came(path)  # he may stay without listening

    def _take_came(self, path):
        if path not in self._connections:
            self._silent.setdefault(path, self._now_s())

    def _take_gone(self, path):
        self._silent.pop(path, None)
        number = self._connections.pop(path, None)
        if number is not None:
            self._handler(DISCONNECT, (number, 0, b""))

    def _take_write(self, path, mtu, value):
        if not self.is_ready:
            return
        self._silent.pop(path, None)
        if path not in self._connections:
            self._bus.advertise(None)
            self._count += 1
            number = self._connections[path] = self._count
            self._last = 0.0
            self._handler(CONNECT, (number, 0, b""))
            self._handler(MTU, (number, max(_LEAST_MTU, min(mtu, _MOST_MTU))))
        self._written = value
        self._handler(WRITE, (self._connections.get(path, -1), 0))


class BluezPort(BlePort):
    """A BlePort that takes what its radio has to tell, and says what is the matter with it: on_fault(text, is_fault)."""

    def __init__(self, ble, uuid, hints):
        self.on_fault = None
        self._radio = ble
        self._said = ""
        self._was_ready = False
        super().__init__(ble, uuid, hints)

    def poll(self, now_ms, quiet=True):
        """See BlePort."""
        more = self._radio.pump()
        if self._radio.trouble != self._said and self.on_fault is not None:
            self._said = self._radio.trouble
            self.on_fault("ble " + (self._said or "is back"), bool(self._said))
        if self._radio.is_ready != self._was_ready:
            self._was_ready = self._radio.is_ready
            self._advertise_at = now_ms  # it has refused until now, and need not be waited for
        due = super().poll(now_ms, quiet)
        return now_ms + 1 if more else due

    def filenos(self):
        """Return what select() can wait for."""
        return [self._radio.fileno()]

    def close(self):
        """Leave the air."""
        self._radio.close()
