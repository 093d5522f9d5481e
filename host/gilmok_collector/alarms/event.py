"""One event of an alarm, or of an output, whoever raised it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, frozen=True)
class AlarmEvent:
    """Something that happened to an alarm.

    `event` is a word of gilmok_rules.lifecycle.EVENTS, `state` one of its STATES, after the event; `level` is 0 … 4, after the event.
    `value` and `limit` are what the step compared and with what, in `unit`. `detail` is what the contract says of it: ms for which the
    condition held, a health code, ms until a shelf expires. `cause` is the id of the command behind it, 0 where nobody commanded.

    `source` is unique, so that what comes twice is stored once: "c268/9c41e07b/3/17" (device, log, stream, number) of a node's
    event; the collector's own rules choose theirs, such as "area/north/1777573800000". `id` is a cursor, 0 until it is stored. A node's
    events may come out of order: by `device`, `log` and `seq` a later one is told from an earlier one. The collector's own have none.
    """

    node: str  # its name, or four hex digits of a device that serves none
    rule: str  # its name, or "#" and eight hex digits of an id that no rule of the site has
    rule_id: int
    event: str
    state: str
    level: int
    source: str
    received_ms: int  # Unix time at which the collector had it
    unix_ms: int | None = None  # when it happened; None while the node's boot cannot be dated
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    detail: int | None = None
    cause: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)  # what the rule said then, or who voted: JSON, for alarms.explain
    device: int | None = None
    log: int | None = None
    stream: int | None = None
    seq: int | None = None
    id: int = 0

    @property
    def name(self) -> str:
        """Return what people call the alarm: p1-gate/flood."""
        return f"{self.node}/{self.rule}"


@dataclass(slots=True, frozen=True)
class OutputEvent:
    """Something that happened to an output of a node; `event` is a word of gilmok_rules.output.EVENTS."""

    node: str
    output: str  # its name, or "#" and eight hex digits
    output_id: int
    event: str
    commanded: int | None
    confirmed: int | None  # None where it is not known
    source: str
    received_ms: int
    unix_ms: int | None = None
    cause: int = 0  # id of the rule or command behind it, 0 for none
    after_ms: int | None = None  # since the command
    device: int | None = None
    log: int | None = None
    stream: int | None = None
    seq: int | None = None
    id: int = 0

    @property
    def name(self) -> str:
        """Return what people call the output: p1-gate.barrier."""
        return f"{self.node}.{self.output}"
