"""`history` of a node: what of its readings may cost airtime, and what waits for a cable or for BLE."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .boards import board_names, load_board
from .errors import Problem

if TYPE_CHECKING:
    from .model import Node
    from .source import Path, Source

# What protocols/node_config.cddl counts from 0. Of what goes by radio: everything; readings of the last hour, and alarms; alarms, health
# and anchors alone.
HISTORIES = ("any", "fresh", "never")


def check_history(source: "Source", path: "Path", node: "Node") -> Iterator[Problem]:
    """Yield what is wrong with a node's `history`: without a radio there is nothing it could spare."""
    if node.history is None or node.role is not None or node.board not in board_names() or load_board(node.board).radio is not None:
        return
    known = [name for name in board_names() if load_board(name).radio is not None]
    yield source.problem((*path, "history"), "history_no_radio", value=node.history, known=known)


def compile_history(node: "Node") -> int:
    """Return a checked node's `history` as it reads it; 0 where everything goes, which needs no word."""
    return HISTORIES.index(node.history or HISTORIES[0])
