"""The air of a virtual SX1262 whose medium is in another process, for MicroPython and CPython: a line carries what it sends and hears.

Messages are CBOR arrays in the framing of serial lines (SPEC.md section 4); spans are µs, since the clocks
of two processes have nothing in common. A chip hears a frame some milliseconds late by that.
"""

from gilmok_wire import cbor
from gilmok_wire.framing import Deframer, encode_frame, line_size

from gilmok_sim.lora_air import Air

SENT, CUT = 0, 1  # to the medium: [0, span, payload, *air], [1]
COMING, HEARD = 0, 1  # from it: [0, span, rssi, readable, *air], [1, span, rssi, snr in tenths of a dB, crc, header, payload, *air]
_READ = 256
# Pieces kept free for messages in the making, copies of a frame each: the heap of a process is that of somebody's chip, which does not
# have to have them.
_PIECES, _PIECE = 5, 320
_LONGEST = 300  # bytes of a message: a frame of 255 and what is said of it


def encode(code, *items):
    """Return the bytes of a message."""
    return encode_frame(cbor.encode([code] + list(items)))


class Messages:
    """Takes the messages out of what a line brings."""

    def __init__(self):
        self._deframer = Deframer()

    def feed(self, data):
        """Return the messages that are complete now."""
        return [cbor.decode(frame) for frame in self._deframer.feed(data)[0]]


class RemoteAir:
    """The medium of one chip; `line` has any, read and write, `clock` tells the chip's time in ms."""

    def __init__(self, line, clock):
        self.chip = None
        self._line = line
        self._clock = clock
        self._messages = Messages()
        self._held = b""
        self._made = bytearray(line_size(_LONGEST))  # where a message stands on its way to the line
        self._take_room()

    def _take_room(self):
        self._room = room = []
        try:
            while len(room) < _PIECES:
                room.append(bytearray(_PIECE))
        except MemoryError:
            pass  # the next message finds what there is

    def make_room(self):
        """Free what is kept for messages, since one is about to be made."""
        self._room = None

    def transmit(self, chip, start_us, end_us, air, payload):
        """Have a frame sent that begins now."""
        self.make_room()
        self._write(encode_frame(cbor.encode([SENT, end_us - start_us, payload] + list(air)), self._made))
        self._take_room()

    def cut(self, chip, now_us):
        """Have the frame under way broken off."""
        self._write(encode(CUT))

    def advance(self, now_us):
        """Let the chip hear what has come."""
        self._write(b"")
        if self._line.any():
            self.make_room()
            self._read(now_us)
            self._take_room()

    def _read(self, now_us):
        while self._line.any():
            data = self._line.read(_READ)
            if not data:
                return
            for message in self._messages.feed(data):
                self._take(message, now_us)

    def _take(self, message, now_us):
        chip = self.chip
        if message[0] == COMING:
            _, span_us, rssi_dbm, readable = message[:4]
            chip.incoming(Air(*message[4:]), now_us, now_us + span_us, rssi_dbm, readable)
        elif message[0] == HEARD:
            _, span_us, rssi_dbm, snr_cb, crc_ok, header_ok, payload = message[:7]
            chip.hear(payload, Air(*message[7:]), rssi_dbm, snr_cb / 10, crc_ok, now_us - span_us, now_us, header_ok)

    def _write(self, data):
        if self._held:
            data = self._held + bytes(data)
        if data:
            self._held = bytes(data[self._line.write(data) or 0 :])
