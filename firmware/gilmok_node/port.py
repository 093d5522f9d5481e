"""A serial port of the node: sealed frames for the collector and lines of text for people, on the same wire."""

from gilmok_wire.compat import const
from gilmok_wire.framing import Deframer, encode_frame

_GROUP = b"\xff\xff"  # in the place of a device (SPEC.md section 6)
_READ = const(256)  # a FIFO's worth: 2.8 ms at 921600 baud


class Port:
    """Joins a UART-like object (any, read, write) to a session.

    `session` None: the configuration is broken, and only people are served; or the line leads to a peer, and only `group` is, which takes
    what the nodes of the site's group say to each other. `on_line(text, port)` answers what a person types. `held` has not left yet.
    """

    def __init__(self, uart, session, on_event, on_line):
        self.session = session
        self.group = None
        self.deframer = Deframer()
        self.uart = uart
        self._on_event = on_event
        self._on_line = on_line
        self.held = b""

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
                if frame[1:3] != _GROUP:
                    self._receive(frame, now_ms)
                elif self.group is not None:
                    acted = self.group.receive(frame, now_ms) or acted
            for line in lines:
                self._on_line(line, self)
        due = self._transmit(now_ms, quiet)
        return now_ms if acted else due  # an output that moved is to be recorded at once

    def say(self, text):
        """Write a line for people."""
        self.write(text.encode() + b"\r\n")

    def _receive(self, frame, now_ms):
        if self.session is None:
            return
        for event in self.session.receive(frame, now_ms):
            self._on_event(event, self, now_ms)

    def _transmit(self, now_ms, quiet):
        self.write(b"")
        session = self.session
        if session is None or self.held:
            return now_ms + 1 if self.held else None
        deadline = session.deadline(now_ms)
        if deadline is not None and deadline <= now_ms:
            if not quiet and not session.is_urgent(now_ms):
                return now_ms + 1
            frame = session.transmit(now_ms)
            if frame is not None:
                self.write(encode_frame(frame))
            deadline = session.deadline(now_ms)
        return deadline

    def write(self, data):
        """Hand `data` to the UART; what it does not take now waits, so that a full buffer never stops the loop."""
        self.held += data
        if self.held:
            self.held = self.held[self.uart.write(self.held) or 0 :]
