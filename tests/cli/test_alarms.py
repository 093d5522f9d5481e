"""alarms: what stands and why, what people ask of nodes, and what they read back."""

import json
from contextlib import closing

import pytest
from gilmok import moments, operating
from gilmok_collector.alarms.event import AlarmEvent, OutputEvent
from gilmok_collector.alarms.names import id_of
from gilmok_collector.store import Result, open_store
from gilmok_collector.store.commands import BAD_ARGUMENT, DECLINED, OK, UNKNOWN
from gilmok_collector.store.notices import Notice
from gilmok_wire import cbor

from cli.scene import LOG, P1, P2, T0, fill_store
from cli.snapshots import check_snapshot

FLOOD, BARRIER, SIREN = id_of("flood"), id_of("barrier"), id_of("siren")
UNACKNOWLEDGED, ACKNOWLEDGED = 1, 2


@pytest.fixture
def clock(monkeypatch):
    """Stop the clock; the test moves it, and so does whoever waits."""
    clock = {"ms": T0 + 60_000}
    monkeypatch.setattr(moments, "_now_ns", lambda: clock["ms"] * 1_000_000)
    monkeypatch.setattr(operating, "_sleep", lambda seconds: clock.update(ms=clock["ms"] + round(seconds * 1000)))
    return clock


def open_scene(folder):
    return closing(open_store(f"sqlite:{folder / 'yangjae.db'}"))


def event(seq, rule, word, state, level, value=None, limit=None, unit="", detail=None, cause=0, node="p1-gate", device=P1, **facts):
    at_ms = T0 + 1000 * seq
    where = {"device": device, "log": LOG, "stream": 8, "seq": seq}
    source = f"{device:04x}/{LOG:08x}/8/{seq}"
    numbers = (value, limit, unit, detail, cause, facts)
    return AlarmEvent(node, rule, id_of(rule), word, state, level, source, at_ms + 100, at_ms, *numbers, **where)


def silence(**facts):
    return AlarmEvent("area.north", "watch.silence", 99, "raise", "unacknowledged", 3, "area/1", T0, T0, 30.0, 20.0, facts=facts)


def notice(target, state, done_ms):
    return Notice(0, f"2/{target}", target, 2, 0, "p1-gate", FLOOD, state, 1, T0 + 20_100, T0 + 80_000, done_ms, "", "{}")


def output(seq, name, word, confirmed=None, after_ms=0, node="p1-gate", device=P1):
    source, at_ms = f"{device:04x}/{LOG:08x}/9/{seq}", T0 + 1000 * seq
    facts = (node, name, id_of(name), word, 1, confirmed, source, at_ms, at_ms, FLOOD, after_ms, device, LOG, 9, seq)
    return OutputEvent(*facts)


@pytest.fixture
def flooded(site, tmp_path, clock):
    """A site whose store knows of a flood, of wind that somebody shelved, of a broken sensor, and of maintenance."""
    fill_store(tmp_path)
    with open_scene(tmp_path) as store:
        shelf = store.commands.queue(P1, "shelve", [id_of("wind"), 600], "이", T0, T0 + 60_000)
        store.commands.settle([Result(P1, shelf, OK, cbor.encode([5, 2]), T0 + 900)])
        store.alarms.append(
            [
                event(1, "flood", "raise", "unacknowledged", 2, 0.81, 0.8, "m", 30_000, watch="river.distance"),
                event(20, "flood", "escalate", "unacknowledged", 3, 1.43, 1.2, "m", 30_000, watch="river.distance", next=1.5),
                event(2, "wind", "shelve", "shelved", 2, detail=600_000, cause=shelf),
                event(3, "air-health", "raise", "unacknowledged", 1, 5.0, 1.0, kind="health", watch="air"),
                event(4, "dust", "clear", "normal", 0, 34.0, 35.0, "ug/m3", watch="dust.pm2_5", quantity="mean", span_ms=3_600_000),
                event(5, "maintenance", "maintain", "normal", 0, detail=3_600_000, node="p2-gate", device=P2),
                AlarmEvent(
                    "area.north",
                    "watch.silence",
                    99,
                    "raise",
                    "unacknowledged",
                    3,
                    "area/1",
                    T0,
                    T0,
                    30.0,
                    20.0,
                    facts={"members": ["a", "b"]},
                ),
            ]
        )
        store.notices.append(
            [
                notice("duty-room", "delivered", T0 + 20_700),
                notice("mail", "waiting", None),
            ]
        )
        store.alarms.append_outputs(
            [
                output(20, "siren", "commanded"),
                output(21, "barrier", "commanded"),
                output(27, "barrier", "confirmed", 1, 6200),
                output(28, "barrier", "doubted", None, 10_000, "p2-gate", P2),
            ]
        )
    return site


