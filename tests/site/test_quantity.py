"""Durations and device addresses."""

import hashlib

import pytest
from gilmok_site.device import derive_device, format_device, parse_device
from gilmok_site.errors import BadValue
from gilmok_site.quantity import format_duration, parse_duration

DURATIONS = {"250 ms": 250, "10 s": 10_000, "10s": 10_000, " 1.5 s ": 1500, "2 min": 120_000, "24 h": 86_400_000}
DURATIONS["0 s"] = 0

REFUSED = {
    10: "duration",
    1.5: "duration",
    True: "duration",
    "": "duration",
    "10": "duration",
    "ten s": "duration",
    "-1 s": "duration",
    "1 h 30 min": "duration",
    "١ s": "duration",
    "10 sec": "duration_unit",
    "10 S": "duration_unit",
    "0.5 ms": "duration_fraction",
    "25 h": "duration_long",
    "99999999999999999999 h": "duration_long",
}


@pytest.mark.parametrize(("text", "duration_ms"), DURATIONS.items())
def test_parse_duration(text, duration_ms):
    assert parse_duration(text) == duration_ms


@pytest.mark.parametrize(("value", "code"), REFUSED.items(), ids=repr)
def test_refused_durations(value, code):
    with pytest.raises(BadValue) as refused:
        parse_duration(value)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["0 s", "1 ms", "1500 ms", "1 s", "90 s", "1 min", "90 min", "24 h"])
def test_format_duration_is_read_back(text):
    assert format_duration(parse_duration(text)) == text


@pytest.mark.parametrize("text", ["7f3", "7f3ab", "0000", "ffff", "FFFF", "7g3a", "+7f3", " 7f3", "7f3a\n", "٧f3a"])
def test_refused_devices(text):
    with pytest.raises(BadValue):
        parse_device(text)


def test_device_is_lower_case():
    assert parse_device("7F3A") == "7f3a"
    assert format_device(0x0A) == "000a"


def test_derived_device_is_the_digest_of_site_and_node():
    expected = hashlib.sha256(b"yangjae/p1-gate/0").digest()[:2]
    assert derive_device("yangjae", "p1-gate").to_bytes(2, "big") == expected


def test_derived_device_steps_aside():
    first = derive_device("yangjae", "p1-gate")
    assert derive_device("yangjae", "p1-gate", frozenset([first])) not in (first, 0, 0xFFFF)
    everything_but = frozenset(range(0x10000)) - {0x1234}
    assert derive_device("yangjae", "p1-gate", everything_but) == 0x1234
