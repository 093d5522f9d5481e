"""A port that stands in until the LoRa port exists: it sends when it is free, and opens its windows."""

from random import Random

from gilmok_wire.airtime import airtime_us
from gilmok_wire.link import Link
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS


class StandIn:
    """A port without a medium access of its own."""

    name, cost, up = "lora", 2, True

    def __init__(self, node):
        self.node, self.radio = node, node.radio
        self.law = RadioLaw(REGIONS["KR920"], 0, channels=tuple(range(7)))
        self.rate = 12 - node.place.sf
        sf, bw, size = self.law.rates[self.rate]
        few, many = airtime_us(51, sf, bw), airtime_us(size, sf, bw)
        byte = (many - few) // (size - 51)
        self.link = Link(size if size < 200 else 242, byte, few - 51 * byte, 3000, 8, False, 1800_000)
        self.queue = []
        self.state = "idle"
        self.end = 0
        self.on_frame = self.on_sent = None
        self.dice = Random(node.device)
        self.channel = 0
        self.at = None

    def free(self, now):
        return not self.queue and self.state == "idle"

    def say(self, t):
        pass

    def report(self):
        return {}

    def send(self, frame, now, urgent=False):
        self.queue.append(frame)

    def poll(self, now, quiet=True):
        while e := self.radio.poll(now):
            if e == "sent":
                self.law.end(now)
                self.end = now
                self.state = "wait1"
                self.radio.sleep(now)
                self.on_sent and self.on_sent(self, now)
            elif e == "received":
                f = self.radio.frame
                if f[1:3] == self.node.device.to_bytes(2, "big"):
                    self.state = "idle"
                    self.radio.sleep(now)
                    self.on_frame(f, self, now)
                else:
                    self._missed(now)
            elif e in ("timeout", "crc_error", "header_error"):
                self._missed(now)
        return self._go(now)

    def _missed(self, now):
        self.state = "wait2" if self.state == "win1" else "idle"
        self.radio.sleep(now)

    def _go(self, now):
        sf, bw, _ = self.law.rates[self.rate]
        if self.state == "wait1":
            if now < self.end + 1990:
                return self.end + 1990
            self.state = "win1"
            self.radio.receive(now, self.law.frequency_hz(self.channel), sf, bw, 1, True, 30 + (14000 << sf) // bw)
        if self.state == "wait2":
            if now < self.end + 2990:
                return self.end + 2990
            self.state = "win2"
            self.radio.receive(now, 921_900_000, 12, bw, 1, True, 500)
        if self.state == "idle" and self.queue:
            frame = self.queue[0]
            self.channel = self.dice.randrange(7)
            hz = self.law.frequency_hz(self.channel)
            self.law.heard(now, self.channel, self.radio.energy(now, hz, 6000), 6000)
            ok, why, at = self.law.begin(now, self.channel, self.rate, len(frame), 14)
            if not ok:
                return max(now + 10, at or now + 100)
            self.queue.pop(0)
            self.radio.transmit(now, frame, hz, sf, bw, 1, 14)
            self.state = "tx"
        return None
