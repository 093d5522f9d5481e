"""A simulated node's end of its serial line, for MicroPython and CPython: a terminal device or a TCP port as a UART."""

import select


class LineEnd:
    """The UART methods a Port uses, over a terminal in raw mode with VMIN = 0 ("/dev/…"), or over TCP ("tcp:PORT" on loopback).

    Raises: OSError where the line does not open.
    """

    def __init__(self, url):
        self._socket = None
        if url.startswith("tcp:"):
            import socket

            self._socket = socket.socket()
            self._socket.connect(socket.getaddrinfo("127.0.0.1", int(url[4:]))[0][-1])
            self._file = self._socket
        else:
            self._file = open(url, "r+b", 0)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)

    def any(self):
        """Return 1 when there is something to read."""
        return 1 if self.wait(0) else 0

    def read(self, count):
        """Return up to `count` bytes that have come."""
        return self._socket.recv(count) if self._socket else self._file.read(count)

    def write(self, data):
        """Write `data`; return how many bytes were taken."""
        return self._socket.send(data) if self._socket else self._file.write(data)

    def wait(self, pause_ms):
        """Wait at most `pause_ms` of real time for something to read."""
        return self._poll.poll(pause_ms)
