"""A device's session that goes on over another link in the middle of anything. A node with nothing but a serial line never loads it.

Source: SPEC.md section 3, "Several links".
"""

from .compat import const
from .messages import EVENTS
from .node_session import AWAIT, BACKOFF_LIMIT_MS, GREET, MAX_TRIES, READY, NodeSession
from .node_stream import ROWS
from .seal import OVERHEAD

_SEVERAL = const(2)  # frames
# Times a frame's airtime between tries in vain at most: of hundreds that do so every channel has room for others, and a battery of 30 kJ
# lasts for half a year without a gateway (14 dBm take 85 mW).
_SPARING = const(64)
_WIDE = const(2)  # 32 frames of radio: an answer costs two seconds and its airtime, and what is lost is named
_HELLO_EVERY = const(4)  # tries in vain: a collector may have restarted; the others are half as long, and answered they spare the agreement


class RoamingSession(NodeSession):
    """A NodeSession whose link may change, and whose frames may leave long after they were made.

    `urgent` tells whether the frame that `transmit` returned last carries, or greets for, urgent events: alarms, which take every link.
    """

    def __init__(self, *facts):
        # All before the first greeting, which asks for some of it, and not later, when a full heap has no room for it.
        self.urgent, self.heard, self._limit = False, 0, 0
        self._left = None  # of a link that fell silent, the seal's session that is not in use now: the old one, or the new one's hello
        self._repeats = False  # whether what goes now was sent before, or waited for an answer to a greeting
        self._eased = 0  # tries spent over earlier links: they count towards giving the collector up, not towards this link's patience
        super().__init__(*facts)

    def receive(self, frame, now_ms):
        """Take a downlink frame as NodeSession does, and count it in `heard` where it is authentic."""
        refused, greeted = self.counters["refused"], self.phase == GREET
        events = super().receive(frame, now_ms)
        if self.counters["refused"] == refused and not (events and events[0][0] == "unsupported" and events[0][1] < 0):
            self.heard += 1
        if greeted and self.phase == READY:
            self._resume()
        return events

    def restart(self, now_ms):
        """Begin again from nothing."""
        self._left = None
        super().restart(now_ms)

    def use(self, link, now_ms, doubt=False):
        """Go on over `link`: what is unanswered is offered again in frames that fit it; salt and agreement stay.

        With `doubt`, since another link fell silent, one frame in vain over this one has the collector greeted anew: it may have restarted.
        """
        tries = MAX_TRIES if doubt and self.phase != GREET else self._tries
        self._set_phase(GREET if self.phase == GREET else READY, now_ms)
        self._tries = self._eased = tries
        self._free_at = now_ms
        self._rewind()
        self.tune(link)

    def tune(self, link):
        """Go on at another rate of the same link: what is awaited still is, and a greeting waits no longer than one at this rate would."""
        faster, self._link = link.byte_us < self._link.byte_us, link
        if faster and self._left:
            self._retry_at = min(self._retry_at, self._free_at + self._patience_ms(0))
        for stream in self.streams:
            stream.fit = ROWS
            if self._parts:  # they were cut for other frames; their records are offered again
                stream.rewind()
        self._parts = []
        for message in self._results:
            self._fit(message)

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
        try:
            return self._say_hello(now_ms)
        finally:
            self._link, self._free_at, self._retry_at, self._tries = kept

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

    def _give_up(self, now_ms):
        """Begin anew as NodeSession does; where the link is no full duplex it may be the link, and the session is not forgotten."""
        left = None if self._link.full_duplex else self._seal.session
        self._greet(now_ms)
        self._left = left
        return self._say_hello(now_ms)

    def _say_hello(self, now_ms):
        """Greet; where a session was left try that as well, most often by a poll."""
        if self._left is None:
            self.urgent = self.hurries(now_ms)
            return super()._say_hello(now_ms)
        is_new, gist = self._is_new(), self._gist()
        # An alarm tries the old session first: where the collector knows that no more, it is one try late, and else known at once.
        polls = not self._link.full_duplex and (is_new or self._tries % _HELLO_EVERY != (1 if gist else 0))
        if polls != (self._seal.peer_salt is not None):
            self._left, left = self._seal.session, self._left
            self._seal.resume(left)
            self._asks = []  # their counters are the other one's
        if not polls:
            self.urgent = False
            return super()._say_hello(now_ms)
        self._retry_at = now_ms + self._patience_ms(0)
        self._tries += 1
        return self._emit(gist, now_ms, ask=True)

    def _is_new(self):
        """Tell whether an alarm waits that no try in the session that was left has said."""
        return False

    def _gist(self):
        """Return what a try in the session that was left says: nothing, but that an answer is wanted."""
        return b""

    def _resume(self):
        """Go on as the link was greeted or found again: what is held has waited, and the rate is proven."""
        self._left = None
        self._wide = 0 if self._link.full_duplex else _WIDE
        self._rewind()
        if not self._link.full_duplex:
            for stream in self.streams:
                stream.hurry()
            self._repeats = True

    def _rewind(self):
        for stream in self.streams:
            stream.rewind()
        self._look_back()

    def _look_back(self):
        self._repeats = any([stream.is_back() for stream in self.streams])

    def _take_answer(self, answered, now_ms):
        super()._take_answer(answered, now_ms)
        if self.phase == READY:
            self._look_back()

    def _append_batches(self, out, room, now_ms, only_urgent=False):
        if self.urgent and out and not self._link.full_duplex:
            return False  # an alarm goes alone: what is longer is lost more often, and holds the channel of its second copy
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
        self._wide = 0 if self._tries or self._link.full_duplex else _WIDE  # what goes unanswered may be lost on a poor link
        air_ms = self._link.air_ms(OVERHEAD if self._left else length + self._seal.overhead)
        wait = air_ms + self._link.answer_ms
        tries = self._tries - self._eased
        if self.urgent and not self._link.full_duplex:  # an alarm that is late is worth more air than a poll
            tries >>= 1
        limit = 0 if self._left or (self.phase != GREET and not self._link.full_duplex) else BACKOFF_LIMIT_MS
        return min(wait << min(tries, 6), max(limit, wait, air_ms * _SPARING))

    def _is_idle(self, now_ms):
        """As NodeSession's; where that is long, several frames are worth an answer when they end, and one that is sent again."""
        return super()._is_idle(now_ms) or (not self._link.full_duplex and self._frames >= (1 if self._repeats else _SEVERAL))

    def _room(self):
        mtu = self._link.mtu
        return (min(mtu, self._limit) if self._limit else mtu) - self._seal.overhead

    def _count(self, frame):
        self.counters["sent"] += 1
        self.counters["sent_bytes"] += len(frame)
        return frame
