"""FIFO accelerometers on I²C: registers whose failure is remembered for read() to tell, since service() never raises."""

from gilmok_wire.compat import TYPE_CHECKING, const

from gilmok_node.sensors.base import Absent, Garbled, NotReady, bus_error, option
from gilmok_node.sensors.motion import Motion
from gilmok_node.sensors.vibration import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable

# What start() has to do next.
_NOTHING = const(0)
_SET_UP = const(1)
_REST = const(2)  # the self-test: measure at rest, …
_PUSH = const(3)  # … with the element pushed by its electrodes, …
_JUDGE = const(4)  # … and compare
# Longer than an element takes to move (AN3308: 90 ms; the MPU-6050's filter at 21 Hz: 50 ms), and than the sixteen
# samples of which the second eight count. Twice this, or 17 of the slowest samples, fits into a second's tick.
_TEST_MS = const(250)


class I2cMotion(Motion):
    """Base of the drivers with a bus, a register WHO_AM_I and a self-test, done in start() where `selftest` is 1."""

    WHO_AM_I = (0, 0)  # register and what it holds
    I2C_HZ = (400_000, 400_000)  # a chunk of eight samples takes 1.2 to 1.7 ms, at 100 kHz the FIFO would fill as fast as it is emptied
    # Hooks, as in Motion.
    _configure: "Callable[[int], None]"  # sets all that the chip has to keep, with an empty FIFO; test is 1 at rest, 2 pushed, 0 to measure
    _judge: "Callable[[list[int], list[int]], None]"  # compares the means at rest and pushed. Raises: Stuck, Garbled.

    def __init__(self, bus, options):
        Motion.__init__(self, option(self, options, "sample_ms"))
        self._bus = bus
        self._address = option(self, options, "address")
        self._selftest = option(self, options, "selftest")
        self._next_step = _SET_UP
        self._rest = None  # means at rest
        self._one = bytearray(1)
        self._error = None  # OSError of the last transfer
        self._wrong = None  # what a register held that it should not

    def start(self, now_ms):
        """Set it up the first time, after the self-test where there is one; then it measures by itself.

        Raises: NotReady while it tests itself; Stuck where an axis does not move as it must; Garbled; Absent; BusStuck.
        """
        step = self._next_step
        if step == _NOTHING:
            return 0
        if step in (_REST, _PUSH):
            raise NotReady("it tests itself", self._test())
        if step == _JUDGE:
            self._judge(self._rest, self._newest())
        self._configure(0)
        self._restart(now_ms)
        self._next_step = _NOTHING
        return 0

    def service(self, now_ms):
        """Take what is in the FIFO, in chunks of eight samples; the rest waits, and all before it is set up."""
        if self._next_step == _NOTHING:
            Motion.service(self, now_ms)

    def read(self, now_ms):
        """Return the worst second since the last reading, as Motion does."""
        if self._next_step != _NOTHING:
            raise NotReady("it is not set up")
        return Motion.read(self, now_ms)

    def _test(self):
        """Do a step of the self-test before the last; return the ms until the next."""
        if self._next_step == _PUSH:
            self._rest = self._newest()
        self._configure(self._next_step - 1)
        self._next_step += 1
        return max(_TEST_MS, 17 * self._period_ms)

    def _newest(self):
        """Return the means of the newest eight samples."""
        ready = self._count()
        if ready < 0:
            raise self._fault()
        if ready < 2 * CHUNK:
            raise Garbled("the FIFO holds {} samples in the self-test".format(ready), ready)
        columns = [[0] * CHUNK, [0] * CHUNK, [0] * CHUNK]
        while ready >= CHUNK:
            raw = self._fetch()
            if raw is None:
                raise self._fault()
            if not self._unpack(raw, 0, columns[0], columns[1], columns[2], 0):
                raise Garbled("what comes in the self-test are no samples", raw[0])
            ready -= CHUNK
        return [sum(column) // CHUNK for column in columns]

    def _probe(self):
        """Check that the chip is there and the right one; start() sets it up."""
        self._next_step = _REST if self._selftest else _SET_UP
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
