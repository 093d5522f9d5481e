"""What goes into a store: the parts of one commit."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Batch:
    """Consecutive records of one stream, as columns of raw integers.

    Shape: each column has `count` values, None where missing; at most 16 columns. `times` has the
    uptime of each record where they are irregular; otherwise record i was at start_ms + i × period_ms.
    """

    device: int
    log: int
    stream: int
    first: int
    count: int
    boot: int
    start_ms: int
    times: list[int] | None
    period_ms: int
    columns: list[list[int | None]]
    received_ms: int


@dataclass(slots=True, frozen=True)
class Anchor:
    """At `uptime_ms` of this boot the Unix time was `unix_ms` ± `uncertainty_ms`."""

    device: int
    log: int
    boot: int
    uptime_ms: int
    unix_ms: int
    uncertainty_ms: int


@dataclass(slots=True)
class Schema:
    """What a stream's columns mean; only the digest while the device has not said more.

    Shape: each column is (channel, unit, exponent) or (channel, unit, exponent, step); a value means
    integer × step × 10^exponent unit. `columns` is None while only the digest is known.
    """

    device: int
    log: int
    stream: int
    digest: bytes
    name: str | None = None
    kind: int | None = None
    columns: list[tuple] | None = None


@dataclass(slots=True, frozen=True)
class Gap:
    """Records [first, end) of a stream: those the device no longer holds, or the parent log holds."""

    device: int
    log: int
    stream: int
    first: int
    end: int


@dataclass(slots=True, frozen=True)
class Log:
    """A device's log as its last hello described it; `parent` is 0 unless the log was forked."""

    device: int
    log: int
    parent: int
    boot: int
    firmware: str
    config_digest: bytes


@dataclass(slots=True, frozen=True)
class Result:
    """What a device said of a command; `value` is CBOR. Units: `unix_ms` is when it came."""

    device: int
    id: int
    status: int
    value: bytes
    unix_ms: int


@dataclass(slots=True, frozen=True)
class Alert:
    """The gist of an alarm's event, ahead of its record (SPEC §3, Alerts); `rule` is the low half of its id, `value` an integer of the
    rule's channel."""

    device: int
    log: int
    stream: int
    seq: int
    rule: int
    event: int
    state: int
    level: int
    value: int | None
    received_ms: int


@dataclass(slots=True)
class Commit:
    """Everything that becomes durable together, of any number of devices, in any order.

    `inherited` are records of a forked log that equal the parent's of the same number (SPEC §3,
    Fork): settled, stored only once, and no loss.
    """

    batches: list[Batch] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    schemas: list[Schema] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    inherited: list[Gap] = field(default_factory=list)
    logs: list[Log] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Say whether there is anything to store."""
        return any((self.batches, self.anchors, self.schemas, self.gaps, self.inherited, self.logs, self.results, self.alerts))

    def without(self, device: int) -> Commit:
        """Return the same commit without what it has of `device`."""
        return Commit(*([part for part in getattr(self, each.name) if part.device != device] for each in fields(self)))
