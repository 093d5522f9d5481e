"""Whatever the store has acknowledged survives: a killed collector, a power cut at every write, a full disk."""

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from gilmok_collector.store import Anchor, Commit, Gap, StoreError, StoreFull, open_store
from support import stores
from support.forgetful_vfs import ForgetfulDisk
from support.stores import BOOT, DEVICE, LOG, NOW_MS, assert_consistent, contents, dump, expected, make_batch

ROOT = Path(stores.__file__).resolve().parents[2]

# Commits 4 records and prints how many are durable by now, until it is killed.
WRITER = """
import sys
sys.path[:0] = {paths!r}
from gilmok_collector.store import Commit, open_store
from support.stores import make_batch

store = open_store({url!r})
first = max((end for _, end in store.stored(7, 0x9C41E07B, 1).pairs), default=0)
while True:
    store.commit(Commit(batches=[make_batch(first, 4)]))
    first += 4
    print(first, flush=True)
"""


def test_a_killed_collector_has_kept_what_it_acknowledged(tmp_path):
    url = f"sqlite:{tmp_path}/store.db"
    paths = [str(ROOT / folder) for folder in ("protocols", "host", "tests")]
    script = WRITER.format(paths=paths, url=url)
    dice = random.Random(7)
    acknowledged = 0
    for _ in range(6):
        writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(dice.randrange(1, 40)):
            acknowledged = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()  # what it acknowledged before the signal arrived
        writer.stdout.close()
        writer.wait()
        acknowledged = int(rest[-1]) if rest else acknowledged
        store = open_store(url)
        ((first, end),) = store.stored(DEVICE, LOG, 1).pairs
        assert first == 0
        assert acknowledged <= end <= acknowledged + 4  # one commit may have been durable and not yet printed
        assert contents(store) == expected(DEVICE, LOG, 1, range(end))
        assert_consistent(store)
        store.close()


