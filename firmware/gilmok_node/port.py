"""A serial port of the node: sealed frames for the collector and lines of text for people, on the same wire."""

from gilmok_wire.compat import const
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.link import SERIAL

_READ = const(256)  # a FIFO's worth: 2.8 ms at 921600 baud
_HELD = const(1024)  # bytes a line has not taken, beyond which it gets no more frames: what is lost so is said again


class Port:
    """Frames on a UART-like object (any, read, write). uplink.py says what a port is.

    `on_line(text, port)` answers what a person types. `held` has not left yet.
    """

    name = "serial"
    cost = 0
    up = True  # whether anybody is at the other end, a wire does not tell

    def __init__(self, uart, on_line, link=SERIAL):
        self.link = link
        self.on_frame = None  # given by whoever takes the frames; without it only people are served
        self.deframer = Deframer()
        self.uart = uart
        self._on_line = on_line
        self.held = b""

    def poll(self, now_ms, quiet=True):
        """Take what has come, and write on; return the uptime at which to be called again, or None."""
        while self.uart.any():
            data = self.uart.read(_READ)
            if not data:
                break
            frames, lines = self.deframer.feed(data)
            for frame in frames:
                if self.on_frame is not None:
                    self.on_frame(frame, self, now_ms)
            for line in lines:
                self._on_line(line, self)
        self.write(b"")
        return now_ms + 1 if self.held else None

    def free(self, now_ms):
        """Tell whether the last frame has left."""
        return not self.held

    def send(self, frame, now_ms, urgent=False):
        """Put a frame on the wire; its end is what the link's byte time says."""
        if len(self.held) < _HELD:
            self.write(encode_frame(frame))

    def say(self, text):
        """Write a line for people."""
        self.write(text.encode() + b"\r\n")

    def report(self):
        """Return what is to be known of the wire: bytes that were neither frame nor text."""
        return {"noise": self.deframer.noise}

    def write(self, data):
        """Hand `data` to the UART; what it does not take now waits, so that a full buffer never stops the loop."""
        self.held += data
        if self.held:
            self.held = self.held[self.uart.write(self.held) or 0 :]
