"""What a gateway is given to send breaks no rule that a collector can keep, by an independent model of the law."""

import random

import pytest
from gilmok_collector.radio.airtime_file import AirtimeFile
from gilmok_collector.radio.ledger import Ledger
from gilmok_collector.radio.places import Places
from gilmok_wire.radio_law import CHANNEL, GRANTED, QUOTA, RATE, SENDING, SIZE
from gilmok_wire.regions import REGIONS
from wire.slow_law import Witness, airtime

HOURS = 2  # the first of which counts as used


def plan(region, seed):
    """Yield (start_us, end_us, channel, rate, size) of what is granted to random requests, some of them seconds ahead of others."""
    dice = random.Random(seed)
    places, ledger = Places(region), Ledger(REGIONS[region], 0)
    channels = sum(grid[2] for grid in places.row[0])
    now = number = 0
    while now < HOURS * 3_600_000:
        now += dice.choice((5, 50, 400, 3000))
        ledger.forget(now)
        channel, rate = dice.randrange(channels), dice.choice([rate for rate, known in enumerate(places.rates) if known])
        start, span, size = now + dice.choice((0, 0, 1500, 3000, 16_000)), dice.choice((0, 10, 300)), dice.randint(1, 255)
        if dice.random() < 0.7:
            channel, rate = places.rx2
        if ledger.ask(start, span, channel, rate, size)[0] == GRANTED:
            number += 1
            ledger.book(number, start, span, channel, rate, size)
            sf, bandwidth, _ = places.rates[rate]
            begun = 1000 * start + dice.randint(0, 1000 * span)
            yield begun, begun + airtime(size, sf, bandwidth), channel, rate, size


@pytest.mark.parametrize("region", REGIONS)
def test_no_rule_is_broken_that_a_collector_can_keep(region):
    places, ledger = Places(region), Ledger(REGIONS[region], 0)
    witness, sent = Witness(region, 0, 64), 0
    for start, end, channel, rate, size in sorted(plan(region, 7)):
        sf, bandwidth, _ = places.rates[rate]
        facts = places.frequency_hz(channel), sf, bandwidth, size, ledger.power_dbm(channel)
        broken = set(witness.broken(start, end, *facts, [])) - {"listen before talk"}
        assert not broken, (start, channel, rate, size)
        sent += 1
    assert sent > 100


def test_why_not():
    kr, eu, us = (Ledger(REGIONS[region], 0) for region in ("KR920", "EU868", "US915"))
    assert kr.ask(0, 0, 13, 0, 51) == (CHANNEL, None)
    assert kr.ask(0, 0, 0, 6, 51) == (RATE, None)
    assert kr.ask(0, 0, 0, 0, 65) == (SIZE, None)
    assert Ledger(REGIONS["AS923"], 0).ask(0, 0, 0, 2, 24)[0] == QUOTA, "all of the hour before counts as used"
    assert us.ask(25_000, 0, 72, 8, 51) == (GRANTED, 25_000)
    assert eu.ask(0, 0, 9, 0, 51)[0] == QUOTA
    assert eu.ask(0, 0, 9, 0, 51)[1] == eu.ask(eu.ask(0, 0, 9, 0, 51)[1], 0, 9, 0, 51)[1], "it is granted when it was said to be"


def test_an_answer_finds_its_place_before_one_that_is_planned():
    ledger = Ledger(REGIONS["KR920"], 0)
    ledger.book(1, 5000, 10, 0, 5, 51)
    assert ledger.ask(1000, 0, 0, 5, 51) == (GRANTED, 1000)
    reason, at_ms = ledger.ask(4950, 0, 0, 5, 51)
    assert reason and ledger.ask(at_ms, 0, 0, 5, 51) == (GRANTED, at_ms) and at_ms > 5100
    assert ledger.ask(5050, 0, 0, 5, 51)[0] == SENDING
    ledger.cancel(1)
    assert ledger.ask(5050, 0, 0, 5, 51) == (GRANTED, 5050)


def test_a_gateway_that_keeps_the_law_itself_is_only_kept_from_overlapping():
    ledger = Ledger(REGIONS["EU868"], 0, quotas=False)
    assert ledger.ask(0, 0, 9, 0, 51) == (GRANTED, 0)
    assert ledger.report(0) == [] and ledger.save(0) == b""


def test_the_airtime_survives_a_restart():
    ledger = Ledger(REGIONS["EU868"], 0)
    hour = 61 * 61_000
    for number in range(50):
        ledger.book(number, hour + 3000 * number, 0, 9, 0, 51)
    used = ledger.report(hour + 150_000)
    assert used[2][0] > 100_000 and used[0][0] == 0
    again = Ledger(REGIONS["EU868"], 9, saved=ledger.save(hour + 150_000))
    assert again.report(9) == used
    assert Ledger(REGIONS["EU868"], 9, saved=b"short").report(9)[2] == (360_000, 360_000)


def test_what_is_kept_is_never_less_than_what_was_sent_and_seldom_written():
    hour, written, kept = 61 * 61_000, 0, b""
    ledger = Ledger(REGIONS["EU868"], 0)
    for number in range(200):
        ledger.book(number, hour + 3000 * number, 0, 9, 0, 51)
        data = ledger.to_keep(hour + 3000 * number)
        kept, written = (data, written + 1) if data is not None else (kept, written)
        pairs = zip(Ledger(REGIONS["EU868"], 9, saved=kept).report(9), ledger.report(hour + 3000 * number), strict=True)
        assert all(used >= truly for (used, _), (truly, _) in pairs)
    assert 1 < written < 200
    assert Ledger(REGIONS["KR920"], 0).to_keep(0) is None


def test_the_file_of_airtime(tmp_path):
    path = tmp_path / "site.airtime.json"
    first = AirtimeFile(path, "EU868")
    assert first.load("roof/a") is None and not first.error
    first.save("roof/a", b"12")
    first.save("roof/b", b"34")
    again = AirtimeFile(path, "EU868")
    assert (again.load("roof/a"), again.load("roof/b"), again.load("c")) == (b"12", b"34", None)
    assert AirtimeFile(path, "EU868").load("roof/a") is None, "a life that kept nothing leaves nothing to believe"
    again.save("roof/b", b"56")
    assert AirtimeFile(path, "AS923").load("roof/a") is None
    for text in ("", "[]", '{"region": "EU868", "gateways": {"a": 5, "b": "!"}}', "[" * 100_000):
        path.write_text(text, encoding="utf-8")
        broken = AirtimeFile(path, "EU868")
        assert broken.load("a") is None and broken.load("b") is None
    nowhere = AirtimeFile(tmp_path / "none" / "a.json", "EU868")
    nowhere.save("a", b"1")
    assert nowhere.error and nowhere.load("a") == b"1"
