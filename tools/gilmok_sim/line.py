"""A simulated node's end of its serial line, for MicroPython and CPython: a terminal device or a TCP port as a UART."""

import select


def open_line(url):
    """Return the line's end at `url`: "tcp:PORT" on loopback, else a terminal in raw mode with VMIN = 0.

    Raises: OSError where the line does not open.
    """
    return TcpEnd(int(url[4:])) if url.startswith("tcp:") else TerminalEnd(url)


class LineEnd:
    """What a Port needs of a UART, over something that can be polled."""

    def __init__(self, file):
        self.file = file
        self._both = None
        self._poll = select.poll()
        self._poll.register(file, select.POLLIN)

    def any(self):
        """Return 1 when there is something to read."""
        return 1 if self.wait(0) else 0

    def wait(self, pause_ms):
        """Wait at most `pause_ms` of real time for something to read."""
        return self._poll.poll(pause_ms)

    def wait_with(self, other, pause_ms):
        """Wait at most `pause_ms` of real time for something to read here or at `other`, always the same."""
        if self._both is None:
            self._both = select.poll()
            for file in (self.file, other.file):
                self._both.register(file, select.POLLIN)
        return self._both.poll(pause_ms)


class TerminalEnd(LineEnd):
    """One end of a pseudo-terminal."""

    def __init__(self, path):
        self._file = open(path, "r+b", 0)
        super().__init__(self._file)

    def read(self, count):
        """Return up to `count` bytes that have come."""
        return self._file.read(count)

    def write(self, data):
        """Write `data`; return how many bytes were taken."""
        return self._file.write(data)


class TcpEnd(LineEnd):
    """One end of a TCP connection to this machine."""

    def __init__(self, port):
        import socket

        self._socket = socket.socket()
        self._socket.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        super().__init__(self._socket)

    def read(self, count):
        """Return up to `count` bytes that have come."""
        return self._socket.recv(count)

    def write(self, data):
        """Write `data`; return how many bytes were taken."""
        return self._socket.send(data)
