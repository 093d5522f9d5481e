"""A node's radio keeps the law over restarts, wherever between writing, sending and noticing the power or the interpreter goes."""

import random

import pytest
from device.lora_bench import Ledger, LoraBench, up
from gilmok_node.linux.board import BootLedger
from gilmok_node.radio.ledger import RtcLedger

from .slow_law import Witness

PLACES = {"EU868": ((0, 3), (3, 5)), "AS923": ((0, 1), (3, 5)), "US915": (tuple(range(16)), (1, 3))}


class Cut(Exception):
    """The interpreter is gone."""


class CuttingLedger(Ledger):
    """A ledger that cuts before or after a write."""

    def __init__(self, data):
        super().__init__(data)
        self.left = None

    def save(self, data):
        self._count()
        super().save(data)
        self._count()
        return True

    def _count(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Cut


@pytest.mark.parametrize("region", PLACES)
def test_restarts_at_any_moment_never_break_the_law(region):
    """Greedy lives, each cut somewhere: judged by the slow law over all of them, true time going on."""
    channels, rates = PLACES[region]
    quota = len(LoraBench(region, channels, rates, ledger=Ledger(), count=1).law.save(0))
    for seed in range(2):
        dice = random.Random(seed)
        ledger = CuttingLedger(bytes(quota))
        bench = LoraBench(region, channels, rates, ledger=ledger, count=1)
        witness = Witness(region, 0, len(channels))
        seen = sent_of_all = cuts = 0
        for _ in range(40):
            ledger.left = dice.choice((None, dice.randrange(6), dice.randrange(40)))
            try:
                bench.run(
                    dice.choice((300, 5_000, 20_000)),
                    until=lambda: greedy(bench, dice),  # noqa: B023
                )
            except Cut:
                cuts += 1
            off_ms = bench.bench.clock()
            bench.radio.chip.reset(0)  # the chip's supply went too, or the next life's driver resets it
            for start, end, air, payload in bench.frames()[seen:]:
                seen += 1
                sent_of_all += 1
                listened = [(start * 1000 - 6_500, start * 1000 - 1_000, -120)]  # seen on the chip elsewhere: test_lora_law
                end = min(end, off_ms)
                hz = round(air.frequency_hz / 50_000) * 50_000
                broken = witness.broken(start * 1000, end * 1000, hz, air.sf, air.bw_hz, len(payload), air.power_dbm, listened)
                assert broken == [], (region, seed, sent_of_all, broken)
            bench.bench.now_us += 1_000
            bench.radio.chip.reset(1)
            bench.bench.now_us += dice.choice((1_000, 400_000, 30_000_000))
            ledger.left = None
            bench.boot()
        assert cuts > 5 and sent_of_all > 10, (cuts, sent_of_all)


def greedy(bench, dice):
    """Hand over a frame as soon as the port takes one."""
    if bench.port.free(bench.ms(), True):
        bench.chance = dice.randrange(65_536)
        bench.port.send(up(size=min(200, bench.port.link.mtu)), bench.ms(), dice.random() < 0.5)
    return False


def test_without_a_ledger_an_hour_passes_in_silence_and_with_one_it_does_not():
    for data, silent in ((None, True), (bytes(2 * 61 * 3), False)):
        bench = LoraBench("EU868", (0, 1), (5, 5), ledger=Ledger(data), count=1)
        bench.port.send(up(), bench.ms(), True)
        bench.run(10_000)
        assert (bench.frames() == []) is silent
    bench.run(100)
    before = bench.law.report(bench.ms())[0][0]
    bench.boot()
    assert bench.law.report(bench.ms())[0][0] == before > 0
    assert len(bench.send(urgent=True, span_ms=1_000)) == 2


def test_it_is_written_before_it_is_sent():
    bench = LoraBench("EU868", (0, 1), (5, 5), ledger=Ledger(bytes(2 * 61 * 3)), count=1)
    bench.run(100)
    saved = []

    def transmit(*order):
        saved.append((bench.ledger.data, bench.law.save(bench.ms())))
        return bench_transmit(*order)

    bench_transmit = bench.radio.driver.transmit
    bench.radio.driver.transmit = transmit
    bench.send()
    ((kept, booked),) = saved
    assert sum(kept) > 0 and kept == booked


def test_what_cannot_be_written_is_not_sent():
    bench = LoraBench("EU868", (0, 1), (5, 5), ledger=Ledger(bytes(2 * 61 * 3)), count=1)
    bench.run(100)
    bench.ledger.works = False
    bench.port.send(up(), bench.ms(), True)
    bench.run(5_000)
    assert bench.frames() == []
    bench.ledger.works = True
    bench.run(3_000)
    assert len(bench.frames()) == 2


def test_the_memory_of_a_clock_is_believed_only_whole():
    held = bytearray()

    def memory(data=None):
        if data is None:
            return bytes(held)
        held[:] = data
        return None

    ledger = RtcLedger(memory)
    assert ledger.load() is None
    assert ledger.save(b"twelve bytes") and ledger.load() == b"twelve bytes"
    for place in range(len(held)):
        held[place] ^= 4
        assert ledger.load() is None
        held[place] ^= 4
    del held[-1]
    assert ledger.load() is None


def test_a_file_counts_as_long_as_the_kernel_runs(tmp_path):
    path = str(tmp_path / "airtime")
    first = BootLedger(path, "boot-1")
    assert first.load() is None
    assert first.save(b"a\nb") and BootLedger(path, "boot-1").load() == b"a\nb"
    assert BootLedger(path, "boot-2").load() is None
    assert BootLedger(path, "").load() is None, "a system that does not say when it booted"


def test_a_full_disk_leaves_nothing_that_is_too_old(tmp_path):
    ledger = BootLedger(str(tmp_path / "airtime"), "boot-1")
    ledger.save(b"old")
    (tmp_path / "airtime.new").mkdir()  # cannot be opened for writing, as a file on a full disk
    assert ledger.save(b"new") and ledger.load() is None
    assert ledger.save(b"new") and ledger.load() is None
