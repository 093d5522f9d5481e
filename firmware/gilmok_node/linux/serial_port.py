"""CPython only: a serial device with the methods of machine.UART, which never blocks and comes back when it is plugged in again.

pyserial itself, not Blinka's busio.UART: that one waits for its timeout on every read and guesses the device from a number.
Linux has no call to invert a UART's lines.
"""

import os
import time

_RETRY_S = 1.0  # between two tries to open a device that went away
_PARITY = {None: "N", 0: "E", 1: "O"}


class SerialPort:
    """The device at `path`, ours alone; where it is not there it hears nothing, and swallows what is sent, as a loose wire does."""

    def __init__(self, path, baud, bits=8, parity=None, stop=1, clock=time.monotonic):
        self.path = path
        self.losses = 0
        self._settings = {"baudrate": baud, "bytesize": bits, "parity": _PARITY[parity], "stopbits": stop}
        self._clock = clock
        self._serial = None
        self._retry_at = 0.0
        self._reopen()

    def any(self):
        """Return how many bytes wait."""
        return self._guarded(lambda serial: serial.in_waiting) or 0

    def read(self, count=None):
        """Return up to `count` bytes that have come, or None where there are none."""
        return self._guarded(lambda serial: serial.read(serial.in_waiting if count is None else count)) or None

    def readinto(self, buffer, count=None):
        """Fill `buffer`, or its first `count` bytes, with what has come; return how many, or None where there is nothing."""
        data = self.read(len(buffer) if count is None else count)
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        """Hand over as many bytes as fit now; return how many."""
        taken = self._guarded(lambda serial: _write(serial.fileno(), data))
        return len(data) if taken is None else taken

    def flush(self):
        """Wait until the last bit is out: the time of what was written, and a tick of the kernel's."""
        self._guarded(lambda serial: serial.flush())

    def filenos(self):
        """Return what select() can wait for."""
        return [] if self._serial is None else [self._serial.fileno()]

    def close(self):
        """Close the device."""
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def _guarded(self, action):
        """Return action(serial), None where the device is or goes away."""
        if self._serial is None and self._clock() >= self._retry_at:
            self._reopen()
        if self._serial is None:
            return None
        try:
            return action(self._serial)
        except OSError:  # serial.SerialException is one
            self.losses += 1
            self.close()
            self._retry_at = self._clock() + _RETRY_S

    def _reopen(self):
        import serial

        self._retry_at = self._clock() + _RETRY_S
        try:
            self._serial = serial.Serial(self.path, timeout=0, write_timeout=0, exclusive=True, **self._settings)
        except OSError:
            self._serial = None


def _write(file, data):
    """Write what fits: pyserial's own write() spins while the kernel's buffer is full."""
    try:
        return os.write(file, data)
    except BlockingIOError:
        return 0
