"""The port over a RAK3172 of a node that sleeps: the modem sleeps as well. A node that stays awake does not load this.

A modem has nothing to say but answers, and downlinks, which come in the two windows after an uplink (class A). Only then the port asks to
be called so often that the processor stays awake. A line without a command wakes the modem, and a command that it does not know all the
same is said once more: what wakes it, it may mishear.
Source: RAKwireless, "RUI3 AT Command Manual" (LPM, LPMLVL, CLASS, RX1DL); its forum, "USART2 on RAK3172-E and SiP" (below 2 µA at level 2,
and a first letter that arrives as another one).
"""

from gilmok_wire.compat import const

from .rak3172 import RATES, Rak3172

# Class A; and the deeper of the two sleeps.
SETTINGS = ((b"CLASS", b"A"), (b"LPMLVL", b"2"), (b"LPM", b"1"))

_TURN_MS = const(8)  # less than chip.py sleeps through
_QUIET_MS = const(3_600_000)  # a modem that nobody needs is asked whether it is there
_DROWSY_MS = const(100)  # since it was last spoken to it may sleep
_WAKE_MS = const(50)  # until it is awake, and has told what it thinks of an empty line (estimate)
_LONGEST_DELAY_S = const(15)  # of the first window (LoRaWAN 1.0.3, 5.7): where the modem does not tell
_WINDOWS_MS = const(4000)  # the second is a second later, and 51 bytes take 2.8 s at SF12
_OPTIONAL = (b"LPMLVL", b"LPM")  # an older firmware does without


class DozingModem(Rak3172):
    """A Rak3172 with which node and modem sleep while neither has anything to say."""

    def __init__(self, uart, now_ms, rates=RATES, settings=()):
        self._command = self._last = None  # that waits for the modem to wake; that may be said once more
        self._spoke_ms = now_ms - _DROWSY_MS
        self._listen_ms = now_ms  # until when a downlink may come
        self._delay_s = _LONGEST_DELAY_S
        self._answered = False  # a downlink has come after the last uplink: no other one does
        Rak3172.__init__(self, uart, now_ms, rates, settings)

    def poll(self, now_ms, quiet=True):
        """Take what came, go on with what is under way; return the uptime at which to be called again: soon while the modem may speak."""
        if self._command and now_ms - self._spoke_ms >= _WAKE_MS:
            command, self._command = self._command, None
            self._say(command, now_ms)
        Rak3172.poll(self, now_ms, quiet)
        silent = self._state == "off" or self._state == "ready" and now_ms >= self._listen_ms
        return self._due_ms if silent else min(self._due_ms, now_ms + _TURN_MS)

    def _write(self, command, now_ms):
        """Say a command, once the modem is awake."""
        self._last, self._command = command, None
        if now_ms - self._spoke_ms >= _DROWSY_MS:
            self._command = command
            self._line = command = b""  # half a line that a sleeping processor heard is none
        self._say(command, now_ms)

    def _say(self, command, now_ms):
        Rak3172._write(self, command, now_ms)
        self._spoke_ms = now_ms

    def _lose(self, reason, now_ms):
        self._command = None
        Rak3172._lose(self, reason, now_ms)

    def _take(self, line, now_ms):
        if self._command and not line.startswith(b"+EVT:"):
            return  # what the modem thinks of the line that was to wake it
        if line.startswith(b"AT+RX1DL=") and self._state == "delay":
            self._delay_s = min(int(line[9:]), _LONGEST_DELAY_S) if line[9:].isdigit() else _LONGEST_DELAY_S
            return
        self._spoke_ms = now_ms
        Rak3172._take(self, line, now_ms)

    def _take_event(self, event, now_ms):
        if event.startswith(b"RX_"):
            self._answered, self._listen_ms = True, now_ms
        elif event == b"TX_DONE" and self._state == "sending":
            self._listen_ms = now_ms if self._answered else now_ms + 1000 * self._delay_s + _WINDOWS_MS
        Rak3172._take_event(self, event, now_ms)

    def _try(self, now_ms):
        self._answered = False
        Rak3172._try(self, now_ms)

    def _ok(self, now_ms):
        state, self._last = self._state, None
        if state == "rate":
            self._ask("delay", b"AT+RX1DL=?", now_ms)
        elif state == "delay":
            self._be_ready(now_ms)
        else:
            Rak3172._ok(self, now_ms)

    def _be_ready(self, now_ms):
        Rak3172._be_ready(self, now_ms)
        self._due_ms = now_ms + _QUIET_MS  # only after an uplink there is a new rate to ask for

    def _unknown(self, now_ms):
        """Say once more what the modem may have misheard."""
        if self._last is None:
            self._refused(now_ms)
        else:
            command, self._last = self._last, None
            self._say(command, now_ms)

    def _refused(self, now_ms):
        if self._state in ("setting", "set") and self._settings[self._place][0] in _OPTIONAL:
            self._next_setting(now_ms)
        elif self._state == "delay":
            self._be_ready(now_ms)
        else:
            Rak3172._refused(self, now_ms)
