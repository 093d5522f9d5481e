"""The statements that SQLite and PostgreSQL share; parameters are `?` or `:name`."""

from __future__ import annotations

from .tables import OF_BATCH, RECORDS, UNIX, UPTIME, VALUES

READ_META = "SELECT key, value FROM meta"
SAVE_META = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

# -- logs and schemas

READ_LOGS = "SELECT device, log, parent, boot, firmware, config_digest FROM log ORDER BY device, log"
SAVE_LOG = """INSERT INTO log (device, log, parent, boot, firmware, config_digest) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (device, log) DO UPDATE SET parent = excluded.parent, boot = excluded.boot,
        firmware = excluded.firmware, config_digest = excluded.config_digest
    WHERE excluded.boot >= log.boot"""
READ_SCHEMAS = "SELECT stream, digest, name, kind FROM schema WHERE device = ? AND log = ? ORDER BY stream"
READ_CHANNELS = """SELECT stream, name, unit, exponent, step FROM channel WHERE device = ? AND log = ?
    ORDER BY stream, position"""
SAVE_SCHEMA = """INSERT INTO schema (device, log, stream, digest, name, kind) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (device, log, stream) DO UPDATE SET name = excluded.name, kind = excluded.kind"""

# -- what is settled

READ_SETTLED = """SELECT stream, kind, first, past FROM settled WHERE device = ? AND log = ?
    ORDER BY stream, kind, first"""
DROP_SETTLED = """DELETE FROM settled
    WHERE device = ? AND log = ? AND stream = ? AND kind = ? AND first = ?"""
SAVE_SETTLED = """INSERT INTO settled (device, log, stream, kind, first, past, received_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (device, log, stream, kind, first) DO UPDATE SET past = excluded.past,
        received_ms = excluded.received_ms"""

# -- dates

# The anchors that decide about [start, end] of a boot: those inside and two on either side, because the
# outermost pair tells how well the clock keeps its rate.
READ_ANCHORS = """SELECT uptime_ms, unix_ms, uncertainty_ms FROM anchor
    WHERE device = :device AND log = :log AND boot = :boot
        AND uptime_ms >= COALESCE((SELECT MIN(uptime_ms) FROM (SELECT uptime_ms FROM anchor
            WHERE device = :device AND log = :log AND boot = :boot AND uptime_ms <= :start
            ORDER BY uptime_ms DESC LIMIT 2) AS before), 0)
        AND uptime_ms <= COALESCE((SELECT MAX(uptime_ms) FROM (SELECT uptime_ms FROM anchor
            WHERE device = :device AND log = :log AND boot = :boot AND uptime_ms >= :end
            ORDER BY uptime_ms LIMIT 2) AS after), (SELECT MAX(uptime_ms) FROM anchor
            WHERE device = :device AND log = :log AND boot = :boot))
    ORDER BY uptime_ms"""
# A boot's uptime and Unix time both only grow: what says otherwise gives way to the newer statement.
DROP_ANCHORS = """DELETE FROM anchor WHERE device = :device AND log = :log AND boot = :boot
    AND (uptime_ms = :uptime OR uptime_ms < :uptime AND unix_ms >= :unix
        OR uptime_ms > :uptime AND unix_ms <= :unix)"""
SAVE_ANCHOR = """INSERT INTO anchor (device, log, boot, uptime_ms, unix_ms, uncertainty_ms)
    VALUES (:device, :log, :boot, :uptime, :unix, :uncertainty)"""
READ_ANCHORED_BOOTS = """SELECT
    (SELECT MAX(boot) FROM anchor WHERE device = :device AND log = :log AND boot < :boot),
    (SELECT MAX(boot) FROM anchor WHERE device = :device AND log = :log AND boot = :boot),
    (SELECT MIN(boot) FROM anchor WHERE device = :device AND log = :log AND boot > :boot)"""
READ_BOOT_LENGTHS = """SELECT boot, MAX(end_ms) FROM batch
    WHERE device = :device AND log = :log AND boot > :after AND boot < :before GROUP BY boot ORDER BY boot"""
