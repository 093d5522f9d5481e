"""Three years of Seoul's air: what the Judge makes of it is what the rule's text says, hour by hour."""

import csv
import random
from datetime import datetime

import pytest
from gilmok.backtest.gather import gather, parse_wishes
from gilmok.backtest.history import Account, History
from gilmok.backtest.schedule import Schedule, merge
from gilmok.backtest.tables import Request, open_table
from gilmok.backtest.trial import Trial, run

from backtest.rule_text import FIGURES, stages

HOUR_MS = 3_600_000
CHANNELS = {"dust": [("pm2_5", "ug/m3", 0), ("pm10", "ug/m3", 0)]}
COLUMNS = {"pm2_5": "pm25", "pm10": "pm10"}
EPISODES = {"pm2_5": (26, 1), "pm10": (13, 0)}  # advisories, and warnings among them: so that both cannot be empty alike


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


def rule_of(channel):
    """Compile `mean = "1 h", above …, for = "2 h", clear …`: the delay of a mean counts from the beginning of its window."""
    advisory_from, cleared_below, warning_from, eased_below = FIGURES[channel]
    index = list(FIGURES).index(channel)
    steps = [
        [level, 1, above, clear, HOUR_MS, 0, HOUR_MS, 75, []]
        for level, above, clear in ((2, advisory_from, cleared_below), (3, warning_from, eased_below))
    ]
    return [1 + index, [0, 0, index], 0, None, steps]


def judged(history):
    """Return {channel: [(hour, level)]} as the Judge has it."""
    trial = Trial([rule_of(channel) for channel in FIGURES], [HOUR_MS])
    run([trial], merge({0: Schedule(0, history, HOUR_MS)}))
    changes = {channel: [] for channel in FIGURES}
    for episode in trial.episodes:
        of_channel = changes[list(FIGURES)[episode.rule]]
        of_channel += [(change.unix_ms // HOUR_MS, change.level) for change in episode.changes]
        if episode.cleared_ms is not None:
            of_channel.append((episode.cleared_ms // HOUR_MS, 0))
    return {channel: sorted(each) for channel, each in changes.items()}


def read(data_dir):
    table = open_table(data_dir / "air" / "seoul_2018-2020_dev.csv", Request(None))
    wishes = parse_wishes([f"dust.{channel}={column}:ug/m3" for channel, column in COLUMNS.items()], CHANNELS)
    histories, account = gather(table, wishes, CHANNELS)
    return histories["dust"], account


def test_the_advisories_of_three_years_are_those_of_the_rule_to_the_hour(data_dir, rows):
    history, account = read(data_dir)
    assert (account.rows, account.repeated, account.conflicting) == (26_280, 24 * 2, 0)
    schedule = Schedule(0, history, HOUR_MS)
    assert len(list(schedule.ticks())) == 26_256 + schedule.missed
    assert schedule.missed == 2 * 24
    found = judged(history)
    for channel, (episodes, warnings) in EPISODES.items():
        expected = plain(rows, channel)
        assert found[channel] == expected
        raised = [stage for stage, before in zip(expected, [(0, 0), *expected], strict=False) if stage[1] and not before[1]]
        assert (len(raised), sum(stage == 3 for _, stage in expected)) == (episodes, warnings)


@pytest.mark.parametrize("seed", range(12))
def test_hours_without_a_mean_neither_raise_nor_clear_here_as_there(rows, seed):
    chance = random.Random(seed)
    everywhere = sorted(rows)
    dirty = [hour for hour in everywhere if int(rows[hour]["pm25"]) >= 60 or int(rows[hour]["pm10"]) >= 120]  # where a hole could matter
    gone = set()
    for _ in range(2000):  # holes of 1 to 8 hours, many of them in episodes
        start = chance.choice(everywhere if chance.random() < 0.5 else dirty)
        gone.update(range(start, start + chance.choice((1, 1, 2, 3, 4, 8))))
    history = History("dust", 2, Account())
    for hour, row in sorted(rows.items()):
        if hour not in gone:
            for index, column in enumerate(COLUMNS.values()):
                history.add(hour * HOUR_MS, index, int(row[column]))
    found = judged(history)
    for channel in FIGURES:
        assert found[channel] == plain(rows, channel, gone), f"seed {seed}"
