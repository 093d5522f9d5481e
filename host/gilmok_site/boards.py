"""Boards: pins, buses and flash of a hardware model, read from the data in `boards/`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# The order of a bus's pins, here and in a node's configuration.
PIN_ORDER = {"uart": ("tx", "rx"), "i2c": ("scl", "sda"), "spi": ("sck", "mosi", "miso")}


@dataclass(frozen=True)
class Ring:
    """The flash area of one of the node's logs.

    Units: bytes.
    """

    label: str
    offset: int
    size: int


@dataclass(frozen=True)
class Radio:
    """How the radio chip is wired: on the pins `sck`, `mosi` and `miso` of its own, or beside sensors on the bus `spi`.

    `rf_switch` says what moves the antenna switch, `txen` and `rxen` which pins do, high while it sends and while it receives;
    `tcxo_mv` is what DIO3 has to supply, None where there is no TCXO or nobody says.
    """

    chip: str
    nss: int
    busy: int
    dio1: int
    reset: int
    spi: int | None = None
    sck: int | None = None
    mosi: int | None = None
    miso: int | None = None
    txen: int | None = None
    rxen: int | None = None
    tcxo_mv: int | None = None
    rf_switch: str = ""


@dataclass(frozen=True)
class Battery:
    """The pin that measures the battery behind a divider (upper, lower resistor), which `enable` connects where it has one."""

    adc: int
    divider_kohm: tuple[int, int]
    enable: int | None = None
    enable_level: int = 1


@dataclass(frozen=True)
class Current:
    """What the node draws while it is awake: of the whole `of` "board", or of its "chip" alone.

    Units: `ma` mA at `volts` V.
    """

    ma: float
    volts: float
    of: str
    source: str


@dataclass(frozen=True)
class Led:
    """The status LED: its pin, and the level that lights it."""

    pin: int
    active: int


@dataclass(frozen=True)
class Board:
    """One hardware model.

    `gpio` are pins free for input and output, `gpio_in` those that can only be read, `adc` those whose voltage can be measured,
    `wake` those that end a light sleep;
    `buses` maps kind and number to pins in the order of PIN_ORDER, to none where virtual. `status` is "confirmed" where two `sources`
    agree on what is not marked in the file, else "community".
    """

    name: str
    title: str
    chip: str
    heap_bytes: int
    program_unit: int
    gpio: tuple[int, ...]
    buses: dict[tuple[str, int], tuple[int, ...]]
    records: Ring
    waveforms: Ring
    gpio_in: tuple[int, ...] = ()
    adc: tuple[int, ...] = ()
    wake: tuple[int, ...] = ()
    port: str = ""
    psram_bytes: int = 0
    status: str = "community"
    sources: tuple[str, ...] = ()
    radio: Radio | None = None
    battery: Battery | None = None
    led: Led | None = None
    current: Current | None = None

    @property
    def virtual(self) -> bool:
        """Whether it is the simulator's: its buses have no pins."""
        return self.chip == "sim"

    def numbers_of(self, bus: str) -> list[int]:
        """Return the numbers of this board's buses of one kind."""
        return sorted(number for kind, number in self.buses if kind == bus)


@cache
def board_names() -> tuple[str, ...]:
    """Return the names of all boards."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


@cache
def load_board(name: str) -> Board:
    """Return the board `name`.

    Raises: KeyError where there is none.
    """
    if name not in board_names():  # not by opening it: a name from a site file must not become a path
        raise KeyError(name)
    data = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    flash = data["flash"]
    return Board(
        name=name,
        title=data["title"],
        chip=data["chip"],
        heap_bytes=data["heap_bytes"],
        program_unit=flash["program_unit"],
        gpio=tuple(data["gpio"]),
        buses=_buses(data),
        records=Ring(**flash["records"]),
        waveforms=Ring(**flash["waveforms"]),
        gpio_in=tuple(data.get("gpio_in", ())),
        adc=tuple(data.get("adc", ())),
        wake=tuple(data.get("wake", ())),
        port=data["port"],
        psram_bytes=data["psram_bytes"],
        status=data["status"],
        sources=tuple(data["sources"]),
        radio=Radio(**data["radio"]) if "radio" in data else None,
        battery=_battery(data["battery"]) if "battery" in data else None,
        led=Led(**data["led"]) if "led" in data else None,
        current=Current(**data["current"]) if "current" in data else None,
    )


def _battery(data: dict[str, Any]) -> Battery:
    upper, lower = data["divider_kohm"]
    return Battery(**{**data, "divider_kohm": (upper, lower)})


def _buses(data: dict[str, Any]) -> dict[tuple[str, int], tuple[int, ...]]:
    return {
        (bus, int(number)): tuple(pins[pin] for pin in order if pins)
        for bus, order in PIN_ORDER.items()
        for number, pins in data.get(bus, {}).items()
    }


def _folder() -> Path:
    """Return the folder of the board files: inside the package in a wheel, at the root in a checkout."""
    here = Path(__file__).resolve().parent
    inside = here / "boards"
    return inside if inside.is_dir() else here.parents[1] / "boards"
