"""Fills in the tables of wiring, rules and outputs of docs/profiles*.md from the profiles; run as `python -m checks.profile_pages`.

The pages are written by hand but for what stands between the marks; tests/checks says when that is not what the profiles say.
"""

import re
from collections.abc import Iterator

from checks.trees import ROOT
from gilmok_site import Site, parse_site
from gilmok_site.boards import PIN_ORDER, Board, load_board
from gilmok_site.catalogue import DRIVERS
from gilmok_site.derived import columns_of
from gilmok_site.gather import profile_names
from gilmok_site.inputs import inputs_of
from gilmok_site.model import Node
from gilmok_site.quantity import format_duration
from gilmok_site.rule_report import output_rows, rule_rows
from gilmok_site.sensor import Sensor
from gilmok_site.wires import BUS, gpios_of, wire_of

PAGES = {"en": ROOT / "docs" / "profiles.md", "ko": ROOT / "docs" / "profiles.ko.md"}

_MARKED = re.compile(r"(<!-- (wiring|rules) of ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEADINGS = {
    "en": "| node, board | sensor | instrument | wired to | read | a record | channels |",
    "ko": "| 노드, 보드 | 센서 | 계기 | 배선 | 측정 주기 | 기록 | 채널 |",
}
_RECORDS = {
    "en": ("each reading", "mean of {}", "on change, or after {}"),
    "ko": ("측정할 때마다", "{} 평균", "변할 때, 없으면 {}마다"),
}
_SITE = '[site]\nid = "page"\nextends = "{}"\n\n[store]\nurl = "sqlite:page.db"\n'


def filled(text: str, lang: str) -> str:
    """Return a page with its tables as the profiles are now."""
    return _MARKED.sub(lambda found: f"{found[1]}{_TABLES[found[2]](_site_of(found[3]), lang)}{found[4]}", text)


def profiles_of(text: str) -> list[str]:
    """Return the profiles whose tables stand in a page, once for each table."""
    return [found[3] for found in _MARKED.finditer(text)]


def _site_of(profile: str) -> Site:
    if profile not in profile_names():
        raise SystemExit(f"docs: no profile {profile!r}; there are {', '.join(profile_names())}")
    return parse_site(_SITE.format(profile))


def _wiring(site: Site, lang: str) -> str:
    return "\n".join([_HEADINGS[lang], "|---" * 7 + "|", *_rows(site, lang)]) + "\n"


def _rules(site: Site, lang: str) -> str:
    """Return the rules that the profile writes, and its outputs, as `gilmok check` shows them."""
    tables = [rows for rows in (rule_rows(site, lang, only_own=True), output_rows(site, lang)) if rows]
    return "\n".join(_piped(rows) for rows in tables)


def _piped(rows: list[tuple[str, ...]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body]) + "\n"


def _rows(site: Site, lang: str) -> Iterator[str]:
    for name, node in site.node.items():
        head = f"`{name}`, {node.board}"
        for sensor_name, sensor in node.sensor.items():
            cells = (head, f"`{sensor_name}`", DRIVERS[sensor.driver].title, _wire(node, sensor), *_when(sensor, lang))
            channels = ", ".join(column[0] for column in columns_of(node, sensor_name))
            yield f"| {' | '.join(cells)} | {channels} |"
            head = ""


def _wire(node: Node, sensor: Sensor) -> str:
    """Return bus, address and every pin that a technician connects."""
    board, driver = load_board(node.board), DRIVERS[sensor.driver]
    bus = BUS[driver.bus]
    pins = [*_bus_pins(board, bus.board, getattr(sensor, bus.number)), *_own_pins(sensor)]
    inputs = [f"A{each.number}" for each in inputs_of(sensor)]
    return "; ".join(filter(None, (wire_of(sensor).text(), ", ".join(pins), " ".join(inputs))))


def _bus_pins(board: Board, kind: str | None, number: int) -> Iterator[str]:
    if kind:
        yield from (f"{role.upper()} {pin}" for role, pin in zip(PIN_ORDER[kind], board.buses[kind, number], strict=True))


def _own_pins(sensor: Sensor) -> Iterator[str]:
    yield from (f"{gpio.key.upper()} {gpio.pin}" for gpio in gpios_of(sensor, DRIVERS[sensor.driver]) if gpio.key != "pin")


def _when(sensor: Sensor, lang: str) -> tuple[str, str]:
    each, mean, change = _RECORDS[lang]
    if sensor.mean_ms:
        each = mean.format(format_duration(sensor.mean_ms))
    elif sensor.report:
        each = change.format(format_duration(sensor.report.heartbeat_ms))
    return format_duration(sensor.every_ms), each


_TABLES = {"wiring": _wiring, "rules": _rules}

if __name__ == "__main__":
    for language, path in PAGES.items():
        path.write_text(filled(path.read_text(encoding="utf-8"), language), encoding="utf-8")
