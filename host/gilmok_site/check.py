"""What the parts of a site must agree on, and `gilmok check`."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .alarm_parts import acts_in_group
from .ble import check_ble
from .boards import board_names, load_board
from .budget.heap import KB, ceil_kb, fits, heap_of
from .calibration import calibration_warnings, check_calibration
from .catalogue import DRIVERS
from .check_derived import check_derived
from .check_links import check_links
from .check_notify import check_notify
from .check_outputs import check_outputs, output_warnings
from .check_rules import check_rules
from .described import check_described, check_quantities
from .device import derive_device, format_device
from .errors import Problem, SiteError, format_problems
from .fields import nearest
from .gateway import check_gateway
from .history import check_history
from .lora import check_lora, has_air
from .lorawan import check_lorawan
from .messages import WARNING_SUMMARY
from .power import check_power
from .reach import check_reach
from .report import report
from .wiring import check_wiring

if TYPE_CHECKING:
    from .model import Sensor, Site
    from .source import Path as KeyPath
    from .source import Source

_FRAME_MS = 5000  # a sensor that was woken is waited for until its next frame: in still air 2.3 s, and one may be damaged


def main(
    path: str | Path,
    lang: str | None,
    console_print: Callable[[str], object],
    today: datetime.date | None = None,
    explained: bool = False,
) -> int:
    """Check the site file at `path`, print its problems or its tables with its warnings, and return the exit code."""
    from .load import load_site

    try:
        site = load_site(path)
    except SiteError as error:
        console_print(error.text(lang))
        return 1
    console_print(report(site, lang, explained))
    warnings = [*output_warnings(site), *calibration_warnings(site, today or datetime.date.today())]
    if warnings:
        console_print(format_problems(warnings, lang, WARNING_SUMMARY))
    return 0


def check(site: "Site") -> list[Problem]:
    """Return what is wrong between the parts of `site`."""
    problems = [*check_links(site), *_check_devices(site), *check_notify(site), *check_lora(site), *check_lorawan(site)]
    sound = []
    for name, node in site.node.items():
        path = ("node", name)
        before = len(problems)
        problems += _check_names(site, name)
        problems += check_gateway(site, name)
        problems += check_history(site.source, path, node)
        wrong = set()
        for sensor_name, sensor in node.sensor.items():
            own = list(_check_sensor(site.source, (*path, "sensor", sensor_name), sensor))
            own = own or list(check_derived(site.source, path, node, sensor_name))
            problems += own
            wrong |= {sensor_name} if own else set()
        problems += check_outputs(site.source, path, node)
        problems += check_power(site.source, path, node) if not wrong else ()
        problems += check_rules(site, name, wrong)
        if node.board in board_names():
            problems += check_wiring(site.source, path, node, load_board(node.board))
            if not wrong:
                problems += check_ble(site.source, path, node)
        if len(problems) == before:
            sound.append(name)
    problems += check_reach(site) if not problems else ()
    is_sound = not problems  # who acts at whom is only known of nodes that are all right
    return problems + [problem for name in sound for problem in _check_heap(site, name, is_sound and acts_in_group(site, name))]


def _check_devices(site: "Site") -> Iterator[Problem]:
    """Each device address serves one node, whether given or derived."""
    seen: dict[int, str] = {}
    taken = frozenset(site.device_of(name) for name in site.node)
    for name in site.node:
        device = site.device_of(name)
        other = seen.setdefault(device, name)
        if other != name:
            yield site.source.problem(
                ("node", name, "device"),
                "device_twice",
                device=format_device(device),
                other=other,
                line=site.source.where(("node", other, "device")),
                free=format_device(derive_device(site.id, name, taken)),
            )


def _check_names(site: "Site", name: str) -> Iterator[Problem]:
    """A node's board and link exist."""
    node = site.node[name]
    boards, links = board_names(), list(site.link)
    if node.board not in boards:
        near = nearest(node.board, boards)
        yield site.source.problem(("node", name, "board"), "unknown_board", value=node.board, known=boards, near=near)
    if node.link is not None and node.link not in links:
        near = nearest(node.link, links)
        yield site.source.problem(("node", name, "link"), "unknown_link", value=node.link, known=links, near=near)


def _check_heap(site: "Site", name: str, in_group: bool) -> Iterator[Problem]:
    """A node without other problems has room on its board."""
    node, board = site.node[name], load_board(site.node[name].board)
    by_radio = has_air(site, name)
    if not fits(node, board, in_group, by_radio):
        heap = heap_of(node, board, in_group, by_radio)
        known = [each for each in board_names() if _carries(site, name, each, in_group)]
        facts = {"need": ceil_kb(heap.value or 0), "have": board.heap_bytes // KB, "board": board.name, "known": known}
        yield site.source.problem(("node", name, "board"), "heap_full" if known else "heap_full_everywhere", **facts)


def _carries(site: "Site", name: str, board_name: str, in_group: bool) -> bool:
    """Tell whether a node would fit a board, its sensors wired as they are."""
    node, board = site.node[name], load_board(board_name)
    return (
        not board.virtual
        and fits(node, board, in_group, has_air(site, name))
        and not [*check_wiring(site.source, ("node", name), node, board)]
    )


def _check_sensor(source: "Source", path: "KeyPath", sensor: "Sensor") -> Iterator[Problem]:
    """A sensor's driver exists, and can do what is asked of it."""
    driver = DRIVERS.get(sensor.driver)
    if driver is None:
        near = nearest(sensor.driver, DRIVERS)
        known = list(DRIVERS)
        yield source.problem((*path, "driver"), "unknown_driver", value=sensor.driver, known=known, near=near)
        return
    if driver.rests_with and sensor.options.get(driver.rests_with) == 1 and sensor.every_ms < (driver.measuring_ms or 0) + _FRAME_MS:
        yield source.problem((*path, "every"), "period_rest", **_rest_facts(sensor))
    elif sensor.every_ms < driver.period_min_ms:
        yield source.problem((*path, "every"), "period_short", **_period_facts(sensor))
    for name, value in sensor.options.items():
        option = driver.options[name]
        if not name.startswith("at_") and value not in option.allowed:
            facts = {"value": value, "name": name, "driver": sensor.driver, "known": option.allowed}
            yield source.problem((*path, name), "option_value", **facts)

    yield from check_calibration(source, path, sensor)
    described = list(check_described(source, path, sensor, driver))
    yield from described or check_quantities(source, path, sensor)


def _rest_facts(sensor: "Sensor") -> dict[str, object]:
    from .quantity import format_duration

    driver = DRIVERS[sensor.driver]
    awake_ms = driver.measuring_ms or 0
    return {
        "value": format_duration(sensor.every_ms),
        "driver": sensor.driver,
        "option": driver.rests_with,
        "awake": format_duration(awake_ms),
        "shortest": f'"{format_duration(awake_ms + _FRAME_MS)}"',
    }


def _period_facts(sensor: "Sensor") -> dict[str, object]:
    from .quantity import format_duration

    driver = DRIVERS[sensor.driver]
    return {
        "value": format_duration(sensor.every_ms),
        "driver": sensor.driver,
        "why": driver.why,
        "shortest": f'"{format_duration(driver.period_min_ms)}"',
    }
