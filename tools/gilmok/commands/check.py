"""`gilmok check`: what is wrong with a site file, or what it describes and what that costs."""

from __future__ import annotations

from typing import Annotated

import typer

from ..language import language


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show the arithmetic of every budget.")] = False,
) -> int:
    """Say what is wrong with a site file.

    Every problem is named at once, by file, line, key, value and remedy; without one the site is shown as a table, and
    the budget of each node: heap, days of log, bytes and airtime a day, energy and days of battery.
    """
    from gilmok_site.check import main

    return main(site, language(), print, explained=explain)
