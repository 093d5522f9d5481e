"""Whatever dies when: nothing acknowledged is lost, nothing stored twice, no nonce used twice, no old frame obeyed."""

import pytest
from sweeps.kills import KILLS, KillSweep

SEEDS = range(1, 11)

SLOW = {"river": {"driver": "a02yyuw", "uart": 1, "every": "1 s"}}
URGENT = {"air": {"driver": "bme280", "i2c": 0, "every": "10 s", "urgent": True, "max_age": "0 s"}}


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_survives_kills_at_random_moments(seed):
    counts = KillSweep(seed).run()
    print(f"seed {seed}: {dict(counts)}")
    assert counts["kills"] >= KILLS


def test_an_urgent_record_overtakes_an_hour_of_history(street):
    node = street.node("a", sensors={**SLOW, **URGENT}, baud=1200)
    street.run("2 min")
    node.line.cut()
    street.run("1 h")
    node.line.mend()
    mended_ms = street.unix_ms()

    def urgent_is_there():
        return street.store.readings(node, "air.temperature")[-1].unix_ms >= mended_ms

    street.run_until(urgent_is_there, at_most="3 min")  # it greets within a minute, and the next reading is 10 s away
    assert node.backlog > 100, "the history was through already: the line is too fast for this test"
    street.drain()
    street.check()


def test_an_image_restored_out_of_reach_loses_nothing(street):
    node = street.node("a")
    street.run("3 min")
    image = node.flash_image()
    street.run("5 min")
    node.line.cut()
    node.restore_image(image)
    street.run("10 min")
    node.line.mend()
    street.drain()
    street.check()
