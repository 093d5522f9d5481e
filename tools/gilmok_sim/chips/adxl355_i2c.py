"""A virtual ADXL355 on I²C for MicroPython and CPython: the chip of adxl355, spoken to by register.

Source: Analog Devices ADXL354/ADXL355 data sheet rev. C: "I²C protocol".
"""

from gilmok_sim.bus import ENODEV
from gilmok_sim.chips.adxl355 import VirtualAdxl355


class VirtualAdxl355I2c(VirtualAdxl355):
    """Measures `x`, `y` and `z` in g; `bytes_read` counts what its bus carried from it."""

    bytes_read = 0

    def read(self, register, buffer):
        """Answer an I²C read of consecutive registers; FIFO_DATA stays in place."""
        self._check()
        into = bytearray(1 + len(buffer))
        self.transfer(bytes((register << 1 | 1,)) + bytes(len(buffer)), into)
        for i in range(len(buffer)):
            buffer[i] = into[i + 1]
        self.bytes_read += len(buffer)

    def write(self, register, data):
        """Take an I²C write of consecutive registers."""
        self._check()
        self.transfer(bytes((register << 1,)) + data, bytearray(1 + len(data)))

    def _check(self):
        if self.fault == "silence":
            raise OSError(ENODEV)
