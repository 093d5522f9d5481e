"""The LoRa port of a city's nodes: the real one, under the law of KR920."""

from typing import TYPE_CHECKING, Any

from gilmok_node.radio.lora import LoraPort
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import UNTIL_ANSWERED, WINDOW_MS

if TYPE_CHECKING:
    from bench.radio_nodes import Node

LISTENS = UNTIL_ANSWERED  # batteries
LOOK_MS = 60_000  # a radio that hears something wakes the node, as DIO1 does


def make_port(node: "Node") -> tuple[Any, Any]:
    """Return a node's (law, port)."""
    row: Any = REGIONS["KR920"]
    law = RadioLaw(row, node.now(), channels=tuple(range(row[7])))
    port = LoraPort(node.radio, law, row, (0, 5), WINDOW_MS, LISTENS, node.now, node.entropy)
    port.look_ms = LOOK_MS
    return law, port
