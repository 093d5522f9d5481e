"""The bench: `python -m bench [SECTION …]` prints a table and writes build/bench.json."""

import importlib
import json
import sys
import time

from bench.recordings import ROOT
from bench.report import Figure, Skipped, print_figures

SECTIONS = (
    *("wire", "waveform", "node", "drivers", "motion", "signal", "detectors", "rules", "latency"),
    *("mount", "alarms", "collector", "notify", "ble", "demo", "radio", "radio_heap"),
)
# store: two minutes that repeat what "collector" says of the whole way; law: four million requests, of which the tests ask 80 000;
# energy: nine profiles for a quarter of an hour of their time, and no peer but our own budget
BY_NAME = ("store", "law", "energy")
OUT = ROOT / "build" / "bench.json"


def main() -> None:
    """Run the sections that are named, those of SECTIONS where none is."""
    names = sys.argv[1:] or SECTIONS
    unknown = [name for name in names if name not in SECTIONS + BY_NAME]
    if unknown:
        sys.exit(f"bench: no section {' '.join(unknown)}; there are {' '.join(SECTIONS + BY_NAME)}")
    keys: dict[str, float] = {}
    for name in names:
        start = time.perf_counter()
        try:
            figures = _measure(name)
        except Skipped as reason:
            print(f"{name}: skipped: {reason}\n")
            continue
        print_figures(f"{name} ({time.perf_counter() - start:.0f} s)", figures)
        keys |= {figure.key: round(figure.value, 4) for figure in figures if figure.key}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(keys, indent=2) + "\n", encoding="utf-8")
    print(f"{len(keys)} figures in {OUT.relative_to(ROOT)}")


def _measure(name: str) -> list[Figure]:
    """Return the figures of a section; a module may also measure a plain {key: value}.

    Raises: Skipped.
    """
    try:
        module = importlib.import_module(f"bench.{name}")
    except ModuleNotFoundError as error:
        raise Skipped(f"{error.name} is not installed; run `make bench`") from error
    figures = module.measure()
    if isinstance(figures, dict):
        if not figures:
            raise Skipped("nothing was measured")
        return [Figure(key, value, key=key) for key, value in figures.items()]
    return figures


if __name__ == "__main__":
    main()
