"""What the tests of the board gateway share: one on a virtual chip, nodes' radios around it, and its host's end of the line."""

from device.radio_bench import Bench
from gilmok_node.gateway.gateway import Gateway
from gilmok_wire import cbor, gateway_messages
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.gateway_messages import ASK, SEND, STATUS, STATUS_FIELDS
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS

KEY_FRAME = b"\xe5\x02\x01\x00\x01" + bytes(range(40))


class Line:
    """A UART; what the host has said waits in `typed`, what it has heard is in `messages` and `texts`."""

    def __init__(self):
        self.typed = b""
        self.stuck = False
        self.messages = []
        self.texts = []
        self._raw = b""
        self._deframer = Deframer()

    def any(self):
        return len(self.typed)

    def read(self, count):
        data, self.typed = self.typed[:count], self.typed[count:]
        return data

    def write(self, data):
        if self.stuck:
            return 0
        self._raw += data
        frames, lines = self._deframer.feed(data)
        self.messages += [gateway_messages.decode(frame) for frame in frames]
        self.texts += lines
        return len(data)

    def written(self):
        """Take the bytes that were written since the last time."""
        data, self._raw = self._raw, b""
        return data

    def tell(self, message):
        self.typed += encode_frame(cbor.encode(message))

    def heard(self, code):
        """Take the messages of one code."""
        found = [message for message in self.messages if message[0] == code]
        self.messages = [message for message in self.messages if message[0] != code]
        return found


class Board:
    """A watchdog that counts."""

    fed = 0

    def feed(self):
        self.fed += 1


class GatewayBench:
    """A gateway on the first of `count` chips; the others are `nodes`. Its uptime is the bench's, in ms."""

    def __init__(
        self, region="KR920", channel=0, rate=5, count=2, power_dbm=14, antenna_dbi=0, begun=True, look_us=20, options=None, **chip
    ):
        self.bench = Bench(count, options, **chip)
        self.bench.look_us = look_us
        self.radio, self.nodes = self.bench.radios[0], self.bench.radios[1:]
        for node in self.nodes:
            node.begin()
        self.line = Line()
        self.board = Board()
        self.law = RadioLaw(REGIONS[region], self.bench.ms(), None, antenna_dbi)
        self.frequency_hz = self.law.frequency_hz(channel)
        self.sf, self.bw_hz, _ = self.law.rates[rate]
        self.channel, self.rate = channel, rate
        settings = (region, channel, rate, power_dbm)
        self.gateway = Gateway("gw-1", settings, self.radio.driver, self.law, [self.line], self.bench.ms, self.board)
        if begun:
            self.run(10)

    @property
    def now_ms(self):
        return self.bench.ms()

    def run(self, span_ms):
        """Let the loop turn for a time, as a board does: when it asks to be called, at most 1 s later."""
        end = self.bench.now_us + 1000 * span_ms
        while self.bench.now_us < end:
            at = self.gateway.poll()
            self.bench.now_us = max(self.bench.now_us + 100, min(1000 * at, end))
            del self.radio.chip.log[:]

    def until(self, code, limit_ms=20_000):
        """Return the next message of a code, None after a time."""
        end = self.now_ms + limit_ms
        while self.now_ms < end:
            found = self.line.heard(code)
            if found:
                self.line.messages = found[1:] + self.line.messages
                return found[0]
            self.run(1)
        return None

    def send(self, id=1, frame=KEY_FRAME, channel=None, rate=None, power_dbm=14, at_ms=None, until_ms=None):
        """Ask for a downlink; without `until_ms` it may be 10 ms late."""
        if until_ms is None:
            until_ms = (self.now_ms if at_ms is None else at_ms) + 10
        channel, rate = self.channel if channel is None else channel, self.rate if rate is None else rate
        self.line.tell([SEND, id, frame, channel, rate, power_dbm, at_ms, until_ms])

    def ask(self):
        self.line.tell([ASK])

    def uplink(self, frame=KEY_FRAME, node=0, **changes):
        """Let a node send; return when its frame ends, in ms."""
        order = {"frequency_hz": self.frequency_hz, "sf": self.sf, "bw_hz": self.bw_hz, "cr": 1, "power_dbm": 14}
        order.update(changes)
        radio = self.nodes[node]
        radio.poll()
        assert radio.driver.transmit(self.now_ms, frame, **order)
        return self.bench.ether.frames[-1][2] / 1000

    def listen(self, node=0, **changes):
        """Let a node listen for downlinks."""
        order = {"frequency_hz": self.frequency_hz, "sf": self.sf, "bw_hz": self.bw_hz, "cr": 1, "inverted_iq": True}
        order.update(changes)
        self.nodes[node].poll()
        assert self.nodes[node].driver.receive(self.now_ms, **order)

    def sent(self):
        """Return (start_ms, end_ms, air, payload) of what the gateway has put on the air."""
        return [
            (start / 1000, end / 1000, air, payload)
            for chip, start, end, air, payload in self.bench.ether.frames
            if chip is self.radio.chip
        ]


def status_of(bench):
    """Return what a gateway says of itself when it is asked, by name."""
    bench.line.heard(STATUS)
    bench.ask()
    return dict(zip(STATUS_FIELDS, bench.until(STATUS)[1:]))
