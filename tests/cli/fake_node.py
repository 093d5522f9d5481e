"""A node at the far end of a TCP port: a real session over a log in memory."""

import socket
import threading
import time

from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.messages import ANCHOR_SCHEMA, EVENTS, READINGS
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from support.dice import Dice
from support.memory_log import MemoryLog

ALARM_COLUMNS = ("rule", "event", "state", "level", "value", "set", "exponent", "detail", "cause")
RIVER = StreamInfo("river", READINGS, (("distance", "m", -3),), 100)
ANCHORS = StreamInfo(*ANCHOR_SCHEMA, 100)
ALARM = StreamInfo("alarm", EVENTS, tuple((name, "1", 0) for name in ALARM_COLUMNS), 0, True)
HEALTH = StreamInfo("health", READINGS, (("heap_free", "By", 0), ("backlog", "1", 0)), 100)
TICK_S = 0.005  # how long a socket is waited for, so that the session's deadlines are met


class FakeNode:
    """Serves one collector after another on a port of this machine, in a thread.

    `crossed` keeps the bytes of both directions in order, as (is_up, data). `greeting` is text for people, sent once the
    collector has said something: what comes before it has opened its port is lost.
    """

    def __init__(self, device, key, seed=1, greeting=b""):
        self.log = MemoryLog()
        dice = Dice(seed)
        streams = [NodeStream(number, info.digest(), info, self.log) for number, info in enumerate((RIVER, HEALTH, ANCHORS, ALARM))]
        seal = NodeSeal(key, device, lambda: dice.bytes(8))
        self.session = NodeSession(seal, Link(mtu=1024, answer_ms=2000), self.log, streams, Identity(b"conf", "0.1.0"))
        self.crossed = []
        self.commands = []
        self.settled = threading.Event()
        self._greeting = greeting
        self._began = time.monotonic()
        self._deframer = Deframer()
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TICK_S)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self):
        """Begin to serve."""
        self._thread.start()

    def stop(self):
        """End, and close the port."""
        self._stop.set()
        self._thread.join(timeout=10)
        self._listener.close()

    def _serve(self):
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(TICK_S)
                self._talk(connection)

    def _talk(self, connection):
        """Speak with one collector, from a greeting on: a node restarts when its port is opened."""
        self.session.restart(self._now_ms())
        greeting = self._greeting
        while not self._stop.is_set():
            now_ms = self._now_ms()
            while (frame := self.session.transmit(now_ms)) is not None:
                self._put(connection, encode_frame(frame))
            try:
                data = connection.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            self.crossed.append((False, data))
            self._put(connection, greeting)
            greeting = b""
            for frame in self._deframer.feed(data)[0]:
                for event in self.session.receive(frame, now_ms):
                    if event[0] == "command":
                        self.commands.append(event[1:])
                        self.session.result(event[1], 0, [2, 3])
                    if event[0] == "anchor":
                        _, uptime_ms, unix_ms, uncertainty_ms = event
                        self.log.append(2, uptime_ms, [*divmod(unix_ms, 86_400_000), uncertainty_ms])
            if not self.session.backlog():
                self.settled.set()

    def _now_ms(self):
        return int((time.monotonic() - self._began) * 1000)

    def _put(self, connection, data):
        if data:
            self.crossed.append((True, data))
            connection.sendall(data)
