"""The buses of the chips under stock MicroPython. Boards forget this module after the boot.

Source: MicroPython documentation, "Quick reference for the ESP32", "Quick reference for the RP2".
"""

from gilmok_wire.compat import const

from .buses import PEER_BAUD, Buses
from .sensors.base import UART as BASE_UART

_I2C_HZ = const(100_000)
_SPI_BAUD = const(5_000_000)  # ADXL355 allows 10 MHz; half of it forgives long leads


def open_buses(config, board, esp32):
    """Return the buses of the chip; where the site lets it sleep, `board` gets what its pins end the sleep by."""
    buses = ChipBuses(config)
    if config.power and config.power[0]:
        import machine

        from .wake import Wake

        board.wake = buses.wake = Wake(machine, esp32, config.power[0] > 1)
    return buses


class ChipBuses(Buses):
    """The buses of the chip; `wake` is what a node that may sleep does it by."""

    wake = None

    def _open_uart(self, sensor, pins):
        from machine import UART

        from .sensors import load

        baud, bits, parity, stop, inverted = getattr(load(sensor.driver), "UART", BASE_UART)
        inverted = sensor.options.get("inverted", inverted)
        invert = UART.INV_TX | UART.INV_RX if inverted else 0
        return UART(sensor.bus_number, baud, bits, parity, stop, tx=pins[0], rx=pins[1], rxbuf=256, timeout=0, invert=invert)

    def _open_i2c(self, sensor, pins):
        from machine import I2C, Pin

        return I2C(sensor.bus_number, scl=Pin(pins[0]), sda=Pin(pins[1]), freq=self._clock_hz(sensor.bus_number))

    def _open_spi(self, sensor, pins):
        from machine import SPI, Pin

        return SPI(sensor.bus_number, _SPI_BAUD, sck=Pin(pins[0]), mosi=Pin(pins[1]), miso=Pin(pins[2]))

    def _open_adc(self, sensor, pins):
        from machine import ADC, Pin

        if not hasattr(ADC, "read_uv"):
            from .config import ConfigError

            raise ConfigError("{}: this chip's ADC is not calibrated to volts".format(sensor.name))
        return ADC(Pin(pins[0] if pins else sensor.bus_number), atten=ADC.ATTN_11DB)

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

        pin = Pin(sensor.bus_number, Pin.IN, Pin.PULL_UP)
        return self.wake.contact(pin, ticks_ms) if self.wake else InputPin(pin, ticks_ms)

    def _open_pulse(self, sensor, pins):
        from time import sleep_us

        from machine import Pin, time_pulse_us

        from .sensors.pins import PulsePins

        trigger = None if sensor.select is None else Pin(sensor.select, Pin.OUT, value=0)
        return PulsePins(Pin(sensor.bus_number, Pin.IN), trigger, sleep_us, time_pulse_us)

    def _clock_hz(self, number):
        """Return the clock of an I²C bus: 100 kHz, which forgives long leads, where no sensor on it needs more."""
        from .sensors import load

        drivers = [load(sensor.driver) for sensor in self._config.sensors if sensor.bus == "i2c" and sensor.bus_number == number]
        return max([_I2C_HZ] + [getattr(driver, "I2C_HZ", (0, 0))[0] for driver in drivers])

    def _select(self, pin):
        return self.output_pin(pin, 1)

    def peer(self, number, tx=None, rx=None, baud=PEER_BAUD):
        from machine import UART

        # eight frames: what comes while a sector is erased; or a modem's longest line
        return UART(number, baud, tx=tx, rx=rx, rxbuf=512, timeout=0)

    def output_pin(self, pin, level):
        from machine import Pin

        output = Pin(pin, Pin.OUT, value=level)
        return self.wake.hold(output) if self.wake else output

    def input_pin(self, pin):
        from machine import Pin

        return Pin(pin, Pin.IN, Pin.PULL_UP)
