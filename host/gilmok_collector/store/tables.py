"""The tables and views, as SQLite and PostgreSQL share them; braces name what the two spell differently."""

from __future__ import annotations

from typing import NamedTuple

# Columns of a record. A stream that needs more is refused: its node splits it into two streams. A second
# table for a case no driver has would cost every query a join.
MAX_COLUMNS = 16

VALUES = tuple(f"c{index}" for index in range(MAX_COLUMNS))

# `settled.kind`: why a sequence number needs no sending any more.
STORED, GAP, INHERITED = 0, 1, 2


class Dialect(NamedTuple):
    """What SQLite and PostgreSQL spell differently."""

    blob: str
    keyed: str  # what makes the primary key the table itself
    number: str  # a row number that never runs out


# Every table with its columns in order; backup and restore copy them in this order.
TABLES = {
    "meta": ("key", "value"),
    "log": ("device", "log", "parent", "boot", "firmware", "config_digest"),
    "schema": ("device", "log", "stream", "digest", "name", "kind"),
    "channel": (
        "device", "log", "stream", "position", "name", "unit", "exponent", "step", "multiplier", "divisor",
    ),
    "anchor": ("device", "log", "boot", "uptime_ms", "unix_ms", "uncertainty_ms"),
    "settled": ("device", "log", "stream", "kind", "first", "past", "received_ms"),
    "batch": (
        "id", "device", "log", "stream", "first", "count", "width", "boot", "start_ms", "end_ms", "period_ms",
        "unix_start_ms", "unix_end_ms", "uncertainty_ms", "received_ms",
    ),
    "record": ("device", "log", "stream", "seq", "uptime_ms", *VALUES),
    "override": ("id", "key", "value", "author", "set_ms", "expires_ms", "state"),
    "configuration": ("device", "digest", "made_ms", "body"),
    "alarm_event": (
        "id", "source", "device", "log", "stream", "seq", "node", "rule", "rule_id", "event", "state", "level",
        "value", "alarm_limit", "unit", "detail", "cause", "facts", "unix_ms", "received_ms",
    ),
    "output_event": (
        "id", "source", "device", "log", "stream", "seq", "node", "output", "output_id", "event", "commanded",
        "confirmed", "cause", "after_ms", "unix_ms", "received_ms",
    ),
    "command": (
        "id", "position", "device", "name", "argument", "author", "created_ms", "expires_ms", "state", "sent_ms", "status",
        "result", "settled_ms",
    ),
    "verdict": ("id", "occurrence", "is_true", "author", "set_ms", "note"),
    "cursor": ("name", "batch", "device", "log", "stream"),
    "notice": (
        "id", "key", "target", "event", "repetition", "node", "rule_id", "state", "attempts", "created_ms", "next_ms",
        "done_ms", "error", "body",
    ),
}  # fmt: skip

# Sizes are the wire's and the log's: device and log 32 bits, sequence 32, boot 24, uptime 40 (SPEC §5).
CREATE_TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BIGINT NOT NULL)",
    """CREATE TABLE log (
        device BIGINT NOT NULL, log BIGINT NOT NULL, parent BIGINT NOT NULL, boot BIGINT NOT NULL,
        firmware TEXT NOT NULL, config_digest {blob} NOT NULL,
        PRIMARY KEY (device, log)) {keyed}""",
    """CREATE TABLE schema (
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL,
        digest {blob} NOT NULL, name TEXT, kind INTEGER,
        PRIMARY KEY (device, log, stream)) {keyed}""",
    # value = integer × multiplier / divisor: both powers are exact, so that 3 × 10^-1 is 0.3
    """CREATE TABLE channel (
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL, position INTEGER NOT NULL,
        name TEXT NOT NULL, unit TEXT NOT NULL, exponent INTEGER NOT NULL, step BIGINT NOT NULL,
        multiplier DOUBLE PRECISION NOT NULL, divisor DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (device, log, stream, position)) {keyed}""",
    """CREATE TABLE anchor (
        device BIGINT NOT NULL, log BIGINT NOT NULL, boot BIGINT NOT NULL, uptime_ms BIGINT NOT NULL,
        unix_ms BIGINT NOT NULL, uncertainty_ms BIGINT NOT NULL,
        PRIMARY KEY (device, log, boot, uptime_ms)) {keyed}""",
    # disjoint ranges [first, past) of each kind: what a session needs to know at once, however long the log
    """CREATE TABLE settled (
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL, kind INTEGER NOT NULL,
        first BIGINT NOT NULL, past BIGINT NOT NULL, received_ms BIGINT,
        PRIMARY KEY (device, log, stream, kind, first)) {keyed}""",
    # id counts commits' batches, so it is a cursor; period_ms is NULL where the records carry their uptime
    """CREATE TABLE batch (
        id {number} PRIMARY KEY,
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL, first BIGINT NOT NULL,
        count INTEGER NOT NULL, width INTEGER NOT NULL, boot BIGINT NOT NULL,
        start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, period_ms BIGINT,
        unix_start_ms BIGINT, unix_end_ms BIGINT, uncertainty_ms BIGINT, received_ms BIGINT NOT NULL)""",
    "CREATE UNIQUE INDEX batch_record ON batch (device, log, stream, first)",
    "CREATE INDEX batch_boot ON batch (device, log, boot, end_ms)",
    "CREATE INDEX batch_time ON batch (device, log, stream, unix_end_ms)",
    """CREATE TABLE record (
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL, seq BIGINT NOT NULL,
        uptime_ms BIGINT, """
    + ", ".join(f"{name} INTEGER" for name in VALUES)
    + ", PRIMARY KEY (device, log, stream, seq)) {keyed}",
)