READ_BOOT_LENGTH = """SELECT MAX(uptime_ms) FROM (
    SELECT MAX(end_ms) AS uptime_ms FROM batch WHERE device = :device AND log = :log AND boot = :boot
    UNION ALL
    SELECT MAX(uptime_ms) FROM anchor WHERE device = :device AND log = :log AND boot = :boot) AS known"""
READ_BOOT_BATCHES = """SELECT id, start_ms, end_ms, unix_start_ms, unix_end_ms, uncertainty_ms FROM batch
    WHERE device = :device AND log = :log AND boot = :boot AND end_ms > :start AND start_ms < :end"""
DATE_BATCH = "UPDATE batch SET unix_start_ms = ?, unix_end_ms = ?, uncertainty_ms = ? WHERE id = ?"

LAST_BATCH_ID = "SELECT COALESCE(MAX(id), 0) FROM batch"

# -- queries

SELECT_RECORDS = f"""SELECT b.device, b.log, b.stream, s.name, r.seq, b.boot, {UPTIME}, {UNIX}, b.uncertainty_ms,
        b.width, {", ".join(f"r.{name}" for name in VALUES)}
    FROM {RECORDS} LEFT JOIN schema s ON s.device = b.device AND s.log = b.log AND s.stream = b.stream
    WHERE {OF_BATCH}"""
# the batch that holds `first` may begin before it
RECORDS_OF_RANGE = f"""{SELECT_RECORDS} AND b.device = :device AND b.log = :log AND b.stream = :stream
    AND b.first >= COALESCE((SELECT MAX(first) FROM batch
        WHERE device = :device AND log = :log AND stream = :stream AND first <= :first), 0)
    AND b.first < :end AND r.seq >= :first AND r.seq < :end ORDER BY r.seq"""
RECORDS_SINCE_BATCH = f"{SELECT_RECORDS} AND b.id > :after AND b.id <= :last ORDER BY b.id, r.seq"
RECORDS_OF_STREAM = f"{SELECT_RECORDS} AND b.device = :device AND b.log = :log AND b.stream = :stream"
RECORD_BOUNDS = {
    "since": f"b.unix_end_ms >= :since AND {UNIX} >= :since",
    "until": f"b.unix_start_ms < :until AND {UNIX} < :until",
}
READINGS_OF_STREAM = """SELECT device, log, stream_name, seq, channel, unit, unix_ms, uncertainty_ms, value
    FROM reading WHERE device = :device AND log = :log AND stream = :stream"""
READING_BOUNDS = {
    "since": "batch_end_ms >= :since AND unix_ms >= :since",
    "until": "batch_start_ms < :until AND unix_ms < :until",
    "channel": "channel = :channel",
}

READ_STREAMS = """SELECT device, log, stream, name, kind FROM (
        SELECT device, log, stream FROM settled UNION SELECT device, log, stream FROM schema) AS known
    LEFT JOIN schema USING (device, log, stream) ORDER BY device, log, stream"""
SUM_SETTLED = """SELECT device, log, stream, kind, CAST(SUM(past - first) AS BIGINT), MIN(first), MAX(past),
    MAX(received_ms) FROM settled GROUP BY device, log, stream, kind"""
READ_GAPS = "SELECT device, log, stream, first, past FROM gap ORDER BY device, log, stream, first"
LAST_DATE = """SELECT unix_end_ms FROM batch WHERE device = ? AND log = ? AND stream = ?
    ORDER BY first DESC LIMIT 1"""
COUNT_RECORDS = "SELECT device, log, stream, COUNT(*) FROM record GROUP BY device, log, stream"

# -- overrides and compiled configurations

READ_OVERRIDES = "SELECT id, key, value, author, set_ms, expires_ms, state FROM override ORDER BY id"
LAST_OVERRIDE_ID = "SELECT COALESCE(MAX(id), 0) FROM override"
READ_CONFIGURATION = "SELECT body FROM configuration WHERE device = ? AND digest = ?"
SAVE_CONFIGURATION = """INSERT INTO configuration (device, digest, made_ms, body) VALUES (?, ?, ?, ?)
    ON CONFLICT (device, digest) DO UPDATE SET made_ms = excluded.made_ms, body = excluded.body"""
