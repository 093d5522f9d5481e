"""The heap of a node: the firmware, and what each of its sensors adds.

Source: heap.json, measured on the desk; docs/DESIGN.md, "Heap", for what that means on a chip.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilmok_wire.node_stream import ROWS

from ..alarm_parts import compile_validity
from ..derived import derived_of
from ..rules import rules_of
from .account import NOTHING, Line, Part, number
from .streams import streams_of

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node

MEASURED = Path(__file__).resolve().parents[1] / "heap.json"

# 76wk are 152 KiB on the 64-bit port, and stand for 100 KiB on a 32-bit chip: objects halve, bytecode does not (docs/DESIGN.md, "Heap").
DESK, CHIP = 152, 100
_ROWS = ROWS + 1  # of a batch while it is made, the last one only to see how it goes on
_WORD = 4  # bytes of a small integer in a list on a 32-bit chip
# A heap with holes is full before its last byte is taken: two nodes needed 4 % more than the sum (tests/processes/test_profile_heap.py).
_HOLES_PERCENT = 5
_SOURCE = "heap.json"

KB = 1024

# Too low, and to be measured with the other figures of heap.json: nodes of profiles wanted 11 KB (river-gauge), 14 KB (riverside-parking,
# bridge-n), 15 KB (steep-slope, slope-foot), 22 KB (riverside-parking, p1-gate, which acts at another node) and 29 KB (dam, gallery, which
# does and has a detector) more on the desk than is told with these. They are 1.2 KB of .mpy a hundred lines of source (docs/DESIGN.md), and
# what the arrays of one each hold.
_JUDGE = 9 * 1024
_RULE = 160  # its row of a dozen numbers a level, and its place in seven lists
_WINDOW = 900  # 120 slots of a mean or 32 points of a slope, with their objects
_ACTING = 4 * 1024  # code of outputs
_OUTPUT = 400
_VALIDITY = 250
_DETECTOR = {"quake": 14 * 1024, "ppv": 6 * 1024, "capture": 1024}  # gilmok_rules/README.md: code and filters


def ceil_kb(size: float) -> int:
    """Return whole kilobytes that `size` bytes need."""
    return -(-int(size) // KB)


def heap_of(node: "Node", board: "Board") -> Part:
    """Return the bytes of heap that a checked node takes on `board`; a computer with Linux has no such bound."""
    if board.port == "linux":
        return NOTHING
    drivers = {sensor.driver for sensor in node.sensor.values()}
    untold = sorted(drivers - set(_measured()["drivers"]))
    lines = [*_node_lines(node), *[Line("heap_untold", "?", name) for name in untold]]
    if untold:
        return Part(None, lines, known=False, limit=board.heap_bytes)
    desk = _desk_bytes(node)
    batch = _batch_bytes(node)
    filled = desk * CHIP // DESK + batch
    total = filled * (100 + _HOLES_PERCENT) // 100
    lines += [
        Line("heap_desk", f"{number(desk)} B"),
        Line("heap_chip", f"{number(desk)} B × {CHIP} / {DESK} = {number(desk * CHIP // DESK)} B", source="docs/DESIGN.md, Heap"),
        Line("heap_batch", f"{_ROWS} × {batch // _ROWS // _WORD} × {_WORD} B = {number(batch)} B", source="gilmok_wire/node_stream.py"),
        Line(
            "heap_holes",
            f"{_HOLES_PERCENT} % × {number(filled)} B = {number(total - filled)} B",
            source="tests/processes/test_profile_heap.py",
        ),
        Line("total", f"{number(total)} B / {number(board.heap_bytes)} B", source=f"boards/{board.name}.toml"),
    ]
    return Part(total, lines, limit=board.heap_bytes)


def fits(node: "Node", board: "Board") -> bool:
    """Tell whether a checked node has room on `board`, as far as anybody has measured."""
    part = heap_of(node, board)
    return part.value is None or part.limit is None or part.value <= part.limit


@cache
def _measured() -> dict[str, Any]:
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def _node_lines(node: "Node") -> list[Line]:
    """Return what the node takes on the desk, a line for each module, sensor and stream."""
    known = _measured()
    lines = [Line("heap_node", f"{number(known['node'])} B", source=_SOURCE, note="provisional" if "provisional" in known else "")]
    lines += [Line("heap_code", f"{number(_code(name))} B", name, _SOURCE) for name in _modules(node)]
    for name, sensor in node.sensor.items():
        if sensor.driver in known["drivers"]:
            mine = known["drivers"][sensor.driver][1]
            lines.append(Line("heap_object", f"{number(mine)} B + {number(known['stream'])} B", name, _SOURCE))
    lines += [Line(label, sum_, note="provisional") for label, sum_, _ in _alarm_sums(node)]
    return lines


def _desk_bytes(node: "Node") -> int:
    known = _measured()
    objects = sum(known["drivers"][sensor.driver][1] + known["stream"] for sensor in node.sensor.values())
    return known["node"] + objects + sum(map(_code, _modules(node))) + sum(size for _, _, size in _alarm_sums(node))


def _alarm_sums(node: "Node") -> list[tuple[str, str, int]]:
    """Return what judging and acting take: label, sum, bytes on the desk; nothing where a node only measures."""
    rules = rules_of(node)
    stream = _measured()["stream"]
    windows = sum(bool(step.mean_ms or step.over_ms or step.within_ms) for rule in rules.values() for step in rule.steps.values())
    checks, outputs = len(compile_validity(node)), len(node.output)
    found = []
    if rules:
        size = _JUDGE + stream + len(rules) * _RULE + windows * _WINDOW + checks * _VALIDITY
        sums = f"{_JUDGE} B + {stream} B + {len(rules)} × {_RULE} B + {windows} × {_WINDOW} B + {checks} × {_VALIDITY} B"
        found.append(("heap_rules", sums, size))
    if outputs:
        found.append(("heap_outputs", f"{_ACTING} B + {stream} B + {outputs} × {_OUTPUT} B", _ACTING + stream + outputs * _OUTPUT))
    for kind in dict.fromkeys(each.kind for each in node.detector.values()):
        count = sum(each.kind == kind for each in node.detector.values())
        found.append(("heap_detectors", f"{kind}: {_DETECTOR[kind]} B + {count} × {stream} B", _DETECTOR[kind] + count * stream))
    return found


def _modules(node: "Node") -> list[str]:
    """Return the modules that only what a node measures makes it import, each once."""
    known = _measured()
    drivers = [sensor.driver for sensor in node.sensor.values() if sensor.driver in known["drivers"]]
    names = [name for driver in drivers for name in (driver, *known["needs"].get(driver, ()))]
    wanted = {
        "derive": any(derived_of(node, name) for name in node.sensor),
        "report": any(sensor.report or sensor.mean_ms for sensor in node.sensor.values()),
    }
    return [*dict.fromkeys(names), *(name for name, is_wanted in wanted.items() if is_wanted)]


def _code(name: str) -> int:
    known = _measured()
    return known["shared"][name] if name in known["shared"] else known["drivers"][name][0]


def _batch_bytes(node: "Node") -> int:
    """Return what the rows of the widest stream take while a batch is made of them, on the chip."""
    widest = max(len(stream.widths) for stream in streams_of(node))
    return _ROWS * widest * _WORD
