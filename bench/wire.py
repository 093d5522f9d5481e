"""Bits a reading of the columns beside their entropy, and bytes a reading on the air beside other formats."""

from collections import Counter
from math import log2

from gilmok_collector.columns import decode_columns
from gilmok_wire.collector_dialogue import Knowledge
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.columns import encode_columns
from gilmok_wire.link import Link
from gilmok_wire.node_session import NodeSession

from bench.node_side import KEY, MemoryLog, make_node
from bench.peers import PEERS, cost
from bench.recordings import Channel, Recording, read_recordings
from bench.report import Figure

ROWS = 32
MTUS = (51, 115, 242)  # LoRa at SF12, at SF9 and at SF7 in KR920; 242 also is what a BLE notification holds
MOST_RECORDS = 2048  # of a recording on the air: no figure changes in its second digit with more, and the run stays short


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped where there are no recordings.
    """
    recordings = read_recordings()
    return [*_measure_columns(recordings), *_measure_air([_first_records(recording) for recording in recordings])]


# Columns.


def _measure_columns(recordings: list[Recording]) -> list[Figure]:
    """Return the figures of whole batches; what is left over at the end of a recording is no batch of 32 rows."""
    peer = "entropy of first differences"
    figures = []
    total = bits = 0
    bound = 0.0
    for name, runs in _channels_of(recordings).items():
        readings = sum([len(run) - run.count(None) for run in runs])
        coded = sum([_column_bits(run) for run in runs])
        entropy = _entropy(runs)
        figures.append(Figure(name, coded / readings, "bits/reading", peer, entropy))
        total, bits, bound = total + readings, bits + coded, bound + entropy * readings
    note = f"{total} readings of {len(figures)} channels"
    figures += [
        Figure("all", bits / total, "bits/reading", peer, bound / total, "bits_per_reading_32", at_most=3.6, note=note),
        Figure("entropy of all", bound / total, "bits/reading", key="entropy_bound"),
        Figure("all, of their entropy", bits / bound, "", key="bits_vs_entropy", at_most=1.25),
    ]
    return figures


def _channels_of(recordings: list[Recording]) -> dict[str, list[list[int | None]]]:
    """Return the runs of each channel, cut to whole batches."""
    channels: dict[str, list[list[int | None]]] = {}
    for recording in recordings:
        whole = len(recording.times_s) // ROWS * ROWS
        for channel in recording.channels:
            channels.setdefault(f"{recording.source} {channel.name} ({channel.step})", []).append(channel.values[:whole])
    return channels


def _column_bits(values: list[int | None]) -> int:
    return 8 * sum([len(encode_columns([values[first : first + ROWS]])) for first in range(0, len(values), ROWS)])


def _entropy(runs: list[list[int | None]]) -> float:
    """Return the empirical entropy of first differences: what a coder that knew their distribution beforehand would need."""
    counts: Counter[int] = Counter()
    for run in runs:
        present = [value for value in run if value is not None]
        counts.update([after - before for before, after in zip(present, present[1:], strict=False)])
    total = counts.total()
    return -sum([count / total * log2(count / total) for count in counts.values()])


# On the air.


def _measure_air(recordings: list[Recording]) -> list[Figure]:
    readings = sum([recording.readings for recording in recordings])
    sources = list(dict.fromkeys([recording.source for recording in recordings]))
    figures = []
    for mtu in MTUS:
        sent = {source: [0, 0, 0] for source in sources}
        overhead = set()
        for recording in recordings:
            up, down, seal = _send(recording, Link(mtu=mtu))
            for index, number in enumerate((up, down, recording.readings)):
                sent[recording.source][index] += number
            overhead.add(seal)
        for source in sources:
            up, down, count = sent[source]
            figures.append(Figure(f"{source} in {mtu}-byte frames", up / count, "bytes/reading", note=f"and {down / count:.3f} of answers"))
        up = sum([sums[0] for sums in sent.values()])
        key = f"bytes_on_air_per_reading_{mtu}"
        for name, pack in PEERS.items():
            peer = sum([cost(pack(recording, mtu - 13)) for recording in recordings])
            figures.append(Figure(f"all sources in {mtu}-byte frames", up / readings, "bytes/reading", name, peer / readings, key))
    figures.append(Figure("bytes a confirmed frame adds", max(overhead), "bytes", key="frame_overhead_bytes", at_most=13))
    return figures


def _first_records(recording: Recording) -> Recording:
    channels = [Channel(channel.name, channel.step, channel.values[:MOST_RECORDS]) for channel in recording.channels]
    return Recording(recording.source, recording.period_s, recording.times_s[:MOST_RECORDS], channels)


def _send(recording: Recording, link: Link) -> tuple[int, int, int]:
    """Return (bytes of uplink frames, bytes of answers, bytes that sealing adds to a frame) of a log that is drained.

    The greeting is over before: it costs the same once a boot, however long the log. What arrives is compared with what was sent.
    """
    log = MemoryLog()
    node, seal = make_node(recording, link, log)
    collector = CollectorSession(CollectorSeal(KEY, 1, b"collects"), link, 1, 1, lambda log: Knowledge(), decoder=decode_columns)
    now_ms, *_ = _exchange(node, collector, 0)
    log.append(recording)
    _, up, down, columns = _exchange(node, collector, now_ms)
    if columns != [channel.values for channel in recording.channels]:
        raise AssertionError(f"{recording.source} at {link.mtu}: what arrived is not what was sent")
    return up, down, seal.added


def _exchange(node: NodeSession, collector: CollectorSession, now_ms: int) -> tuple[int, int, int, list[list]]:
    """Return (time, bytes up, bytes down, columns that arrived) when nothing is left to say."""
    up = down = 0
    columns: list[list] = []
    while (due_ms := node.deadline(now_ms)) is not None:
        now_ms = max(now_ms, due_ms)
        frame = node.transmit(now_ms)
        if frame is None:
            now_ms += 1
            continue
        up += len(frame)
        for event in collector.receive(frame, now_ms):
            if event[0] == "rows":
                columns = columns or [[] for _ in event[2].columns]
                for column, values in zip(columns, event[2].columns, strict=True):
                    column.extend(values)
        collector.committed()
        while (answer := collector.transmit()) is not None:
            down += len(answer)
            node.receive(answer, now_ms)
    return now_ms, up, down, columns
