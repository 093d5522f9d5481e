"""The BLE port of a node: a GATT peripheral that a collector visits, over MicroPython's `bluetooth`.

Source: SPEC.md section 9; MicroPython documentation, "bluetooth — low-level Bluetooth". Events of the radio are queued and done in `poll`:
a handler may run at any moment.
"""

from gilmok_wire.ble_advert import DOWN, SERVICE, UP
from gilmok_wire.ble_fragments import LEAST_ATT_MTU, MAX_PAYLOAD, Assembler, Fragmenter, link_at, payload_size
from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError

_CONNECT = const(1)  # events of `bluetooth`
_DISCONNECT = const(2)
_WRITE = const(3)
_MTU = const(21)

_WRITE_FLAGS = const(0x000C)  # with and without response
_NOTIFY_FLAGS = const(0x0010)

_ATT_MTU = const(256)  # a frame of 252 bytes in one fragment; beyond, a chip would need larger frames to gain anything
_MOST_WRITES = const(16)  # held until the next poll: four answers at the smallest MTU, and each repeats itself where one is lost
_LONGEST = const(512)  # of a frame from the collector: twice what a link of ours asks for
# NimBLE has 12 buffers for all it sends, and takes it ill when none is left for an answer to the central: so half of them at once, then a
# pause, shorter while there is room and twice as long where there is none, up to what the slowest usual connection takes to send them.
_BURST = const(6)
_PACE_MS = const(10)
_FASTEST_MS = const(3)  # six packets of 27 bytes, the shortest there are, take LE 1M 4 ms
_SLOWEST_MS = const(50)
_SILENT_MS = const(30_000)  # a central that says nothing for so long is no collector of ours, and keeps one away
_LONGEST_MS = const(600_000)  # nor does one that is let in stay for ever: whoever has more to ask comes again
# Nothing wakes the loop when the radio has something for it. While somebody listens, he waits no longer than for a connection's event;
# before, at his first word.
_CONNECTED_MS = const(10)
_ALONE_MS = const(250)
_ADVERTISE_AGAIN_MS = const(1000)  # where the radio refuses, which it does while a connection ends


