"""The LoRa port of a node: when its frames go out, on which channel and how fast, and when it listens.

Nothing leaves but by the radio's law. States, what the port does of what the session does not, and figures: radio/README.md.
"""

from gilmok_wire.compat import const
from gilmok_wire.radio_law import QUOTA
from gilmok_wire.windows import ALWAYS, ANSWERS_MS, IN_WINDOWS, SECOND_MS, answer_of, copy_ms, has_second, listening_ms, lora_link, widening

_GROUP = b"\xff\xff"  # in the place of a device (SPEC.md section 6)
_FRAME = const(13)  # bytes of the smallest
_OURS = const(0xE0)
_SALTED = const(0x08)
_ASKS = const(0x04)

_MOST_DBM = const(22)  # of an SX1262
_SLOT_MS = const(20)  # a back-off's first step: somebody's shortest frame
_STEPS = const(6)  # … doubled so often at most: 1.3 s, when looking takes half a percent of the loop
_BURST_MS = const(1000)  # a frame that follows another so soon waits no longer than needed: two nodes' moments differ by now
_SPREAD_MS = const(8000)  # an alarm is not put off longer, however many went unanswered
_VAIN = const(3)  # answers missed until a slower rate: at 20 % loss each way two are missed every eighth time
_STEP_CB = const(25)  # what a spreading factor more gains, in tenths of a dB (SX1261/2 data sheet, table 6-1)
_KEEP_CB = const(100)  # to spare at a faster rate: rain, leaves and lorries (as network servers have it)
_LEAST_CB = const(50)  # … below which a slower one is taken
_TUNE_MS = const(8)  # what an ESP32 takes to begin to listen
_DOZE_MS = const(50)  # shorter pauses are not slept through
_FEW = const(16)  # channels
_UNSAVED_MS = const(1000)  # between two tries to write down what is to be sent
_COPY_MS = const(50)  # what listening before a copy may take
_LOADS = const(11)  # 200 nodes that poll at SF7, each once in two minutes, leave a gateway time to hear
_PATIENT_MS = const(300_000)  # … at slow rates too: readings wait longer for company
_MARGIN_MS = const(100)  # by which an answer may take longer than those of late: a commit that others share
_AWAY = const(9)  # answers missed in a row are no longer chance, but a gateway that was away
_LOST_MS = const(100)  # between two looks at a radio that is lost: it tries each second itself


