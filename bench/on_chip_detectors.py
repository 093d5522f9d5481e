"""Times the detectors under MicroPython: `micropython on_chip_detectors.py`; prints {name: microseconds a sample of three axes} as JSON."""

import gc
import json
import time
from array import array

from gilmok_node.measure.detectors import make_detector
from gilmok_rules.butterworth import HIGH, band_pass, design
from gilmok_rules.ground_motion import velocity_scale
from gilmok_rules.limit_lines import LINES
from gilmok_sim.chips import Noise
from gilmok_wire.columns import encode_columns

SAMPLES = 1024
ROUNDS = 40
RATE_HZ = 250
LOUD = 40  # an earthquake of some %g


class Driver:
    """What a detector asks of a driver."""

    NAME = "adxl355"
    STEPS = (1049, 8)
    _period_ms = 4

    def listen(self, detector):
        """Feed it by hand."""


class Feed:
    """Chunks of noise, counts of an ADXL355, before a detector that has heard enough to trigger."""

    def __init__(self, spec, loud=1):
        noise = Noise(9)
        self.chunks = []
        for at in range(0, SAMPLES, 8):
            # A square wave of 3 Hz carries the noise where it shall be loud.
            swing = 200 * loud * (1 if at % 84 < 42 else -1) if loud > 1 else 0
            self.chunks.append([array("i", [swing + (noise.bits() & 127) - 64 for _ in range(8)]) for _ in range(3)])
        self.detector = make_detector(spec, Driver())
        self.ms = 0
        quiet = [array("i", [k & 3 for k in range(8)])] * 3
        for _ in range(400):
            self.hear(quiet)

    def hear(self, chunk):
        self.detector.hear(self.ms, 4, chunk[0], chunk[1], chunk[2])
        self.ms += 32

    def run(self):
        for chunk in self.chunks:
            self.hear(chunk)


def best_us(run, samples):
    """Return the microseconds a sample of the fastest round."""
    best = None
    for _ in range(ROUNDS):
        gc.collect()
        start = time.ticks_us()
        run()
        taken = time.ticks_diff(time.ticks_us(), start) / samples
        best = taken if best is None else min(best, taken)
    return best


def heap_of(make):
    """Return what an object takes of the heap."""
    gc.collect()
    before = gc.mem_alloc()
    kept = make()
    gc.collect()
    return gc.mem_alloc() - before if kept else 0


def main():
    """Measure, and print {name: microseconds or bytes}."""
    found = {}
    for chunk in (8, 16, 32):
        quake = [band_pass(1, 10, RATE_HZ / 4), design(HIGH, 0.1, RATE_HZ)[0], velocity_scale(RATE_HZ), 64, 24, 300, chunk]
        ppv = [design(HIGH, 1, RATE_HZ)[0], [], velocity_scale(RATE_HZ, 1), 65, LINES["din4150-3/2"], RATE_HZ, 100, chunk]
        found[f"quake_quiet_{chunk}"] = best_us(Feed(["quake", "q", 0, quake]).run, SAMPLES)
        shaking = Feed(["quake", "q", 0, quake], LOUD)
        found[f"quake_shaking_{chunk}"] = best_us(shaking.run, SAMPLES)
        found[f"ppv_{chunk}"] = best_us(Feed(["ppv", "p", 0, ppv], LOUD).run, SAMPLES)
    found["quake_bytes"] = heap_of(lambda: make_detector(["quake", "q", 0, quake[:-1] + [8]], Driver()))
    found["ppv_bytes"] = heap_of(lambda: make_detector(["ppv", "q", 0, ppv], Driver()))
    noise = Noise(9)
    block = [[(noise.bits() & 127) - 64 for _ in range(64)] for _ in range(3)]
    found["encode"] = best_us(lambda: [encode_columns(block) for _ in range(16)], 16 * 64)
    found["encoded_bytes"] = len(encode_columns(block))
    print(json.dumps(found))


main()
