"""The waveform before an event: what was kept, in order, with every hole stated."""

import math

from device.chip_bench import Bench, raises
from gilmok_node.flash.log import LogError
from gilmok_node.measure.detectors import make_detector
from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips import Still
from gilmok_sim.chips.adxl355 import VirtualAdxl355
from gilmok_wire.columns import decode_columns, encode_columns

PRE_BLOCKS = 20  # 5.1 s
POST_MS = 3000


class Waveform:
    """A Recorder that numbers samples as a log does; `rows` are (number, start, first of x, samples) of each block."""

    def __init__(self):
        self.rows = []
        self.next = 0
        self.refuses = False
        self.counts = True  # whether x does

    def append(self, tick_ms, values):
        """As the readings' recorder."""

    def append_encoded(self, start_ms, period_ms, lost, count, payload):
        if self.refuses:
            raise LogError("worn out", 0)
        columns = decode_columns(payload, count)
        assert period_ms == 4 and len(columns) == 3
        self.next += lost
        x = columns[0]
        assert not self.counts or x == list(range(x[0], x[0] + count))
        self.rows.append((self.next, start_ms, x[0], count))
        self.next += count


class CaptureBench(Bench):
    """An ADXL355 whose x counts samples, a sampler, and a capture behind it."""

    def __init__(self, size=8192, names=(), blocks=PRE_BLOCKS):
        self.world = Still(x=0.0, y=0.0, z=1.0)
        self.chip = VirtualAdxl355(self.world, self.clock, noise=0)
        self.spi = VirtualSpi()
        self.driver = Adxl355(SpiDevice(self.spi, self.spi.attach(self.chip)), {})
        self.waveform = Waveform()
        self.sampler = Sampler("deck", self.driver, 1000, self.waveform, self.waveform, lambda *fault: None)
        self.capture = make_detector(["capture", "wave", 0, [blocks, POST_MS, size, names]], self.driver)
        self.sampler.keep(self.capture)
        self.sampler.poll(0)
        self.world.set(x=lambda ms: (round((ms - self.chip._start_ms) / 4) - 1) / 256000)

    def run(self, ms):
        end = self.now + ms
        while self.now < end:
            self.now += 8
            self.sampler.poll(self.now)

    def blocks(self):
        """Return (number, x) of the first sample of each block, and how many there are."""
        return [(number, x, count) for number, _, x, count in self.waveform.rows]


def is_whole(blocks):
    """Whether numbers grow as the samples do: nothing is missing but what the numbers say."""
    return all([b[0] - a[0] == b[1] - a[1] for a, b in zip(blocks, blocks[1:])])


def holes(blocks):
    """Return (numbers, samples) that are missing between blocks."""
    return [(b[0] - a[0] - a[2], b[1] - a[1] - a[2]) for a, b in zip(blocks, blocks[1:]) if b[1] - a[1] != a[2]]


def numbered_without_a_gap(blocks):
    return all([b[0] - a[0] == a[2] for a, b in zip(blocks, blocks[1:])])


def test_the_seconds_before_an_event_and_those_behind_it():
    bench = CaptureBench()
    bench.run(30000)
    assert bench.blocks() == []
    assert bench.sampler.capture(True)
    event = bench.now
    bench.run(4000)
    bench.sampler.capture(False)
    ended = bench.now
    bench.run(20000)
    blocks = bench.blocks()
    assert blocks[0][0] == 0 and is_whole(blocks)
    first, last = blocks[0][1] * 4, (blocks[-1][1] + blocks[-1][2]) * 4
    assert 5000 <= event - first <= 5700, event - first
    assert POST_MS <= last - ended <= POST_MS + 600, last - ended
    starts = [start for _, start, _, _ in bench.waveform.rows]
    assert all([b - a == 256 for a, b in zip(starts, starts[1:])]) and abs(starts[0] - first) <= 12


def test_what_passes_between_two_events_takes_no_numbers():
    bench = CaptureBench()
    for _ in range(2):
        bench.run(20000)
        bench.sampler.capture(True)
        bench.run(1000)
        bench.sampler.capture(False)
        bench.run(10000)
    blocks = bench.blocks()
    assert numbered_without_a_gap(blocks)
    ((numbers, passed),) = holes(blocks)
    assert numbers == 0 and passed > 2500


def test_an_event_soon_after_another_goes_on_without_a_seam():
    bench = CaptureBench()
    bench.run(20000)
    for pause_ms in (1000, 4000, 6000):  # within the time behind it; within the ring; the ring is not full yet
        bench.sampler.capture(True)
        bench.run(500)
        bench.sampler.capture(False)
        bench.run(pause_ms)
    bench.run(10000)
    blocks = bench.blocks()
    assert numbered_without_a_gap(blocks) and not holes(blocks)
    assert is_whole(blocks)


