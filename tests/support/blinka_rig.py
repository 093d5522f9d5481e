"""A Raspberry Pi 4 that is not there: Blinka's own code for it runs, down to what it asks of the kernel, which answers from virtual buses.

Replaced are the classes that open /dev/i2c-1 and /dev/spidev0.0 (Adafruit_PureIO) and the module over /dev/gpiochip0 (gpiod, version 2).
Everything of adafruit_blinka above them is real: busio, digitalio, analogio, board, generic_linux.I2C, SPI and the Raspberry Pi's Pin.
"""

import errno
import queue
import sys
import types

BLINKA = ("adafruit_blinka", "adafruit_platformdetect", "board", "busio", "digitalio", "analogio", "microcontroller", "gpiod")


class Pi:
    """The kernel of the board: `i2c` and `spi` are virtual buses, `selects` chip-select pins by GPIO, `levels` what lines read."""

    def __init__(self, i2c=None, spi=None):
        self.i2c = i2c
        self.spi = spi
        self.selects = {}
        self.levels = {}
        self.edges = queue.Queue()  # timestamps in ns; None ends the watching thread

    def install(self, monkeypatch):
        """Be the computer that Blinka runs on, until the end of the test."""
        for name in [name for name in sys.modules if name.partition(".")[0] in BLINKA]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setenv("BLINKA_FORCEBOARD", "RASPBERRY_PI_4B")
        monkeypatch.setenv("BLINKA_FORCECHIP", "BCM2XXX")
        monkeypatch.setitem(sys.modules, "gpiod", self._gpiod())
        import Adafruit_PureIO.smbus
        import Adafruit_PureIO.spi
        from adafruit_blinka.microcontroller.generic_linux import raspberry_pi_pin

        monkeypatch.setattr(raspberry_pi_pin, "_find_chip", lambda offset: 0)
        monkeypatch.setattr(Adafruit_PureIO.smbus, "SMBus", lambda number: SmBus(self._bus(self.i2c, number)))
        monkeypatch.setattr(Adafruit_PureIO.spi, "SPI", lambda device: SpiDev(self._bus(self.spi, device)))

    def _bus(self, bus, name):
        if bus is None:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(name))
        return bus

    def _gpiod(self):
        """Return the module gpiod as far as Blinka uses it (libgpiod's Python bindings, version 2.5)."""
        value = types.SimpleNamespace(INACTIVE=0, ACTIVE=1)
        bias = types.SimpleNamespace(DISABLED="off", PULL_UP="up", PULL_DOWN="down")
        module = types.ModuleType("gpiod")
        module.__version__ = "2.5.0"
        direction, edge = types.SimpleNamespace(INPUT="in", OUTPUT="out"), types.SimpleNamespace(BOTH="both")
        module.line = types.SimpleNamespace(Value=value, Bias=bias, Direction=direction, Edge=edge)
        module.LineSettings = type("LineSettings", (), {"direction": None, "bias": None, "output_value": 0})
        module.Chip = lambda path: Chip(self, path)
        module.request_lines = lambda path, consumer, config: Chip(self, path)
        return module


class SmBus:
    """/dev/i2c-N: a plain read or write is one transaction, a block read two messages with a repeated start."""

    def __init__(self, bus):
        self._bus = bus

    def write_bytes(self, address, data):
        self._ask(self._bus.writeto, address, bytes(data))

    def read_bytes(self, address, count):
        buffer = bytearray(count)
        self._ask(self._bus.readfrom_into, address, buffer)
        return bytes(buffer)

    def read_i2c_block_data(self, address, register, count):
        buffer = bytearray(count)
        self._ask(self._bus.readfrom_mem_into, address, register[0], buffer)
        return buffer

    def _ask(self, method, *args):
        try:
            method(*args)
        except OSError as error:  # i2c-bcm2835 says EREMOTEIO where a virtual bus, like MicroPython's, says ENODEV
            number = errno.EREMOTEIO if error.args[0] == errno.ENODEV else error.args[0]
            raise OSError(number, "from the kernel") from None


class SpiDev:
    """/dev/spidev0.0."""

    def __init__(self, bus):
        self._bus = bus

    def transfer(self, data):
        into = bytearray(len(data))
        self._bus.write_readinto(bytes(data), into)
        return into


class Chip:
    """/dev/gpiochip0: one line requested at a time."""

    label, num_lines = "pinctrl-bcm2711", 58

    def __init__(self, pi, path):
        self._pi = pi

    def get_info(self):
        return self

    def request_lines(self, config, consumer):
        return self

    def reconfigure_lines(self, config):
        for offset, settings in config.items():
            if settings.direction == "out":
                self.set_value(offset, settings.output_value)

    def set_value(self, offset, level):
        self._pi.levels[offset] = level
        if offset in self._pi.selects:
            self._pi.selects[offset](level)

    def get_value(self, offset):
        return self._pi.levels.get(offset, 0)

    def wait_edge_events(self, timeout):
        self._edge_ns = self._pi.edges.get()
        return self._edge_ns is not None

    def read_edge_events(self):
        return [types.SimpleNamespace(timestamp_ns=self._edge_ns)]

    def release(self):
        pass

    def close(self):
        pass
