"""No request, whenever it comes, makes the radio law grant what the law forbids; what it tells of time is exact."""

import os

import pytest
from gilmok_wire.radio_law import LISTEN, OCCUPIED, PAUSE, QUOTA, SENDING, RadioLaw
from gilmok_wire.regions import REGIONS
from hypothesis import given, settings
from hypothesis import strategies as st

from .lawless import Lawless
from .slow_law import PLACES, Witness, airtime

REQUESTS = int(os.environ.get("GILMOK_LAW_REQUESTS", "20000"))  # `make bench BENCH=law` asks a million times
LIVES = 10  # configurations a region: channels and antennas differ


@pytest.mark.parametrize("region", REGIONS)
def test_no_request_breaks_a_rule(region):
    granted = 0
    for seed in range(LIVES):
        radio = Lawless(region, seed)
        broken = radio.run(REQUESTS // LIVES)
        assert broken is None, f"Lawless({region!r}, {seed}): request, rules, asked: {broken}"
        granted += radio.granted
    print(f"{region}: {granted} of {REQUESTS} granted")
    assert granted > REQUESTS // 100, "whoever refuses everything is no law"


def test_the_witness_sees_each_rule_broken():
    def broken(region, *sent, gain=0, hops=64):
        witness = Witness(region, gain, hops)
        return [rule for one in sent for rule in witness.broken(*one)]

    free = [(0, 7_000, -120)]
    at = 8_000
    fine = (at, at + 61_696, 922_100_000, 7, 125_000, 23, 14, free)
    assert broken("KR920", fine) == []
    assert broken("KR920", fine, gain=1) == ["EIRP"]
    assert broken("KR920", (*fine[:2], 922_200_000, *fine[3:])) == ["no such channel"]
    assert broken("KR920", (at, at + 4_000_001, *fine[2:])) == ["longest transmission"]
    assert broken("KR920", (*fine[:3], 6, *fine[4:])) == ["data rate", "payload"]
    assert broken("KR920", (*fine[:7], [(0, 5_000, -120)])) == ["listen before talk"]
    assert broken("KR920", (*fine[:7], [(0, 7_000, -65)])) == ["listen before talk"]
    assert broken("KR920", (*fine[:7], [*free, (7_000, 7_100, -60)])) == ["listen before talk"]
    assert broken("KR920", (*fine[:7], [*free, (7_000, 7_100, -120)])) == []
    again = (at + 61_696 + 49_999, at + 200_000, *fine[2:7], [(at + 61_696, at + 61_696 + 49_999, -100)])
    assert broken("KR920", fine, again) == ["pause"]
    eu = (868_100_000, 12, 125_000, 64, 16, [])
    lot = [(3_000_000 * n, 3_000_000 * n + 2_793_472, *eu) for n in range(13)]
    assert broken("EU868", *lot[:12]) == [] and broken("EU868", *lot) == ["duty cycle"]
    us = (902_300_000, 10, 125_000, 24, 30, [])
    hop = [(0, 370_688, *us), (19_900_000, 20_000_000, *us), (20_000_001, 20_100_000, *us)]
    assert broken("US915", *hop[::2]) == [] and broken("US915", *hop[:2]) == ["occupancy of a channel"]
    assert broken("US915", hop[0], hops=8) == ["power of a radio that hops over few channels"]


def test_the_table_says_what_the_documents_say():
    for name, row in REGIONS.items():
        law = RadioLaw(row, 0)
        carriers = {law.frequency_hz(channel) for channel in law.channels}
        assert carriers == set.union(*[place[0] for place in PLACES[name]])
        assert row[1][law.lowest][2] >= 51 and all(rate is None or rate[2] < 51 for rate in row[1][: law.lowest])
        channel, rate = law.rx2
        grid = law._find(channel)[0]
        assert grid[3] <= rate <= grid[4] and row[1][rate][2] >= 51


def asks(law, row):
    """Return a strategy of legal requests of a region."""
    return st.sampled_from(law.channels).flatmap(
        lambda channel: st.integers(*law._find(channel)[0][3:5]).flatmap(
            lambda rate: st.tuples(st.just(channel), st.just(rate), st.integers(1, row[1][rate][2]), st.just(law.power_dbm(channel)))
        )
    )


@settings(max_examples=150)
@given(st.sampled_from(sorted(REGIONS)), st.data())
def test_what_is_told_is_the_first_moment(region, data):
    row = REGIONS[region]
    law, now = RadioLaw(row, 0), 0
    for _ in range(data.draw(st.integers(1, 25))):
        request = data.draw(asks(law, row))
        granted, reason, at = answer(law, now, request)
        if at is None:
            assert not granted and reason not in (PAUSE, QUOTA, LISTEN, OCCUPIED)
            continue
        if not granted:
            assert at > now and not answer(law, at - 1, request)[0] and answer(law, at, request)[0]
            now = at
        assert begin(law, now, request)[0]
        first = answer(law, now, request)
        assert first[1] == SENDING and first[2] is None or first[2] > now
        now += int(airtime_ms(row, request)) + 1
        law.end(now)
        now += data.draw(st.sampled_from([0, 1, 50, 1000, 61_000, 4_000_000]))


def airtime_ms(row, request):
    sf, bandwidth, _ = row[1][request[1]]
    return airtime(request[2], sf, bandwidth) / 1000


def begin(law, now, request):
    """Begin after having heard a free channel."""
    law.heard(now, request[0], -127, 10_000)
    return law.begin(now, *request)


def answer(law, now, request):
    """Ask after having heard a free channel."""
    law.heard(now, request[0], -127, 10_000)
    return law.ask(now, *request)


@pytest.mark.parametrize("region", ["AS923", "EU868", "US915"])
def test_a_ledger_that_was_kept_frees_nothing_earlier(region):
    row = REGIONS[region]
    law, now = RadioLaw(row, 0), 4_000_000
    request = (0, law.lowest, row[1][law.lowest][2], law.power_dbm(0))
    reasons = set()
    for _ in range(120):
        granted, reason, at = answer(law, now, request)
        reasons.add(reason)
        assert begin(law, at, request)[0]
        now = at + int(airtime_ms(row, request)) + 1
        law.end(now)
    assert QUOTA in reasons
    saved = law.save(now)
    delay = answer(law, now, request)[2] - now
    for uptime in (0, 1, 60_999, 61_000, 10**7):
        kept, lost = RadioLaw(row, uptime, saved=saved), RadioLaw(row, uptime)
        assert answer(kept, uptime, request)[2] - uptime >= delay
        assert answer(lost, uptime, request)[2] >= answer(kept, uptime, request)[2]
        assert RadioLaw(row, uptime, saved=saved[1:]).report(uptime) == lost.report(uptime)
        assert kept.report(uptime) == law.report(now)
