"""The bus "sdi12": one data line at 1200 baud, 7E1, levels inverted, on which every command begins with a break.

Source: SDI-12 1.4, 4.1 (byte frame), 7.0 and 7.1 (timing), as quoted in Vaisala WXT530 User Guide, appendix B (secondary): a break of
12 ms, 8.33 ms of marking, a command; the recorder lets the line go within 7.5 ms; the answer begins 8.33 to 15 ms after the
command; a sensor may fall asleep 100 ms after a break.
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.lines import Line

BAUD = const(1200)
_BREAK_BAUD = const(600)  # a 0x00 in 7E1 is nine bits of spacing: start, seven, even parity: 15 ms
_BREAK_MS = const(18)  # ten bits at 600 baud, the last of them marking, and a tick that may just end
_MARKING_MS = const(9)  # beside the stop bit of the break; a tick that may just end leaves 8.0 + 1.67 ms
_ASLEEP_MS = const(95)  # after the break began: of its 15 ms and the 100 ms in which a command must begin, less some ticks
_CHAR_US = const(8334)
_QUIET_MS = const(9)  # a sensor lets go of the line within 7.5 ms after its answer
_BREAK = b"\x00"

_IDLE = const(0)
_BREAKING = const(1)
_MARKING = const(2)
_SENDING = const(3)


class Sdi12Line(Line):
    """Sends break and command step by step, without blocking: nothing takes longer than writing into the UART's buffer.

    The break is a 0x00 at 600 baud. MicroPython's own sendbreak() does likewise at 800, but blocks for its 12.5 ms; that
    init() leaves alone what it is not told is so since MicroPython 1.19. `direction` as of a Line.
    """

    def __init__(self, uart, settings, direction=None):
        Line.__init__(self, uart, settings, direction, _CHAR_US, _QUIET_MS)
        self._command = b""
        self._step = _IDLE
        self._break_ms = 0

    def send(self, command, now_ms):
        """Begin with the break; returns the ms until proceed() is to be called."""
        self._command = command
        self._break_ms = now_ms
        if self._direction is not None:
            self._direction(1)
        self._uart.init(baudrate=_BREAK_BAUD)
        self._uart.write(_BREAK)
        self._step = _BREAKING
        return _BREAK_MS

    def proceed(self, now_ms):
        """Go on; returns the ms until it is to be called again, 0 once the command is sent and the line free for the answer."""
        if self._step == _IDLE:
            return 0
        if not self._uart.txdone():
            return 1
        if self._step == _BREAKING:
            self._uart.init(baudrate=BAUD)
            self._step = _MARKING
            return _MARKING_MS
        if self._step == _MARKING:
            if now_ms - self._break_ms > _ASLEEP_MS:  # the loop was busy: wake it again
                return self.send(self._command, now_ms)
            self.drop()
            self._uart.write(self._command)
            self._step = _SENDING
            return self.duration_ms(len(self._command))
        if self._direction is not None:
            self._direction(0)
        self._step = _IDLE
        return 0

    def release(self, owner, now_ms):
        """Let others have the line, and let go of it where a command was given up half-way."""
        if self._owner is owner and self._step != _IDLE:
            self._step = _IDLE
            if self._direction is not None:
                self._direction(0)
        Line.release(self, owner, now_ms)
