"""The two ends always agree in the end, whatever the link and the operators do to them."""

import os
from pathlib import Path

import pytest
from gilmok_wire.link import Link
from support.nonces import NonceRecorder
from support.wire_pair import Pair
from support.wire_scenario import ALARM, RIVER
from sweeps import sync_overhead
from sweeps.sync import seeded_exchange

SEEDS = int(os.environ.get("GILMOK_SWEEP", "48"))  # more of them take about a second each
CHUNK = 8
OVERHEAD = Path(__file__).parents[2] / "docs" / "sync_overhead.md"


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_everything_held_is_stored_once_or_a_known_gap(first):
    for seed in range(first, first + CHUNK):
        with NonceRecorder() as recorder:
            exchange = seeded_exchange(seed).run()
        assert len(recorder.seen) == exchange.frames + exchange.answers, f"seed {seed}"


def test_the_seeds_cover_what_they_are_meant_to():
    exchanges = [seeded_exchange(seed) for seed in range(48)]
    assert {e.pair.link.mtu for e in exchanges} == {51, 64, 115, 242, 1024, 4096}
    assert {e.medium.loss for e in exchanges} == {0, 5, 20, 40, 60}
    assert {e.pair.link.full_duplex for e in exchanges} == {True, False}
    assert any(e.medium.double for e in exchanges) and any(e.medium.jitter_ms for e in exchanges)
    happened = [action.__name__ for e in exchanges for _, _, action, _ in e._heap]
    for disaster in ("reboot_node", "restart_collector", "restore_store", "restore_image", "spoil"):
        assert happened.count(disaster) >= 5, disaster


def test_the_same_seed_is_the_same_run():
    one, other = (seeded_exchange(11).run() for _ in range(2))
    assert (one.frames, one.up_bytes, one.pair.now) == (other.frames, other.up_bytes, other.pair.now)


def test_the_overhead_is_as_tabulated():
    remedy = f"run `PYTHONPATH=tests python -m sweeps.sync_overhead > docs/{OVERHEAD.name}` and look at what changed"
    assert sync_overhead.table() == OVERHEAD.read_text(), remedy


def test_an_image_that_outran_the_store():
    """A flash restored from an image, and offline until it has passed the numbers its former life had sent, is known by its records."""
    pair = Pair([RIVER, ALARM], Link())
    for index in range(15):
        if index == 10:
            image = pair.log.image()
        pair.log.append(0, index, [index])
    pair.run()
    pair.log = image
    pair.boot_node()
    for index in range(10, 18):
        image.append(0, index, [-index])
    while ("fork",) not in pair.events:
        pair.step()
    image.fork(78)
    pair.node.restart(pair.now)
    pair.run()
    pair.check()