# An entry is never changed: the newest of a key says how it stands.
CREATE_OVERRIDE = """CREATE TABLE override (
        id {number} PRIMARY KEY,
        key TEXT NOT NULL, value TEXT NOT NULL, author TEXT NOT NULL,
        set_ms BIGINT NOT NULL, expires_ms BIGINT, state INTEGER NOT NULL)"""

# What was compiled for a device, by the digest that it reports of it, without what is secret in it.
CREATE_CONFIGURATION = """CREATE TABLE configuration (
        device BIGINT NOT NULL, digest {blob} NOT NULL, made_ms BIGINT NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (device, digest)) {keyed}"""

# What happened to alarms and outputs, whoever said it. `source` names what an event was made from, and keeps it from being stored twice;
# (device, log, seq) is a node's own order, 0 of the collector's rules, whose order is that of their ids. A node's `unix_ms` is how it was
# dated when it came: queries date it anew from its batch.
CREATE_ALARM_EVENT = """CREATE TABLE alarm_event (
        id {number} PRIMARY KEY, source TEXT NOT NULL UNIQUE,
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL, seq BIGINT NOT NULL,
        node TEXT NOT NULL, rule TEXT NOT NULL, rule_id BIGINT NOT NULL,
        event TEXT NOT NULL, state TEXT NOT NULL, level INTEGER NOT NULL,
        value DOUBLE PRECISION, alarm_limit DOUBLE PRECISION, unit TEXT NOT NULL, detail BIGINT, cause BIGINT NOT NULL,
        facts TEXT NOT NULL, unix_ms BIGINT, received_ms BIGINT NOT NULL)"""
CREATE_OUTPUT_EVENT = """CREATE TABLE output_event (
        id {number} PRIMARY KEY, source TEXT NOT NULL UNIQUE,
        device BIGINT NOT NULL, log BIGINT NOT NULL, stream INTEGER NOT NULL, seq BIGINT NOT NULL,
        node TEXT NOT NULL, output TEXT NOT NULL, output_id BIGINT NOT NULL,
        event TEXT NOT NULL, commanded INTEGER, confirmed INTEGER, cause BIGINT NOT NULL, after_ms BIGINT,
        unix_ms BIGINT, received_ms BIGINT NOT NULL)"""
# the present state is the last event of each alarm: a search an alarm, however long its history
CREATE_ALARM_INDEX = "CREATE INDEX alarm_event_last ON alarm_event (node, rule_id, device, log, seq)"
CREATE_OUTPUT_INDEX = "CREATE INDEX output_event_last ON output_event (node, output_id, device, log, seq)"

# What people asked of nodes, and what came of it. Rows stay: they are the audit trail. Ids are random, so
# `position` says which was first. `argument` and `result` are CBOR.
CREATE_COMMAND = """CREATE TABLE command (
        id BIGINT PRIMARY KEY, position BIGINT NOT NULL UNIQUE,
        device BIGINT NOT NULL, name TEXT NOT NULL, argument {blob} NOT NULL, author TEXT NOT NULL,
        created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, state TEXT NOT NULL,
        sent_ms BIGINT, status BIGINT, result {blob}, settled_ms BIGINT)"""
