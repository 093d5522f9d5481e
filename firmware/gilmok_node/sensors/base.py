"""What drivers share: their errors, their options, and an SPI bus with its chip-select pin."""

from gilmok_wire.compat import const

_ETIMEDOUT = const(110)  # MicroPython's own number …
_ETIMEDOUT_IDF = const(116)  # … and the one that ESP-IDF's newlib lets through

UART = (9600, 8, None, 1, False)  # what most sensors speak: baud, bits, parity, stop bits, inverted


class SensorError(Exception):
    """A sensor did not deliver. `reason` is a sentence for people, `fact` the number behind it, or None.

    Its kinds have a CODE, which a fault event tells: an image makes one class of them, which is given the code.
    """

    CODE = 7

    def __init__(self, reason, fact=None, code=0):
        super().__init__(reason)
        self.reason = reason
        self.fact = fact
        if code:
            self.CODE = code


class Absent(SensorError):
    """Nothing answers, or another chip does. `fact`: errno, or the id found."""

    CODE = 1


class BusStuck(SensorError):
    """The bus itself does not move: something holds a line. `fact`: errno."""

    CODE = 2


class Silent(SensorError):
    """The sensor was there and sends nothing any more. `fact`: ms of silence."""

    CODE = 3


class Garbled(SensorError):
    """Bytes come, but they fail their checksum or cannot be true. `fact`: how many frames, or the byte."""

    CODE = 4


class NotReady(SensorError):
    """It was asked too early. `fact`: ms after which to ask the same again, None where begin() is the way back."""

    CODE = 5


class Stuck(SensorError):
    """Values come that no living sensor produces. `fact`: the value."""

    CODE = 6


class BadOption(ValueError):
    """The configuration asks a driver for what it cannot do. Facts: `option`, `value`."""

    def __init__(self, option, value, allowed):
        super().__init__("{} = {!r}: must be one of {}".format(option, value, allowed))
        self.option = option
        self.value = value


def option(driver, options, name):
    """Return the option `name` as configured, or its default.

    Raises: BadOption for a value outside the driver's table.
    """
    default, allowed = driver.OPTIONS[name]
    value = options.get(name, default)
    if value not in allowed:
        raise BadOption(name, value, allowed)
    return value


def missing(channels):
    """Return a missing value for each channel; channels are tuples, or a text with a line for each."""
    return (None,) * (channels.count("\n") if isinstance(channels, str) else len(channels))


def bus_error(error, where):
    """Return the SensorError that an OSError of a bus means."""
    errno = error.args[0] if error.args else None
    if errno in (_ETIMEDOUT, _ETIMEDOUT_IDF):
        return BusStuck("the bus hangs at {}".format(where), errno)
    return Absent("no answer from {}".format(where), errno)


class SpiDevice:
    """One chip on an SPI bus: the bus and the pin that selects the chip, active low."""

    def __init__(self, spi, cs):
        self.spi = spi
        self.cs = cs

    def transfer(self, out, into):
        """Send `out` while receiving as many bytes into `into`: all 0xFF, an idle line, where the bus fails."""
        self.cs(0)
        try:
            self.spi.write_readinto(out, into)
        except OSError:
            for i in range(len(into)):
                into[i] = 0xFF
        finally:
            self.cs(1)
