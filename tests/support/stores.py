"""A made-up site whose every record is known, so that tests of the store can tell what it must hold."""

import random

from gilmok_collector.store import Anchor, Batch, Schema

DEVICE, LOG, STREAM = 7, 0x9C41E07B, 1
NOW_MS = 1_800_000_000_000

# Numbers below which a boot's records lie, and what follows from it: record n belongs to boot n // BOOT + 1.
BOOT = 40


# The schema of `river`'s batches.
RIVER = Schema(DEVICE, LOG, 2, b"\x01\x02\x03\x04", "river", 0, [("level", "m", -3), ("tilt", "[g]", -11, 390625), ("n", "1", 2)])


def record_of(number, stream=STREAM, width=3):
    """Return (boot, uptime_ms, values) of a record: every test that sends it sends the same."""
    dice = random.Random(number * 1009 + stream)
    values = [None if dice.random() < 0.2 else dice.randrange(-(2**29) + 1, 2**29) for _ in range(width)]
    jitter = dice.randrange(900) if stream % 2 else 0
    return number // BOOT + 1, number % BOOT * 1000 + jitter, tuple(values)


def make_batch(first, count, device=DEVICE, log=LOG, stream=STREAM, width=3, received_ms=NOW_MS):
    """Return a batch of the made-up records; even streams are regular, odd ones carry their times."""
    records = [record_of(number, stream, width) for number in range(first, first + count)]
    boots = {boot for boot, _, _ in records}
    if len(boots) != 1:
        raise ValueError(f"records {first} to {first + count} belong to {len(boots)} boots")
    times = [uptime_ms for _, uptime_ms, _ in records]
    columns = [list(column) for column in zip(*[values for _, _, values in records], strict=True)]
    regular = stream % 2 == 0
    return Batch(
        device,
        log,
        stream,
        first,
        count,
        boots.pop(),
        times[0],
        None if regular else times,
        1000 if regular else 0,
        columns,
        received_ms,
    )


def river(first, count, boot=1, start_ms=None, period_ms=1000, times=None, values=None):
    """Return a batch of three columns whose records say their own number."""
    numbers = values or list(range(first, first + count))
    columns = [numbers, [None] * count, [1] * count]
    start = first * period_ms if start_ms is None else start_ms
    return Batch(DEVICE, LOG, 2, first, count, boot, start, times, period_ms, columns, NOW_MS)


def anchor(uptime_ms, unix_ms, uncertainty_ms=20, boot=1):
    """Return an anchor of the made-up device."""
    return Anchor(DEVICE, LOG, boot, uptime_ms, unix_ms, uncertainty_ms)


def expected(device, log, stream, numbers, width=3):
    """Return what `contents` returns of these records."""
    return {(device, log, stream, number): record_of(number, stream, width) for number in numbers}


def contents(store, **bounds):
    """Return every stored record as {(device, log, stream, number): (boot, uptime_ms, values)}."""
    return {
        (record.device, record.log, record.stream, record.seq): (record.boot, record.uptime_ms, record.values)
        for record in store.records(**bounds)
    }


def assert_consistent(store):
    """Assert that the tables agree: records counted one by one, ranges, and the records the queries find."""
    counted = store.counts()
    held = contents(store)
    assert len(held) == sum(counted.values()), "a record without a batch, or a batch without its records"
    for progress in store.summary():
        stream = (progress.device, progress.log, progress.stream)
        stored = store.stored(*stream)
        assert len(stored) == progress.stored == counted.get(stream, 0)
        assert {key[3] for key in held if key[:3] == stream} == {n for pair in stored.pairs for n in range(*pair)}
        assert store.gaps(*stream) == progress.gaps
        assert not any(number in stored for first, end in progress.gaps for number in range(first, end))
    assert set(counted) <= {progress[:3] for progress in store.summary()}


def dump(store):
    """Return every row of every table, to compare two states of a store."""
    from gilmok_collector.store.tables import TABLES

    return {table: sorted(store._backend.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}