class LoraPort:
    """A node's end of the air, a port as uplink.py says.

    `radio` is one of the package radio, begun already, `law` its RadioLaw, `row` its region's, `limits` (slowest, fastest) rate, `listens`
    one of windows.py's, `now` returns uptime in ms. `ledger` keeps what `law` has to know after a restart, None where that is nothing. Who
    owns it sets on_frame, which returns whether a frame was authentic, and on_sent; `on_fault(text, is_fault)`, where set, hears of faults.
    """

    name = "lora"
    cost = 2
    look_ms = 10  # between two looks at a radio that listens; whoever is told by DIO1 may take longer

    def __init__(self, radio, law, row, limits, window_ms, listens, now, entropy, ledger=None):
        self.on_frame = self.on_sent = self.on_fault = None
        self.heard = self.foreign = self.damaged = self.missed = 0
        self.refusal = None  # the last: (reason, when, from when on it would be granted)
        self._radio, self._law, self._row = radio, law, row
        self._listens, self._window_ms = listens, window_ms
        self._now, self._entropy, self._ledger = now, entropy, ledger
        self._slowest, self._fastest = limits
        self._floor = self._slowest
        if self._slowest == law.lowest:  # a rate too slow for most still carries an alarm
            while self._floor and row[1][self._floor - 1]:
                self._floor -= 1
        self._steps = self._hold_ms = 0  # answers missed; until when nothing else is taken
        self._took_ms = ANSWERS_MS  # answers, of late, from the end of what asked for them
        self._load = 0  # how often what is not urgent is put off twice as long, while answers are missed that others get
        self._turned = self._strangers = 0  # whether an answer came, or was missed, since the last frame; others' frames by then
        self._before = None  # … when an alarm began, which goes slower by those missed since
        self._ears = law.rx2
        self._windows = []  # (from, until, channel, rate) of what a sleeping node waits for
        self._frame = None  # what is under way, with what `send` and `_sent` say of it: all is there from the first, since in a full heap
        self._urgent = self._rate = self._slow = self._copies = self._refusals = self._at = self._salted = 0  # no object has room to grow
        self._device = self._channel = self._avoid = None
        self._end_ms = None  # when it has left, while it is on the air
        self._quiet_ms = now() + 2 + law.pause_ms  # from when on the law may let it send
        self._asked_ms = None  # when an answer is overdue
        # The fastest first: most nodes of a city are near, and hundreds that greet slowly after a power cut keep each other from it.
        self._set_rate(self._fastest)
        self._good = None  # the rate that fits as far as was reported last

    @property
    def up(self):
        """Whether the radio does its work."""
        return self._radio.state not in ("lost", "off")

    def poll(self, now_ms, quiet=True):
        """Take what came, move what is under way, listen; return the uptime at which to be called again."""
        self._hear(now_ms)
        if self._asked_ms is not None and now_ms >= self._asked_ms:
            self._miss()
        state = self._radio.state
        if state in ("lost", "off"):
            return now_ms + _LOST_MS
        if state == "sending":
            return max(self._end_ms, now_ms + 1)
        if self._frame is not None and now_ms >= self._at:
            if not (quiet or self._urgent):
                return now_ms + 1
            self._try(now_ms)
            if self._radio.state == "sending":
                return self._end_ms
        return self._listen(self._now())

    def free(self, now_ms, urgent=False):
        """Tell whether it takes a frame: an urgent one in the place of another that has not left."""
        if self._end_ms is not None or not self.up or now_ms < self._hold_ms:
            return False
        if urgent:
            return self._frame is None or not self._urgent
        return self._frame is None and not self._windows and (self._listens == ALWAYS or self._radio.state != "receiving")

    def send(self, frame, now_ms, urgent=False):
        """Take a frame; it leaves as soon as chance and law have it. One that comes when it is not free is lost."""
        if not self.free(now_ms, urgent):
            return
        if frame[1:3] != _GROUP:
            self._device = frame[1:3]
        self._frame, self._urgent = frame, urgent
        if urgent and self._before is not None and self._asked_ms is not None:
            self._miss()  # the session knows sooner than the longest answer takes
        self._before = None if not urgent else self._steps if self._before is None else min(self._before, self._steps)
        late = self._steps - (self._before or 0)
        self._slow = self._rate_of(len(frame), late) if urgent else self.rate
        several = len(self._channels_of(self._slow, len(frame))) > 1
        # A gateway that answers others is deaf meanwhile, so that slow frames are lost more often where the signal is not what lacks.
        self._rate = self._rate_of(len(frame), 0) if urgent and several else self._slow
        air_ms, slow_ms = [self._law.air_us(rate, len(frame)) // 1000 for rate in (self._rate, self._slow)]
        # A second copy that ends after the first one's answer has begun drowns in it. An alert, in time from the first one's end, fits.
        fits = self._listens != IN_WINDOWS or slow_ms + _COPY_MS + self._law.pause_ms < self._window_ms
        self._copies = 2 if urgent and several and fits else 1
        self._avoid = None
        if self._load and self._turned and not urgent:
            spread_ms = min(air_ms << max(self._load, min(late, _STEPS)), _PATIENT_MS)
        elif now_ms - self._quiet_ms < _BURST_MS:
            spread_ms = air_ms >> 3
        else:
            spread_ms = min(air_ms << min(late, _STEPS), _SPREAD_MS)
        self._turned = self._refusals = 0
        self._at = max(now_ms, self._quiet_ms) + self._random(spread_ms)
        self._windows = []

    def say(self, text):
        """Nobody reads here."""

    def adapt(self, rate, margin_cb):
        """Take how well a gateway heard this node at a rate: by so many tenths of a dB better than that needs."""
        margin_cb += _STEP_CB * (rate - self.rate)
        faster = (margin_cb - _KEEP_CB) // _STEP_CB
        spare = (margin_cb - _LEAST_CB) // _STEP_CB
        if spare >= 0:  # back to the rate that was good where it only went slower while nobody answered
            spare = max(0, faster, min(spare, (self._good or 0) - self.rate))
        if spare:
            self._set_rate(self.rate + spare)
        self._good = self.rate

    def report(self, tell=None):
        """Return counters by name, as lora_report.py has them, or what `tell` makes of the same."""
        if tell is None:
            from .lora_report import report as tell  # only people ask for it
        return tell(self, self._law, self._radio, self._now())

    # What comes.

    def _hear(self, now_ms):
        event = self._radio.poll(now_ms)
        if event is None:
            return
        if event == "received":
            self._take(self._radio.frame, now_ms)
        elif event == "sent":
            self._sent(now_ms)
        elif event in ("crc_error", "header_error"):
            self.damaged += 1
        elif event == "fault":
            self._broke(now_ms)
        elif event == "recovered" and self.on_fault:
            self.on_fault("lora is back", False)

    def _take(self, frame, now_ms):
        if len(frame) < _FRAME or frame[0] < _OURS or frame[1:3] not in (self._device, _GROUP):
            self.foreign += 1
            return
        self.heard += 1
        if self.on_frame(frame, self, now_ms):
            self._asked_ms = None
            if self._windows and self._listens != IN_WINDOWS:
                self._took_ms = max(now_ms - self._windows.pop()[0], self._took_ms * 7 >> 3)
            if not self._steps:
                self._load = max(0, self._load - 1)
            elif self._steps < _AWAY:
                self._load = min(self._load + 1, _LOADS)
            self._turned = 1
            self._strangers = self.foreign
            self._steps = self._hold_ms = 0
            if self._good is None:
                self._good = self.rate
            if self._frame is not None and self._end_ms is None and self._avoid is not None:
                self._frame = None  # the first copy was answered

    def _sent(self, now_ms):
        """Take note that a copy has left: it may be answered from now on."""
        end_ms = min(now_ms, self._end_ms)  # a loop that looks late does not make it later
        self._stop(now_ms)
        self._quiet_ms = now_ms + 2 + self._law.pause_ms
        self._ears = answer_of(self._row, self._channel, self._rate)
        asks = self._frame[0] & _ASKS
        if asks and self._listens == IN_WINDOWS:
            self._open(end_ms, self._window_ms, self._ears)
            if self._has_second(self._ears[1]):
                self._open(end_ms, self._window_ms + SECOND_MS, self._law.rx2)
        elif asks and self._listens != ALWAYS:
            # While a gateway is away this takes more than sending does: mostly as long as answers took, then.
            span_ms = ANSWERS_MS if self._steps < _AWAY or not self._steps & 7 else min(ANSWERS_MS, self._took_ms + _MARGIN_MS)
            until_ms = end_ms + span_ms + listening_ms(self._law.rates[self._ears[1]], span_ms)
            self._windows = [(end_ms, until_ms) + tuple(self._ears)]
        if self._avoid is None and self._frame[1:3] != _GROUP:
            self.on_sent(self, end_ms)  # of the first copy: what an anchor counts from is not later than what was heard
        self._copies -= 1
        self._avoid = self._channel
        self._at = self._quiet_ms
        if asks and self._listens != IN_WINDOWS:
            self._at = max(self._at, end_ms + copy_ms(self._law.rates[self._ears[1]]))
        elif asks:
            # One answer to somebody else would cover both: it comes as late as it ends before the window, half the time.
            spare_ms = self._window_ms - 2 * _COPY_MS - self._law.pause_ms - self._law.air_us(self._rate, len(self._frame)) // 1000
            self._at += max(0, min(spare_ms, 1500))
        if self._copies:
            self._rate = self._slow
            return
        if asks:
            self._asked_ms = end_ms + self._answer_ms(self._rate)
            self._salted = self._frame[0] & _SALTED
            if self._rate != self.rate:
                self._hold_ms = self._asked_ms  # longer than the session knows of
        self._frame = None

    def _stop(self, now_ms):
        """Say to law and ledger that nothing is on the air any more."""
        self._end_ms = None
        self._law.end(now_ms)
        if self._ledger:
            self._ledger.save(self._law.save(now_ms))

    def _broke(self, now_ms):
        """Keep what did not get out: it goes as soon as the radio is back."""
        self._windows = []
        if self._end_ms is not None:
            self._stop(now_ms)
        if self.on_fault:
            self.on_fault("lora " + self._radio.reason, True)

    def _miss(self):
        """An answer is overdue: an alarm goes slower from now on, everything else every fourth time, two rates every 16th, and so on.

        Mostly it is the gateway that is away, and what was good still is; the slower, the more air. Where nobody ever answered a greeting
        goes round: hundreds that greet at the slowest rate keep each other from being heard.
        """
        self._asked_ms = None
        self.missed += 1
        self._steps += 1
        self._turned = 1
        if self.foreign != self._strangers:
            self._load = min(self._load + 1, _LOADS)
            self._strangers = self.foreign
        if self._good is not None:
            turn, slower = self._steps + 1, 0
            while not turn & 3:
                turn >>= 2
                slower += 1
            self._set_rate(self._good - slower)
        elif self._steps < (1 if self._salted else _VAIN):
            return
        elif self.rate > self._slowest:
            self._steps -= 1
            self._set_rate(self.rate - 1)
        elif self._salted:
            self._set_rate(self._fastest)

    # What goes.

    def _try(self, now_ms):
        """Send what is under way on a channel on which the law lets it."""
        size = len(self._frame)
        again_ms = None
        for channel in self._shuffled(self._channels_of(self._rate, size)):
            reason, at_ms = self._begin(now_ms, channel, size)
            if not reason:
                return
            if at_ms is not None:
                again_ms = at_ms if again_ms is None else min(again_ms, at_ms)
            if self._law.listen:
                break  # it takes the loop's time: one channel a turn
        now_ms = self._now()
        if again_ms is None:  # never: the frame was made for another rate
            self._frame = None
            return
        self._refusals += 1
        self._at = again_ms + self._random(_SLOT_MS << min(self._refusals, _STEPS))

    def _begin(self, now_ms, channel, size):
        """Return (0, None) where a transmission began or the radio is lost, else why not and when it may."""
        law, radio = self._law, self._radio
        hz = law.frequency_hz(channel)
        sf, bandwidth_hz, _ = law.rates[self._rate]
        power_dbm = min(law.power_dbm(channel), _MOST_DBM)
        if self._ledger and not self._ledger.save(law.save(now_ms, channel, self._rate, size)):
            return QUOTA, now_ms + _UNSAVED_MS  # the next life could send more than the law allows
        if law.listen:
            rssi_dbm = radio.energy(now_ms, hz, law.listen[1])
            if rssi_dbm is None:
                return 0, None
            now_ms = self._now()
            law.heard(now_ms, channel, rssi_dbm, law.listen[1])
        granted, reason, at_ms = law.begin(now_ms, channel, self._rate, size, power_dbm, not self._urgent)
        if not granted:
            self.refusal = (reason, now_ms, at_ms)
            return reason, at_ms
        if radio.transmit(now_ms, self._frame, hz, sf, bandwidth_hz, 1, power_dbm):
            self._channel = channel
            self._end_ms = self._now() + law.air_us(self._rate, size) // 1000 + 1
        else:
            law.end(self._now())
        return 0, None

    def _channels_of(self, rate, size):
        return [channel for channel in self._law.channels if self._law.carries(channel, rate, size)]

    def _shuffled(self, channels):
        """Return the channels, another one first after each answer, heard or missed; the one of the first copy last.

        Frames of a backlog follow one another: neighbours that drew a channel for each would meet all the time. Addresses are given
        one after the other, so these keep apart. Where there are many channels the law wants chance (US915: 47 CFR 15.247).
        """
        count = len(channels)
        address = int.from_bytes(self._device or b"", "big")
        turns = self.heard + self.missed + self._refusals
        first = (address + turns * (1 + address // count)) % count if 0 < count <= _FEW else self._random(count)
        channels = channels[first:] + channels[:first]
        return sorted(channels, key=lambda channel: channel == self._avoid)

    def _rate_of(self, size, late):
        """Return the rate for an alarm of which so many answers were missed: that of the link, and slower."""
        rate = max(min(self.rate, (self._good or self.rate) - late), self._floor)
        while rate < self.rate and not self._channels_of(rate, size):
            rate += 1
        return rate

    def _set_rate(self, rate):
        self.rate = min(max(rate, self._slowest), self._fastest)
        self.link = lora_link(self._law.rates[self.rate], self._answer_ms(self.rate))

    def _has_second(self, rate):
        rates = self._law.rates
        return has_second(rates[rate], rates[self._law.rx2[1]])

    def _answer_ms(self, rate):
        """Return how long after an uplink at this rate the longest answer ends at the latest."""
        law = self._law
        rates = [answer_of(self._row, law.channels[0], rate)[1]]
        delay_ms = self._window_ms + 2 * widening(self._window_ms)
        if self._listens != IN_WINDOWS:
            delay_ms = ANSWERS_MS
        elif self._has_second(rates[0]):
            delay_ms += SECOND_MS
            rates.append(law.rx2[1])
        return max([law.air_us(rate, law.rates[rate][2]) for rate in rates]) // 1000 + delay_ms

    # When to listen.

    def _open(self, end_ms, delay_ms, place):
        channel, rate = place
        from_ms = end_ms + delay_ms - widening(delay_ms)
        until_ms = from_ms + listening_ms(self._law.rates[rate], delay_ms)
        self._windows = sorted(self._windows + [(from_ms - _TUNE_MS, until_ms, channel, rate)])

    def _listen(self, now_ms):
        """Listen where something may come now; return the uptime at which something is to be done."""
        state = self._radio.state
        if self._listens == ALWAYS and state != "receiving":
            self._receive(now_ms, self._ears, None)
        while self._windows and self._windows[0][1] <= now_ms:
            self._windows.pop(0)
        if self._windows:
            from_ms, until_ms, channel, rate = self._windows[0]
            if from_ms <= now_ms and self._radio.state != "receiving":  # the first time, or once more behind a stranger's frame
                self._receive(now_ms, (channel, rate), until_ms - now_ms)
        due = [at for at in (self._asked_ms, self._at if self._frame else None) if at is not None]
        due += [window[0] if window[0] > now_ms else window[1] for window in self._windows[:1]]
        if self._radio.state == "receiving":
            due.append(now_ms + self.look_ms)
        at_ms = max(min(due), now_ms + 1) if due else None
        if self._radio.state == "idle" and (at_ms is None or at_ms - now_ms > _DOZE_MS):
            self._radio.sleep(now_ms)
        return at_ms

    def _receive(self, now_ms, place, timeout_ms):
        channel, rate = place
        sf, bandwidth_hz, _ = self._law.rates[rate]
        self._radio.receive(now_ms, self._law.frequency_hz(channel), sf, bandwidth_hz, 1, True, timeout_ms)

    def _random(self, limit):
        """Return a number below `limit`, or 0."""
        return int.from_bytes(self._entropy(2), "big") * limit >> 16
