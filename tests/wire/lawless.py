"""A radio that asks for anything at any time, and a witness of what it is granted."""

import random
from collections import defaultdict, deque
from math import ceil

from gilmok_wire.radio_law import GRANTED, LISTEN, PAUSE, RadioLaw
from gilmok_wire.regions import REGIONS

from .slow_law import Witness, airtime


class Lawless:
    """One radio on true time in microseconds; its clock shows milliseconds since boot and loses what is below."""

    def __init__(self, region, seed):
        self.name, self.row = region, REGIONS[region]
        self.dice = random.Random(f"{region} {seed}")
        self.count = sum(grid[2] for grid in self.row[0])
        few = self.dice.random() < 0.5
        self.channels = tuple(sorted(self.dice.sample(range(self.count), self.dice.randint(1, 8)))) if few else None
        self.gain = self.dice.choice([-2, 0, 3, 6])
        hops = len([channel for channel in self.channels or range(self.count) if channel < self.row[0][0][2]])
        self.witness = Witness(region, self.gain, hops)
        self.now = self.dice.randrange(10**9)
        self.listened = defaultdict(lambda: deque(maxlen=4))  # channel: (start, end, strongest RSSI) of its last listenings
        self.granted = 0
        self.boot(None)

    def boot(self, saved):
        self.booted = self.now
        self.law = RadioLaw(self.row, 0, self.channels, self.gain, saved)

    def clock(self):
        return (self.now - self.booted) // 1000

    def run(self, requests):
        """Ask so many times and return (request, rules broken, what was asked) of the first illegal grant, or None."""
        for request in range(requests):
            wanted = self.choose()
            answer = self.law.ask(self.clock(), *wanted)
            if answer[1] == LISTEN and self.dice.random() < 0.95:
                self.listen(wanted[0] if self.dice.random() < 0.9 else self.law.channels[0])
                self.now += self.dice.randrange(7_000)
            elif answer[1] == PAUSE and self.dice.random() < 0.5:
                self.listen_through(wanted[0], answer[2])
            answer = self.law.begin(self.clock(), *wanted)
            if answer[0]:
                broken = self.transmit(*wanted)
                if broken:
                    return request, broken, wanted
            self.wait(answer)
        return None

    def choose(self):
        """Return channel, data rate, size and power: legal ones mostly, as else nothing would ever be sent."""
        dice = self.dice
        if dice.random() < 0.1:
            return dice.randint(-2, self.count + 1), dice.randint(-1, 15), dice.randint(-1, 260), dice.randint(-9, 33)
        channel = dice.choice(self.channels) if self.channels else dice.randrange(self.count)
        grid = self.law._find(channel)[0]
        rate = dice.randint(grid[3], grid[4])
        size = dice.randint(1, self.row[1][rate][2])
        return channel, rate, size, self.law.power_dbm(channel) + (dice.random() < 0.05)

    def listen(self, channel):
        span = self.dice.choice([100, 4_000, 5_000, 6_000, 7_000, 7_000])
        rssi = self.dice.choice([-120, -100, -81, -80, -79, -66, -65, -64])
        start = self.now
        self.now += span + self.dice.randrange(200)
        self.law.heard(self.clock(), channel, rssi, span)
        self.listened[channel].append((start, self.now, rssi))

    def listen_through(self, channel, until):
        """Listen while the pause ends, so that nothing but the pause keeps the radio from transmitting."""
        start = max(self.now, self.booted + 1000 * until - 9_000)
        self.now = max(start + 7_000, self.booted + 1000 * until - self.dice.randrange(2_000))
        self.law.heard(self.clock(), channel, -120, self.now - start)
        self.listened[channel].append((start, self.now, -120))

    def transmit(self, channel, rate, size, power):
        sf, bandwidth, _ = self.row[1][rate]
        self.granted += 1
        dies = self.dice.random() < 0.002
        saved = self.law.save(self.clock()) if dies else None
        start = self.now
        end = start + ceil(airtime(size, sf, bandwidth))
        broken = self.witness.broken(start, end, self.law.frequency_hz(channel), sf, bandwidth, size, power, self.listened[channel])
        if dies and self.dice.random() < 0.5:
            saved = None  # flash is empty too
        self.now = end + self.dice.randrange(1 + self.dice.choice([0, 900, 20_000]))
        if dies:
            self.boot(saved)
        else:
            self.law.end(self.clock())
        return broken

    def wait(self, answer):
        """Let time pass: hardly any, up to what was answered or a little before, or long."""
        kind = self.dice.random()
        if answer[1] != GRANTED and answer[2] is not None and kind < 0.5:
            self.now = max(self.now, self.booted + 1000 * (answer[2] - self.dice.randint(0, 2)) + self.dice.randrange(1000))
        elif kind < 0.9:
            self.now += self.dice.randrange(60_000)
        elif kind < 0.999:
            self.now += self.dice.randrange(5_000_000)
        else:
            self.now += self.dice.randrange(2 * 3_600_000_000)
