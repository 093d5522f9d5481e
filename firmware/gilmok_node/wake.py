"""The light sleep of an ESP32, which contacts and the radio may end. Only a node whose site lets it sleep loads this; not run on one yet.

A level ends it, not an edge, and one call arms all its pins for the same: open contacts wait for a low level as GPIO wake-up, closed ones
and the radio for a high level as EXT1, which RTC GPIOs alone can do. Arming a pin makes its interrupt one of that level, which fires for
as long as the level lasts: so interrupts stay off from there until each pin has its edges back, and what happened meanwhile is seen by
the levels. Outputs are held, since an ESP32-S3 lets go of all its pins while it sleeps.

Source: MicroPython documentation, esp32.wake_on_gpio (from v1.27 on), wake_on_ext1, machine.lightsleep, machine.Pin; its ports/esp32
(modmachine.c, machine_pin.c); ESP-IDF Programming Guide, "Sleep Modes"; issues 4046 and 12351 of espressif/esp-idf.
"""

from gilmok_wire.compat import const

from .sensors.pins import InputPin

_LOOK_MS = const(10)  # between two looks at a radio that listens
_LONG_MS = const(1000)  # … where DIO1 ends the sleep: as long as the watchdog allows


class WakingPin(InputPin):
    """An InputPin of a processor that sleeps: its handler is told by settle() what came without an interrupt."""

    def __init__(self, pin, ticks_ms):
        InputPin.__init__(self, pin, ticks_ms)
        self.pin = pin
        self.watched = False
        self._seen = None
        self._hear = self._on_edge  # bound once: with interrupts off nothing is allocated

    def on_edge(self, handler):
        self._handler = handler
        self.arm()
        self._seen = self._pin.value()
        self.watched = True

    def arm(self):
        """Make it a digital input again, which EXT1 leaves an RTC pin, that interrupts at its edges."""
        self._pin.init(self._pin.IN, self._pin.PULL_UP)
        self._pin.irq(self._hear, self._pin.IRQ_RISING | self._pin.IRQ_FALLING)

    def settle(self):
        """Tell the handler of an edge that nobody heard. A pulse that ended before the processor was awake, a millisecond, is none."""
        if self._pin.value() != self._seen:
            self._on_edge(None)

    def _on_edge(self, _):
        self._seen = self._pin.value()
        self._handler(self._ticks_ms())


class Wake:
    """Sleeps lightly, by the modules `machine` and `esp32`, which is None on chips that wake by nothing but the time.

    `rouses` says whether the radio's DIO1 may end the sleep. `is_fit` is False where a contact would not: then nobody may sleep. A radio is
    to be looked at after `look_ms`, and after `awake_ms` by whoever does not sleep, whom no DIO1 wakes.
    """

    awake_ms = _LONG_MS

    def __init__(self, machine, esp32, rouses=False):
        self._machine = machine
        self._esp32 = esp32
        self._rouses = rouses
        self._contacts = []
        self._lines = []
        self._outputs = []
        self.is_fit = True
        self.look_ms = _LOOK_MS

    def contact(self, pin, ticks_ms):
        """Return what a driver gets as the bus "pin": its edges end the sleep."""
        contact = WakingPin(pin, ticks_ms)
        self._contacts.append(contact)
        self.is_fit = self.is_fit and self._takes(pin)
        return contact

    def line(self, pin):
        """Have the radio end the sleep while its DIO1 is high, where it may."""
        if self._rouses and self._takes(pin):
            self._lines.append(pin)
            self.look_ms = _LONG_MS
            self.awake_ms = _LOOK_MS

    def hold(self, pin):
        """Have an output keep its level in the sleep."""
        if self._esp32:
            self._outputs.append(pin)
        return pin

    def ready(self, node):
        """Return what sleeps, None where nobody may, which the node says."""
        if node.sleeps and not self.is_fit:
            node.tell("does not sleep: a contact's pin wakes this chip from MicroPython v1.27 on", True)
        return self.sleep if node.sleeps and self.is_fit else None

    def sleep(self, span_ms):
        """Sleep for so long, or until a contact changes or the radio has something; return False where it has something already."""
        if any([line.value() for line in self._lines]):
            return False
        contacts = [contact for contact in self._contacts if contact.watched]
        opened = [contact.pin for contact in contacts if contact.level()]
        closed = [contact.pin for contact in contacts if contact.pin not in opened] + self._lines
        for pin in self._outputs:
            pin.init(hold=True)
        if opened or closed:
            self._sleep(contacts, opened, closed, span_ms)
        else:
            self._machine.lightsleep(span_ms)
        for pin in self._outputs:
            pin.init(hold=False)
        for contact in contacts:
            contact.settle()
        return True

    def _sleep(self, contacts, opened, closed, span_ms):
        machine, esp32 = self._machine, self._esp32
        state = machine.disable_irq()
        try:
            esp32.wake_on_gpio(opened, False)
            esp32.wake_on_ext1(closed, True)
            machine.lightsleep(span_ms)
        finally:
            for contact in contacts:
                contact.arm()
            for line in self._lines:
                line.init(line.IN, line.PULL_UP)
            machine.enable_irq(state)

    def _takes(self, pin):
        """Tell whether this firmware and chip can wake by a pin at either level."""
        try:
            for pins in ([pin], []):
                self._esp32.wake_on_gpio(pins, False)
                self._esp32.wake_on_ext1(pins, True)
        except (AttributeError, ValueError):
            return False
        return True
