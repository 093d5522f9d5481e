"""A packet forwarder and its concentrator on virtual time, over real UDP on loopback; written from PROTOCOL.TXT alone.

Nothing of gilmok is used. Datagrams are handed over one by one, so nothing depends on how fast the machine is: whoever sends says so, and
the other end waits until it is there.
"""

import base64
import heapq
import itertools
import json
import random
import socket

WRAP = 1 << 32
PUSH_DATA, PUSH_ACK, PULL_DATA, PULL_RESP, PULL_ACK, TX_ACK = range(6)
PATIENCE_S = 30  # for a datagram that has been sent on this machine; never waited for unless something is broken


class Schedule:
    """Virtual time in microseconds."""

    def __init__(self):
        self.now_us = 0
        self._queue = []
        self._order = itertools.count()

    def at(self, us, call):
        """Call something then."""
        heapq.heappush(self._queue, (max(us, self.now_us), next(self._order), call))

    def after(self, us, call):
        """Call something so much later."""
        self.at(self.now_us + us, call)

    def run(self, until_us):
        """Let time go by."""
        while self._queue and self._queue[0][0] <= until_us:
            self.now_us, _, call = heapq.heappop(self._queue)
            call()
        self.now_us = until_us


class Forwarder:
    """One gateway. `on_air(start_us, txpk, payload)` is told what it transmits.

    `server` has `port`, `sent_to(address)`: how many datagrams it has sent there, and `wait(count)`: until it has taken so many.
    """

    def __init__(self, schedule, server, eui, up_ms=5, down_ms=5, started_us=0, on_air=None, seed=1, lost=0.0, doubled=0.0):
        self.schedule = schedule
        self.server = server
        self.eui = bytes.fromhex(eui)
        self.up_us, self.down_us = 1000 * up_ms, 1000 * down_ms
        self.started_us = started_us
        self.on_air = on_air or (lambda start_us, txpk, payload: None)
        self.dice = random.Random(seed)
        self.lost, self.doubled = lost, doubled
        self.tokens = lambda: self.dice.randrange(1 << 16)
        self.acknowledged = []  # tokens of PUSH_ACK and PULL_ACK
        self.outcomes = []  # of PULL_RESP: the error told, or NONE
        self.orders = []  # (arrival_us, txpk)
        self.planned = []  # (start_us, end_us)
        self.frequencies = (920.0, 924.0)
        self.silent = False
        self.up, self.down = (self._socket() for _ in range(2))
        self._read = {sock: server.sent_to(sock.getsockname()) for sock in (self.up, self.down)}  # the port may have been another's

    def _socket(self):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("127.0.0.1", 0))
        made.settimeout(PATIENCE_S)
        return made

    def close(self):
        """End."""
        self.up.close()
        self.down.close()

    def counter(self, us=None):
        """Return the concentrator's counter."""
        return ((self.schedule.now_us if us is None else us) - self.started_us) % WRAP

    def restart(self):
        """Begin anew: the counter, and whatever was planned."""
        self.started_us = self.schedule.now_us
        self.planned = []

    # Up.

    def ask(self, every_s=None):
        """Send PULL_DATA, and go on so."""
        if not self.silent:
            self.push(self.down, PULL_DATA, self.tokens())
        if every_s is not None:
            self.schedule.after(int(every_s * 1e6), lambda: self.ask(every_s))

    def hear(self, payload, freq, datr, rssi=-90, lsnr=5.0, **more):
        """Forward a packet whose last symbol ends now."""
        packet = {"tmst": self.counter(), "chan": 0, "rfch": 0, "freq": freq, "stat": 1, "modu": "LORA", "datr": datr, "codr": "4/5"}
        packet |= {"rssi": rssi, "lsnr": lsnr, "size": len(payload), "data": base64.b64encode(payload).decode()}
        packet |= more
        self.forward({"rxpk": [{key: value for key, value in packet.items() if value is not None}]})

    def forward(self, body, token=None):
        """Send PUSH_DATA with any JSON."""
        self.push(self.up, PUSH_DATA, self.tokens() if token is None else token, json.dumps(body).encode())

    def push(self, sock, kind, token, body=b""):
        """Send a datagram over the backhaul, which may lose or double it."""
        data = bytes([2, token >> 8, token & 255, kind]) + self.eui + body
        copies = 0 if self.dice.random() < self.lost else 2 if self.dice.random() < self.doubled else 1
        for number in range(copies):
            self.schedule.after(self.up_us + 3000 * number, lambda: self.deliver(sock, data))

    def deliver(self, sock, data):
        """Have a datagram arrive now, and take what the server says to it."""
        count = self.server.taken() + 1
        sock.sendto(data, ("127.0.0.1", self.server.port))
        self.server.wait(count)

    # Down.

    def read(self):
        """Take the datagrams that the server has sent, each to arrive when the backhaul lets it."""
        for sock in (self.up, self.down):
            while self._read[sock] < self.server.sent_to(sock.getsockname()):
                self._read[sock] += 1
                data = sock.recv(65536)
                if self.dice.random() >= self.lost:
                    self.schedule.after(self.down_us, lambda data=data: self._take(data))

    def _take(self, data):
        assert data[0] == 2
        token, kind = data[1] << 8 | data[2], data[3]
        if kind in (PUSH_ACK, PULL_ACK):
            assert len(data) == 4
            self.acknowledged.append(token)
            return
        assert kind == PULL_RESP
        txpk = json.loads(data[4:])["txpk"]
        self.orders.append((self.schedule.now_us, txpk))
        error = self._program(txpk)
        self.outcomes.append(error)
        body = b"" if error == "NONE" else json.dumps({"txpk_ack": {"error": error}}).encode()
        self.push(self.down, TX_ACK, token, body)

    def _program(self, txpk):
        """Queue a transmission as a just-in-time queue does; return what is wrong with it, or NONE."""
        payload = base64.b64decode(txpk["data"])
        assert txpk["modu"] == "LORA" and txpk["codr"] == "4/5" and txpk["size"] == len(payload)
        assert txpk["ipol"] is True and txpk["ncrc"] is False and txpk["prea"] == 8
        if not self.frequencies[0] <= txpk["freq"] <= self.frequencies[1]:
            return "TX_FREQ"
        now_us = self.schedule.now_us
        length_us = airtime_us(len(payload), txpk["datr"])
        if txpk["imme"]:
            start_us = now_us + 35_000
        else:
            ahead_us = (txpk["tmst"] - self.counter() + WRAP // 2) % WRAP - WRAP // 2
            if ahead_us <= 2500:
                return "TOO_LATE"
            if ahead_us > 60_000_000:
                return "TOO_EARLY"
            start_us = now_us + ahead_us
        if any(start_us < end + 1000 and begun < start_us + length_us + 1000 for begun, end in self.planned):
            return "COLLISION_PACKET"
        self.planned = [pair for pair in self.planned if pair[1] > now_us] + [(start_us, start_us + length_us)]
        started = self.started_us
        self.schedule.at(start_us, lambda: self.on_air(start_us, txpk, payload) if self.started_us == started else None)
        return "NONE"


def airtime_us(size, datr):
    """Return the time on air, STANDARDS section 8: explicit header, CRC, 4/5, 8 symbols of preamble."""
    sf, khz = (int(word) for word in datr[2:].split("BW"))
    symbol_us = (1 << sf) * 1000 // khz
    slow = 2 if symbol_us >= 16_000 else 0
    blocks = max(-(-(8 * size - 4 * sf + 28 + 16) // (4 * (sf - slow))), 0)
    return (8 * 4 + 17) * symbol_us // 4 + (8 + 5 * blocks) * symbol_us
