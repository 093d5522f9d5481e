"""What the events of a session say, as parts of a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gilmok_wire import cbor
from gilmok_wire.batches import Rows
from gilmok_wire.messages import ANCHOR_SCHEMA
from gilmok_wire.node_stream import StreamInfo

from .lineage import relatives_of, split_inherited
from .store import Alert, Anchor, Batch, Commit, Gap, Log, Result, Schema, Store

if TYPE_CHECKING:
    from .device import DeviceState

ANCHOR_DIGEST = StreamInfo(*ANCHOR_SCHEMA).digest()
_DAY_MS = 86_400_000


class Collecting:
    """Turns events into parts of commits to `store`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        """Add what an event of a device's session says to the commit, and keep in `state` what the next one needs."""
        handler = self._COLLECTORS.get(event[0])
        if handler is not None:
            handler(self, state, event, unix_ms, commit)

    def _hello(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, log, parent, boot, _suite, config_digest, firmware = event
        state.log, state.boot, state.firmware = log, boot, firmware
        state.parents[log] = parent
        commit.logs.append(Log(state.device, log, parent, boot, firmware, config_digest))

    def _stream(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, log, stream, digest = event
        if state.digests.get((log, stream)) != digest:
            state.digests[log, stream] = digest
            commit.schemas.append(Schema(state.device, log, stream, digest))

    def _schema(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, log, stream, digest, name, kind, columns = event
        commit.schemas.append(Schema(state.device, log, stream, digest, name, kind, [tuple(c) for c in columns]))

    def _gap(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, log, stream, first, end = event
        commit.gaps.append(Gap(state.device, log, stream, first, end))

    def _result(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, number, status, value = event
        commit.results.append(Result(state.device, number, status, cbor.encode(value), unix_ms))

    def _alert(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, log, stream, sequence, rule, number, alarm_state, level, value = event
        commit.alerts.append(Alert(state.device, log, stream, sequence, rule, number, alarm_state, level, value, unix_ms))

    def _rows(self, state: DeviceState, event: tuple, unix_ms: int, commit: Commit) -> None:
        _, log, rows = event
        if state.parents.keys() == {log}:  # of a device that has never been forked: nearly every one
            self._batch(state, log, rows, unix_ms, commit)
        else:
            fresh, inherited = split_inherited(self._store, state.device, relatives_of(log, state.parents), rows)
            commit.inherited += [Gap(state.device, log, rows.stream, first, end) for first, end in inherited]
            for run in fresh:
                self._batch(state, log, run, unix_ms, commit)
        self._anchors(state, log, rows, commit)

    def _batch(self, state: DeviceState, log: int, rows: Rows, unix_ms: int, commit: Commit) -> None:
        times: Any = rows.times
        count = len(times)
        period = times[1] - times[0] if count > 1 else 0
        regular = type(times) is range or count == 1  # as the wire decodes what is at one pace
        commit.batches.append(
            Batch(
                state.device,
                log,
                rows.stream,
                rows.first,
                count,
                rows.boot,
                times[0],
                None if regular else times,
                period if regular else 0,
                rows.columns,
                unix_ms,
            )
        )

    def _anchors(self, state: DeviceState, log: int, rows: Rows, commit: Commit) -> None:
        """What dates an ancestor's records dates those of its descendants too, so inherited anchors count."""
        if state.digests.get((log, rows.stream)) == ANCHOR_DIGEST and len(rows.columns) == 3:
            for uptime_ms, day, time_ms, uncertainty_ms in zip(rows.times, *rows.columns, strict=True):
                if None not in (day, time_ms, uncertainty_ms):
                    unix = day * _DAY_MS + time_ms
                    commit.anchors.append(Anchor(state.device, log, rows.boot, uptime_ms, unix, uncertainty_ms))

    _COLLECTORS = {
        "hello": _hello,
        "stream": _stream,
        "schema": _schema,
        "gap": _gap,
        "rows": _rows,
        "result": _result,
        "alert": _alert,
    }
