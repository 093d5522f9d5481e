"""What sits on the inputs of an ADS1115, a 16-bit converter for four voltages that several sensors of a node share.

The sensors know nothing of each other; the chip itself tells whose turn it is. Who starts a conversion sets COMP_LAT, a
bit without effect while the comparator is off, and clears it once the result is read. Nobody starts before that, so no
result is lost and no two sensors can keep each other from measuring.

Source: Texas Instruments ADS1113/4/5 data sheet SBAS444D: §9.3.3 (full-scale range), §9.6 (registers), §7.5 (data rate
±10 %).
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, Silent, bus_error, option

# §9.6.1: pointer register.
_CONVERSION = const(0)
_CONFIG = const(1)

# §9.6.3: config register. Outside MUX, PGA and DR every bit is ours: single shot, comparator off.
_OS = const(0x8000)
_MODE_SINGLE = const(0x0100)
_CLAIM = const(0x0004)  # COMP_LAT
_QUE_OFF = const(0x0003)
_IDLE = const(0x0583)  # its reset value but for OS

# §9.6.4: Lo_thresh, Hi_thresh and their reset values, which no sensor of ours changes; a TMP102 has others there.
_THRESHOLDS = ((2, 0x8000), (3, 0x7FFF))

_POLL_MS = const(2)  # how often to look whether another sensor is done: a look costs 0.5 ms of the bus
_STALE = const(20)  # so many looks at a finished conversion that nobody fetches: who started it has gone
_ATTEMPTS = const(3)  # so many conversions of one reading may get lost; then the chip forgets what is written to it
_CLIPPED = const(32767)  # §9.3.3: beyond full scale the code stays at its end

# MUX: one digit is an input against ground; of two digits the second is the positive input, the first the negative one.
INPUTS = {0: 4, 1: 5, 2: 6, 3: 7, 10: 0, 30: 1, 31: 2, 32: 3}
# PGA: full scale in mV → code, size of one count in 1/16 µV, and the same in V as (exponent, step) of a channel.
GAINS = {
    6144: (0, 3000, (-7, 1875)),
    4096: (1, 2000, (-6, 125)),
    2048: (2, 1000, (-7, 625)),
    1024: (3, 500, (-8, 3125)),
    512: (4, 250, (-9, 15625)),
    256: (5, 125, (-10, 78125)),
}
# DR: conversions a second.
RATES = {8: 0, 16: 1, 32: 2, 64: 3, 128: 4, 250: 5, 475: 6, 860: 7}

ADDRESS = (0x48, (0x48, 0x49, 0x4A, 0x4B))
ANY_INPUT = (0, 1, 2, 3, 10, 30, 31, 32)
GAIN = (256, 512, 1024, 2048, 4096, 6144)
# At 8 a second the mains hum of 50 and 60 Hz averages out best, at 860 it is quickest.
RATE = (128, (8, 16, 32, 64, 128, 250, 475, 860))


class AnalogSensor:
    """Base of the drivers: converts the inputs one after the other and hands their counts to `_values`.

    A subclass has the options address, gain and rate, and gives the names of the options that say its inputs.
    """

    BUS = "i2c"
    WARMUP_MS = 0
    SERVICE_MS = 0

    def __init__(self, bus, options, inputs):
        self._bus = bus
        self._address = option(self, options, "address")
        self.gain_mv = option(self, options, "gain")
        rate = option(self, options, "rate")
        pga, self._count, self.volts = GAINS[self.gain_mv]
        common = pga << 9 | _MODE_SINGLE | RATES[rate] << 5 | _CLAIM | _QUE_OFF
        self._configs = [common | INPUTS[option(self, options, name)] << 12 for name in inputs]
        self._converting_ms = 10000 // (9 * rate) + 1  # at 90 % of the rate; 25 µs to wake up are in the rounding
        self._counts = [0] * len(inputs)
        self._next = 0  # which input is to be converted
        self._refused = 0
        self._attempts = 0
        self._started_ms = None  # when the conversion under way began
        self._two = bytearray(2)

    def begin(self, now_ms):
        """Check that it is an ADS1115, which has no id, by registers nobody changes; end another program's continuous mode."""
        for register, reset in _THRESHOLDS:
            found = self._get(register)
            if found != reset:
                raise Absent("not an ADS1115 at {:#x}".format(self._address), found)
        if not self._get(_CONFIG) & _MODE_SINGLE:
            self._set(_IDLE)
        self._refused = 0
        self._started_ms = None
        return 0

    def start(self, now_ms):
        """Begin the first conversion; returns how long it takes at most.

        Raises: NotReady while the chip serves another sensor.
        """
        self._next = self._attempts = 0
        self._started_ms = None
        return self._convert(now_ms)

    def read(self, now_ms):
        """Return the values once all inputs are converted.

        Raises: NotReady in between; Silent where a conversion does not end; Garbled where the chip forgets its settings.
        """
        if self._started_ms is None:
            raise NotReady("its turn has only come", self._convert(now_ms))
        mine = self._configs[self._next]
        config = self._get(_CONFIG)
        if config & ~_OS != mine:  # a reset of the chip, or this reading came so late that it was given up
            self._attempts += 1
            self._started_ms = None
            if self._attempts >= _ATTEMPTS:
                raise Garbled("the ADS1115 at {:#x} loses its settings".format(self._address), config)
            raise NotReady("its conversion was lost", self._convert(now_ms))
        if not config & _OS:
            if now_ms - self._started_ms > 2 * self._converting_ms + _POLL_MS:
                raise Silent("the ADS1115 does not finish", now_ms - self._started_ms)
            raise NotReady("it is still converting", 1)
        count = self._get(_CONVERSION)
        self._counts[self._next] = count - 65536 if count & 0x8000 else count
        self._set(mine & ~_CLAIM)
        self._next += 1
        self._started_ms = None
        if self._next < len(self._configs):
            raise NotReady("the next input is to be converted", self._convert(now_ms))
        self._next = 0
        return self._values(self._counts)

    def microvolts(self, count):
        """Return the voltage of a count, rounded."""
        return (count * self._count + 8) >> 4

    def _values(self, counts):
        """Return the channels of the counts, one an input in the order given."""
        raise NotImplementedError

    def _convert(self, now_ms):
        """Start the conversion that is next, or raise NotReady while another sensor's is running or unread."""
        config = self._get(_CONFIG)
        if not config & _OS or config & _CLAIM:
            self._refused = self._refused + 1 if config & _OS else 0
            if self._refused < _STALE:
                raise NotReady("the ADS1115 serves another input", _POLL_MS)
        self._refused = 0
        self._set(self._configs[self._next] | _OS)
        self._started_ms = now_ms
        return self._converting_ms

    def _get(self, register):
        try:
            self._bus.readfrom_mem_into(self._address, register, self._two)
            return self._two[0] << 8 | self._two[1]
        except OSError as caught:
            error = caught
        raise bus_error(error, "ADS1115 at {:#x}".format(self._address))

    def _set(self, config):
        self._two[0] = config >> 8
        self._two[1] = config & 255
        try:
            self._bus.writeto_mem(self._address, _CONFIG, self._two)
            return
        except OSError as caught:
            error = caught
        raise bus_error(error, "ADS1115 at {:#x}".format(self._address))


def clipped(count):
    """Tell whether an input was beyond full scale."""
    return not -_CLIPPED <= count < _CLIPPED
