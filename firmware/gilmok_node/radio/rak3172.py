"""A port over a RAK3172 LoRaWAN modem, by its AT commands: frames are unconfirmed uplinks, answers come as downlinks.

The modem joins over the air (OTAA), and the network keeps the law and chooses the data rate. A frame is sealed as on every link.
Source: RAKwireless, "RUI3 AT Command Manual".

    off ──AT──▶ asked ──AT+BAND=? …──▶ setting ──AT+NJS=?──▶ joining ──AT+DR=?──▶ ready ──AT+SEND──▶ sending ──+EVT:TX_DONE──▶ ready
     ▲                                                                                                                      │
     └──────────────────────────── no answer, or one that makes no sense: after 1, 2, 4 … 64 s ─────────────────────────────┘
"""

from binascii import hexlify, unhexlify

from gilmok_wire.compat import const
from gilmok_wire.link import Link

PORT = const(71)  # as the collector's chirpstack_events.PORT
BAUD = const(115_200)  # the modem's own; 8N1

# SF and payload by data rate, of KR920 and EU868 (LoRaWAN regional parameters; with repeaters where those carry less).
RATES = ((12, 51), (11, 51), (10, 51), (9, 115), (8, 222), (7, 222))

_READ = const(64)  # as port.py
_LINE = const(600)  # characters of the longest line: 222 bytes in hex, and what stands before them
_COMMAND_MS = const(2000)  # a command is answered within some ms; a modem that is busy with the air says so
_SENT_MS = const(30_000)  # 2.8 s at SF12 and 3 s of windows; the law may put it off for a while
_JOIN_MS = const(60_000)  # of eight tries ten seconds apart the first mostly does
_BUSY_MS = const(1000)
_AGAIN_MS = const(1000)
_AGAIN_LIMIT_MS = const(64_000)
_ANSWER_MS = const(30_000)  # as chirpstack_events.ANSWER_MS
_IDLE_MS = const(60_000)
_TURN_MS = const(20)


