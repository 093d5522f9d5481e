"""A backtest as one HTML file: plots and tables, to keep or to send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from html import escape

from ..language import headings, language, say
from .outcome import Outcome
from .panels import panels_of
from .report_text import alarm_rows, choice_heads, choice_row, head_of, month_rows
from .svg import draw
from .words import COLOURS

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1120px;padding:0 1em;color:#111827;background:#fff}
svg{width:100%;height:auto;font:11px system-ui,sans-serif;fill:#374151}
table{border-collapse:collapse;margin:1em 0;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25em .8em .25em 0;border-bottom:1px solid #e5e7eb;vertical-align:top}
b.level{color:#fff;border-radius:.3em;padding:.05em .5em}
h1{font-size:1.5em}h2{font-size:1.1em;margin-top:2em}
"""


def page_of(outcome: Outcome, zone: tzinfo, name: str, data: str) -> str:
    """Return the whole page."""
    title = escape(f"{name} · {data}")
    return (
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head><body>\n'
        f"<h1>{title}</h1>\n{''.join(_body(outcome, zone))}</body></html>\n"
    )


def _body(outcome: Outcome, zone: tzinfo) -> Iterator[str]:
    yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in head_of(outcome, zone)) + "</ul>\n"
    for panel in panels_of(outcome):
        yield f"<h2>{escape(panel.title)}</h2>\n{draw(panel, outcome, zone)}\n"
    if not outcome.episodes:
        yield f"<p>{escape(say('backtest_quiet'))}</p>\n"
    else:
        rows, levels = [], []
        for episode in outcome.episodes:
            for row, level in alarm_rows(outcome, episode, zone):
                rows.append(row)
                levels.append(level)
        yield _table(headings("backtest_alarms"), rows, levels)
        yield _table(headings("backtest_months"), month_rows(outcome, zone))
    if outcome.choices and len(outcome.choices[0].counts) > 1:
        yield _table(choice_heads(outcome), [choice_row(outcome, choice) for choice in outcome.choices])
        yield f"<p>{escape(say('backtest_choice'))}</p>\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], levels: Sequence[int] = ()) -> str:
    """Return a table; the second cell of a row stands on the colour of its level."""
    lines = ["<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"]
    for place, row in enumerate(rows):
        cells = [escape(cell) for cell in row]
        if levels:
            cells[1] = f'<b class="level" style="background:{COLOURS[levels[place]]}">{cells[1]}</b>'
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>\n"
