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


# Of each chip: pins it has, and those that a board must leave alone: strapping, flash, USB and the serial link.
# Espressif, ESP32 datasheet v4.9, 2.2 and 3.3; ESP32-S3 and ESP32-C3 user guides of the development kits (esp-dev-kits);
# Raspberry Pi Pico W: UART 0 and the wireless chip; 40-pin header: the HATs' EEPROM and the kernel's chip selects.
CHIPS = {
    "esp32": ({*range(20), 21, 22, 23, 25, 26, 27, *range(32, 40)}, {0, 2, 5, 12, 15, 1, 3, *range(6, 12)}),
    "esp32s3": ({*range(22), *range(26, 49)}, {0, 3, 45, 46, 19, 20, *range(26, 33), 43, 44}),
    "esp32c3": (set(range(22)), {2, 8, 9, *range(11, 20), 20, 21}),
    "rp2040": (set(range(30)), {0, 1, 23, 24, 25, 29}),
    "rp3a0": (set(range(28)), {0, 1, 7, 8}),
    "bcm2711": (set(range(28)), {0, 1, 7, 8}),
    "bcm2712": (set(range(28)), {0, 1, 7, 8}),
    "sim": (set(range(100)), set()),
}


def pins_of(board):
    """Return (what, pin) for every pin that the board gives something to do, but for `adc`, which are of the free ones."""
    yield from (("gpio", pin) for pin in board.gpio)
    yield from (("gpio_in", pin) for pin in board.gpio_in)
    yield from ((f"{bus}.{number}", pin) for (bus, number), pins in board.buses.items() for pin in pins)
    if board.radio:
        names = ("sck", "mosi", "miso", "nss", "busy", "dio1", "reset", "txen", "rxen")
        yield from ((f"radio.{name}", pin) for name in names if (pin := getattr(board.radio, name)) is not None)
    if board.battery:
        yield "battery.adc", board.battery.adc
        if board.battery.enable is not None:
            yield "battery.enable", board.battery.enable
    if board.led:
        yield "led", board.led.pin


@pytest.mark.parametrize("name", board_names())
def test_no_pin_is_used_twice(name):
    board = load_board(name)
    used = {}
    for what, pin in pins_of(board):
        assert used.setdefault(pin, what) == what, (pin, what, used[pin])
    assert len(set(board.gpio)) == len(board.gpio) and len(set(board.gpio_in)) == len(board.gpio_in)
    assert all(len(pins) in (0, len(PIN_ORDER[bus])) for (bus, _), pins in board.buses.items())
    assert set(board.adc) <= {*board.gpio, *board.gpio_in}


# RTC GPIOs that are inputs too, and a chip with EXT1: ESP-IDF Programming Guide, "Sleep Modes" and "GPIO", of each chip.
RTC = {"esp32": {0, 2, 4, *range(12, 16), *range(25, 28), *range(32, 40)}, "esp32s3": set(range(22)), "sim": set(range(100))}


@pytest.mark.parametrize("name", board_names())
def test_what_wakes_is_a_pin_of_the_rtc(name):
    board = load_board(name)
    radio = {board.radio.dio1} if board.radio else set()
    assert set(board.wake) == {*board.gpio, *board.gpio_in, *radio} & RTC.get(board.chip, set())


@pytest.mark.parametrize("name", board_names())
def test_strapping_flash_and_console_are_left_alone(name):
    board = load_board(name)
    have, reserved = CHIPS[board.chip]
    onboard = ("radio.", "battery.", "led")  # the board's own maker may know better
    for what, pin in pins_of(board):
        assert pin in have, (what, pin)
        assert pin not in reserved or what.startswith(onboard), (what, pin)
    inputs = set(range(34, 40)) if board.chip == "esp32" else set()
    outputs = {pin for what, pin in pins_of(board) if what not in ("gpio_in", "radio.busy", "radio.dio1")}
    receivers = {pins[1] for (bus, _), pins in board.buses.items() if bus == "uart" and pins}
    assert not (outputs - receivers) & inputs and set(board.gpio_in) <= inputs


@pytest.mark.parametrize("name", board_names())
def test_radio_is_wired_one_way(name):
    radio = load_board(name).radio
    if radio is None:
        return
    own = [radio.sck, radio.mosi, radio.miso]
    assert (None in own) == (radio.spi is not None)
    assert radio.spi is None or (own == [None] * 3 and ("spi", radio.spi) in load_board(name).buses)
    assert radio.chip == "sx1262" and radio.rf_switch == "dio2"
    assert radio.tcxo_mv in (None, 1600, 1700, 1800, 2200, 2400, 2700, 3000, 3300)  # SX1262 datasheet 2.1, table 13-35


@pytest.mark.parametrize("name", board_names())
def test_what_is_known_of_a_board_and_from_where(name):
    board = load_board(name)
    assert board.port in ("esp32", "rp2", "linux", "sim")
    assert board.status in ("confirmed", "community")
    assert len(board.sources) >= (2 if board.status == "confirmed" and board.port != "sim" else 1)
    assert board.heap_bytes >= 100_000 and board.psram_bytes % 0x100000 == 0
    current = board.current
    assert current is None or current.of in ("chip", "board") and current.source and current.ma > 0 and current.volts in (3.3, 5.0)


def test_boards_that_are_promised():
    confirmed = {"esp32-devkitc", "heltec-lora32-v3", "lilygo-t3s3", "rpi-zero-2w", "rpi-4", "rpi-5", "sim"}
    assert {name for name in board_names() if load_board(name).status == "confirmed"} == confirmed
    assert {"esp32-s3-devkit", "esp32-c3-devkit", "lilygo-t-beam", "rpi-pico-w"} <= set(board_names())


@pytest.mark.parametrize("name", board_names())
def test_flash_areas_fit_and_do_not_overlap(name):
    flash = raw(name)["flash"]
    labels = ("records", "waveforms") if load_board(name).port == "linux" else ("filesystem", "records", "waveforms")
    areas = sorted((flash[area]["offset"], flash[area]["size"]) for area in labels)
    assert all(offset % flash["erase_block"] == size % flash["erase_block"] == 0 for offset, size in areas)
    for (offset, size), (following, _) in itertools.pairwise([*areas, (flash["size"], 0)]):
        assert offset + size <= following
    assert flash["program_unit"] in (1, 16, 32, 256)  # docs/DESIGN.md, "The node"
    assert flash["erase_block"] == 4096
    assert all(len(flash[area]["label"]) <= 16 for area in labels)  # esp_partition.h


@pytest.mark.parametrize("name", ["../boards/sim", "sim.toml", "", "SIM", "."])
def test_a_name_is_no_path(name):
    with pytest.raises(KeyError):
        load_board(name)


def test_wheel_keeps_boards_beside_the_code(tmp_path, monkeypatch):
    package = tmp_path / "gilmok_site"
    (package / "boards").mkdir(parents=True)
    monkeypatch.setattr(boards, "__file__", str(package / "boards.py"))
    assert boards._folder() == package / "boards"
