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
class Board:
    """One hardware model.

    `gpio` are pins free for input and output, `gpio_in` those that can only be read, `adc` those whose voltage can be measured;
    `buses` maps kind and number to pins in the order of PIN_ORDER, to none where virtual.
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
    )


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
