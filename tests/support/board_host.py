"""A board gateway's host without threads: its line is a pair of byte strings, its clocks are the test's."""

from gilmok_collector.links import LinkState
from gilmok_collector.radio.board import BoardGateway
from gilmok_wire.framing import Deframer, encode_frame

UNIX_MS = 1_760_000_000_000  # when the test's clock is 0


class HandLine:
    """In the place of SerialLink: `pump(data)` brings bytes, `out` is what was written."""

    def __init__(self, name, open_port, on_frame, on_text, now_ms):
        self.state = LinkState(name)
        self.out = b""
        self._open_port, self._on_frame, self._on_text, self._now_ms = open_port, on_frame, on_text, now_ms
        self._deframer = Deframer()

    def start(self):
        self._open_port()
        self.state.up, self.state.error = True, ""
        self.state.opened += 1

    def close(self):
        self.state.up, self.state.error = False, "closed"

    def send(self, frame):
        self.write(encode_frame(frame))

    def write(self, data):
        self.out += data

    def pump(self, data):
        frames, lines = self._deframer.feed(data)
        for frame in frames:
            self._on_frame(self.state.name, frame, self._now_ms())
        for line in lines:
            self._on_text(self.state.name, line)


class Host:
    """A BoardGateway and what it told: `uplinks`, `outcomes` as (id, error, again_ms), `texts`. `clock()` returns ms."""

    def __init__(self, clock, region="KR920", on_uplink=None, on_outcome=None):
        self.uplinks, self.outcomes, self.texts = [], [], []
        tell = on_uplink or self.uplinks.append
        ended = on_outcome or (lambda *what: self.outcomes.append(what))
        self.gateway = BoardGateway(
            "gw-1",
            region,
            lambda: self.line,
            tell,
            ended,
            lambda link, text: self.texts.append(text),
            clock,
            lambda: UNIX_MS + clock(),
            HandLine,
        )
        self.line = self.gateway._link
        self.gateway.start()

    def taken(self):
        """Return what was written since the last time."""
        data, self.line.out = self.line.out, b""
        return data
