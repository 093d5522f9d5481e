"""A virtual RAK3172 with RUI3's AT commands for MicroPython and CPython, and the network behind it.

Source: RAKwireless, "RUI3 AT Command Manual"; lines as modems in the field print them.
"""

from binascii import hexlify, unhexlify


class VirtualRak3172:
    """A modem: a UART-like object at our end. `queue` are (port, frame) that the network sends down after an uplink, one each.

    `joins` says whether a join succeeds; `rate` is what the network has set; `busy` refuses that many commands; `fault` is None, "silence"
    or "noise"; `uplinks` are (port, frame) that were sent, `settings` what it has, `written` what was changed of them.
    With the setting LPM it sleeps when nobody has spoken for a moment: the byte that wakes it arrives as another one where `mishears`, and
    `woken` counts. An uplink takes `sent_ms`, and a downlink comes `delay_ms` after it; `early`: before it says that it was sent.
    """

    SIZES = (51, 51, 51, 115, 222, 222)

    def __init__(self, clock):
        self.clock = clock
        self.joined = False
        self.joins = True
        self.rate = 0
        self.busy = 0
        self.fault = None
        self.queue = []
        self.uplinks = []
        self.commands = []
        self.deaf = False
        self.settings = {b"NWM": b"1", b"NJM": b"1", b"BAND": b"4", b"LBT": b"0"}
        self.settings.update({b"DEVEUI": b"AC1F09FFFE000000", b"APPEUI": b"00" * 8, b"APPKEY": b"00" * 16})
        self.settings.update({b"CLASS": b"A", b"LPM": b"0", b"LPMLVL": b"1", b"RX1DL": b"1"})
        self.written = []
        self.mishears = False
        self.early = False
        self.sent_ms = 1500
        self.delay_ms = 1100
        self.woken = 0
        self._spoke_ms = 0
        self._line = b""
        self._coming = []  # (when, line)

    def any(self):
        return len(self._out())

    def read(self, count):
        now = self.clock()
        out = self._out()[:count]
        left = self._out()[count:]
        self._coming = ([(now, left)] if left else []) + [each for each in self._coming if each[0] > now]
        return out

    @property
    def asleep(self):
        busy = [at for at, _ in self._coming if at > self.clock()]
        return self.settings[b"LPM"] == b"1" and not busy and self.clock() - self._spoke_ms > 30

    def lose(self, from_ms, until_ms):
        """Lose what would have been heard in that time, and return it."""
        lost = [data for at, data in self._coming if from_ms < at < until_ms]
        self._coming = [each for each in self._coming if not from_ms < each[0] < until_ms]
        return lost

    def write(self, data):
        if self.asleep:
            self.woken += 1
            if self.mishears:
                data = bytes([data[0] | 0x80]) + data[1:]
        self._spoke_ms = self.clock()
        self._line += data
        while b"\r\n" in self._line:
            line, _, self._line = self._line.partition(b"\r\n")
            self.commands.append(line)
            if self.fault != "silence":
                self._answer(line)
        return len(data)

    def say(self, line, delay_ms=5):
        self._spoke_ms = max(self._spoke_ms, self.clock() + delay_ms)
        self._coming.append((self.clock() + delay_ms, b"\r\n" + line + b"\r\n"))
        self._coming.sort()

    def _out(self):
        now = self.clock()
        return b"".join([data for at, data in self._coming if at <= now])

    def _answer(self, line):
        if self.fault == "noise":
            self.say(b"\xff\xfe\x00AT+\x81")
        elif self.busy:
            self.busy -= 1
            self.say(b"AT_BUSY_ERROR")
        elif line == b"AT":
            self.say(b"OK")
        elif line == b"AT+NJS=?":
            self.say(b"AT+NJS=" + (b"1" if self.joined else b"0"))
            self.say(b"OK", 6)
        elif line == b"AT+DR=?":
            self.say(b"AT+DR=" + str(self.rate).encode())
            self.say(b"OK", 6)
        elif line.startswith(b"AT+JOIN="):
            self.say(b"OK")
            self.joined = self.joins
            self.say(b"+EVT:JOINED" if self.joins else b"+EVT:JOIN_FAILED_RX_TIMEOUT", 6000)
        elif line.startswith(b"AT+SEND="):
            self._send(line[8:])
        else:
            self._set(line[3:])

    def _set(self, argument):
        name, _, value = argument.partition(b"=")
        if name not in self.settings:
            self.say(b"AT_COMMAND_NOT_FOUND")
        elif value == b"?":
            self.say(b"AT+" + name + b"=" + self.settings[name])
            self.say(b"OK", 6)
        else:
            self.settings[name] = value
            self.written.append((name, value))
            self.say(b"OK")

    def _send(self, argument):
        port, _, text = argument.partition(b":")
        if not self.joined:
            self.say(b"AT_NO_NETWORK_JOINED")
        elif len(text) // 2 > self.SIZES[self.rate]:
            self.say(b"AT_PARAM_ERROR")
        else:
            self.say(b"OK")
            self.uplinks.append((int(port), unhexlify(text)))
            if self.deaf:
                return
            if self.queue:
                port, frame = self.queue.pop(0)
                self.say(b"+EVT:RX_1:-47:9:UNICAST:" + str(port).encode() + b":" + hexlify(frame), self.sent_ms + self.delay_ms)
            self.say(b"+EVT:TX_DONE", self.sent_ms + (1 + self.delay_ms if self.early else 0))
