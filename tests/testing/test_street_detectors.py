"""A street's node that feels the ground: its rule acts within chunks, and the log gets what was before the trigger."""

from math import pi, sin

import pytest
from gilmok.street import Street
from gilmok_site.detector_parameters import capture_parameters, quake_parameters
from support.ruled import give, output, rule, step

SAMPLE_MS = 16
DECK = {"driver": "adxl355", "spi": 1, "cs": 0, "every": "1 s", "sample_ms": SAMPLE_MS}
RATE_HZ = 1000 / SAMPLE_MS
DETECTORS = [
    ["quake", "quake", 0, quake_parameters(RATE_HZ)],
    ["capture", "around", 0, capture_parameters(RATE_HZ, 4, 5, ["quake"])],
]
STRONG = rule("quake", step(3, 5, 1, targets=[0]), source=(0, 1, 3))
BROKEN = rule("deck-health", step(2, 1, 1), source=(1, 1))


@pytest.fixture
def street(tmp_path):
    street = Street(5, folder=tmp_path)
    bridge = street.node("bridge", {"deck": DECK})
    give(bridge, rules=[STRONG, BROKEN], outputs=[output("siren")], more={17: DETECTORS})
    bridge.set(x=0.0, y=0.0, z=1.0)
    street.run("40 s")
    yield street
    street.close()


def shake(street, strength_g):
    start_ms = street.schedule.now_us / 1000
    street.nodes["bridge"].set(x=lambda at_ms: strength_g * sin(2 * pi * 3 * (at_ms - start_ms) / 1000))
    return start_ms


def test_strong_shaking_sounds_the_siren_within_two_seconds(street):
    start_ms = shake(street, 0.1)
    street.run("10 s")
    assert street.alarm("bridge/quake").level == "alert"
    [(at_ms, state)] = street.nodes["bridge"].output("siren").changes
    assert state == "on" and at_ms - start_ms < 2000
    street.nodes["bridge"].set(x=0.0)
    street.run("2 min")
    assert street.alarm("bridge/quake").level == "normal"
    with street.store.open() as store:
        values = [record.values for record in store.records(stream="quake")]
        waveform = [(record.uptime_ms, record.values[0]) for record in store.records(stream="deck.waveform")]
    assert max(values)[3] >= 5 and values[-1][0] == 0
    boot_ms = street.nodes["bridge"].machine._boot_us / 1000
    began = waveform[0][0] + boot_ms
    assert start_ms - 7000 < began < start_ms - 2500
    assert max(abs(x) for _, x in waveform) > 20000
    street.check()


def test_a_lorry_is_no_earthquake(street):
    shake(street, 0.002)
    street.run("10 s")
    assert street.alarm("bridge/quake").level == "normal"


def test_a_dead_sensor_is_told_and_clears_nothing(street):
    shake(street, 0.1)
    street.run("5 s")
    street.nodes["bridge"].sensor("deck").fault = "silence"
    street.run("2 min")
    assert street.alarm("bridge/quake").level == "alert"
    assert street.alarm("bridge/deck-health").level == "caution"
    assert street.nodes["bridge"].output("siren").commanded == "on"
