"""A virtual MS5837 for MicroPython and CPython: commands, PROM, conversion times, and water turned into ADC values.

Source: TE Connectivity MS5837-30BA data sheet rev. C2 (12/2019) and MS5837-02BA data sheet (09/2017).
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips import Noise

# Version bits of word 0, and C1 … C6 of the data sheets' worked examples.
MODELS = {
    30: (0x1A, (34982, 36352, 20328, 22354, 26646, 26146)),
    2: (0x15, (46372, 43981, 29059, 27842, 31553, 28165)),
}
_TIMES_MS = (0.54, 1.06, 2.08, 4.13, 8.22, 16.44)  # typical, for an oversampling of 256 … 8192


class VirtualMs5837:
    """Measures `pressure` in Pa, absolute, and `temperature` in °C; `model` is 30 (bar) or 2."""

    RELOAD_MS = 2.8

    def __init__(self, world, clock, seed=1, model=30):
        self.world = world
        self.clock = clock
        self.fault = None
        self._noise = Noise(seed)
        self._frozen = {}
        self.configure({"model": model})
        self.reset()

    def configure(self, options):
        """Be the model of a site file."""
        self.model = options.get("model", 30)
        self.prom = prom(self.model)

    def reset(self):
        """Be as after power-up: it takes a moment to load the PROM."""
        self._ready_ms = self.clock() + self.RELOAD_MS
        self._done_ms = None
        self._channel = None  # what is being converted, or was
        self._asked = 0  # the command before
        self._spoilt = False

    def command(self, data):
        """Take a command, one byte."""
        self._check()
        command = self._asked = data[0]
        if command == 0x1E:
            self.reset()
        elif command & 0xE1 == 0x40 and command & 0x0F <= 0x0A:
            self._spoilt = self._done_ms is not None and self.clock() < self._done_ms  # "Conversion sequence"
            self._channel = "temperature" if command & 0x10 else "pressure"
            self._done_ms = self.clock() + _TIMES_MS[(command & 0x0F) >> 1]

    def answer(self, buffer):
        """Answer the command sent before, high byte first."""
        self._check()
        command = self._asked
        if self.clock() < self._ready_ms:
            raise OSError(ENODEV)  # it does not answer while it loads its PROM
        value = 0
        if command == 0x00:
            value = self._result()
        elif 0xA0 <= command <= 0xAC:
            value = self.prom[(command - 0xA0) >> 1]
        data = value.to_bytes(len(buffer), "big")
        for i in range(len(buffer)):
            buffer[i] = data[i]
        if self.fault in ("noise", "bad_checksum"):
            self._noise.fill(buffer)

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)

    def _result(self):
        """Return the result of the conversion once; 0 before its end, which spoils it, and where there is none."""
        if self._done_ms is None:
            return 0
        if self.clock() < self._done_ms:
            self._spoilt = True
            return 0
        done_ms, self._done_ms = self._done_ms, None
        if self._spoilt:
            return self._noise.bits() & 0xFFFFFF
        if self.fault != "stuck" or self._channel not in self._frozen:
            self._frozen[self._channel] = self._convert(done_ms)
        return self._frozen[self._channel]

    def _convert(self, now_ms):
        celsius = self.world.value("temperature", now_ms)
        d2 = _search(lambda d: temperature(self.model, self.prom, d), celsius)
        if self._channel == "temperature":
            return d2
        return _search(lambda d: pressure(self.model, self.prom, d, d2), self.world.value("pressure", now_ms))


def prom(model):
    """Return the seven words, the checksum in the highest four bits of the first."""
    version, coefficients = MODELS[model]
    words = [version << 5 | 0x07] + list(coefficients)
    return [checksum(words) << 12 | words[0]] + words[1:]


def checksum(words):
    """Return the remainder of the words, with twelve zeros behind them, by x^4 + x + 1: what the data sheet's loop comes to."""
    number = 0
    for word in words:
        number = number << 16 | word
    number <<= 12
    for bit in range(16 * len(words) + 11, 3, -1):
        if number >> bit & 1:
            number ^= 0x13 << (bit - 4)
    return number


def _search(function, wanted):
    """Return the 24-bit value whose result comes nearest; the function rises."""
    low, high = 1, 0xFFFFFE
    while high - low > 1:
        middle = (low + high) >> 1
        if function(middle) < wanted:
            low = middle
        else:
            high = middle
    return low if wanted - function(low) < function(high) - wanted else high


def _difference(words, d2):
    dt = d2 - words[5] * 256.0
    return dt, 20 + dt * words[6] / 8388608 / 100


def temperature(model, words, d2):
    """Return °C in floating point."""
    dt, celsius = _difference(words, d2)
    if celsius < 20:
        return celsius - (11 * dt**2 / 2**35 if model == 2 else 3 * dt**2 / 2**33) / 100
    return celsius - (0 if model == 2 else 2 * dt**2 / 2**37) / 100


def pressure(model, words, d1, d2):
    """Return Pa in floating point."""
    dt, celsius = _difference(words, d2)
    below = (100 * celsius - 2000) ** 2
    if model == 2:
        offset = words[2] * 2.0**17 + words[4] * dt / 2**6 - (31 * below / 2**3 if celsius < 20 else 0)
        gain = words[1] * 2.0**16 + words[3] * dt / 2**7 - (63 * below / 2**5 if celsius < 20 else 0)
        return (d1 * gain / 2**21 - offset) / 2**15
    offset = words[2] * 2.0**16 + words[4] * dt / 2**7
    gain = words[1] * 2.0**15 + words[3] * dt / 2**8
    if celsius >= 20:
        offset -= below / 2**4
    else:
        offset -= 3 * below / 2
        gain -= 5 * below / 2**3
    if celsius < -15:
        far_below = (100 * celsius + 1500) ** 2
        offset -= 7 * far_below
        gain -= 4 * far_below
    return (d1 * gain / 2**21 - offset) / 2**13 * 10
