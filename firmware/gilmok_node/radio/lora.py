"""The LoRa port of a node: when its frames go out, on which channel and how fast, and when it listens.

Nothing leaves but by the radio's law. States, what the port does of what the session does not, and figures: radio/README.md.
"""

from gilmok_wire.compat import const
from gilmok_wire.radio_law import QUOTA
from gilmok_wire.windows import lora_link

from .ears import Ears
from .pace import Pace, channels_of

_GROUP = b"\xff\xff"  # in the place of a device (SPEC.md section 6)
_FRAME = const(13)  # bytes of the smallest
_OURS = const(0xE0)
_SALTED = const(0x08)
_ASKS = const(0x04)

_MOST_DBM = const(22)  # of an SX1262
_SLOT_MS = const(20)  # a back-off's first step: somebody's shortest frame
_STEPS = const(6)  # … doubled so often at most: 1.3 s, when looking takes half a percent of the loop
_BURST_MS = const(1000)  # a frame that follows another so soon waits no longer than needed: two nodes' moments differ by now
_DOZE_MS = const(50)  # shorter pauses are not slept through
_FEW = const(16)  # channels
_UNSAVED_MS = const(1000)  # between two tries to write down what is to be sent
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
        self._radio, self._law = radio, law
        self._now, self._entropy, self._ledger = now, entropy, ledger
        self._pace = Pace(law, limits)
        self._ears = Ears(radio, law, row, listens, window_ms)
        self._hold_ms = 0  # until when nothing else is taken
        self._frame = None  # what is under way, with what `send` and `_sent` say of it: all is there from the first, since in a full heap
        self._urgent = self._rate = self._slow = self._copies = self._refusals = self._at = self._salted = 0  # no object has room to grow
        self._device = self._channel = self._avoid = None
        self._end_ms = None  # when it has left, while it is on the air
        self._quiet_ms = now() + 2 + law.pause_ms  # from when on the law may let it send
        self._asked_ms = None  # when an answer is overdue
        self._tune()

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
        return self._frame is None and not self._ears.waits()

    def send(self, frame, now_ms, urgent=False):
        """Take a frame; it leaves as soon as chance and law have it. One that comes when it is not free is lost."""
        if not self.free(now_ms, urgent):
            return
        if frame[1:3] != _GROUP:
            self._device = frame[1:3]
        law = self._law
        self._frame, self._urgent = frame, urgent
        if urgent and self._pace.alarm is not None and self._asked_ms is not None:
            self._miss()  # the session knows sooner than the longest answer takes
        late = self._pace.begin(urgent)
        self._slow = self._pace.alarm_rate(len(frame), late) if urgent else self.rate
        several = len(channels_of(law, self._slow, len(frame))) > 1
        # A gateway that answers others is deaf meanwhile, so that slow frames are lost more often where the signal is not what lacks.
        self._rate = self._pace.alarm_rate(len(frame), 0) if urgent and several else self._slow
        air_ms, slow_ms = [law.air_us(rate, len(frame)) // 1000 for rate in (self._rate, self._slow)]
        self._copies = 2 if urgent and several and self._ears.fits(slow_ms) else 1
        self._avoid = None
        spread_ms = self._pace.spread_ms(air_ms, urgent, late, now_ms - self._quiet_ms < _BURST_MS)
        self._refusals = 0
        self._at = max(now_ms, self._quiet_ms) + self._random(spread_ms)
        self._ears.windows = []

    def say(self, text):
        """Nobody reads here."""

    def adapt(self, rate, margin_cb):
        """Take how well a gateway heard this node at a rate: by so many tenths of a dB better than that needs."""
        if self._pace.adapt(rate, margin_cb):
            self._tune()

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
            self._hold_ms = 0
            self._ears.answered(now_ms)
            self._pace.answered(self.foreign)
            if self._frame is not None and self._end_ms is None and self._avoid is not None:
                self._frame = None  # the first copy was answered

    def _sent(self, now_ms):
        """Take note that a copy has left: it may be answered from now on."""
        end_ms = min(now_ms, self._end_ms)  # a loop that looks late does not make it later
        self._stop(now_ms)
        self._quiet_ms = now_ms + 2 + self._law.pause_ms
        asks = self._frame[0] & _ASKS
        self._ears.open(end_ms, self._channel, self._rate, asks, self._pace.is_long())
        if self._avoid is None and self._frame[1:3] != _GROUP:
            self.on_sent(self, end_ms)  # of the first copy: what an anchor counts from is not later than what was heard
        self._copies -= 1
        self._avoid = self._channel
        self._at = self._quiet_ms
        if asks:
            self._at = self._ears.copy_at(end_ms, self._quiet_ms, self._law.air_us(self._rate, len(self._frame)) // 1000)
        if self._copies:
            self._rate = self._slow
            return
        if asks:
            self._asked_ms = end_ms + self._ears.answer_ms(self._rate)
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
        self._ears.windows = []
        if self._end_ms is not None:
            self._stop(now_ms)
        if self.on_fault:
            self.on_fault("lora " + self._radio.reason, True)

    def _miss(self):
        """An answer is overdue."""
        self._asked_ms = None
        self.missed += 1
        if self._pace.miss(self.foreign, self._salted):
            self._tune()

    def _tune(self):
        """Have a link of the pace's rate: another object, which says so to whoever sends over it."""
        self.rate = self._pace.rate
        self.link = lora_link(self._law.rates[self.rate], self._ears.answer_ms(self.rate))

    # What goes.

    def _try(self, now_ms):
        """Send what is under way on a channel on which the law lets it."""
        size = len(self._frame)
        again_ms = None
        for channel in self._shuffled(channels_of(self._law, self._rate, size)):
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

    def _listen(self, now_ms):
        """Listen where something may come now; return the uptime at which something is to be done."""
        due = [at for at in (self._ears.listen(now_ms), self._asked_ms, self._at if self._frame else None) if at is not None]
        if self._radio.state == "receiving":
            due.append(now_ms + self.look_ms)
        at_ms = max(min(due), now_ms + 1) if due else None
        if self._radio.state == "idle" and (at_ms is None or at_ms - now_ms > _DOZE_MS):
            self._radio.sleep(now_ms)
        return at_ms

    def _random(self, limit):
        """Return a number below `limit`, or 0."""
        return int.from_bytes(self._entropy(2), "big") * limit >> 16
