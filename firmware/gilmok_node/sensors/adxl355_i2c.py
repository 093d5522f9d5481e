"""ADXL355 over I²C: the driver of adxl355 behind an adapter, one FIFO burst of eight samples a transaction.

At 400 kHz a byte takes 22.5 µs, so a burst of 72 bytes and its address 1.7 ms and a sample, with its share of the
status, 0.24 ms. 2 ms a sample then fill 12 % of the bus, and the loop waits for them; 1 ms would fill 24 % and leave a
FIFO of 32 ms no time for the other chips of the bus: refused. A bus at 100 kHz takes four times as long: 8 ms or more.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: "I²C protocol" (addresses, multibyte reads, up to 3.4 MHz).
"""

from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import bus_error, option


class I2cDevice:
    """One chip on an I²C bus with the transfer() of a base.SpiDevice: register and read bit in the first byte.

    `error` is the OSError of the last transfer, or None. Cost: no allocation while buffers of a length stay the same.
    """

    def __init__(self, bus, address):
        self.error = None
        self._bus = bus
        self._address = address
        self._views = {}  # of the buffers read into, by length

    def transfer(self, out, into):
        """Write `out`, or read into `into` behind its first byte: all 0xFF where the bus fails."""
        self.error = None
        try:
            if out[0] & 1:
                self._bus.readfrom_mem_into(self._address, out[0] >> 1, self._payload(into))
            else:
                self._bus.writeto_mem(self._address, out[0] >> 1, memoryview(out)[1:])
        except OSError as error:
            self.error = error
            for i in range(len(into)):
                into[i] = 0xFF

    def _payload(self, into):
        known = self._views.get(len(into))
        if known is None or known[0] is not into:
            known = self._views[len(into)] = (into, memoryview(into)[1:])
        return known[1]


class Adxl355I2c(Adxl355):
    """Vibration and waveform of three axes."""

    NAME = "adxl355_i2c"
    I2C_HZ = (400_000, 400_000)  # as motion_i2c
    BUS = "i2c"
    OPTIONS = {"address": (0x1D, (0x1D, 0x53)), "sample_ms": (4, (2, 4, 8, 16, 32))}

    def __init__(self, bus, options):
        self._address = option(self, options, "address")
        Adxl355.__init__(self, I2cDevice(bus, self._address), options)

    def _fault(self):
        if self._device.error:
            return bus_error(self._device.error, "ADXL355 at {:#x}".format(self._address))
        return Adxl355._fault(self)
