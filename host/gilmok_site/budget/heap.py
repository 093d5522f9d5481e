"""The heap of a node: the firmware, what each of its sensors adds, and what it takes to decide (`deciding.py`).

Source: heap.json, measured on the desk; docs/DESIGN.md, "Heap", for what that means on a chip.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gilmok_wire.node_stream import ROWS

from ..derived import columns_of, derived_of
from ..lorawan import modem_of
from .account import NOTHING, Line, Part, number
from .deciding import SOURCE, Cost, cost_of, deciding_costs, ring_bytes
from .streams import streams_of

if TYPE_CHECKING:
    from ..boards import Board
    from ..model import Node

MEASURED = Path(__file__).resolve().parents[1] / "heap.json"

# 76wk are 152 KiB on the 64-bit port, and stand for 100 KiB on a 32-bit chip: objects halve, bytecode does not (docs/DESIGN.md, "Heap").
DESK, CHIP = 152, 100
_ROWS = ROWS + 1  # of a batch while it is made, the last one only to see how it goes on
_WORD = 4  # bytes of a small integer in a list on a 32-bit chip
# A heap with holes is full before its last byte is taken: of the nodes of profiles, some needed 3 % more than the sum
# (tests/processes/test_profile_heap.py).
_HOLES_PERCENT = 5
_MEAN_COLUMN = 72  # of a column of a mean in the making: a list of count and two sums, and its place (gilmok_node/measure/report.py)
_DERIVED = 320  # of a derived channel: a list of seven, name, parameters, place of the other, the channel (gilmok_node/measure/derive.py)
# Code of the port, its hints and what they need of the wire (10 016), and of the session that roams (5 312), measured; their objects
# (estimate). What NimBLE takes for itself a chip has beside this heap.
_BLE = 10_016 + 5_312 + 2_000
# Driver, law and port in the region that takes most (EU868), a session that travels and what chooses ports, one that announces alarms:
# and the stream of what the radio did with its code: `make bench BENCH=radio_heap`.
_LORA = 28_384 + 5_312 + 1_504 + 1_024
# A modem's port, and a session that roams with what chooses ports, as _LORA; their objects (estimate).
_LORAWAN = 10_624 + 5_312 + 1_400
# What sleeps, and pins that end it, measured as heap.json is; its objects (estimate).
_SLEEP = 5_024 + 400
_SLEEPING_MODEM = 3_264
_TRIED = "tests/processes/test_profile_heap.py"

KB = 1024


def ceil_kb(size: float) -> int:
    """Return whole kilobytes that `size` bytes need."""
    return -(-int(size) // KB)


def heap_of(node: "Node", board: "Board", in_group: bool = False, by_radio: bool = False) -> Part:
    """Return the bytes of heap that a checked node takes on `board`; a computer with Linux has no such bound.

    `in_group` is whether it acts at other nodes, or they here; `by_radio` whether it sends over LoRa.
    """
    if board.port == "linux" or node.role is not None:
        return NOTHING  # a gateway takes a third of a chip of 100 KiB (firmware/gilmok_node/radio/README.md)
    known = _measured()
    untold = sorted({sensor.driver for sensor in node.sensor.values()} - set(known["drivers"]))
    radio = [Cost(Line("heap_code", f"{number(_LORA)} B", "LoRa", "firmware/gilmok_node/radio/README.md"), _LORA)] if by_radio else []
    costs = [*_measuring_costs(node), *radio, *deciding_costs(node, known, in_group)]
    lines = [*(cost.line for cost in costs), *(Line("heap_untold", "?", name) for name in untold)]
    if untold:
        return Part(None, lines, known=False, limit=board.heap_bytes)
    desk, batch, ring = sum(cost.size for cost in costs), _batch_bytes(node), ring_bytes(node)
    filled = desk * CHIP // DESK + batch + ring
    total = filled * (100 + _HOLES_PERCENT) // 100
    batch_sum = f"{_ROWS} × {batch // _ROWS // _WORD} × {_WORD} B = {number(batch)} B"
    lines += [
        Line("heap_desk", f"{number(desk)} B"),
        Line("heap_chip", f"{number(desk)} B × {CHIP} / {DESK} = {number(desk * CHIP // DESK)} B", source="docs/DESIGN.md, Heap"),
        Line("heap_batch", batch_sum, source="gilmok_wire/node_stream.py"),
        *([Line("heap_ring", f"{number(ring)} B", source="gilmok_site/detector_parameters.py")] if ring else []),
        Line("heap_holes", f"{_HOLES_PERCENT} % × {number(filled)} B = {number(total - filled)} B", source=_TRIED),
        Line("total", f"{number(total)} B / {number(board.heap_bytes)} B", source=f"boards/{board.name}.toml"),
    ]
    return Part(total, lines, limit=board.heap_bytes)


def fits(node: "Node", board: "Board", in_group: bool = False, by_radio: bool = False) -> bool:
    """Tell whether a checked node has room on `board`, as far as anybody has measured."""
    part = heap_of(node, board, in_group, by_radio)
    return part.value is None or part.limit is None or part.value <= part.limit


@cache
def _measured() -> dict[str, Any]:
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def _measuring_costs(node: "Node") -> Iterator[Cost]:
    """Return what a node takes that only measures and records, on the desk: itself, and each module, sensor and stream."""
    known = _measured()
    note = "provisional" if "provisional" in known else ""
    yield Cost(Line("heap_node", f"{number(known['node'])} B", source=SOURCE, note=note), known["node"])
    for name in _modules(node):
        yield Cost(Line("heap_code", f"{number(_code(name))} B", name, SOURCE), _code(name))
    if node.ble is not None and node.ble.enabled:
        yield Cost(Line("heap_code", f"{number(_BLE)} B", "BLE", "firmware/gilmok_node/ble/ble_port.py"), _BLE)
    if modem_of(node):
        yield Cost(Line("heap_code", f"{number(_LORAWAN)} B", "LoRaWAN", "firmware/gilmok_node/radio/rak3172.py"), _LORAWAN)
    if node.power is not None and node.power.sleep == "light":
        size = _SLEEP + (_SLEEPING_MODEM if modem_of(node) else 0)
        yield Cost(Line("heap_code", f"{number(size)} B", "power.sleep", "firmware/gilmok_node/wake.py, radio/rak3172_sleep.py"), size)
    for name, sensor in node.sensor.items():
        if sensor.driver in known["drivers"]:
            parts = [(1, known["drivers"][sensor.driver][1]), (1, known["stream"]), *_making_parts(node, name)]
            yield cost_of("heap_object", parts, name, SOURCE)


def _making_parts(node: "Node", name: str) -> list[tuple[int, int]]:
    """Return (how many, bytes of each) of what a sensor's mean and its derived channels hold."""
    means = len(columns_of(node, name)) if node.sensor[name].mean_ms is not None else 0
    return [(means, _MEAN_COLUMN), (len(derived_of(node, name)), _DERIVED)]


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
