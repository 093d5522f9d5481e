"""`gilmok demo`: a street of simulated nodes that run the real firmware, and a collector."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

Text = str | None


class Line(StrEnum):
    """What carries the bytes between node processes and collector."""

    pty = "pty"
    tcp = "tcp"


def run(
    site: Annotated[Text, typer.Argument(metavar="SITE.toml", help="Run the nodes of this site file.")] = None,
    duration: Annotated[Text, typer.Option(metavar="TIME", help='Stop after this time, such as "30s" or "5 min".')] = None,
    headless: Annotated[bool, typer.Option("--headless", help="No live view.")] = False,
    json: Annotated[Text, typer.Option("--json", metavar="FILE", help="Write the account of every node here.")] = None,
    nodes: Annotated[int, typer.Option(min=1, help="How many nodes the street has, without a site file.")] = 4,
    replay: Annotated[Text, typer.Option(metavar="PATH", help="Play a recording: a CSV file, or a folder of OpenEEW JSON lines.")] = None,
    speed: Annotated[float | None, typer.Option(metavar="N", help="How many times faster than real time.")] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=channel", help="Which column of the CSV a channel plays; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same night.")] = 7,
    link: Annotated[Line | None, typer.Option(help="pty or tcp; else what this system has.")] = None,
) -> int:
    """Run a street of simulated nodes.

    With a site file they are its nodes, every instrument a virtual one that measures a seeded city; its store and keys stay
    untouched, and nobody whom it names is told of anything. Alarms that stand, and what outputs do, are shown below the table.

    Sampling stops after --duration, the logs drain, and every record is accounted for: exit code 0 means that none was
    lost and none stored twice.
    """
    from ..demo import run_demo
    from ..demo.errors import DemoError

    try:
        return run_demo(
            duration_s=_seconds(duration),
            headless=headless,
            json_path=json,
            nodes=nodes,
            replay=replay,
            seed=seed,
            speed=_speed(speed),
            mapping=_mapping(map_ or []),
            link=link.value if link else None,
            site=site,
        )
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    from gilmok_site.errors import BadValue
    from gilmok_site.quantity import parse_duration

    from ..language import language

    try:
        duration_ms = parse_duration(text)
    except BadValue as error:
        raise typer.BadParameter(error.problems[0].message(language()), param_hint="--duration") from None
    if not duration_ms:
        raise typer.BadParameter(f"{text} is no time at all", param_hint="--duration")
    return duration_ms / 1000


def _speed(speed: float | None) -> float | None:
    if speed is not None and not 0 < speed < float("inf"):
        raise typer.BadParameter(f"{speed} is not a speed; write a number above 0, such as 60", param_hint="--speed")
    return speed


def _mapping(pairs: list[str]) -> list[str]:
    for pair in pairs:
        column, equals, channel = pair.rpartition("=")
        if not (column and equals and channel):
            hint = "write COLUMN=channel, such as stage_ft=river.distance"
            raise typer.BadParameter(f"{pair!r} names no column and channel; {hint}", param_hint="--map")
    return pairs
