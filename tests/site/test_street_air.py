"""street-air gives what Seoul's S-DoT node gives, as far as its instruments can; docs/profiles.md says so field by field."""

import csv
import re
from pathlib import Path

import pytest
from gilmok_site import parse_site
from gilmok_site.derived import columns_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["profiles.md", "profiles.ko.md"]

# As it is once it has stood beside a national station.
COLLOCATED = """
[site]
id = "here"
extends = "street-air"

[store]
url = "sqlite:here.db"

[node.air-01.sensor.dust]
slope = { pm2_5 = 0.92, pm10 = 0.95 }
"""

# Names of S-DoT's fields, and the unit of the channel that gives each; None: no instrument here does.
FIELDS = {
    **{"모델명": None, "시리얼": None, "측정시간": None},
    **{"미세먼지2.5(초미세먼지)": "ug/m3", "미세먼지10(미세먼지)": "ug/m3", "pm25 보정": "ug/m3", "pm10 보정": "ug/m3"},
    **{"기온": "Cel", "상대습도": "%", "흑구 온도": "Cel"},
    **{"풍향": "deg", "풍속": "m/s", "돌풍 풍향": "deg", "돌풍 풍속": "m/s"},
    **{"조도": "lx", "자외선": "1", "소음": "dB"},
    **{f"진동({axis}){most}": None for axis in "xyz" for most in ("", " 최대")},
}


def rows_of(page):
    """Return {field: (channel, remark)} of the page's table."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    table = text[text.index("| S-DoT ") :].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {field: (channel, remark) for field, _, channel, remark in rows}


def units():
    """Return {"node.sensor.channel": unit} of the profile."""
    site = parse_site(COLLOCATED)
    return {
        f"{name}.{sensor}.{column[0]}": column[1]
        for name, node in site.node.items()
        for sensor in node.sensor
        for column in columns_of(node, sensor)
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_field_is_in_the_table(page):
    assert set(rows_of(page)) == set(FIELDS)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_has_a_channel_or_a_reason(page, field):
    channel, remark = rows_of(page)[field]
    if FIELDS[field] is None:
        assert channel == "–"
        assert len(remark) > 5
    else:
        assert units()[channel.strip("`")] == FIELDS[field]


@pytest.mark.parametrize("page", PAGES)
def test_a_remark_names_channels_that_are(page):
    for _, remark in rows_of(page).values():
        for channel in re.findall(r"`((?:air|weather)-01\.[a-z0-9_.]+)`", remark):
            assert channel in units()


def test_both_languages_say_the_same():
    english, korean = map(rows_of, PAGES)
    assert {field: channel for field, (channel, _) in english.items()} == {field: channel for field, (channel, _) in korean.items()}


def test_the_fields_are_those_of_the_city(data_dir):
    with (data_dir / "air" / "sdot_field_dictionary.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row[0] for row in list(csv.reader(file))[1:] if row} == set(FIELDS)
