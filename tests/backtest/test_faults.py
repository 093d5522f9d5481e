"""Faults of instruments in real floods: what `make bench BENCH=alarms` counts, with fewer seeds, and the promises in bench/endured.py."""

import pytest

from bench.alarm_recordings import floods
from bench.alarms import endure
from bench.faulty import KINDS

SEEDS = 6  # of each kind


@pytest.fixture(scope="module")
def recordings(data_dir):
    known = [recording for recording in floods(data_dir / "water") if max(_levels(recording)) > 300]
    assert len(known) >= 10
    return known


def _levels(recording):
    return (tick.values[recording.index] or 0 for tick in recording.ticks if tick.values)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_changes_no_alarm_but_where_it_hides_what_decides(recordings, kind):
    unchanged = 0
    for seed in range(SEEDS):
        recording = recordings[(seed * 7 + KINDS.index(kind)) % len(recordings)]
        outcome = endure(recording, kind, seed)
        assert not outcome.instrument_wrong, f"{recording.name}, seed {seed}"
        for verdict in outcome.verdicts:
            assert not verdict.broken, f"{recording.name}, seed {seed}: {verdict}"
            unchanged += verdict.is_same
    assert unchanged, "no fault left any alarm as it was: the comparison compares nothing"


def test_the_comparison_sees_a_judge_that_believes_spikes(recordings):
    """Without its check for spikes the node would raise what is not there: then promises are broken."""
    broken = 0
    for recording in recordings[:4]:
        believing = type(recording)(**{**vars(recording), "validity": [], "rules": recording.rules[:1], "clean": None})
        for seed in range(SEEDS):
            outcome = endure(believing, "nonsense", seed)
            broken += sum(len(verdict.broken) for verdict in outcome.verdicts)
    assert broken
