"""How fast decoded columns become durable rows, beside bare `executemany` of the same rows.

The peer gets every advantage: its rows are ready tuples, in key order, and it keeps no index of batches, no
ranges and no dates. File system, journal mode, `synchronous` and cache are the store's own.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from gilmok_collector.store import Anchor, Batch, Commit, open_store
from gilmok_collector.store.migrations import MIGRATIONS
from gilmok_collector.store.sqlite import PRAGMAS, SQLite
from gilmok_collector.store.tables import VALUES

# A busy city for a second or a backlog draining: 100 devices with 12 channels, 640 records of each a commit.
DEVICES, WIDTH, RECORDS, COMMITS, ROUNDS = 100, 12, 640, 4, 5
BATCH_SIZES = (32, 8, 2)
NOW_MS = 1_800_000_000_000


def measure() -> dict[str, float]:
    """Return readings per second of the store and of its peer, and their ratio, for each batch size.

    They take turns. A speed is the best round's, because whatever else runs here can only slow one down; the
    ratio is the median of the rounds', because it hits one or the other.
    """
    figures: dict[str, float] = {}
    for size in BATCH_SIZES:
        commits = _make_commits(size)
        rows = [_rows_of(commit) for commit in commits]
        rounds = [(_measure_store(commits), _measure_bare(rows)) for _ in range(ROUNDS)]
        figures[f"store_readings_per_s_{size}"] = max(store for store, _ in rounds)
        figures[f"bare_readings_per_s_{size}"] = max(bare for _, bare in rounds)
        figures[f"store_vs_bare_{size}"] = statistics.median(store / bare for store, bare in rounds)
    return figures


def _make_commits(size: int) -> list[Commit]:
    """Return commits of batches of `size` records each; every device has an anchor from the first one on."""
    dice = random.Random(size)
    columns = [[dice.randrange(-4000, 4000) for _ in range(RECORDS)] for _ in range(WIDTH)]
    logs = [dice.getrandbits(32) for _ in range(DEVICES)]
    commits = []
    for number in range(COMMITS):
        batches = [
            _make_batch(device, log, number * RECORDS + first, [column[first : first + size] for column in columns])
            for device, log in enumerate(logs)
            for first in range(0, RECORDS, size)
        ]
        commits.append(Commit(batches=batches))
    commits[0].anchors = [Anchor(device, log, 1, 0, NOW_MS, 20) for device, log in enumerate(logs)]
    return commits


def _make_batch(device: int, log: int, first: int, columns: list[list[int | None]]) -> Batch:
    return Batch(device, log, 1, first, len(columns[0]), 1, first * 1000, None, 1000, columns, NOW_MS)


def _rows_of(commit: Commit) -> list[tuple[int | None, ...]]:
    batches = sorted(commit.batches, key=lambda batch: (batch.device, batch.log, batch.first))
    return [
        (batch.device, batch.log, batch.stream, batch.first + index, *values)
        for batch in batches
        for index, values in enumerate(zip(*batch.columns, strict=True))
    ]


def _measure_store(commits: list[Commit]) -> float:
    with tempfile.TemporaryDirectory() as folder, closing(open_store(f"sqlite:{folder}/store.db")) as store:
        start = time.perf_counter()
        for commit in commits:
            store.commit(commit)
        return DEVICES * RECORDS * WIDTH * len(commits) / (time.perf_counter() - start)


def _measure_bare(commits: list[list[tuple[int | None, ...]]]) -> float:
    names = ("device", "log", "stream", "seq", *VALUES[:WIDTH])
    insert = f"INSERT INTO record ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    create = next(statement for statement in MIGRATIONS[1] if "TABLE record" in statement)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bare.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for statement in (*PRAGMAS, "PRAGMA journal_mode = WAL", create.format(**SQLite.dialect._asdict())):
                connection.execute(statement)
            start = time.perf_counter()
            for rows in commits:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(insert, rows)
                connection.execute("COMMIT")
            return sum(map(len, commits)) * WIDTH / (time.perf_counter() - start)


def main() -> None:
    """Print the figures as a table."""
    figures = measure()
    print("records a batch    store M readings/s    bare executemany    ratio")
    for size in BATCH_SIZES:
        store, bare, ratio = (figures[f"{name}_{size}"] for name in ("store_readings_per_s", "bare_readings_per_s", "store_vs_bare"))
        print(f"{size:15}    {store / 1e6:18.2f}    {bare / 1e6:16.2f}    {ratio:5.2f}")


if __name__ == "__main__":
    main()
