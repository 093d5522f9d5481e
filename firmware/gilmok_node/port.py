"""A serial port of the node: sealed frames for the collector and lines of text for people, on the same wire."""

from gilmok_wire.compat import const
from gilmok_wire.framing import Deframer, encode_frame, line_size
from gilmok_wire.link import SERIAL

_GROUP = b"\xff\xff"  # in the place of a device (SPEC.md section 6)
READER = b"\xfc"  # a frame that begins so, or higher, is of somebody who may read, and of no collector (SPEC.md section 10)
_READ = const(64)  # at once: a heap in pieces may not have more in one
_HELD = const(1024)  # bytes a line has not taken, beyond which it gets no more frames: what is lost so is said again


class Port:
    """Joins a UART-like object (any, read, write) to a session, or to an Uplink where it is not the node's only port.

    Without either, only people are served: `on_line(text, port)` answers what a person types. `group` takes what the nodes of the site's
    group say to each other. `held` has not left yet.
    """

    name = "serial"
    cost = 0
    up = True  # whether anybody is at the other end, a wire does not tell

    def __init__(self, uart, on_line, link=SERIAL):
        self.link = link
        self.session = None
        self.on_event = None
        self.on_frame = None  # an Uplink's, in the place of the session
        self.group = None
        self.deframer = Deframer()
        self.uart = uart
        self._on_line = on_line
        self.held = b""
        self._line = bytearray(line_size(link.mtu))  # where a frame stands until it has left: a heap in pieces may have no other place

    def poll(self, now_ms, quiet=True):
        """Take what has come and send what is due; return the uptime at which to be called again, or None.

        Unless it is `quiet`, only what is urgent goes: making a frame of history would keep a reading waiting.
        """
        acted = False
        while self.uart.any():
            data = self.uart.read(_READ)
            if not data:
                break
            frames, lines = self.deframer.feed(data)
            for frame in frames:
                if self.on_frame is not None:
                    self.on_frame(frame, self, now_ms)
                elif frame[1:3] != _GROUP:
                    self._receive(frame, now_ms)
                elif self.group is not None:
                    acted = self.group.receive(frame, now_ms) or acted
            for line in lines:
                self._on_line(line, self)
        due = self._transmit(now_ms, quiet)
        return now_ms if acted else due  # an output that moved is to be recorded at once

    def say(self, text):
        """Write a line for people; it is lost where a full heap has no room for it."""
        try:
            self.write(text.encode() + b"\r\n")
        except MemoryError:
            pass

    def free(self, now_ms, urgent=False):
        """Tell whether the last frame has left."""
        return not self.held

    def send(self, frame, now_ms, urgent=False):
        """Put a frame on the wire; its end is what the link's byte time says."""
        if not self.held and len(frame) <= self.link.mtu:
            self.write(encode_frame(frame, self._line))
        elif len(self.held) < _HELD:
            self.write(encode_frame(frame))

    def _receive(self, frame, now_ms):
        if self.session is None:
            return
        if frame[:1] >= READER:
            self.on_event(("reader", frame, self), now_ms)
            return
        try:
            events = self.session.receive(frame, now_ms)
        except MemoryError:
            self._starve(now_ms)
            return
        for event in events:
            self.on_event(event, now_ms)

    def _starve(self, now_ms):
        """As an Uplink's."""
        self.on_event(("starved",), now_ms)
        self.session.starve(now_ms)

    def _transmit(self, now_ms, quiet):
        self.write(b"")
        session = self.session
        if session is None or self.held:
            return now_ms + 1 if self.held else None
        deadline = session.deadline(now_ms)
        if deadline is not None and deadline <= now_ms:
            if not quiet and not session.is_urgent(now_ms):
                return now_ms + 1
            try:
                frame = session.transmit(now_ms)
                if frame is not None:
                    self.send(frame, now_ms)
            except MemoryError:
                self._starve(now_ms)
            deadline = session.deadline(now_ms)
        return deadline

    def write(self, data):
        """Hand `data` to the UART; what it does not take now waits, so that a full buffer never stops the loop."""
        self.held = bytes(self.held) + data if self.held and data else self.held or data
        if self.held:
            self.held = self.held[self.uart.write(self.held) or 0 :]
