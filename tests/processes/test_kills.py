"""Real processes SIGKILLed at seeded random moments: whatever happened, every acknowledged record is in the store exactly once."""

import os
import sys

import pytest

from .killing import attack

STEPS = 34  # of which about seven in nine kill a process: more than 20 a run
SEEDS = [int(seed) for seed in os.environ.get("GILMOK_KILL_SEEDS", "1,2").split(",")]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is what this test is about")
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_when_processes_are_killed(seed, tmp_path):
    totals, run = attack(tmp_path / "street", seed, STEPS)
    story = f"seed {seed}: {totals}; {' '.join(run.notes)}"
    print(story)
    assert totals["drained"], story
    assert totals["kills"] >= 20, story
    assert totals["lost"] == totals["duplicated"] == totals["changed"] == totals["retired_short"] == 0, story
