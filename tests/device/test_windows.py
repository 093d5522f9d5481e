"""Windows for answers: where they are, and that they are open long enough."""

from gilmok_wire.airtime import airtime_us
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import LONGEST_MS, SECOND_MS, SHORTEST_MS, answer_of, listening_ms, lora_link, widening


def test_an_answer_comes_where_the_uplink_went():
    for region in ("KR920", "AS923", "EU868"):
        row = REGIONS[region]
        law = RadioLaw(row, 0)
        for channel in range(row[7]):
            for rate in range(row[8], len(row[1])):
                assert answer_of(row, channel, rate) == (channel, rate), (region, law.frequency_hz(channel))


def test_what_is_too_slow_for_an_answer_is_answered_faster():
    assert answer_of(REGIONS["AS923"], 1, 2) == (1, 3)


def test_us915_answers_on_channels_of_its_own():
    # LoRaWAN regional parameters, US915: channel modulo 8; DR0 … DR4 up are DR10 … DR13, DR13 down
    row = REGIONS["US915"]
    law = RadioLaw(row, 0)
    for channel, rate, hz, answer in (
        (0, 0, 923_300_000, 10),
        (7, 1, 927_500_000, 11),
        (8, 2, 923_300_000, 12),
        (63, 3, 927_500_000, 13),
        (64, 4, 923_300_000, 13),
        (71, 4, 927_500_000, 13),
    ):
        where = answer_of(row, channel, rate)
        assert (law.frequency_hz(where[0]), where[1]) == (hz, answer), channel


def test_each_answer_is_lawful_and_carries_the_smallest_frame():
    for row in REGIONS.values():
        law = RadioLaw(row, 0)
        for channel in range(row[7]):
            grid, _ = law._find(channel)
            for rate in range(grid[3], grid[4] + 1):
                down, at = answer_of(row, channel, rate)
                assert law.ask(100, down, at, 51, 0)[1] in (0, 9, 10, 8), (channel, rate)


def test_a_window_is_as_wide_as_clocks_are_wrong():
    assert [widening(ms) for ms in (SHORTEST_MS, 2000, 15_000, 15_000 + SECOND_MS, 20_000, 20_001)] == [6, 6, 6, 6, 6, 7]


def test_the_header_of_the_latest_frame_is_in_before_a_window_closes():
    for row in REGIONS.values():
        for rate in [rate for rate in row[1] if rate]:
            sf, bandwidth_hz, _ = rate
            symbol_us = (1_000_000 << sf) / bandwidth_hz
            empty = airtime_us(0, sf, bandwidth_hz, crc=False)  # no more than preamble, sync and header block
            for delay_ms in (SHORTEST_MS, LONGEST_MS + SECOND_MS):
                open_ms = listening_ms(rate, delay_ms)
                late_ms = 2 * (5 + delay_ms * 50e-6)
                assert open_ms * 1000 >= late_ms * 1000 + 20.25 * symbol_us, (sf, bandwidth_hz)
                assert open_ms < late_ms + (empty + symbol_us) / 1000 + 4, "current is not for nothing"
                assert open_ms + widening(delay_ms) < SECOND_MS, "the first is over before the second opens"


def test_the_longest_frame_of_each_rate_may_be_sent():
    for row in REGIONS.values():
        law = RadioLaw(row, 0, saved=bytes(2 * sum([(row[0][0][2] if quota[3] else 1) * (quota[1] + 1) for quota in row[2]])))
        for channel in range(row[7]):
            grid, _ = law._find(channel)
            for rate in range(max(grid[3], row[8]), grid[4] + 1):
                law.heard(100, channel, -120, 6000)
                assert law.ask(100, channel, rate, row[1][rate][2], 0, True)[0], (channel, rate)


def test_a_link_says_how_long_a_frame_is_on_the_air():
    for row in REGIONS.values():
        for sf, bandwidth_hz, size in [rate for rate in row[1] if rate and rate[2] >= 51]:
            link = lora_link((sf, bandwidth_hz, size), 1000)
            assert link.mtu == size and not link.full_duplex
            for length in range(1, size + 1):
                air_us = airtime_us(length, sf, bandwidth_hz)
                over_us = link.air_ms(length) * 1000 - air_us
                assert 0 <= over_us <= 2 * (5_000_000 << sf) / bandwidth_hz + 1000 + size, (sf, length, over_us)