@pytest.fixture
def node(tmp_path, monkeypatch, clock):
    """A node that answers what it is sent while somebody waits: `answers` maps a command's name to status and value."""
    answers, taken = {}, []

    def sleep(seconds):
        clock["ms"] += round(seconds * 1000)
        with open_scene(tmp_path) as store:
            for command in store.commands.open():
                if command.name in answers:
                    taken.append((command.name, command.device, command.parameters, command.author))
                    status, value = answers[command.name]
                    store.commands.settle([Result(command.device, command.id, status, cbor.encode(value), clock["ms"])])

    monkeypatch.setattr(operating, "_sleep", sleep)
    return answers, taken


def test_what_people_see(gilmok, flooded, lang, clock):
    told = []
    for args in (
        ("list", flooded),
        ("list", flooded, "--all"),
        ("show", flooded, "p1-gate/flood"),
        ("show", flooded, "p1-gate/wind", "--history", "0"),
        ("verdict", flooded, "p1-gate/flood", "true", "--note", "물이 찼다", "--author", "kim"),
        ("show", flooded, "p1-gate/flood", "--history", "1"),
        ("audit", flooded),
        ("ack", flooded, "p1-gate/flod"),
        ("ack", flooded, "p2-gate/none"),
        ("test", flooded, "p1-gate.sirn", "--for", "5s"),
        ("shelve", flooded, "p1-gate/flood"),
        ("shelve", flooded, "p1-gate/flood", "--for", "30 days"),
        ("verdict", flooded, "p1-gate/flood", "false", "--before", "7"),
        ("maintain", flooded, "p3-gate", "--for", "1h"),
    ):
        result = gilmok("alarms", *args)
        told.append(f"$ gilmok alarms {' '.join(args)}\n{result.out}{result.err}[{result.code}]\n")
    check_snapshot(f"alarms.{lang}.txt", "".join(told))


