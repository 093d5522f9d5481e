"""The dates in the store: always what its anchors say, and true, however anchors and batches came."""

import random

import pytest
from gilmok_collector.store import Anchor, Batch, Commit, open_store
from gilmok_collector.store.dating import DRIFT, Fix, date_boots, date_span, unix_at
from support.stores import DEVICE, LOG, NOW_MS

HOUR_MS = 3_600_000


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:{tmp_path}/store.db")
    yield opened
    opened.close()


class Life:
    """A device's boots as they really were: when each began, how fast its clock ran, how long it ran."""

    def __init__(self, seed, boots, drift=DRIFT):
        self.dice = random.Random(seed)
        self.starts, self.rates, self.lengths = {}, {}, {}
        unix = NOW_MS
        for boot in range(1, boots + 1):
            self.starts[boot] = unix + self.dice.randrange(HOUR_MS)
            self.rates[boot] = 1 + self.dice.uniform(-drift, drift)
            self.lengths[boot] = self.dice.randrange(10_000, 3 * HOUR_MS)
            unix = self.starts[boot] + self.lengths[boot] * self.rates[boot]

    def unix_at(self, boot, uptime_ms):
        """Return the true time."""
        return self.starts[boot] + uptime_ms * self.rates[boot]

    def anchor(self, boot):
        """Return an honest anchor somewhere in a boot."""
        uptime_ms = self.dice.randrange(self.lengths[boot])
        uncertainty_ms = self.dice.choice([2, 20, 400])
        unix_ms = round(self.unix_at(boot, uptime_ms) + self.dice.uniform(-uncertainty_ms, uncertainty_ms))
        return Anchor(DEVICE, LOG, boot, uptime_ms, unix_ms, uncertainty_ms)

    def batches(self):
        """Return everything every boot recorded, ten records a minute apart in each batch."""
        first, batches = 0, []
        for boot, length in self.lengths.items():
            for start_ms in range(0, length, 600_000):
                count = min(10, (length - start_ms) // 60_000 + 1)
                batches.append(Batch(DEVICE, LOG, 1, first, count, boot, start_ms, None, 60_000, [[boot] * count], NOW_MS))
                first += count
        return batches


def dates_of(store):
    """Return {(boot, start): (end, unix start, unix end, uncertainty)} of every batch."""
    rows = store._backend.execute("SELECT boot, start_ms, end_ms, unix_start_ms, unix_end_ms, uncertainty_ms FROM batch WHERE device = 7")
    return {row[:2]: row[2:] for row in rows}


def dates_from_scratch(store):
    """Return the same from all anchors and all batches at once, without the windows the store looks through."""
    anchors = store._backend.execute("SELECT boot, uptime_ms, unix_ms, uncertainty_ms FROM anchor ORDER BY uptime_ms")
    chains, ends = {}, {}
    for boot, *fix in anchors:
        chains.setdefault(boot, []).append(Fix(*fix))
        ends[boot] = max(ends.get(boot, 0), fix[0])
    for (boot, _), (end_ms, *_) in dates_of(store).items():
        ends[boot] = max(ends.get(boot, 0), end_ms)
    anchored = sorted(chains)
    for before, after in zip(anchored, anchored[1:], strict=False):
        between = [boot for boot in sorted(ends) if before < boot < after]
        lower, upper = unix_at(chains[before], ends[before]), unix_at(chains[after], 0)
        fixes = date_boots(lower, upper, [ends[boot] for boot in between])
        chains |= {boot: [fix] for boot, fix in zip(between, fixes, strict=True)}
    return {
        (boot, start_ms): (end_ms, *(date_span(chains[boot], start_ms, end_ms) if boot in chains else (None,) * 3))
        for (boot, start_ms), (end_ms, *_) in dates_of(store).items()
    }


def live(store, life):
    """Send everything a device lived through, in some order, and check the dates after every commit."""
    dice = life.dice
    silent = set(dice.sample(range(1, 7), dice.randrange(4)))
    anchors = [life.anchor(dice.choice([boot for boot in range(1, 7) if boot not in silent])) for _ in range(25)]
    parts = life.batches() + anchors
    if dice.random() < 0.5:
        dice.shuffle(parts)
    while parts:
        size = dice.randrange(1, 12)
        some, parts = parts[:size], parts[size:]
        store.commit(
            Commit(
                batches=[part for part in some if isinstance(part, Batch)],
                anchors=[part for part in some if isinstance(part, Anchor)],
            )
        )
        assert dates_of(store) == dates_from_scratch(store)


@pytest.mark.parametrize("seed", range(20))
def test_dates_are_what_all_anchors_say_and_true(store, seed):
    life = Life(seed, boots=6)
    live(store, life)
    for record in store.records():
        if record.unix_ms is not None:
            truth = life.unix_at(record.boot, record.uptime_ms)
            assert abs(record.unix_ms - truth) <= record.uncertainty_ms + 1, record


@pytest.mark.parametrize("seed", range(20))
def test_a_clock_worse_than_reckoned_with_is_dated_by_all_its_anchors_too(store, seed):
    """Here the outermost pair of anchors tells how far the clock runs off beyond them."""
    live(store, Life(seed, boots=6, drift=0.05))


@pytest.mark.parametrize("seed", range(3))
def test_dates_in_postgresql_are_no_other(postgres_url, seed):
    store = open_store(postgres_url)
    live(store, Life(seed, boots=6))
    store.close()


def batch(first, boot, start_ms, count=10, device=DEVICE, log=LOG):
    return Batch(device, log, 1, first, count, boot, start_ms, None, 1000, [[0] * count], NOW_MS)


def test_an_anchor_counts_for_its_own_log_and_boot_only(store):
    store.commit(
        Commit(
            batches=[batch(0, 1, 0), batch(10, 2, 0), batch(0, 1, 0, log=LOG + 1), batch(0, 1, 0, device=8)],
            anchors=[Anchor(DEVICE, LOG, 1, 0, NOW_MS, 20)],
        )
    )
    dated = {(r.device, r.log, r.boot) for r in store.records() if r.unix_ms is not None}
    assert dated == {(DEVICE, LOG, 1)}


def test_a_boot_without_anchors_lies_between_its_neighbours(store):
    store.commit(Commit(batches=[batch(0, 1, 0), batch(10, 2, 0), batch(20, 3, 0)]))
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 0, NOW_MS, 0)]))
    assert [r.unix_ms is None for r in store.records()] == [False] * 10 + [True] * 20
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 3, 0, NOW_MS + 109_000, 0)]))
    records = list(store.records())
    # boot 1 ends at 9 s, boot 3 begins at 109 s: 100 s in which boot 2 ran for 9 s
    assert records[10].unix_ms == NOW_MS + 9000 + (100_000 - 9000) // 2
    assert [b.unix_ms - a.unix_ms for a, b in zip(records[10:20], records[11:20], strict=False)] == [1000] * 9
    assert 45_500 <= records[10].uncertainty_ms <= 45_505


