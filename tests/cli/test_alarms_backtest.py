"""`gilmok alarms backtest`: what is printed, written and refused."""

import json
import xml.etree.ElementTree as ET
from contextlib import closing

import pytest
from gilmok_collector.store import Anchor, Batch, Commit, Log, Schema, open_store
from gilmok_wire.messages import READINGS, schema_digest

SITE = """
[site]
id = "yangjae"
name = { ko = "양재천", en = "Yangjae" }
timezone = "Asia/Seoul"

[store]
url = "sqlite:yangjae.db"

[node.p1-gate]
board = "esp32-devkitc"
device = "c268"
datum = { name = "floor" }

[node.p1-gate.sensor.river]
driver = "mb7389"
uart = 1
every = "10 s"
height = "3.20 m"
report = { change = { water_level = "1 cm" }, heartbeat = "10 min" }

[node.p1-gate.sensor.air]
driver = "bme280"
i2c = 0
every = "1 min"

[node.p1-gate.rule.flood]
watch = "river.water_level"
caution = { above = "0.80 m", clear = "0.70 m", for = "30 s" }
alert = { above = "1.20 m", clear = "1.00 m", for = "30 s" }

[node.p1-gate.rule.frost]
watch = "air.temperature"
caution = { below = "0 Cel", clear = "1 Cel" }

[node.p2-gate]
board = "esp32-devkitc"
"""

# A wave: 0.2 m to 1.4 m and back within two hours, a reading every minute.
LEVELS = [0.2 + 1.2 * max(0.0, 1 - abs(minute - 60) / 50) for minute in range(121)]
ROWS = "".join(f"2026-05-01 {3 + minute // 60:02}:{minute % 60:02},{level:.3f}\n" for minute, level in enumerate(LEVELS))
MAP = ("--map", "river.water_level=level")


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yangjae.toml").write_text(SITE, encoding="utf-8")
    (tmp_path / "data.csv").write_text(f"time,level\n{ROWS}", encoding="utf-8")
    return "yangjae.toml"


def test_it_says_what_would_have_alarmed_and_how_often(gilmok, site, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    result = gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP)
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "2026-05-01 03:00:00 to 2026-05-01 05:00:00, 121 rows."
    assert "every 1 min here and every 10 s by the node" in lines[1]
    assert lines[2] == "Not judged, since the data say nothing of what they watch: air-health, frost"
    raised, risen = lines[5:7]
    assert raised.split()[:4] == ["2026-05-01", "03:35:30", "caution", "flood"]  # 0.800 m at 03:35:00
    assert "water_level 0.812 m ≥ 0.800 m for 30 s" in raised
    assert raised.endswith("53 min 50 s  1.400 m")  # 0.700 m again at 04:29:10, and below that ten seconds later
    assert risen.split()[:3] == ["2026-05-01", "03:52:10", "alert"]
    assert "2026-05  flood  alert               1" in result.out
    thresholds = next(line for line in lines if line.startswith("flood  caution"))
    assert "0.720 m: 1 ×" in thresholds and "0.880 m: 1 ×" in thresholds


def test_it_says_whether_a_forecast_came_true(gilmok, site, tmp_path):
    forecast = 'caution = { reaches = "1.40 m", within = "30 min" }'
    text = SITE.replace('caution = { above = "0.80 m", clear = "0.70 m", for = "30 s" }', forecast).replace(
        'alert = { above = "1.20 m", clear = "1.00 m", for = "30 s" }', forecast.replace("caution", "alert").replace("1.40", "1.50")
    )
    (tmp_path / "yangjae.toml").write_text(text, encoding="utf-8")
    facts = json.loads(gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP, "--json").out)
    caution, alert = facts["alarms"][0]["changes"][:2]
    # 2.4 cm a minute are 72 cm in half an hour: 1.40 m is foreseen from 0.68 m on, at minute 30, and reached at minute 60.
    assert caution["came_true"] and caution["lead_s"] == pytest.approx(1800, abs=60)
    assert (alert["came_true"], alert["lead_s"]) == (False, None)  # the wave turns at 1.40 m


def test_it_speaks_korean(gilmok, site, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "ko")
    result = gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP)
    assert "경계" in result.out and "30초 동안" in result.out and "지금 기준값" in result.out


