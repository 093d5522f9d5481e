"""Gilmok's nodes of a city: the real session, policy, port and law over a simulated radio; the log is in RAM, the readings are real."""

from collections.abc import Callable
from hashlib import sha256
from random import Random
from typing import Any

from gilmok_node.anchors import Anchors
from gilmok_node.flash.recorder import Recorder
from gilmok_node.judge.arming import ALARM_COLUMNS
from gilmok_node.uplink import Uplink
from gilmok_sim.ram_log import RamLog
from gilmok_sim.sim_radio import SimRadio
from gilmok_wire.alert import ALARM
from gilmok_wire.brief_session import BriefSession
from gilmok_wire.cbor import decode_sequence
from gilmok_wire.identity import Identity
from gilmok_wire.messages import EVENTS, READINGS
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.ranges import Ranges

from bench.radio_city import City, Place, millijoules
from bench.recordings import Recording, read_recordings

MINUTE_MS = 60_000
MAX_AGE_MS = 15 * MINUTE_MS  # how long readings wait for company: a frame for each would be all header
# An air monitor's minute: humidity, temperature, three sizes of dust, two gas cells, wind.
CHANNELS = ("rh", "temp", "opcn3_pm1", "opcn3_pm25", "opcn3_pm10", "co_we", "so2_we", "ws")
READINGS_INFO = StreamInfo("air", READINGS, tuple((name, "1", -1) for name in CHANNELS), MAX_AGE_MS)
ALARM_INFO = StreamInfo(ALARM, EVENTS, ALARM_COLUMNS, urgent=True)  # the node's own stream, so that alerts go ahead of its records


def read_minutes() -> list[tuple[int | None, ...]]:
    """Return real minutes of eight channels, forwards and backwards, so that they may be repeated without a jump.

    Raises: Skipped where there are no recordings.
    """
    recording: Recording = next(each for each in read_recordings() if each.source == "quantaq")
    named = {channel.name: channel.values for channel in recording.channels}
    rows = list(zip(*[named[name] for name in CHANNELS], strict=True))
    return rows + rows[-2:0:-1]


def key_of(device: int) -> bytes:
    """Return a device's key."""
    return sha256(b"bench" + device.to_bytes(2, "big")).digest()[:16]


class Counted(NodeStream):
    """A NodeStream that tells how many records it puts into frames."""

    on_rows: Callable[[int], None] | None = None

    def take(self, *arguments: int) -> bytes | None:
        """As NodeStream's."""
        message = super().take(*arguments)
        if message is not None and self.on_rows:
            self.on_rows(decode_sequence(message)[0][3])
        return message

    def take_parts(self, *arguments: int) -> list[bytes]:
        """As NodeStream's; a group that fills several frames counts once."""
        parts = super().take_parts(*arguments)
        if parts and self.on_rows:
            self.on_rows(decode_sequence(parts[0])[0][3])
        return parts


class Node:
    """One node that measures a minute and raises alarms when told; `make_port(node)` gives it (law, port)."""

    def __init__(self, city: City, device: int, place: Place, rows: list, make_port: Callable[..., Any], seed: int) -> None:
        self.device = device
        self.place = place
        self.alarms_ms: list[int] = []  # when each was raised
        self.offered = 0  # minutes, each time that a frame carried them
        self.measuring = True
        self._city = city
        self._dice = Random(f"{seed}/node/{device}")
        self._rows = rows
        self._at_row = self._dice.randrange(len(rows))
        self._due: int | None = None
        self.log = RamLog(self._dice.getrandbits(32))
        self._anchors = Anchors(lambda info: self._record(info))
        infos = [READINGS_INFO, ALARM_INFO]
        self._readings, self._alarms = [Recorder(self.log, info) for info in infos]
        self.committed = {number: Ranges() for number in self.numbers}  # what the collector has, by stream
        self.announced = Ranges()  # alarms that an alert told
        self.radio: SimRadio = city.radio(place, self.wake)
        self.law, self.port = make_port(self)
        self.session = self._make_session(infos)
        self.uplink = Uplink(self.session, [self.port], self._on_event, self.log)
        self._begin_us = int(self._dice.random() * 10 * MINUTE_MS * 1000)  # power comes back to a city in minutes
        city.medium.call(self._begin_us, self.wake)
        city.medium.call(self._begin_us + int(self._dice.random() * MINUTE_MS * 1000), self._measure)

    @property
    def records(self) -> int:
        """How many minutes it has measured."""
        return self.log.next(self._readings.number)

    @property
    def numbers(self) -> tuple[int, int]:
        """The streams of readings and of alarms."""
        return self._readings.number, self._alarms.number

    def missing_minutes(self) -> int:
        """Return how many of its minutes the collector has not committed."""
        return _count(self.committed[self._readings.number].missing(0, self.records))

    def missing(self) -> int:
        """Return how many of its minutes and alarms the collector has not committed."""
        return self.missing_minutes() + _count(self.committed[self._alarms.number].missing(0, len(self.alarms_ms)))

    def entropy(self, count: int) -> bytes:
        """Return random bytes, the same in every run."""
        return self._dice.randbytes(count)

    def now(self) -> int:
        """Return its uptime in ms."""
        return int(self._city.clock())

    def raise_alarm(self) -> None:
        """Log an alarm and send it."""
        self.alarms_ms.append(self.now())
        # rule, event, state, level, value, and what the record adds: the threshold, its exponent, a detail, a cause
        self._alarms.append(self.now(), (0x1A3C0DE, 1, 1, 3, self._dice.randint(100, 200), 100, -1, 0, None))
        self.wake()

    def wake(self) -> None:
        """Do what is due."""
        now_ms = self.now()
        at_ms = self.uplink.poll(now_ms)
        self._due = None
        if at_ms is not None:
            self._sleep_until(max(at_ms, now_ms + 1))

    def millijoules(self) -> float:
        """Return what its radio has used."""
        return millijoules(self.radio, self._city.clock.us)

    def _sleep_until(self, at_ms: int) -> None:
        self._due = at_ms
        self._city.medium.call(at_ms * 1000, self._ring, at_ms)

    def _ring(self, at_ms: int) -> None:
        if self._due == at_ms:  # else it woke earlier, and knows better
            self.wake()

    def _measure(self) -> None:
        if not self.measuring:
            return
        self._city.medium.call(self._city.clock.us + MINUTE_MS * 1000, self._measure)
        self._readings.append(self.now(), self._rows[self._at_row])
        self._at_row = (self._at_row + 1) % len(self._rows)
        self.wake()

    def _record(self, info: StreamInfo) -> Recorder:
        self._anchor_info = info
        return Recorder(self.log, info)

    def _make_session(self, infos: list[StreamInfo]) -> BriefSession:
        seal = NodeSeal(key_of(self.device), self.device, lambda: self.entropy(8))
        streams = [Counted(number, info.digest(), info, self.log) for number, info in enumerate([self._anchor_info, *infos])]
        streams[self._readings.number].on_rows = self._offer
        return BriefSession(seal, self.port.link, self.log, streams, Identity(b"conf", "0.1.0"))

    def _offer(self, count: int) -> None:
        self.offered += count

    def _on_event(self, event: tuple, now_ms: int) -> None:
        if event[0] == "anchor":
            self._anchors.take(*event[1:])
        elif event[0] == "link":
            self.port.adapt(*event[1:])


def _count(spans: list[tuple[int, int]]) -> int:
    return sum(end - first for first, end in spans)
