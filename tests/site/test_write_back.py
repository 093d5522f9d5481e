"""Overrides written into the files: the site stays the same, and everything a person wrote stays where it was."""

import difflib
import os
import sys
from contextlib import closing

import pytest
from gilmok_collector.store import open_store
from gilmok_site import SiteError, load_site
from gilmok_site.override import parse_override_key
from gilmok_site.write_back import _values, draft_files, replace_files
from hypothesis import given, settings
from hypothesis import strategies as st
from override_cases import FILES, MAIN, NOW_MS, override, write_files
from site_snapshots import check_sections

RIVER = "node.gate.sensor.river.every"
REPORT = '{ change = { temperature = "1 Cel" }, heartbeat = "10 min" }'

# name: what is set, and the file that says it afterwards
HOMES = {
    "a value in the file": (RIVER, "5 s", "canal.toml"),
    "a key the table lacks": ("node.gate.sensor.river.max_age", "2 min", "canal.toml"),
    "a table the sensor lacks": ("node.gate.sensor.air.report", REPORT, "canal.toml"),
    "a value in an included file": ("node.air.sensor.dust.every", "2 min", "nodes/air.toml"),
    "a key a table of an included file lacks": ("node.air.health", "5 min", "nodes/air.toml"),
    "a value of a profile": ("node.base.health", "20 min", "canal.toml"),
    "a cell of the inventory": ("node.w1.sensor.river.height", "4 m", "canal.toml"),
    "one node of a template": ("node.w2.sensor.river.every", "20 s", "canal.toml"),
    "the template itself": ("template.gauge.sensor.river.every", "20 s", "canal.toml"),
    "a name in two languages": ("site.name", '{ ko = "운하", en = "Canal" }', "canal.toml"),
    "a number as it was typed": ("node.gate.sensor.air.address", "0x77", "canal.toml"),
}


@pytest.fixture
def canal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    return "canal.toml"


@pytest.mark.parametrize("name", HOMES)
def test_the_site_stays_the_same(canal, name):
    key, value, home = HOMES[name]
    one = override(key, value)
    effective = load_site(canal, [one], NOW_MS)
    drafts = draft_files(canal, [one])
    assert [draft.file for draft in drafts] == [home]
    replace_files(drafts)
    assert _values(load_site(canal)) == _values(effective)
    assert _values(load_site(canal)) != {}


def test_what_a_person_sees_of_it(canal):
    said = {}
    for name, (key, value, _) in HOMES.items():
        (draft,) = draft_files(canal, [override(key, value)])
        lines = difflib.unified_diff(draft.before.splitlines(), draft.after.splitlines(), draft.file, draft.file, n=1, lineterm="")
        said[name] = "\n".join(lines)
    check_sections("write_back.txt", said)


VALUES = {
    "node.gate.sensor.river.every": st.integers(1, 3600).map('"{} s"'.format),
    "node.gate.sensor.river.max_age": st.integers(1, 600).map('"{} s"'.format),
    "node.gate.sensor.river.urgent": st.sampled_from(["true", "false"]),
    "node.gate.sensor.river.serial": st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=8)
    .filter(lambda text: text.isprintable())
    .map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    "node.gate.sensor.air.osrs_p": st.sampled_from(["1", "2", "4", "8"]),
    "node.gate.sensor.air.address": st.sampled_from(["0x76", "0x77", "118"]),
    "node.gate.name": st.sampled_from(['"Gate"', '{ ko = "수문" }', '{ ko = "수문", en = "Gate" }']),
    "node.gate.health": st.integers(1, 600).map('"{} min"'.format),
    "node.air.sensor.dust.every": st.integers(1, 600).map('"{} min"'.format),
    "node.air.sensor.dust.max_age": st.integers(1, 600).map('"{} min"'.format),
    "node.air.position": st.sampled_from(["[37.5, 127.0]", "[37, 127.5]"]),
    "node.base.health": st.integers(1, 600).map('"{} min"'.format),
    "node.w1.sensor.river.every": st.integers(1, 3600).map('"{} s"'.format),
    "node.w1.sensor.river.height": st.integers(1, 20).map('"{} m"'.format),
    "node.w2.name.en": st.sampled_from(['"Weir"', '"두 번째"']),
    "node.w2.datum": st.sampled_from(['{ name = "EL.m" }', '{ name = "Incheon", elevation = "3 m" }']),
    "template.gauge.sensor.river.every": st.integers(1, 3600).map('"{} s"'.format),
    "template.gauge.health": st.integers(1, 600).map('"{} min"'.format),
    "site.region": st.just('"KR920"'),
    "site.name.ko": st.just('"운하"'),
}


