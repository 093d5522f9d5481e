"""Buses of one or two GPIOs of an ESP32: a pin that tells of its edges, and a pulse to be measured.

Source: MicroPython documentation, machine.Pin.irq, machine.time_pulse_us; "Writing interrupt handlers".
"""


class InputPin:
    """The bus "pin": level(), and a handler told of every edge by the time `ticks_ms` gives, which may wrap at 2^30.

    On an ESP32 the handler is scheduled, not run in the interrupt itself: while the interpreter is held up (a sector
    erase: 400 ms) edges come together into at least one late call. It comes after the last of them, so that the level
    read in it is the present one.
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
