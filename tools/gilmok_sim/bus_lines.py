"""Virtual pins and lines for MicroPython and CPython, with the methods of gilmok_node.sensors.pins and lines.

As in bus.py a bus has a fault of its own in `fault`: None, or "stuck", when something holds the line.
"""

from gilmok_node.sensors.lines import Rs485, line_settings
from gilmok_node.sensors.sdi12_line import Sdi12Line


class VirtualPin:
    """An input pin on a chip that has `next_ms` (when its level changes next, or None) and step() → the new level.

    The present catches up whenever the pin is looked at; handlers are told the time of each edge. `hold(until_ms)` keeps
    the interpreter from running handlers, as a sector erase does: edges until then come together into one late call.
    """

    def __init__(self, chip, clock):
        self._chip = chip
        self._clock = clock
        self._level = chip.level
        self._handler = None
        self._running = False
        self._held_ms = None
        self._pending = False
        self.fault = None

    def level(self):
        """Return 0 or 1."""
        if not self._running:
            self._running = True
            try:
                self._catch_up(self._clock())
            finally:
                self._running = False
        return 0 if self.fault == "stuck" else self._level

    def on_edge(self, handler):
        """Call handler(ms) after every edge."""
        self.level()
        self._handler = handler

    def hold(self, until_ms):
        """Run no handler before `until_ms`."""
        self.level()
        self._held_ms = until_ms

    def _catch_up(self, now_ms):
        chip = self._chip
        while True:
            at_ms = chip.next_ms
            if at_ms is None or at_ms > now_ms:
                break
            self._let_go(at_ms)
            level = chip.step()
            if level == self._level:
                continue
            self._level = level
            if self._held_ms is not None:
                self._pending = True
            else:
                self._tell(at_ms)
        self._let_go(now_ms)

    def _let_go(self, now_ms):
        held_ms = self._held_ms
        if held_ms is not None and now_ms >= held_ms:
            self._held_ms = None
            if self._pending:
                self._pending = False
                self._tell(held_ms)

    def _tell(self, ms):
        if self._handler is not None and self.fault != "stuck":
            self._handler(int(ms))


class VirtualPulse:
    """A trigger and an echo pin on a chip that has trigger(now_ms) and pulse(now_ms) → (begin_ms, µs) or None.

    pulse() tells of the pulse that lasts at `now_ms` or is the next to begin. Time stands still while one is measured;
    `blocked_us` is how long the last call would have taken.
    """

    def __init__(self, chip, clock, has_trigger=True):
        self._chip = chip
        self._clock = clock
        self.has_trigger = has_trigger
        self.fault = None
        self.blocked_us = 0
        self._free_ms = clock()  # when the last call was over

    def trigger(self):
        if self.fault != "stuck" and self.has_trigger:
            self._chip.trigger(max(self._clock(), self._free_ms))

    def measure_us(self, timeout_us):
        """Answer as PulsePins does, which is as machine.time_pulse_us does."""
        us = self._measure(timeout_us, max(self._clock(), self._free_ms))
        self._free_ms = self._clock() + self.blocked_us / 1000
        return us

    def _measure(self, timeout_us, now_ms):
        self.blocked_us = 0
        if self.fault == "stuck":
            return -3
        pulse = self._chip.pulse(now_ms)
        wait_us = timeout_us + 1 if pulse is None else int((pulse[0] - now_ms) * 1000 + 0.5)
        if wait_us < 0:
            return -3
        if wait_us > timeout_us:
            self.blocked_us = timeout_us
            return -2
        self.blocked_us = wait_us + min(pulse[1], timeout_us)
        return -1 if pulse[1] > timeout_us else pulse[1]


