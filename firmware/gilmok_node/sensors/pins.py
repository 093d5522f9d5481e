"""Buses of one or two GPIOs of an ESP32: a pin that tells of its edges, and a pulse to be measured.

Source: MicroPython documentation, machine.Pin.irq, machine.time_pulse_us; "Writing interrupt handlers".
"""


class InputPin:
    """The bus "pin": level(), and a handler told of every edge by the time `ticks_ms` gives, which may wrap at 2^30.

    On an ESP32 the handler is scheduled, not run in the interrupt itself: while the interpreter is held up (a sector
    erase: 400 ms) edges come together into at least one late call. It comes after the last of them, so that the level
    read in it is the present one. GPIO 34 to 39 of an ESP32 have no pull-up of their own: there the circuit needs one.
    """

    def __init__(self, pin, ticks_ms):
        self._pin = pin
        self._ticks_ms = ticks_ms
        self._handler = None

    def level(self):
        """Return 0 or 1."""
        return self._pin.value()

    def on_edge(self, handler):
        """Call handler(ms) after every edge from now on; it replaces the one before."""
        self._handler = handler
        self._pin.irq(self._on_edge, self._pin.IRQ_RISING | self._pin.IRQ_FALLING)

    def _on_edge(self, _):
        self._handler(self._ticks_ms())


class PulsePins:
    """The bus "pulse": an echo input, high while a pulse lasts, and a trigger output where there is one.

    measure_us() blocks while it waits and measures, for up to 40 ms: MicroPython's RMT cannot receive, its pin interrupts are
    told up to a millisecond late, which is 17 cm of sound, and only a busy loop in C is exact to some µs.
    """

    def __init__(self, echo, trigger, sleep_us, time_pulse_us):
        self._echo = echo
        self._trigger = trigger
        self._sleep_us = sleep_us
        self._time_pulse_us = time_pulse_us
        self.has_trigger = trigger is not None

    def trigger(self):
        """Send a trigger pulse of 20 µs: JSN-SR04T asks for 10 µs, MB7389 for 20 µs."""
        self._trigger.value(1)
        self._sleep_us(20)
        self._trigger.value(0)

    def measure_us(self, timeout_us):
        """Return the length of the next pulse, which must begin and end within `timeout_us` each.

        It is -2 where none begins, -1 where it does not end, -3 where the line is high already: its beginning was missed.
        """
        if self._echo.value():
            return -3
        return self._time_pulse_us(self._echo, 1, timeout_us)
