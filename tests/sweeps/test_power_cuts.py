"""No power cut costs what the log promised, on either interpreter; `power_cuts.py` says how that is swept."""

import os
import re

import pytest
from support.micropython import ROOT, run_micropython
from sweeps.power_cuts import SEED, SWEEPS, sweep

SCRIPT = ROOT / "tests" / "sweeps" / "power_cuts.py"
# CPython tears every operation in all five ways; MicroPython, which takes three times as long, in two by turns: GILMOK_CUTS=5 for all.
WAYS = int(os.environ.get("GILMOK_CUTS", "2"))
TIMEOUT_S = 500  # ten times what the slowest takes on an idle core, and before pytest takes it for hung


@pytest.mark.parametrize(("unit", "faulty"), SWEEPS)
def test_power_cuts(unit, faulty):
    operations, cuts = sweep(unit, SEED, faulty)
    print(f"seed {SEED}: {operations} operations, {cuts} cuts")
    assert operations > 100
    assert cuts > 10 * operations  # five ways each, and as many second cuts at least


@pytest.mark.parametrize("unit", [unit for unit, _ in SWEEPS])
def test_power_cuts_under_micropython(unit):
    output = run_micropython(SCRIPT, WAYS, unit, timeout=TIMEOUT_S)
    print(output)
    (operations, cuts) = re.search(r"(\d+) operations x \d ways, (\d+) cuts", output).groups()
    assert output.count(" cuts, ") == 1 and int(cuts) > 2 * WAYS * int(operations)
