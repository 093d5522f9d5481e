"""GNSS receivers that speak NMEA 0183 over a UART, 9600 baud: where the node stands, and what time it is.

Source: NMEA 0183 version 4.11 sentences GGA, RMC and GSA, after the interface description of u-blox M10 (SPG 5.10,
UBX-21035062, "NMEA messages") (secondary); any talker. Day numbers: H. Hinnant, "chrono-compatible low-level date algorithms".
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Stuck, option
from gilmok_node.sensors.between import Between
from gilmok_node.sensors.frames import FrameSensor

_DOLLAR = const(0x24)
_STAR = const(0x2A)
_DAY_MS = const(86_400_000)
_FRESH_MS = const(3000)  # a receiver reports once a second: two reports missed
_STILL_MS = const(5000)
# Earlier than 2024-01-01 (since 1970-01-01) a date is that of a receiver whose week number has wrapped after 19.6 years.
_OLDEST_DAY = const(19723)
_HDOP_NONE = const(500)  # 99.99 is what receivers send for none
_PAUSE_MS = const(200)  # between two reports; an ESP32 hands over 120 bytes at a time, which take 125 ms
_OFFSETS = const(8)  # reports over which the arrival of the first byte is compared
_LATE_MS = const(5)  # what the loop's clock may be behind when a chunk is read, and a byte at 9600 baud
_NEAR = const(1000)  # 10^-6°, 111 m: so near each other the mean of angles is that of vectors to less than 1 mm


class Gnss(FrameSensor):
    """Position and time of a fix; without one they are missing, and so is a position with an HDOP above `hdop` (0.1).

    With `fixes` = n the position is told once, in the reading after n good fixes, as their mean; then only time. A fix
    111 m from the first begins the mean again.
    utc_day (since 1970-01-01) and utc_ms (since midnight) are of the moment of the reading. A report begins some time
    after the second it speaks of, `latency_ms`, and how many bytes have come since tells when; utc_err is `latency_ms`,
    the spread of the last eight arrivals and 5 ms. Time is missing where reports follow each other without a pause of
    0.2 s. A receiver just out of its box may be seconds off until it has heard of the leap seconds, 12.5 minutes long.
    Cost: 0.04 ms a byte on an ESP32 (estimate: 3000 instructions of the interpreter on a desk, at 70 MIPS), 2 % of a core
    at 450 bytes a second; switch off the sentences nobody reads (GSV, VTG, GLL) in the receiver to halve it.
    """

    NAME = "gnss"
    CHANNELS = (
        ("latitude", "deg", -6),
        ("longitude", "deg", -6),
        ("altitude", "m", -1),
        ("satellites", "1", 0),
        ("hdop", "1", -1),
        ("utc_day", "d", 0),
        ("utc_ms", "s", -3),
        ("utc_err", "s", -3),
    )
    OPTIONS = {
        "fixes": (0, Between(0, 3600)),
        "hdop": (25, Between(5, 200)),
        "latency_ms": (100, Between(0, 900)),
    }
    # 256 bytes of a UART last 267 ms; a report is some 450 bytes, so that calls fall into it.
    SERVICE_MS = 100
    UART = (9600, 8, None, 1, False)
    FIRST_MS = 3000  # of a receiver that starts up, without a fix
    SILENT_MS = 5000
    LENGTH = 96  # NMEA allows 82, receivers with more digits exceed it

    def __init__(self, bus, options):
        FrameSensor.__init__(self, bus, options)
        self._fixes = option(self, options, "fixes")
        self._hdop_limit = option(self, options, "hdop")
        self._latency_ms = option(self, options, "latency_ms")
        self._due = False  # a fix of a new second is in, whose arrival is to be noted
        self._forget()
        self._mean = None  # what is known of the mean: [latitude and longitude of the first, sums of three, fixes]
        self._told = False

    def begin(self, now_ms):
        """Forget what came before; returns the ms until a first sentence is due."""
        self._forget()
        self._heard_ms = now_ms
        self._mean = None
        self._told = False
        return FrameSensor.begin(self, now_ms)

    def service(self, now_ms):
        """Move what the UART received into sentences, and note when a report began."""
        if now_ms - self._heard_ms >= _PAUSE_MS:
            self._received = 0
            self._burst_ms = None
            self._timed = False
        before = self._received
        FrameSensor.service(self, now_ms)
        if self._received == before:
            return
        self._heard_ms = now_ms
        # While bytes come without a pause the first was on the line so long ago; what has not come yet makes it later.
        began_ms = now_ms - self._received * 10000 // self.UART[0]
        if self._burst_ms is None or began_ms < self._burst_ms:
            self._burst_ms = began_ms
        if self._due and not self._timed:
            self._timed = True
            self._offsets.append(self._burst_ms - self._utc_ms)
            if len(self._offsets) > _OFFSETS:
                self._offsets.pop(0)
        self._due = False

    def read(self, now_ms):
        """Return what the newest report says.

        Raises: NotReady, Garbled or Silent as FrameSensor; Stuck where its time stands still.
        """
        values = FrameSensor.read(self, now_ms)
        if self._fix_ms is not None and self._fix_ms - self._moved_ms > _STILL_MS:
            raise Stuck("the receiver's time stands still", self._fix_ms - self._moved_ms)
        if self._fix_ms is None or now_ms - self._fix_ms > _FRESH_MS:
            return (None, None, None, values[3]) + (None,) * 4
        return values[:5] + self._time(now_ms)

    def _forget(self):
        self._epoch = None  # ms of the day of the report that is coming in
        self._gga = self._rmc = None  # what it said
        self._dimensions = None  # 1: no fix, 2: no altitude, 3
        self._satellites = None
        self._fix = None  # (latitude, longitude, altitude, HDOP)
        self._fix_ms = None
        self._utc_ms = self._moved_ms = 0
        self._offsets = []  # node time less UTC, at the first byte of a report
        self._received = 0  # bytes since the last pause
        self._burst_ms = None
        self._due = False
        self._timed = True  # the first report may have begun before anyone listened
        self._heard_ms = 0

    def _values(self, frame):
        if self._fix is None:
            return (None,) * 3 + (self._satellites, None)
        latitude, longitude, altitude, hdop = self._fix
        place = (latitude, longitude, altitude)
        if self._fixes:
            place = self._tell_mean()
        elif hdop is None or hdop > self._hdop_limit:
            place = (None, None, None)
        return place + (self._satellites, hdop)

    def _tell_mean(self):
        if self._told or self._mean is None or self._mean[5] < self._fixes:
            return (None, None, None)
        latitude, longitude, *sums, n = self._mean
        self._told = True
        latitude += (2 * sums[0] + n) // (2 * n)
        longitude = _turned(longitude + (2 * sums[1] + n) // (2 * n))
        return latitude, longitude, (2 * sums[2] + n) // (2 * n)

    def _time(self, now_ms):
        if not self._offsets or self._utc_ms < _OLDEST_DAY * _DAY_MS:
            return (None, None, None)
        # Nothing arrives early: the smallest offset is the best.
        earliest = min(self._offsets)
        utc_ms = now_ms - earliest + self._latency_ms
        error_ms = self._latency_ms + max(self._offsets) - earliest + _LATE_MS
        return utc_ms // _DAY_MS, utc_ms % _DAY_MS, error_ms

    def _parse(self, count, now_ms):
        chunk, part, length = self._chunk, self._part, self.LENGTH
        self._received += count
        n = self._filled
        for i in range(count):
            byte = chunk[i]
            if byte == _DOLLAR:
                part[0] = byte
                n = 1
            elif n:
                if 32 <= byte < 127 and n < length:
                    part[n] = byte
                    n += 1
                    continue
                if byte < 32:
                    self._finish(n, now_ms)
                else:
                    self.bad_checksums += 1
                n = 0  # until the next dollar nothing can be a sentence
        self._filled = n

    def _finish(self, n, now_ms):
        """Take a sentence of n bytes if its checksum holds."""
        part = self._part
        total = 0
        for byte in part[1 : n - 3]:
            total ^= byte
        if n < 9 or part[n - 3] != _STAR or total != _hex(part[n - 2]) << 4 | _hex(part[n - 1]):
            self.bad_checksums += 1
            return
        self._frame_ms = now_ms
        self._bad_before = self.bad_checksums
        self.frames += 1
        kind = bytes(part[3:6])  # behind two letters that say which system talks
        if kind in (b"GGA", b"RMC", b"GSA"):
            fields = bytes(part[7 : n - 3]).split(b",")
            getattr(self, "_take_" + kind.decode().lower())(fields, now_ms)

    def _take_gsa(self, fields, now_ms):
        self._dimensions = _fixed(fields[1], 0) if len(fields) > 1 else None

    def _take_gga(self, fields, now_ms):
        if len(fields) < 9:
            return
        self._open_epoch(fields[0])
        self._satellites = _fixed(fields[6], 0)
        latitude = _angle(fields[1], fields[2], b"NS", 90)
        longitude = _angle(fields[3], fields[4], b"EW", 180)
        # Quality: 1 to 5 are measured; 0 is none, 6 estimated, 7 typed in, 8 simulated.
        if fields[5] in (b"1", b"2", b"3", b"4", b"5") and latitude is not None and longitude is not None:
            hdop = _fixed(fields[7], 1)
            self._gga = (latitude, longitude, _fixed(fields[8], 1), None if hdop is None or hdop >= _HDOP_NONE else hdop)
        self._close_epoch(now_ms)

    def _take_rmc(self, fields, now_ms):
        if len(fields) < 9:
            return
        self._open_epoch(fields[0])
        if fields[1] == b"A":
            self._rmc = _day(fields[8])
        else:
            self._fix_ms = self._fix = None
            self._offsets = []
        self._close_epoch(now_ms)

    def _open_epoch(self, text):
        epoch = _clock(text)
        if epoch is None or epoch != self._epoch:
            self._epoch = epoch
            self._gga = self._rmc = None

    def _close_epoch(self, now_ms):
        """Both sentences of one second make a fix."""
        if self._epoch is None or self._gga is None or self._rmc is None:
            return
        utc_ms = self._rmc * _DAY_MS + self._epoch
        if utc_ms != self._utc_ms or self._fix_ms is None:
            self._moved_ms = now_ms
            self._due = True
        self._utc_ms = utc_ms
        latitude, longitude, altitude, hdop = self._gga
        self._fix = (latitude, longitude, None if self._dimensions in (1, 2) else altitude, hdop)
        self._fix_ms = now_ms
        self._gga = self._rmc = None
        if self._fixes and hdop is not None and hdop <= self._hdop_limit and self._fix[2] is not None and self._due:
            self._average(latitude, longitude, altitude)

    def _average(self, latitude, longitude, altitude):
        mean = self._mean
        if mean is not None and mean[5] >= self._fixes:
            return
        if mean is None or abs(latitude - mean[0]) > _NEAR or abs(_turned(longitude - mean[1])) > _NEAR * 2:
            mean = self._mean = [latitude, longitude, 0, 0, 0, 0]
        mean[2] += latitude - mean[0]
        mean[3] += _turned(longitude - mean[1])
        mean[4] += altitude
        mean[5] += 1


def _turned(microdegrees):
    """Return the same direction from −180° up to 180°."""
    return (microdegrees + 180_000_000) % 360_000_000 - 180_000_000


def _hex(byte):
    """Return the value of a hexadecimal digit, −1 where it is none."""
    if 48 <= byte <= 57:
        return byte - 48
    return byte - 55 if 65 <= byte <= 70 else byte - 87 if 97 <= byte <= 102 else -1


def _fixed(text, places):
    """Return a decimal number × 10^places, rounded, or None where it is none."""
    negative = text[:1] == b"-"
    if negative:
        text = text[1:]
    whole, _, part = text.partition(b".")
    digits = whole + (part + b"0" * (places + 1))[: places + 1]
    if not whole or not digits.isdigit():
        return None
    value = (int(digits) + 5) // 10
    return -value if negative else value


def _angle(text, letter, letters, limit):
    """Return 10^-6 degrees of dddmm.mmmm and N, S, E or W, or None."""
    value = _fixed(text, 6)
    if value is None or len(letter) != 1 or letter not in letters:
        return None
    degrees, minutes = value // 100_000_000, value % 100_000_000
    degrees = degrees * 1_000_000 + (minutes + 30) // 60
    if minutes >= 60_000_000 or degrees > limit * 1_000_000:
        return None
    return -degrees if letter == letters[1:] else degrees


def _clock(text):
    """Return the ms of the day of hhmmss.sss, or None."""
    value = _fixed(text, 3)
    if value is None or len(text) < 6:
        return None
    hours, minutes, ms = value // 10_000_000, value // 100_000 % 100, value % 100_000
    if hours > 23 or minutes > 59 or ms >= 61_000:  # a leap second is the 60th
        return None
    return (hours * 60 + minutes) * 60_000 + ms


def _day(text):
    """Return the days since 1970-01-01 of ddmmyy, or None."""
    if len(text) != 6 or not text.isdigit():
        return None
    day, month, year = int(text[:2]), int(text[2:4]), 2000 + int(text[4:])
    if not 1 <= day <= 31 or not 1 <= month <= 12:
        return None
    if month < 3:  # years begin in March, so that a leap day ends one
        month += 12
        year -= 1
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
