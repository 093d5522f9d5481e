"""A radio on the medium without its SPI: the interface of gilmok_node.radio, for cities of hundreds of nodes.

It does what Sx126x does on a virtual chip (tests/sim/test_sim_radio.py compares them), but for what only SPI has: a chip that answers
wrongly. And it says by `on_event(at_us)` when its DIO1 would rise, so that nobody has to poll it.
"""

from gilmok_wire.airtime import airtime_us

from gilmok_sim.lora_air import Air

SYNC_WORD = 0x3444
SWITCH_US = 126  # from standby to sending (SX1261/2 data sheet, table 8-2) …
RX_SWITCH_US = 83  # … and to receiving
SETTLE_US = 650  # what the driver's energy() takes beside its span
_ENERGY_BW_HZ = 250_000  # the driver's for energy()
_RETRY_MS, _RETRY_LIMIT_MS = 1000, 64_000  # as the driver's, after a fault
_BANDWIDTHS = (125_000, 250_000, 500_000)


class SimRadio:
    """One radio of a node; `clock` returns ms, as a chip's does.

    `lead_us` is what passes from an order to the first symbol, beside the chip's own switching. `elapse(us)` lets time pass while
    energy() listens; without it the listening is taken to have ended when it is asked for, so that one clock serves all nodes and
    two that listen at once do not hear each other. `fault` set to a reason breaks the chip until it is None again.
    """

    def __init__(self, medium, clock, name, place, gain_dbi=0.0, figure_db=6.0, lead_us=0, elapse=None, on_event=None):
        self.medium = medium
        self.clock = clock
        self.station = medium.join(self, name, place, gain_dbi, figure_db)
        self.lead_us = lead_us
        self.on_event = on_event
        self.fault = None
        self.spent_us = {}  # state → how long, but for what goes on
        self.sent_us = {}  # power in dBm → how long it was ordered to send with it
        self._elapse = elapse
        self._drawing = "off"  # the state whose current it draws: a reception that has got its frame is over
        self._drawn_us = self._us()
        self._retry_ms = _RETRY_MS
        self._retry_at = 0
        self._held = self._happened = self._locked = self._received = None
        self._single = False
        self._deadline_us = self._since_us = 0
        self._tuned = None
        self.state = "off"
        self.frame = None
        self.rssi_dbm = self.snr_cb = self.samples = 0
        self.reason = None
        self.faults = {}

    # The interface.

    def begin(self, now_ms):
        """Start the chip; return whether it is idle now."""
        self._retry_ms = _RETRY_MS
        if self._breaks(now_ms):
            return False
        self._settle("idle", self._us())
        return True

    def transmit(self, now_ms, frame, frequency_hz, sf, bw_hz, cr, power_dbm, inverted_iq=False):
        """Send 1 to 255 bytes; return whether it began."""
        if not 1 <= len(frame) <= 255 or not -9 <= power_dbm <= 22:
            raise ValueError("a frame has 1 to 255 bytes, the power -9 to 22 dBm")
        _check(frequency_hz, sf, bw_hz, cr)
        if not self._ready(now_ms):
            return False
        now = self._us()
        start = now + self.lead_us + SWITCH_US
        self._deadline_us = start + airtime_us(len(frame), sf, bw_hz, cr)
        self._settle("sending", now)
        self.sent_us[power_dbm] = self.sent_us.get(power_dbm, 0) + self._deadline_us - now
        air = Air(frequency_hz, sf, bw_hz, cr, bool(inverted_iq), SYNC_WORD, 8, True, True, power_dbm)
        self.medium.transmit(self, start, self._deadline_us, air, bytes(frame))
        self._wake_at(self._deadline_us)
        return True

    def receive(self, now_ms, frequency_hz, sf, bw_hz, cr, inverted_iq=False, timeout_ms=None):
        """Listen for one frame that begins within `timeout_ms`, or for all that come; return whether it began."""
        if timeout_ms is not None and not 1 <= timeout_ms <= 262_000:
            raise ValueError("timeout_ms must be 1 to 262000")
        _check(frequency_hz, sf, bw_hz, cr)
        if not self._ready(now_ms):
            return False
        self._since_us = self._us() + RX_SWITCH_US
        self._single = timeout_ms is not None
        self._settle("receiving", self._us())
        self.medium.tune(self.station, ((frequency_hz, sf, bw_hz, bool(inverted_iq)),))
        if self._single:
            self._deadline_us = self._since_us + timeout_ms * 1000
            self._wake_at(self._deadline_us)
        return True

    def detect(self, now_ms, frequency_hz, sf, bw_hz):
        """Look for a preamble, four symbols long; return whether it began."""
        _check(frequency_hz, sf, bw_hz, 1)
        if not self._ready(now_ms):
            return False
        symbol = (1_000_000 << sf) // bw_hz
        self._deadline_us = self._us() + RX_SWITCH_US + 4 * symbol + symbol // 2
        self._tuned = (frequency_hz, sf, bw_hz)
        self._settle("detecting", self._us())
        self._wake_at(self._deadline_us)
        return True

    def energy(self, now_ms, frequency_hz, span_us):
        """Return the highest RSSI in dBm, in 250 kHz, over `span_us`; None where the radio is lost or sends."""
        _check(frequency_hz, 7, _ENERGY_BW_HZ, 1)
        if not self._ready(now_ms):
            return None
        if self._elapse:
            self._elapse(span_us + SETTLE_US)
        now = self._us()
        self.medium.advance(now)
        self.samples = max(1, span_us // 60)  # as many as the driver takes on a virtual chip
        self._settle("idle", now)
        self._spend("receiving", span_us + SETTLE_US)
        return int(self.medium.energy_dbm(self.station, frequency_hz, _ENERGY_BW_HZ, now - span_us, now))

    def sleep(self, now_ms):
        """Send the chip to sleep with its configuration; return whether it did."""
        if not self._ready(now_ms):
            return False
        self._settle("asleep", self._us())
        return True

    def poll(self, now_ms):
        """Return an event, or None."""
        if self._held:
            event, self._held = self._held, None
            return event
        if self.state == "lost":
            return self._recover(now_ms)
        if self.state in ("off", "idle", "asleep"):
            return None
        now = self._us()
        self.medium.advance(now)
        if self._breaks(now_ms):
            return self.poll(now_ms)
        event = self._look(now)
        if event is not None:
            self._retry_ms = _RETRY_MS
        return event

    def settle_spent(self):
        """Bring `spent_us` up to now."""
        self._draw(self._drawing, max(self._us(), self._drawn_us))

    # The medium's receiver.

    def hears(self, transmission):
        """Tell whether it is free for a frame whose sync word has just passed."""
        if self.state != "receiving" or self._since_us > transmission.latest_us or (self._single and self._happened):
            return False
        return not self._single or self._locked is not None or transmission.lock_us <= self._deadline_us

    def lock(self, transmission):
        """Begin to receive a frame."""
        if self._locked is not None:
            return "busy"
        self._locked = transmission
        return ""

    def missed(self, transmission):
        """Hear that a frame will not come after all."""
        if self._locked is transmission:
            self._locked = None

    def take(self, transmission, rssi_dbm, snr_db, header_ok, crc_ok):
        """Take a frame at its end."""
        if self._locked is not transmission:
            return
        self._locked = None
        happened = "received" if crc_ok else "crc_error" if header_ok else "header_error"
        if header_ok:
            self._received = (transmission.payload, int(rssi_dbm), int(snr_db * 4) * 10 // 4)
        if self._happened is None or _RANKS[happened] > _RANKS[self._happened]:
            self._happened = happened  # of several frames before a poll the driver sees the last, and the flags of all
        if self._single:
            self.medium.tune(self.station, ())
            self._draw("idle", transmission.end_us)
        if self.on_event:
            self.on_event(transmission.end_us)

    # States.

    def _us(self):
        return int(self.clock() * 1000 + 0.5)

    def _ready(self, now_ms):
        """Return whether an order can be taken; what has come until now is held for poll()."""
        if self.state in ("off", "lost", "sending"):
            return False
        if self._breaks(now_ms):
            return False
        self.medium.advance(self._us())
        if self.state in ("receiving", "detecting"):
            self._held = self._look(self._us()) or self._held
        return True

    def _look(self, now):
        """Return what has happened in a state that waits for something."""
        if self.state == "receiving":
            return self._look_for_frames(now)
        if now < self._deadline_us:
            return None
        was = self.state
        self._settle("idle", self._deadline_us)
        if was == "sending":
            return "sent"
        return "occupied" if self.medium.occupied(self.station, *self._tuned, self._deadline_us) else "clear"

    def _look_for_frames(self, now):
        happened = self._happened
        if happened is None:
            if not self._single or now < self._deadline_us or self._locked is not None:
                return None
            self._settle("idle", self._deadline_us)
            return "timeout"
        self._happened = None
        if self._single:
            self._settle("idle", now)  # what it draws has been so since the frame's end
        if happened == "received":
            self.frame, self.rssi_dbm, self.snr_cb = self._received
        return happened

    def _settle(self, state, at_us):
        """Enter a state, and let go of the air."""
        self._draw(state, at_us)
        self.medium.tune(self.station, ())
        self._locked = self._happened = None
        self.state = state

    def _draw(self, state, at_us):
        """Draw the current of another state from then on."""
        self._spend(self._drawing, at_us - self._drawn_us)
        self._drawing = state
        self._drawn_us = at_us

    def _spend(self, state, us):
        self.spent_us[state] = self.spent_us.get(state, 0) + us

    def _wake_at(self, at_us):
        if self.on_event:
            self.medium.call(at_us, self.on_event, at_us)

    # Faults.

    def _breaks(self, now_ms):
        """Return whether the chip is broken; then it is lost."""
        if self.fault is None:
            return False
        if self.state == "sending":
            self.medium.cut(self, self._us())
        self._settle("lost", self._us())
        self.reason = self.fault
        self.faults[self.fault] = self.faults.get(self.fault, 0) + 1
        self._held = "fault"
        self._retry_at = now_ms + self._retry_ms
        self._retry_ms = min(2 * self._retry_ms, _RETRY_LIMIT_MS)
        return True

    def _recover(self, now_ms):
        if now_ms < self._retry_at:
            return None
        if self._breaks(now_ms):
            return self.poll(now_ms)
        self._settle("idle", self._us())
        return "recovered"


_RANKS = {"received": 0, "crc_error": 1, "header_error": 2}


def _check(frequency_hz, sf, bw_hz, cr):
    if not 150_000_000 <= frequency_hz <= 960_000_000:
        raise ValueError("frequency_hz = {}: must be 150 to 960 MHz".format(frequency_hz))
    if not 7 <= sf <= 12 or bw_hz not in _BANDWIDTHS or not 1 <= cr <= 4:
        raise ValueError("sf must be 7 to 12, bw_hz 125000, 250000 or 500000, cr 1 to 4")