class Workload:
    """Commits in order, and what a store must hold once the first of them have been acknowledged."""

    def __init__(self, seed=3, length=7):
        dice = random.Random(seed)
        self.commits, self.numbers = [], []
        seen = set()
        for number in range(length):
            first = max(0, number * 12 - dice.randrange(8))
            count = min(dice.randrange(8, 20), BOOT - first % BOOT)
            gap = Gap(DEVICE, LOG, 2, number * 10, number * 10 + 4)
            anchor = Anchor(DEVICE, LOG, first // BOOT + 1, number * 10_000, NOW_MS + number * 10**6, 20)
            self.commits.append(Commit(batches=[make_batch(first, count)], gaps=[gap], anchors=[anchor]))
            seen |= set(range(first, first + count))
            self.numbers.append(set(seen))

    def assert_held(self, store, acknowledged):
        """Assert that all acknowledged commits are there, and nothing beyond the one under way."""
        held = {number for *_, number in contents(store)}
        least = self.numbers[acknowledged - 1] if acknowledged else set()
        most = self.numbers[min(acknowledged, len(self.commits) - 1)]
        assert held in (least, most)
        assert contents(store) == expected(DEVICE, LOG, 1, held)
        assert len(store.gaps(DEVICE, LOG, 2)) >= acknowledged
        assert_consistent(store)


class PowerCuts:
    """Cuts the power after operations of a disk, and looks at what is left each time."""

    def __init__(self, disk, workload, folder):
        self.disk, self.workload, self.folder = disk, workload, folder
        self.acknowledged = 0
        self.cuts = 0
        self.lost = []

    def cut(self):
        """Look at an image without the unsynced writes, one with all of them, and one with some."""
        dice = random.Random(self.disk.operations)
        for options in ({"forget": True}, {"forget": False}, {"dice": dice}):
            self.look(self.image(**options), options)

    def image(self, **options):
        self.cuts += 1
        folder = self.folder / str(self.cuts)
        folder.mkdir()
        self.disk.save_image(folder, **options)
        return folder

    def look(self, folder, options):
        try:
            store = open_store(f"sqlite:{folder}/store.db")
            self.workload.assert_held(store, self.acknowledged)
            store.close()
        except (AssertionError, StoreError) as error:
            self.lost.append(f"operation {self.disk.operations}, {options}, {self.acknowledged} acknowledged: {error}")


def open_over(disk, folder, *pragmas):
    """Open a store over a disk that checkpoints every few pages, so that all kinds of writes come up."""

    def connect(path):
        connection = disk.connect(path)
        connection.execute("PRAGMA wal_autocheckpoint = 20")
        for pragma in pragmas:
            connection.execute(pragma)
        return connection

    return open_store(f"sqlite:{folder}/store.db", connect=connect)


def test_a_power_cut_after_every_write_loses_nothing_acknowledged(tmp_path):
    disk, workload = ForgetfulDisk(), Workload()
    (tmp_path / "disk").mkdir()
    cuts = PowerCuts(disk, workload, tmp_path)
    disk.on_operation = cuts.cut
    store = open_over(disk, tmp_path / "disk")
    for commit in workload.commits:
        store.commit(commit)
        cuts.acknowledged += 1
        cuts.cut()
    store.close()
    assert cuts.lost == []
    assert cuts.cuts > 300


def test_what_is_committed_again_after_a_power_cut_is_stored_once(tmp_path):
    disk, workload = ForgetfulDisk(), Workload()
    (tmp_path / "disk").mkdir()
    cuts = PowerCuts(disk, workload, tmp_path)
    store = open_over(disk, tmp_path / "disk")
    for commit in workload.commits:
        store.commit(commit)
        left = open_store(f"sqlite:{cuts.image(dice=random.Random(disk.operations))}/store.db")
        for again in workload.commits:
            left.commit(again)
        workload.assert_held(left, len(workload.commits))
        left.close()
    store.close()


def test_the_forgetful_disk_would_notice(tmp_path, monkeypatch):
    """The same with synchronous=NORMAL, where SQLite does not sync a commit: what was acknowledged is lost."""
    monkeypatch.setattr("gilmok_collector.store.sqlite.PRAGMAS", ("PRAGMA synchronous = NORMAL",))
    disk, workload = ForgetfulDisk(), Workload()
    (tmp_path / "disk").mkdir()
    cuts = PowerCuts(disk, workload, tmp_path)
    store = open_over(disk, tmp_path / "disk")
    for commit in workload.commits:
        store.commit(commit)
        cuts.acknowledged += 1
        cuts.cut()
    store.close()
    assert cuts.lost


def test_a_full_disk_at_every_write_stores_nothing_half(tmp_path):
    disk = ForgetfulDisk()
    store = open_over(disk, tmp_path)
    store.commit(Commit(batches=[make_batch(0, 10)], anchors=[Anchor(DEVICE, LOG, 1, 0, NOW_MS, 20)]))
    failures, first = 0, 40
    for room in range(60):
        before = dump(store)
        commit = Commit(batches=[make_batch(first, 20), make_batch(first, 20, stream=2)])
        disk.room = room
        try:
            store.commit(commit)
        except StoreFull:
            failures += 1
            assert dump(store) == before
            disk.room = None
            store.commit(commit)
        disk.room = None
        first += 40
        assert_consistent(store)
    assert failures >= 10
    assert len(contents(store)) == 10 + 60 * 40
    store.close()


def test_a_store_at_its_quota_says_so_and_goes_on_when_there_is_room(tmp_path):
    connections = []

    def connect(path):
        connections.append(sqlite3.connect(path, isolation_level=None))
        return connections[-1]

    store = open_store(f"sqlite:{tmp_path}/store.db", connect=connect)
    connections[0].execute("PRAGMA max_page_count = 40")
    stored = 0
    with pytest.raises(StoreFull, match="sqlite:.*the disk is full, nothing more is stored; make room and it goes on"):
        while stored < 400 * BOOT:
            store.commit(Commit(batches=[make_batch(stored, BOOT, width=16)]))
            stored += BOOT
    assert contents(store) == expected(DEVICE, LOG, 1, range(stored), 16)
    assert_consistent(store)
    connections[0].execute("PRAGMA max_page_count = 1000")
    store.commit(Commit(batches=[make_batch(stored, BOOT, width=16)]))
    assert len(store.stored(DEVICE, LOG, 1)) == stored + BOOT
    store.close()
