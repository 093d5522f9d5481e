"""The host's catalogue says of each driver what the driver says of itself, and people learn what they need of each."""

import importlib
import re
import tomllib

import pytest
from checks.driver_tables import driver_names, driver_tables
from checks.sensor_page import page
from gilmok_site.catalogue import ADDRESS_OPTION, DRIVERS, INSTRUMENTS, instrument_names, option_names
from gilmok_site.fields import OWN_STREAMS
from gilmok_site.options import Between, ChannelName, Integers, OneOf
from gilmok_site.wires import BUS
from gilmok_wire.messages import ANCHOR_SCHEMA, MAX_COLUMNS

sensors = importlib.import_module("gilmok_node.sensors")

FACTS = {"title", "measures", "source", "every_min", "why", "supply_v", "current_ma", "maturity", "range", "options", "shares"}
OPTIONAL = {"noise_ug_rthz", "supply_v", "current_ma", "options", "range", "shares", "measuring_ms", "rests_with"}


def facts(name):
    return tomllib.loads((INSTRUMENTS / f"{name}.toml").read_text(encoding="utf-8"))


def test_every_driver_is_in_the_catalogue():
    assert list(DRIVERS) == driver_names() == list(instrument_names())
    assert {"a02yyuw", "adxl355", "bme280", "pms5003"} <= set(DRIVERS)


@pytest.mark.parametrize("name", driver_names())
def test_catalogue_agrees_with_the_driver(name):
    entry, driver = DRIVERS[name], sensors.load(name)
    assert name == driver.NAME
    assert entry.bus == driver.BUS
    assert entry.bus in BUS
    assert entry.channels == tuple(getattr(driver, "CHANNELS", ()))
    assert entry.waveform == tuple(getattr(driver, "WAVEFORM", ()))
    address = ADDRESS_OPTION.get(entry.bus) if entry.addresses else None
    for option, (default, allowed) in driver.OPTIONS.items() if hasattr(driver, "OPTIONS") else ():
        if option == address:
            assert entry.addresses[0] == default
            assert set(entry.addresses) == set(driver_tables()[name]["options"][option]["allowed"])
        elif option != entry.described:
            ours = entry.options[option]
            assert ours.default == (list(default) if isinstance(default, tuple) else default)
            assert all(value in allowed for value in probes(ours.allowed))


def probes(allowed):
    """Return values that a driver has to take as well."""
    if isinstance(allowed, OneOf):
        return allowed
    if isinstance(allowed, Between):
        return allowed.low, allowed.high
    return ["door_open"] if isinstance(allowed, ChannelName) else [[], [allowed.low, allowed.high]]


@pytest.mark.parametrize("name", [name for name in driver_names() if DRIVERS[name].bus == "i2c"])
def test_a_chip_on_a_bus_of_several_has_an_address(name):
    """Without one, two chips that never meet would be taken for one that is there twice."""
    assert DRIVERS[name].addresses


@pytest.mark.parametrize("name", driver_names())
def test_people_learn_what_they_need(name):
    """A driver without its facts cannot be chosen, bought or powered by a person."""
    data, entry = facts(name), DRIVERS[name]
    assert FACTS - OPTIONAL <= set(data) <= FACTS | OPTIONAL
    assert data["maturity"] in ("virtual", "bench", "field")
    assert entry.period_min_ms > 0
    texts = [data["measures"], data["why"], *data.get("options", {}).values()]
    assert all(set(text) == {"en", "ko"} for text in texts)
    assert all(re.search("[가-힣]", text["ko"]) and not re.search("[가-힣]", text["en"]) for text in texts)
    assert set(data.get("options", {})) >= set(entry.options)
    assert all(entry.current_ma[word] >= 0 for word in entry.current_ma)
    assert set(entry.current_ma) <= {"active", "idle", "sleep"}
    if entry.measuring_ms is not None:
        assert {"idle", "sleep"} & set(entry.current_ma)
    assert entry.rests_with is None or entry.measuring_ms is not None and 1 in entry.options[entry.rests_with].allowed


def other_channels(entry):
    """Return the channels that options turn an entry's own into."""
    return [tuple(channel) for each in entry.variants.values() for _, changed in each.cases for channel in changed.values()]


@pytest.mark.parametrize("name", driver_names())
def test_every_range_is_that_of_a_channel(name):
    entry = DRIVERS[name]
    channels = {channel[0] for channel in (*entry.channels, *other_channels(entry))}
    assert entry.described or channels
    assert set(entry.range) <= channels
    assert all(low < high for low, high in entry.range.values())
    assert len(entry.channels) <= MAX_COLUMNS
    for channel, unit, *_ in (*entry.channels, *entry.waveform):  # what a schema item has room for in the smallest frame
        assert len(channel) <= 14
        assert len(channel.encode() + unit.encode()) <= 20


def test_buses_have_the_numbers_the_node_knows():
    assert tuple(sorted(BUS, key=lambda name: BUS[name].kind)) == importlib.import_module("gilmok_node.config").BUS_NAMES


def test_page_of_sensors_names_all():
    text = page()
    assert all(f"\n## {name}\n" in text for name in DRIVERS)
    assert "| rms_x | [g] | 0.00001 | 0 … 2.048 |" in text


def test_options_take_values_of_their_type_only():
    assert [value for value in ("a_b", "A", "", 3, "x" * 15, None) if value in ChannelName()] == ["a_b"]
    assert [value for value in ([], [1], [-1], [9], [True], 3, ["a"]) if value in Integers(0, 8)] == [[], [1]]
    assert [value for value in (0, 1, True, 1.0, "1") if value in OneOf((1, 2))] == [1]
    between = Between(1, 3)
    assert [value for value in (0, 1, 3, 4, 2.0, True, "2") if value in between] == [1, 3]
    assert list(between) == [1, 2, 3]


def test_options_of_a_misspelt_driver_are_anybodys():
    assert option_names("adxl355") == {"sample_ms"}
    assert option_names("pms5003") == set(DRIVERS["pms5003"].options)
    assert option_names("adxl35") >= {"sample_ms", "osrs_t", "osrs_p", "osrs_h"}
    assert option_names(3) == option_names("adxl35")


def test_a_node_names_its_own_streams_like_this():
    health = importlib.import_module("gilmok_node.health")
    source = importlib.import_module("inspect").getsource(health)
    assert ANCHOR_SCHEMA[0] in OWN_STREAMS
    assert all(f'StreamInfo("{name}"' in source for name in OWN_STREAMS if name != ANCHOR_SCHEMA[0])


def test_page_says_what_every_option_takes():
    assert "object at" not in page()
