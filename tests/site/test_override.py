"""Overrides over a site's files: what they change, what they may not, and how a problem names them."""

import pytest
from gilmok_site import SiteError, load_site
from gilmok_site.errors import BadValue
from gilmok_site.override import WITHDRAWN, parse_override_key, parse_override_value
from gilmok_site.tables import Name
from override_cases import NOW_MS, override, write_files
from site_snapshots import check_sections

RIVER = "node.gate.sensor.river.every"

REFUSED = {
    "a value that cannot be": (RIVER, "10"),
    "too often for the driver": (RIVER, "1 ms"),
    "an unknown key": ("node.gate.sensor.river.evry", "5 s"),
    "a sensor that is not there": ("node.gate.sensor.rivr.every", "5 s"),
    "a node that is not there": ("node.p9.health", "5 min"),
    "a table that would make a node": ("node.p9", '{ board = "sim" }'),
    "a store elsewhere": ("store.url", "sqlite:other.db"),
    "another device": ("node.w1.device", '"7f3a"'),
    "another inventory": ("site.inventory", "other.csv"),
    "a conflict with the file": ("node.gate.sensor.river.uart", "7"),
}


@pytest.fixture
def canal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    return "canal.toml"


def load(path, *overrides, now_ms=NOW_MS):
    return load_site(path, overrides, now_ms)


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        (RIVER, "5 s", lambda site: site.node["gate"].sensor["river"].every_ms == 5000),
        ("node.air.sensor.dust.max_age", '"5 min"', lambda site: site.node["air"].sensor["dust"].max_age_ms == 300_000),
        ("node.base.health", "20 min", lambda site: site.node["base"].health_ms == 1_200_000),
        (
            "node.w1.sensor.river.every",
            "20 s",
            lambda site: [site.node[n].sensor["river"].every_ms for n in ("w1", "w2")] == [20_000, 10_000],
        ),
        (
            "node.w1.sensor.river.height",
            "4 m",
            lambda site: [site.node[n].sensor["river"].height for n in ("w1", "w2")] == ["4 m", "2.5 m"],
        ),
        (
            "template.gauge.sensor.river.every",
            "20 s",
            lambda site: [site.node[n].sensor["river"].every_ms for n in ("w1", "w2")] == [20_000] * 2,
        ),
        ("node.gate.sensor.air.address", "0x77", lambda site: site.node["gate"].sensor["air"].address == 0x77),
        ("node.gate.name", '{ ko = "수문" }', lambda site: site.node["gate"].name == Name(ko="수문")),
        ("node.gate.sensor.river.urgent", "true", lambda site: site.node["gate"].sensor["river"].urgent),
    ],
)
def test_an_override_lies_over_every_file(canal, key, value, read):
    assert not read(load(canal))
    assert read(load(canal, override(key, value)))


def test_one_that_expired_or_was_withdrawn_does_not_count(canal):
    lent = override(RIVER, "5 s", expires_ms=NOW_MS + 1)
    assert load(canal, lent).node["gate"].sensor["river"].every_ms == 5000
    assert load(canal, lent, now_ms=NOW_MS + 1).node["gate"].sensor["river"].every_ms == 10_000
    withdrawn = override(RIVER, "5 s", 2)._replace(state=WITHDRAWN)
    assert load(canal, override(RIVER, "5 s"), withdrawn).node["gate"].sensor["river"].every_ms == 10_000


def test_the_later_of_two_that_overlap_wins(canal):
    table = override("node.gate.sensor.air", '{ every = "2 min", max_age = "3 min" }', 1)
    one = override("node.gate.sensor.air.every", "4 min", 2)
    air = load(canal, one, table).node["gate"].sensor["air"]
    assert (air.every_ms, air.max_age_ms) == (240_000, 180_000)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_problem_names_who_set_it_and_when(canal, lang):
    said = {}
    for name, (key, value) in REFUSED.items():
        try:
            load(canal, override(key, value))
        except SiteError as error:
            said[name] = error.text(lang)
        else:
            said[name] = "allowed"
    check_sections(f"override.{lang}.txt", said)


def test_a_key_is_kept_as_toml_writes_it():
    assert parse_override_key('node."p1-gate" . health') == "node.p1-gate.health"
    for text in ("", "node", "node.", "node.p1 health", "node.p1=3", "[node.p1]", "node..p1"):
        with pytest.raises(BadValue) as refused:
            parse_override_key(text)
        assert refused.value.code == "override_key"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("5 s", '"5 s"'),
        ('"5 s"', '"5 s"'),
        ("5", "5"),
        ("0x77", "0x77"),
        ("true", "true"),
        ("[1, 2]", "[1, 2]"),
        ('a "b"\\', '"a \\"b\\"\\\\"'),
    ],
)
def test_a_value_without_quotes_is_text(text, kept):
    assert parse_override_value(text) == kept


@pytest.mark.parametrize("text", ["", " ", "5\nevil = 1", "\x1b[31m"])
def test_what_is_no_value(text):
    with pytest.raises(BadValue) as refused:
        parse_override_value(text)
    assert refused.value.code == "override_value"


def test_a_value_with_a_comment_is_text():
    assert parse_override_value("5 # five") == '"5 # five"'
    assert parse_override_value('"a # b"') == '"a # b"'
