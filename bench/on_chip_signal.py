"""Times the signal processing under MicroPython: `micropython on_chip_signal.py`; prints microseconds a sample of one axis as JSON."""

import gc
import json
import time
from array import array

from gilmok_rules.biquad import Filter, Section
from gilmok_rules.butterworth import HIGH, band_pass, design
from gilmok_rules.frequency import Frequency
from gilmok_rules.ground_motion import GroundMotion, velocity_scale
from gilmok_rules.level import Level
from gilmok_rules.quake import OFF, ON, QuakeTrigger
from gilmok_rules.sta_lta import StaLta
from gilmok_sim.chips import Noise

CHUNK = 8
SAMPLES = 800
ROUNDS = 60
RATE_HZ = 250


def best_us(runs):
    """Return {name: microseconds a sample of its fastest round}; rounds alternate, since whatever else a desk does only slows one down."""
    best = {}
    for _ in range(ROUNDS):
        for name, (run, chunks) in runs.items():
            copies = [[array("i", axis) for axis in chunk] for chunk in chunks]
            gc.collect()
            start = time.ticks_us()
            for chunk in copies:
                run(chunk)
            taken = time.ticks_diff(time.ticks_us(), start) / SAMPLES
            best[name] = min(taken, best.get(name, taken))
    return best


def noisy(size):
    """Return chunks of three axes of noise."""
    noise = Noise(9)
    return [[array("i", [(noise.bits() & 255) - 128 for _ in range(size)]) for _ in range(3)] for _ in range(SAMPLES // size)]


class Floats:
    """A section in direct form in floats, as one would write it without thinking of integers."""

    def __init__(self):
        self.x1 = self.x2 = self.y1 = self.y2 = 0.0

    def run(self, samples):
        x1, x2 = self.x1, self.x2
        y1, y2 = self.y1, self.y2
        for i in range(len(samples)):
            x = samples[i]
            y = 0.982 * x - 1.965 * x1 + 0.982 * x2 + 1.964 * y1 - 0.965 * y2
            x2 = x1
            x1 = x
            y2 = y1
            y1 = y
            samples[i] = int(y)
        self.x1, self.x2 = x1, x2
        self.y1, self.y2 = y1, y2


def feed(trigger):
    """Return a function that gives a trigger the squares of a chunk's first axis."""

    def run(chunk):
        for value in chunk[0]:
            trigger.add(value * value)

    return run


def main():
    """Measure, and print {name: microseconds}, of one axis' sample but for quake and motion, which take three."""
    [coefficients] = design(HIGH, 0.1, RATE_HZ)
    section, band, floats = Section(coefficients), Filter(band_pass(1, 10, RATE_HZ)), Floats()
    level, frequency = Level(), Frequency(20)
    eights = noisy(CHUNK)
    runs = {
        "section": (lambda chunk: section.run(chunk[0]), eights),
        "floats": (lambda chunk: floats.run(chunk[0]), eights),
        "band_pass": (lambda chunk: band.run(chunk[0]), eights),
        "recursive": (feed(StaLta(125, 2500, 64, 24)), eights),
        "classic": (feed(StaLta(125, 2500, 64, 24, 0, 1, True)), eights),
        "level": (lambda chunk: level.run(chunk[0]), eights),
        "frequency": (lambda chunk: frequency.run(chunk[0]), eights),
    }
    for name, size in (("", CHUNK), ("_32", 4 * CHUNK)):
        chunks = noisy(size)
        motion = GroundMotion(coefficients, velocity_scale(RATE_HZ), size)
        runs["motion" + name] = (lambda chunk, motion=motion: motion.run(chunk[0], chunk[1], chunk[2])), chunks
        quake = QuakeTrigger(RATE_HZ, None, ON, OFF, size)
        runs["quake" + name] = (lambda chunk, quake=quake: quake.run(chunk[0], chunk[1], chunk[2])), chunks
    print(json.dumps(best_us(runs)))


main()
