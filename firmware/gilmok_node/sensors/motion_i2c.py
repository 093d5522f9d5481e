"""FIFO accelerometers on I²C: registers whose failure is remembered for read() to tell, since service() never raises."""

from gilmok_node.sensors.base import Absent, Garbled, bus_error
from gilmok_node.sensors.motion import Motion


class I2cMotion(Motion):
    """Base of the drivers with a bus, an address and a register WHO_AM_I."""

    WHO_AM_I = (0, 0)  # register and what it holds

    def __init__(self, bus, address, period_ms):
        Motion.__init__(self, period_ms)
        self._bus = bus
        self._address = address
        self._one = bytearray(1)
        self._error = None  # OSError of the last transfer
        self._wrong = None  # what a register held that it should not

    def _probe(self):
        """Check that the chip is there and the right one."""
        register, wanted = self.WHO_AM_I
        found = self._get(register)
        self._wrong = None
        if found != wanted:
            raise Absent("not the id of the {} at {:#x}: {:#x}".format(self.NAME, self._address, found), found)

    def _read(self, register, buffer):
        """Return whether the bus carried it."""
        try:
            self._bus.readfrom_mem_into(self._address, register, buffer)
        except OSError as error:
            self._error = error
            return False
        self._error = None
        return True

    def _get(self, register):
        """Return a register. Raises: Absent, BusStuck."""
        if not self._read(register, self._one):
            raise self._fault()
        return self._one[0]

    def _write(self, register, value):
        """Return whether the bus carried it."""
        self._one[0] = value
        try:
            self._bus.writeto_mem(self._address, register, self._one)
        except OSError as error:
            self._error = error
            return False
        return True

    def _set(self, register, value):
        """Set a register. Raises: Absent, BusStuck."""
        if not self._write(register, value):
            raise self._fault()

    def _fault(self):
        if self._error:
            return bus_error(self._error, "{} at {:#x}".format(self.NAME, self._address))
        if self._wrong is not None:
            return Garbled("the {} lost its settings".format(self.NAME), self._wrong)
        return Motion._fault(self)
