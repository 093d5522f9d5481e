"""MiniSEED: what libmseed, by way of ObsPy, reads of what we wrote."""

import io
import random
from contextlib import closing
from fractions import Fraction

import pytest
from device.test_adxl355 import AdxlBench, Still
from gilmok.miniseed import RECORD, Codes, Piece, band_code, encode_records
from gilmok.waveforms import timing_quality
from gilmok_collector.store import Anchor, Batch, Commit, Schema, open_store
from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_sim.chips import Noise
from gilmok_wire.messages import WAVEFORM, schema_digest

from cli.scene import EPOCH, LOG, P1, STORE_ID, T0, write_site

obspy = pytest.importorskip("obspy", reason="obspy is not installed: its libmseed is what reads these records")
CODES = Codes("XX", "YANGJ", "00", "CNZ")
STREAM = 7


def read(data):
    return obspy.read(io.BytesIO(data), format="MSEED")


def piece(samples, rate_hz=250.0, nominal=Fraction(250), start_us=1_592_926_143_123_456, quality=62, questionable=False):
    return Piece(start_us, nominal, rate_hz, quality, questionable, samples)


@pytest.mark.parametrize("size", [1, 60, 30_000, 1 << 19, (1 << 31) - 1])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 351, 1000, 5000])
def test_every_sample_comes_back(size, count):
    dice = random.Random(f"{size} {count}")
    samples = [dice.randint(-size, size) // dice.choice((1, 1, 8, 300)) // (2 if size >> 30 else 1) for _ in range(count)]
    data = b"".join(encode_records(CODES, piece(samples)))
    assert len(data) % RECORD == 0
    [trace] = read(data)
    assert trace.data.tolist() == samples
    assert trace.id == "XX.YANGJ.00.CNZ" and trace.stats.mseed.encoding == "STEIM1"


def test_steps_from_one_packing_to_the_next():
    edges = [0, 127, -1, -129, 127, 0, 32767, -1, -32769, 0, 32768, 0, (1 << 30), 0, 1, 2, 3]
    for start in range(len(edges)):
        samples = edges[start:]
        assert read(b"".join(encode_records(CODES, piece(samples))))[0].data.tolist() == samples


@pytest.mark.parametrize(
    ("nominal", "rate_hz"),
    [(Fraction(250), 250.137), (Fraction(125, 4), 31.2461), (Fraction(1000), 1000.0), (Fraction(200), 199.5), (Fraction(25), 25.5)],
)
def test_time_and_rate(nominal, rate_hz):
    start_us = 1_592_926_143_123_456
    data = b"".join(encode_records(CODES, piece(list(range(4000)), rate_hz, nominal, start_us)))
    [trace] = read(data)
    assert trace.stats.sampling_rate == pytest.approx(rate_hz, rel=1e-6)
    assert round(trace.stats.starttime.ns / 1000) == start_us
    last = read(data[-RECORD:])[0]
    expected = start_us / 1e6 + (4000 - len(last)) / rate_hz
    assert last.stats.starttime.timestamp == pytest.approx(expected, abs=2e-6)
    factor, multiplier = [int.from_bytes(data[at : at + 2], "big", signed=True) for at in (32, 34)]
    assert (factor * multiplier if multiplier > 0 else Fraction(factor, -multiplier)) == nominal


def test_quality_of_the_timing(tmp_path):
    from obspy.io.mseed.util import get_flags

    for questionable in (False, True):
        path = tmp_path / "file.mseed"
        path.write_bytes(b"".join(encode_records(CODES, piece(list(range(2000)), quality=62, questionable=questionable))))
        flags = get_flags(str(path))
        assert flags["timing_quality"]["mean"] == 62
        assert bool(flags["data_quality_flags_counts"]["suspect_time_tag"]) == questionable
    assert [timing_quality(ms) for ms in (0, 1, 10, 30, 100, 1000, 10_000, 1_000_000)] == [100, 100, 75, 63, 50, 25, 0, 0]


def test_band_codes_of_appendix_a():
    assert [band_code(rate) for rate in (1000, 500, 250, 200, 100, 80, 62.5, 31.25, 5, 0.5)] == list("FCCHHHBBML")


def record_events(odr_error, seconds, pause_ms=60_000):
    """Return blocks of two events of a chip whose clock is off, as (number of the first, start, period, columns)."""
    bench = AdxlBench(world=Still(x=lambda ms: Noise(int(ms)).bits() % 20_000 / 256_000, y=0.0, z=1.0), odr_error=odr_error)
    bench.begin()
    blocks, number = [], 0
    for _ in range(2):
        bench.driver.capture(True)
        for _ in range(seconds * 10):
            bench.run(100)
            for start_ms, period_ms, lost, columns in bench.driver.blocks():
                number += lost
                blocks.append((number, start_ms, period_ms, columns))
                number += len(columns[0])
        bench.driver.capture(False)
        list(bench.driver.blocks())
        bench.run(pause_ms)
    return blocks


def store_waveform(folder, blocks, uncertainty_ms=20, stream=STREAM, name="deck.waveform", dated=True):
    digest = schema_digest(name, WAVEFORM, Adxl355.WAVEFORM)
    anchors = [Anchor(P1, LOG, 12, at, T0 + at, uncertainty_ms) for at in range(0, 400_001, 50_000)] if dated else []
    batches = [
        Batch(P1, LOG, stream, number, len(columns[0]), 12, start_ms, None, period_ms, columns, T0)
        for number, start_ms, period_ms, columns in blocks
    ]
    with closing(open_store(f"sqlite:{folder / 'yangjae.db'}", STORE_ID, now=lambda: EPOCH)) as store:
        store.commit(Commit(schemas=[Schema(P1, LOG, stream, digest, name, WAVEFORM, list(Adxl355.WAVEFORM))], anchors=anchors))
        store.commit(Commit(batches=batches))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write_site(tmp_path)
    text = path.read_text(encoding="utf-8").replace('timezone = "Asia/Seoul"', 'timezone = "Asia/Seoul"\nnetwork = "KG"')
    text = text.replace("[node.p1-gate]\n", '[node.p1-gate]\nstation = "YANGJ"\nlocation = "10"\naxes = "NEZ"\n')
    path.write_text(text, encoding="utf-8")
    return path


def test_two_events_of_a_chip_whose_clock_is_off(gilmok, place, tmp_path):
    blocks = record_events(0.012, 30)
    store_waveform(tmp_path, blocks)
    result = gilmok("export", "miniseed", place, "--node", "p1-gate", "--stream", "deck.waveform", "-o", "out.mseed")
    assert result.code == 0 and "KG.YANGJ.10.CNN" in result.err and "0.00000390625 [g]" in result.err
    stream = obspy.read(tmp_path / "out.mseed", format="MSEED")
    assert sorted(trace.id for trace in stream) == [f"KG.YANGJ.10.CN{axis}" for axis in "EENNZZ"]
    for axis, column in (("N", 0), ("E", 1), ("Z", 2)):
        traces = sorted(stream.select(channel=f"CN{axis}"), key=lambda trace: trace.stats.starttime)
        assert [value for trace in traces for value in trace.data.tolist()] == [v for block in blocks for v in block[3][column]]
        for trace in traces:
            assert trace.stats.sampling_rate == pytest.approx(250 * 1.012, rel=3e-4)
        assert traces[0].stats.starttime.timestamp * 1000 == pytest.approx(T0 + blocks[0][1], abs=8)


def test_a_hole_is_a_gap_and_no_shift(gilmok, place, tmp_path):
    blocks = record_events(0.0, 20, 100)[:60]
    missing = blocks[20:24]
    store_waveform(tmp_path, blocks[:20] + blocks[24:])
    gilmok("export", "miniseed", place, "-o", "out.mseed")
    first, second = sorted(obspy.read(tmp_path / "out.mseed").select(channel="CNZ"), key=lambda trace: trace.stats.starttime)
    assert len(first) == 64 * 20
    assert second.stats.starttime - first.stats.endtime == pytest.approx((4 * 64 + 1) * 0.004, abs=0.009) and len(missing) == 4


def test_uncertain_time_is_said(gilmok, place, tmp_path):
    from obspy.io.mseed.util import get_flags

    store_waveform(tmp_path, record_events(0.0, 12, 100)[:40], uncertainty_ms=900)
    gilmok("export", "miniseed", place, "-o", "out.mseed")
    flags = get_flags(str(tmp_path / "out.mseed"))
    assert 20 <= flags["timing_quality"]["mean"] <= 27 and flags["data_quality_flags_counts"]["suspect_time_tag"] > 0


def test_bounds_cut_between_samples(gilmok, place, tmp_path):
    blocks = record_events(0.02, 20, 100)[:70]
    store_waveform(tmp_path, blocks)
    for cut_ms in (255, 256, 260, 3000):
        since = obspy.UTCDateTime((T0 + blocks[3][1] + cut_ms) / 1000)
        gilmok("export", "miniseed", place, "--since", f"{since.isoformat()}+00:00", "-o", "out.mseed")
        stream = obspy.read(tmp_path / "out.mseed").select(channel="CNZ")
        assert len(stream) == 1 and stream[0].stats.sampling_rate == pytest.approx(255, rel=1e-3)


def test_undated_samples_are_counted_and_left_out(gilmok, place, tmp_path):
    store_waveform(tmp_path, record_events(0.0, 2, 100)[:4], dated=False)
    result = gilmok("export", "miniseed", place, "-o", "out.mseed")
    assert result.code == 0 and "256 records are not dated" in result.err
    assert (tmp_path / "out.mseed").read_bytes() == b""


def test_without_a_site_the_station_is_the_device(gilmok, place, tmp_path):
    store_waveform(tmp_path, record_events(0.0, 2, 100)[:4])
    assert gilmok("export", "miniseed", "yangjae.db", "-o", "out.mseed").code == 0
    assert {trace.id for trace in obspy.read(tmp_path / "out.mseed")} == {f"XX.C268..CN{axis}" for axis in "123"}


def test_what_is_no_waveform_is_refused(gilmok, filled, lang):
    result = gilmok("export", "miniseed", filled, "--stream", "river", "-o", "out.mseed")
    assert result.code == 1 and "SENSOR.waveform" in result.err


def test_two_waveforms_of_the_same_codes_are_refused(gilmok, place, tmp_path):
    blocks = record_events(0.0, 2, 100)[:4]
    store_waveform(tmp_path, blocks)
    store_waveform(tmp_path, blocks, stream=8, name="pier.waveform")
    result = gilmok("export", "miniseed", place, "-o", "out.mseed")
    assert result.code == 1 and "p1-gate/deck.waveform, p1-gate/pier.waveform" in result.err and not (tmp_path / "out.mseed").exists()
    assert gilmok("export", "miniseed", place, "--stream", "pier.waveform", "-o", "out.mseed").code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('station = "yangj"', "station code"),
        ('station = "YANGJA"', "station code"),
        ('location = "1"', "location code"),
        ('axes = "NNZ"', "where x, y and z point"),
    ],
)
def test_codes_that_are_none(gilmok, tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    path = write_site(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("[node.p1-gate]\n", f"[node.p1-gate]\n{line}\n"), encoding="utf-8")
    result = gilmok("check", path)
    assert result.code == 1 and said in result.out + result.err and f"{path.name}:" in result.out + result.err
