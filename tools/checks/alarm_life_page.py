"""Makes docs/alarm_life.md from the table of an alarm's life; run as `python -m checks.alarm_life_page`, checked by tests/checks."""

from collections.abc import Iterator

from checks.trees import ROOT
from gilmok_collector.alarms import words
from gilmok_rules.lifecycle import CLEAR_LATCHING, EVENTS, REFUSE, SHELVE, STATES, STAY, SUPPRESS
from gilmok_rules.transitions import next_state

PAGE = ROOT / "docs" / "alarm_life.md"

LANGUAGES = range(2)  # English, Korean: places in every pair

# What an event means, in the order of the table.
MEANINGS = (
    ("the condition begins to hold", "조건이 성립함"),
    ("… at a higher level", "… 등급이 올라감"),
    ("… at a lower level", "… 등급이 내려감"),
    ("the condition ends", "조건이 끝남"),
    ("the condition ends, of a rule with `latching = true`", "조건이 끝남, `latching = true`인 규칙"),
    ("`gilmok alarms ack`", "`gilmok alarms ack`"),
    ("`gilmok alarms reset`", "`gilmok alarms reset`"),
    ("`gilmok alarms shelve … --for`", "`gilmok alarms shelve … --for`"),
    ("the shelf's time is up, or `shelve … --end`", "보류 시간이 끝남, 또는 `shelve … --end`"),
    ("another alarm explains this one (`suppressed_by`)", "다른 경보가 이것을 포함함 (`suppressed_by`)"),
    ("that alarm is over", "그 경보가 끝남"),
    ("`gilmok alarms service … out`", "`gilmok alarms service … out`"),
    ("`gilmok alarms service … back`", "`gilmok alarms service … back`"),
)
_LATCHING = (" (latching)", " (유지)")
_STAYS = ("–", "–")
_REFUSED = ("refused", "거절")

_HEAD = """\
# The life of an alarm / 경보의 일생

<!-- Made by `python -m checks.alarm_life_page` from protocols/gilmok_rules/transitions.py. -->

An alarm has a state, and beside it a level: that of the highest step of its rule whose condition holds. While it is shelved,
suppressed or out of service the condition is watched on, and if it holds at the end, the alarm is raised then. *Acknowledged*
means that a person has seen it and takes care; that a record is stored is another thing. States after ANSI/ISA-18.2 and IEC 62682.

경보에는 상태와 등급이 있습니다. 등급은 규칙에서 조건이 성립한 가장 높은 단계입니다. 보류, 다른 경보에 포함, 운용 제외
동안에도 조건은 계속 살피며, 끝날 때 조건이 성립해 있으면 그때 경보가 발생합니다. *확인*은 사람이 경보를 보고 조치를
맡았다는 뜻이며, 기록의 저장과는 다른 말입니다. 상태는 ANSI/ISA-18.2와 IEC 62682를 따릅니다.
"""
_FOOT = """\
How an alarm comes to be shelved, explained by another one or out of service is in the tables alone. "–" means that the state stays;
what is refused changes nothing, and `gilmok alarms` says so.

보류, 다른 경보에 포함, 운용 제외로 가는 길은 표에만 있습니다. "–"는 상태가 그대로라는 뜻이며, 거절된 명령은 아무것도 바꾸지
않고 `gilmok alarms`가 그렇게 알립니다.
"""
_FIRST = ("state", "상태")
_EVENT = (("event", "means"), ("사건", "뜻"))


def page() -> str:
    """Return the text of docs/alarm_life.md."""
    parts = [_HEAD, "```mermaid", *_diagram(), "```", "", _FOOT]
    for language in LANGUAGES:
        parts += [*_table(language), "", *_meanings(language), ""]
    return "\n".join(parts)


def _diagram() -> Iterator[str]:
    """Yield the transitions that a rule's condition, or a person who answers it, brings about, and the ways back from silence."""
    yield "stateDiagram-v2"
    for state in STATES:
        yield f'    state "{words.STATES[state][0]} / {words.STATES[state][1]}" as {state}'
    yield f"    [*] --> {STATES[0]}"
    for number, state in enumerate(STATES):
        by_target: dict[int, list[str]] = {}
        for event in range(len(EVENTS)):
            target = next_state(number, event)
            if target < STAY and not _leads_to_silence(event, target):
                by_target.setdefault(target, []).append(_event(event, 0))
        for target, events in by_target.items():
            yield f"    {state} --> {STATES[target]}: {', '.join(events)}"


def _leads_to_silence(event: int, target: int) -> bool:
    return event in (SHELVE, SUPPRESS) or STATES[target] == "out_of_service"


def _table(language: int) -> Iterator[str]:
    yield f"| {_FIRST[language]} | {' | '.join(_event(event, language) for event in range(len(EVENTS)))} |"
    yield "|---" * (len(EVENTS) + 1) + "|"
    for number, state in enumerate(STATES):
        cells = [_cell(next_state(number, event), language) for event in range(len(EVENTS))]
        yield f"| **{words.STATES[state][language]}** | {' | '.join(cells)} |"


def _cell(target: int, language: int) -> str:
    if target == REFUSE:
        return _REFUSED[language]
    return _STAYS[language] if target == STAY else words.STATES[STATES[target]][language]


def _meanings(language: int) -> Iterator[str]:
    yield f"| {' | '.join(_EVENT[language])} |"
    yield "|---|---|"
    for event in range(len(EVENTS)):
        yield f"| {_event(event, language)} | {MEANINGS[event][language]} |"


def _event(event: int, language: int) -> str:
    return words.EVENTS[EVENTS[event]][language] + (_LATCHING[language] if event == CLEAR_LATCHING else "")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
