"""The default earthquake trigger on real records: what must trigger, what must not, and how long it takes."""

from array import array

import numpy as np
import pytest
from gilmok_rules.coincidence import coincidence
from gilmok_rules.quake import LTA_S, QuakeTrigger

from .recordings import Shaking, chunks, mpu6050, openeew

# Every station whose PGA is above 0.5 %g, and how many seconds after it left its noise it may trigger. 2018/000 is 0.6 %g on the soft
# ground of Mexico City, 300 km away: it swells for a quarter of a minute.
STRONG = {"2018/000": 4, "2018/006": 0.1, "2018/009": 0.1, "2018/015": 0.1, "2020/001": 0.1, "2020/002": 0.1, "2020/004": 0.1}


def onsets(shaking):
    """Return the seconds at which the default trigger goes on."""
    trigger = QuakeTrigger(shaking.rate_hz)
    found = []
    taken = 0
    for x, y, z in chunks(shaking.axes):
        before = trigger.triggered
        taken += len(x)
        if trigger.run(x, y, z) and not before:
            found.append((taken - trigger.age) / shaking.rate_hz)
    return found


def rise_s(shaking):
    """Return when the ground first moved: the first of three samples in a row whose vector is beyond all of the minute before."""
    axes = np.array(shaking.axes, float)
    axes -= np.median(axes, axis=1)[:, None]
    vector = np.sqrt((axes**2).sum(axis=0))
    peak = int(vector.argmax())
    start = max(0, peak - int(60 * shaking.rate_hz))
    noise = 1.5 * vector[: max(start, 1000)].max()
    beyond = vector > noise
    first = next(i for i in range(start, peak + 1) if beyond[i : i + 3].all())
    return first / shaking.rate_hz, peak / shaking.rate_hz


@pytest.mark.parametrize("station", STRONG)
def test_every_strong_station_triggers_before_its_peak_and_soon_after_its_noise_is_left(data_dir, station):
    shaking = openeew(data_dir, *station.split("/"))
    found = onsets(shaking)
    rise, peak = rise_s(shaking)
    near = [at for at in found if rise - 30 < at <= rise + STRONG[station]]
    assert near, (found, rise)
    print(f"{station}: on at {near[0]:.2f} s, {near[0] - rise:+.2f} s after the noise was left, {peak - near[0]:.1f} s before the peak")
    assert near[0] < peak
    assert not [at for at in found if at < rise - 30], "a trigger before the earthquake"


def test_noise_does_not_trigger(data_dir):
    assert onsets(openeew(data_dir, "2020", "024")) == []


@pytest.mark.parametrize("name", ["ambient_1", "chainsaw_1"])
def test_machines_and_handling_do_not_trigger(data_dir, name):
    shaking = mpu6050(data_dir, name)
    assert len(shaking.axes[0]) > 4 * LTA_S * shaking.rate_hz, "most of it would be warming up"
    assert onsets(shaking) == []


def test_a_machine_that_starts_beside_a_node_triggers_it_alone_and_is_outvoted(data_dir):
    """What one node cannot tell from an earthquake: that is what coincidence() is for."""
    quiet, saw = mpu6050(data_dir, "ambient_1"), mpu6050(data_dir, "chainsaw_1")
    both = Shaking("starts", quiet.rate_hz, [array("i", a) + array("i", b) for a, b in zip(quiet.axes, saw.axes, strict=True)])
    found = onsets(both)
    assert len(found) == 1 and 0 < found[0] - len(quiet.axes[0]) / quiet.rate_hz < 1
    assert coincidence([(round(1000 * at), "a") for at in found], 2, 30_000) == []


def test_each_earthquake_is_voted_for_by_its_stations(data_dir):
    """OpenEEW's clocks of 2018 do not all agree, so only 2020's stations vote; seconds count from the start of each file."""
    votes = []
    for device in ("001", "002", "004", "024"):
        votes += [(round(1000 * at), device) for at in onsets(openeew(data_dir, "2020", device))]
    [(_, nodes)] = coincidence(votes, 3, 40_000)
    assert nodes == ["001", "002", "004"]