def test_a_later_record_of_the_boot_before_moves_a_boot_without_anchors(store):
    anchors = [Anchor(DEVICE, LOG, 1, 0, NOW_MS, 0), Anchor(DEVICE, LOG, 3, 0, NOW_MS + 109_000, 0)]
    store.commit(Commit(batches=[batch(100, 2, 0)], anchors=anchors))
    first = next(store.records()).unix_ms
    store.commit(Commit(batches=[batch(0, 1, 0)]))
    assert next(r for r in store.records() if r.boot == 2).unix_ms == first + 4500


def test_what_lies_between_two_anchors_is_never_dated_again(store):
    store.commit(Commit(batches=[batch(n * 10, 1, n * 10_000) for n in range(100)]))
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 0, NOW_MS, 20)]))
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 500_000, NOW_MS + 500_010, 20)]))
    before = {key: date for key, date in dates_of(store).items() if key[1] < 490_000}
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 900_000, NOW_MS + 900_000, 20)]))
    after = dates_of(store)
    assert before == {key: after[key] for key in before}


def test_anchors_that_improve_nothing_are_not_kept(store):
    for uptime_ms in range(0, 600_000, 10_000):
        store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, uptime_ms, NOW_MS + uptime_ms, 20)]))
    kept = store._backend.execute("SELECT uptime_ms FROM anchor ORDER BY uptime_ms")
    assert kept == [(0,), (210_000,), (420_000,)]


def test_a_collector_whose_clock_was_set_back_dates_by_the_newer_time(store):
    store.commit(Commit(batches=[batch(0, 1, 0), batch(10, 1, 600_000)]))
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 0, NOW_MS + HOUR_MS, 20)]))
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 600_000, NOW_MS + 600_000, 20)]))
    records = list(store.records())
    assert [records[0].unix_ms, records[10].unix_ms] == [NOW_MS, NOW_MS + 600_000]
    times = [record.unix_ms for record in records]
    assert times == sorted(times)


def test_a_later_anchor_dates_what_was_stored_undated(store):
    store.commit(Commit(batches=[batch(0, 1, 0), batch(10, 1, 10_000)]))
    assert [record.unix_ms for record in store.records()] == [None] * 20
    store.commit(Commit(anchors=[Anchor(DEVICE, LOG, 1, 15_000, NOW_MS, 20)]))
    assert [record.unix_ms for record in store.records()] == [NOW_MS - 15_000 + n * 1000 for n in range(20)]


def test_a_batch_that_spans_anchors_lies_on_a_line_and_says_how_far_off_that_is(store):
    """The clock runs 300 ppm fast in one half and true in the other: the line misses the bend by 15 ms."""
    anchors = [Anchor(DEVICE, LOG, 1, up, NOW_MS + unix, 0) for up, unix in [(0, 0), (100_000, 99_970), (200_000, 199_970)]]
    store.commit(Commit(batches=[batch(0, 1, 0, count=201)], anchors=anchors))
    record = list(store.records())[100]
    assert record.unix_ms == NOW_MS + 99_985
    assert record.uncertainty_ms >= 15
