"""Frames on a serial line that also carries text for people: COBS and CRC-32 between zeros.

Source: SPEC.md section 4; S. Cheshire, M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7(2), 1999.
"""

from binascii import crc32

from .compat import const
from .errors import DecodeError

MAX_FRAME = const(4096 + 32)  # the largest MTU with room for its seal
_MAX_CHUNK = const(MAX_FRAME + 4 + (MAX_FRAME + 4) // 254 + 2)
_PRINTABLE_LOW = const(0x20)
_PRINTABLE_HIGH = const(0x7E)


def encode_cobs(line, at, *parts):
    """Put `parts` without zeros into the bytearray `line` from `at` on, a byte longer for every 254; return where they end."""
    code_at = at
    at += 1
    for part in parts:
        for byte in part:
            if byte:
                line[at] = byte
                at += 1
            if not byte or at - code_at == 255:
                line[code_at] = at - code_at
                code_at = at
                at += 1
    line[code_at] = at - code_at
    return at


def decode_cobs(data):
    """Undo `encode_cobs`.

    Raises: DecodeError for a zero or a length that points behind the end.
    """
    out = bytearray()
    at = 0
    while at < len(data):
        code = data[at]
        if not code or at + code > len(data):
            raise DecodeError("COBS: bad length byte")
        block = bytes(data[at + 1 : at + code])
        if 0 in block:
            raise DecodeError("COBS: zero inside")
        out.extend(block)
        at += code
        if code < 255 and at < len(data):
            out.append(0)
    return bytes(out)


def encode_frame(frame, line=None):
    """Return the bytes that carry `frame` on the line; where a bytearray `line` of line_size() bytes is given, as a view of it."""
    made = line or bytearray(line_size(len(frame)))
    made[0] = 0
    end = encode_cobs(made, 1, frame, crc32(frame).to_bytes(4, "big"))
    made[end] = 0
    return memoryview(made)[: end + 1] if line else bytes(made[: end + 1])


def line_size(length):
    """Return how many bytes a frame of `length` takes on the line at most."""
    return length + 4 + (length + 4) // 254 + 4


class Deframer:
    """Cuts a line's bytes into frames, text and noise, and finds the next frame after any garbage.

    `noise` counts bytes that were neither, `bad_crc` chunks that looked like frames and were damaged. Memory is bounded by one frame.
    """

    def __init__(self):
        self._chunk = bytearray()
        self._overrun = False
        self.noise = 0
        self.bad_crc = 0

    def feed(self, data):
        """Return (frames, lines of text) that `data` completes; what a full heap has no room for is lost as on a noisy line."""
        frames, lines = [], []
        try:
            self._feed(bytes(data), frames, lines)
        except MemoryError:
            self.noise += len(self._chunk) + len(data)
            self._chunk = bytearray()
            self._overrun = True  # up to the next zero
        return frames, lines

    def _feed(self, data, frames, lines):
        start = 0
        while True:
            end = data.find(b"\x00", start)
            if end < 0:
                break
            self._extend(data[start:end], lines)
            self._close(frames, lines)
            start = end + 1
        self._extend(data[start:], lines)

    def _extend(self, data, lines):
        start = 0
        while start < len(data):  # line by line: text of any length, fed at once or byte by byte, is the same lines
            end = data.find(b"\n", start) + 1 or len(data)
            self._add(data[start:end], lines)
            start = end

    def _add(self, data, lines):
        if self._overrun or len(self._chunk) + len(data) > _MAX_CHUNK:
            self.noise += len(data)
            self._overrun = True
            return
        self._chunk.extend(data)
        if data[-1] == 0x0A and _is_text(self._chunk):
            self._take_line(bytes(self._chunk), lines)
            self._chunk = bytearray()

    def _close(self, frames, lines):
        chunk = bytes(self._chunk)
        self._chunk = bytearray()
        if self._overrun:
            self.noise += len(chunk)
            self._overrun = False
        elif _is_text(chunk) or chunk == b"\n":
            self._take_line(chunk, lines)
        elif chunk:
            self._take_frame(chunk, frames)

    def _take_line(self, line, lines):
        try:
            text = line.decode().strip("\r\n")  # in front too: a line break alone may be a frame's first byte, and waits for the next
        except UnicodeError:
            self.noise += len(line)
            return
        if text:
            lines.append(text)

    def _take_frame(self, chunk, frames):
        try:
            data = decode_cobs(chunk)
        except DecodeError:
            data = b""
        if len(data) > 4 and crc32(data[:-4]).to_bytes(4, "big") == data[-4:]:
            frames.append(data[:-4])
            return
        self.noise += len(chunk)
        if len(chunk) > 2 and chunk[1] >= 0xE0:
            self.bad_crc += 1


def _is_text(chunk):
    """Tell whether a chunk starts as no frame can: with two printable characters or line breaks."""
    return len(chunk) > 1 and all([_PRINTABLE_LOW <= byte <= _PRINTABLE_HIGH or byte in b"\r\n" for byte in chunk[:2]])
