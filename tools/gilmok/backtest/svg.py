"""A panel as SVG: curve, thresholds, gaps, and the alarms below it; no script, nothing loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from html import escape
from math import floor, log10

from ..moments import format_second
from .outcome import Outcome
from .panels import Panel
from .words import COLOURS, level_word

_WIDTH, _HEIGHT = 1100, 260  # px of the whole, and of the plot alone
_LEFT, _RIGHT, _TOP = 70, 16, 14
_LANE = 18  # px a rule's alarms take below the plot
_CURVE, _GRID, _GAP = "#1f2937", "#e5e7eb", "#f3f4f6"
_STEPS_S = (600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400, 91 * 86_400, 365 * 86_400)
_MARKS = 9  # across: a date takes 80 px


def draw(panel: Panel, outcome: Outcome, zone: tzinfo) -> str:
    """Return one <svg>."""
    height = _TOP + _HEIGHT + 24 + _LANE * len(panel.rules)
    parts = _Canvas(panel, outcome, zone).parts()
    label = escape(f"{panel.title} [{panel.unit}]")
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}"><title>{label}</title>{"".join(parts)}</svg>'


class _Canvas:
    def __init__(self, panel: Panel, outcome: Outcome, zone: tzinfo) -> None:
        self._panel, self._outcome, self._zone = panel, outcome, zone
        self._first_ms, self._last_ms = outcome.span.first_ms, max(outcome.span.last_ms, outcome.span.first_ms + 1)
        self._low, self._high = _range(panel)

    def parts(self) -> Iterator[str]:
        """Yield the picture from the back to the front."""
        yield from self._gaps()
        yield from self._grid()
        yield f'<path d="{self._area()}" fill="{_CURVE}" fill-opacity=".12" stroke="none"/>'
        yield f'<path d="{self._line(self._panel.high)}" fill="none" stroke="{_CURVE}" stroke-width="1.1"/>'
        yield from self._limits()
        yield from self._bars()

    def _x(self, unix_ms: float) -> float:
        share = (unix_ms - self._first_ms) / (self._last_ms - self._first_ms)
        return round(_LEFT + min(max(share, 0), 1) * (_WIDTH - _LEFT - _RIGHT), 1)

    def _y(self, value: float) -> float:
        return round(_TOP + _HEIGHT * (self._high - value) / (self._high - self._low), 1)

    def _gaps(self) -> Iterator[str]:
        for start, end in self._panel.gaps:
            x = self._x(start)
            yield f'<rect x="{x}" y="{_TOP}" width="{max(1, self._x(end) - x):.1f}" height="{_HEIGHT}" fill="{_GAP}"/>'

    def _grid(self) -> Iterator[str]:
        for value in _round_values(self._low, self._high):
            y = self._y(value)
            yield f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>'
            yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>'
        yield f'<text x="4" y="{_TOP + 4}">{escape(self._panel.unit)}</text>'
        for unix_ms, text in _round_times(self._first_ms, self._last_ms, self._zone):
            x = self._x(unix_ms)
            yield f'<path d="M{x} {_TOP}V{_TOP + _HEIGHT}" stroke="{_GRID}"/>'
            yield f'<text x="{x}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{text}</text>'

    def _line(self, values: Sequence[float | None]) -> str:
        parts, pen = [], "M"
        for unix_ms, value in zip(self._panel.times_ms, values, strict=True):
            if value is None:
                pen = "M"
                continue
            parts.append(f"{pen}{self._x(unix_ms)} {self._y(value)}")
            pen = "L"
        return "".join(parts)

    def _area(self) -> str:
        """Return the bands between the least and the greatest value of each stretch of time."""
        parts = []
        for unix_ms, low, high in zip(self._panel.times_ms, self._panel.low, self._panel.high, strict=True):
            if low is not None and high is not None and high > low:
                x, top, bottom = self._x(unix_ms), self._y(high), self._y(low)
                parts.append(f"M{x - 0.5} {top}h1V{bottom}h-1Z")
        return "".join(parts)

    def _limits(self) -> Iterator[str]:
        for level, value in self._panel.limits:
            if self._low <= value <= self._high:
                y, colour = self._y(value), COLOURS[level]
                yield f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="{colour}" stroke-dasharray="5 4"/>'
                text = escape(f"{level_word(level)} {value:g}")
                yield f'<text x="{_WIDTH - _RIGHT - 4}" y="{y - 4}" text-anchor="end" fill="{colour}">{text}</text>'

    def _bars(self) -> Iterator[str]:
        top = _TOP + _HEIGHT + 24
        for lane, rule in enumerate(self._panel.rules):
            y = top + lane * _LANE
            name = escape(self._outcome.plan.names[rule])
            yield f'<text x="{_LEFT - 6}" y="{y + 12}" text-anchor="end">{name}</text>'
            for bar in self._panel.bars:
                if bar.rule == rule:
                    x = self._x(bar.since_ms)
                    told = f"{level_word(bar.level)} {format_second(bar.since_ms, self._zone)} – {format_second(bar.until_ms, self._zone)}"
                    yield (
                        f'<rect x="{x}" y="{y + 2}" width="{max(1.5, self._x(bar.until_ms) - x):.1f}" height="{_LANE - 5}" '
                        f'fill="{COLOURS[bar.level]}"><title>{escape(told)}</title></rect>'
                    )


def _range(panel: Panel) -> tuple[float, float]:
    """Return the values at the lower and the upper edge: the curve, and thresholds not far beyond it."""
    known = [value for value in (*panel.low, *panel.high) if value is not None] or [0.0]
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) or 1.0
    near = [value for _, value in panel.limits if low - reach / 2 <= value <= high + reach / 2]
    low, high = min([low, *near]), max([high, *near])
    margin = ((high - low) or 1.0) * 0.06
    return low - margin, high + margin


def _round_values(low: float, high: float) -> list[float]:
    """Return some five round values between two others."""
    rough = (high - low) / 5
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = floor(low / step) + 1
    return [round(number * step, 10) for number in range(first, floor(high / step) + 1)]


def _round_times(first_ms: int, last_ms: int, zone: tzinfo) -> Iterator[tuple[float, str]]:
    """Yield round local times and how they are written."""
    length_s = (last_ms - first_ms) / 1000
    step_s = next((step for step in _STEPS_S if length_s / step <= _MARKS), _STEPS_S[-1])
    at = datetime.fromtimestamp(first_ms / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    form = "%m-%d %H:%M" if step_s < 86_400 else "%Y-%m-%d"
    while at.timestamp() * 1000 <= last_ms:
        if at.timestamp() * 1000 >= first_ms:
            yield at.timestamp() * 1000, f"{at:{form}}"
        at += timedelta(seconds=step_s)
