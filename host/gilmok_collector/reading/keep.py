"""What a reader hears, put into a store of its own, from which it is shown and exported as a collector's."""

from __future__ import annotations

from typing import Any, cast

from gilmok_wire.ranges import Ranges

from ..collecting import Collecting
from ..device import DeviceState
from ..store import Commit, Store

_EVENTS = 64  # between commits: some thousand records


class Keeper:
    """Stores the events of a Dialogue with `device`."""

    def __init__(self, store: Store, device: int, unix_ms: int) -> None:
        self._store = store
        self._unix_ms = unix_ms
        self._collecting = Collecting(store)
        self._state = DeviceState(device, "reader", cast(Any, None))  # nothing is answered
        self._state.parents = {known.log: known.parent for known in store.logs() if known.device == device}
        self._commit = Commit()
        self._held = 0

    def settled(self, log: int) -> dict[int, Ranges]:
        """Return what is stored of a log, and known to be lost, by stream."""
        self.flush()
        return self._store.settled(self._state.device, log)

    def take(self, events: list[tuple]) -> None:
        """Keep events, a few at a time together."""
        for event in events:
            self._collecting.collect(self._state, event, self._unix_ms, self._commit)
            self._held += 1
        if self._held >= _EVENTS:
            self.flush()

    def flush(self) -> None:
        """Make everything durable.

        Raises: StoreError.
        """
        commit, self._commit, self._held = self._commit, Commit(), 0
        if commit:
            self._store.commit(commit)
