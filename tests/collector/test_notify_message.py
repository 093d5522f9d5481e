"""What a notice says, in both languages: what happened, why, what to do, and when."""

import json

import pytest
from gilmok_collector.notify.message import compose, explain, subject_of, text_of
from support.alarm_site import NOW_MS, alarm, site_of

MORE = """
[area.riverside]
name = { ko = "둔치", en = "Riverside" }
[rule.flood]
name = { ko = "둔치 침수", en = "Flood" }
votes = 2
of = ["p1-gate/flood", "p2-gate/flood"]
response = { ko = "차량 대피", en = "Move the cars" }
call = "119"
act_within = "30 min"
"""


@pytest.fixture
def site(tmp_path):
    return site_of(tmp_path, MORE, node_more='area = "riverside"')


def own(rule, node="area.riverside", **more):
    return alarm(1, node=node, rule=rule, device=None, log=None, stream=None, seq=None, **more)


def test_what_is_said_of_a_vote(site):
    event = own("flood", "site.yangjae", value=2.0, limit=2.0, facts={"members": ["p1-gate/flood", "p2-gate/flood"]}, level=4)
    assert text_of(event, site, "en").splitlines() == [
        "[serious] Yangjae riverside car park, Flood: raised",
        "2 ≥ 2 of: p1-gate/flood, p2-gate/flood",
        "Do: Move the cars",
        "Call: 119",
        "Within: 30 min",
        "2027-01-15 17:00:00 KST",
        "Yangjae riverside car park",
    ]
    assert text_of(event, site, "ko").splitlines()[2:5] == ["조치: 차량 대피", "연락: 119", "시한: 30분"]
    assert "119" not in text_of(own("flood", "site.yangjae", event="clear", level=0), site, "en")


def test_what_is_said_of_silence(site):
    place = own("watch.silence", value=30.0, limit=30.0, facts={"kind": "place", "members": [f"n{n:02}" for n in range(30)]})
    assert subject_of(place, site, "ko", 2) == "[경계] 구역 둔치, 신호 없음: 발생 (3)"
    assert explain(place, site, "en") == "30 of 30 nodes silent: n00, n01, n02, n03, n04, n05, n06, n07, …"
    node = own("watch.silence", "p1-gate", value=121.0, limit=120.0, unit="s", level=2, facts={"kind": "silence"})
    assert explain(node, site, "en") == "nothing heard for 121 s; 120 s are usual at most"
    assert explain(node, site, "ko") == "121 s 동안 수신 없음, 평소 최대 120 s"


def test_what_is_said_of_clocks_and_backlogs(site):
    def said(lang, kind, **more):
        return explain(own("watch.x", "p1-gate", level=1, facts={"kind": kind}, **more), site, lang)

    assert said("en", "undated") == "records cannot be dated"
    assert said("en", "unsure", value=20.0, limit=10.0, unit="s") == "records dated to 20 s only; the limit is 10 s"
    assert said("ko", "backlog", value=1500.0, limit=20.0) == "밀린 기록 1500건, 이전 20건"


def test_a_node_of_later_releases_is_told_as_it_is(site):
    event = alarm(1, "#20", "#9", 7, node="9f00", rule="#00001234", unix_ms=None)
    assert subject_of(event, site, "en") == "[serious] 9f00, #00001234: #20"
    assert "(수신 시각)" in text_of(event, site, "ko")


def test_the_body_is_whole(site):
    body = json.loads(compose(alarm(1, value=1.43, limit=1.2, unit="m"), site, "en", "key", 0))
    assert (body["id"], body["alarm"], body["event"], body["level"], body["value"]) == ("key", "p1-gate/flood", "raise", 3, 1.43)
    assert body["time"] == "2027-01-15T08:00:00.000+00:00"
    assert NOW_MS == 1_800_000_000_000
