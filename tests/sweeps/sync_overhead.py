"""Tabulates what synchronisation costs over bad links: `PYTHONPATH=tests python -m sweeps.sync_overhead > docs/sync_overhead.md`.

Everything is drawn from seeds, so the table is the same wherever it is made.
"""

from gilmok_wire.link import Link
from gilmok_wire.messages import EVENTS, READINGS
from gilmok_wire.node_stream import StreamInfo
from sweeps.sync import Exchange, Medium

SEEDS = (5, 6)
SAMPLES = 160
MTUS = (51, 64, 115, 242, 1024, 4096)
LOSSES = (0, 10, 20, 40, 60)
HALF_HOUR_MS = 1_800_000
STREAMS = (
    StreamInfo("river", READINGS, (("level", "m", -3),), HALF_HOUR_MS),
    StreamInfo("air", READINGS, tuple((f"c{index}", "ug/m3", -1) for index in range(8)), HALF_HOUR_MS),
    StreamInfo("alarm", EVENTS, (("level", "1", 0),), urgent=True),
)
HEAD = """# What synchronisation costs

Made by `tests/sweeps/sync_overhead.py`; `test_sync.py` beside it compares. A node records a river gauge and eight noisy channels of
air every minute for 160 minutes, and an alarm now and then. A record may wait half an hour for company, an acknowledgement ten
minutes. Frames get lost in both directions alike. *Bytes a reading* are those of all frames both ways: seals, headers, schemas,
repetitions and answers included. *Settled* is how long after the last record everything was acknowledged. Means of two runs.

| loss | MTU | bytes a reading | up | down | frames | answers | polls in vain | sessions | settled |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


def rows():
    """Yield the lines of the table."""
    for loss in LOSSES:
        for mtu in MTUS:
            yield row(loss, mtu)


def row(loss, mtu):
    """Return one line."""
    link = Link(mtu=mtu, byte_us=87, answer_ms=500, window=8, idle_ms=600_000)
    runs = [Exchange(seed, Medium(loss), link, SAMPLES, 60_000, STREAMS).run() for seed in SEEDS]
    readings = sum(run.readings for run in runs)
    up, down = sum(run.up_bytes for run in runs) / readings, sum(run.down_bytes for run in runs) / readings
    figures = [f"{loss} %", mtu, f"{up + down:.2f}", f"{up:.2f}", f"{down:.2f}"]
    figures += [_mean(run.frames for run in runs), _mean(run.answers for run in runs)]
    figures += [_mean(run.pair.node.counters["timeouts"] for run in runs)]
    figures += [_mean(1 + run.pair.node.counters["restarts"] for run in runs)]
    figures += [f"{_mean((run.pair.now - run.last_sample_ms) // 1000 for run in runs)} s"]
    return "| " + " | ".join(map(str, figures)) + " |"


def _mean(numbers):
    return sum(numbers) // len(SEEDS)


def table():
    """Return the whole document."""
    return "\n".join([HEAD, *rows()]) + "\n"


if __name__ == "__main__":
    print(table(), end="")
