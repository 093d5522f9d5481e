"""Files of measurements as they are: every way to write a time, units, holes, repetitions and nonsense."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from gilmok.backtest.gather import gather, parse_wishes
from gilmok.backtest.schedule import Schedule
from gilmok.backtest.tables import Request, open_table
from gilmok.backtest.times import parse_time
from gilmok.errors import Refused

SEOUL = ZoneInfo("Asia/Seoul")
CHANNELS = {"river": [("distance", "m", -3), ("water_level", "m", -3)], "air": [("temperature", "Cel", -2)]}
LEVEL = "river.water_level"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2018-01-01T01:00:00+09:00", "2017-12-31T16:00:00"),
        ("2018-06-01T04:00:00Z", "2018-06-01T04:00:00"),
        ("2018-06-01 04:00", "2018-05-31T19:00:00"),
        ("2018/6/1 4:00", "2018-05-31T19:00:00"),
        ("2018.06.01", "2018-05-31T15:00:00"),
        ("2018-06-01 24:00", "2018-06-01T15:00:00"),
        ("2018060124", "2018-06-01T15:00:00"),
        ("201806010010", "2018-05-31T15:10:00"),
        ("20180601001020", "2018-05-31T15:10:20"),
        ("1527825600", "2018-06-01T04:00:00"),
        ("1527825600250", "2018-06-01T04:00:00.250000"),
        ("2018-06-01T04:00:00.250Z", "2018-06-01T04:00:00.250000"),
    ],
)
def test_a_time_is_read_however_it_is_written(text, utc):
    found = parse_time(text, SEOUL)
    assert datetime.fromtimestamp(found / 1000, UTC).replace(tzinfo=None) == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    "text", ["", "5s", "17", "2018-13-01", "2018-06-01 24:10", "20181301", "20d", "2018-02-30 01:00", "１２３４５６７８９０"]
)
def test_what_is_no_time_is_none(text):
    assert parse_time(text, SEOUL) is None


def read(tmp_path, text, *maps, name="data.csv", encoding="utf-8", request=None, bounds=(None, None)):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    table = open_table(path, request or Request(SEOUL))
    return gather(table, parse_wishes(maps, CHANNELS), CHANNELS, bounds)


def levels(histories):
    return [(reading.unix_ms // 1000, reading.values[1]) for reading in histories["river"].readings]


def test_units_are_converted_to_the_steps_of_the_channel(tmp_path):
    histories, _ = read(tmp_path, "t,stage,tf\n1527825600,6.17,68\n1527825900,0.41,32\n", f"{LEVEL}=stage:ft", "air.temperature=tf:degF")
    assert [value for _, value in levels(histories)] == [1881, 125]  # 6.17 × 304.8 = 1880.6; 0.41 × 304.8 = 124.97
    assert [reading.values for reading in histories["air"].readings] == [[2000], [0]]


@pytest.mark.parametrize(("unit", "steps"), [("mm", 1500), ("cm", 15_000), ("m", 1_500_000), ("in", 38_100)])
def test_metric_prefixes_and_inches(tmp_path, unit, steps):
    histories, _ = read(tmp_path, "t,x\n1527825600,1500\n1527825660,1500\n", f"{LEVEL}=x:{unit}")
    assert [value for _, value in levels(histories)] == [steps] * 2


def test_what_is_wrong_with_a_file_is_counted_and_the_rest_taken(tmp_path):
    text = (
        "t,x\n"
        "1527825900,2\n"
        "1527825600,1\n"  # late
        "1527826200,null\n"
        "1527826500,-\n"
        "1527826800,eek\n"
        "yesterday,4\n"
        "1527825900,2\n"  # again
        "1527825600,9\n"  # again, but different
        "1527827100,1e12\n"
        "1527827400,5\n"
    )
    histories, account = read(tmp_path, text, f"{LEVEL}=x")
    assert levels(histories) == [
        (1527825600, 1000),
        (1527825900, 2000),
        *((1527826200 + 300 * n, None) for n in range(4)),
        (1527827400, 5000),
    ]
    assert (account.rows, account.no_time, account.empty, account.unreadable, account.too_large) == (10, 1, 2, 1, 1)
    assert (account.backwards, account.repeated, account.conflicting) == (3, 1, 1)
    assert account.samples["unreadable"] == "x = eek"


def test_what_a_korean_office_exports_is_read(tmp_path):
    text = "측정일시;수위(m)\n2018-01-01 23:00;1.2\n2018-01-01 24:00;1.3\n"
    histories, _ = read(tmp_path, text, f"{LEVEL}=수위(m)", encoding="cp949")
    assert levels(histories) == [(1514815200, 1200), (1514818800, 1300)]


def test_the_rdb_of_the_usgs_is_read(tmp_path):
    text = (
        "# U.S. Geological Survey\n#\nagency_cd\tsite_no\tdatetime\ttz_cd\t69744_00065\n5s\t15s\t20d\t6s\t14n\n"
        "USGS\t01589330\t2018-06-01 00:00\tEDT\t0.93\nUSGS\t01589330\t2018-06-01 00:05\tEDT\t0.92\n"
    )
    histories, account = read(tmp_path, text, f"{LEVEL}=69744_00065:ft", request=Request(ZoneInfo("America/New_York")))
    assert levels(histories) == [(1527825600, 283), (1527825900, 280)]
    assert account.no_time == 1  # the line of widths


def test_the_tide_format_is_gmt_and_metres(tmp_path):
    text = "# Location    : vlissingen\n# Unit        : waterlevel\n# Timezone    : GMT\n201801010000   2.5000\n201801010010   2.46\n"
    histories, _ = read(tmp_path, text, f"{LEVEL}=waterlevel", name="v.noos")
    assert levels(histories) == [(1514764800, 2500), (1514765400, 2460)]


def test_an_export_of_ours_needs_no_map(tmp_path):
    head = "time,uncertainty_s,node,device,log,stream,sequence,channel,value,unit\n"
    rows = [
        f"2026-05-01T03:30:{s:02}.000+09:00,0.02,{node},c268,9c41e07b,river,{s},water_level,{value},{unit}\n"
        for s, node, value, unit in ((0, "p1", "177.1", "cm"), (0, "p2", "0.5", "m"), (10, "p1", "177.0", "cm"))
    ]
    histories, account = read(tmp_path, head + "".join(rows), request=Request(SEOUL, node="p1"))
    assert (levels(histories), account.rows) == ([(1777573800, 1771), (1777573810, 1770)], 2)


def test_a_time_may_be_a_start_and_seconds(tmp_path):
    text = "id,start,t_s,depth\na,2023-09-29T07:10:51.000,0,10\na,2023-09-29T07:10:51.000,63,20\n"
    histories, _ = read(tmp_path, text, f"{LEVEL}=depth:mm", request=Request(UTC, time="start+t_s"))
    assert levels(histories) == [(1695971451, 10), (1695971514, 20)]


def test_bounds_leave_out_what_is_beyond(tmp_path):
    text = "t,x\n1527825600,1\n1527825900,2\n1527826200,3\n"
    histories, account = read(tmp_path, text, f"{LEVEL}=x", bounds=(1527825900_000, 1527826200_000))
    assert (levels(histories), account.outside) == ([(1527825900, 2000)], 2)


@pytest.mark.parametrize(
    ("text", "maps", "code"),
    [
        ("nothing\n", [], "backtest_no_rows"),
        ("a,b\nx,1\n", [], "backtest_no_time"),
        ("t,x\n1527825600,1\n", [], "backtest_nothing_fits"),
        ("t,x\n1527825600,1\n", ["river.water_level=y"], "backtest_no_column"),
        ("t,x\n1527825600,1\n", ["river.depth=x"], "backtest_no_channel"),
        ("t,x\n1527825600,1\n", ["water_level=x"], "backtest_map"),
        ("t,x\n1527825600,1\n", ["river.water_level=x:degF"], "backtest_unit"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_to_do(tmp_path, text, maps, code):
    with pytest.raises(Refused) as refused:
        read(tmp_path, text, *maps)
    assert refused.value.code == code
    assert str(refused.value)


def test_a_file_in_no_encoding_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"t,x\n\xff\xff\xff,1\n")
    with pytest.raises(Refused) as refused:
        open_table(path, Request(UTC))
    assert refused.value.code == "backtest_encoding"


def test_a_schedule_has_a_tick_for_what_is_missing_and_none_for_jitter(tmp_path):
    times = [0, 63, 126, 190, 253, 442, 505]  # 63 s, a second late once, two readings lost
    text = "t,x\n" + "".join(f"{1_527_825_600 + t},{t}\n" for t in times)
    histories, _ = read(tmp_path, text, f"{LEVEL}=x:mm")
    schedule = Schedule(0, histories["river"], histories["river"].period_ms())
    ticks = list(schedule.ticks())
    assert schedule.period_ms == 63_000
    assert {(b.due_ms - a.due_ms) for a, b in zip(ticks, ticks[1:], strict=False)} == {63_000}
    assert [tick.values and tick.values[1] for tick in ticks] == [0, 63, 126, 190, 253, None, None, 442, 505]
    assert [tick.unix_ms for tick in ticks if tick.values] == [(1_527_825_600 + t) * 1000 for t in times]
    assert schedule.missed == 2


def test_a_history_of_changes_holds_its_last_value_for_a_heartbeat(tmp_path):
    text = "t,x\n1527825600,1\n1527825610,2\n1527825660,3\n1527825800,4\n"
    histories, _ = read(tmp_path, text, f"{LEVEL}=x")
    schedule = Schedule(0, histories["river"], 10_000, holds_ms=60_000)
    values = [tick.values and tick.values[1] for tick in schedule.ticks()]
    assert values == [1000, *[2000] * 5, *[3000] * 7, *[None] * 7, 4000]
