"""Why an alarm is as it is, as people read it in English and in Korean."""

from dataclasses import replace

import pytest
from gilmok_collector.alarms import words
from gilmok_collector.alarms.event import AlarmEvent
from gilmok_collector.alarms.explain import explain
from gilmok_collector.alarms.trend import fit
from gilmok_rules import lifecycle, output

T0 = 1_800_000_000_000
FLOOD = AlarmEvent(
    *("p1-gate", "flood", 1, "raise", "unacknowledged", 3, "a/1", T0, T0, 1.43, 1.2, "m", 30_000),
    facts={"watch": "river.water_level", "next": 1.5},
)
# 0.8 m an hour: every ten seconds 2.2 mm, up to 1.43 m at T0
RISING = [(T0 - index * 10_000, 1.43 - 0.8 * index / 360) for index in range(60)]


def changed(event=FLOOD, **facts):
    return replace(event, facts={**event.facts, **facts})


def test_a_level_with_its_limit_and_its_time():
    assert explain(FLOOD, "en") == "river.water_level 1.43 m ≥ 1.20 m for 30 s"
    assert explain(FLOOD, "ko") == "river.water_level 1.43 m ≥ 1.20 m, 30초 동안"


def test_where_it_came_from_and_where_it_goes():
    trend = fit(RISING, FLOOD)
    assert explain(FLOOD, "en", trend) == (
        "river.water_level 1.43 m ≥ 1.20 m for 30 s; was 1.40 m 2 min before; rising 0.8 m/h; 1.50 m expected in 5 min"
    )
    assert explain(FLOOD, "ko", trend) == "river.water_level 1.43 m ≥ 1.20 m, 30초 동안; 2분 전 1.40 m; 0.8 m/h 상승 중; 5분 뒤 1.50 m 예상"


def test_a_value_that_falls_meets_no_higher_limit():
    trend = fit([(at, 2.86 - value) for at, value in RISING], FLOOD)
    assert explain(FLOOD, "en", trend).endswith("was 1.46 m 2 min before; falling 0.8 m/h")


def test_too_few_readings_show_no_trend():
    assert fit(RISING[:5], FLOOD) is None and fit([], FLOOD) is None


@pytest.mark.parametrize(
    ("event", "below", "sign"),
    [
        ("raise", False, "≥"),
        ("escalate", False, "≥"),
        ("clear", False, "<"),
        ("ease", False, "<"),
        ("raise", True, "≤"),
        ("clear", True, ">"),
    ],
)
def test_the_sign_is_that_of_the_rule(event, below, sign):
    assert explain(replace(changed(below=below), event=event), "en") == f"river.water_level 1.43 m {sign} 1.20 m for 30 s"


@pytest.mark.parametrize(
    ("facts", "english", "korean"),
    [
        (
            {"quantity": "mean", "span_ms": 7_200_000},
            "river.water_level, mean of 2 h: 1.43 m ≥ 1.20 m",
            "river.water_level 2시간 평균 1.43 m ≥ 1.20 m",
        ),
        ({"quantity": "rate"}, "river.water_level changes by 1.43 m ≥ 1.20 m", "river.water_level 변화 1.43 m ≥ 1.20 m"),
        (
            {"quantity": "forecast", "more": 1_800_000},
            "river.water_level 1.43 m expected in 30 min ≥ 1.20 m",
            "river.water_level 30분 뒤 예상 1.43 m ≥ 1.20 m",
        ),
        ({"quantity": "votes", "watch": "a, b"}, "1.43 m ≥ 1.20 m of: a, b", "1.43 m ≥ 1.20 m, 대상: a, b"),
    ],
)
def test_every_quantity_has_its_sentence(facts, english, korean):
    event = replace(changed(**facts), detail=None)
    assert (explain(event, "en"), explain(event, "ko")) == (english, korean)


def test_instruments_outputs_and_clocks():
    river = replace(changed(kind="health", watch="river"), value=5.0, limit=1.0, unit="", detail=30_000)
    assert (explain(river, "en"), explain(river, "ko")) == ("river: missing", "river: 값이 없음")
    barrier = replace(changed(kind="output", watch="barrier"), value=1.0, limit=1.0, unit="", detail=None)
    assert explain(barrier, "en") == "barrier: commanded, not confirmed"
    clock = replace(changed(kind="clock", watch=None), value=42.0, limit=30.0, unit="min", detail=None)
    assert explain(clock, "en") == "the node has not known the time for 42 min"


def test_what_the_collector_raised_names_who_took_part():
    event = replace(FLOOD, value=12.0, limit=10.0, unit="", detail=None, facts={"members": ["p1-gate", "p2-gate"]})
    assert explain(event, "en") == "12 ≥ 10 of: p1-gate, p2-gate"


def test_what_a_person_did_needs_no_sentence():
    assert explain(replace(FLOOD, event="acknowledge", value=None, limit=None), "en") == ""


@pytest.mark.parametrize("facts", [{}, {"quantity": "later"}, {"kind": "later"}, {"next": "x"}])
def test_what_another_release_means_is_told_all_the_same(facts):
    assert "1.43 m ≥ 1.20 m" in explain(replace(FLOOD, facts=facts), "en")


def test_there_is_a_word_for_everything():
    assert set(words.STATES) == set(lifecycle.STATES)
    assert set(words.EVENTS) == {*lifecycle.EVENTS, "maintain", "resume"}
    assert set(words.OUTPUT_EVENTS) == set(output.EVENTS)
    assert words.word(words.STATES, "#9", "ko") == "#9"


def test_acknowledging_an_alarm_and_storing_a_record_have_different_words():
    said = str((words.STATES, words.EVENTS))
    assert "저장" not in said and "stored" not in said


def test_durations():
    assert [words.duration(ms, "en") for ms in (0, 500, 30_000, 90_000, 7_200_000)] == ["0 s", "500 ms", "30 s", "90 s", "2 h"]
    assert [words.about(ms, "ko") for ms in (400, 119_000, 125_000, 7_300_000, 200_000_000)] == ["0초", "119초", "2분", "2시간", "2일"]
