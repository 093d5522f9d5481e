"""What the chips under stock MicroPython have in common: reset cause, buses, watchdog, the loop. Nothing is touched at import.

Source: MicroPython documentation, "Quick reference for the ESP32", "Quick reference for the RP2".
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
_WATCHDOG_MS = const(8000)  # twenty worst-case sector erases; an RP2040's counts to 8388
_GC_THRESHOLD = const(16384)  # at run time: a collection takes some 10 ms on this chip, so not at every 4 KiB as while booting
_IDLE_MS = const(1000)  # the longest pause between two polls: an eighth of the watchdog's patience
_SPI_BAUD = const(5_000_000)  # ADXL355 allows 10 MHz; half of it forgives long leads


# As console.RESET_CAUSES numbers them; a chip knows some of them.
_CAUSES = (("PWRON_RESET", 1), ("HARD_RESET", 2), ("WDT_RESET", 3), ("DEEPSLEEP_RESET", 4), ("SOFT_RESET", 5))


class Chip:
    """Reset cause, heap and watchdog of the chip."""

    def __init__(self):
        import machine

        cause = machine.reset_cause()
        self._cause = 0
        for name, number in _CAUSES:
            if getattr(machine, name, None) == cause:
                self._cause = number
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self.led = None

    def reset_cause(self):
        """Return an index into console.RESET_CAUSES."""
        return self._cause

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


class ChipBuses(Buses):
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


def run(open_ring):
    """Run the node for ever; `open_ring(label, size)` returns the block device of a log."""
    from .boot import boot

    uarts = []

    def open_uarts(baud):
        from machine import UART

        uarts[:] = [UART(0, baud, rxbuf=_LINK_BUFFER, timeout=0)]
        return uarts

    now = Uptime()
    node = boot(CONFIG_PATH, open_ring, ChipBuses, open_uarts, now, Chip())
    forget("gilmok_node.boot", "gilmok_node.config", "gilmok_wire.cbor_maps")  # 8 KB with what they read
    gc.threshold(_GC_THRESHOLD)
    poller = select.poll()
    poller.register(uarts[0], select.POLLIN)
    while True:
        pause = node.poll() - now()
        if pause > 0:
            poller.poll(min(pause, _IDLE_MS))
