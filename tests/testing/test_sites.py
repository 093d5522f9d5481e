"""Every site runs virtually for half an hour: each profile, and one of every driver; and every sensor falls silent and comes back."""

import os
from collections import defaultdict
from pathlib import Path

import pytest
from gilmok.street import Street
from gilmok.street.sensor import LEVEL, StreetSensor
from gilmok_sim.city import Before
from gilmok_site import load_site
from gilmok_site.catalogue import DRIVERS
from gilmok_site.derived import columns_of
from gilmok_site.gather import PROFILES

ALL_DRIVERS = Path(__file__).parent / "sites" / "all-drivers.toml"
SITES = [*sorted(PROFILES.glob("*.toml")), *sorted(ALL_DRIVERS.parent.glob("*.toml"))]
SPAN_S = int(os.environ.get("GILMOK_SITES_S", "1800"))  # three records of the slowest sensors, which tell one every ten minutes
MANY_S = 1200  # for one of every driver: no site has so many, and a simulated minute of them costs a second
WARM_S = 330  # an SGP41's NOx signal: 300 s, and its next reading
SHARE = 0.75  # of the readings the time has room for: begins, warm-ups and a report's own rhythm take some

# Columns that have no value by design: driver → (which of its columns, in what case, why).
EMPTY = {
    "gas_cell": (
        0,
        lambda options: options.get("settle_s", 3600) >= SPAN_S or not options.get("sensitivity"),
        "a cell settles for an hour",
    ),
}

# Sensors whose silence nobody can tell from a reading, and why.
NEVER_SILENT = {
    "contact": "a wire that is off is an open contact",
    "rain_gauge": "no tips are no rain",
    "battery": "no voltage is a flat battery",
}


@pytest.fixture(params=SITES, ids=lambda path: path.stem)
def site_path(request, tmp_path):
    """The path of a whole site file: a profile gets what a site adds to it, and motion sensors their slowest rate.

    At 250 Hz the samples of an accelerometer are nine tenths of what a run costs.
    """
    extended = request.param.stem if request.param.parent == PROFILES else str(request.param)
    head = f'[site]\nid = "whole"\nextends = "{extended}"\n[store]\nurl = "sqlite:whole.db"\n'
    path = tmp_path / "whole.toml"
    path.write_text(head, encoding="utf-8")
    slow = [
        f"[node.{node}.sensor.{name}]\nsample_ms = {max(DRIVERS[sensor.driver].options['sample_ms'].allowed)}\n"
        for node, table in load_site(path).node.items()
        for name, sensor in table.sensor.items()
        if "sample_ms" in DRIVERS[sensor.driver].options
    ]
    path.write_text(head + "".join(slow), encoding="utf-8")
    return path


@pytest.fixture
def site(site_path):
    return load_site(site_path)


@pytest.fixture
def street(site_path):
    made = Street.of_site(site_path, seed=3)
    yield made
    made.close()


def sensors_of(street):
    return [(node, sensor) for node in street.nodes.values() for sensor in node.sensors]


def expected(sensor, span_s):
    """Return how many records there are at least."""
    period_ms = sensor.mean_ms or (sensor.report.heartbeat_ms if sensor.report else sensor.every_ms)
    return int(SHARE * span_s * 1000 / period_ms)


def is_empty_by_design(sensor, index):
    column, applies, _why = EMPTY.get(sensor.driver, (None, None, None))
    return index == column and applies(sensor.options)


def test_every_sensor_delivers(street, site):
    span_s = MANY_S if len(sensors_of(street)) > len(DRIVERS) else SPAN_S
    street.run(f"{span_s} s")
    street.drain()
    street.check()
    assert street.store.lost == street.store.duplicated == street.census().held == 0
    poor = []
    for node, sensor in sensors_of(street):
        assert street.store.readings(node, "fault.fault") == [], street.describe()
        table, changing = site.node[node.name].sensor[sensor.name], False
        for index, (channel, *_) in enumerate(columns_of(site.node[node.name], sensor.name)):
            values = [each.value for each in street.store.readings(node, f"{sensor.name}.{channel}")]
            changing |= len(set(values)) > 1
            if not values and not is_empty_by_design(table, index):
                poor.append(f"{node.name}.{sensor.name}.{channel} ({sensor.driver}): no value")
        records, wanted = len(street.store.readings(node, f"{sensor.name}.{channel}")), expected(table, span_s)
        if records < wanted or not changing:
            poor.append(f"{node.name}.{sensor.name} ({sensor.driver}): {records} records of {wanted}, changing: {changing}")
    assert not poor


def is_never_silent(sensor, others):
    """Tell whether no reading shows that `sensor` is off."""
    if sensor.driver == "crack_meter":  # where another one holds up the excitation, a wiper that is off is the end of the track
        return any(other is not sensor and (other.driver, other.address) == (sensor.driver, sensor.address) for other in others)
    if sensor.driver == "gas_cell":  # without its certificate nobody knows which voltage its board always has
        return not sensor.options.get("we_zero_uv")
    return sensor.driver in NEVER_SILENT


def test_every_sensor_falls_silent_and_comes_back(street, site):
    """Half of them at a time, so that a silent neighbour on a bus shows where it disturbs others."""
    tables = {name: node.sensor for name, node in site.node.items()}
    never = {(node, name) for node, own in tables.items() for name in own if is_never_silent(own[name], own.values())}
    street.run(f"{WARM_S} s")
    for turn in range(2):
        silent = [pair for place, pair in enumerate(sensors_of(street)) if place % 2 == turn and (pair[0].name, pair[1].name) not in never]
        for _, sensor in silent:
            sensor.fault = "silence"
        street.run_until(lambda chosen=silent: all(sensor.error for _, sensor in chosen), at_most="40 min")
        for _, sensor in silent:
            sensor.fault = None
        street.run_until(lambda chosen=silent: not any(sensor.error for _, sensor in chosen), at_most="40 min")
    street.drain()
    for node in street.nodes.values():
        events = events_of(street, node)
        for sensor in node.sensors:
            found = events[sensor.name]
            wanted = 0 if (node.name, sensor.name) in never else 2
            assert len(found) == wanted and found[1::2] == [0] * (wanted // 2), (node.name, sensor.name, found)


def events_of(street, node):
    """Return the fault events of a node's sensors as the store has them."""
    names = [sampler.name for sampler in node.machine.node.samplers]
    events = defaultdict(list)
    which, what = (street.store.readings(node, f"fault.{column}") for column in ("sensor", "fault"))
    for place, fault in zip(which, what, strict=True):
        events[names[int(place.value)]].append(fault.value)
    return events


@pytest.mark.parametrize("site_path", [ALL_DRIVERS], indirect=True, ids=["all-drivers"])
def test_a_sensor_is_set_by_what_its_chip_asks_for(street, monkeypatch):
    asked = defaultdict(set)
    value = Before.value

    def watched(self, channel, now_ms):
        asked[self._sensor.name].add(channel)
        return value(self, channel, now_ms)

    monkeypatch.setattr(Before, "value", watched)
    street.run(f"{WARM_S} s")
    for _, sensor in sensors_of(street):
        assert set(sensor.channels) == asked[sensor.name], sensor.name
        assert isinstance(sensor, StreetSensor) and sensor.measures(LEVEL) == bool({LEVEL, "distance"} & set(sensor.channels))
