"""A device's session that goes on over another link in the middle of anything. A node with nothing but a serial line never loads it.

Source: SPEC.md section 3, "Several links".
"""

from . import cbor
from .compat import const
from .messages import EVENTS
from .node_session import AWAIT, BACKOFF_LIMIT_MS, GREET, MAX_TRIES, READY, NodeSession
from .node_stream import ROWS
from .seal import OVERHEAD

_SEVERAL = const(2)  # frames
_SPARING = const(64)  # times a frame's airtime between tries in vain at most: of hundreds that do so, every channel has room for others


class RoamingSession(NodeSession):
    """A NodeSession whose link may change, and whose frames may leave long after they were made.

    `urgent` tells whether the frame that `transmit` returned last carries, or greets for, urgent events: alarms, which take every link.
    """

    urgent = False
    heard = 0
    _eased = 0  # tries spent over earlier links: they count towards giving the collector up, not towards this link's patience
    _limit = 0

    def __init__(self, *facts):
        super().__init__(*facts)
        self.urgent, self.heard, self._eased, self._limit = False, 0, 0, 0  # not later, when a full heap has no room for it

    def receive(self, frame, now_ms):
        """Take a downlink frame as NodeSession does, and count it in `heard` where it is authentic."""
        refused = self.counters["refused"]
        events = super().receive(frame, now_ms)
        if self.counters["refused"] == refused and not (events and events[0][0] == "unsupported" and events[0][1] < 0):
            self.heard += 1
        return events

    def use(self, link, now_ms, doubt=False):
        """Go on over `link`: what is unanswered is offered again in frames that fit it; salt and agreement stay.

        With `doubt`, since another link fell silent, one frame in vain over this one has the collector greeted anew: it may have restarted.
        """
        tries = MAX_TRIES if doubt and self.phase != GREET else self._tries
        self._set_phase(GREET if self.phase == GREET else READY, now_ms)
        self._tries = self._eased = tries
        self._free_at = now_ms
        for stream in self.streams:
            stream.rewind()
        self.tune(link)

    def tune(self, link):
        """Go on at another rate of the same link: what is awaited still is, and a greeting in vain leaves no sooner."""
        self._link = link
        for stream in self.streams:
            stream.fit = ROWS
            if self._parts:  # they were cut for other frames; their records are offered again
                stream.rewind()
        self._parts = []
        for message in self._results:
            if len(cbor.encode(message)) > link.mtu - OVERHEAD:
                message[3] = None

    def sent(self, end_ms):
        """Take note that the last byte of the frame `transmit` returned last left at `end_ms`: anchors and patience count from there."""
        late_ms = end_ms - self._free_at
        self._free_at = end_ms
        if self._asks and self._asks[-1][0] == self._seal.counter:
            self._asks[-1] = (self._seal.counter, end_ms)
        if self.phase != READY:
            self._retry_at += late_ms

    def probe(self, link, now_ms):
        """Return a frame that asks for an answer over another link; what is under way over this one goes on."""
        if self.phase != GREET:
            return self._count(self._seal.seal(b"", True))
        kept = self._link, self._free_at, self._retry_at, self._tries
        self._link = link
        frame = self._say_hello(now_ms)
        self._link, self._free_at, self._retry_at, self._tries = kept
        return frame

    def in_vain(self, now_ms):
        """Return how many frames that asked over this link have gone unanswered for as long as it allows."""
        if self.phase == READY:
            return 0
        asked = max(0, self._tries - self._eased) + (1 if self.phase == AWAIT else 0)
        return asked if now_ms >= self._retry_at else max(0, asked - 1)

    def hurries(self, now_ms):
        """Tell whether urgent events wait for the link, for its answer, or for a greeting that is not answered at once."""
        for stream in self._alarms():
            if self.phase == GREET:
                if self._tries and stream.backlog():
                    return True
            elif stream.due_at(now_ms) is not None or (self.phase == AWAIT and stream.number in self._in_flight):
                return True
        return False

    def deadline(self, now_ms):
        """Return as NodeSession does; where the link is no full duplex, what is urgent waits for an answer no longer than one may take."""
        at = super().deadline(now_ms)
        if self.phase == AWAIT and not self._link.full_duplex and self.is_urgent(now_ms):
            at = min(at, max(now_ms, self._answer_by()))
        return at

    def transmit(self, now_ms, mtu=0):
        """Return the next frame, or None; with `mtu`, urgent events go in frames of so many bytes, which other links take too."""
        self.urgent = False
        self._limit = mtu if self.hurries(now_ms) else 0
        frame = super().transmit(now_ms)
        self._limit = 0
        return frame

    def _say_hello(self, now_ms):
        self.urgent = self.hurries(now_ms)
        return super()._say_hello(now_ms)

    def _append_batches(self, out, room, now_ms, only_urgent=False):
        before = [stream.cursor for stream in self._alarms()]
        urgent = super()._append_batches(out, room, now_ms, only_urgent)
        if [stream.cursor for stream in self._alarms()] != before:
            self.urgent = True
        return urgent

    def _alarms(self):
        """Return the streams of urgent events: readings that are urgent overtake others, and are not worth the air of every link."""
        return [stream for stream in self.streams if stream.urgent and stream.info.kind == EVENTS]

    def _send_urgent(self, now_ms):
        frame = super()._send_urgent(now_ms)
        if frame is not None and not self._link.full_duplex:  # an alarm is not to be repeated as slowly as polls in vain
            self._eased = self._tries
            self._await(now_ms, len(frame) - self._seal.overhead)
        return frame

    def _may_interrupt(self, now_ms):
        return self.is_urgent(now_ms) and (self._link.full_duplex or now_ms >= self._answer_by())

    def _answer_by(self):
        return self._free_at + self._link.answer_ms

    def _patience_ms(self, length):
        if self._tries < self._eased:  # an answer came in the meantime
            self._eased = 0
        air_ms = self._link.air_ms(length + self._seal.overhead)
        wait = air_ms + self._link.answer_ms
        tries = self._tries - self._eased
        if self.urgent and not self._link.full_duplex:  # an alarm that is late is worth more air than a poll
            tries >>= 1
        return min(wait << min(tries, 6), max(BACKOFF_LIMIT_MS, wait, air_ms * _SPARING))

    def _is_idle(self, now_ms):
        """As NodeSession's; where that is long, several frames are worth an answer when they end: one of them may be lost."""
        return super()._is_idle(now_ms) or (not self._link.full_duplex and self._frames >= _SEVERAL)

    def _room(self):
        mtu = self._link.mtu
        return (min(mtu, self._limit) if self._limit else mtu) - self._seal.overhead

    def _count(self, frame):
        self.counters["sent"] += 1
        self.counters["sent_bytes"] += len(frame)
        return frame
