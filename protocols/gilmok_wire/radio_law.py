"""Grants or refuses each transmission of a LoRa radio as its region's law has it, sans-IO.

Times are uptimes in ms, rounded down by whoever reads the clock, so a millisecond is added wherever that would be to our advantage.
"""

from .airtime import airtime_us
from .compat import const

# Why a transmission is refused. The first six are refused whenever they are asked for; the others pass with time.
GRANTED = const(0)
CHANNEL = const(1)  # the region, or this radio's configuration, has no such channel
RATE = const(2)  # the channel does not carry this data rate
SIZE = const(3)  # the frame is longer than this data rate carries
POWER = const(4)  # more than the EIRP allows with this antenna
DWELL = const(5)  # one transmission would last too long
SENDING = const(6)  # the one before has not ended
PAUSE = const(7)  # between two transmissions
QUOTA = const(8)  # the airtime of a band or channel is used up
LISTEN = const(9)  # the channel has not been listened to just now
OCCUPIED = const(10)  # somebody else was heard on it
REASONS = const(11)

# How long a channel that was heard free may be taken for free. The law says "immediately": here it is as long as it was listened to, in
# which a polled loop gets from its last RSSI reading to the transmission.
_FRESH_MS = const(5)
_LEAST_DBM = const(-9)  # what every chip of ours can


