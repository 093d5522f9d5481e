"""A city to measure, for MicroPython and CPython: the rainy night, and for every other channel a seeded value that keeps changing.

It is apart from world.py because only a whole site needs it, and a simulated node has no heap to spare.
"""

from binascii import crc32
from math import pi, sin

from gilmok_sim.world import MOUNTED_M, RainyNight, chance

# Channel → (unit, least, most, period in s). What the rainy night knows comes from there; its bounds only say which instruments it fits.
SIGNALS = {
    "distance": ("m", 1.4, 2.9, 7200),
    "level": ("m", 0.3, 1.8, 7200),
    "water_level": ("m", 0.3, 1.8, 7200),
    "temperature": ("Cel", 14, 20, 7200),
    "humidity": ("%", 70, 99, 7200),
    "pressure": ("Pa", 100500, 101000, 7200),
    "pm1": ("ug/m3", 5, 30, 7200),
    "pm2_5": ("ug/m3", 8, 50, 7200),
    "pm10": ("ug/m3", 11, 70, 7200),
    "co2": ("[ppm]", 440, 540, 7200),
    "voc_raw": ("1", 29000, 30500, 7200),
    "nox_raw": ("1", 15600, 16000, 7200),
    "rain_rate": ("mm/h", 0, 40, 7200),
    "x": ("[g]", -0.02, 0.02, 1),
    "y": ("[g]", -0.02, 0.02, 1),
    "z": ("[g]", 0.98, 1.02, 1),
    "tilt_x": ("deg", 0.2, 0.6, 5400),
    "tilt_y": ("deg", -0.4, -0.1, 7000),
    "latitude": ("deg", 37.47, 37.4701, 900),
    "longitude": ("deg", 127.038, 127.0381, 1100),
    "altitude": ("m", 14, 19, 700),
    "o3": ("[ppb]", 20, 60, 4000),
    "no2": ("[ppb]", 12, 45, 3000),
    "co": ("[ppb]", 300, 900, 2500),
    "so2": ("[ppb]", 2, 8, 3500),
    "h2s": ("[ppb]", 5, 40, 1700),
    "voltage": ("V", 11.8, 13.2, 5000),
    "current": ("A", 0.1, 0.4, 1300),
    "displacement": ("mm", 2, 4, 6000),
    "wind_dir": ("deg", 200, 300, 1900),
}

# What an instrument measures whose channel has a name of its own: by its unit.
UNITS = {
    "m": (0.4, 1.6, 3600),
    "Cel": (12, 24, 5400),
    "%": (35, 85, 4800),
    "Pa": (3000, 15000, 3600),
    "deg": (20, 340, 1900),
    "m/s": (0.3, 6, 1500),
    "m3/s": (0.02, 0.4, 2700),
    "mm/h": (0, 30, 2400),
    "W/m2": (50, 600, 9000),
    "lx": (20, 400, 3000),
    "V": (3.1, 4.1, 5000),
    "A": (0.1, 0.4, 1300),
    "W": (20, 90, 1300),
    "Hz": (59.9, 60.1, 800),
    "[pH]": (6.6, 7.6, 6000),
    "S/m": (0.02, 0.08, 6000),
    "[NTU]": (3, 60, 2000),
    "[ppm]": (2, 40, 2200),
    "[ppb]": (5, 60, 2600),
    "ug/m3": (8, 60, 2600),
    "mg/L": (5, 9, 6000),
    "dB": (45, 75, 600),
    "N": (200, 900, 3000),
}

# Unit → (the unit of the tables above, how much of it this one is).
MULTIPLES = {
    "km": ("m", 1000),
    "dm": ("m", 0.1),
    "cm": ("m", 0.01),
    "mm": ("m", 0.001),
    "um": ("m", 1e-6),
    "hPa": ("Pa", 100),
    "mbar": ("Pa", 100),
    "kPa": ("Pa", 1000),
    "bar": ("Pa", 100000),
    "km/h": ("m/s", 1 / 3.6),
    "cm/s": ("m/s", 0.01),
    "mm/s": ("m/s", 0.001),
    "L/s": ("m3/s", 0.001),
    "m3/h": ("m3/s", 1 / 3600),
    "L/min": ("m3/s", 1 / 60000),
    "mV": ("V", 0.001),
    "mA": ("A", 0.001),
    "kW": ("W", 1000),
    "mS/cm": ("S/m", 0.1),
    "uS/cm": ("S/m", 0.0001),
    "mg/m3": ("ug/m3", 1000),
    "kN": ("N", 1000),
}

_INTEGERS = {"u16": (0, 65000), "i16": (-32000, 32000), "u32": (0, 4e9), "i32": (-2e9, 2e9)}
_SLOT_MS = 10_000  # how often the small unrest of a signal changes
_CONTACT_MS = 300_000  # a contact may change every five minutes
_REACH_M = 4.2  # of the shortest-sighted ranger, 4.5 m
_BLIND_M = 0.35  # the longest blind zone is 0.32 m


