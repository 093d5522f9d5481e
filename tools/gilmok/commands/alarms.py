"""`gilmok alarms`: which alarms stand, why, and what people do about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ..alarm_view import as_json, audit_rows, list_alarms, print_lines, show_alarm
from ..alarms import Target, find_alarm, find_output, stands
from ..errors import Refused
from ..language import headings, printable, say
from ..moments import now_ms
from ..operating import WAIT_S, Wait, operate, parse_span
from ..overriding import Author, author_of
from ..place import Place, open_effective, open_place
from ..table import format_table
from . import alarms_backtest

if TYPE_CHECKING:
    from gilmok_collector.store import Store

_LONGEST_NOTE = 500  # a verdict is a sentence; a report belongs elsewhere

SiteFile = Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")]
SiteOrStore = Annotated[str, typer.Argument(metavar="SITE.toml|STORE", help="A site file, or a store: its file or its URL.")]
Alarm = Annotated[str, typer.Argument(metavar="ALARM", help="Node and rule, such as p1-gate/flood.")]
Json = Annotated[bool, typer.Option("--json", help="For other programs.")]
Ends = Annotated[bool, typer.Option("--end", help="End it.")]


class Service(StrEnum):
    """Whether an alarm is in service."""

    out = "out"
    back = "back"


class Truth(StrEnum):
    """What a person found of an alarm."""

    true = "true"
    false = "false"


def run_list(
    site: SiteOrStore, every: Annotated[bool, typer.Option("--all", help="Also those at rest.")] = False, as_data: Json = False
) -> int:
    """List the alarms that stand.

    The most serious are first; those that are shelved, explained by another alarm or out of service stand too, and so does
    local maintenance.
    """
    from gilmok_collector.alarms.states import alarm_states

    with _opened(site) as (place, store):
        if as_data:
            print(json.dumps([as_json(place, store, each) for each in alarm_states(store) if every or stands(each)], ensure_ascii=False))
        else:
            print_lines(list_alarms(place, store, every))
    return 0


def run_show(
    site: SiteOrStore,
    alarm: Alarm,
    most: Annotated[int, typer.Option("--history", metavar="N", min=0, help="How many events of its history.")] = 20,
    as_data: Json = False,
) -> int:
    """Show all there is to know of an alarm.

    Why it came, what its outputs did, who was told, what is to be done, and its history with who did what.
    """
    from gilmok_collector.alarms.states import in_order

    with _opened(site) as (place, store):
        target = find_alarm(place, store, alarm)
        events = in_order(store.alarms.events(target.node, rule_id=target.number))
        if as_data:
            print(json.dumps([as_json(place, store, each) for each in events[-most:] if most], ensure_ascii=False))
        else:
            print_lines(show_alarm(place, store, target, events, most))
    return 0


def run_ack(site: SiteFile, alarm: Alarm, author: Author = None, wait: Wait = WAIT_S) -> int:
    """Acknowledge an alarm.

    Somebody has seen it and takes care: it is not repeated to anybody. What it has switched on stays on while it lasts.
    """
    return _ask(site, alarm, "ack", [], author, wait)


def run_reset(site: SiteFile, alarm: Alarm, author: Author = None, wait: Wait = WAIT_S) -> int:
    """Reset a latched alarm.

    Its condition is over; with this its outputs come to rest too.
    """
    return _ask(site, alarm, "reset", [], author, wait)


def run_shelve(
    site: SiteFile,
    alarm: Alarm,
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long: 30min, 2h, 3d.")] = None,
    ends: Ends = False,
    author: Author = None,
    wait: Wait = WAIT_S,
) -> int:
    """Silence an alarm for a while.

    It ends by itself; if the condition holds then, the alarm is raised.
    """
    return _ask(site, alarm, "shelve", [_seconds(lasts, ends)], author, wait)


def run_service(
    site: SiteFile,
    alarm: Alarm,
    service: Annotated[Service, typer.Argument(metavar="out|back", help="Out of service, or back.")],
    author: Author = None,
    wait: Wait = WAIT_S,
) -> int:
    """Take an alarm out of service, or bring it back.

    Out of service it is silent until somebody brings it back: for a day's work use shelve.
    """
    return _ask(site, alarm, "service", [1 if service is Service.back else 0], author, wait)


def run_test(
    site: SiteFile,
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="Node and output, such as p1-gate.siren.")],
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long: 10s, 1min.")] = None,
    ends: Ends = False,
    author: Author = None,
    wait: Wait = WAIT_S,
) -> int:
    """Switch an output on for a while.

    The node takes it within two minutes or not at all: nobody should be surprised by a siren.
    """
    with _opened(site, effective=True) as (place, store):
        target = find_output(place, store, output)
        return operate(place, store, target, "test", [target.number, _seconds(lasts, ends)], author, wait)


def run_maintain(
    site: SiteFile,
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node somebody works on.")],
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="How long: 30min, 2h.")] = None,
    ends: Ends = False,
    author: Author = None,
    wait: Wait = WAIT_S,
) -> int:
    """Put a node into local maintenance for a while.

    Its outputs stay fail-safe and nobody outside is told of its alarms, until it is over.
    """
    with _opened(site, effective=True) as (place, store):
        target = Target(place.device_of(node), node, "", 0)
        return operate(place, store, target, "maintain", [_seconds(lasts, ends)], author, wait)


def run_verdict(
    site: SiteOrStore,
    alarm: Alarm,
    truth: Annotated[Truth, typer.Argument(metavar="true|false", help="Whether it was right.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why you think so.")] = "",
    number: Annotated[int, typer.Option("--before", metavar="N", min=0, help="Of the N-th time before the last.")] = 0,
    author: Author = None,
) -> int:
    """Say afterwards whether an alarm was right.

    It is kept with your name, and changes nothing else. The newest verdict counts.
    """
    from gilmok_collector.alarms.states import in_order, occurrences

    note = note.strip()
    if len(note) > _LONGEST_NOTE or not note.isprintable():
        raise Refused("note_unfit", most=_LONGEST_NOTE)
    with _opened(site) as (place, store):
        target = find_alarm(place, store, alarm)
        times = occurrences(in_order(store.alarms.events(target.node, rule_id=target.number)))
        if number >= len(times):
            raise Refused("no_occurrence", alarm=alarm, count=len(times))
        store.alarms.judge(times[-1 - number].key, truth is Truth.true, author_of(author), now_ms(), note)
        print(say("verdict_kept", alarm=printable(alarm), verdict=say("verdict_true" if truth is Truth.true else "verdict_false")))
    return 0


def run_audit(site: SiteOrStore) -> int:
    """List every command that people gave, oldest first.

    Who asked what of which node, when, and what came of it.
    """
    with _opened(site) as (place, store):
        rows = audit_rows(place, store)
    print("\n".join(format_table([headings("audit"), *rows])) if rows else say("audit_none"))
    return 0


COMMANDS = {
    "list": (run_list, "List the alarms that stand.", "지금 발생한 경보를 보여 줍니다."),
    "show": (run_show, "Show all there is to know of an alarm.", "경보 하나의 까닭, 출력, 통보, 이력을 보여 줍니다."),
    "ack": (run_ack, "Acknowledge an alarm.", "경보를 확인합니다."),
    "reset": (run_reset, "Reset a latched alarm.", "유지 중인 경보를 복귀시킵니다."),
    "shelve": (run_shelve, "Silence an alarm for a while.", "경보를 잠시 보류합니다."),
    "service": (run_service, "Take an alarm out of service, or bring it back.", "경보를 운용에서 빼거나 되돌립니다."),
    "test": (run_test, "Switch an output on for a while.", "출력을 잠시 켜서 시험합니다."),
    "maintain": (run_maintain, "Put a node into local maintenance.", "노드를 현장 점검 상태로 둡니다."),
    "verdict": (run_verdict, "Say afterwards whether an alarm was right.", "경보가 맞았는지 나중에 남깁니다."),
    "audit": (run_audit, "List every command that people gave.", "사람이 내린 명령을 모두 보여 줍니다."),
    "backtest": (alarms_backtest.run, *alarms_backtest.TEXTS),
}


def _ask(site: str, alarm: str, name: str, parameters: list[int], author: str | None, wait_s: float) -> int:
    with _opened(site, effective=True) as (place, store):
        target = find_alarm(place, store, alarm)
        return operate(place, store, target, name, [target.number, *parameters], author, wait_s)


def _seconds(lasts: str | None, ends: bool) -> int:
    """Return for how many seconds something is asked, 0 to end it.

    Raises: Refused.
    """
    if (lasts is None) != ends:
        raise Refused("span_or_end")
    return 0 if lasts is None else parse_span(lasts, "--for") // 1000


@contextmanager
def _opened(text: str, effective: bool = False) -> Iterator[tuple[Place, Store]]:
    place = open_effective(text) if effective else open_place(text)
    with closing(place.open_store()) as store:
        yield place, store
