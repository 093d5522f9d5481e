"""A virtual SPS30 on a UART for MicroPython and CPython: SHDLC requests and their answers.

Source: Sensirion SPS30 data sheet, version 1.0 (2020), §5.
"""

import struct

from gilmok_sim.chips import Noise
from gilmok_sim.chips.sps30 import Optics

_STUFFED = (0x7E, 0x7D, 0x11, 0x13)
_OK, _LENGTH, _UNKNOWN, _PARAMETER, _STATE = 0x00, 0x01, 0x02, 0x04, 0x43


def stuff(data):
    """Return the frame of these bytes: flags around them, and what looks like a flag replaced."""
    out = bytearray(b"\x7e")
    for byte in data:
        out += bytes((0x7D, byte ^ 0x20)) if byte in _STUFFED else bytes((byte,))
    return bytes(out + b"\x7e")


def unstuff(frame):
    """Return the bytes between two flags."""
    out = bytearray()
    escaped = False
    for byte in frame:
        if byte == 0x7D:
            escaped = True
        else:
            out.append(byte ^ 0x20 if escaped else byte)
            escaped = False
    return bytes(out)


def checksum(data):
    """Return the inverted low byte of the sum."""
    return ~sum(data) & 255


class VirtualSps30Uart:
    """Answers each request after `answer_ms`; `optics` is what it measures with."""

    def __init__(self, world, clock, seed=1):
        self.clock = clock
        self.fault = None
        self.next_ms = None
        self.optics = Optics(world, clock)
        self.product = b"00080000\x00"
        self.answer_ms = 12
        self._noise = Noise(seed)
        self._heard = b""
        self._answers = []
        self._deaf_ms = clock()

    def emit(self):
        """Return the answer that begins now."""
        answer = self._answers.pop(0)
        self.next_ms = self.next_ms + self.answer_ms if self._answers else None
        if self.fault == "silence":
            return b""
        data = bytearray(answer)
        if self.fault == "bad_checksum":
            data[-1] ^= 0x55
        frame = bytearray(stuff(data))
        if self.fault == "noise":
            self._noise.fill(frame)
        return bytes(frame)

    def skip(self, now_ms):
        self._answers.clear()
        self.next_ms = None

    def receive(self, data):
        if self.fault == "silence" or self.clock() < self._deaf_ms:
            return
        self._heard += data
        while True:
            start = self._heard.find(b"\x7e")
            end = self._heard.find(b"\x7e", start + 1)
            if start < 0 or end < 0:
                return
            frame, self._heard = unstuff(self._heard[start + 1 : end]), self._heard[end + 1 :]
            if len(frame) >= 4 and frame[0] == 0 and checksum(frame[:-1]) == frame[-1]:
                self._answer(frame[1], frame[2], frame[3:-1])

    def brown_out(self):
        """Start anew, as after a dip of the supply: idle."""
        self.optics.stop()
        self._answers.clear()
        self.next_ms = None
        self._deaf_ms = self.clock() + 100

    def _answer(self, command, length, data):
        state, answer = self._obey(command, data) if length == len(data) else (_LENGTH, b"")
        if self.optics.status:
            state |= 0x80
        answer = bytes((0, command, state, len(answer))) + answer
        if not self._answers:
            self.next_ms = self.clock() + self.answer_ms
        self._answers.append(answer + bytes((checksum(answer),)))

    def _obey(self, command, data):
        """Return (state, data) of the answer to a command."""
        optics = self.optics
        optics.stuck = self.fault == "stuck"
        if command == 0x00:
            if optics.measuring:
                return _STATE, b""
            if data != b"\x01\x03":
                return _PARAMETER, b""
            optics.start()
        elif command == 0x01:
            if not optics.measuring:
                return _STATE, b""
            optics.stop()
        elif command == 0x03:
            if not optics.measuring:
                return _STATE, b""
            return _OK, struct.pack(">10f", *optics.take()) if optics.is_ready() else b""
        elif command == 0xD0 and data == b"\x00":
            return _OK, self.product
        elif command == 0xD2:
            return _OK, struct.pack(">IB", optics.status, 0)
        elif command == 0xD3:
            optics.stop()
            self._deaf_ms = self.clock() + 100
        else:
            return _UNKNOWN, b""
        return _OK, b""
