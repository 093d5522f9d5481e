"""`gilmok alarms backtest`: a site's rules over recorded history, the way to choose thresholds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..backtest.between import Between
from ..errors import Refused
from ..language import printable, say
from ..moments import parse_moment
from ..outfile import check_output, open_output
from ..place import Place, open_effective, site_of

if TYPE_CHECKING:
    from ..backtest.history import Account, History
    from ..backtest.outcome import Outcome

Text = str | None
STORE = "store"  # in place of a file: the site's own

TEXTS = (
    "Say what a site's rules would have alarmed over recorded history.",
    "기록된 측정값에 사이트의 규칙을 적용해 언제 경보가 났을지 보여 줍니다.",
)


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="A site file.")],
    data: Annotated[str, typer.Option(metavar="FILE|store", help="CSV, NOOS (.noos), an export of ours, or the site's own store.")],
    node: Annotated[Text, typer.Option(metavar="NODE", help="The node whose rules judge; needed where several have rules.")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="SENSOR.CHANNEL=COLUMN[:UNIT]", help="What a column holds; may be repeated.")
    ] = None,
    time: Annotated[Text, typer.Option(metavar="COLUMN", help="The column of times; TIME+SECONDS adds two of them.")] = None,
    timezone: Annotated[Text, typer.Option(metavar="ZONE", help="Of times without an offset; else the site's own.")] = None,
    from_: Annotated[Text, typer.Option("--from", metavar="TIME", help="From this time on: ISO 8601, of the site's zone.")] = None,
    to: Annotated[Text, typer.Option("--to", metavar="TIME", help="Before this time.")] = None,
    between: Annotated[Between, typer.Option(help="What lies between readings that are coarser than the node's.")] = Between.auto,
    vary: Annotated[int, typer.Option(min=0, max=90, metavar="PERCENT", help="Also count with thresholds so much lower and higher.")] = 10,
    html: Annotated[Text, typer.Option(metavar="FILE", help="Write a report with plots, one file.")] = None,
    png: Annotated[Text, typer.Option(metavar="FILE", help="Write the plots as a picture (needs matplotlib).")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON in place of text.")] = False,
) -> int:
    """Judge history with the very code that runs on the node.

    Values are those of the file, at the node's own pace; nobody acknowledges. What the file lacks, or says twice, is told first.
    """
    for path in (html, png):
        if path is not None:
            check_output(Path(path))
    place = open_effective(site)
    name = _choose_node(place, node)
    bounds = (_moment(place, from_, "--from"), _moment(place, to, "--to"))
    histories, account = _read(place, name, data, map_ or [], (time, timezone), bounds)
    outcome = _judge(place, name, histories, account, between, data == STORE, vary)
    _print(outcome, place, name, data, json_)
    if html is not None:
        from ..backtest.report_html import page_of

        with open_output(html) as file:
            file.write(page_of(outcome, place.zone, f"{site_of(place).id}/{name}", printable(data)))
        print(say("backtest_written", file=html), file=sys.stderr)
    if png is not None:
        from ..backtest.report_png import write_picture

        write_picture(outcome, place.zone, Path(png))
        print(say("backtest_written", file=png), file=sys.stderr)
    return 0


def _choose_node(place: Place, node: str | None) -> str:
    """Return the node that is named, or the only one that has rules.

    Raises: Refused.
    """
    nodes = site_of(place).node
    if node is not None:
        if node not in nodes:
            raise Refused("backtest_no_node", value=node, known=", ".join(nodes))
        if not nodes[node].rule:
            raise Refused("backtest_no_rules", node=node)
        return node
    ruled = [name for name, table in nodes.items() if table.rule]
    if len(ruled) != 1:
        raise Refused("backtest_which_node" if ruled else "backtest_no_rules", node=", ".join(ruled or nodes))
    return ruled[0]


def _moment(place: Place, text: str | None, option: str) -> int | None:
    return None if text is None else parse_moment(text, place.zone, option)


def _read(
    place: Place,
    node: str,
    data: str,
    maps: list[str],
    times: tuple[str | None, str | None],
    bounds: tuple[int | None, int | None],
) -> tuple[dict[str, History], Account]:
    """Return the histories of a node's sensors.

    Raises: Refused, StoreError, OSError.
    """
    from ..backtest.gather import gather, parse_wishes
    from ..backtest.plan import channels_of_node
    from ..backtest.read_store import open_history
    from ..backtest.tables import Request, Table, open_table

    channels = channels_of_node(site_of(place), node)
    wishes = parse_wishes(maps, channels)
    watched = _watched(place, node)

    def taken(table: Table) -> tuple[dict[str, History], Account]:
        with _progress("backtest_reading") as told:
            return gather(table, wishes, channels, bounds, lambda: told(table.position / max(1, table.size)), watched)

    if data == STORE:
        with closing(place.open_store()) as store:
            return taken(open_history(store, site_of(place).device_of(node), *bounds))
    path = Path(data)
    if not path.is_file():
        raise Refused("is_folder" if path.is_dir() else "no_file", file=data)
    time, zone = times
    return taken(open_table(path, Request(_zone(zone, place), time, node)))


def _zone(name: str | None, place: Place) -> tzinfo:
    """Return the zone of times without an offset.

    Raises: Refused.
    """
    if name is None:
        return place.zone
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused("backtest_zone", value=name) from None


def _judge(place: Place, node: str, histories: dict[str, History], account: Account, between: Between, changes: bool, vary: int) -> Outcome:
    from ..backtest.outcome import judge
    from ..backtest.plan import make_plan

    plan = make_plan(site_of(place), node, histories, between, changes)
    if not plan.has_hazards:
        raise Refused("backtest_no_judged", node=node, known=", ".join(_watched(place, node)))
    with _progress("backtest_judging") as told:
        return judge(plan, account, vary, told)


def _watched(place: Place, node: str) -> list[str]:
    return [rule.watch for rule in site_of(place).node[node].rule.values() if rule.is_hazard and rule.watch]


def _print(outcome: Outcome, place: Place, node: str, data: str, as_json: bool) -> None:
    if as_json:
        from ..backtest.report_json import facts_of

        json.dump(facts_of(outcome, place.zone, site_of(place).id, node, data), sys.stdout, ensure_ascii=False, indent=2)
        print()
        return
    from ..alarm_view import print_lines
    from ..backtest.report_text import lines_of

    print_lines(lines_of(outcome, place.zone))


@contextmanager
def _progress(code: str) -> Iterator[Callable[[float], None]]:
    """Yield what shows on a terminal how far something is, 0 to 1; behind a pipe it shows nothing."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(say(code), total=1.0)
        yield lambda share: progress.update(task, completed=min(share, 1.0))
