"""The detector "quake" on real records: which alarm, how soon, and which do not; docs/quakes.md is its table."""

from array import array

import pytest
from support.micropython import ROOT, run_micropython

from . import quakes
from .quakes import ALARM, STATIONS, onset_s, record_of, tell
from .recordings import Shaking, mpu6050

STRONG = [name for name in STATIONS if not name.endswith(("020", "024"))]
ON_CHIP = """
import json, sys
from array import array
from gilmok_rules.shaking import Quake
name, period_ms, parameters = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
detector = Quake("shake", (1, 0), period_ms, parameters)
detector.on_values = lambda tick_ms, values: print(tick_ms, detector.record, values)
axes = [array("i", bytearray(32)) for _ in range(3)]
with open(name, "rb") as file:
    tick_ms = 0
    while True:
        for axis in axes:
            got = file.readinto(axis)
        if not got:
            break
        detector.hear(tick_ms, period_ms, axes[0], axes[1], axes[2])
        tick_ms += 8 * period_ms
"""


def test_the_page_says_what_the_detector_does(data_dir):
    remedy = "run `PYTHONPATH=tests python -m rules.quakes > docs/quakes.md` and look at what changed"
    assert quakes.page(data_dir) == (ROOT / "docs/quakes.md").read_text(encoding="utf-8"), remedy


@pytest.mark.parametrize("name", STRONG)
def test_every_strong_station_alarms_before_its_peak_and_never_before_its_onset(data_dir, name):
    shaking = record_of(data_dir, name)
    onset, peak = onset_s(shaking)
    alarms = [telling.second for telling in tell(shaking) if telling.level >= ALARM]
    assert onset < alarms[0] < peak


@pytest.mark.parametrize("name", ["2018/020", "2020/024", *quakes.MACHINES])
def test_noise_and_machines_do_not_alarm(data_dir, name):
    assert max(telling.level for telling in tell(record_of(data_dir, name))) == 0


@pytest.mark.parametrize("chunk", [8, 32])
def test_a_saw_has_no_level_whenever_it_starts(data_dir, chunk):
    """Each time another part of the recording comes first, and it starts at another place within a chunk and a window."""
    quiet, saw = mpu6050(data_dir, "ambient_1"), mpu6050(data_dir, "chainsaw_1")
    triggers = 0
    for start in range(0, len(saw.axes[0]) // 4, 271):
        axes = [array("i", a[-4000:]) + array("i", b[start : start + 3000]) for a, b in zip(quiet.axes, saw.axes, strict=True)]
        told = tell(Shaking("starts", quiet.rate_hz, axes), chunk)
        assert max(telling.level for telling in told) == 0, start
        triggers += any(telling.shaking for telling in told)
    assert triggers > 10


@pytest.mark.parametrize("name", ["2020/001", "chainsaw that starts"])
def test_a_node_and_a_collector_tell_the_same(data_dir, tmp_path, name):
    """MicroPython and CPython, to the last digit, over the hundred seconds around what happens."""
    shaking = record_of(data_dir, name)
    around = slice(-3200, None) if name in STATIONS else slice(12000, 20000)
    axes = [axis[around] for axis in shaking.axes]
    period_ms = round(1000 / shaking.rate_hz)
    parameters = quakes.quake_parameters(1000 / period_ms)
    path = tmp_path / "samples"
    with path.open("wb") as file:
        for at in range(0, len(axes[0]) - 7, 8):
            for axis in axes:
                file.write(array("i", axis[at : at + 8]).tobytes())
    script = tmp_path / "on_chip.py"
    script.write_text(ON_CHIP)
    chip = run_micropython(script, path, period_ms, str(parameters)).splitlines()
    told = tell(Shaking(name, shaking.rate_hz, axes))
    ours = [f"{round(telling.second * 1000)} {telling.record} {tuple(telling[1:6])}" for telling in told]
    assert chip == ours
    assert any(telling.shaking for telling in told)
