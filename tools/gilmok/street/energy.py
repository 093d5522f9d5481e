"""What a node of the street uses: its board as the loop turns, its sensors as they are asked, flash and radio as they work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gilmok_sim.energy import DAY_S, FLASH_MA, MJ_PER_WH, SUPPLY_V, Load, Meter, radio_millijoules
from gilmok_site.boards import Board
from gilmok_site.budget.energy import BOOT_MS, LIGHT_MA, LONGEST_MS, TURN_MS, WAKE_MS, currents_of, supply_of
from gilmok_site.catalogue import DRIVERS

if TYPE_CHECKING:
    from gilmok_site.model import Node
    from gilmok_site.sensor import Sensor

NAP_US = 10_000  # firmware/gilmok_node/chip.py: shorter pauses are no sleep
AWAKE_US = 60_000_000  # … and in its first minute a node does not sleep


@dataclass(frozen=True)
class Energy:
    """What a node has used over `seconds`: `millijoules` by part; `unknown` are the parts of which nobody tells what they draw."""

    millijoules: dict[str, float]
    unknown: tuple[str, ...]
    seconds: float

    @property
    def wh_a_day(self) -> float:
        """Watt-hours a day at this rate, at least: without the unknown."""
        return sum(self.millijoules.values()) / MJ_PER_WH * DAY_S / self.seconds if self.seconds else 0.0

    def since(self, earlier: Energy) -> Energy:
        """Return what has been used since `earlier` was read."""
        used = {part: value - earlier.millijoules.get(part, 0.0) for part, value in self.millijoules.items()}
        return Energy(used, self.unknown, self.seconds - earlier.seconds)

    def days(self, watt_hours: float) -> float:
        """Return how many days a battery lasts at this rate, at most."""
        return watt_hours / self.wh_a_day


class Wattmeter:
    """Between a node's supply and the node. `now_us` returns the street's time.

    The board draws its current while the loop turns and while it idles, that of light sleep where the node may sleep and the pause is long
    enough; the firmware wakes each second to feed its watchdog, which a simulated one needs not, and at every edge of a contact. Turns take
    what the street has them take.
    """

    def __init__(self, node: Node, board: Board, now_us: Callable[[], int]) -> None:
        self._meter = Meter()
        self._now_us = now_us
        self._began_us = now_us()
        self._sleeps = node.power is not None and node.power.sleep == "light"
        current = board.current
        self._board = Load(current.ma, current.volts) if current else None
        told = {name: sensor for name, sensor in node.sensor.items() if _is_told(sensor)}
        self._sensors = {name: _loads(sensor) for name, sensor in told.items()}
        self._unknown = (*(() if current else ("board",)), *(name for name in node.sensor if name not in told))
        self._radios: list[Any] = []
        self.others: dict[str, Callable[[], float]] = {}  # mJ that parts beside the board have used, as they tell themselves
        self._switches: list[Any] = []  # of this boot
        self._edges = 0  # that they have counted
        self._boot_us = self._ended_us = self._began_us

    def boot(self, node: Any) -> None:
        """Take a node that has just got power or been reset."""
        now_us = self._boot_us = self._ended_us = self._now_us()
        if self._board:
            self._meter.draw("board", self._board, now_us)
            self._meter.spend("boot", self._board, BOOT_MS * 1000)  # beside that: a street's node starts at once
        for name, (_, rest, _) in self._sensors.items():
            self._meter.draw(name, rest, now_us)
        for sampler in node.samplers:
            if sampler.name in self._sensors:
                sampler.driver.start = self._counted(sampler.name, sampler.driver.start)
        self._switches = [sampler.driver._switch for sampler in node.samplers if hasattr(sampler.driver, "_switch")]
        self._edges = 0
        radios = (getattr(port, "_radio", None) for port in node.ports)  # where it is a SimRadio, it keeps account of its states
        self._radios += [radio for radio in radios if hasattr(radio, "spent_us") and radio not in self._radios]

    def turn(self, began_us: int, ended_us: int, flash_ms: int) -> None:
        """Take note of a turn of the loop, during which the flash worked for so long."""
        pause_us = began_us - self._ended_us
        if self._board and self._sleeps and pause_us >= NAP_US and began_us - self._boot_us >= AWAKE_US:
            wakes = 1 + pause_us // (LONGEST_MS * 1000) + self._new_edges()
            asleep_us = max(0, pause_us - wakes * (TURN_MS + WAKE_MS) * 1000)
            self._meter.spend("board", Load(LIGHT_MA - self._board.ma, self._board.volts), asleep_us)
        self._meter.spend("flash", Load(FLASH_MA, SUPPLY_V), flash_ms * 1000)
        self._ended_us = max(ended_us, self._ended_us)

    def stop(self) -> None:
        """Have the node lose its power."""
        self._meter.stop(self._now_us())

    def read(self) -> Energy:
        """Return what has been used until now."""
        now_us = self._now_us()
        used = self._meter.millijoules(now_us)
        for radio in self._radios:
            radio.settle_spent()
            used["radio"] = used.get("radio", 0.0) + radio_millijoules(radio.spent_us, radio.sent_us)
        used.update({part: told() for part, told in self.others.items()})
        return Energy(used, self._unknown, (now_us - self._began_us) / 1e6)

    def _new_edges(self) -> int:
        """Return how often contacts have opened and closed since the last time."""
        edges = sum(switch.closings + switch.openings for switch in self._switches)
        new, self._edges = edges - self._edges, edges
        return new

    def _counted(self, name: str, start: Callable[[int], int]) -> Callable[[int], int]:
        """Return a driver's `start` that has each measurement counted."""
        active, rest, measuring_us = self._sensors[name]

        def started(now_ms: int) -> int:
            wait_ms = start(now_ms)
            self._meter.spend(name, Load(active.ma - rest.ma, active.volts), measuring_us)
            return wait_ms

        return started


def _is_told(sensor: Sensor) -> bool:
    driver = DRIVERS[sensor.driver]
    return driver.supply_v is not None and "active" in driver.current_ma


def _loads(sensor: Sensor) -> tuple[Load, Load, int]:
    """Return what a sensor draws in a measurement and between, and how many µs one takes."""
    driver = DRIVERS[sensor.driver]
    volts = supply_of(driver.supply_v or (SUPPLY_V, SUPPLY_V))
    active, rest = currents_of(sensor)
    return Load(active, volts), Load(active if rest is None else rest, volts), (driver.measuring_ms or 0) * 1000
