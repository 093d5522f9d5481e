"""When and where a node listens: always, from a frame that asks until it is answered, or in windows behind it (SPEC.md section 7)."""

from gilmok_wire.compat import const
from gilmok_wire.windows import ALWAYS, ANSWERS_MS, IN_WINDOWS, SECOND_MS, answer_of, copy_ms, has_second, listening_ms, widening

_TUNE_MS = const(8)  # what an ESP32 takes to begin to listen
_MARGIN_MS = const(100)  # by which an answer may take longer than those of late: a commit that others share
_COPY_MS = const(50)  # what listening before a copy may take
_APART_MS = const(1500)  # between copies of an alarm: longer than an answer to somebody else, where there is room


class Ears:
    """Has a radio listen where an answer may come.

    `law` is its RadioLaw, `row` its region's, `listens` one of windows.py's, `window_ms` the first window's delay.
    """

    def __init__(self, radio, law, row, listens, window_ms):
        self._radio, self._law, self._row = radio, law, row
        self.listens, self._window_ms = listens, window_ms
        self._place = law.rx2  # (channel, rate) at which the last frame is answered
        self.windows = []  # (from, until, channel, rate) of what is waited for
        self._took_ms = ANSWERS_MS  # answers, of late, from the end of what asked for them

    def open(self, end_ms, channel, rate, asks, is_long):
        """Listen for the answer to a frame that ended then; not `is_long`: only as long as answers took of late."""
        self._place = place = answer_of(self._row, channel, rate)
        if not asks or self.listens == ALWAYS:
            return
        rates = self._law.rates
        if self.listens == IN_WINDOWS:
            self._add(end_ms, self._window_ms, place)
            if self._has_second(place[1]):
                self._add(end_ms, self._window_ms + SECOND_MS, self._law.rx2)
            return
        span_ms = ANSWERS_MS if is_long else min(ANSWERS_MS, self._took_ms + _MARGIN_MS)
        self.windows = [(end_ms, end_ms + span_ms + listening_ms(rates[place[1]], span_ms)) + tuple(place)]

    def answered(self, now_ms):
        """Take note that the answer has come: who listens until then listens no more."""
        if self.windows and self.listens != IN_WINDOWS:
            self._took_ms = max(now_ms - self.windows.pop()[0], self._took_ms * 7 >> 3)

    def listen(self, now_ms):
        """Listen where something may come now; return the uptime at which that changes, None while only a frame can change it."""
        if self.listens == ALWAYS and self._radio.state != "receiving":
            self._receive(now_ms, self._place, None)
        while self.windows and self.windows[0][1] <= now_ms:
            self.windows.pop(0)
        if not self.windows:
            return None
        from_ms, until_ms, channel, rate = self.windows[0]
        if from_ms > now_ms:
            return from_ms
        if self._radio.state != "receiving":  # the first time, or once more behind a stranger's frame
            self._receive(now_ms, (channel, rate), until_ms - now_ms)
        return until_ms

    def waits(self):
        """Tell whether a frame that is not urgent would be in the way of an answer."""
        return bool(self.windows) or (self.listens != ALWAYS and self._radio.state == "receiving")

    def fits(self, air_ms):
        """Tell whether an alarm's second copy ends before the first one's answer begins, in which it would drown."""
        return self.listens != IN_WINDOWS or air_ms + _COPY_MS + self._law.pause_ms < self._window_ms

    def copy_at(self, end_ms, quiet_ms, air_ms):
        """Return when the second copy of an alarm that asks goes, at `quiet_ms` at the earliest; one takes so long on the air."""
        if self.listens != IN_WINDOWS:
            return max(quiet_ms, end_ms + copy_ms(self._law.rates[self._place[1]]))
        # One answer to somebody else would cover both: it comes as late as it ends before the window, half the time.
        return quiet_ms + max(0, min(self._window_ms - 2 * _COPY_MS - self._law.pause_ms - air_ms, _APART_MS))

    def answer_ms(self, rate):
        """Return how long after an uplink at this rate the longest answer ends at the latest."""
        law = self._law
        rates = [answer_of(self._row, law.channels[0], rate)[1]]
        delay_ms = self._window_ms + 2 * widening(self._window_ms)
        if self.listens != IN_WINDOWS:
            delay_ms = ANSWERS_MS
        elif self._has_second(rates[0]):
            delay_ms += SECOND_MS
            rates.append(law.rx2[1])
        return max([law.air_us(rate, law.rates[rate][2]) for rate in rates]) // 1000 + delay_ms

    def _has_second(self, rate):
        rates = self._law.rates
        return has_second(rates[rate], rates[self._law.rx2[1]])

    def _add(self, end_ms, delay_ms, place):
        channel, rate = place
        from_ms = end_ms + delay_ms - widening(delay_ms)
        until_ms = from_ms + listening_ms(self._law.rates[rate], delay_ms)
        self.windows = sorted(self.windows + [(from_ms - _TUNE_MS, until_ms, channel, rate)])

    def _receive(self, now_ms, place, timeout_ms):
        channel, rate = place
        sf, bandwidth_hz, _ = self._law.rates[rate]
        self._radio.receive(now_ms, self._law.frequency_hz(channel), sf, bandwidth_hz, 1, True, timeout_ms)
