"""A virtual GNSS receiver for MicroPython and CPython: a report of NMEA sentences a second, from cold start to fix.

Source: u-blox M10 SPG 5.10 interface description UBX-21035062, "NMEA messages" (fields, order of output, what stands in
them without a fix); M10 data sheet, "Performance" (cold start 23 to 29 s).
"""

from gilmok_sim.chips.talker import Talker

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class VirtualGnss(Talker):
    """Measures `latitude`, `longitude` in degrees and `altitude` in m, at the time `start_s` (Unix) plus its clock.

    `cold_ms` after power-up it has a fix; `lost` takes it away. A report begins `latency_ms` to `latency_ms` +
    `jitter_ms` after its second. `scatter` is how far fixes lie from each other, in degrees; `dimensions` 2 is a fix
    without an altitude.
    """

    def __init__(self, world, clock, seed=1, start_s=1_792_713_600, cold_ms=29_000, talker="GN"):
        self.start_s = start_s
        self.cold_ms = cold_ms
        self.talker = talker
        self.latency_ms = 60
        self.jitter_ms = 30
        self.scatter = 0.0
        self.satellites = 11
        self.hdop = 0.84
        self.quality = 1
        self.dimensions = 3
        self.lost = False
        super().__init__(world, clock, 0, seed)
        self._powered_ms = clock()
        self.next_ms = (int(self.next_ms) // 1000 + 1) * 1000 + self.latency_ms

    def period(self, now_ms):
        late_ms = self.latency_ms + self._noise.bits() % (self.jitter_ms + 1)
        return (int(now_ms) // 1000 + 1) * 1000 + late_ms - now_ms

    def emit(self):
        data = super().emit()
        if self.fault == "bad_checksum":
            data = b"\r".join([line[:-1] + bytes((line[-1] ^ 1,)) for line in data.split(b"\r")])
        return data

    def frame(self, now_ms):
        second = int(now_ms) // 1000
        fixed = second * 1000 - self._powered_ms >= self.cold_ms and not self.lost
        lines = self._lines(self.start_s + second, second * 1000) if fixed else self._empty()
        return b"".join([_sealed((self.talker + line).encode()) for line in lines])

    def _lines(self, utc_s, now_ms):
        time, date = _civil(utc_s)
        latitude = self._angle("latitude", now_ms, 2, "NS")
        longitude = self._angle("longitude", now_ms, 3, "EW")
        altitude = self.world.value("altitude", now_ms)
        place = "{},{}".format(latitude, longitude)
        gsa = "GSA,A,{},02,05,13,15,18,23,24,29,,,,,1.52,{:.2f},1.27,1"
        return (
            "RMC,{},A,{},0.012,,{},,,A,V".format(time, place, date),
            "VTG,,T,,M,0.012,N,0.022,K,A",
            "GGA,{},{},{},{:02d},{:.2f},{:.1f},M,18.9,M,,".format(time, place, self.quality, self.satellites, self.hdop, altitude),
            gsa.format(self.dimensions, self.hdop),
            "GSV,3,1,11,02,33,302,31,05,59,070,38,13,41,101,35,15,66,334,40,1",
            "GSV,3,2,11,18,26,246,28,23,30,318,33,24,33,046,34,29,41,242,36,1",
            "GLL,{},{},A,A".format(place, time),
        )

    def _empty(self):
        return (
            "RMC,,V,,,,,,,,,,N,V",
            "VTG,,,,,,,,,N",
            "GGA,,,,,,0,00,99.99,,,,,,",
            "GSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99,1",
            "GSV,1,1,00,1",
            "GLL,,,,,,V,N",
        )

    def _angle(self, channel, now_ms, digits, letters):
        value = self.world.value(channel, now_ms)
        if self.scatter:
            value += ((self._noise.bits() & 1023) / 511.5 - 1) * self.scatter
        steps = round(abs(value) * 6_000_000)  # 10^-5 minutes
        degrees, minutes = steps // 6_000_000, steps % 6_000_000
        text = "{:03d}{:02d}.{:05d}".format(degrees, minutes // 100_000, minutes % 100_000)
        return text[3 - digits :] + "," + letters[value < 0]


def _civil(utc_s):
    """Return hhmmss.ss and ddmmyy."""
    days, rest = utc_s // 86400, utc_s % 86400
    year = 1970
    while days >= 365 + (year % 4 == 0):  # right up to 2099
        days -= 365 + (year % 4 == 0)
        year += 1
    month = 0
    while days >= _DAYS[month] + (month == 1 and year % 4 == 0):
        days -= _DAYS[month] + (month == 1 and year % 4 == 0)
        month += 1
    time = "{:02d}{:02d}{:02d}.00".format(rest // 3600, rest // 60 % 60, rest % 60)
    return time, "{:02d}{:02d}{:02d}".format(days + 1, month + 1, year % 100)


def _sealed(body):
    total = 0
    for byte in body:
        total ^= byte
    return b"$" + body + "*{:02X}\r\n".format(total).encode()