def test_an_alarm_is_acknowledged_and_read_back(gilmok, flooded, node, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    node[0]["ack"] = (OK, [ACKNOWLEDGED, 3])
    result = gilmok("alarms", "ack", flooded, "p1-gate/flood", "--author", "kim")
    assert (result.code, result.err) == (0, "")
    assert result.out == "p1-gate did it (0.1 s). Now: alert, acknowledged.\n"
    assert node[1] == [("ack", P1, [FLOOD], "kim")]


@pytest.mark.parametrize(
    ("args", "sent"),
    [
        (("reset", "p1-gate/flood"), ("reset", P1, [FLOOD])),
        (("shelve", "p1-gate/flood", "--for", "30min"), ("shelve", P1, [FLOOD, 1800])),
        (("shelve", "p1-gate/flood", "--end"), ("shelve", P1, [FLOOD, 0])),
        (("service", "p1-gate/flood", "out"), ("service", P1, [FLOOD, 0])),
        (("service", "p1-gate/flood", "back"), ("service", P1, [FLOOD, 1])),
        (("test", "p1-gate.siren", "--for", "5s"), ("test", P1, [SIREN, 5])),
        (("test", "p2-gate.barrier", "--end"), ("test", P2, [BARRIER, 0])),
        (("maintain", "p2-gate", "--for", "2h"), ("maintain", P2, [7200])),
        (("maintain", "p2-gate", "--end"), ("maintain", P2, [0])),
        (("ack", "area.north/watch.silence"), ("ack", 0, [99])),
    ],
)
def test_what_is_asked_is_what_the_contract_says(gilmok, flooded, node, args, sent):
    name, what, *rest = args
    node[0][name] = (OK, None)
    assert gilmok("alarms", name, flooded, what, *rest, "--author", "kim").code == 0
    assert node[1] == [(*sent, "kim")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((UNKNOWN, None), "refused: its firmware does not know this command; update it"),
        ((BAD_ARGUMENT, "no such rule"), "gilmok diff: no such rule"),
        ((BAD_ARGUMENT, "18"), ": 18 (column: truncated)"),
        ((BAD_ARGUMENT, "4711"), "gilmok diff: 4711"),
        ((DECLINED, [UNACKNOWLEDGED, 3]), "that makes no sense now; it is: alert, unacknowledged"),
        ((77, b"\0"), "refused: it cannot do that"),
        ((DECLINED, [99, 99]), "refused: that makes no sense now; it is: as asked"),
    ],
)
def test_a_refusal_says_why(gilmok, flooded, node, answer, said, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    node[0]["ack"] = answer
    result = gilmok("alarms", "ack", flooded, "p1-gate/flood")
    assert result.code == 1 and said in result.out and "Traceback" not in result.err


def test_without_an_answer_it_is_queued_and_stays(gilmok, flooded, tmp_path, clock, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    began = clock["ms"]
    result = gilmok("alarms", "ack", flooded, "p1-gate/flood", "--author", "kim", "--wait", "3")
    assert result.code == 0 and result.out.startswith("Queued (command ") and "until 2026-05-01T04:31:00" in result.out
    assert clock["ms"] == began + 3000
    with open_scene(tmp_path) as store:
        (command,) = store.commands.open()
    assert (command.name, command.author, command.expires_ms - command.created_ms) == ("ack", "kim", 3_600_000)


def test_a_siren_is_tested_soon_or_not_at_all(gilmok, flooded, tmp_path, clock):
    gilmok("alarms", "test", flooded, "p1-gate.siren", "--for", "5s", "--wait", "0")
    with open_scene(tmp_path) as store:
        (command,) = store.commands.open()
    assert command.expires_ms - command.created_ms == 120_000


def test_programs_read_json(gilmok, flooded, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    told = json.loads(gilmok("alarms", "list", flooded, "--json").out)
    assert {each["alarm"] for each in told} >= {"p1-gate/flood", "p1-gate/wind", "p2-gate/maintenance"}
    flood = next(each for each in told if each["alarm"] == "p1-gate/flood")
    assert (flood["level"], flood["level_name"], flood["state"], flood["value"]) == (3, "alert", "unacknowledged", 1.43)
    assert flood["time"] == "2026-05-01T03:30:20.000+09:00"
    assert flood["explanation"] == "river.distance 1.43 m ≥ 1.20 m for 30 s"
    history = json.loads(gilmok("alarms", "show", flooded, "p1-gate/wind", "--json").out)
    assert [(each["event"], each["author"]) for each in history] == [("shelve", "이")]


def test_a_store_alone_is_read_too(gilmok, flooded):
    assert "p1-gate/flood" in gilmok("alarms", "list", "yangjae.db").out


def test_maintenance_that_is_over_is_not_shown(gilmok, flooded, clock):
    assert "p2-gate/maintenance" in gilmok("alarms", "list", flooded).out
    clock["ms"] = T0 + 5000 + 3_600_000
    assert "p2-gate/maintenance" not in gilmok("alarms", "list", flooded).out


def test_what_a_node_sends_cannot_move_the_cursor(gilmok, flooded, tmp_path):
    with open_scene(tmp_path) as store:
        store.alarms.append([event(9, "flood\x1b[2J", "raise\x1b", "unacknowledged", 4, 1.0, 1.0, "\x1bm")])
    for args in (("list", flooded), ("list", flooded, "--all")):
        assert "\x1b" not in gilmok("alarms", *args).out


RULE = """
[node.p1-gate.rule.flood]
watch = "river.distance"
alert = { below = "1.80 m", clear = "2.00 m", for = "30 s" }
response = { ko = "차량 대피 방송", en = "Announce evacuation" }
call = "119"
act_within = "10 min"
"""


def test_what_is_to_be_done_is_shown_with_an_alarm_even_before_it_ever_came(gilmok, flooded, lang):
    with open(flooded, "a", encoding="utf-8") as file:
        file.write(RULE)
    for shown in (gilmok("alarms", "show", flooded, "p1-gate/flood").out, gilmok("alarms", "show", flooded, "p1-gate/river-health").out):
        do = "조치    차량 대피 방송" if lang == "ko" else "do        Announce evacuation"
        assert (do in shown) == ("119" in shown) == ("river.distance" in shown)
    assert ("정상입니다" if lang == "ko" else "it is at rest") in shown


def test_a_threshold_set_from_here_goes_to_its_node_and_comes_back(gilmok, site, tmp_path, clock):
    fill_store(tmp_path)
    with open(site, "a", encoding="utf-8") as file:
        file.write(RULE)

    def sent():
        with open_scene(tmp_path) as store:
            commands = store.commands.named("rule")
        return [(each.device, each.author, cbor.decode(each.parameters[0])[4][0][2:5]) for each in commands]

    assert sent() == []
    result = gilmok("set", site, "node.p1-gate.rule.flood.alert.below", "1.60 m", "--for", "2h", "--author", "kim")
    assert (result.code, result.err) == (0, "") and "p1-gate/flood" in result.out
    assert sent() == [(P1, "kim", [1600, 2000, 30_000])]
    assert gilmok("set", site, "node.p1-gate.health", "5 min", "--author", "kim").code == 0
    assert len(sent()) == 1
    assert "p1-gate/flood" in gilmok("unset", site, "node.p1-gate.rule.flood.alert.below", "--author", "lee").out
    assert sent()[1:] == [(P1, "lee", [1800, 2000, 30_000])]
