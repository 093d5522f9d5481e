"""The board of an ESP32 under stock MicroPython: partitions, buses, reset cause, watchdog. Nothing is touched at import.

Source: MicroPython documentation, "Quick reference for the ESP32" and esp32.Partition.
"""

import gc
import select

from gilmok_wire.compat import const

from . import forget
from .sensors.base import UART as BASE_UART
from .sensors.base import SpiDevice
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

    def feed(self):
        """Tell the watchdog that the loop turns."""
        self._watchdog.feed()


class Buses:
    """Opens each bus of the configuration once, when a sensor first asks for it."""

    def __init__(self, config):
        self._pins = {(kind, number): pins for kind, number, pins in config.buses}
        self._open = {}

    def __call__(self, sensor):
        """Return the bus object for a SensorConfig, as its driver expects it."""
        key = (sensor.bus, sensor.bus_number)
        if key not in self._open:
            self._open[key] = getattr(self, "_open_" + sensor.bus)(sensor, self._pins.get(key, ()))
        bus = self._open[key]
        if sensor.bus in ("rs485", "sdi12"):
            return bus.port(sensor.select, sensor.options)
        if sensor.bus != "spi":
            return bus
        from machine import Pin

        return SpiDevice(bus, Pin(sensor.select, Pin.OUT, value=1))

    def _open_uart(self, sensor, pins):
        from machine import UART

        from .sensors import load

        baud, bits, parity, stop, inverted = getattr(load(sensor.driver), "UART", BASE_UART)
        inverted = sensor.options.get("inverted", inverted)
        invert = UART.INV_TX | UART.INV_RX if inverted else 0
        return UART(sensor.bus_number, baud, bits, parity, stop, tx=pins[0], rx=pins[1], rxbuf=256, timeout=0, invert=invert)

    def _open_adc(self, sensor, pins):
        from machine import ADC, Pin

        return ADC(Pin(pins[0] if pins else sensor.bus_number), atten=ADC.ATTN_11DB)

    def _open_i2c(self, sensor, pins):
        from machine import I2C, Pin

        return I2C(sensor.bus_number, scl=Pin(pins[0]), sda=Pin(pins[1]), freq=100_000)

    def _open_spi(self, sensor, pins):
        from machine import SPI, Pin

        return SPI(sensor.bus_number, _SPI_BAUD, sck=Pin(pins[0]), mosi=Pin(pins[1]), miso=Pin(pins[2]))

    def _open_rs485(self, sensor, pins):
        from machine import UART, Pin

        from .sensors.lines import Rs485, line_settings

        settings = line_settings(sensor.options)
        baud, parity, de = settings
        # A character has 11 bits (MODBUS over Serial Line V1.02, 2.5.1): without parity two stop bits, to which a receiver that
        # expects one does not object.
        parity = {"even": 0, "odd": 1}.get(parity)
        stop = 2 if parity is None else 1
        uart = UART(sensor.bus_number, baud, 8, parity, stop, tx=pins[0], rx=pins[1], rxbuf=256, timeout=0)
        return Rs485(uart, settings, None if de < 0 else Pin(de, Pin.OUT, value=0))

    def _open_sdi12(self, sensor, pins):
        from machine import UART, Pin

        from .sensors.lines import line_settings
        from .sensors.sdi12_line import BAUD, Sdi12Line

        settings = line_settings(sensor.options)
        de = settings[2]
        invert = UART.INV_TX | UART.INV_RX
        uart = UART(sensor.bus_number, BAUD, 7, 0, 1, tx=pins[0], rx=pins[1], rxbuf=256, timeout=0, invert=invert)
        return Sdi12Line(uart, settings, None if de < 0 else Pin(de, Pin.OUT, value=0))

    def _open_pin(self, sensor, pins):
        from time import ticks_ms

        from machine import Pin

        from .sensors.pins import InputPin

        return InputPin(Pin(sensor.bus_number, Pin.IN, Pin.PULL_UP), ticks_ms)

    def _open_pulse(self, sensor, pins):
        from time import sleep_us

        from machine import Pin, time_pulse_us

        from .sensors.pins import PulsePins

        trigger = None if sensor.select is None else Pin(sensor.select, Pin.OUT, value=0)
        return PulsePins(Pin(sensor.bus_number, Pin.IN), trigger, sleep_us, time_pulse_us)


def partition(label):
    """Return the data partition called `label`.

    Raises: ConfigError naming the remedy.
    """
    from esp32 import Partition

    from .config import ConfigError

    found = Partition.find(Partition.TYPE_DATA, label=label)
    if not found:
        raise ConfigError("this board has no partition {!r}: flash its partition table".format(label))
    return found[0]


def boot(now, board):
    """Return the node and its UART; a broken configuration leaves a port that says so.

    What only the start needs is forgotten before the node is imported: the heap has no room for all at once, and what is imported next
    fills the holes.
    """
    from machine import UART

    from .config import Config

    baud = 921600
    try:
        with open(CONFIG_PATH, "rb") as file:
            config = Config(file.read())
        forget("gilmok_node.config_file", "gilmok_wire.cbor_maps")
        baud = config.baud
        from .log import Log

        log = Log(partition(config.records[0]), partition(config.waveforms[0]), config.program_unit)
        log.mount()
        forget("gilmok_node.log_boot", "gilmok_node.mounting")
        from .node import Node

        uart = UART(0, baud, rxbuf=_LINK_BUFFER, timeout=0)
        return Node(config, log, Buses(config), [uart], now, board), uart
    except Exception as error:  # noqa: BLE001  a missing file, an unknown driver, a worn-out flash: whatever it is, the port says so
        from .rescue import Rescue  # only a broken node needs it

        uart = UART(0, baud, rxbuf=_LINK_BUFFER, timeout=0)
        return Rescue(str(error), [uart], now, board), uart


def run():
    """Run the node for ever."""
    now = Uptime()
    node, uart = boot(now, Esp32())
    forget("gilmok_node.config", "gilmok_node.assembly", "gilmok_node.binding")
    gc.threshold(_GC_THRESHOLD)
    poller = select.poll()
    poller.register(uart, select.POLLIN)
    while True:
        pause = node.poll() - now()
        if pause > 0:
            poller.poll(min(pause, _IDLE_MS))
