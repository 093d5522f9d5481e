"""Path loss, noise and thresholds against what their sources say."""

from math import log10

import pytest
from gilmok_sim.lora_air import Air
from gilmok_sim.propagation import INTER_SF_DB, MODELS, PathLoss, free_space_db, metres, noise_dbm, rejection_db, sensitivity_dbm

# SX1261/2 data sheet rev. 2.1, table 3-8: LoRa at 125 kHz, boosted gain
DATA_SHEET_DBM = {7: -124, 8: -127, 9: -130, 10: -132, 11: -135, 12: -137}


class Place:
    def __init__(self, name, *place):
        self.name, self.place = name, place


def test_sensitivity_is_the_data_sheets():
    for sf, dbm in DATA_SHEET_DBM.items():
        assert abs(sensitivity_dbm(sf, 125_000) - dbm) <= 1
    assert noise_dbm(125_000) == pytest.approx(-117, abs=0.1)
    assert sensitivity_dbm(12, 125_000) - sensitivity_dbm(12, 500_000) == pytest.approx(-6.02, abs=0.01)


def test_the_loss_is_the_models():
    oulu = PathLoss("oulu", shadowing=False)
    assert oulu.median_db(1000, 868_000_000) == 128.95
    assert oulu.median_db(10_000, 868_000_000) == pytest.approx(128.95 + 23.2)
    assert oulu.median_db(1000, 922_100_000) - 128.95 == pytest.approx(20 * log10(922.1 / 868))
    assert PathLoss("lancaster", shadowing=False).median_db(40, 868_000_000) == 127.41
    assert PathLoss("oulu", shadowing=False, extra_db=12).median_db(1000, 868_000_000) == 140.95


def test_no_path_is_better_than_free_space():
    assert free_space_db(1000, 920_000_000) == pytest.approx(91.7, abs=0.1)  # 20 log10(d km) + 20 log10(f MHz) + 32.44
    paths = PathLoss("oulu", seed=5)
    for metres_away in (0, 1, 5, 20):
        assert paths.between(Place("a", 0, 0), Place("b", 0, metres_away), 920_000_000) >= free_space_db(metres_away, 920_000_000)


def test_shadows_are_of_the_pair_and_the_seed():
    paths = [PathLoss("oulu", seed=seed) for seed in (1, 1, 2)]
    drawn = [[path.shadow_db("gateway", f"node{i}") for i in range(2000)] for path in paths]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(paths[0].shadow_db("node7", "gateway") == drawn[0][7] for _ in range(2))
    mean = sum(drawn[0]) / 2000
    deviation = (sum((each - mean) ** 2 for each in drawn[0]) / 2000) ** 0.5
    assert abs(mean) < 0.6 and abs(deviation - MODELS["oulu"][3]) < 0.4


def test_positions():
    east, north = metres([37.4802, 127.0384], [37.4702, 127.0384])
    assert east == 0 and north == pytest.approx(1112, abs=1)  # a minute of latitude is a nautical mile, 1852 m
    east, north = metres([37.4702, 127.0484], [37.4702, 127.0384])
    assert north == 0 and east == pytest.approx(882.6, abs=1)  # times the cosine of 37.47°


def test_rejection():
    def air(sf, inverted=False):
        return Air(922_100_000, sf, 125_000, 1, inverted, 0x3444, 8, True, True, 14)

    for row in range(6):
        for column in range(6):
            needed = rejection_db(air(7 + row), air(7 + column))
            assert needed == INTER_SF_DB[row][column] and (needed > 0) == (row == column)
    for sf in range(7, 13):
        assert rejection_db(air(sf), air(sf, True)) < -7  # down and up do not cover each other