def wave(seed, least, most, period_s):
    """Return a function of the time in ms: a slow swing with small unrest, from `least` to `most`."""
    middle, half, phase = (least + most) / 2, (most - least) / 2, chance(seed, 0)

    def value(now_ms):
        unrest = 0.4 * (chance(seed, 1 + int(now_ms) // _SLOT_MS) - 0.5)
        return middle + half * (0.8 * sin(2 * pi * (now_ms / 1000 / period_s + phase)) + unrest)

    return value


class City:
    """What there is to measure at a node: the weather of RainyNight, alike for all its sensors, and by of() what is before each of them."""

    def __init__(self, seed=7, place=0):
        self.night = RainyNight(seed, place)
        self.seed = seed * 31 + place

    def of(self, sensor):
        """Return the world of a SensorConfig."""
        return Before(self, sensor)


class Before:
    """What is before one sensor: a value of every channel its chip asks for, within its instrument's range.

    `sensor` has name, driver, options and derived, as gilmok_node.config.SensorConfig.
    """

    def __init__(self, city, sensor):
        self._city = city
        self._sensor = sensor
        self._signals = {}

    def value(self, channel, now_ms):
        """Return the value of `channel` in its own unit at `now_ms`."""
        signal = self._signals.get(channel)
        if signal is None:
            signal = self._signals[channel] = self._signal(channel)
        return signal(now_ms)

    def _signal(self, channel):
        sensor, night = self._sensor, self._city.night
        described = described_channel(sensor, channel)
        if described is not None:
            return self._described(channel, *described)
        special = _SPECIAL.get((sensor.driver, channel))
        if special is not None:
            return special(night, sensor.options, self._seed(channel))
        if channel == "distance":
            return _distance(night, sensor.derived)
        return _of_night(night, channel) or wave(self._seed(channel), *SIGNALS[channel][1:])

    def _described(self, channel, unit, low, high, step):
        """Return what an instrument measures whose site file says so: what is known of the channel or its unit, where its range has it."""
        base, factor = MULTIPLES.get(unit, (unit, 1))
        known = SIGNALS.get(channel)
        if known and known[0] == base and low <= known[1] / factor and known[2] / factor <= high:
            signal = _of_night(self._city.night, channel) or wave(self._seed(channel), *known[1:])
            return lambda now_ms: signal(now_ms) / factor
        least, most, period_s = UNITS.get(base, (20 * step * factor, 200 * step * factor, 3000))
        least, most = least / factor, most / factor
        if not (low <= least and most <= high and most - least >= 4 * step):
            span = min(high, low + 1000 * step) - low
            least, most = low + 0.3 * span, low + 0.7 * span
        return wave(self._seed(channel), least, most, period_s)

    def _seed(self, channel):
        return self._city.seed + crc32((self._sensor.name + "." + channel).encode())


def described_channel(sensor, channel):
    """Return (unit, low, high, step) of a channel that the options of `sensor` describe, else None."""
    options = sensor.options
    if sensor.driver == "current_loop":
        name, unit, exponent = options.get("channel", ("level", "m", -3))
        ends = sorted([options.get("at_4ma", 0), options.get("at_20ma", 5000)])
        return (unit, ends[0] * 10.0**exponent, ends[1] * 10.0**exponent, 10.0**exponent) if name == channel else None
    for name, unit, exponent, *more in options.get("channels", ()):
        if name == channel:
            step = 10.0**exponent * (more[2] if len(more) > 2 else 1)
            low, high = _INTEGERS[more[1]] if more else (-900000, 900000)  # SDI-12: seven digits at most
            return unit, low * step, high * step, step
    return None


def _of_night(night, channel):
    """Return what the rainy night says of `channel`, or None."""
    if channel in ("level", "water_level"):
        return night.level
    if channel == "rain_rate":
        return lambda now_ms: 40 * night.value("rain", now_ms)
    return getattr(night, "_" + channel, None) if channel in SIGNALS else None  # a motion sensor asks 750 times a second: no detour


def _distance(night, derived):
    """The water below an instrument: as high as the night has it where the instrument hangs as it does there, else in proportion."""
    mounted_m = MOUNTED_M
    for spec in derived:
        if spec[3] == "level":
            mounted_m = spec[5][0] / 1000
    reach_m = min(max(mounted_m, 2 * _BLIND_M), _REACH_M)
    if reach_m == MOUNTED_M:
        return lambda now_ms: night.value("distance", now_ms)
    return lambda now_ms: max(_BLIND_M, night.value("distance", now_ms) * reach_m / MOUNTED_M)


def _closed(night, options, seed):
    return lambda now_ms: chance(seed, int(now_ms) // _CONTACT_MS) > 0.5


def _submerged(night, options, seed):
    return lambda now_ms: night.value("pressure", now_ms) + 9800 * night.level(now_ms)


def _battery(night, options, seed):
    upper, lower = [options.get("divider_{}_kohm".format(end), 100) for end in ("upper", "lower")]
    share = lower / (upper + lower)
    return wave(seed, 1.95 / share, 2.1 / share, 5000)  # dividers are made so that a full battery is some 2.1 V at the ADC


def _load_current(night, options, seed):
    most_a = 0.32 / (options.get("shunt_mohm", 100) / 1000)
    return wave(seed, 0.05 * most_a, 0.2 * most_a, 1300)


def _crack(night, options, seed):
    stroke_mm = options.get("stroke_um", 25000) / 1000
    return wave(seed, 0.3 * stroke_mm, 0.4 * stroke_mm, 6000)


# (driver, channel) → what makes the signal of the night, the sensor's options and a seed.
_SPECIAL = {
    ("contact", "closed"): _closed,
    ("ms5837", "pressure"): _submerged,
    ("battery", "voltage"): _battery,
    ("ina219", "current"): _load_current,
    ("crack_meter", "displacement"): _crack,
}
