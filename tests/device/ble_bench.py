"""A BLE port at a bench: the calls of `bluetooth` it makes, and a central's side played by the test. Both interpreters."""

from gilmok_node.ble.ble_port import BlePort
from gilmok_wire.ble_fragments import OPENING, Assembler, Fragmenter, payload_size

CONNECT, DISCONNECT, WRITE, MTU = 1, 2, 3, 21
UP, DOWN = 21, 24  # value handles
CENTRAL = 64


class FakeBle:
    """MicroPython's bluetooth.BLE as far as a port uses it. `room` is how many notifications it takes before it refuses."""

    def __init__(self):
        self.room = 1000
        self.notified = []
        self.adverts = []
        self.dropped = []
        self.written = b""
        self.busy = False  # refuses to advertise

    def active(self, on):
        self.on = on

    def config(self, **settings):
        self.settings = settings

    def gatts_register_services(self, services):
        ((_, characteristics),) = services
        self.flags = [flags for _, flags in characteristics]
        return ((UP, DOWN),)

    def gatts_set_buffer(self, handle, size):
        self.buffer = handle, size

    def irq(self, handler):
        self.handler = handler

    def gatts_read(self, handle):
        assert handle == DOWN
        return self.written

    def gatts_notify(self, connection, handle, data):
        assert handle == UP
        if not self.room:
            raise OSError(12)
        self.room -= 1
        self.notified.append(data)

    def gap_disconnect(self, connection):
        self.dropped.append(connection)

    def gap_advertise(self, interval_us, adv_data=None):
        if self.busy:
            raise OSError(114)
        self.adverts.append((interval_us, adv_data))


class FixedHints:
    """Hints that never change."""

    interval_ms = 500
    stale = False

    def is_stale(self):
        return self.stale

    def advert(self, now_ms):
        return b"advert", 2000


class Bench:
    """The port, what it received and sent, and a central."""

    def __init__(self):
        self.ble = FakeBle()
        self.now = 0
        self.received = []
        self.sent = []
        self.hints = FixedHints()
        self.port = BlePort(self.ble, str, self.hints)
        self.port.on_frame = lambda frame, port, now: self.received.append(frame)
        self.port.on_sent = self._on_sent
        self.fragmenter = Fragmenter()
        self.assembler = Assembler()

    def _on_sent(self, port, end_ms):
        assert port is self.port
        self.sent.append(end_ms)

    def poll(self):
        """Poll now; return when the port wants the next one."""
        return self.port.poll(self.now)

    def connect(self, mtu=None, central=CENTRAL):
        """Connect, exchange MTUs and open."""
        self.ble.handler(CONNECT, (central, 0, b"123456"))
        if mtu:
            self.ble.handler(MTU, (central, mtu))
        self.write(OPENING, central)
        self.poll()
        return self

    def disconnect(self, central=CENTRAL):
        """Lose the connection."""
        self.ble.handler(DISCONNECT, (central, 0, b"123456"))
        self.poll()

    def write(self, fragment, central=CENTRAL):
        """Write one fragment."""
        self.ble.written = fragment
        self.ble.handler(WRITE, (central, DOWN))

    def say(self, frame, mtu=23):
        """Write a frame."""
        self.fragmenter.begin(frame)
        while self.fragmenter.is_busy():
            self.write(self.fragmenter.head(payload_size(mtu)))
            self.fragmenter.next()

    def finish(self):
        """Let time pass until the frame under way has left."""
        due = self.poll()
        while not self.port.free(self.now):
            self.now = due
            due = self.poll()

    def heard(self):
        """Return the frames that were notified since the last call."""
        notified, self.ble.notified = self.ble.notified, []
        frames = [self.assembler.take(fragment) for fragment in notified]
        return [frame for frame in frames if frame is not None]
