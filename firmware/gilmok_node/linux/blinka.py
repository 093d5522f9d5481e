"""CPython only: the buses of a Raspberry Pi over adafruit-blinka, with the methods of machine.I2C, SPI, Pin and ADC that drivers use.

Blinka is imported when the first bus is opened. UARTs are not Blinka's: its busio.UART guesses the device from a number; see serial_port.
Pins are Broadcom's numbers, as on every pinout of the 40-pin header.
"""

import errno

from ..buses import PEER_BAUD, Buses
from ..config import ConfigError
from ..sensors.base import UART as BASE_UART

_SPI_HZ = 5_000_000  # as esp32: ADXL355 allows 10 MHz; half of it forgives long leads

_EREMOTEIO = 121  # Linux's number; the module errno of other systems does not know the name

# Which errno Linux gives where nobody acknowledges depends on the controller's driver: EREMOTEIO from i2c-bcm2835, ENXIO from most,
# EIO from some. (Source: Linux, Documentation/i2c/fault-codes.rst, and drivers/i2c/busses/i2c-bcm2835.c.) Drivers know ENODEV.
_NOBODY = (_EREMOTEIO, errno.ENXIO, errno.EIO)
_PULLS = {None: None, 1: "UP", 2: "DOWN"}


def header_pin(number):
    """Return Blinka's object for GPIO `number`.

    Raises: ConfigError where Blinka does not know this computer, or the computer has no such pin.
    """
    try:
        import board
    except (ImportError, NotImplementedError, RuntimeError) as error:
        raise ConfigError("Blinka does not run here: {}; pip install 'gilmok[pi]' on a Raspberry Pi".format(error))
    try:
        return getattr(board, "D{}".format(number))
    except AttributeError:
        raise ConfigError("this board has no GPIO {}".format(number))


class I2C:
    """A machine.I2C over a busio.I2C."""

    def __init__(self, bus):
        self._bus = bus

    def readfrom_mem_into(self, address, register, buffer):
        """Read from `register` on, without letting go of the bus in between."""
        self._transfer(self._bus.writeto_then_readfrom, address, bytes((register,)), buffer)

    def writeto_mem(self, address, register, data):
        """Write `data` to `register` and those behind it."""
        self._transfer(self._bus.writeto, address, bytes((register,)) + bytes(data))

    def writeto(self, address, data):
        """Write `data`; return how many bytes were acknowledged: all, or it raises."""
        self._transfer(self._bus.writeto, address, bytes(data))
        return len(data)

    def readfrom_into(self, address, buffer):
        """Read into `buffer`."""
        self._transfer(self._bus.readfrom_into, address, buffer)

    def _transfer(self, method, *args):
        """Do one transaction.

        Raises: OSError with ENODEV where nobody answers, else with Linux's own number: ETIMEDOUT where a line is held.
        """
        if not self._bus.try_lock():
            raise OSError(errno.EBUSY, "the bus is in use")
        try:
            method(*args)
        except OSError as error:
            raise OSError(errno.ENODEV if error.errno in _NOBODY else error.errno, str(error))
        finally:
            self._bus.unlock()


class Spi:
    """A machine.SPI over a busio.SPI, mode 0."""

    def __init__(self, bus, hz=_SPI_HZ):
        self._bus = bus
        self._hz = hz
        self._call(bus.configure, hz)

    def write_readinto(self, out, into):
        """Send `out` while receiving as many bytes into `into`."""
        self._call(self._bus.write_readinto, out, into)

    def _call(self, method, *args):
        if not self._bus.try_lock():
            raise OSError(errno.EBUSY, "the bus is in use")
        try:
            method(*args)
        finally:
            self._bus.unlock()


class Pin:
    """A machine.Pin over digitalio: an output where it is given a level, else an input with `pull` None, 1 (up) or 2 (down)."""

    def __init__(self, number, level=None, pull=None):
        import digitalio

        self._io = digitalio.DigitalInOut(header_pin(number))
        if level is None:
            name = _PULLS[pull]
            self._io.switch_to_input(pull=getattr(digitalio.Pull, name) if name else None)
        else:
            self._io.switch_to_output(value=bool(level))

    def __call__(self, level=None):
        """Return the level of the line, or set it."""
        if level is None:
            return int(self._io.value)
        self._io.value = bool(level)

    value = __call__

    def close(self):
        """Let go of the line."""
        self._io.deinit()