class RadioLaw:
    """What one radio may transmit, and what it has transmitted.

    `region` is a row of regions.REGIONS; `channels` are those it may use, all of the region where None; `antenna_dbi` is the
    antenna's gain, rounded up to whole dB, a cable's loss not being credited. `saved` is what `save` returned before a restart:
    without it the airtime of the whole window counts as used.

    Raises: ValueError where the configuration asks for what the region has not.
    """

    def __init__(self, region, now_ms, channels=None, antenna_dbi=0, saved=None):
        self._grids, self.rates, quotas, self._dwell_us, self.pause_ms, self.listen, hopping, self.uplinks, self.lowest, self.rx2 = region
        count = sum([grid[2] for grid in self._grids])
        self.channels = tuple(range(count)) if channels is None else channels
        for channel in self.channels:
            if not 0 <= channel < count:
                raise ValueError("radio law: the region has the channels 0 to {}, not {}".format(count - 1, channel))
        self._gain_db = max(antenna_dbi, 0)
        self._hop_dbm = None
        if hopping and len([channel for channel in self.channels if channel < self._grids[0][2]]) < hopping[0]:
            self._hop_dbm = hopping[1]
        self._quotas = []
        if quotas:
            from .quota import open_quotas  # 2 KB that a region without any need not load

            self._quotas = open_quotas(quotas, self._grids[0][2], now_ms, saved)
        self._begun = None  # (uptime, milliseconds booked, quota, key) of the transmission under way
        self._quiet_ms = now_ms + 1 + self.pause_ms  # until when no other one may begin; the last life may have ended with one
        self._heard = None  # (channel, uptime, whether it was free) of the last listening
        self.sent = 0
        self.sent_ms = 0
        self.refused = [0] * REASONS

    def frequency_hz(self, channel):
        """Return the middle of a channel."""
        grid, place = self._find(channel)
        return grid[0] + place * grid[1]

    def power_dbm(self, channel):
        """Return the most that the radio may put into the antenna on a channel."""
        grid = self._find(channel)[0]
        most_dbm = grid[5] - self._gain_db
        return most_dbm if grid[6] is None or self._hop_dbm is None else min(most_dbm, self._hop_dbm)

    def air_us(self, rate, size):
        """Return how long a frame of `size` bytes is on the air."""
        sf, bandwidth_hz, _ = self.rates[rate]
        return airtime_us(size, sf, bandwidth_hz)

    def carries(self, channel, rate, size):
        """Return whether a frame of `size` bytes may ever go out on a channel at a rate."""
        return self._unlawful(channel, rate, size, _LEAST_DBM) == GRANTED

    def ask(self, now_ms, channel, rate, size, power_dbm, spares=False):
        """Return whether a transmission may begin now, why not, and the first uptime at which it may if nothing else happens.

        That is None where it never may, or the radio should have stopped by now. With LISTEN it is now: as soon as the channel
        was heard free. Where a region listens, the channel must have been heard free at the uptime told as well.
        Who `spares` leaves a quarter of a band's airtime to those who do not.
        """
        reason, at_ms = self._judge(now_ms, channel, rate, size, power_dbm, spares)
        if reason:
            self.refused[reason] += 1
        return not reason, reason, at_ms

    def begin(self, now_ms, channel, rate, size, power_dbm, spares=False):
        """Ask, and book the transmission where it is granted: it must then begin at once."""
        answer = self.ask(now_ms, channel, rate, size, power_dbm, spares)
        if answer[0]:
            ms = self._ms(rate, size)
            quota, key = self._quota_of(channel)
            self._begun = now_ms, ms, quota, key
            if quota:
                quota.book(key, ms, now_ms)
            self.sent += 1
            self.sent_ms += ms
        return answer

    def end(self, now_ms):
        """Say that the radio has stopped transmitting, whatever the reason; one that took longer than it should is booked so."""
        if self._begun is None:
            return
        begun_ms, ms, quota, key = self._begun
        late_ms = now_ms + 1 - begun_ms - ms
        if late_ms > 0:
            self.sent_ms += late_ms
            if quota:
                quota.book(key, late_ms, now_ms)
        self._begun = None
        self._quiet_ms = now_ms + 1 + self.pause_ms

    def heard(self, now_ms, channel, rssi_dbm, span_us):
        """Take the strongest RSSI of a listening that ended now and lasted `span_us`.

        One from before a transmission counts for none after it: the pause of every region that listens is longer than it is fresh.
        """
        if self.listen and (span_us >= self.listen[1] or rssi_dbm >= self.listen[0]):  # who is heard is there, however short it was
            self._heard = channel, now_ms, rssi_dbm < self.listen[0]

    def report(self, now_ms):
        """Return [(ms used, ms allowed)…] of each quota, of its fullest channel where it holds for each."""
        return [quota.report(now_ms) for quota in self._quotas]

    def save(self, now_ms, channel=None, rate=0, size=0):
        """Return the ledger: to be kept before each transmission begins, and given to the next life.

        With a channel it holds a transmission that has not been asked for yet, so that there is nothing to do between grant and beginning.
        """
        if not self._quotas:
            return b""
        from .quota import save_quotas

        return save_quotas(self._quotas, now_ms, None if channel is None else self._quota_of(channel), self._ms(rate, size) if size else 0)

    def _judge(self, now_ms, channel, rate, size, power_dbm, spares):
        reason = self._unlawful(channel, rate, size, power_dbm)
        if reason:
            return reason, None
        ms = self._ms(rate, size)
        quota, key = self._quota_of(channel)
        spared_ms = quota.allowed_ms >> 2 if spares and quota and quota.keys == 1 else 0  # one of 400 ms in 20 s has no quarter to spare
        free_ms = quota.free_at(key, ms + spared_ms, now_ms) if quota else now_ms
        if free_ms is None:
            return DWELL, None
        if self._begun:
            end_ms = self._begun[0] + self._begun[1]
            return SENDING, max(end_ms + self.pause_ms, free_ms) if end_ms > now_ms else None
        if max(self._quiet_ms, free_ms) > now_ms:
            return (QUOTA, free_ms) if free_ms > self._quiet_ms else (PAUSE, self._quiet_ms)
        if self.listen:
            return self._unheard(now_ms, channel)
        return GRANTED, now_ms

    def _unlawful(self, channel, rate, size, power_dbm):
        """Return what is wrong at any time, or GRANTED."""
        if channel not in self.channels:
            return CHANNEL
        grid = self._find(channel)[0]
        if not grid[3] <= rate <= grid[4]:
            return RATE
        if not 0 < size <= self.rates[rate][2]:
            return SIZE
        if power_dbm > self.power_dbm(channel):
            return POWER
        return DWELL if self._dwell_us and self.air_us(rate, size) > self._dwell_us else GRANTED

    def _unheard(self, now_ms, channel):
        """Return GRANTED where the channel was just now heard free, else what is missing."""
        if self._heard is None or self._heard[0] != channel or now_ms - self._heard[1] >= _FRESH_MS:
            return LISTEN, now_ms
        # the next listening can end at the earliest when this one is stale
        return (GRANTED, now_ms) if self._heard[2] else (OCCUPIED, self._heard[1] + _FRESH_MS)

    def _ms(self, rate, size):
        """Return what a transmission is booked as: one that is not a whole number of ms touches one more at either end."""
        return (self.air_us(rate, size) + 1999) // 1000

    def _find(self, channel):
        """Return the grid of a channel and its place there."""
        for grid in self._grids:
            if channel < grid[2]:
                return grid, channel
            channel -= grid[2]
        raise ValueError("radio law: no channel {} beyond the last one".format(channel))

    def _quota_of(self, channel):
        """Return the quota of a channel and its key there, or None twice."""
        grid, place = self._find(channel)
        if grid[6] is None:
            return None, None
        quota = self._quotas[grid[6]]
        return quota, place if quota.keys > 1 else 0
