"""A site as tables: every node, what serves it, every sensor, rule and output, and what a node costs."""

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .budget.text import budget_rows, explain
from .device import format_device
from .errors import language
from .lora import has_air
from .messages import REPORT, REPORT_EXPLAINED, REPORT_LAW, REPORT_SUMMARY, REPORT_URGENT
from .quantity import format_duration
from .radio_sources import MARKS, unsure
from .rule_report import output_rows, rule_rows
from .wires import wire_of

if TYPE_CHECKING:
    from .model import Sensor, Site


def report(site: "Site", lang: str | None = None, explained: bool = False) -> str:
    """Return the tables of a checked site and what each node costs, with the arithmetic if `explained`."""
    lang = language(lang)
    rows: list[tuple[str, ...]] = [REPORT[lang]]
    for name in site.node:
        rows += _node_rows(site, name, lang)
    parts = [*_table(rows), ""]
    for more in (rule_rows(site, lang), output_rows(site, lang)):
        parts += [*_table(more), ""] if more else []
    parts += _table(budget_rows(site, lang))
    if explained:
        parts += ["", explain(site, lang)]
    parts += _law_lines(site, lang, explained)
    return "\n".join([*parts, (REPORT_EXPLAINED if explained else REPORT_SUMMARY)[lang]])


def _law_lines(site: "Site", lang: str, explained: bool) -> list[str]:
    """Return the figures of the region whose law was not seen in its own text, with sources if `explained`, where anything goes on air."""
    if not any(has_air(site, name) or node.role is not None for name, node in site.node.items()):
        return []
    place = 1 if lang == "ko" else 0
    region = str(site.about.region)
    found = unsure(region)
    head = REPORT_LAW[lang].format(region=region)
    if not explained:
        return ["", f"{head} {', '.join(found)}"]
    return ["", head, *[f"  {figure}: {source.where} ({MARKS[source.mark][place]})" for figure, source in found.items()]]


def padded(text: str, width: int) -> str:
    """Return a text filled up to so many columns of a terminal."""
    return text + " " * (width - _width(text))


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [line.rstrip() for line in lines]


def _node_rows(site: "Site", name: str, lang: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for each sensor; the node's own cells stand in the first, or in one without a sensor."""
    node = site.node[name]
    head = (name, format_device(site.device_of(name)), node.board, node.link or "–")
    sensors = [_sensor_cells(sensor_name, sensor, lang) for sensor_name, sensor in node.sensor.items()]
    for cells in sensors or [("",) * 6]:
        yield (*head, *cells)
        head = ("",) * 4


def _sensor_cells(name: str, sensor: "Sensor", lang: str) -> tuple[str, ...]:
    urgent = REPORT_URGENT[lang] if sensor.urgent else ""
    every, max_age = format_duration(sensor.every_ms), format_duration(sensor.max_age_ms)
    return (name, sensor.driver, wire_of(sensor).text(), every, max_age, urgent)


def _width(text: str) -> int:
    """Return the columns a terminal gives `text`: Hangul takes two each (Unicode annex 11)."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