class InputPin:
    """The bus "pin": level(), and a handler told of every edge with the kernel's own time of it, in ms since the computer started.

    The kernel keeps edges while the interpreter is busy (16 at least), so that none is lost in a turn of the loop. Blinka has no edges:
    it says which chip of the kernel the line belongs to, and gpiod, which it stands on, does the rest.
    """

    def __init__(self, number):
        import gpiod

        line = gpiod.line
        settings = gpiod.LineSettings()
        settings.direction, settings.bias, settings.edge_detection = line.Direction.INPUT, line.Bias.PULL_UP, line.Edge.BOTH
        self._number = number
        self._high = line.Value.ACTIVE
        path = "/dev/gpiochip{}".format(header_pin(number).chip_index)
        self._request = gpiod.request_lines(path, consumer="gilmok", config={number: settings})
        self._handler = lambda ms: None
        self._watched = False

    def level(self):
        """Return 0 or 1."""
        return int(self._request.get_value(self._number) == self._high)

    def on_edge(self, handler):
        """Call handler(ms) after every edge from now on, in a thread of its own; it replaces the one before."""
        import threading

        self._handler = handler
        if not self._watched:
            self._watched = True
            threading.Thread(target=self._watch, name="gpio {}".format(self._number), daemon=True).start()

    def _watch(self):
        while self._request.wait_edge_events(None):
            for event in self._request.read_edge_events():
                self._handler(event.timestamp_ns // 1_000_000)


class Adc:
    """A machine.ADC over analogio. No Raspberry Pi has one: Blinka then says so."""

    def __init__(self, number):
        try:
            from analogio import AnalogIn
        except (ImportError, NotImplementedError, RuntimeError):
            raise ConfigError("GPIO {}: this board has no ADC; use a sensor with an I2C or SPI converter".format(number))
        self._input = AnalogIn(header_pin(number))

    def read_uv(self):
        """Return the voltage in µV; Blinka's full scale is the reference, 3.3 V where the board does not say."""
        return round(self._input.value * getattr(self._input, "reference_voltage", 3.3) * 1_000_000 / 65535)


class BlinkaBuses(Buses):
    """The buses of a node on a Raspberry Pi; `serial_devices` names the device of each UART by its number."""

    def __init__(self, config, serial_devices=None):
        super().__init__(config)
        self._devices = serial_devices or {}

    def _open_i2c(self, sensor, pins):
        import busio

        return I2C(_opened(busio.I2C, "I2C {}".format(sensor.bus_number), header_pin(pins[0]), header_pin(pins[1])))

    def _open_spi(self, sensor, pins):
        import busio

        return Spi(_opened(busio.SPI, "SPI {}".format(sensor.bus_number), *[header_pin(pin) for pin in pins]))

    def _open_uart(self, sensor, pins):
        from ..sensors import load
        from .serial_port import SerialPort

        baud, bits, parity, stop, inverted = getattr(load(sensor.driver), "UART", BASE_UART)
        if sensor.options.get("inverted", inverted):
            raise ConfigError("{}: a Raspberry Pi's UART cannot invert its lines; put an inverter between".format(sensor.name))
        return SerialPort(self._device(sensor.bus_number), baud, bits, parity, stop)

    def _open_rs485(self, sensor, pins):
        from ..sensors.lines import Rs485, line_settings
        from .serial_port import SerialPort

        settings = line_settings(sensor.options)
        baud, parity, de = settings
        parity = {"even": 0, "odd": 1}.get(parity)
        stop = 2 if parity is None else 1  # as chip_buses
        return Rs485(SerialPort(self._device(sensor.bus_number), baud, 8, parity, stop), settings, None if de < 0 else Pin(de, 0))

    def _device(self, number):
        return self._devices.get(number, "/dev/serial{}".format(number))

    def _open_adc(self, sensor, pins):
        return Adc(sensor.bus_number)

    def _open_pin(self, sensor, pins):
        return InputPin(sensor.bus_number)

    def _select(self, pin):
        return Pin(pin, 1)

    def peer(self, number, tx=None, rx=None, baud=PEER_BAUD):
        from .serial_port import SerialPort

        return SerialPort(self._device(number), baud)

    def output_pin(self, pin, level):
        return Pin(pin, level)

    def input_pin(self, pin):
        return Pin(pin, None, 1)


def _opened(bus_class, title, *pins):
    """Return an open bus of Blinka's, or say that its overlay is not there."""
    try:
        return bus_class(*pins)
    except (RuntimeError, ValueError, OSError) as error:
        raise ConfigError("{} does not open: {}; enable it with raspi-config".format(title, error))
