"""A device's session that announces an alarm before it sends its record, over links where every byte counts.

READY --alarm--> alert --answered--> READY --> the record, as any other. Until it is answered the alert is repeated, at first as often as
the link has time for an answer. Source: SPEC.md section 3, "Alerts".
"""

from . import cbor, messages
from .alert import ALARM, encode_alert
from .columns import decode_columns
from .compat import const
from .node_session import AWAIT, GREET, MAX_TRIES
from .roaming_session import RoamingSession

_ANSWER = const(64)  # bytes: acknowledgement, time and signal report
_LOOKED = const(8)  # of the newest events: the highest of them is announced, and their records follow at once


class BriefSession(RoamingSession):
    """A RoamingSession that sends the gist of an alarm's newest events ahead where the link is brief."""

    def __init__(self, *facts):
        self._alert = None  # the encoded message that waits for its answer
        self._known = 0  # alarms below this number were announced and answered
        self._told = 0  # … or announced
        self._since = 0  # counter of the frame before the one that announced them first
        self._tried = None  # (salt, counter, number) of the first try in the session that was left which announced those below
        super().__init__(*facts)

    def restart(self, now_ms):
        """Begin again from nothing."""
        self._known = self._told = 0
        super().restart(now_ms)

    def _send(self, now_ms):
        return self._say_alert(now_ms) if self._look() else super()._send(now_ms)

    def _send_urgent(self, now_ms):
        if self._look():
            return self._say_alert(now_ms)
        return self._ask_again(now_ms) if self._alert else super()._send_urgent(now_ms)

    def _ask_again(self, now_ms):
        """Repeat the alert, where one waits for its answer, or say a newer one; give the collector up after MAX_TRIES."""
        self._look()
        if not self._alert:
            return super()._ask_again(now_ms)
        self.counters["timeouts"] += 1
        self._tries += 1
        if self._tries > MAX_TRIES:
            return self._give_up(now_ms)
        return self._say_alert(now_ms)

    def _look(self):
        """Make an alert of what was not announced yet, and of what was and is not answered; return whether there is a new one."""
        for stream in self.streams if self._link.brief else ():
            if stream.agreed and stream.urgent and stream.info.name == ALARM:
                end = self._log.next(stream.number)
                if max(self._told, stream.cursor) < end:
                    self._told = end
                    self._since = self._seal.counter
                    if not self._alert:  # what went unanswered before was no alarm: it neither slows this one nor has it greet
                        self._tries = self._eased = 0
                    self._alert = self._alert_of(stream, max(self._known, end - _LOOKED, stream.cursor), end)
                    return self._alert is not None
        return False

    def _say_hello(self, now_ms):
        frame = super()._say_hello(now_ms)
        if self._left is not None and self.urgent and (self._tried is None or self._tried[2] != self._told):
            self._tried = self._seal.salt, self._seal.counter, self._told
        return frame

    def _resume(self):
        """Go on; what the answered try announced is known."""
        super()._resume()
        tried, self._tried = self._tried, None
        if tried and self._answered is not None and tried[0] == self._seal.salt and self._answered - tried[1] & 0xFFFF < 0x8000:
            self._known = self._told = tried[2]

    def _gist(self):
        """Return the alert of what was not announced and answered, since a try with it takes hardly longer than one without."""
        for stream in self._waiting():
            end = self._log.next(stream.number)
            self._told = end
            alert = self._alert_of(stream, max(self._known, end - _LOOKED, stream.cursor), end)
            if alert:
                self.urgent = True
                return alert
        return b""

    def deadline(self, now_ms):
        """Return as RoamingSession does; an alarm tries the session that was left at once."""
        at = super().deadline(now_ms)
        return max(now_ms, min(at, self._answer_by())) if self._is_new() else at

    def transmit(self, now_ms, mtu=0):
        """Return the next frame as RoamingSession does."""
        if self._is_new():
            self._retry_at = min(self._retry_at, self._answer_by())
        return super().transmit(now_ms, mtu)

    def _is_new(self):
        return self._left is not None and self.phase == GREET and any([self._told < self._log.next(s.number) for s in self._waiting()])

    def _waiting(self):
        """Return the streams of alarms of which some may not be known."""
        return [
            stream
            for stream in (self.streams if self._link.brief else ())
            if stream.agreed
            and stream.urgent
            and stream.info.name == ALARM
            and max(self._known, stream.cursor) < self._log.next(stream.number)
        ]

    def _alert_of(self, stream, first, end):
        """Return the message that announces the highest event of records [first, end), the newest of equals, or None."""
        highest, alert = -1, None
        while first < end and (entry := self._log.read(stream.number, first)) is not None and entry.sequence < end:
            columns = decode_columns(entry.payload, entry.count)
            for place in range(entry.count if len(columns) > 4 else 0):
                values = [column[place] for column in columns]
                if entry.sequence + place >= first and values[3] is not None and values[3] >= highest:
                    highest = values[3]
                    alert = encode_alert(stream.number, entry.sequence + place, values)
            first = entry.sequence + entry.count
        return alert and cbor.encode([messages.ALERT, alert])

    def _say_alert(self, now_ms):
        self.urgent = True
        alert = self._alert
        self._await(now_ms, len(alert))
        # Its answer is short; where the link's longest takes half a second, three tries instead of two are over in five.
        self._retry_at -= max(0, self._link.air_ms(self._link.mtu) - self._link.air_ms(_ANSWER))
        return self._emit(alert, now_ms, ask=True)

    def _alarms(self):
        """As RoamingSession's, without the stream whose records have all been announced: they wake nobody, and go as all others do."""
        return [stream for stream in super()._alarms() if not (self._link.brief and self._is_known(stream))]

    def _is_known(self, stream):
        return stream.info.name == ALARM and self._known >= self._log.next(stream.number)

    def _take_answer(self, answered, now_ms):
        if any([n & 0xFFFF == answered and n > self._since for n, _ in self._asks]):
            self._alert = None  # what else is awaited is asked for by name
            self._known = self._told
        super()._take_answer(answered, now_ms)

    def _set_phase(self, phase, retry_at):
        super()._set_phase(phase, retry_at)
        if phase != AWAIT:
            self._alert = None
            self._told = self._known  # what was not answered is announced again