# a running collector looks every second: it reads what is open, not the history
CREATE_COMMAND_INDEX = "CREATE INDEX command_open ON command (position) WHERE settled_ms IS NULL"

# Whether an alarm was right, as a person found afterwards; `occurrence` is the source of the event that raised it, the newest entry counts.
CREATE_VERDICT = """CREATE TABLE verdict (
        id {number} PRIMARY KEY,
        occurrence TEXT NOT NULL, is_true INTEGER NOT NULL, author TEXT NOT NULL, set_ms BIGINT NOT NULL, note TEXT NOT NULL)"""

# How far what is made from batches has come: written with what was made, so each batch counts once. A row with a stream is one
# that had no name yet, from this batch on.
CREATE_CURSOR = """CREATE TABLE cursor (
        name TEXT PRIMARY KEY, batch BIGINT NOT NULL, device BIGINT, log BIGINT, stream INTEGER)"""

# Who is to be told of what: the outbox. Rows stay, they say who was told, and when. `key` is what a receiver knows a repetition by.
CREATE_NOTICE = """CREATE TABLE notice (
        id {number} PRIMARY KEY, key TEXT NOT NULL UNIQUE, target TEXT NOT NULL, event BIGINT NOT NULL, repetition INTEGER NOT NULL,
        node TEXT NOT NULL, rule_id BIGINT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
        created_ms BIGINT NOT NULL, next_ms BIGINT NOT NULL, done_ms BIGINT, error TEXT NOT NULL, body TEXT NOT NULL)"""
# a running collector asks twice a second: what waits, and what came last of each alarm
CREATE_NOTICE_INDEXES = (
    "CREATE INDEX notice_waiting ON notice (target, id) WHERE state = 'waiting'",
    "CREATE INDEX notice_event ON notice (event, repetition)",
    "CREATE INDEX notice_alarm ON notice (target, node, rule_id, id)",
)

# What a batch adds to its records: a record lies on the straight line between its batch's ends.
UPTIME = "COALESCE(r.uptime_ms, b.start_ms + (r.seq - b.first) * b.period_ms)"
RATE = "CAST(b.unix_end_ms - b.unix_start_ms AS DOUBLE PRECISION) / NULLIF(b.end_ms - b.start_ms, 0)"
UNIX = f"COALESCE(CAST(ROUND(b.unix_start_ms + ({UPTIME} - b.start_ms) * {RATE}) AS BIGINT), b.unix_start_ms)"
VALUE = f"CASE ch.position {' '.join(f'WHEN {i} THEN r.{name}' for i, name in enumerate(VALUES))} END"

# CROSS JOIN keeps SQLite to this order: a few batches first, then their records by key.
RECORDS = "batch b CROSS JOIN record r"
OF_BATCH = """r.device = b.device AND r.log = b.log AND r.stream = b.stream
    AND r.seq >= b.first AND r.seq < b.first + b.count"""

# One row per value, for people and tools. Records that no clock has dated yet are not in it. To read a
# stretch of time fast, bound batch_start_ms and batch_end_ms too: those are indexed.
CREATE_READING_VIEW = f"""CREATE VIEW reading AS
    SELECT b.device, b.log, b.stream, s.name AS stream_name, r.seq, ch.position, ch.name AS channel, ch.unit,
        {UNIX} AS unix_ms, b.uncertainty_ms, {VALUE} * ch.multiplier / ch.divisor AS value,
        b.unix_start_ms AS batch_start_ms, b.unix_end_ms AS batch_end_ms
    FROM {RECORDS}
        JOIN schema s ON s.device = b.device AND s.log = b.log AND s.stream = b.stream
        JOIN channel ch ON ch.device = b.device AND ch.log = b.log AND ch.stream = b.stream
    WHERE {OF_BATCH} AND b.uncertainty_ms IS NOT NULL AND {VALUE} IS NOT NULL"""

CREATE_GAP_VIEW = f"CREATE VIEW gap AS SELECT device, log, stream, first, past FROM settled WHERE kind = {GAP}"
