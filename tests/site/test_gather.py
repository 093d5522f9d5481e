"""A site of several files: profile, included files, an inventory of nodes; every problem is named where it stands."""

import re

import pytest
from gilmok_site import SiteError, gather, load_site
from gilmok_site.messages import MESSAGES
from site_drivers import catalogue_of_tests
from site_snapshots import check_sections

MAIN = """\
[site]
id = "canal"
name = "Canal"
timezone = "Asia/Seoul"
extends = "quiet"
include = ["nodes/*.toml", "links.toml"]
inventory = "nodes.csv"

[store]
url = "sqlite:canal.db"

[template.gauge]
board = "sim"
datum = { name = "EL.m" }
sensor.river = { driver = "a02yyuw", uart = 1, every = "10 s" }
sensor.air = { driver = "bme280", i2c = 0, every = "1 min" }
"""
LINKS = """\
[link.usb]
url = "serial:/dev/ttyUSB0"
"""
ONE = """\
[node.one]
board = "sim"

[node.one.sensor.dust]
driver = "pms5003"
uart = 2
every = "1 min"
"""
PROFILE = """\
# A profile for tests.
[site]
region = "KR920"
timezone = "UTC"

[node.base]
board = "sim"
health = "10 min"
"""
CELLS = """\
node,template,device,link,latitude,longitude,height,name.ko,sensor.river.serial,sensor.air.address
w1,gauge,7f3a,usb,37.1,127.1,3.20 m,첫째,A-1,0x77
w2,gauge,,,37.2,127.2,"2.5 m",둘째,A-2,

w3,gauge,,,,,,,,
"""
FILES = {"canal.toml": MAIN, "links.toml": LINKS, "nodes/one.toml": ONE, "nodes.csv": CELLS}
TWO_DISTANCES = 'sensor.b = { driver = "a02yyuw", uart = 2'

# name: (file, what stands there, what stands there instead)
CHANGES = {
    "a file that is not there": ("canal.toml", '"links.toml"', '"link.toml"'),
    "a file that is not there, and none like it": ("canal.toml", '"links.toml"', '"x/**y"'),
    "a path of the computer": ("canal.toml", '"links.toml"', '"/etc/*"'),
    "a file that includes its includer": ("nodes/one.toml", ONE, '[site]\ninclude = ["../canal.toml"]\n'),
    "a file that extends itself": ("canal.toml", '"quiet"', '"canal.toml"'),
    "an included file that is no TOML": ("nodes/one.toml", "uart = 2", "uart = "),
    "an included file of Korean Windows": ("links.toml", LINKS, "# 링크".encode("cp949")),
    "a key in two included files": ("links.toml", LINKS, LINKS + '[node.one]\nboard = "sim"\n'),
    "a key in an included file and here": ("links.toml", LINKS, LINKS + '[store]\nurl = "sqlite:b.db"\n'),
    "no list of files": ("canal.toml", 'include = ["nodes/*.toml", "links.toml"]', 'include = "links.toml"'),
    "a mistake in an included file": ("nodes/one.toml", "every", "evry"),
    "a mistake in a profile": ("profiles/quiet.toml", "10 min", "10 minutes"),
    "a mistake in a template, of three nodes": ("canal.toml", 'every = "10 s"', 'every = "100 ms"'),
    "a key missing in a template": ("canal.toml", 'board = "sim"\n', ""),
    "a conflict between two files": ("nodes/one.toml", "[node.one]", '[link.two]\nurl = "serial:/dev/ttyUSB0"\n[node.one]'),
    "a conflict with another file": ("nodes/one.toml", 'board = "sim"', 'board = "sim"\ndevice = "7f3a"'),
    "no such profile": ("canal.toml", '"quiet"', '"quite"'),
    "no such profile, and none like it": ("canal.toml", '"quiet"', '"loud"'),
    "a profile that is a file, and missing": ("canal.toml", '"quiet"', '"../quiet.toml"'),
    "a profile of a number": ("canal.toml", '"quiet"', "3"),
    "no such template": ("nodes.csv", "w2,gauge", "w2,guage"),
    "no such template, and none like it": ("nodes.csv", "w2,gauge", "w2,weir"),
    "a template that is no table": ("canal.toml", MAIN[MAIN.index("[template") :], '[template]\ngauge = "sim"\n'),
    "a node of no template": ("nodes/one.toml", 'board = "sim"', 'template = "weir"'),
    "no such inventory": ("canal.toml", '"nodes.csv"', '"node.csv"'),
    "an inventory of Korean Windows": ("nodes.csv", CELLS, CELLS.encode("cp949")),
    "an inventory without a header": ("nodes.csv", CELLS, "w1,gauge\nw2,gauge\n"),
    "an empty inventory": ("nodes.csv", CELLS, ""),
    "an inventory with a broken cell": ("nodes.csv", "첫째", "x" * 200_000),
    "a column nobody knows": ("nodes.csv", "latitude", "lattitude"),
    "a column nobody knows, and none like it": ("nodes.csv", "latitude", "위도"),
    "a row without a node": ("nodes.csv", "w2,gauge", ",gauge"),
    "a row twice": ("nodes.csv", "w2,gauge", "w1,gauge"),
    "a row with too many cells": ("nodes.csv", "A-2,", "A-2,,,x"),
    "a device that is none": ("nodes.csv", "7f3a", "7f3"),
    "a link that is none": ("nodes.csv", ",usb,", ",usd,"),
    "a latitude that is none": ("nodes.csv", "37.1", "N37"),
    "a latitude alone": ("nodes.csv", "127.2", ""),
    "a height that is none": ("nodes.csv", "3.20 m", "3.20"),
    "a height of no sensor": ("canal.toml", 'driver = "a02yyuw", uart = 1', 'driver = "nmea", uart = 1'),
    "a height of two sensors": ("canal.toml", 'sensor.air = { driver = "bme280", i2c = 0', TWO_DISTANCES),
    "an address that is none": ("nodes.csv", "0x77", "high"),
    "an address of another chip": ("nodes.csv", "0x77", "0x50"),
    "a name that is none": ("nodes.csv", "w3,", "W3,"),
    "a column of a sensor that is none": ("nodes.csv", "sensor.air.address", "sensor.wind.address"),
}


