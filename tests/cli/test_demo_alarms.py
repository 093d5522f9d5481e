"""What a demo says of alarms: the lines below its table, and its account."""

import pytest
from gilmok.demo.alarms import Alarms
from gilmok.demo.view import alarm_table
from gilmok_site import load_site
from rich.console import Console

from cli.scene import P2, fill_store, write_site
from cli.test_alarms import event, open_scene, output

RULES = """
[node.p1-gate.output.siren]
pin = 13

[node.p1-gate.output.barrier]
pin = 14
states = ["open", "down"]
feedback = 34

[node.p1-gate.rule.flood]
watch = "river.distance"
caution = { above = "0.80 m", clear = "0.70 m", outputs = ["siren"] }
alert = { above = "1.20 m", clear = "1.00 m", outputs = ["barrier:down", "p2-gate.barrier:down"] }
response = { ko = "차량 대피 방송", en = "Announce evacuation" }

[node.p2-gate.output.siren]
pin = 13

[node.p2-gate.output.barrier]
pin = 14
states = ["open", "down"]
feedback = 34
"""


@pytest.fixture
def alarms(tmp_path):
    """Alarms of a site whose first gate has rules; each gate has a siren and a barrier."""
    path = write_site(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + RULES, encoding="utf-8")
    fill_store(tmp_path)
    return Alarms(load_site(path))


def tell(folder, events, outputs):
    with open_scene(folder) as store:
        store.alarms.append(events)
        store.alarms.append_outputs(outputs)


def raised(seq, level, value, limit, word="raise"):
    return event(seq, "flood", word, "unacknowledged", level, value, limit, "m", 30_000, watch="river.distance", next=1.5)


def drawn(alarms):
    console = Console(width=120)
    with console.capture() as capture:
        console.print(alarm_table(alarms.lines()))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_quiet_street_has_no_lines(alarms):
    assert alarms.lines() == alarms.account() == []


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            [
                "alert  p1-gate flood  river.distance 1.43 m ≥ 1.20 m for 30 s",
                "                      outputs  siren on · barrier down, confirmed after 6.2 s",
                "                      do       Announce evacuation",
            ],
        ),
        (
            "ko",
            [
                "경계  p1-gate flood  river.distance 1.43 m ≥ 1.20 m, 30초 동안",
                "                     출력   siren on · barrier down, 6.2 s 뒤 작동 확인",
                "                     조치   차량 대피 방송",
            ],
        ),
    ],
)
def test_a_line_says_why_and_what_moved(alarms, tmp_path, monkeypatch, lang, expected):
    monkeypatch.setenv("GILMOK_LANG", lang)
    moved = [output(20, "siren", "commanded"), output(21, "barrier", "commanded"), output(27, "barrier", "confirmed", 1, 6200)]
    tell(tmp_path, [raised(1, 2, 0.81, 0.8), raised(20, 3, 1.43, 1.2, "escalate")], moved)
    assert drawn(alarms) == expected
    assert [line.colour for line in alarms.lines()] == ["dark_orange"]


def test_only_what_the_rule_names_up_to_its_level_is_its_own(alarms, tmp_path):
    """The other gate has a rule of the same name, and so of the same id."""
    theirs = [output(seq, name, "commanded", node="p2-gate", device=P2) for seq, name in ((2, "siren"), (3, "barrier"))]
    tell(tmp_path, [raised(1, 2, 0.81, 0.8)], [output(1, "siren", "commanded"), *theirs])
    assert [each["output"] for each in alarms.account()[0]["outputs"]] == ["p1-gate.siren"]
    tell(tmp_path, [raised(20, 3, 1.43, 1.2, "escalate")], [])
    assert [each["output"] for each in alarms.account()[0]["outputs"]] == ["p1-gate.siren", "p2-gate.barrier"]


def test_the_account_counts_and_remembers_the_highest_level(alarms, tmp_path):
    over = event(30, "flood", "clear", "returned_unacknowledged", 0, 0.6, 0.7, "m", watch="river.distance")
    again = raised(40, 2, 0.85, 0.8)
    barrier = [output(21, "barrier", "commanded"), output(27, "barrier", "confirmed", 1, 6200)]
    tell(tmp_path, [raised(1, 3, 1.3, 1.2), over], barrier)
    facts = {"node": "p1-gate", "rule": "flood", "level": "alert"}
    confirmed = {"output": "p1-gate.barrier", "commanded": "down", "confirmed": "down", "event": "confirmed", "after_ms": 6200}
    now = {"level_now": "normal", "state": "returned_unacknowledged", "raised": 1, "outputs": [confirmed]}
    assert alarms.account() == [facts | now]
    tell(tmp_path, [again], [])
    assert alarms.account() == [facts | {"level_now": "caution", "state": "unacknowledged", "raised": 2, "outputs": []}]
