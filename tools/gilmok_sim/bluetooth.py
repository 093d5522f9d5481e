"""MicroPython's `bluetooth` in a process of its own: calls and events go by a socket to a radio on the simulator's air (ble_proxy.py).

`place` is the port on loopback where that listens. What is called is answered before it returns; events are told by `pump`, which the
process calls when something may have come. For MicroPython and CPython.
"""

import json
from binascii import hexlify, unhexlify

from .line import TcpEnd

_CHUNK = 4096

place = 0
_radios = []


class UUID:
    """A UUID, as its text."""

    def __init__(self, text):
        self.text = text


def BLE():
    """Return bluetooth.BLE, as far as a node uses it: one radio, however often it is asked for."""
    if not _radios:
        _radios.append(Radio())
    return _radios[0]


class Radio:
    """A radio in another process."""

    def __init__(self):
        self.line = TcpEnd(place)
        self._rest = b""
        self._handler = None
        self._events = []
        self._written = b""

    def active(self, on):
        """Switch the radio on."""
        self._call("active", on)

    def config(self, *names, **settings):
        """Return the address for "mac", or set the greatest MTU."""
        if names:
            kind, mac = self._call("mac")
            return kind, unhexlify(mac)
        self._call("mtu", settings["mtu"])

    def irq(self, handler):
        """Have `handler(event, data)` called."""
        self._handler = handler

    def gatts_register_services(self, services):
        """Register services, and return the handles of their values."""
        plain = [[uuid.text, [[each.text, flags] for each, flags in characteristics]] for uuid, characteristics in services]
        return tuple([tuple(handles) for handles in self._call("register", plain)])

    def gatts_set_buffer(self, handle, size):
        """Take longer values."""
        self._call("buffer", handle, size)

    def gatts_read(self, handle):
        """Return what was written, as it came with the event that told of it."""
        return self._written

    def gatts_notify(self, connection, handle, data):
        """Notify. Raises: OSError."""
        self._call("notify", connection, handle, hexlify(data).decode())

    def gap_advertise(self, interval_us, adv_data=None):
        """Advertise."""
        self._call("advertise", interval_us, hexlify(adv_data).decode())

    def gap_disconnect(self, connection):
        """End a connection."""
        return self._call("disconnect", connection)

    def wait(self, line, pause_ms):
        """Wait at most `pause_ms` for something to read here or on `line`, where there is one, and tell what has happened here."""
        if line:
            line.wait_with(self.line, pause_ms)
        else:
            self.line.wait(pause_ms)
        self.pump()

    def pump(self):
        """Tell what has happened."""
        while self.line.any():
            self._take()
        while self._events:
            event, data, written = self._events.pop(0)
            self._written = unhexlify(written)
            if self._handler is not None:
                self._handler(event, tuple(data))

    def _call(self, *call):
        self._answer = None
        self.line.write(json.dumps(call).encode() + b"\n")
        while self._answer is None:
            self._take()
        error, value = self._answer
        if error:
            raise OSError(error)
        return value

    def _take(self):
        """Take what has come: lines, each an answer [error, value] or an event [number, data, what was written]."""
        chunk = self.line.read(_CHUNK)
        if not chunk:
            raise SystemExit("the radio has gone")
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            message = json.loads(line)
            if len(message) == 2:
                self._answer = message
            else:
                self._events.append(message)
