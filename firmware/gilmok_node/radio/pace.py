"""How fast a node sends, and how patiently: both follow from how it is answered. Figures and their reasons: README.md, "How fast"."""

from gilmok_wire.compat import const

_STEPS = const(6)  # a wait is doubled so often at most: an alarm's by then is as long as one may be put off
_SPREAD_MS = const(8000)  # an alarm is not put off longer, however many went unanswered
_VAIN = const(3)  # answers missed until a slower rate: at 20 % loss each way two are missed every eighth time
_STEP_CB = const(25)  # what a spreading factor more gains, in tenths of a dB (SX1261/2 data sheet, table 6-1)
_KEEP_CB = const(100)  # to spare at a faster rate: rain, leaves and lorries (as network servers have it)
_LEAST_CB = const(50)  # … below which a slower one is taken
_LOADS = const(11)  # 200 nodes that poll at SF7, each once in two minutes, leave a gateway time to hear
_PATIENT_MS = const(300_000)  # … at slow rates too: readings wait longer for company
_AWAY = const(9)  # answers missed in a row are no longer chance, but a gateway that was away


class Pace:
    """The rate of a LoRa port, and how often what it sends is put off.

    `law` is its RadioLaw, `limits` (slowest, fastest) rate. `unanswered` counts the answers missed in a row. Who has `load` puts off what
    is not urgent, twice as long for each, while answers are missed that others get.
    """

    def __init__(self, law, limits):
        self._law = law
        self._slowest, self._fastest = limits
        self._floor = self._slowest
        if self._slowest == law.lowest:  # a rate too slow for most still carries an alarm
            while self._floor and law.rates[self._floor - 1]:
                self._floor -= 1
        # The fastest first: most nodes of a city are near, and hundreds that greet slowly after a power cut keep each other from it.
        self.rate = self._fastest
        self._good = None  # the rate that fits as far as was reported last
        self.unanswered = self.load = 0
        self._turned = self._strangers = 0  # whether an answer came, or was missed, since the last frame; others' frames by then
        self.alarm = None  # answers missed when the alarm under way began, which goes slower by those since

    def adapt(self, rate, margin_cb):
        """Take how well a gateway heard this node at a rate, in tenths of a dB above what that needs; return whether that set a rate."""
        margin_cb += _STEP_CB * (rate - self.rate)
        faster = (margin_cb - _KEEP_CB) // _STEP_CB
        spare = (margin_cb - _LEAST_CB) // _STEP_CB
        if spare >= 0:  # back to the rate that was good where it only went slower while nobody answered
            spare = max(0, faster, min(spare, (self._good or 0) - self.rate))
        if spare:
            self.turn_to(self.rate + spare)
        self._good = self.rate
        return spare != 0

    def answered(self, strangers):
        """Take note of an answer; `strangers` counts the frames heard that were others'."""
        if not self.unanswered:
            self.load = max(0, self.load - 1)
        elif self.unanswered < _AWAY:
            self.load = min(self.load + 1, _LOADS)
        self._turned = 1
        self._strangers = strangers
        self.unanswered = 0
        if self._good is None:
            self._good = self.rate

    def miss(self, strangers, greeted):
        """Take note that an answer is overdue, of a greeting or not; return whether that set a rate.

        An alarm goes slower from now on, everything else every fourth time, two rates every 16th, and so on: mostly it is the gateway that
        is away, and what was good still is; the slower, the more air. Where nobody ever answered a greeting goes round: hundreds that
        greet at the slowest rate keep each other from being heard.
        """
        self.unanswered += 1
        self._turned = 1
        if strangers != self._strangers:
            self.load = min(self.load + 1, _LOADS)
            self._strangers = strangers
        if self._good is not None:
            turn, slower = self.unanswered + 1, 0
            while not turn & 3:
                turn >>= 2
                slower += 1
            self.turn_to(self._good - slower)
        elif self.unanswered < (1 if greeted else _VAIN):
            return False
        elif self.rate > self._slowest:
            self.unanswered -= 1
            self.turn_to(self.rate - 1)
        elif greeted:
            self.turn_to(self._fastest)
        else:
            return False
        return True

    def begin(self, urgent):
        """Return how many answers were missed since this began: of an alarm, that is repeated, or of everything."""
        if not urgent:
            self.alarm = None
            return self.unanswered
        self.alarm = self.unanswered if self.alarm is None else min(self.alarm, self.unanswered)
        return self.unanswered - self.alarm

    def spread_ms(self, air_ms, urgent, late, follows):
        """Return by how much at most a frame of this airtime is put off by chance; `follows`: it comes right behind another."""
        loaded = self.load and self._turned and not urgent
        self._turned = 0
        if loaded:
            return min(air_ms << max(self.load, min(late, _STEPS)), _PATIENT_MS)
        return air_ms >> 3 if follows else min(air_ms << min(late, _STEPS), _SPREAD_MS)

    def alarm_rate(self, size, late):
        """Return the rate for an alarm of which so many answers were missed: that of the link, and slower."""
        rate = max(min(self.rate, (self._good or self.rate) - late), self._floor)
        while rate < self.rate and not channels_of(self._law, rate, size):
            rate += 1
        return rate

    def is_long(self):
        """Tell whether an answer is listened for as long as it may take: while the gateway is away that is more than sending takes."""
        return self.unanswered < _AWAY or not self.unanswered & 7

    def turn_to(self, rate):
        """Send at a rate from now on, as far as it is one of the configured."""
        self.rate = min(max(rate, self._slowest), self._fastest)


def channels_of(law, rate, size):
    """Return the channels that carry frames of a size at a rate."""
    return [channel for channel in law.channels if law.carries(channel, rate, size)]
