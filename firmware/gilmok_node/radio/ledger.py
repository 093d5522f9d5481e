"""Where the airtime a radio has used outlives a restart: a place that a loss of power empties, for then an hour's silence is the law."""

from binascii import crc32


class RtcLedger:
    """The memory of an ESP32's real-time clock, which every reset leaves but a loss of power; `memory` is machine.RTC().memory."""

    def __init__(self, memory):
        self._memory = memory

    def load(self):
        """Return what was saved last, None where that is not whole."""
        data = bytes(self._memory())
        return data[4:] if len(data) > 4 and crc32(data[4:]).to_bytes(4, "big") == data[:4] else None

    def save(self, data):
        """Put `data` in the place of what was saved, which wears nothing out; return True: the next life will not believe in less."""
        self._memory(crc32(data).to_bytes(4, "big") + data)
        return True