def test_json_has_the_same_facts(gilmok, site):
    result = gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP, "--json", "--vary", "50")
    facts = json.loads(result.out)
    (alarm,) = facts["alarms"]
    assert (alarm["rule"], alarm["level"], alarm["raised"], alarm["peak"]) == ("flood", "alert", "2026-05-01T03:35:30.000+09:00", 1.4)
    assert [change["level"] for change in alarm["changes"]] == ["caution", "alert", "caution"]
    assert facts["not_judged"] == ["air-health", "frost"]
    times = {entry["level"]: {key: each["times"] for key, each in entry["percent"].items()} for entry in facts["thresholds"]}
    assert times == {"caution": {"50": 1, "100": 1, "150": 1}, "alert": {"50": 1, "100": 1, "150": 0}}


def test_the_page_is_whole_and_loads_nothing(gilmok, site, lang, tmp_path):
    result = gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP, "--html", "report.html")
    assert result.code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    root = ET.fromstring(
        page.replace("<!doctype html>", "").replace('<meta charset="utf-8">', "").replace('content="width=device-width">', 'content="w"/>')
    )
    (picture,) = root.iter("svg")
    assert len([each for each in picture.iter("rect") if each.find("title") is not None]) == 3  # caution, alert, caution
    assert "http" not in page and "<script" not in page
    assert ("경계" if lang == "ko" else "alert") in page


def test_a_name_from_a_file_cannot_become_markup(gilmok, site, tmp_path):
    (tmp_path / "<b>.csv").write_text(f"time,level\n{ROWS}", encoding="utf-8")
    gilmok("alarms", "backtest", site, "--data", "<b>.csv", *MAP, "--html", "report.html")
    assert "<b>.csv" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_picture_is_written_where_matplotlib_is(gilmok, site, tmp_path):
    pytest.importorskip("matplotlib")
    assert gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP, "--png", "plot.png").code == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_it_says_what_to_install(gilmok, site, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    result = gilmok("alarms", "backtest", site, "--data", "data.csv", *MAP, "--png", "plot.png")
    assert result.code == 1 and "gilmok[plot]" in result.err


def test_the_sites_own_store_is_a_history(gilmok, site, tmp_path):
    info = ("river", READINGS, (("distance", "m", -3), ("water_level", "m", -3)))
    start_ms = 1_777_573_800_000  # 2026-05-01T03:30:00+09:00
    levels = [200, 700, 900, 1300, 1310, 900, 200]
    with closing(open_store(f"sqlite:{tmp_path / 'yangjae.db'}", 7, now=lambda: 1_777_000_000)) as store:
        commit = Commit(logs=[Log(0xC268, 1, 0, 1, "0.1.0", b"conf")])
        commit.schemas = [Schema(0xC268, 1, 0, schema_digest(*info), info[0], info[1], list(info[2]))]
        commit.anchors = [Anchor(0xC268, 1, 1, 0, start_ms, 20)]
        columns = [[3200 - level for level in levels], levels]
        commit.batches = [Batch(0xC268, 1, 0, 0, len(levels), 1, 0, None, 60_000, columns, start_ms)]
        store.commit(commit)
    result = gilmok("alarms", "backtest", site, "--data", "store", "--json")
    (alarm,) = json.loads(result.out)["alarms"]
    # Only changes are recorded, so a value stands until the next: 0.9 m from 03:32:00 on is caution after 30 s.
    assert (alarm["raised"], alarm["level"]) == ("2026-05-01T03:32:30.000+09:00", "alert")
    assert alarm["cleared"] == "2026-05-01T03:36:00.000+09:00"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--data", "none.csv"), "none.csv"),
        (("--data", "data.csv"), "--map river.water_level=level"),
        (("--data", "data.csv", "--node", "p3"), "p1-gate, p2-gate"),
        (("--data", "data.csv", "--node", "p2-gate"), "p2-gate"),
        (("--data", "data.csv", "--map", "air.humidity=level:%"), "river.water_level"),
        (("--data", "data.csv", *MAP, "--timezone", "Mars"), "--timezone"),
        (("--data", "data.csv", *MAP, "--from", "soon"), "--from"),
        (("--data", "data.csv", *MAP, "--html", "no/where.html"), "no"),
        (("--data", "data.csv", *MAP, "--from", "2027-01-01"), "data.csv"),
    ],
)
def test_what_cannot_be_is_refused(gilmok, site, lang, args, said):
    result = gilmok("alarms", "backtest", site, *args)
    assert result.code == 1
    assert said in result.err
    assert "Traceback" not in result.err
