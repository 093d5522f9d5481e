"""How many readings a second go from sealed frames to durable rows, beside bare `executemany` of the same rows.

The real engine opens, decodes, commits and answers frames of a hundred devices, in the groups in which the service hands them over while
they queue up. The peer gets ready tuples in key order, in transactions of the same groups, on the same disk with the same PRAGMAs.
"""

import gc
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gilmok_collector.columns import decode_columns
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.group_columns import decode_blocks
from gilmok_collector.service import GROUP
from gilmok_collector.store import Commit, Store, open_store
from gilmok_collector.store.migrations import MIGRATIONS
from gilmok_collector.store.sqlite import PRAGMAS, SQLite
from gilmok_collector.store.tables import VALUES
from gilmok_wire import columns as wire
from gilmok_wire.batches import Rows, encode_batch
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal

from bench.node_side import KEY, MemoryLog, make_node
from bench.recordings import ROOT, Recording, read_recordings
from bench.report import Figure, time_each

DEVICES = 100
ROUNDS = 5
NOW_MS = 1_760_000_000_000
LINK = Link(mtu=1024, window=8)  # 32 records of 12 channels fit
RECORDS = {32: 992, 8: 256, 2: 64}  # of each device, by records a frame: a round takes a second or two
WIDE, NARROW = "smartcitizen", "vlissingen"  # 12 channels, as many as a PMS5003 has, and one
LOADS = ((WIDE, 32), (WIDE, 8), (WIDE, 2), (NARROW, 32))


@dataclass
class Load:
    """Frames of many devices, and the rows that are in them."""

    greetings: list[Arrival]
    groups: list[list[Arrival]]
    rows: list[list[tuple]]  # by group, in key order
    readings: int


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped where there are no recordings.
    """
    recordings = {recording.source: recording for recording in read_recordings()}
    figures = _measure_decoders(recordings[WIDE])
    for source, size in LOADS:
        width = len(recordings[source].channels)
        figures += _measure_load(f"{width} channels, {size}-row frames", _make_load(recordings[source], size), (source, size) == LOADS[0])
    return figures


def _measure_decoders(recording: Recording) -> list[Figure]:
    firsts = range(0, RECORDS[32], 32)
    blocks = [wire.encode_columns([channel.values[first : first + 32] for channel in recording.channels]) for first in firsts]
    readings = RECORDS[32] * len(recording.channels)
    fast = time_each(lambda block: decode_columns(block, 32), blocks, rounds=20)
    slow = time_each(lambda block: wire.decode_columns(block, 32), blocks, rounds=5)
    name = "decode columns of 32 records"
    figures = [Figure(name, readings / fast, "readings/s", "the wire's decoder", readings / slow, "decode_readings_per_s")]
    group = [(block, 32) for block in blocks * (GROUP // len(blocks))]
    together = time_each(lambda group: list(decode_blocks(group)), [group], rounds=20) / len(group) * len(blocks)
    name = f"… {len(group)} blocks at once"
    figures.append(Figure(name, readings / together, "readings/s", "one at a time", readings / fast, "decode_group_readings_per_s"))
    return figures


def _measure_load(name: str, load: Load, is_target: bool) -> list[Figure]:
    """Return readings per second, every group of frames at its best of several rounds, and the median of whole rounds in a note."""
    ours, stored, bare = [], [], []
    gc.collect()
    gc.freeze()  # the frames and rows that wait here are the bench's: a collector's garbage collection would not meet them
    for _ in range(ROUNDS):  # in turns, so that what else the machine does meets both
        bare.append(_time_bare(load))
        handled, committed = _time_engine(load)
        ours.append(handled)
        stored.append(committed)
    gc.unfreeze()
    best, best_bare = _sum_of_best(ours), _sum_of_best(bare)
    rounds = [load.readings / sum(times) / 1e6 for times in ours]
    note = f"whole rounds {min(rounds):.2f} to {max(rounds):.2f} M; {100 * _sum_of_best(stored) / best:.0f} % of the time in the store"
    rate = Figure(name, load.readings / best, "readings/s", "executemany", load.readings / best_bare, note=note)
    ratio = Figure("… of bare SQLite", best_bare / best)
    if is_target:
        rate.key, rate.at_least = "collector_readings_per_s", 750_000
        ratio.key, ratio.at_least = "collector_vs_raw_sqlite", 0.6
    return [rate, ratio]


def _sum_of_best(rounds: list[list[float]]) -> float:
    return sum(map(min, zip(*rounds, strict=True)))


# Frames.


def _make_load(recording: Recording, size: int) -> Load:
    """Return what DEVICES nodes send of a recording, `size` records a frame, a window of frames at a time."""
    batches = [_make_batch(recording, first, size) for first in range(0, RECORDS[size], size)]
    greetings: list[Arrival] = []
    with tempfile.TemporaryDirectory() as folder, closing(_open_store(folder)) as store:
        engine = _make_engine(store)
        seals = [_greet(engine, recording, device, greetings) for device in range(1, DEVICES + 1)]
    sent: list[tuple[Arrival, list[tuple]]] = []
    for begin in range(0, len(batches), LINK.window):
        window = batches[begin : begin + LINK.window]
        for device, seal in enumerate(seals, 1):
            for plaintext, rows in window:
                frame = seal.seal(plaintext, ask=rows is window[-1][1])
                sent.append((Arrival("usb", frame, NOW_MS), [(device, *row) for row in rows]))
    groups = [sent[first : first + GROUP] for first in range(0, len(sent), GROUP)]
    arrivals = [[arrival for arrival, _ in group] for group in groups]
    rows_of = [sorted([row for _, rows in group for row in rows], key=lambda row: row[:4]) for group in groups]
    return Load(greetings, arrivals, rows_of, DEVICES * RECORDS[size] * len(recording.channels))


def _make_batch(recording: Recording, first: int, size: int) -> tuple[bytes, list[tuple]]:
    """Return a batch message and the rows in it, without their device."""
    log = MemoryLog()
    columns = [channel.values[first : first + size] for channel in recording.channels]
    times_ms = [time_s * 1000 for time_s in recording.times_s[first : first + size]]
    rows = [(log.log_id, 0, first + index, *values) for index, values in enumerate(zip(*columns, strict=True))]
    return encode_batch(Rows(0, first, log.boot, times_ms, columns), size), rows


def _greet(engine: Engine, recording: Recording, device: int, greetings: list[Arrival]) -> NodeSeal:
    """Let a node and the engine agree; add the node's frames to `greetings` and return its confirmed seal."""
    node, seal = make_node(recording, LINK, MemoryLog(), device)
    now_ms = 0
    while (due_ms := node.deadline(now_ms)) is not None:
        now_ms = max(now_ms + 1, due_ms)
        frame = node.transmit(now_ms)
        if frame is not None:
            greetings.append(Arrival("usb", frame, NOW_MS))
            for _, answer in engine.handle(greetings[-1:]):
                node.receive(answer, now_ms)
    return seal


