"""Bytes of waveform columns beside Steim-2, which every seismological archive uses, on real ground motion.

Steim-2 is written by ObsPy (libmseed) in records of 512 bytes. Compared are codes: data frames of 64 bytes without the 64 bytes of
record header, of the last record only the frames that hold samples, and our columns without their batch's header. Then both with
their headers, since both need some: times, numbers, names.
"""

import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

from gilmok_wire.batches import Rows, encode_batch
from gilmok_wire.columns import encode_columns
from gilmok_wire.node_stream import SAMPLES

from bench.recordings import data_folder
from bench.report import Figure, Skipped

RECORD = 512
FRAME = 64
# Gal a count of the 2018 recordings, whose three decimals tell counts apart: 980.665 gal are 260000 counts. The recordings
# of 2020 have two decimals, coarser than a count, so that 0.01 gal is their step.
GAL_BY_EVENT = {"2018-02-16_M7.2": 980.665 / 260000, "2020-06-23_M7.4": 0.01}
PERIOD_MS = 10  # 100 Hz: what it is changes nothing but a byte of a batch's header
SHORTEST = 500  # samples: below it the rest of a record decides, not the code

Instruments = Iterator[list[list[int]]]  # each: its traces, sampled together


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped without ObsPy or without recordings.
    """
    try:
        import numpy
        import obspy
    except ModuleNotFoundError as error:
        raise Skipped(f"{error.name} is not installed; `make bench` installs it") from error
    folder = data_folder() / "vibration"
    sources = {
        **{f"OpenEEW {event}, 31 Hz": _read_openeew(folder / "openeew" / event, gal) for event, gal in GAL_BY_EVENT.items()},
        "PhaseNet's analyst picks, 100 Hz": _read_picks(numpy, folder / "analyst_picks"),
        "ObsPy's example records, 1 to 200 Hz": _read_examples(obspy),
    }
    figures = []
    all_sums = [0, 0, 0, 0, 0]
    for name, instruments in sources.items():
        sums = [0, 0, 0, 0, 0]
        for traces in instruments:
            steim = [_steim2_bytes(obspy, numpy, trace) for trace in traces]
            counted = (sum(map(len, traces)), *_our_bytes(traces), sum([code for code, _ in steim]), sum([file for _, file in steim]))
            sums = [before + more for before, more in zip(sums, counted, strict=True)]
        samples, ours, _, peers, _ = sums
        figures.append(Figure(name, 8 * ours / samples, "bits/sample", "Steim-2", 8 * peers / samples, note=f"{samples} samples"))
        all_sums = [before + more for before, more in zip(all_sums, sums, strict=True)]
    _, ours, messages, peers, files = all_sums
    note = f"{ours} bytes of columns, {peers} of Steim-2"
    figures.append(Figure("all, of Steim-2", ours / peers, key="waveform_vs_steim2", at_most=0.72, note=note))
    note = f"{messages} bytes of batches, {files} of MiniSEED"
    return [*figures, Figure("… with their headers", messages / files, key="waveform_batches_vs_miniseed", note=note)]


def _our_bytes(traces: list[list[int]]) -> tuple[int, int]:
    """Return the bytes of the columns, and of the batches that carry them."""
    columns = batches = 0
    for first in range(0, len(traces[0]), SAMPLES):
        block = [trace[first : first + SAMPLES] for trace in traces]
        times_ms = [PERIOD_MS * (first + index) for index in range(len(block[0]))]
        columns += len(encode_columns(block))
        batches += len(encode_batch(Rows(3, first, 12, times_ms, block), len(times_ms)))
    return columns, batches


def _steim2_bytes(obspy, numpy, trace: list[int]) -> tuple[int, int]:
    """Return the bytes of Steim-2, and of the file."""
    file = io.BytesIO()
    obspy.Trace(numpy.array(trace, dtype=numpy.int32)).write(file, format="MSEED", encoding="STEIM2", reclen=RECORD)
    data = file.getvalue()
    last = data[-RECORD:]
    start = int.from_bytes(last[44:46], "big")  # "beginning of data" (SEED 2.4, fixed section of data header, field 17)
    frames = [last[at : at + FRAME] for at in range(start, RECORD, FRAME)]
    while not any(frames[-1]):
        frames.pop()
    return (len(data) // RECORD - 1) * (RECORD - start) + len(frames) * FRAME, len(data)


def _read_openeew(folder: Path, gal: float) -> Instruments:
    for path in sorted(folder.glob("*.jsonl")):
        with open(path, encoding="utf-8") as file:
            seconds = [json.loads(line) for line in file if line.strip()]
        yield [[round(value / gal) for second in seconds for value in second[axis]] for axis in "xyz"]


def _read_picks(numpy, folder: Path) -> Instruments:
    """Yield counts: an offset that is no integer was taken off them, which only shifts them."""
    for path in sorted(folder.glob("*.npz")):
        yield [[round(value) for value in (axis - axis[0]).tolist()] for axis in numpy.load(path)["data"].T]


def _read_examples(obspy) -> Instruments:
    """Yield the longest trace of each channel among the MiniSEED files of ObsPy's tests that data centres kept in Steim."""
    longest: dict = {}
    for path in sorted(Path(obspy.__file__).parent.glob("**/tests/data/**/*.mseed")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some files are damaged on purpose
            try:
                stream = obspy.read(path, format="MSEED")
            except Exception:  # noqa: BLE001 (whatever libmseed raises: the file is one of those)
                continue
        for trace in stream:
            if "STEIM" in str(trace.stats.mseed.encoding) and len(trace) >= SHORTEST and len(trace) > len(longest.get(trace.id, ())):
                longest[trace.id] = trace.data.tolist()
    yield from [[trace] for trace in longest.values()]
