"""An ESP32 as its light sleep sees it, for both interpreters: pins with interrupts, wake-up by their levels, and time.

Source: what firmware/gilmok_node/wake.py names. As in the chip, arming a pin for a level makes its interrupt one of that level, an edge
meets nobody while interrupts are off, and EXT1 leaves its pins to the RTC, where the digital input reads nothing.
"""

WAKE_MS = 1  # from the level to the first instruction


class Esp32:
    """The modules `machine` and `esp32`, and what is at the pins: chips with `next_ms` and step(), as tools/gilmok_sim/chips/switch.py."""

    RTC = (0, 2, 4, 12, 13, 14, 15, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39)

    def __init__(self):
        self.now = 0.0
        self.pins = []
        self.interrupts = True
        self.asleep = False
        self.busy_ms = None  # until when the interpreter is held up, by a sector's erase
        self.slept = 0.0
        self.sleeps = 0
        self._gpio = self._ext1 = ()

    def clock(self):
        return self.now

    def ticks_ms(self):
        return int(self.now)

    # esp32

    def wake_on_gpio(self, pins, level):
        self._gpio = [(pin, level) for pin in pins]

    def wake_on_ext1(self, pins, level):
        if [pin for pin in pins if pin.number not in self.RTC]:
            raise ValueError("invalid pin")
        self._ext1 = [(pin, level) for pin in pins]

    # machine

    def disable_irq(self):
        was, self.interrupts = self.interrupts, False
        return was

    def enable_irq(self, state):
        self.interrupts = state
        for pin in self.pins:
            pin.storm()

    def lightsleep(self, span_ms):
        for pin, level in self._gpio:
            pin.trigger = "high" if level else "low"
        for pin, _ in self._ext1:
            pin.is_rtc = True
        for pin in self.pins:
            assert not pin.is_output or pin.held, "an output floats"
        armed = self._gpio + self._ext1
        self.sleeps += 1
        began, end, self.asleep = self.now, self.now + span_ms, True
        while self.now < end and not [pin for pin, level in armed if pin.level == level]:
            times = [at for at in [pin.next_ms() for pin in self.pins] if at is not None]
            self.now = min([end] + times)
            self._change()
        self.slept += self.now - began
        self.asleep = False
        self.advance(WAKE_MS)

    # Time.

    def advance(self, span_ms):
        """Let time pass awake."""
        end = self.now + span_ms
        while True:
            times = [at for at in [pin.next_ms() for pin in self.pins] if at is not None and at <= end]
            if self.busy_ms is not None and self.busy_ms <= min(times + [end]):
                self.now, self.busy_ms = max(self.now, self.busy_ms), None
                for pin in self.pins:
                    pin.serve()
            elif times:
                self.now = max(self.now, min(times))
                self._change()
            else:
                break
        self.now = end

    def _change(self):
        for pin in self.pins:
            at = pin.next_ms()
            if at is not None and at <= self.now:
                pin.step()


class Pin:
    """One pin of an Esp32, with an interrupt; `chip` drives it, None: it is what it was set to."""

    IN, OUT, PULL_UP, IRQ_RISING, IRQ_FALLING = 1, 3, 2, 1, 2

    def __init__(self, host, number, chip=None, level=1, is_output=False):
        self.host, self.number, self.chip = host, number, chip
        self.level = chip.level if chip else level
        self.is_output = is_output
        self.held = self.is_rtc = self.pending = False
        self.trigger = self.handler = None
        host.pins.append(self)

    def value(self):
        assert not self.is_rtc, "an RTC pin is no digital input"
        return self.level

    def init(self, mode=None, pull=None, hold=None):
        if mode is not None:
            self.is_rtc = False
        if hold is not None:
            self.held = hold

    def irq(self, handler, trigger):
        assert trigger == 3
        self.handler, self.trigger, self.pending = handler, "edge", False

    def next_ms(self):
        return self.chip.next_ms if self.chip else None

    def step(self):
        level = self.chip.step()
        if level == self.level:
            return
        self.level = level
        host = self.host
        if self.trigger == "edge" and host.interrupts and not host.asleep and not self.is_rtc:
            self.pending = True
            if host.busy_ms is None:
                self.serve()
        self.storm()

    def serve(self):
        """Run the handler, once for all edges since it could last."""
        if self.pending and self.host.interrupts:
            self.pending = False
            self.handler(self)

    def storm(self):
        if self.host.interrupts and self.handler and self.trigger == ("high" if self.level else "low"):
            raise AssertionError("an interrupt without end")


def loop(host, wake, readers, span_ms, noise, erases=True):
    """Turn a node's loop for so long: it reads each sensor now and then, erases a sector now and then, and sleeps in between."""
    end, readings = host.now + span_ms, dict.fromkeys(readers, 0)
    while host.now < end:
        host.advance(1 + noise.bits() % 3)
        if erases and noise.bits() % 8 == 0:
            host.busy_ms = host.now + 45 + noise.bits() % 355
            host.advance(host.busy_ms - host.now)
        for reader in readers:
            if noise.bits() % 3 == 0:
                readings[reader] += reader.read(int(host.now))[0]
        if not wake.sleep(10 + noise.bits() % 990):
            host.advance(10)
    return readings