# Runs. Every store has the same identity and every engine draws the same salt, so that frames sealed once serve every run.


def _open_store(folder: str) -> Store:
    return open_store(f"sqlite:{folder}/store.db", store_id=7, now=lambda: NOW_MS / 1000)


def _make_engine(store: Store) -> Engine:
    return Engine(store, dict.fromkeys(range(1, DEVICES + 1), KEY), LINK, entropy=bytes)


def _scratch() -> tempfile.TemporaryDirectory:
    """Return a folder on the disk of the checkout: others may be memory."""
    (ROOT / "build").mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=ROOT / "build")


class _TimedStore:
    """A store that notes the time each of its commits takes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.committed: list[float] = []

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def commit(self, commit: Commit) -> None:
        start = time.perf_counter()
        self._store.commit(commit)
        self.committed.append(time.perf_counter() - start)


def _time_engine(load: Load) -> tuple[list[float], list[float]]:
    """Return for each group the seconds from its first frame to its last answer, and those of them that the store took."""
    with _scratch() as folder, closing(_open_store(folder)) as store:
        timed = _TimedStore(store)
        engine = _make_engine(timed)
        for arrival in load.greetings:
            engine.handle([arrival])
        timed.committed.clear()
        handled = [_timed(engine.handle, group) for group in load.groups]
        if engine.counters.readings != load.readings or sum(store.counts().values()) != sum(map(len, load.rows)):
            raise AssertionError(f"{engine.counters.readings} of {load.readings} readings were stored: {engine.counters}")
        return handled, timed.committed


def _time_bare(load: Load) -> list[float]:
    width = len(load.rows[0][0]) - 4
    names = ("device", "log", "stream", "seq", *VALUES[:width])
    insert = f"INSERT INTO record ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    create = next(statement for statement in MIGRATIONS[1] if "TABLE record" in statement)
    with _scratch() as folder, closing(sqlite3.connect(Path(folder, "bare.db"), isolation_level=None)) as connection:
        for statement in (*PRAGMAS, "PRAGMA journal_mode = WAL", create.format(**SQLite.dialect._asdict())):
            connection.execute(statement)

        def insert_rows(rows: list[tuple]) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, rows)
            connection.execute("COMMIT")

        return [_timed(insert_rows, rows) for rows in load.rows]


def _timed(run: Callable[[list], object], group: list) -> float:
    start = time.perf_counter()
    run(group)
    return time.perf_counter() - start
