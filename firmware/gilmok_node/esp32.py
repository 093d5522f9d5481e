"""The board of an ESP32 under stock MicroPython: partitions, buses, reset cause, watchdog. Nothing is touched at import.

Source: MicroPython documentation, "Quick reference for the ESP32" and esp32.Partition.
"""

import gc
import select

from gilmok_wire.compat import const

from . import forget
from .buses import Buses
from .sensors.base import UART as BASE_UART
from .uptime import Uptime

CONFIG_PATH = "/gilmok.cbor"
_LINK_BUFFER = const(8192)  # the default of 256 bytes is 2.8 ms at 921600 baud; a sector erase stops us for up to 400 ms
_WATCHDOG_MS = const(8000)  # twenty worst-case sector erases
_GC_THRESHOLD = const(16384)  # at run time: a collection takes some 10 ms on this chip, so not at every 4 KiB as while booting
_IDLE_MS = const(1000)  # the longest pause between two polls: an eighth of the watchdog's patience
_SPI_BAUD = const(5_000_000)  # ADXL355 allows 10 MHz; half of it forgives long leads


class Esp32:
    """Reset cause, heap and watchdog of the chip."""

    def __init__(self):
        import machine

        self._causes = {
            machine.PWRON_RESET: 1,
            machine.HARD_RESET: 2,
            machine.WDT_RESET: 3,
            machine.DEEPSLEEP_RESET: 4,
            machine.SOFT_RESET: 5,
        }
        self._cause = machine.reset_cause()
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self.led = None

    def reset_cause(self):
        """Return an index into console.RESET_CAUSES."""
        return self._causes.get(self._cause, 0)

    def heap_free(self):
        """Return free bytes after a collection."""
        gc.collect()
        return gc.mem_free()

    def voltage_mv(self):
        """Return None: this board has no gauge."""
        return None

    def light(self, pin, active):
        """Light the LED at `pin`, whose level `active` lights it: from now on it shows how the node is."""
        from machine import Pin

        from .led import Led

        self.led = Led(Pin(pin, Pin.OUT), active)

    def feed(self):
        """Tell the watchdog that the loop turns."""
        self._watchdog.feed()


class Esp32Buses(Buses):
    """The buses of the chip."""

    def _open_uart(self, sensor, pins):
        from machine import UART

        from .sensors import load

        baud, bits, parity, stop, inverted = getattr(load(sensor.driver), "UART", BASE_UART)
        invert = UART.INV_TX | UART.INV_RX if inverted else 0
        return UART(sensor.bus_number, baud, bits, parity, stop, tx=pins[0], rx=pins[1], rxbuf=256, timeout=0, invert=invert)

    def _open_i2c(self, sensor, pins):
        from machine import I2C, Pin

        return I2C(sensor.bus_number, scl=Pin(pins[0]), sda=Pin(pins[1]), freq=100_000)

    def _open_spi(self, sensor, pins):
        from machine import SPI, Pin

        return SPI(sensor.bus_number, _SPI_BAUD, sck=Pin(pins[0]), mosi=Pin(pins[1]), miso=Pin(pins[2]))

    def _select(self, pin):
        from machine import Pin

        return Pin(pin, Pin.OUT, value=1)


def partition(label, size):
    """Return the data partition called `label`.

    Raises: ConfigError naming the remedy.
    """
    from esp32 import Partition

    from .config import ConfigError

    found = Partition.find(Partition.TYPE_DATA, label=label)
    if not found:
        raise ConfigError("this board has no partition {!r}: flash its partition table".format(label))
    return found[0]


def run():
    """Run the node for ever."""
    from .boot import boot

    uarts = []

    def open_uarts(baud):
        from machine import UART

        uarts[:] = [UART(0, baud, rxbuf=_LINK_BUFFER, timeout=0)]
        return uarts

    now = Uptime()
    node = boot(CONFIG_PATH, partition, Esp32Buses, open_uarts, now, Esp32())
    forget("gilmok_node.boot", "gilmok_node.config", "gilmok_wire.cbor_maps")  # 8 KB with what they read
    gc.threshold(_GC_THRESHOLD)
    poller = select.poll()
    poller.register(uarts[0], select.POLLIN)
    while True:
        pause = node.poll() - now()
        if pause > 0:
            poller.poll(min(pause, _IDLE_MS))
