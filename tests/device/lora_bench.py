"""What the tests of the LoRa port share: a node's port on a virtual chip, and a gateway that does no more than hear and answer."""

from device.radio_bench import Bench
from gilmok_node.radio.lora import LoraPort
from gilmok_sim.lora_air import Air
from gilmok_wire.airtime import airtime_us
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import WINDOW_MS, answer_of

SALTED, PLAIN, ASKING = 0xED, 0xE1, 0xE5  # first bytes of frames up
SET_TX, SET_RX, RSSI = 0x83, 0x82, 0x15
ANSWER = b"\xf1\x02\x01\x00\x01" + bytes(30)


def up(kind=ASKING, size=24, number=1):
    """Return what looks like a node's frame."""
    return bytes((kind, 2, 1, 0, number)) + bytes(size - 5)


class Log(list):
    """What a chip was told of the air, with the time in µs: (when, opcode); of RSSI readings in a row the first and the last."""

    def __init__(self, bench):
        super().__init__()
        self._bench = bench

    def append(self, command):
        if command[0] not in (SET_TX, SET_RX, RSSI):
            return
        if len(self) > 1 and self[-1][1] == self[-2][1] == command[0] == RSSI:
            self.pop()
        super().append((self._bench.now_us, command[0]))


class Ledger:
    """A place that outlives a restart."""

    def __init__(self, data=None):
        self.data = data
        self.saves = 0
        self.works = True

    def load(self):
        return self.data

    def save(self, data):
        self.data = data
        self.saves += 1
        return self.works


class LoraBench:
    """A port on the first of `count` chips; `others` are the rest. Its uptime is the bench's, in ms.

    `channels`, `rates` (slowest, fastest), `listens` are as configured; a fake chance returns `chance` of 65536.
    """

    def __init__(
        self, region="KR920", channels=(0,), rates=(5, 5), listens=True, count=2, ledger=None, antenna_dbi=0, options=None, **chip
    ):
        self.bench = Bench(count, **chip)
        self.radio, self.others = self.bench.radios[0], self.bench.radios[1:]
        for other in self.others:
            other.begin()
        self.row = REGIONS[region]
        self.listens = listens
        self.channels, self.rates = channels, rates
        self.ledger = ledger
        self.chance = 0
        self.heard, self.sent, self.told = [], [], []
        self.authentic = True
        self.port = None
        self.boot()

    def boot(self):
        """Begin a life of the node."""
        now_ms = self.ms()
        saved = self.ledger.load() if self.ledger else None
        self.law = RadioLaw(self.row, now_ms, self.channels, 0, saved)
        self.radio.driver.begin(now_ms)
        self.log = self.radio.chip.log = Log(self.bench)
        self.port = LoraPort(
            self.radio.driver, self.law, self.row, self.rates, WINDOW_MS, self.listens, self.ms, self._entropy, self.ledger
        )
        self.port.on_frame = self._on_frame
        self.port.on_sent = lambda port, end_ms: self.sent.append(end_ms)
        self.port.on_fault = lambda text, is_fault: self.told.append((text, is_fault))

    def ms(self):
        return self.bench.ms()

    def _entropy(self, count):
        return int(self.chance).to_bytes(count, "big")

    def _on_frame(self, frame, port, now_ms):
        self.heard.append((now_ms, bytes(frame)))
        return self.authentic

    def run(self, span_ms, until=None):
        """Let the loop turn for a time, or until something is true; return whether it became so."""
        end = self.bench.now_us + 1000 * span_ms
        while self.bench.now_us < end:
            if until is not None and until():
                return True
            at = self.port.poll(self.ms())
            if until is not None and until():
                return True
            self.bench.now_us = max(self.bench.now_us + 100, min(end, end if at is None else 1000 * at))
        return until is not None and until()

    def send(self, frame=None, urgent=False, span_ms=20_000):
        """Send a frame as soon as the port takes one, and wait until it has left; return when its copies began and ended, in ms."""
        frame = up() if frame is None else frame
        assert self.run(span_ms, lambda: self.port.free(self.ms(), urgent))
        before = len(self.frames())
        self.port.send(frame, self.ms(), urgent)
        assert self.run(span_ms, lambda: self.port._frame is None)
        return [(start, end) for start, end, _, _ in self.frames()[before:]]

    def frames(self):
        """Return (start_ms, end_ms, air, payload) of all that the node has put on the air."""
        return [(start / 1000, end / 1000, air, data) for chip, start, end, air, data in self.bench.ether.frames if chip is self.radio.chip]

    def answer(self, at_ms, frame=ANSWER, place=None):
        """Let the first of the others answer the last uplink: its first symbol leaves at `at_ms`, or the frame is lost on the way."""
        channel, rate = place or answer_of(self.row, self.port._channel, self.port._rate)
        sf, bw_hz, _ = self.row[1][rate]
        chip = self.others[0].chip
        start = int(at_ms * 1000)
        down = Air(self.law.frequency_hz(channel), sf, bw_hz, 1, True, 0x3444, 8, True, True, 14)
        self.bench.ether.transmit(chip, start, start + airtime_us(len(frame), sf, bw_hz), down, frame)
