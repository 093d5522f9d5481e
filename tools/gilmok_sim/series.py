"""Recorded values as a world, for MicroPython and CPython: a file of rows, read through a small window.

Layout: "GSER", the number of channels, then each name as a length byte and text; rows of uint32 milliseconds and one float32 a channel,
little-endian, in ascending order of time.
"""

import struct

_MAGIC = b"GSER"
_WINDOW = 64  # rows held: two seconds of a 31.25 Hz seismometer


def write_series(path, channels, rows):
    """Write `rows`, each (time in ms, values…) in ascending order of time, to the file `path`."""
    layout = "<I%df" % len(channels)
    with open(path, "wb") as file:
        file.write(_MAGIC + bytes((len(channels),)))
        for name in channels:
            file.write(bytes((len(name),)) + name.encode())
        for row in rows:
            file.write(struct.pack(layout, *row))


class Series:
    """The recording in a file: each channel keeps its value until the next row; before the first and behind the last row they hold.

    Channels that the recording lacks come from `rest`, another world.
    """

    def __init__(self, path, rest):
        self._rest = rest
        self._file = open(path, "rb")
        if self._file.read(4) != _MAGIC:
            raise ValueError("{}: not a series file".format(path))
        count = self._file.read(1)[0]
        self.channels = [self._file.read(self._file.read(1)[0]).decode() for _ in range(count)]
        self._layout = "<I%df" % count
        self._row_size = 4 + 4 * count
        self._start = self._file.tell()
        self.rows = (self._file.seek(0, 2) - self._start) // self._row_size
        self._window = []
        self._first = 0
        self._load(0)

    def value(self, channel, now_ms):
        """Return the value of `channel` at `now_ms`."""
        if channel not in self.channels:
            return self._rest.value(channel, now_ms)
        return self._row(now_ms)[1 + self.channels.index(channel)]

    def _row(self, now_ms):
        window = self._window
        if not (window[0][0] <= now_ms < window[-1][0]):
            self._seek(now_ms)
            window = self._window
        low, high = 0, len(window) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if window[middle][0] <= now_ms:
                low = middle
            else:
                high = middle - 1
        return window[low]

    def _seek(self, now_ms):
        """Load a window whose rows surround `now_ms`, by bisection over the file."""
        low, high = 0, self.rows - 1
        while low < high:
            middle = (low + high + 1) // 2
            self._file.seek(self._start + middle * self._row_size)
            if struct.unpack("<I", self._file.read(4))[0] <= now_ms:
                low = middle
            else:
                high = middle - 1
        self._load(low)

    def _load(self, first):
        self._file.seek(self._start + first * self._row_size)
        data = self._file.read(_WINDOW * self._row_size)
        size = self._row_size
        self._window = [struct.unpack(self._layout, data[at : at + size]) for at in range(0, len(data), size)]
        self._first = first
