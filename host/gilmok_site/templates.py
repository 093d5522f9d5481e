"""Nodes made of a template: what a node or its row in the inventory says goes before what the template says."""

from typing import Any

from .catalogue import DRIVERS
from .derived import is_distance
from .errors import Problem
from .fields import nearest
from .inventory import Cells
from .merge import deep_merge
from .source import Path, Source

Copies = list[tuple[Path, Path]]


def expand_templates(raw: dict[str, Any], inventories: list[Cells], source: Source) -> tuple[dict[str, Any], Copies, list[Problem]]:
    """Return the tables with every node complete, which path each was copied from, and what is wrong with it."""
    templates, nodes = raw.get("template", {}), raw.get("node", {})
    if not isinstance(templates, dict) or not isinstance(nodes, dict):
        return raw, [], []
    copies: Copies = []
    problems: list[Problem] = []
    whole = {}
    for name, node in nodes.items():
        template = node.get("template") if isinstance(node, dict) else None
        if isinstance(template, str) and template not in templates:
            facts = {"value": template, "known": list(templates), "near": nearest(template, templates)}
            problems.append(source.problem(("node", name, "template"), "template", **facts))
        elif isinstance(template, str):
            copies.append((("template", template), ("node", name)))
            if isinstance(templates[template], dict):
                whole[name] = deep_merge(templates[template], node)
        else:
            whole[name] = node
    for cells in inventories:
        for name, height in cells.heights.items():
            if name in whole:
                problems += _place_height(whole[name], nodes[name], name, height, cells, source)
    return {**raw, "node": whole} if "node" in raw else raw, copies, problems


def _place_height(node: Any, own: Any, name: str, height: str, cells: Cells, source: Source) -> list[Problem]:
    """Give the height of a row to the one sensor of its node that measures a distance, unless the node's `own` tables say another."""
    sensors = node.get("sensor", {}) if isinstance(node, dict) else {}
    fitting = [key for key, sensor in sensors.items() if _sees_distance(sensor)] if isinstance(sensors, dict) else []
    if len(fitting) != 1:
        return [source.problem(("node", name, "height"), "csv_height", known=[f"sensor.{key}.height" for key in fitting or ["NAME"]])]
    (key,) = fitting
    if "height" in own.get("sensor", {}).get(key, {}):
        return []
    node["sensor"] = {**sensors, key: {**sensors[key], "height": height}}
    cells.places["node", name, "sensor", key, "height"] = cells.places["node", name, "height"]
    return []


def _sees_distance(sensor: Any) -> bool:
    driver = DRIVERS.get(str(sensor.get("driver"))) if isinstance(sensor, dict) else None
    return driver is not None and any(map(is_distance, driver.channels))
