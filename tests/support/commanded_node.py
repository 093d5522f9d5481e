"""A node that does what it is told, as far as the wire goes: it keeps the results of its last eight commands, and answers a repetition."""

from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream

from support.memory_log import MemoryLog

DONE, TOO_LATE, DONE_BEFORE = 0, 3, 6


class CommandedNode:
    """A session, its log and what it did. `deaf` loses what comes down; `patient` nodes do nothing until they are told again."""

    def __init__(self, device, key, infos, link=None):
        self.device = device
        self.log = MemoryLog()
        self.done = []  # (id, name, parameters) in the order of the effects
        self.asked = []  # ids as they came, repetitions too
        self.statuses = {}  # name → what such a command is answered with, else done
        self.deaf = False
        self.now = 0
        self._key = key
        self._infos = infos
        self._link = link or Link(idle_ms=0)
        self._salts = 0
        self._kept = []
        self.boot()

    def boot(self):
        """Start the session; what was done is kept, as on flash."""
        seal = NodeSeal(self._key, self.device, self._salt)
        streams = [NodeStream(number, info.digest(), info, self.log) for number, info in enumerate(self._infos)]
        self.session = NodeSession(seal, self._link, self.log, streams, Identity(b"conf", "0.1.0"))
        self.session.restart(self.now)

    def frames(self, now):
        """Return what it sends until `now`."""
        self.now = now
        sent = []
        while (frame := self.session.transmit(self.now)) is not None:
            sent.append(frame)
            self.now += self._link.air_ms(len(frame))
        return sent

    def take(self, frame, unix_ms):
        """Take a downlink frame, do what it says, and queue the results."""
        if self.deaf:
            return
        for event in self.session.receive(frame, self.now):
            if event[0] == "command":
                self._obey(*event[1:], unix_ms)

    def _obey(self, number, name, argument, unix_ms):
        self.asked.append(number)
        status = DONE_BEFORE if number in self._kept else self.statuses.get(name, DONE)
        if argument[1] * 1000 <= unix_ms and status == DONE:
            status = TOO_LATE
        if status == DONE:
            self._kept = [*self._kept, number][-8:]
            self.done.append((number, name, argument[2:]))
        self.session.result(number, status, [2, 3])

    def _salt(self):
        self._salts += 1
        return bytes((self.device,)) + self._salts.to_bytes(7, "big")