class BlePort:
    """One GATT server with one central at a time.

    `ble` is a bluetooth.BLE, `uuid` its UUID class; `hints` offers interval_ms, advert(now_ms) → (bytes, ms for
    which they are right) and is_stale().
    Who owns it sets `on_frame(frame, port, now_ms)`, which takes what came, and `on_sent(port, end_ms)`, which hears that a frame has left.
    """

    name = "ble"
    cost = 1

    def __init__(self, ble, uuid, hints):
        self.on_frame = self.on_sent = None
        self.up = False
        self.link = link_at(LEAST_ATT_MTU)
        self._ble = ble
        self._hints = hints
        self._events = []
        self._writes = 0
        self._connection = None
        self._fragmenter = Fragmenter()
        self._assembler = Assembler(_LONGEST)
        self._advertise_at = 0
        self._counters = {"connections": 0, "refused": 0, "overrun": 0}  # notifications the radio had no room for; writes we had none for
        ble.active(True)
        ble.config(mtu=_ATT_MTU)
        characteristics = ((uuid(UP), _NOTIFY_FLAGS), (uuid(DOWN), _WRITE_FLAGS))
        ((self._up_handle, self._down_handle),) = ble.gatts_register_services(((uuid(SERVICE), characteristics),))
        ble.gatts_set_buffer(self._down_handle, MAX_PAYLOAD)
        ble.irq(self._irq)

    def poll(self, now_ms, quiet=True):
        """Do what the radio reported, move what is under way and advertise; return when to be called again, None where nothing is due."""
        while self._events:
            event, connection, value = self._events.pop(0)
            self._HANDLERS[event](self, connection, value, now_ms)
        if self._connection is None:
            return self._advertise(now_ms)
        if now_ms - self._heard_ms >= _SILENT_MS or now_ms - self._since_ms >= _LONGEST_MS:
            self._ble.gap_disconnect(self._connection)
            self._lose(now_ms)
            return now_ms + 1
        self._send(now_ms)
        return min(self._next_at, now_ms + _CONNECTED_MS) if self._fragmenter.is_busy() else now_ms + _CONNECTED_MS

    def free(self, now_ms, urgent=False):
        """Tell whether a frame would be taken now."""
        return self.up and not self._fragmenter.is_busy()

    def send(self, frame, now_ms, urgent=False):
        """Take a frame and send what the radio has room for; the rest goes with `poll`."""
        self._fragmenter.begin(frame)
        self._send(now_ms)

    def say(self, text):
        """No people listen here."""

    def report(self):
        """Return counters for people."""
        return dict(self._counters, lost=self._assembler.lost)

    # The radio's side.

    def _irq(self, event, data):
        """Queue an event; of `data`, which the radio uses again, only numbers are kept."""
        if event == _WRITE:
            if self._writes >= _MOST_WRITES:
                self._counters["overrun"] += 1
                return
            self._writes += 1
            self._events.append((event, data[0], self._ble.gatts_read(data[1])))
        elif event == _MTU:
            self._events.append((event, data[0], data[1]))
        elif event in (_CONNECT, _DISCONNECT):
            self._events.append((event, data[0], None))

    def _take_connect(self, connection, value, now_ms):
        if self._connection is not None:
            self._ble.gap_disconnect(connection)
            return
        self._connection = connection
        self._counters["connections"] += 1
        self._since_ms = self._heard_ms = self._next_at = now_ms
        self._pace_ms = _PACE_MS
        self._burst = 0
        self._set_mtu(LEAST_ATT_MTU)

    def _take_disconnect(self, connection, value, now_ms):
        if connection == self._connection:
            self._lose(now_ms)

    def _take_mtu(self, connection, value, now_ms):
        if connection == self._connection:
            self._set_mtu(value)

    def _take_write(self, connection, fragment, now_ms):
        self._writes -= 1
        if connection != self._connection:
            return
        self._heard_ms = now_ms
        try:
            frame = self._assembler.take(fragment)
        except DecodeError:
            return
        if frame == b"":
            self.up = True  # this is how a central says that it listens: the radio does not tell us of subscriptions
        elif frame is not None:
            self.on_frame(frame, self, now_ms)

    def _set_mtu(self, mtu):
        self._size = payload_size(mtu)
        self.link = link_at(mtu)

    def _lose(self, now_ms):
        self._connection = None
        self.up = False
        self._fragmenter.drop()
        self._assembler.drop()
        self._advertise_at = now_ms

    def _send(self, now_ms):
        """Notify what is under way, _BURST fragments at a time."""
        fragmenter = self._fragmenter
        while fragmenter.is_busy() and now_ms >= self._next_at:
            try:
                self._ble.gatts_notify(self._connection, self._up_handle, fragmenter.head(self._size))
            except OSError:  # no buffer: the same fragment again, after twice the time
                self._counters["refused"] += 1
                self._pace_ms = min(2 * self._pace_ms, _SLOWEST_MS)
                self._rest(now_ms)
                return
            self._burst += 1
            if self._burst == _BURST:
                self._pace_ms = max(_FASTEST_MS, self._pace_ms - 1)
                self._rest(now_ms)
            if fragmenter.next() and self.up:  # else it was for somebody who only reads
                self.on_sent(self, now_ms)

    def _rest(self, now_ms):
        self._burst = 0
        self._next_at = now_ms + self._pace_ms

    def _advertise(self, now_ms):
        if now_ms >= self._advertise_at or self._hints.is_stale():
            advert, right_ms = self._hints.advert(now_ms)
            try:
                self._ble.gap_advertise(self._hints.interval_ms * 1000, adv_data=advert)
                self._advertise_at = now_ms + right_ms
            except OSError:
                self._advertise_at = now_ms + _ADVERTISE_AGAIN_MS
        return min(self._advertise_at, now_ms + _ALONE_MS)

    _HANDLERS = {_CONNECT: _take_connect, _DISCONNECT: _take_disconnect, _WRITE: _take_write, _MTU: _take_mtu}
