"""Three years of Seoul's air: what the Judge makes of it is what the rule's text says, hour by hour."""

import csv
import random
from datetime import UTC, datetime

import pytest
from gilmok.backtest.gather import gather, parse_wishes
from gilmok.backtest.history import Account, History
from gilmok.backtest.outcome import judge
from gilmok.backtest.plan import channels_of_node, make_plan
from gilmok.backtest.tables import Request, open_table
from gilmok_site import parse_site

from backtest.rule_text import FIGURES, stages

HOUR_MS = 3_600_000
COLUMNS = {"pm2_5": "pm25", "pm10": "pm10"}
EPISODES = {"pm2_5": (26, 1), "pm10": (13, 0)}  # advisories, and warnings among them: so that both cannot be empty alike

# As a site file says what STANDARDS and rule_text.py say.
SITE = parse_site(
    """
[site]
id = "seoul"
name = "Seoul"
timezone = "Asia/Seoul"
[store]
url = "sqlite:seoul.db"
[node.air]
board = "esp32-devkitc"
[node.air.sensor.dust]
driver = "sps30_uart"
uart = 2
every = "10 s"
[node.air.rule.fine-dust]
watch = "dust.pm2_5"
caution = { mean = "1 h", above = "75 ug/m3", for = "2 h", clear = "35 ug/m3" }
alert = { mean = "1 h", above = "150 ug/m3", for = "2 h", clear = "75 ug/m3" }
[node.air.rule.dust]
watch = "dust.pm10"
caution = { mean = "1 h", above = "150 ug/m3", for = "2 h", clear = "100 ug/m3" }
alert = { mean = "1 h", above = "300 ug/m3", for = "2 h", clear = "150 ug/m3" }
""",
    "seoul.toml",
)
RULES = {"fine-dust": "pm2_5", "dust": "pm10"}
CHANNELS = channels_of_node(SITE, "air")


@pytest.fixture(scope="module")
def rows(data_dir):
    """Read the file with nothing of ours: {hour since 1970: {column: mean}}, the day that is there twice counts once."""
    hours = {}
    with open(data_dir / "air" / "seoul_2018-2020_dev.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            hour = datetime.fromisoformat(row["t_end_kst"]).timestamp() / 3600
            assert hours.setdefault(int(hour), row) == row
    return hours


def plain(rows, channel, gone=frozenset()):
    hours = range(min(rows), max(rows) + 1)
    means = ((hour, int(rows[hour][COLUMNS[channel]]) if hour in rows and hour not in gone else None) for hour in hours)
    return stages(means, FIGURES[channel])


def judged(histories):
    """Return {channel: [(hour, level)]} as the Judge has it."""
    plan = make_plan(SITE, "air", histories)
    outcome = judge(plan, Account(), percent=0)
    changes = {channel: [] for channel in FIGURES}
    for episode in outcome.episodes:
        if plan.names[episode.rule] in RULES:
            of_channel = changes[RULES[plan.names[episode.rule]]]
            of_channel += [(change.unix_ms // HOUR_MS, change.level) for change in episode.changes]
            if episode.cleared_ms is not None:
                of_channel.append((episode.cleared_ms // HOUR_MS, 0))
    return {channel: sorted(each) for channel, each in changes.items()}, plan


def test_the_advisories_of_three_years_are_those_of_the_rule_to_the_hour(data_dir, rows):
    table = open_table(data_dir / "air" / "seoul_2018-2020_dev.csv", Request(UTC))
    wishes = parse_wishes([f"dust.{channel}={column}:ug/m3" for channel, column in COLUMNS.items()], CHANNELS)
    histories, account = gather(table, wishes, CHANNELS)
    assert (account.rows, account.repeated, account.conflicting) == (26_280, 24 * 2, 0)  # one day twice, alike, in both columns
    found, plan = judged(histories)
    assert plan.schedules[0].missed == 2 * 24  # two days are not there
    assert not plan.coarse["dust"].has_line  # hourly means are judged as they are
    for channel, (episodes, warnings) in EPISODES.items():
        expected = plain(rows, channel)
        assert found[channel] == expected
        raised = [stage for stage, before in zip(expected, [(0, 0), *expected], strict=False) if stage[1] and not before[1]]
        assert (len(raised), sum(stage == 3 for _, stage in expected)) == (episodes, warnings)


@pytest.mark.parametrize("seed", range(4))
def test_hours_without_a_mean_neither_raise_nor_clear_here_as_there(rows, seed):
    chance = random.Random(seed)
    everywhere = sorted(rows)
    dirty = [hour for hour in everywhere if int(rows[hour]["pm25"]) >= 60 or int(rows[hour]["pm10"]) >= 120]  # where a hole could matter
    gone = set()
    for _ in range(2000):  # holes of 1 to 8 hours, many of them in episodes
        start = chance.choice(everywhere if chance.random() < 0.5 else dirty)
        gone.update(range(start, start + chance.choice((1, 1, 2, 3, 4, 8))))
    columns = [column[0] for column in CHANNELS["dust"]]
    size = {column: 10 ** -CHANNELS["dust"][columns.index(column)][2] for column in COLUMNS}  # steps of a microgram
    history = History("dust", len(columns), Account())
    for hour, row in sorted(rows.items()):
        if hour not in gone:
            for channel, column in COLUMNS.items():
                history.add(hour * HOUR_MS, columns.index(channel), int(row[column]) * size[channel])
    found, _ = judged({"dust": history})
    for channel in FIGURES:
        assert found[channel] == plain(rows, channel, gone), f"seed {seed}"
