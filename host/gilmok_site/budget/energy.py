"""Energy a day: the board, which never sleeps, and each sensor by what it draws while it measures and between.

Losses of regulators are not counted. What no data sheet tells is unknown, and the sum is then a lower bound.
"""

from typing import TYPE_CHECKING

from ..catalogue import DRIVERS, Driver
from .account import NOTHING, Line, Part, number

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node
    from ..sensor import Sensor

_RAILS_V = (3.3, 5.0)  # what boards feed sensors with: their own rail, and USB's
_HOURS = 24


def energy_of(node: "Node", board: "Board") -> Part:
    """Return the Wh a day of a checked node, less whatever is unknown: a sensor's, or all of the board beside its chip."""
    if board.virtual:
        return NOTHING
    parts = [_board(board), *(_sensor(name, sensor) for name, sensor in node.sensor.items())]
    lines = [line for _, line in parts]
    told = [watt_hours for watt_hours, _ in parts if watt_hours is not None]
    known = len(told) == len(parts) and board.current is not None and board.current.of == "board"
    if parts[0][0] is None:  # a board draws more than its sensors together: without it the rest tells nothing
        return Part(None, lines, known=False)
    return Part(sum(told), [*lines, Line("total", f"{number(sum(told))} Wh/d", note="" if known else "least")], known)


def _board(board: "Board") -> tuple[float | None, Line]:
    current = board.current
    if current is None:
        return None, Line("energy_board", "?", board.name, note="untold")
    watt_hours = current.ma / 1000 * current.volts * _HOURS
    sum_ = f"{number(current.ma)} mA × {current.volts} V × {_HOURS} h = {number(watt_hours)} Wh/d"
    return watt_hours, Line("energy_board", sum_, board.name, current.source, current.of)


def _sensor(name: str, sensor: "Sensor") -> tuple[float | None, Line]:
    driver = DRIVERS[sensor.driver]
    if driver.supply_v is None or "active" not in driver.current_ma:
        return None, Line("energy_sensor", "?", name, note="untold")
    volts = supply_of(driver.supply_v)
    mean_ma, text = _mean_ma(sensor, driver)
    watt_hours = mean_ma / 1000 * volts * _HOURS
    sum_ = f"{text} × {volts} V × {_HOURS} h = {number(watt_hours)} Wh/d"
    return watt_hours, Line("energy_sensor", sum_, name, driver.source)


def supply_of(supply_v: tuple[float, float]) -> float:
    """Return the voltage that a sensor is fed with: the first rail that it takes, else the least it wants."""
    low, high = supply_v
    return next((rail for rail in _RAILS_V if low <= rail <= high), low)


def _mean_ma(sensor: "Sensor", driver: Driver) -> tuple[float, str]:
    """Return the mean current, and its sum as text: all the time active, unless it is known how long it rests."""
    current = driver.current_ma
    rest = current.get("sleep", current.get("idle"))
    if rest is None or driver.measuring_ms is None or not _rests(sensor, driver) or driver.measuring_ms >= sensor.every_ms:
        return current["active"], f"{current['active']} mA"
    share = driver.measuring_ms / sensor.every_ms
    active_ms, rest_ms = driver.measuring_ms, sensor.every_ms - driver.measuring_ms
    text = f"({current['active']} mA × {number(active_ms)} ms + {number(rest)} mA × {number(rest_ms)} ms) / {number(sensor.every_ms)} ms"
    return current["active"] * share + rest * (1 - share), text


def _rests(sensor: "Sensor", driver: Driver) -> bool:
    return driver.rests_with is None or sensor.options.get(driver.rests_with) == 1
