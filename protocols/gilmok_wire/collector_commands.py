"""The collector's commands to one device, each repeated until its result comes.

Source: SPEC.md section 3.
"""

from . import cbor, messages
from .compat import const
from .errors import EncodeError
from .seal import OVERHEAD

MAX_COMMANDS = const(4)  # as many as a node holds results for its link (node_session.MAX_QUEUE)


class Commands:
    """What waits for its result, in order. `sent` are the ids of those that went out at least once."""

    def __init__(self, link):
        self._link = link
        self._widest = link.mtu
        self._open = []
        self.sent = set()

    def __contains__(self, command):
        return any([message[1] == command for message in self._open])

    def ids(self):
        """Return the ids of what waits."""
        return [message[1] for message in self._open]

    def add(self, command, name, argument=None):
        """Queue a command. False: the queue is full.

        Raises: EncodeError where it is too long for a frame of any link the device was heard over.
        """
        message = [messages.COMMAND, command, name, argument]
        if len(cbor.encode(message)) > self._widest - OVERHEAD:
            raise EncodeError("command {}: too long for frames of {} bytes".format(command, self._widest))
        if len(self._open) >= MAX_COMMANDS:
            return False
        self._open.append(message)
        return True

    def drop(self, command):
        """Repeat a command no more: its result came, or it expired."""
        self._open = [message for message in self._open if message[1] != command]
        self.sent.discard(command)

    def use(self, link):
        """Go on over another link; what is too long for its frames waits for one that takes it."""
        self._link = link
        self._widest = max(self._widest, link.mtu)

    def to_send(self, again=True):
        """Return the messages of all that wait, else of those that never went out; they go out now."""
        room = self._link.mtu - OVERHEAD
        due = [message for message in self._open if (again or message[1] not in self.sent) and len(cbor.encode(message)) <= room]
        self.sent.update([message[1] for message in due])
        return due
