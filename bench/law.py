"""A million requests a region against the radio law, judged by the slow model; and what one answer costs."""

import os
import subprocess
import sys
from time import perf_counter

from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS

from bench.recordings import ROOT
from bench.report import Figure

REQUESTS = 1_000_000
ASKED = 20_000


def measure() -> list[Figure]:
    """Return the figures.

    Raises: AssertionError with the test's output where a rule was broken.
    """
    environment = {**os.environ, "GILMOK_LAW_REQUESTS": str(REQUESTS)}
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/wire/test_radio_law.py", "-k", "no_request"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise AssertionError(result.stdout + result.stderr)
    lines = [line.lstrip(".").split() for line in result.stdout.splitlines() if line.endswith(" granted")]
    figures = [
        Figure(f"{name[:-1]}: granted of a million, no rule broken", float(granted), key=f"law_{name[:-1]}_granted")
        for name, granted, *_ in lines
    ]
    return figures + [Figure(f"{name}: one answer", _answer_us(name), "µs") for name in REGIONS]


def _answer_us(name: str) -> float:
    """Return the microseconds of one answer, of a radio that has been on for two hours."""
    row = REGIONS[name]
    law = RadioLaw(row, 0)
    request = (0, law.lowest, 51, law.power_dbm(0))
    start = perf_counter()
    for now in range(7_200_000, 7_200_000 + ASKED):
        law.ask(now, *request)
    return (perf_counter() - start) / ASKED * 1e6
