"""LoRaWAN class A nodes in the same medium, a model: one message a minute of the same readings, unconfirmed or confirmed.

Eight channels of 4 bytes and 13 bytes of LoRaWAN; a fixed data rate by the link's margin, as ADR ends up with. A confirmed message is sent
up to eight times until its acknowledgement comes in RX1 or RX2. Source: LoRaWAN 1.0.4 (TS001), 4.3 and 18; RP002-1.0.3, 2.11 (KR920).
"""

from collections import deque
from random import Random

from gilmok_sim.concentrator import Concentrator, Heard
from gilmok_sim.sim_radio import SimRadio

from bench.radio_city import BW_HZ, CHANNELS_HZ, GATEWAY_DBI, LISTEN, NODE_DBM, City, Place, millijoules

SIZE = 8 * 4 + 13
ACK_SIZE = 12  # a header, an address, a frame counter and a check: no port, no payload
MOST_SENT = 8  # of a confirmed message: NbTrans of older stacks, the default that LoRaMac-node recommends
RX1_US, RX2_US = 1_000_000, 2_000_000
RX2_HZ, RX2_SF = 921_900_000, 12
RX2_DBM = 10  # the EIRP below 922 MHz
OPEN_SYMBOLS = 8  # how long a window is open where nobody is heard: a stack counts symbols …
LOCK_SYMBOLS = 14  # … of the preamble; the medium's receiver decides at the sync word, and this is taken back from its energy
ACK_WAIT_US = (1_000_000, 3_000_000)  # ACK_TIMEOUT, at random between
MOST_QUEUED = 8  # messages: a class A node that is behind drops the oldest
MINUTE_US = 60_000_000


class Network:
    """A gateway with its server, and the nodes; `heard` are the messages that came, as (node, number)."""

    def __init__(self, city: City, confirmed: bool, seed: int) -> None:
        self.city = city
        self.heard: set[tuple[int, int]] = set()
        self.gateway = Concentrator(city.medium, "gateway", (0.0, 0.0), CHANNELS_HZ, self._take, listen=LISTEN, gain_dbi=GATEWAY_DBI)
        self.nodes = [ClassA(city, index, place, confirmed, Random(f"{seed}/lorawan/{index}")) for index, place in enumerate(city.places)]
        self._confirmed = confirmed

    def _take(self, heard: Heard) -> None:
        index, number = int.from_bytes(heard.frame[:2], "big"), int.from_bytes(heard.frame[2:6], "big")
        self.heard.add((index, number))
        if not self._confirmed:
            return
        ack = heard.frame[:6] + bytes(ACK_SIZE - 6)
        now = self.city.clock.us
        power_dbm = NODE_DBM - GATEWAY_DBI
        refused = self.gateway.send(ack, heard.end_us + RX1_US, now, heard.frequency_hz, heard.sf, BW_HZ, power_dbm)
        if refused and heard.sf == RX2_SF:  # for faster nodes RX2 only deafens the gateway for a second: 72 % came instead of 85 %
            self.gateway.send(ack, heard.end_us + RX2_US, now, RX2_HZ, RX2_SF, BW_HZ, RX2_DBM - GATEWAY_DBI)


class ClassA:
    """One node; `made` messages, each sent once or, confirmed, up to MOST_SENT times."""

    def __init__(self, city: City, index: int, place: Place, confirmed: bool, dice: Random) -> None:
        self.made = self.repeats = self.given_up = self.dropped = 0
        self._city = city
        self._medium = city.medium
        self._index = index
        self._sf = place.sf
        self._confirmed = confirmed
        self._dice = dice
        self._waiting: deque[int] = deque()
        self._tries = 0
        self._sent_us = 0
        self._channel_hz = CHANNELS_HZ[0]
        self._window = 0
        self.radio: SimRadio = city.radio(place, self._look)
        self.radio.sleep(0)
        self._medium.call(int(dice.random() * MINUTE_US), self._measure)

    def millijoules(self) -> float:
        """Return what its radio has used."""
        return millijoules(self.radio, self._city.clock.us)

    def _measure(self) -> None:
        """Have one more message to send."""
        self._medium.call(self._city.clock.us + MINUTE_US, self._measure)
        self._waiting.append(self.made)
        self.made += 1
        if len(self._waiting) > MOST_QUEUED:
            self._waiting.popleft() if not self._tries else self._waiting.remove(self._waiting[1])
            self.dropped += 1
        if len(self._waiting) == 1:
            self._send()

    def _send(self) -> None:
        """Send the oldest message on a channel that is free."""
        now_ms = int(self._city.clock())
        hertz = self._dice.choice(CHANNELS_HZ)
        level_dbm = self.radio.energy(now_ms, hertz, LISTEN[1])
        if level_dbm is None or level_dbm >= LISTEN[0]:
            self._medium.call(self._city.clock.us + 50_000 + int(self._dice.random() * 200_000), self._send)
            return
        self._tries += 1
        self.repeats += self._tries > 1
        self._channel_hz = hertz
        frame = self._index.to_bytes(2, "big") + self._waiting[0].to_bytes(4, "big") + bytes(SIZE - 6)
        self.radio.transmit(now_ms, frame, hertz, self._sf, BW_HZ, 1, NODE_DBM)

    def _look(self) -> None:
        now_ms = int(self._city.clock())
        event = self.radio.poll(now_ms)
        if event == "sent":
            self._sent_us = self._city.clock.us
            self._window = 0
            self.radio.sleep(now_ms)
            self._medium.call(self._sent_us + RX1_US - 5000, self._open)
        elif event is not None:
            self._close(event)

    def _open(self) -> None:
        """Open the next window."""
        self._window += 1
        hertz, sf = (self._channel_hz, self._sf) if self._window == 1 else (RX2_HZ, RX2_SF)
        symbol_us = (1_000_000 << sf) // BW_HZ
        self.radio.receive(int(self._city.clock()), hertz, sf, BW_HZ, 1, True, (5000 + LOCK_SYMBOLS * symbol_us) // 1000 + 1)

    def _close(self, event: str) -> None:
        if event == "received" and self._is_mine(self.radio.frame):
            self._done()
            return
        if event == "timeout":
            sf = self._sf if self._window == 1 else RX2_SF
            self.radio.spent_us["receiving"] -= (LOCK_SYMBOLS - OPEN_SYMBOLS) * ((1_000_000 << sf) // BW_HZ)
        self.radio.sleep(int(self._city.clock()))
        if self._window == 1:
            self._medium.call(max(self._sent_us + RX2_US - 5000, self._city.clock.us), self._open)
        elif self._confirmed and self._tries < MOST_SENT:
            self._medium.call(self._city.clock.us + self._dice.randint(*ACK_WAIT_US), self._send)
        else:
            self.given_up += self._confirmed
            self._done()

    def _is_mine(self, frame: bytes | None) -> bool:
        return frame[:6] == self._index.to_bytes(2, "big") + self._waiting[0].to_bytes(4, "big")

    def _done(self) -> None:
        """Be through with a message."""
        self.radio.sleep(int(self._city.clock()))
        self._waiting.popleft()
        self._tries = 0
        if self._waiting:
            self._send()
