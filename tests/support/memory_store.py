"""A store in memory, for tests of the wire on both interpreters: it keeps each record once, up to its last commit."""

from gilmok_wire.collector_dialogue import Knowledge
from gilmok_wire.ranges import Ranges


class MemoryStore:
    """What a collector commits to.

    `records` maps (log, stream) to {sequence: (boot, time, values)}; `again` counts records that came though they were stored.
    """

    def __init__(self, store_id=5, epoch=1000):
        self.id = store_id
        self.epoch = epoch
        self.records = {}
        self.gaps = {}
        self.settled = {}
        self.schemas = {}
        self.parents = {}
        self.again = 0
        self._staged = []

    def knowledge(self, log):
        """Return what is committed of a log, as the session asks for it."""
        settled = {stream: ranges.copy() for (owner, stream), ranges in self.settled.items() if owner == log}
        return Knowledge(settled, [stream for owner, stream in self.schemas if owner == log], lambda stream: self._newest(log, stream))

    def _newest(self, log, stream):
        records = self.records.get((log, stream))
        return (max(records),) + records[max(records)] if records else None

    def stage(self, events):
        """Take a session's events; they count from the next `commit` on."""
        self._staged += events

    def drop(self):
        """Forget what was staged, as a failed transaction or a crash does."""
        self._staged = []

    def commit(self):
        """Make durable what was staged."""
        for event in self._staged:
            handler = self._HANDLERS.get(event[0])
            if handler:
                handler(self, *event[1:])
        self._staged = []

    def find(self, log, stream, sequence):
        """Return the record, from the log or the ancestor that holds the same one, or None."""
        record = None
        while log and record is None:
            record = self.records.get((log, stream), {}).get(sequence)
            log = self.parents.get(log)
        return record

    def image(self):
        """Return an independent copy: a backup."""
        other = MemoryStore(self.id, self.epoch)
        other.records = {key: dict(records) for key, records in self.records.items()}
        other.gaps = {key: ranges.copy() for key, ranges in self.gaps.items()}
        other.settled = {key: ranges.copy() for key, ranges in self.settled.items()}
        other.schemas = dict(self.schemas)
        other.parents = dict(self.parents)
        return other

    def _take_hello(self, log, parent, *_):
        self.parents[log] = parent

    def _take_rows(self, log, rows):
        held = self.records.setdefault((log, rows.stream), {})
        for index in range(len(rows)):
            sequence = rows.first + index
            record = rows.boot, rows.times[index], tuple([column[index] for column in rows.columns])
            known = held.get(sequence)
            if known is not None:
                assert known == record, f"record {sequence} of stream {rows.stream} came with other values"
                self.again += 1
            elif self.find(self.parents.get(log), rows.stream, sequence) != record:
                held[sequence] = record
        self._settle(log, rows.stream, rows.first, rows.end)

    def _take_gap(self, log, stream, first, end):
        self.gaps.setdefault((log, stream), Ranges()).add(first, end)
        self._settle(log, stream, first, end)

    def _take_schema(self, log, stream, digest, name, kind, columns):
        self.schemas[log, stream] = digest, name, kind, columns

    def _settle(self, log, stream, first, end):
        self.settled.setdefault((log, stream), Ranges()).add(first, end)

    _HANDLERS = {"hello": _take_hello, "rows": _take_rows, "gap": _take_gap, "schema": _take_schema}
