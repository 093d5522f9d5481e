"""The air of a virtual SX1262 whose medium is in another process, for MicroPython and CPython: a line carries what it sends and hears.

A message is a head of one shape and a frame behind it; spans are µs, since the clocks of two processes have nothing in common. A chip
hears a frame some milliseconds late by that. The heap of a process is that of somebody's chip, which does not have to have room for
messages: each stands in a buffer that stays, and comes in small pieces.
"""

import struct

from gilmok_sim.lora_air import Air

# To the medium: a frame that begins, and that it is broken off. From it: a frame that begins to arrive, and one that has been heard.
SENT, CUT, COMING, HEARD = 0, 1, 2, 3
# Length of the whole, code, span in µs, RSSI in dBm, SNR in tenths of a dB, two flags (COMING: readable; HEARD: CRC and header good); then
# what an Air says, booleans as numbers, in halves: a call with so many arguments would take a piece of the heap.
_HEAD, _TUNED, _SHAPE = "<HBIhhBB", "<IBIBB", "<HHBBb"
_TUNED_AT, _SHAPE_AT = struct.calcsize(_HEAD), struct.calcsize(_HEAD) + struct.calcsize(_TUNED)
_FRAME_AT = _SHAPE_AT + struct.calcsize(_SHAPE)
_LONGEST = _FRAME_AT + 255
_READ = 32
_NO_AIR = Air(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Messages:
    """Makes messages, and takes them out of what a line brings."""

    def __init__(self):
        self._made = memoryview(bytearray(_LONGEST))
        self._came = memoryview(bytearray(_LONGEST))
        self._count = 0  # bytes of the message that is coming

    def make(self, code, span_us=0, rssi_dbm=0, snr_cb=0, first=0, second=0, air=_NO_AIR, payload=b""):
        """Return the bytes of a message, which stand there until the next one is made."""
        made, end = self._made, _FRAME_AT + len(payload)
        struct.pack_into(_HEAD, made, 0, end, code, span_us, rssi_dbm, snr_cb, first, second)
        struct.pack_into(_TUNED, made, _TUNED_AT, air[0], air[1], air[2], air[3], air[4])
        struct.pack_into(_SHAPE, made, _SHAPE_AT, air[5], air[6], air[7], air[8], air[9])
        made[_FRAME_AT:end] = payload
        return made[:end]

    def feed(self, data, take):
        """Call take(code, span, rssi, snr, first, second, air, payload) with each message that is complete; payload does not stay."""
        at, came = 0, self._came
        while at < len(data):
            length = came[0] | came[1] << 8 if self._count > 1 else 2
            count = min(length - self._count, len(data) - at)
            came[self._count : self._count + count] = data[at : at + count]
            self._count += count
            at += count
            if self._count == length >= _FRAME_AT:
                self._count = 0
                hz, sf, bw_hz, cr, inverted = struct.unpack_from(_TUNED, came, _TUNED_AT)
                sync_word, preamble, explicit, crc, dbm = struct.unpack_from(_SHAPE, came, _SHAPE_AT)
                air = Air(hz, sf, bw_hz, cr, bool(inverted), sync_word, preamble, bool(explicit), bool(crc), dbm)
                _, code, span_us, rssi_dbm, snr_cb, first, second = struct.unpack_from(_HEAD, came)
                take(code, span_us, rssi_dbm, snr_cb, first, second, air, came[_FRAME_AT:length])


class RemoteAir:
    """The medium of one chip; `line` has any, read and write, `clock` tells the chip's time in ms."""

    def __init__(self, line, clock):
        self.chip = None
        self._line = line
        self._clock = clock
        self._messages = Messages()
        self._held = b""

    def transmit(self, chip, start_us, end_us, air, payload):
        """Have a frame sent that begins now."""
        self._write(self._messages.make(SENT, end_us - start_us, air=air, payload=payload))

    def cut(self, chip, now_us):
        """Have the frame under way broken off."""
        self._write(self._messages.make(CUT))

    def advance(self, now_us):
        """Let the chip hear what has come."""
        self._write(b"")
        if self._line.any():
            self._read(now_us)

    def _read(self, now_us):
        def take(code, span_us, rssi_dbm, snr_cb, first, second, air, payload):
            if code == COMING:
                self.chip.incoming(air, now_us, now_us + span_us, rssi_dbm, bool(first))
            elif code == HEARD:
                self.chip.hear(payload, air, rssi_dbm, snr_cb / 10, bool(first), now_us - span_us, now_us, bool(second))

        while self._line.any():
            data = self._line.read(_READ)
            if not data:
                return
            self._messages.feed(data, take)

    def _write(self, data):
        if self._held:
            data = self._held + bytes(data)
        if data:
            self._held = bytes(data[self._line.write(data) or 0 :])
