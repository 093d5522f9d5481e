"""A RAK3172 beside a street node's line, and the LoRaWAN network between it and the collector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gilmok_collector.engine import Arrival
from gilmok_node.radio.rak3172 import RATES, Rak3172
from gilmok_node.radio.rak3172_sleep import SETTINGS, DozingModem
from gilmok_sim.chips.rak3172 import VirtualRak3172
from gilmok_sim.energy import MODEM_MA, SUPPLY_V
from gilmok_wire.airtime import airtime_us
from gilmok_wire.link import Link

if TYPE_CHECKING:
    from .node import StreetNode
    from .street import Street

PORT = 71
HEADER = 13  # bytes of LoRaWAN's own
WINDOW_S = 1  # the first; the second is as much later
LISTENING_SYMBOLS = 8  # that a receiver waits for a preamble in a window (LoRaMAC-node, from knowledge)
AWAKE_MS = 150  # of its processor around a conversation (estimate)


class _Modem(VirtualRak3172):
    """A virtual modem whose uplinks somebody carries."""

    def __init__(self, clock: Callable[[], int], carry: Callable[[bytes], None]) -> None:
        super().__init__(clock)
        self._carry = carry

    def write(self, data: bytes) -> int:
        sent = len(self.uplinks)
        count: int = super().write(data)
        for _, frame in self.uplinks[sent:]:
            self._carry(frame)
        return count


class StreetModem:
    """The modem of `node`, joined, at a data rate; `sleeps` as in the node's site file. Each boot of the node has a port of its own.

    Uplinks arrive, and what answers them in time comes in the first window.
    """

    def __init__(self, street: Street, node: StreetNode, sleeps: bool, rate: int = 3) -> None:
        self.chip = _Modem(lambda: street.schedule.now_us // 1000, self._carry)
        self.chip.joined, self.chip.rate = True, rate
        self._sf = RATES[rate][0]
        self._street = street
        self._began_us = street.schedule.now_us
        self._name = f"lorawan-{node.name}"
        self._link = Link(mtu=RATES[rate][1], byte_us=1000, frame_us=100_000, answer_ms=30_000, full_duplex=False)
        self._queue: list[bytes] = []
        self._sent_us = self._heard_us = 0
        street.collector.ways[self._name] = self._queue.append
        node.machine.make_ports = lambda: [DozingModem(self.chip, 0, settings=SETTINGS) if sleeps else Rak3172(self.chip, 0)]
        node.meter("modem", self.millijoules)

    def millijoules(self) -> float:
        """Return what it has used: on the air, in windows, awake around its conversations, or always where nothing lets it sleep."""
        span_us = self._street.schedule.now_us - self._began_us
        sleeps = self.chip.settings[b"LPM"] == b"1"
        awake_us = min(self.chip.woken * AWAKE_MS * 1000, span_us) if sleeps else span_us
        spent = {"sending": self._sent_us, "receiving": self._heard_us, "awake": awake_us, "asleep": span_us - awake_us}
        return sum(us * MODEM_MA[state] for state, us in spent.items()) * SUPPLY_V / 1e6

    def _carry(self, frame: bytes) -> None:
        air_us = airtime_us(HEADER + len(frame), self._sf, 125_000)
        self._sent_us += air_us
        self._later(air_us, lambda: self._street.collector.hear(Arrival(self._name, frame, self._street.unix_ms(), self._link, 100)))
        self._later(air_us + WINDOW_S * 1_000_000, self._answer)

    def _answer(self) -> None:
        """Open the windows: the first for an answer, both where none is there."""
        symbol_us = 8 << self._sf
        if not self._queue:
            self._heard_us += 2 * LISTENING_SYMBOLS * symbol_us
            return
        frame = self._queue.pop(0)
        air_us = airtime_us(HEADER + len(frame), self._sf, 125_000)
        self._heard_us += air_us
        self._later(air_us, lambda: self.chip.say(b"+EVT:RX_1:-60:7:UNICAST:%d:%s" % (PORT, frame.hex().encode()), 0))

    def _later(self, span_us: int, action: Callable[[], None]) -> None:
        schedule = self._street.schedule
        schedule.at(schedule.now_us + span_us, action)
