"""Energy a day: the board, awake but where its site lets it sleep, and each sensor by what it draws while it measures and between.

Losses of regulators are not counted, nor is a radio. What no data sheet tells is unknown, and the sum is then a lower bound.
"""

from typing import TYPE_CHECKING

from ..catalogue import DRIVERS, Driver
from ..lorawan import modem_of
from .account import DAY_MS, NOTHING, Line, Part, number
from .streams import streams_of
from .traffic import batches_of

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node
    from ..sensor import Sensor

_RAILS_V = (3.3, 5.0)  # what boards feed sensors with: their own rail, and USB's
_HOURS = 24

# Light sleep. Espressif, ESP32 Series Datasheet v3.5, table 6: 0.8 mA of the chip; its successors draw less, and what a board has beside
# its chip comes on top. The times are estimates of an ESP32: a turn of the loop, entering and leaving the sleep.
LIGHT_MA = 0.8
TURN_MS = 1
WAKE_MS = 1
# From power or deep sleep to the first turn of the loop, awake: `make bench BENCH=energy` has the parts, docs/power.md what follows. Not
# budgeted, since nobody boots by the day.
BOOT_MS = 1400
DEEP_MA = 0.01  # the same table: deep sleep with timer and RTC memory
LONGEST_MS = 1000  # firmware/gilmok_node/chip.py: the watchdog is fed
# An uplink by a modem keeps the node awake: on the air, and in the windows for its answer. 3.8 s in the mean of a reservoir's crest at SF9,
# of whose uplinks half are answered (`make bench BENCH=energy`).
UPLINK_MS = 4000
UPLINK_BYTES = 115  # of a frame at SF9, as the modem's port has it
_TURNS = 2  # a reading: it is begun, and taken


def energy_of(node: "Node", board: "Board") -> Part:
    """Return the Wh a day of a checked node, less whatever is unknown: a sensor's, or all of the board beside its chip."""
    if board.virtual:
        return NOTHING
    sleeps = node.power is not None and node.power.sleep == "light"
    parts = [_board(board, node, sleeps), *(_sensor(name, sensor) for name, sensor in node.sensor.items())]
    lines = [line for _, line in parts]
    told = [watt_hours for watt_hours, _ in parts if watt_hours is not None]
    known = len(told) == len(parts) and board.current is not None and board.current.of == "board" and not sleeps
    if parts[0][0] is None:  # a board draws more than its sensors together: without it the rest tells nothing
        return Part(None, lines, known=False)
    return Part(sum(told), [*lines, Line("total", f"{number(sum(told))} Wh/d", note="" if known else "least")], known)


def _board(board: "Board", node: "Node", sleeps: bool) -> tuple[float | None, Line]:
    current = board.current
    if current is None:
        return None, Line("energy_board", "?", board.name, note="untold")
    mean_ma, text, note = current.ma, f"{number(current.ma)} mA", current.of
    if sleeps:
        awake = awake_share(node)
        mean_ma = awake * current.ma + (1 - awake) * LIGHT_MA
        text = f"({number(current.ma)} mA × {awake:.2%} + {LIGHT_MA} mA × {1 - awake:.2%})"
        note = "light_sleep"
    watt_hours = mean_ma / 1000 * current.volts * _HOURS
    return watt_hours, Line(
        "energy_board", f"{text} × {current.volts} V × {_HOURS} h = {number(watt_hours)} Wh/d", board.name, current.source, note
    )


def awake_share(node: "Node") -> float:
    """Return the share of its time that a node in light sleep is awake, as far as its readings, its watchdog and a modem's uplinks wake it.

    An estimate: without what contacts wake it for.
    """
    once_ms = TURN_MS + WAKE_MS
    uplinks = sum(batches_of(stream, UPLINK_BYTES).frames for stream in streams_of(node)) if modem_of(node) else 0
    readings = sum(_TURNS * once_ms / sensor.every_ms for sensor in node.sensor.values())
    return min(1.0, once_ms / LONGEST_MS + readings + uplinks * UPLINK_MS / DAY_MS)


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
    """Return the mean current, and its sum as text."""
    active, rest = currents_of(sensor)
    if rest is None or driver.measuring_ms is None:
        return active, f"{active} mA"
    share = driver.measuring_ms / sensor.every_ms
    active_ms, rest_ms = driver.measuring_ms, sensor.every_ms - driver.measuring_ms
    text = f"({active} mA × {number(active_ms)} ms + {number(rest)} mA × {number(rest_ms)} ms) / {number(sensor.every_ms)} ms"
    return active * share + rest * (1 - share), text


def currents_of(sensor: "Sensor") -> tuple[float, float | None]:
    """Return the mA that a sensor, of a driver whose active current is told, draws for `measuring_ms` a reading and between.

    The latter is None where it is active all the time, or nobody says how long it rests.
    """
    driver = DRIVERS[sensor.driver]
    current = driver.current_ma
    rest = current.get("sleep", current.get("idle"))
    measuring_ms = driver.measuring_ms
    rests = measuring_ms is not None and measuring_ms < sensor.every_ms and _rests(sensor, driver)
    return current["active"], rest if rests else None


def _rests(sensor: "Sensor", driver: Driver) -> bool:
    return driver.rests_with is None or sensor.options.get(driver.rests_with) == 1