class VirtualSharedUart:
    """A UART on a line with several chips, each with hear(data, end_ms) → [(begin_ms, bytes), …], what it will send.

    A byte takes `char_ms`. As under MicroPython on an ESP32, what comes is seen once the line has been idle for `idle_chars`. What
    is sent at one time by two of them is damaged for both; `collisions` counts. With `echo` the node hears itself. `driving` is the
    direction pin: what begins while it is set is not heard.
    """

    def __init__(self, clock, char_ms, idle_chars=1, rxbuf=256):
        self._clock = clock
        self.char_ms = char_ms
        self._idle_chars = idle_chars
        self._rxbuf = rxbuf
        self._coming = []  # [begin_ms, bytes], by begin
        self._buffer = bytearray()
        self._idle_ms = clock()  # when the node's own sending is over
        self.chips = []
        self.echo = False
        self.driving = 0
        self.fault = None
        self.collisions = 0
        self.sent = []  # (begin_ms, bytes)

    def drive(self, level):
        """Set the direction pin, as a machine.Pin is called."""
        self._listen()
        if self.driving and not level:
            now_ms = self._clock()
            self._coming = [item for item in self._coming if item[0] >= now_ms]
        self.driving = level

    def write(self, data):
        data = bytes(data)
        begin_ms = max(self._clock(), self._idle_ms)
        self._idle_ms = begin_ms + len(data) * self.char_ms
        self.sent.append((begin_ms, data))
        if self.fault == "stuck":
            return len(data)
        if self.echo:
            self._coming.append([begin_ms, data])
        else:
            data = self._collide(begin_ms, data)
        for chip in self.chips:
            for at_ms, answer in chip.hear(data, self._idle_ms):
                self._coming.append([at_ms, self._collide(at_ms, answer)])
        self._coming.sort(key=lambda item: item[0])
        return len(data)

    def flush(self):
        """Wait until all is sent: time stands still here, and nothing comes before."""

    def txdone(self):
        return self._clock() >= self._idle_ms

    def any(self):
        self._listen()
        return len(self._buffer)

    def readinto(self, buffer):
        self._listen()
        count = min(len(buffer), len(self._buffer))
        for i in range(count):
            buffer[i] = self._buffer[i]
        self._buffer = self._buffer[count:]
        return count or None

    def _collide(self, begin_ms, data):
        """Damage whatever overlaps with `data`; return what is left of it."""
        end_ms = begin_ms + len(data) * self.char_ms
        for other in self._coming:
            if begin_ms < other[0] + len(other[1]) * self.char_ms and other[0] < end_ms:
                self.collisions += 1
                other[1] = bytes([byte ^ 0x5A for byte in other[1]])
                data = bytes([byte ^ 0xA5 for byte in data])
        return data

    def _listen(self):
        now_ms = self._clock()
        rest = []
        for item in self._coming:
            if now_ms < item[0] + (len(item[1]) + self._idle_chars) * self.char_ms:
                rest.append(item)
            elif self.fault != "stuck" and not self.driving:
                self._buffer += item[1]
        self._coming = rest
        self._buffer = self._buffer[: self._rxbuf]


class VirtualSdi12Uart(VirtualSharedUart):
    """A UART on an SDI-12 line: what is sent below 1200 baud is a break, at which all that was coming ceases.

    A chip has heard_break(begin_ms, low_ms) beside hear(). `blocked` counts calls of init() amid sending.
    """

    def __init__(self, clock):
        VirtualSharedUart.__init__(self, clock, 10 / 1.2, 2)
        self._baud = 1200
        self.blocked = 0

    def init(self, baudrate):
        if not self.txdone():
            self.blocked += 1
        self._baud = baudrate

    def write(self, data):
        if self._baud == 1200:
            return VirtualSharedUart.write(self, data)
        self._listen()
        begin_ms = max(self._clock(), self._idle_ms)
        self._idle_ms = begin_ms + 10000 / self._baud
        self._coming = [item for item in self._coming if item[0] <= begin_ms]
        self.sent.append((begin_ms, b"break"))
        if self.fault != "stuck":
            for chip in self.chips:
                chip.heard_break(begin_ms, 9000 / self._baud)
        if self.echo:
            self._coming.append([begin_ms, bytes(data)])
        return len(data)


def _attach_pin(buses, sensor, chip, clock):
    chip.configure(sensor.options)
    return VirtualPin(chip, clock)


def _attach_pulse(buses, sensor, chip, clock):
    return VirtualPulse(chip, clock, sensor.select is not None)


def _rs485(sensor, clock):
    settings = line_settings(sensor.options)
    uart = VirtualSharedUart(clock, 11000 / settings[0])
    return uart, Rs485(uart, settings, uart.drive if settings[2] >= 0 else None)


def _sdi12(sensor, clock):
    settings = line_settings(sensor.options)
    uart = VirtualSdi12Uart(clock)
    return uart, Sdi12Line(uart, settings, uart.drive if settings[2] >= 0 else None)


def _attach_line(buses, sensor, chip, clock):
    key = (sensor.bus, sensor.bus_number)
    if key not in buses:
        buses[key] = (_rs485 if sensor.bus == "rs485" else _sdi12)(sensor, clock)
    uart, line = buses[key]
    chip.address = sensor.select
    chip.configure(sensor.options)
    uart.chips.append(chip)
    return line.port(sensor.select, sensor.options)


# (buses by (kind, number), sensor, chip, clock) → the bus its driver gets.
ATTACH = {"pin": _attach_pin, "pulse": _attach_pulse, "rs485": _attach_line, "sdi12": _attach_line}
