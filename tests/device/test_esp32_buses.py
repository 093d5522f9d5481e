"""How an ESP32 opens the pins and lines of a configuration: on a board of paper, without the chip."""

import sys
import time

from device.chip_bench import raises
from gilmok_node.chip_buses import ChipBuses as Buses
from gilmok_node.sensors.lines import LinePort
from gilmok_node.sensors.modbus import Modbus


class Machine:
    """The module `machine`, which writes down what is made of it."""

    def __init__(self):
        made = self.made = []

        class Pin:
            IN, OUT, PULL_UP, IRQ_RISING, IRQ_FALLING = 1, 3, 2, 1, 2

            def __init__(self, number, *args, **options):
                made.append(("Pin", number, args, options))
                self.number = number

        class UART:
            INV_TX, INV_RX = 4, 8

            def __init__(self, *args, **options):
                made.append(("UART", args, options))

            def readinto(self, buffer):
                return None

        self.Pin = Pin
        self.UART = UART

    def time_pulse_us(self, pin, level, timeout_us):
        return 1234


class Sensor:
    def __init__(self, driver, bus, number, select=None, **options):
        self.driver, self.bus, self.bus_number, self.select, self.options = driver, bus, number, select, options


class Config:
    buses = [("rs485", 1, [17, 16]), ("sdi12", 2, [33, 32]), ("uart", 1, [25, 26])]


def opened(*sensors):
    """Return what was made on the board, and the buses of these sensors."""
    machine = Machine()
    kept = {name: sys.modules.get(name) for name in ("machine",)}
    sys.modules["machine"] = machine
    for name in ("ticks_ms", "sleep_us"):
        if not hasattr(time, name):
            setattr(time, name, lambda us=0: 0)
    try:
        buses = Buses(Config)
        return machine.made, [buses(sensor) for sensor in sensors]
    finally:
        if kept["machine"] is None:
            del sys.modules["machine"]
        else:
            sys.modules["machine"] = kept["machine"]


def test_pins():
    made, (first, again, other) = opened(Sensor("contact", "pin", 4), Sensor("contact", "pin", 4), Sensor("rain_gauge", "pin", 5))
    assert made == [("Pin", 4, (1, 2), {}), ("Pin", 5, (1, 2), {})]
    assert first is again and first is not other


def test_pulse():
    made, (triggered, free) = opened(Sensor("jsn_sr04t", "pulse", 5, 18), Sensor("mb7389_pulse", "pulse", 19))
    assert made == [("Pin", 18, (3,), {"value": 0}), ("Pin", 5, (1,), {}), ("Pin", 19, (1,), {})]
    assert triggered.has_trigger and not free.has_trigger


def test_rs485():
    for parity, code, stop in (("none", None, 2), ("even", 0, 1), ("odd", 1, 1)):
        options = {"baud": 19200, "parity": parity, "de": 21}
        made, (first, second) = opened(Sensor("modbus", "rs485", 1, 17, **options), Sensor("modbus", "rs485", 1, 18, **options))
        assert made[0] == ("UART", (1, 19200, 8, code, stop), {"tx": 17, "rx": 16, "rxbuf": 256, "timeout": 0})
        assert made[1:] == [("Pin", 21, (3,), {"value": 0})]
        assert isinstance(first, LinePort) and first.line is second.line and (first.address, second.address) == (17, 18)
        Modbus(first, options)
    made, _ = opened(Sensor("modbus", "rs485", 1, 17))
    assert made == [("UART", (1, 9600, 8, None, 2), {"tx": 17, "rx": 16, "rxbuf": 256, "timeout": 0})]
    assert raises(ValueError, opened, Sensor("modbus", "rs485", 1, 17), Sensor("modbus", "rs485", 1, 18, baud=1200))


def test_sdi12():
    made, (first, second) = opened(Sensor("sdi12", "sdi12", 2, 48, de=21), Sensor("sdi12", "sdi12", 2, 97, de=21))
    options = {"tx": 33, "rx": 32, "rxbuf": 256, "timeout": 0, "invert": 12}
    assert made == [("UART", (2, 1200, 7, 0, 1), options), ("Pin", 21, (3,), {"value": 0})]
    assert first.line is second.line and second.address == ord("a")


def test_the_polarity_of_a_uart():
    for inverted, invert in ((0, 0), (1, 12)):
        made, _ = opened(Sensor("mb7389", "uart", 1, inverted=inverted))
        assert made[0][2]["invert"] == invert
