"""From an alarm's commit to the notice at its receiver: real threads, store, sockets and clock, on this machine."""

import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.recordings import ROOT
from bench.report import Figure

sys.path.insert(0, str(ROOT / "tests"))

from gilmok_collector.duty import Duty
from gilmok_collector.engine import Engine
from gilmok_collector.service import Service
from gilmok_collector.store import open_store
from gilmok_site.secret import Secret
from support.alarm_site import Receiver, alarm, site_of

ALARMS = 60
STORM = 300  # alarms at one moment: a shaken city
LIMIT_S = 2.0
POLLS = 300


def measure() -> list[Figure]:
    """Return how long people wait, and what looking costs a collector to whom nothing happens."""
    with tempfile.TemporaryDirectory() as folder:
        receiver = Receiver()
        try:
            return _measure(Path(folder), receiver)
        finally:
            receiver.close()


def _measure(folder: Path, receiver: Receiver) -> list[Figure]:
    site = site_of(folder, f'[notify.duty]\nurl = "{receiver.url}"\n')
    with closing(open_store(site.store_url, 7)) as store, closing(open_store(site.store_url, 7)) as other:
        service = Service(Engine(store, {}))
        duty = Duty(service.engine, site, {"duty": Secret("x")}, wake=service.attend)
        committed: list = []  # what the worker commits in its next turn, as the projection does with a node's alarm
        service.duties += [lambda now_ms: store.alarms.append([committed.pop()]) if committed else None, duty.poll]
        service.start()
        own, others = [], []
        for number in range(ALARMS):
            time.sleep(0.037 * (number % 7))  # at any moment of the collector's rhythm
            start, heard = time.perf_counter(), len(receiver.heard)
            if number % 2:
                committed.append(alarm(number))
                service.attend()
            else:
                other.alarms.append([alarm(number)])
            _wait(receiver, heard + 1)
            (own if number % 2 else others).append(time.perf_counter() - start)
        start, heard = time.perf_counter(), len(receiver.heard)
        other.alarms.append([alarm(number, node=f"n{number}") for number in range(STORM)])
        _wait(receiver, heard + STORM)
        storm_s = time.perf_counter() - start
        service.stop()
        start = time.perf_counter()
        for number in range(POLLS):
            duty.poll(time.time_ns() // 1_000_000 + 60_000 + 1000 * number)
        poll_ms = (time.perf_counter() - start) / POLLS * 1000
    return [
        Figure("commit to notice, median", 1000 * statistics.median(own), "ms", key="notify_ms"),
        Figure("commit to notice, worst", max(own), "s", key="notify_worst_s", at_most=LIMIT_S),
        Figure("… committed by another process, worst", max(others), "s", key="notify_other_worst_s", at_most=LIMIT_S),
        Figure(f"{STORM} alarms at once, until the last notice", storm_s, "s", key="notify_storm_s"),
        Figure("a look where nothing is new", poll_ms, "ms", key="notify_poll_ms", note="twice a second"),
    ]


def _wait(receiver: Receiver, count: int) -> None:
    end = time.perf_counter() + 60
    while len(receiver.heard) < count:
        if time.perf_counter() > end:
            raise TimeoutError(f"heard {len(receiver.heard)} of {count}")
        time.sleep(0.0005)
