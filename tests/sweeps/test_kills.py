"""Whatever dies when: nothing acknowledged is lost, nothing stored twice, no nonce used twice, no old frame obeyed."""

import pytest
from sweeps.kills import KILLS, KillSweep

SEEDS = range(1, 13)


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_survives_kills_at_random_moments(seed):
    counts = KillSweep(seed).run()
    print(f"seed {seed}: {dict(counts)}")
    assert counts["kills"] >= KILLS
