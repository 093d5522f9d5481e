"""Board data: no pin twice, no flash twice, and what the log asks of its rings."""

import itertools
import tomllib
from pathlib import Path

import pytest
from gilmok_site import boards
from gilmok_site.boards import PIN_ORDER, board_names, load_board

FOLDER = Path(__file__).resolve().parents[2] / "boards"


def raw(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def test_all_boards_are_found():
    assert board_names() == tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
    assert {"esp32-devkitc", "sim"} <= set(board_names())


def test_pins_stand_in_order():
    board = load_board("esp32-devkitc")
    assert board.buses == {("uart", 1): (33, 32), ("uart", 2): (17, 16), ("i2c", 0): (22, 21), ("spi", 2): (18, 23, 19)}
    assert board.numbers_of("uart") == [1, 2]
    assert load_board("sim").buses["spi", 1] == ()


@pytest.mark.parametrize("name", board_names())
def test_no_pin_is_used_twice(name):
    board = load_board(name)
    pins = [*board.gpio, *itertools.chain(*board.buses.values())]
    assert len(pins) == len(set(pins))
    assert all(len(pins) in (0, len(PIN_ORDER[bus])) for (bus, _), pins in board.buses.items())


def test_esp32_leaves_flash_strapping_and_console_alone():
    """Espressif, ESP32 datasheet v4.9, 3.3 (strapping); DevKitC guide (6–11 flash); 1 and 3: UART 0; 34–39: inputs."""
    board = load_board("esp32-devkitc")
    outputs = {*board.gpio, *itertools.chain(*board.buses.values())}
    assert not outputs & {0, 2, 5, 12, 15, 1, 3, *range(6, 12), *range(34, 40)}
    assert outputs <= {*range(20), 21, 22, 23, 25, 26, 27, 32, 33}


@pytest.mark.parametrize("name", board_names())
def test_flash_areas_fit_and_do_not_overlap(name):
    flash = raw(name)["flash"]
    areas = sorted((flash[area]["offset"], flash[area]["size"]) for area in ("filesystem", "records", "waveforms"))
    assert all(offset % flash["erase_block"] == size % flash["erase_block"] == 0 for offset, size in areas)
    for (offset, size), (following, _) in itertools.pairwise([*areas, (flash["size"], 0)]):
        assert offset + size <= following
    assert flash["program_unit"] in (1, 16, 32, 256)  # docs/DESIGN.md, "The node"
    assert flash["erase_block"] == 4096
    assert all(len(flash[area]["label"]) <= 16 for area in ("filesystem", "records", "waveforms"))  # esp_partition.h


@pytest.mark.parametrize("name", ["../boards/sim", "sim.toml", "", "SIM", "."])
def test_a_name_is_no_path(name):
    with pytest.raises(KeyError):
        load_board(name)


def test_wheel_keeps_boards_beside_the_code(tmp_path, monkeypatch):
    package = tmp_path / "gilmok_site"
    (package / "boards").mkdir(parents=True)
    monkeypatch.setattr(boards, "__file__", str(package / "boards.py"))
    assert boards._folder() == package / "boards"
