"""A serial port of the node: sealed frames for the collector and lines of text for people, on the same wire."""

from gilmok_wire.compat import const
from gilmok_wire.framing import Deframer, encode_frame

_READ = const(256)  # a FIFO's worth: 2.8 ms at 921600 baud


class Port:
    """Joins a UART-like object (any, read, write) to a session.

    `session` None: the configuration is broken, and only people are served. `on_line(text, port)` answers what a person types.
    """

    def __init__(self, uart, session, on_event, on_line):
        self.session = session
        self.deframer = Deframer()
        self._uart = uart
        self._on_event = on_event
        self._on_line = on_line
        self._out = b""

    def poll(self, now_ms):
        """Take what has come and send what is due; return the uptime at which to be called again, or None."""
        while self._uart.any():
            data = self._uart.read(_READ)
            if not data:
                break
            frames, lines = self.deframer.feed(data)
            for frame in frames:
                self._receive(frame, now_ms)
            for line in lines:
                self._on_line(line, self)
        return self._transmit(now_ms)

    def say(self, text):
        """Write a line for people."""
        self._write(text.encode() + b"\r\n")

    def _receive(self, frame, now_ms):
        if self.session is None:
            return
        for event in self.session.receive(frame, now_ms):
            self._on_event(event, self, now_ms)

    def _transmit(self, now_ms):
        self._write(b"")
        session = self.session
        if session is None or self._out:
            return now_ms + 1 if self._out else None
        deadline = session.deadline(now_ms)
        if deadline is not None and deadline <= now_ms:
            frame = session.transmit(now_ms)
            if frame is not None:
                self._write(encode_frame(frame))
            deadline = session.deadline(now_ms)
        return deadline

    def _write(self, data):
        """Hand `data` to the UART; what it does not take now waits, so that a full buffer never stops the loop."""
        self._out += data
        if self._out:
            self._out = self._out[self._uart.write(self._out) or 0 :]