@given(
    chosen=st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6, unique=True).flatmap(
        lambda keys: st.tuples(*(st.tuples(st.just(key), VALUES[key]) for key in keys))
    ),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_writing_back_changes_the_files_and_not_the_site(tmp_path_factory, chosen, line_end):
    folder = tmp_path_factory.mktemp("canal")
    path = str(write_files(folder))
    for name, text in FILES.items():
        (folder / name).write_bytes(text.replace("\n", line_end).encode())
    with closing(open_store(f"sqlite:{folder}/canal.db")) as store:
        for key, value in chosen:
            store.intended.set_override(key, value, "kim", NOW_MS)
        overrides = store.intended.overrides(NOW_MS)
        effective = load_site(path, overrides, NOW_MS)
        replace_files(draft_files(path, overrides))
        store.intended.mark_written(overrides, "kim", NOW_MS)
        assert store.intended.overrides(NOW_MS) == []
        assert _values(load_site(path, store.intended.history(), NOW_MS)) == _values(load_site(path)) == _values(effective)
    for name, text in FILES.items():
        after = (folder / name).read_bytes().decode()
        assert after.count("\n") == after.count(line_end)
        removed = [line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line.startswith("- ")]
        assert len(removed) <= len(chosen)
        assert [line for line in after.splitlines() if line.startswith("#")] == [line for line in text.splitlines() if line.startswith("#")]


def test_a_part_of_them_leaves_the_rest_lying_over_the_file(canal):
    one, other = override(RIVER, "5 s", 1), override("node.gate.health", "5 min", 2)
    effective = load_site(canal, [one, other], NOW_MS)
    replace_files(draft_files(canal, [one], [other]))
    assert load_site(canal).node["gate"].health_ms == 60_000
    assert _values(load_site(canal, [other], NOW_MS)) == _values(effective)


def test_a_backup_stands_beside_with_the_file_as_it_was(canal, tmp_path):
    (tmp_path / "canal.toml").chmod(0o640)
    backups = replace_files(draft_files(canal, [override(RIVER, "5 s")]))
    assert [path.name for path in backups] == ["canal.toml.bak"]
    assert backups[0].read_text(encoding="utf-8") == MAIN
    assert sorted(path.name for path in tmp_path.iterdir()) == ["canal.toml", "canal.toml.bak", "nodes", "nodes.csv", "ours.toml"]
    if os.name == "posix":
        assert (tmp_path / "canal.toml").stat().st_mode & 0o777 == 0o640


def test_a_backup_is_no_part_of_the_site(canal, tmp_path):
    (tmp_path / "canal.toml").write_text(MAIN.replace("nodes/*.toml", "nodes/*"), encoding="utf-8")
    replace_files(draft_files(canal, [override("node.air.health", "5 min")]))
    assert (tmp_path / "nodes" / "air.toml.bak").exists()
    assert load_site(canal).node["air"].health_ms == 300_000


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_the_file_stays_one(canal, tmp_path):
    (tmp_path / "here.toml").symlink_to("canal.toml")
    replace_files(draft_files("here.toml", [override(RIVER, "5 s")]))
    assert (tmp_path / "here.toml").is_symlink()
    assert '"5 s"' in (tmp_path / "canal.toml").read_text(encoding="utf-8")


def test_a_byte_order_mark_stays(canal, tmp_path):
    (tmp_path / "canal.toml").write_bytes(b"\xef\xbb\xbf" + MAIN.encode())
    replace_files(draft_files(canal, [override(RIVER, "5 s")]))
    assert (tmp_path / "canal.toml").read_bytes()[:4] == b"\xef\xbb\xbf#"


def refusal(call, *args):
    with pytest.raises(SiteError) as refused:
        call(*args)
    return refused.value


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_is_refused(canal, tmp_path, lang):
    said = {}
    drafts = draft_files(canal, [override(RIVER, "5 s"), override("node.air.health", "5 min", 2)])
    (tmp_path / "nodes" / "air.toml").write_text(FILES["nodes/air.toml"] + "# changed\n", encoding="utf-8")
    before = (tmp_path / "canal.toml").read_bytes()
    said["a file that was changed meanwhile"] = refusal(replace_files, drafts).text(lang)
    assert (tmp_path / "canal.toml").read_bytes() == before
    channels = '[[node.gate.sensor.river.channel]]\nname = "a"\nunit = "m"\nexponent = -2\n'
    modbus = MAIN.replace('driver = "a02yyuw"\nuart = 1\nevery = "10 s"  ', 'driver = "modbus"\nrs485 = 1\nunit = 1\nevery = "10 s"  ')
    text = modbus.replace("# The weather.", channels + 'register = 1\ntype = "u16"\n\n# The weather.')
    (tmp_path / "canal.toml").write_text(text, encoding="utf-8")
    other = override("node.gate.sensor.river.channel", '[{ name = "b", unit = "m", exponent = -2, register = 2, type = "u16" }]')
    assert load_site(canal, [other], NOW_MS).node["gate"].sensor["river"].channel[0].name == "b"
    said["a table of tables"] = refusal(draft_files, canal, [other]).text(lang)
    hidden, above = override(RIVER, "5 s", 1), override("node.gate.sensor.river", '{ every = "2 s" }', 2)
    said["one that another lies over"] = "written" if draft_files(canal, [hidden], [above]) else "nothing"
    said["one that lies over another"] = refusal(draft_files, canal, [override(RIVER, "5 s", 3)], [above]).text(lang)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["canal.toml", "nodes", "nodes.csv", "ours.toml"]
    check_sections(f"write_back_refused.{lang}.txt", said)


def test_a_key_in_quotes_finds_its_table(canal):
    (draft,) = draft_files(canal, [override('node."gate".health', "5 min")])
    assert parse_override_key('node."gate".health') == "node.gate.health"
    assert 'health = "5 min"' in draft.after
