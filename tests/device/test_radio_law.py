"""The radio law, rule by rule, under both interpreters."""

from gilmok_wire import radio_law
from gilmok_wire.radio_law import CHANNEL, DWELL, GRANTED, LISTEN, OCCUPIED, PAUSE, POWER, QUOTA, RATE, SENDING, SIZE, RadioLaw
from gilmok_wire.regions import REGIONS


def korea(**more):
    return RadioLaw(REGIONS["KR920"], 0, **more)


def granted(law, now_ms, *request):
    law.heard(now_ms, request[0], -120, 6000)
    return law.begin(now_ms, *request)[0]


def test_what_is_never_allowed_says_so():
    law = korea(channels=(0, 1, 7), antenna_dbi=3)
    for reason, request in (
        (CHANNEL, (2, 0, 51, 0)),
        (CHANNEL, (-1, 0, 51, 0)),
        (CHANNEL, (13, 0, 51, 0)),
        (RATE, (0, 6, 51, 0)),
        (RATE, (0, -1, 51, 0)),
        (SIZE, (0, 0, 65, 0)),
        (SIZE, (0, 0, 0, 0)),
        (POWER, (0, 0, 51, 12)),
        (POWER, (7, 0, 51, 8)),
    ):
        assert law.ask(99, *request) == (False, reason, None), request
    assert law.ask(99, 0, 0, 64, 11)[1] == LISTEN and law.ask(99, 7, 0, 64, 7)[1] == LISTEN
    assert [law.power_dbm(channel) for channel in law.channels] == [11, 11, 7]
    assert law.frequency_hz(7) == 920_900_000


def test_a_configuration_beyond_the_region_is_refused():
    for channels in ((13,), (-1, 0)):
        try:
            korea(channels=channels)
        except ValueError as error:
            assert str(channels[0]) in str(error)
        else:
            raise AssertionError(channels)


def test_korea_listens_pauses_and_ends_within_four_seconds():
    law = korea()
    request = (0, 0, 64, 14)
    assert law.ask(0, *request) == (False, PAUSE, 51)
    assert law.ask(51, *request) == (False, LISTEN, 51)
    law.heard(51, 0, -65, 6000)
    assert law.ask(51, *request) == (False, OCCUPIED, 56) and law.ask(56, *request)[1] == LISTEN
    law.heard(60, 0, -66, 5999)
    assert law.ask(60, *request)[1] == LISTEN, "not long enough"
    law.heard(60, 1, -66, 6000)
    assert law.ask(60, *request)[1] == LISTEN, "another channel"
    law.heard(60, 0, -66, 6000)
    law.heard(60, 0, -65, 100)
    assert law.ask(60, *request)[1] == OCCUPIED, "whoever is heard is there, however short it was"
    law.heard(60, 0, -66, 6000)
    assert law.ask(65, *request)[1] == LISTEN, "too long ago"
    assert law.begin(64, *request) == (True, GRANTED, 64)
    assert law.begin(64, *request)[1] == SENDING
    law.end(64 + 2793)
    assert law.ask(3000 - 93, *request) == (False, PAUSE, 64 + 2793 + 51)
    assert law.report(3000) == [] and law.sent == 1 and law.sent_ms == 2795
    assert law.refused[PAUSE] == 2 and law.refused[LISTEN] == 5 and law.refused[OCCUPIED] == 2 and law.refused[SENDING] == 1


def test_a_radio_that_does_not_stop_is_booked_for_it_and_blocks_the_next():
    law = RadioLaw(REGIONS["EU868"], 0)
    now = 4_000_000
    request = (0, 5, 100, 14)
    assert law.begin(now, *request)[0]
    ms = law.sent_ms
    assert law.ask(now + 1, *request) == (False, SENDING, now + ms)
    assert law.ask(now + 20_000, *request) == (False, SENDING, None), "nobody can tell"
    law.end(now + 20_000)
    law.end(now + 30_000)
    assert law.report(now + 30_000) == [(20_001, 36_000), (0, 36_000), (0, 360_000)] and law.sent_ms == 20_001


def test_europe_counts_each_band_for_an_hour():
    law = RadioLaw(REGIONS["EU868"], 0)
    now = 4_000_000
    request = (0, 0, 51, 16)
    count, ms = 0, law.air_us(0, 51) // 1000
    while law.begin(now, *request)[0]:
        law.end(now + ms)
        now += 3000
        count += 1
    assert count == 36_000 // (ms + 2)  # a transmission touches a millisecond more at either end
    _, reason, at = law.ask(now, *request)
    assert reason == QUOTA and 3_600_000 <= at - 4_000_000 <= 3_600_000 + 2 * 61_000
    assert not law.ask(at - 1, *request)[0] and law.ask(at, *request)[0]
    law = RadioLaw(REGIONS["EU868"], 0)
    assert law.ask(0, *request)[1] == QUOTA and law.ask(61 * 61_000, *request)[0], "who knows what was sent before the boot"


def test_a_saved_ledger_spares_the_hour():
    law = RadioLaw(REGIONS["EU868"], 0)
    assert law.begin(4_000_000, 0, 0, 51, 16)[0]
    saved = law.save(4_000_000)
    law = RadioLaw(REGIONS["EU868"], 7, saved=saved)
    assert law.report(7)[0] == (law.air_us(0, 51) // 1000 + 2, 36_000) and law.ask(8, 0, 0, 51, 16)[0]
    assert RadioLaw(REGIONS["AS923"], 7, saved=saved).report(7) == [(36_000, 36_000)], "of another region"


def test_america_counts_each_channel_and_few_channels_are_quieter():
    law = RadioLaw(REGIONS["US915"], 0)
    assert law.begin(30_000, 5, 0, 24, 30)[0]
    law.end(30_371)
    assert law.ask(30_400, 5, 0, 24, 30)[1] == QUOTA and law.ask(30_400, 6, 0, 24, 30)[0]
    assert law.report(30_400) == [(372, 400)]
    few = RadioLaw(REGIONS["US915"], 0, channels=tuple(range(8)) + (64,))
    assert few.ask(30_000, 0, 0, 24, 22)[1] == POWER and few.ask(30_000, 0, 0, 24, 21)[0] and few.ask(30_000, 64, 4, 24, 26)[0]


def test_dwell_ends_what_is_too_long():
    row = list(REGIONS["AS923"])
    row[1] = tuple([rate and (rate[0], rate[1], 255) for rate in row[1]])  # the sizes keep it already: here they do not
    law = RadioLaw(tuple(row), 0)
    assert law.ask(9_000_000, 0, 2, 24, 16)[1] == LISTEN
    assert law.ask(9_000_000, 0, 2, 25, 16) == (False, DWELL, None)


def test_every_reason_has_its_number():
    names = [name for name in dir(radio_law) if name.isupper() and name not in ("REASONS",) and name[0] != "_"]
    assert sorted([getattr(radio_law, name) for name in names if name != "TYPE_CHECKING"]) == list(range(radio_law.REASONS))


def test_each_region_carries_our_smallest_frame_from_its_lowest_rate_on():
    for name in REGIONS:
        law = RadioLaw(REGIONS[name], 0)
        now = 9_000_000
        assert granted(law, now, 0, law.lowest, 51, law.power_dbm(0)), name
        law.end(now + law.air_us(law.lowest, 51) // 1000)
