"""The statements about alarms, outputs and commands that SQLite and PostgreSQL share."""

from __future__ import annotations

from .tables import TABLES, UNIX


def _select_events(table: str) -> str:
    """Return the query of a table's events, dated as well as the store knows now."""
    columns = ", ".join(f"COALESCE({UNIX}, e.unix_ms)" if name == "unix_ms" else f"e.{name}" for name in TABLES[table])
    return f"""SELECT {columns} FROM {table} e
        LEFT JOIN batch b ON b.device = e.device AND b.log = e.log AND b.stream = e.stream AND b.first = (
            SELECT MAX(first) FROM batch WHERE device = e.device AND log = e.log AND stream = e.stream AND first <= e.seq)
        LEFT JOIN record r ON r.device = e.device AND r.log = e.log AND r.stream = e.stream AND r.seq = e.seq"""


def _select_last(table: str, thing: str) -> str:
    """Return the query of the last event of each alarm or output, one a log: its own order, not that of arrival."""
    return f"""{_select_events(table)} JOIN (
            SELECT node, {thing}, device, log, MAX(seq) AS seq FROM {table} GROUP BY node, {thing}, device, log) AS last
        ON last.node = e.node AND last.{thing} = e.{thing} AND last.device = e.device AND last.log = e.log AND last.seq = e.seq"""


SELECT_EVENTS = {"alarm_event": _select_events("alarm_event"), "output_event": _select_events("output_event")}
SELECT_LAST = {"alarm_event": _select_last("alarm_event", "rule_id"), "output_event": _select_last("output_event", "output_id")}
EVENT_BOUNDS = {
    "after": "e.id > :after",
    "node": "e.node = :node",
    "rule": "e.rule = :rule",
    "rule_id": "e.rule_id = :rule_id",
    "output": "e.output = :output",
}
LAST_EVENT_ID = {table: f"SELECT COALESCE(MAX(id), 0) FROM {table}" for table in SELECT_EVENTS}

READ_CURSORS = "SELECT name, batch FROM cursor"
SAVE_CURSOR = "INSERT INTO cursor (name, batch) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET batch = excluded.batch"
SAVE_WAITING = "INSERT INTO cursor (name, batch, device, log, stream) VALUES (?, ?, ?, ?, ?)"
NAMED_NOW = """SELECT c.device, c.log, c.stream, s.name, c.batch FROM cursor c
    JOIN schema s ON s.device = c.device AND s.log = c.log AND s.stream = c.stream
    WHERE c.name LIKE ? AND s.name IS NOT NULL"""
DROP_CURSOR = "DELETE FROM cursor WHERE name = ?"

# batches whose stream has one of two names, and those whose stream nobody has named yet
EVENT_BATCHES = """SELECT b.id, b.device, b.log, b.stream, b.first, b.count, b.received_ms, s.name
    FROM batch b LEFT JOIN schema s ON s.device = b.device AND s.log = b.log AND s.stream = b.stream
    WHERE b.id > ? AND b.id <= ? AND (s.name IS NULL OR s.name IN (?, ?)) ORDER BY b.id"""
STREAM_BATCHES = """SELECT b.id, b.device, b.log, b.stream, b.first, b.count, b.received_ms, s.name
    FROM batch b JOIN schema s ON s.device = b.device AND s.log = b.log AND s.stream = b.stream
    WHERE b.device = ? AND b.log = ? AND b.stream = ? AND b.id >= ? AND b.id <= ? AND s.name IS NOT NULL ORDER BY b.id"""

_COMMAND = f"SELECT {', '.join(TABLES['command'])} FROM command"
READ_OPEN_COMMANDS = f"{_COMMAND} WHERE settled_ms IS NULL ORDER BY position"
READ_COMMANDS = f"{_COMMAND} ORDER BY position"
READ_COMMANDS_NAMED = f"{_COMMAND} WHERE name = ? ORDER BY position"
READ_COMMAND = f"{_COMMAND} WHERE id = ?"
LAST_POSITION = "SELECT COALESCE(MAX(position), 0) FROM command"
MARK_SENT = "UPDATE command SET state = 'sent', sent_ms = :now WHERE id = :id AND state = 'queued'"
EXPIRE_COMMAND = "UPDATE command SET state = 'expired', settled_ms = :now WHERE id = :id AND settled_ms IS NULL"
# a result that comes after its command was given up says what became of it all the same; the first result counts
SETTLE_COMMAND = """UPDATE command SET state = :state, status = :status, result = :result, settled_ms = :now
    WHERE id = :id AND device = :device AND status IS NULL"""

READ_VERDICTS = f"SELECT {', '.join(TABLES['verdict'])} FROM verdict ORDER BY id"
LAST_VERDICT_ID = "SELECT COALESCE(MAX(id), 0) FROM verdict"


def find_events(table: str, count: int) -> str:
    """Return the query for which of `count` sources are in a table."""
    return f"SELECT source FROM {table} WHERE source IN ({', '.join('?' * count)})"


def complete_event(columns: list[str]) -> str:
    """Return the statement that completes an announced event of an alarm by what its record says."""
    return f"UPDATE alarm_event SET {', '.join(f'{name} = ?' for name in columns)} WHERE source = ? AND facts LIKE ?"
