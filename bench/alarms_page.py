"""docs/alarms_evidence.md, from the figures of `bench alarms`: `python -m bench.alarms_page`."""

from bench.alarms import SEEDS, measure
from bench.recordings import ROOT
from bench.report import Figure

PAGE = ROOT / "docs" / "alarms_evidence.md"
_HEAD = f"""# Alarms on recorded water

Made by `python -m bench.alarms_page`; `make bench BENCH=alarms` prints the same. The rules run in the node's own Judge, at the node's
own pace, on lines between the readings of the recording.

* *Dead Run* (USGS 01589330, June 2018, a reading every 5 minutes): the profile river-gauge, and a rule with thresholds of this place:
  caution 0.60 m, alert 1.00 m, serious where 1.50 m is forecast within 30 minutes.
* *FloodNet* (35 street floods, about a reading a minute, half an hour of dry ground before and behind): the profile riverside-parking
  as it stands.
* *Vlissingen* (tide gauge, January to March 2018, every 10 minutes): caution 3.00 m, alert 3.30 m, serious where 3.50 m is forecast
  within 30 minutes.

A forecast came true where the level was reached while it stood, or within its span. A level is unforeseen where it was reached and
no forecast stood.

Then {SEEDS} faults, each with its seed, are put into the floods: spikes, one and two in a row, showers of them, values that stand
still, silence, gaps, nonsense. Half of them lie close to where an alarm was raised or cleared. What must hold is stated in
`bench/endured.py`, in brief: a fault that hides nothing that decides changes nothing; nothing is raised that the true level did not
reach, nothing cleared that it did not leave, and delays are as long as the fault and its reach at most.
`tests/backtest/test_faults.py` checks the same, and that the comparison sees a node without these guards.

| | measured | | target | |
|---|--:|---|---|---|
"""


def page_of(figures: list[Figure]) -> str:
    """Return the page."""
    return _HEAD + "".join(_row(figure) for figure in figures)


def _row(figure: Figure) -> str:
    name = figure.name.strip() if not figure.name.startswith(" ") else f"· {figure.name.strip()}"
    value = f"{figure.value:.0f}" if figure.value == int(figure.value) else f"{figure.value:.1f}"
    return f"| {name} | {value} | {figure.unit} | {figure.verdict} | {figure.note} |\n"


if __name__ == "__main__":
    PAGE.write_text(page_of(measure()), encoding="utf-8")
