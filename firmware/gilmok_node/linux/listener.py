"""CPython only: a socket that a collector connects to, with the methods of machine.UART; the collector's link is socket:// or tcp:."""

import os
import socket
import stat

_READ = 4096


class Listener:
    """A TCP or Unix socket for one guest at a time; who comes later takes the place of who was there before.

    Without a guest it hears nothing, and swallows what is sent, as a serial line with nobody at its end does.
    """

    def __init__(self, address):
        """Listen at `address`, (host, port) or the path of a Unix socket.

        Raises: OSError where it is taken, or not ours.
        """
        if isinstance(address, str):
            self._socket = _unix_socket(address)
        else:
            self._socket = socket.create_server(address)
        self._socket.setblocking(False)
        self.address = self._socket.getsockname()
        self._guest = None
        self._heard = b""

    def any(self):
        """Return how many bytes wait."""
        self._accept()
        if not self._heard and self._guest is not None:
            self._hear(self._guest)
        return len(self._heard)

    def read(self, count=None):
        """Return up to `count` bytes that have come, or None where there are none."""
        if not self.any():
            return None
        count = len(self._heard) if count is None else count
        data, self._heard = self._heard[:count], self._heard[count:]
        return data

    def write(self, data):
        """Hand over as many bytes as fit now; return how many."""
        if self._guest is None:
            return len(data)
        try:
            return self._guest.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._leave()
            return len(data)

    def filenos(self):
        """Return what select() can wait for."""
        return [each.fileno() for each in (self._socket, self._guest) if each is not None]

    def close(self):
        """Stop listening."""
        self._leave()
        self._socket.close()

    def _accept(self):
        try:
            guest, _ = self._socket.accept()
        except OSError:  # nobody, or somebody who left before
            return
        self._leave()
        guest.setblocking(False)
        if guest.family != getattr(socket, "AF_UNIX", None):
            guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a frame waits for nothing: it is a whole write
        self._guest = guest

    def _hear(self, guest):
        try:
            self._heard = guest.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            self._heard = b""
        if not self._heard:
            self._leave()

    def _leave(self):
        if self._guest is not None:
            self._guest.close()
        self._guest, self._heard = None, b""


def _unix_socket(path):
    """Return a socket listening at `path`, for its owner and group only, in the place of one that a killed process left."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            if os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode) and probe.connect_ex(path) != 0:
                os.unlink(path)
        before = os.umask(0o117)
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
