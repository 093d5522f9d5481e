"""What the nodes of each profile use: a simulated quarter of an hour, metered part by part, beside the budget of `gilmok check`; what
light sleep makes of it, and what a boot costs."""

import tempfile
from pathlib import Path

from gilmok.street import Street
from gilmok.street.energy import Energy
from gilmok.street.modem import StreetModem
from gilmok_sim.energy import DAY_S, MJ_PER_WH
from gilmok_site import Site, load_site
from gilmok_site.boards import load_board
from gilmok_site.budget import budget_of
from gilmok_site.catalogue import DRIVERS
from gilmok_site.gather import profile_names

from bench import boot
from bench.report import Figure

START = "2 min"  # a node does not sleep in its first minute
SPAN = "15 min"  # what is slower than that measures once or not at all: a thousandth of what the board draws
BATTERY_WH = 12 * 20  # profiles leave the battery to the site: a lead battery of 12 V and 20 Ah as a measure

DOZING = """
[site]
id = "bench"
name = "Bench"
timezone = "Asia/Seoul"

[store]
url = "sqlite:bench.db"

[node.weather]
board = "esp32-devkitc"
power.sleep = "light"
sensor.air = { driver = "sht45", i2c = 0, every = "1 min" }
sensor.battery = { driver = "ina219", i2c = 0, every = "1 min" }
"""

# Of the profiles' nodes on batteries those that may sleep: their sensors answer when asked, or are contacts (docs/power.md).
MAY_SLEEP = {"small-reservoir": "crest", "steep-slope": "slope-head"}
MODEM = """
[link.city]
url = "chirpstack:mqtt://127.0.0.1:1883?application=17c82e96-be03-4f38-aef3-f83d48582d97"
[node.{node}]
lora = {{ modem = "rak3172", uart = 1 }}
power.sleep = "{sleep}"
"""


def measure() -> list[Figure]:
    """Return the figures of every node of a profile that measures its supply, and of nodes that sleep; and those of a boot.

    The rest is on mains; of boards that nobody measured neither meter nor budget can tell anything.
    """
    figures = [figure for name in profile_names() for figure in _profile(name)]
    for profile, node in MAY_SLEEP.items():
        for sleep in ("none", "light"):
            figures += _by_modem(profile, node, sleep)
    return figures + _dozing() + boot.measure(DOZING.replace("esp32-devkitc", "sim"))


def _profile(name: str) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.toml"
        head = f'[site]\nid = "bench"\nextends = "{name}"\n[store]\nurl = "sqlite:bench.db"\n'
        path.write_text(head, encoding="utf-8")
        site = load_site(path)
        if not _on_battery(site):
            return []
        path.write_text(head + _slowest(site), encoding="utf-8")  # samples of an accelerometer cost time here, and no energy
        return _run(name, path)


def _by_modem(profile: str, node: str, sleep: str) -> list[Figure]:
    """Return the figures of a profile's node behind a LoRaWAN modem."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.toml"
        head = f'[site]\nid = "bench"\nextends = "{profile}"\n[store]\nurl = "sqlite:bench.db"\n'
        path.write_text(head + MODEM.format(node=node, sleep=sleep), encoding="utf-8")
        return _run(f"{profile} by modem, sleep = {sleep}", path, modem=(node, sleep == "light"))


def _dozing() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.toml"
        path.write_text(DOZING, encoding="utf-8")
        return _run("ESP32, two sensors a minute, light sleep", path, silent=True)


def _run(title: str, path: Path, silent: bool = False, modem: tuple[str, bool] | None = None) -> list[Figure]:
    """Return the figures of a site's nodes; `silent`: they have no line; `modem`: of this one alone, which has one, and sleeps or not."""
    site = load_site(path)
    street = Street.of_site(path, seed=3)
    try:
        for node in street.nodes.values() if silent or modem else ():
            node.line.cut()
        if modem:
            StreetModem(street, street.nodes[modem[0]], modem[1])
            street.nodes[modem[0]].reboot()
        street.run(START)
        before = {node: street.nodes[node].energy() for node in ([modem[0]] if modem else _on_battery(site))}
        street.run(SPAN)
        used = {node: street.nodes[node].energy().since(earlier) for node, earlier in before.items()}
        return [figure for node, energy in used.items() for figure in _figures(f"{title}: {node}", energy, site, node)]
    finally:
        street.close()


def _figures(title: str, energy: Energy, site: Site, node: str) -> list[Figure]:
    budgeted = budget_of(site, node).energy.value or 0.0
    per_day = DAY_S / energy.seconds * 1000 / MJ_PER_WH
    parts = ", ".join(f"{part} {used * per_day:.3g}" for part, used in energy.millijoules.items())
    unknown = f"; not told: {', '.join(energy.unknown)}" if energy.unknown else ""
    key = f"energy_{title}".replace(": ", "_").replace(", ", "_").replace(" ", "_").replace("-", "_").replace("_=_", "_")
    return [
        Figure(title, energy.wh_a_day * 1000, "mWh/d", "gilmok check", budgeted * 1000, key, note=f"at least; {parts}{unknown}"),
        Figure(f"{title}, days of {BATTERY_WH} Wh", energy.days(BATTERY_WH), "d", "gilmok check", BATTERY_WH / budgeted, note="at most"),
    ]


def _on_battery(site: Site) -> list[str]:
    """Return the nodes that measure what feeds them, on boards whose draw is told."""
    feeds = {name for name, node in site.node.items() if any(sensor in ("battery", "supply") for sensor in node.sensor)}
    return [name for name in site.node if name in feeds and load_board(site.node[name].board).current]


def _slowest(site: Site) -> str:
    return "".join(
        f"[node.{node}.sensor.{name}]\nsample_ms = {max(DRIVERS[sensor.driver].options['sample_ms'].allowed)}\n"
        for node, table in site.node.items()
        for name, sensor in table.sensor.items()
        if "sample_ms" in DRIVERS[sensor.driver].options
    )