class Rak3172:
    """The modem at `uart` (any, read, write), which is to have `settings`: (name, value) of AT commands. A port as uplink.py says.

    What it has already is not written again: it keeps settings in its flash, and a change of them makes it join anew.
    """

    name = "lorawan"
    cost = 2

    def __init__(self, uart, now_ms, rates=RATES, settings=()):
        self.on_frame = self.on_sent = self.on_fault = None
        self.up = False
        self._reason = None  # of the last fault, until the modem is ready again
        self.faults = {}
        self.sent = self.heard = self.noise = 0
        self._uart = uart
        self._rates = rates
        self._settings = settings
        self._place = 0  # of the setting asked for
        self._same = True
        self._line = b""
        self._frame = None
        self._again_ms = _AGAIN_MS
        self._set_rate(0)
        self._enter("off", now_ms)

    def poll(self, now_ms, quiet=True):
        """Take what came, go on with what is under way; return the uptime at which to be called again."""
        while self._uart.any():
            data = self._uart.read(_READ)
            if not data:
                break
            self._feed(data, now_ms)
        if now_ms >= self._due_ms:
            self._late(now_ms)
        return min(self._due_ms, now_ms + _TURN_MS) if self._state != "ready" else now_ms + _TURN_MS

    def free(self, now_ms, urgent=False):
        """Tell whether it takes a frame now."""
        return self._state == "ready" and self._frame is None

    def send(self, frame, now_ms, urgent=False):
        """Send a frame; one that the present data rate does not carry is dropped and counted, and the session makes smaller ones."""
        if len(frame) > self.link.mtu:
            self._count("too long")
            return
        self._frame = frame
        self._try(now_ms)

    def say(self, text):
        """Nobody reads here."""

    def report(self):
        """Return counters by name, those of faults among them."""
        report = {"sent": self.sent, "heard": self.heard, "noise": self.noise, "mtu": self.link.mtu}
        report.update(self.faults)
        return report

    def adapt(self, rate, margin):
        """The network chooses the data rate."""

    # Out.

    def _try(self, now_ms):
        self._write(b"AT+SEND=" + str(PORT).encode() + b":" + hexlify(self._frame), now_ms)
        self._enter("sending", now_ms + _SENT_MS)

    def _ask(self, state, command, now_ms, limit_ms=_COMMAND_MS):
        self._write(command, now_ms)
        self._enter(state, now_ms + limit_ms)

    def _enter(self, state, due_ms):
        self._state, self._due_ms = state, due_ms

    def _write(self, command, now_ms):
        self._uart.write(command + b"\r\n")

    def _late(self, now_ms):
        """Do what is due: begin anew, try again what was refused, or give up waiting."""
        state = self._state
        if state == "off":
            self._ask("asked", b"AT", now_ms)
        elif state == "busy":
            self._try(now_ms)
        elif state != "ready":
            self._lose("silent", now_ms)
        else:
            self._ask("rate", b"AT+DR=?", now_ms)  # the network changes it, and says so to nobody

    def _lose(self, reason, now_ms):
        """Count a fault and begin anew; the frame under way is lost, and the session says it again."""
        self._count(reason)
        if self.on_fault and reason != self._reason:  # once: a network that is away may be so for days
            self.on_fault("lorawan " + reason, True)
        self._reason = reason
        self._frame = None
        self.up = False
        self._enter("off", now_ms + self._again_ms)
        self._again_ms = min(2 * self._again_ms, _AGAIN_LIMIT_MS)

    def _count(self, reason):
        self.faults[reason] = self.faults.get(reason, 0) + 1

    # In.

    def _feed(self, data, now_ms):
        self._line += data
        while b"\n" in self._line:
            line, _, self._line = self._line.partition(b"\n")
            line = line.strip()
            if line:
                self._take(line, now_ms)
        if len(self._line) > _LINE:
            self.noise += len(self._line)
            self._line = b""

    def _take(self, line, now_ms):
        if line.startswith(b"+EVT:"):
            self._take_event(line[5:], now_ms)
        elif line in _ANSWERS:
            getattr(self, _ANSWERS[line])(now_ms)
        elif self._state == "setting" and line.startswith(b"AT+" + self._settings[self._place][0] + b"="):
            # of a band with variants, such as 8-1, the number is meant
            self._same = line.partition(b"=")[2].partition(b"-")[0].upper() == self._settings[self._place][1]
        elif line.startswith(b"AT+NJS=") and self._state == "joined?":
            self._joins = line[7:8] != b"1"
        elif line.startswith(b"AT+DR=") and self._state == "rate" and line[6:].isdigit():
            self._set_rate(int(line[6:]))
        else:
            self.noise += len(line)

    def _take_event(self, event, now_ms):
        if event == b"TX_DONE":
            if self._state == "sending":
                self._frame = None
                self.sent += 1
                self._enter("ready", now_ms + _IDLE_MS)
                if self.on_sent:
                    self.on_sent(self, now_ms)
        elif event == b"JOINED":
            if self._state == "joining":
                self._ask("rate", b"AT+DR=?", now_ms)
        elif event.startswith(b"JOIN"):
            self._lose("not joined", now_ms)
        elif event.startswith(b"RX_"):
            self._take_downlink(event.split(b":"), now_ms)

    def _take_downlink(self, parts, now_ms):
        """Take RX_1:rssi:snr:UNICAST:port:hex."""
        try:
            frame = unhexlify(parts[5]) if int(parts[4]) == PORT else b""
        except (ValueError, IndexError):
            self.noise += 1
            return
        if frame:
            self.heard += 1
            self.on_frame(frame, self, now_ms)

    def _ok(self, now_ms):
        state = self._state
        if state == "asked":
            self._place, self._fresh = -1, False
            self._next_setting(now_ms)
        elif state == "setting" and not self._same:
            self._fresh = True
            self._ask("set", b"AT+" + b"=".join(self._settings[self._place]), now_ms)
        elif state in ("setting", "set"):
            self._next_setting(now_ms)
        elif state == "joined?":
            if self._joins or self._fresh:
                self._ask("joining", b"AT+JOIN=1:0:10:8", now_ms, _JOIN_MS)  # now, not at power-up, eight tries ten seconds apart
            else:
                self._ask("rate", b"AT+DR=?", now_ms)
        elif state == "rate":
            self._be_ready(now_ms)

    def _be_ready(self, now_ms):
        if self.on_fault and self._reason:
            self.on_fault("lorawan is back", False)
        self._reason = None
        self.up = True
        self._again_ms = _AGAIN_MS
        self._enter("ready", now_ms + _IDLE_MS)

    def _next_setting(self, now_ms):
        self._place += 1
        self._joins, self._same = True, False
        if self._place < len(self._settings):
            self._ask("setting", b"AT+" + self._settings[self._place][0] + b"=?", now_ms)
        else:
            self._ask("joined?", b"AT+NJS=?", now_ms)

    def _busy(self, now_ms):
        self._count("busy")
        if self._state == "sending":
            self._enter("busy", now_ms + _BUSY_MS)
        elif self._state != "ready":
            self._due_ms = now_ms + _BUSY_MS
            self._enter("off", self._due_ms)

    def _too_long(self, now_ms):
        """The network has changed the rate: the session makes frames of the new one's size."""
        if self._state == "sending":
            self._count("too long")
            self._frame = None
            self._ask("rate", b"AT+DR=?", now_ms)
        else:
            self._refused(now_ms)

    def _no_network(self, now_ms):
        self._lose("not joined", now_ms)

    def _unknown(self, now_ms):
        self._refused(now_ms)

    def _refused(self, now_ms):
        self._lose("refused", now_ms)

    def _set_rate(self, rate):
        sf, size = self._rates[min(rate, len(self._rates) - 1)]
        symbol_us = 8 << sf  # at 125 kHz
        byte_us = 10 * symbol_us // (sf if sf < 11 else sf - 2)  # 8 bits of 4/5: five symbols carry 4 × SF bits, or SF - 2 of them
        self.link = Link(size, byte_us, 33 * symbol_us + 13 * byte_us, _ANSWER_MS, 4, False, _IDLE_MS)


_ANSWERS = {
    b"OK": "_ok",
    b"AT_BUSY_ERROR": "_busy",
    b"AT_PARAM_ERROR": "_too_long",
    b"AT_NO_NETWORK_JOINED": "_no_network",
    b"AT_ERROR": "_refused",
    b"AT_COMMAND_NOT_FOUND": "_unknown",
}