def write(folder, changes):
    for name, text in {**FILES, **changes}.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.chdir(site)
    monkeypatch.setattr(gather, "PROFILES", tmp_path / "profiles")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "quiet.toml").write_text(PROFILE, encoding="utf-8")
    with catalogue_of_tests():
        yield site


def changed(name):
    file, old, new = CHANGES[name]
    text = {**FILES, "profiles/quiet.toml": PROFILE}[file]
    assert text.count(old) == 1, name
    return {file: new if isinstance(new, bytes) else text.replace(old, new)}


def error_of(name, folder):
    change = changed(name)
    profile = change.pop("profiles/quiet.toml", PROFILE)
    (folder.parent / "profiles" / "quiet.toml").write_text(profile, encoding="utf-8")
    write(folder, change)
    with pytest.raises(SiteError) as refused:
        load_site("canal.toml")
    return refused.value


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_messages(folder, lang):
    texts = {name: error_of(name, folder).text(lang).replace(str(folder.parent), "…") for name in CHANGES}
    check_sections(f"several.{lang}.txt", texts)


def test_every_message_is_met(folder):
    met = {problem.code for name in CHANGES for problem in error_of(name, folder).problems}
    own = {code.removesuffix(".near") for code in MESSAGES if re.match("profile|include_|template|csv_|cp949", code)}
    assert own <= met


def test_all_files_make_one_site(folder):
    write(folder, {})
    site = load_site("canal.toml")
    assert list(site.node) == ["base", "w1", "w2", "w3", "one"]
    assert (site.about.region, site.about.timezone) == ("KR920", "Asia/Seoul")
    assert site.device_of("w1") == 0x7F3A
    assert site.node["w1"].position == [37.1, 127.1]
    assert site.node["w1"].name.ko == "첫째"
    heights = {name: node.sensor["river"].height for name, node in site.node.items() if "river" in node.sensor}
    assert heights == {"w1": "3.20 m", "w2": "2.5 m", "w3": None}
    assert (site.node["w1"].sensor["air"].address, site.node["w2"].sensor["air"].address) == (0x77, None)
    assert site.node["w2"].sensor["river"].serial == "A-2"
    assert site.node["base"].health_ms == 600_000
    assert site.link_target_of("w1").port == "/dev/ttyUSB0"
    assert site.source.file == "canal.toml"


def test_what_is_nearer_goes_before(folder):
    """File over profile, node over row over template: table by table, key by key."""
    node = '[node.base]\nhealth = "5 min"\n[node.w1]\nlink = "usb"\nsensor.air.address = 0x76\n'
    write(folder, {"canal.toml": MAIN + node})
    site = load_site("canal.toml")
    assert (site.node["base"].health_ms, site.node["base"].board) == (300_000, "sim")
    assert site.node["w1"].sensor["air"].address == 0x76
    assert site.node["w1"].sensor["river"].every_ms == 10_000


def test_a_node_of_the_file_may_have_a_template(folder):
    write(folder, {"canal.toml": MAIN + '[node.more]\ntemplate = "gauge"\nsensor.river.every = "1 s"\n'})
    river = load_site("canal.toml").node["more"].sensor["river"]
    assert (river.uart, river.every_ms) == (1, 1000)


def test_a_profile_may_be_a_file_of_ones_own(folder):
    write(folder, {"canal.toml": MAIN.replace('"quiet"', '"ours.toml"'), "ours.toml": PROFILE.replace("base", "ours")})
    assert "ours" in load_site("canal.toml").node


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_inventories_of_any_spreadsheet(folder, delimiter, end, mark):
    text = mark + CELLS.replace(",", delimiter).replace("\n", end)
    write(folder, {"nodes.csv": text})
    assert load_site("canal.toml").node["w2"].position == [37.2, 127.2]


def test_rows_are_counted_as_lines(folder):
    """A cell may hold a line end; what follows stands one line lower all the same."""
    write(folder, {"nodes.csv": CELLS.replace("첫째", '"첫\n째"').replace("w3,gauge", "w3,guage")})
    with pytest.raises(SiteError) as refused:
        load_site("canal.toml")
    assert refused.value.text("en").startswith("nodes.csv:6:template  node.w3.template\n")


def test_a_file_named_twice_is_read_once(folder):
    write(folder, {"canal.toml": MAIN.replace('"links.toml"]', '"links.toml", "link*.toml"]')})
    assert len(load_site("canal.toml").link) == 1


def test_a_thousand_nodes_are_no_burden(folder):
    """The mistake of one of many is still found among all their places."""
    rows = "".join(f"n{number},gauge,{number:04x},usb,37,127,3 m,,,\n" for number in range(1, 1001))
    write(folder, {"nodes.csv": CELLS.splitlines()[0] + "\n" + rows + "last,gauge,f000,usd,37,127,3 m,,,\n"})
    with pytest.raises(SiteError) as refused:
        load_site("canal.toml")
    assert [problem.line for problem in refused.value.problems] == [1002]
