"""A good site file, from text to object, table and JSON, and the README that shows it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from gate_cases import GATES
from gilmok_site import Site, SiteError, check, load_site, parse_site
from site_cases import EXAMPLE, FILE
from site_drivers import catalogue_of_tests
from site_snapshots import GOLDEN, check_sections

README = Path(check.__file__).with_name("README.md").read_text(encoding="utf-8")


@pytest.fixture
def site():
    return parse_site(EXAMPLE, FILE)


def test_what_the_file_says(site):
    assert site.id == "yangjae"
    assert site.about.name.text("ko") == "양재천 둔치주차장"
    assert list(site.node) == ["p1-gate", "p2-gate", "air-01", "bridge-n"]
    river = site.node["p1-gate"].sensor["river"]
    assert (river.driver, river.uart, river.every_ms, river.max_age_ms, river.urgent) == (
        "a02yyuw",
        1,
        10_000,
        30_000,
        True,
    )
    assert site.node["p1-gate"].position == [37.4702, 127.0384]
    assert site.node["air-01"].health_ms == 300_000
    assert site.node["air-01"].sensor["air"].options == {"osrs_p": 4}
    assert site.link_target_of("air-01").baud == 115_200
    assert site.link_target_of("p2-gate") is None


def test_devices_are_given_or_derived(site):
    assert site.device_of("p2-gate") == 0x7F3A
    assert site.device_of("p1-gate") == 0xC268
    assert site.node_of(0x7F3A) == "p2-gate"
    assert site.node_of(1) is None


def test_paths_count_from_the_site_file(tmp_path):
    path = tmp_path / FILE
    path.write_text(EXAMPLE, encoding="utf-8")
    site = load_site(path)
    assert site.sqlite_path == tmp_path / "yangjae.db"
    assert site.keys_path == tmp_path / "yangjae.keys.toml"
    moved = EXAMPLE.replace('id = "yangjae"', 'id = "yangjae"\nkeys = "secrets/k.toml"').replace("sqlite:", "sqlite:/srv/")
    path.write_text(moved, encoding="utf-8")
    site = load_site(str(path))
    assert site.sqlite_path == Path("/srv/yangjae.db")
    assert site.keys_path == tmp_path / "secrets" / "k.toml"


def test_postgresql_has_no_file():
    site = parse_site(EXAMPLE.replace('"sqlite:yangjae.db"', '"postgresql://me@db/gilmok"'), FILE)
    assert site.sqlite_path is None


def test_names_in_one_language():
    text = EXAMPLE.replace('name = "Air 01"', 'name = { en = "Air 01" }')
    assert parse_site(text).node["air-01"].name.text("ko") == "Air 01"


@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_files_of_windows_editors(tmp_path, site, change):
    path = tmp_path / FILE
    path.write_bytes(change(EXAMPLE).encode())
    assert load_site(path).model_dump() == site.model_dump()


def test_json_says_the_same(site):
    data = json.loads(json.dumps(site.model_dump(mode="json", by_alias=True, exclude_none=True)))
    assert Site.model_validate(data).model_dump() == site.model_dump()
    assert data["node"]["bridge-n"]["sensor"]["deck"] == {
        **{"driver": "adxl355", "every": "1 s", "max_age": "30 s", "urgent": False},
        **{"spi": 2, "cs": 4, "sample_ms": 4},
    }


def test_json_schema_can_be_made():
    schema = Site.model_json_schema()
    assert schema["$defs"]["Node"]["properties"]["health"]["type"] == "string"


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_report(site, lang):
    empty = parse_site(EXAMPLE + '\n[node.new]\nboard = "sim"\n', FILE)
    sections = {"example": check.report(site, lang), "node without sensors": check.report(empty, lang)}
    with catalogue_of_tests():
        sections["rules and outputs"] = check.report(parse_site(GATES, "gates.toml"), lang)
    check_sections(f"report.{lang}.txt", sections)


def test_main_prints_the_table(site):
    printed = []
    assert check.main(GOLDEN / FILE, "en", printed.append) == 0
    assert printed == [check.report(site, "en")]


def test_check_of_a_site_without_a_file():
    data = {
        "site": {"id": "a", "name": "A", "timezone": "UTC"},
        "store": {"url": "sqlite:a.db"},
        "node": {"n": {"board": "simm"}},
    }
    (problem,) = check.check(Site.model_validate(data))
    assert problem.text("en") == 'site.toml  node.n.board\n  unknown board "simm"; did you mean "sim"?'


def test_readme_shows_the_example_and_its_table(site):
    assert f"```toml\n{EXAMPLE}```" in README
    assert f"```\n{check.report(site, 'en')}\n```" in README


def test_readme_shows_a_real_problem():
    lines = EXAMPLE.split("\n")
    number = lines.index('every = "10 s"') + 1
    with pytest.raises(SiteError) as refused:
        parse_site(EXAMPLE.replace('every = "10 s"', 'evry = "10 s"', 1), FILE)
    assert refused.value.text("en").startswith(f"yangjae.toml:{number}  ")
    assert refused.value.text("en") in README


def test_import_is_cheap():
    code = "import sys, gilmok_site; print(sorted({'pydantic', 'cbor2', 'tomllib', 'serial'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