def test_holes_within_an_event_and_before_it_are_numbers_nobody_holds():
    bench = CaptureBench()
    bench.run(20000)
    bench.now += 1000  # 2 s before the event
    bench.run(2000)
    bench.sampler.capture(True)
    bench.run(1000)
    bench.now += 500
    bench.run(3000)
    bench.sampler.capture(False)
    bench.run(10000)
    blocks = bench.blocks()
    found = holes(blocks)
    assert len(found) == 2
    for numbers, missing in found:
        assert abs(numbers - missing) <= 2 and missing > 90, found


def test_a_hole_before_all_that_is_kept_is_none():
    bench = CaptureBench()
    bench.run(20000)
    bench.now += 1000
    bench.run(20000)
    bench.sampler.capture(True)
    bench.run(1000)
    assert is_whole(bench.blocks()) and bench.blocks()[0][0] == 0


def test_memory_is_what_was_given_and_no_more():
    bench = CaptureBench(size=1200)
    shaken = lambda ms: 0.5 * math.sin(ms * ms)  # noqa: E731 (noise of 0.5 g, some 500 bytes a block)
    bench.waveform.counts = False
    bench.world.set(x=shaken, y=shaken)
    bench.run(20000)
    assert len(bench.capture._ring) == 1200 and 1 <= bench.capture._held <= 4
    bench.sampler.capture(True)
    bench.run(5000)
    assert len(bench.waveform.rows) >= 19  # an event is drained faster than it fills
    starts = [start for _, start, _, _ in bench.waveform.rows]
    assert all([b - a == 256 for a, b in zip(starts, starts[1:])])


def test_a_block_larger_than_the_ring_is_lost_and_counted():
    bench = CaptureBench(size=300)
    loud = lambda ms: 0.5 * math.sin(ms * ms)  # noqa: E731
    bench.run(5000)
    bench.sampler.capture(True)
    bench.run(3000)
    held = len(bench.waveform.rows)
    bench.waveform.counts = False
    bench.world.set(x=loud, y=loud)
    bench.run(3000)
    bench.world.set(x=0.0001, y=0.0)
    bench.run(3000)
    assert held and len(bench.waveform.rows) > held
    jumps = [(b[0] - a[0], (b[1] - a[1]) // 4) for a, b in zip(bench.waveform.rows, bench.waveform.rows[1:]) if b[1] - a[1] > 256]
    assert len(jumps) == 1 and jumps[0][0] == jumps[0][1] > 600


def test_a_log_that_refuses_costs_numbers_and_nothing_else():
    bench = CaptureBench()
    bench.run(20000)
    bench.sampler.capture(True)
    bench.waveform.refuses = True
    refused = 0
    for _ in range(50):
        try:
            bench.run(8)
        except LogError:
            refused += 1
    assert refused > 3
    bench.waveform.refuses = False
    bench.run(10000)
    blocks = bench.blocks()
    assert is_whole(blocks) and bench.waveform.next - sum([count for _, _, count in blocks]) == 64 * refused


class Busy:
    """A detector in whose event the waveform is wanted."""

    name = "shake"
    busy = False

    def hear(self, start_ms, period_ms, x, y, z):
        """Nothing to hear."""

    def lose(self, samples):
        """Nothing to lose."""


def test_a_detector_is_an_event_only_where_it_is_named():
    for names, expected in (((), False), (("shake",), True), (("other",), False)):
        bench = CaptureBench(names=names)
        detector = Busy()
        bench.driver.listen(detector)
        bench.run(10000)
        detector.busy = True
        bench.run(100)
        detector.busy = False
        bench.run(10000)
        assert bool(bench.blocks()) == expected
        if expected:
            assert is_whole(bench.blocks()) and len(bench.blocks()) > 28


def test_no_step_encodes_more_than_a_column():
    bench = CaptureBench()
    bench.run(10000)
    calls = []
    encode = bench.capture._encode
    bench.capture._encode = lambda: (calls.append(bench.now), encode())
    bench.run(10000)
    assert len(calls) == len(set(calls)) and len(calls) > 100


def test_payloads_are_those_of_the_log():
    bench = CaptureBench()
    payloads = []
    bench.waveform.append_encoded = lambda *block: payloads.append(block)
    bench.run(10000)
    bench.sampler.capture(True)
    bench.run(1000)
    for _, _, _, count, payload in payloads:
        assert bytes(encode_columns(decode_columns(payload, count))) == bytes(payload)
    assert payloads


def test_a_sensor_without_samples_is_refused():
    class Thermometer:
        NAME = "thermometer"

    raises(ValueError, make_detector, ["capture", "d", 0, [1, 1, 1, ()]], Thermometer())
