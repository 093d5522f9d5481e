"""The plots of a backtest as a picture, by matplotlib where that is installed: the extra `plot`."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from ..errors import Refused
from .outcome import Outcome
from .panels import Panel, panels_of
from .words import COLOURS


def write_picture(outcome: Outcome, zone: tzinfo, path: Path) -> None:
    """Write a PNG.

    Raises: Refused without matplotlib.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
        from matplotlib.figure import Figure
    except ImportError:
        raise Refused("backtest_no_plotter") from None
    panels = list(panels_of(outcome))
    figure = Figure(figsize=(11, 1 + 3 * max(1, len(panels))), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for number, panel in enumerate(panels, 1):
        axes = figure.add_subplot(len(panels), 1, number)
        _draw(axes, panel, outcome, zone)
        locator = AutoDateLocator(tz=zone)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))
    figure.savefig(path, format="png")


def _draw(axes: Any, panel: Panel, outcome: Outcome, zone: tzinfo) -> None:
    times = [datetime.fromtimestamp(unix_ms / 1000, zone) for unix_ms in panel.times_ms]
    high = [float("nan") if value is None else value for value in panel.high]
    axes.plot(times, high, color="#1f2937", linewidth=0.9)
    axes.set_title(f"{panel.title} [{panel.unit}]", loc="left")  # in Latin letters: few systems have a Korean font where matplotlib looks
    for start, end in panel.gaps:
        axes.axvspan(datetime.fromtimestamp(start / 1000, zone), datetime.fromtimestamp(end / 1000, zone), color="#f3f4f6")
    for level, value in panel.limits:
        axes.axhline(value, color=COLOURS[level], linestyle="--", linewidth=0.8)
    for bar in panel.bars:
        since, until = (datetime.fromtimestamp(each / 1000, zone) for each in (bar.since_ms, bar.until_ms))
        axes.axvspan(since, until, color=COLOURS[bar.level], alpha=0.25, linewidth=0)
    axes.set_xlim(datetime.fromtimestamp(outcome.span.first_ms / 1000, zone), datetime.fromtimestamp(outcome.span.last_ms / 1000, zone))
    axes.grid(color="#e5e7eb", linewidth=0.5)
