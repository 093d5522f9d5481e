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
from gilmok_rules.quake import QuakeTrigger
from gilmok_rules.sta_lta import StaLta
from gilmok_sim.chips import Noise

CHUNK = 8
CHUNKS = 200
ROUNDS = 30
RATE_HZ = 250


def best_us(run, chunks):
    """Return the microseconds a sample of the fastest of several runs over all chunks: the desk has other things to do."""
    best = None
    for _ in range(ROUNDS):
        copies = [[array("i", axis) for axis in chunk] for chunk in chunks]
        gc.collect()
        start = time.ticks_us()
        for chunk in copies:
            run(chunk)
        taken = time.ticks_diff(time.ticks_us(), start)
        best = taken if best is None else min(best, taken)
    return best / (len(chunks) * CHUNK)


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
    noise = Noise(9)
    chunks = [[array("i", [(noise.bits() & 255) - 128 for _ in range(CHUNK)]) for _ in range(3)] for _ in range(CHUNKS)]
    [coefficients] = design(HIGH, 0.1, RATE_HZ)
    section, band, floats = Section(coefficients), Filter(band_pass(1, 10, RATE_HZ)), Floats()
    motion, quake = GroundMotion(coefficients, velocity_scale(RATE_HZ)), QuakeTrigger(RATE_HZ)
    whole = QuakeTrigger(99, band_pass(1, 10, RATE_HZ))  # as if every sample were filtered
    level, frequency = Level(), Frequency(20)
    runs = {
        "section": lambda chunk: section.run(chunk[0]),
        "floats": lambda chunk: floats.run(chunk[0]),
        "band_pass": lambda chunk: band.run(chunk[0]),
        "recursive": feed(StaLta(125, 2500, 64, 24)),
        "classic": feed(StaLta(125, 2500, 64, 24, classic=True)),
        "level": lambda chunk: level.run(chunk[0]),
        "frequency": lambda chunk: frequency.run(chunk[0]),
        "motion": lambda chunk: motion.run(chunk[0], chunk[1], chunk[2]),
        "quake": lambda chunk: quake.run(chunk[0], chunk[1], chunk[2]),
        "quake_whole": lambda chunk: whole.run(chunk[0], chunk[1], chunk[2]),
    }
    print(json.dumps({name: best_us(run, chunks) for name, run in runs.items()}))


main()
