"""How long a battery lasts without sun, and whether a panel keeps it charged."""

from typing import TYPE_CHECKING

from .account import NOTHING, Line, Part, number

if TYPE_CHECKING:
    from ..model import Battery

# Korea's mean over 28 years, on the horizontal: koreascience.kr, JAKO201128451816195 (KIER). December brings less, hence the margin.
SUN_HOURS = 3.61  # kWh/m² a day are hours of full sun
SYSTEM = 0.86  # PVWatts version 5, default losses of 14 %: dirt, shade, wiring, mismatch
MARGIN = 2  # ours, for winter: no source tells the worst month of a place


def battery_of(battery: "Battery | None", energy: Part) -> Part:
    """Return the days that a battery carries a node, and how much of what it wants the sun brings as the limit where it has a panel."""
    if battery is None:
        return NOTHING
    stored = battery.ah * battery.voltage
    line = Line("battery_holds", f"{number(battery.ah)} Ah × {battery.voltage} V = {number(stored)} Wh")
    if energy.value is None:
        return Part(None, [line, Line("battery_untold", "?")], known=False)
    days = stored / energy.value
    note = "" if energy.known else "most"
    lines = [line, Line("battery_days", f"{number(stored)} Wh / {number(energy.value)} Wh/d = {number(days)} d", note=note)]
    if battery.watts is None:
        return Part(days, lines, energy.known)
    sun = battery.watts * SUN_HOURS * SYSTEM
    sum_ = f"{number(battery.watts)} W × {SUN_HOURS} h/d × {SYSTEM} = {number(sun)} Wh/d"
    lines += [
        Line("battery_sun", sum_, source="KIER 1982–2009 (JAKO201128451816195); PVWatts 5"),
        Line("battery_wants", f"{MARGIN} × {number(energy.value)} = {number(MARGIN * energy.value)} Wh/d", note="winter"),
    ]
    return Part(days, lines, energy.known, sun / energy.value / MARGIN)
