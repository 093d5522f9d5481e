"""SPS30: particle concentrations by laser scattering, over I²C (its SEL pin to ground).

Source: Sensirion SPS30 data sheet, version 1.0 (2020), §6: table 6 (commands), §6.3.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors import sps30_values as air
from gilmok_node.sensors.base import Absent, option
from gilmok_node.sensors.stepped import SteppedSensor

# Table 6: pointers. A read follows its pointer at once (§6.2); the times are those of the three that execute something.
_START = const(0x0010)
_STOP = const(0x0104)
_FLOATS = const(0x0300)  # argument of the start: output format
_DATA_READY = const(0x0202)
_READ = const(0x0300)
_PRODUCT_TYPE = const(0xD002)
_VERSION = const(0xD100)
_STATUS = const(0xD206)
_RESET = const(0xD304)
_START_MS = const(21)  # 20 ms, and a tick that may just end
_RESET_MS = const(101)

_STATUS_SINCE = const(0x0202)  # §6.3.12: firmware that has the status register: 2.2


class Sps30(SteppedSensor):
    """Mass concentrations, particle counts and the typical particle size.

    `sleep` 1 stops fan and laser between readings, for each of which it starts up anew.
    Cost: a reading is 60 bytes in one transfer, 5.6 ms at the 100 kHz it allows.
    """

    NAME = "sps30"
    I2C_HZ = (0, 100_000)  # data sheet, section 6: "maximal I2C speed 100 kbit/s"
    CHANNELS = air.CHANNELS
    OPTIONS = {"address": (0x69, (0x69,)), "sleep": (0, (0, 1))}  # §6.1: its only address
    WARMUP_MS = 33_000  # reset and set up in less than 3 s, and its start-up

    def __init__(self, bus, options):
        self._sleep = option(self, options, "sleep")
        steps = ((_PRODUCT_TYPE, None, 0, 4), (_VERSION, None, 0, 1), (_START, _FLOATS, _START_MS, 0))
        super().__init__(bus, option(self, options, "address"), 20, steps[:2] if self._sleep else steps)
        self._awake = False
        self._fresh = air.Freshness()
        self._data = bytearray(40)
        self.version = 0

    def begin(self, now_ms):
        """Reset it; returns the time that takes. Two seconds of service then set it up."""
        self._awake = False
        return self._restart(_RESET, now_ms, _RESET_MS)

    def start(self, now_ms):
        """Wake it where it sleeps; returns the time it then takes to start up. Else it measures by itself."""
        if not self._is_set_up() or not self._sleep:
            return 0
        self.send(_START, _FLOATS)
        self._awake = True
        self._fresh.came(now_ms)
        return air.STARTUP_MS

    def read(self, now_ms):
        """Return the newest values, all missing while it starts up or cleans its fan.

        Raises: NotReady until there are new ones; Garbled where a CRC fails or it stopped measuring; Stuck where its fan or
        laser has failed; Absent; BusStuck.
        """
        if not self._is_set_up() or (self._sleep and not self._awake):
            return air.MISSING
        if not self._sleep and now_ms - self.set_up_ms < air.STARTUP_MS:
            self._is_doubtful()
            self._fresh.came(now_ms)
            return air.MISSING
        values = self._newest(now_ms)
        if self._sleep:
            self.send(_STOP)
            self._awake = False
        return values

    def _newest(self, now_ms):
        doubtful = self._is_doubtful()
        self.send(_DATA_READY)
        if not self.receive(1) & 1:
            return self._fresh.missing(now_ms)
        self.send(_READ)
        self.receive(20)
        self._fresh.came(now_ms)
        return air.MISSING if doubtful else air.decode(self._bytes(20))

    def _is_doubtful(self):
        if self.version < _STATUS_SINCE:
            return False
        self.send(_STATUS)
        self.receive(2)
        return air.is_doubtful(self.words[0] << 16 | self.words[1])

    def _took(self, command):
        if command == _VERSION:
            self.version = self.words[0]
        elif command == _PRODUCT_TYPE:
            found = bytes(self._bytes(4))
            if found != air.PRODUCT:
                raise Absent("not an SPS30 at {:#x}: its type is {!r}".format(self._address, found), self.words[0])

    def _bytes(self, count):
        data = self._data
        for i in range(count):
            word = self.words[i]
            data[2 * i] = word >> 8
            data[2 * i + 1] = word & 0xFF
        return memoryview(data)[: 2 * count]
