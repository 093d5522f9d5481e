"""The line between a gateway and its host: messages of gateway_messages, and text for people."""

from gilmok_wire import cbor
from gilmok_wire.compat import const
from gilmok_wire.framing import Deframer, encode_frame

_READ = const(256)  # as port.py
_HELD = const(2048)  # bytes that wait for a host that takes none, six frames of the longest: it has more than a second then


class GatewayLine:
    """Joins a UART-like object (any, read, write) to a Gateway's `on_message(frame, line)` and `on_text(text, line)`.

    `lost` counts messages that nobody took.
    """

    def __init__(self, uart, on_message, on_text):
        self.deframer = Deframer()
        self.lost = 0
        self._uart = uart
        self._on_message = on_message
        self._on_text = on_text
        self._held = b""

    def poll(self):
        """Take what has come, and hand on what has not left yet."""
        while self._uart.any():
            data = self._uart.read(_READ)
            if not data:
                break
            frames, lines = self.deframer.feed(data)
            for frame in frames:
                self._on_message(frame, self)
            for line in lines:
                self._on_text(line, self)
        self._write(b"")

    def tell(self, message):
        """Say a message, whole or not at all."""
        self._write(encode_frame(cbor.encode(message)))

    def say(self, text):
        """Write a line for people."""
        self._write(text.encode() + b"\r\n")

    def _write(self, data):
        if len(self._held) + len(data) > _HELD:
            self.lost += 1
            data = b""
        self._held += data
        if self._held:
            self._held = self._held[self._uart.write(self._held) or 0 :]
