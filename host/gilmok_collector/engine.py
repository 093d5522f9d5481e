"""The collector without its links: frames in, one durable transaction, answers out.

Nothing here waits or opens anything but the store, so that the simulator runs the very same code on virtual time.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from gilmok_wire.collector_dialogue import Knowledge, Opened
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.errors import DecodeError, Replayed, SealError, Unsupported
from gilmok_wire.link import SERIAL, Link
from gilmok_wire.seal import Header

from .ahead import AheadDecoder
from .collecting import Collecting
from .device import Arrival, Counters, DeviceState
from .dispatch import Dispatch
from .plaintexts import decode_messages
from .relay import Relay
from .store import Alert, Commit, CommitRefused, Store, StoreError


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Keep the garbage collector away: it would look again and again at the ten thousand lists of a group of frames, none of which is in a
    cycle. That cost a sixth of the time (measured)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class Engine:
    """Opens frames of known devices, commits what they carry, and returns the answers.

    `keys` maps device addresses to 16-byte keys. `on_event(device, event)` is told of whatever a person may want to see, after the
    commit that made it durable.
    """

    def __init__(
        self,
        store: Store,
        keys: dict[int, bytes],
        link: Link = SERIAL,
        entropy: Callable[[int], bytes] = os.urandom,
        on_event: Callable[[int, tuple], None] | None = None,
        uncertainty_ms: int = 20,
    ) -> None:
        self.store = store
        self.counters = Counters()
        self.relay = Relay()  # asked before `handle`: what nodes say to each other waits for no commit
        self.devices: dict[int, DeviceState] = {}
        self.last_error: StoreError | None = None
        # Makes events of alerts, in the transaction that precedes the answer; without it they are answered, and their records wake people.
        self.herald: Callable[[list[Alert]], object] | None = None
        self.keys = keys
        self._link = link
        self._events = Collecting(store)
        self._decoder = AheadDecoder()
        self._on_event = on_event or (lambda device, event: None)
        self._uncertainty_ms = uncertainty_ms
        self._dispatch = Dispatch(store, self._session)
        self._attend_error: StoreError | None = None
        # The store's epoch takes the place of a boot counter: with it, weak randomness alone repeats no salt of a restored store.
        seed = entropy(16) + store.epoch.to_bytes(8, "big") + store.id.to_bytes(4, "big")
        self._salt = sha256(seed).digest()[:8]

    def handle(self, arrivals: Iterable[Arrival]) -> list[tuple[str, bytes]]:
        """Take a group of frames, commit what they carry in one transaction, and return (link, frame) answers.

        A failed commit acknowledges nothing; `last_error` says why, and the nodes offer their records again.
        """
        with _no_cycles():
            return self._handle(arrivals)

    def attend(self, now_ms: int) -> list[tuple[str, bytes]]:
        """Look after the commands in the store at Unix time `now_ms`, and return (link, frame) for nodes that listen.

        To be called once a second, and when somebody has queued one. Cost: one small query while nothing waits.
        """
        if not self.attempt(lambda: self._dispatch.refresh(now_ms)):
            return []
        if self.last_error is self._attend_error:
            self.last_error = self._attend_error = None
        states = [self.devices[device] for device in self._dispatch.push(now_ms)]
        frames = [answer for state in states for answer in self._answers(state)]
        self.attempt(lambda: self._dispatch.note_sent([state.session for state in states], now_ms))
        return frames

    def _handle(self, arrivals: Iterable[Arrival]) -> list[tuple[str, bytes]]:
        commit = Commit()
        touched: dict[int, DeviceState] = {}
        told: list[tuple[int, tuple]] = []
        opened = [found for arrival in arrivals if (found := self._open(arrival))]
        self._decoder.decode_ahead([frame for _, frame, _ in opened])
        for state, frame, arrival in opened:
            touched[state.device] = state
            for event in state.session.take(frame, arrival.unix_ms, arrival.uncertainty_ms):
                self._events.collect(state, event, arrival.unix_ms, commit)
                told.append((state.device, event))
        if not self._commit(commit, touched):
            return []
        if commit.results and self.attempt(lambda: self._dispatch.refresh(commit.results[-1].unix_ms)):
            for device in {result.device for result in commit.results}:  # what waited for a result goes with this very answer
                self.devices[device].session.push(again=False)
        for device, event in told:
            if device in touched:
                self._on_event(device, event)
        answers = [answer for state in touched.values() for answer in self._answers(state)]
        if answers:
            self.attempt(lambda: self._dispatch.note_sent([state.session for state in touched.values()], opened[-1][2].unix_ms))
        return answers

    def attempt(self, step: Callable[[], object]) -> bool:
        """Take a step that somebody will take again: where the store fails, `last_error` says why until the next `attend`."""
        try:
            step()
        except StoreError as error:
            self.last_error = self._attend_error = error
            return False
        return True

    # Frames.

    def _open(self, arrival: Arrival) -> tuple[DeviceState, Opened, Arrival] | None:
        counters = self.counters
        counters.frames += 1
        counters.bytes += len(arrival.frame)
        try:
            header = Header(arrival.frame)
        except Unsupported as error:
            counters.unsupported += 1
            device = arrival.frame[1] << 8 | arrival.frame[2]
            self._on_event(device, ("unsupported", error.args[0]))
            return None
        except DecodeError:
            counters.not_ours += 1
            return None
        state = self._state(header.device, arrival)
        if state is None:
            counters.unknown_device += 1
            self._on_event(header.device, ("unknown device",))
            return None
        try:
            opened = state.session.open(arrival.frame, header)
        except Replayed:
            name = "repeated" if state.note_copy(arrival) else "replayed"
            setattr(counters, name, getattr(counters, name) + 1)
            return None
        except (SealError, DecodeError):
            counters.refused += 1
            self._on_event(state.device, ("refused",))
            return None
        report = state.note(opened, arrival, arrival.via or self._link)
        if report is not None:
            state.session.report(*report)
        return state, opened, arrival

    def _state(self, device: int, arrival: Arrival) -> DeviceState | None:
        state = self.devices.get(device)
        if state is None and device in self.keys:
            seal = CollectorSeal(self.keys[device], device, self._salt)
            session = CollectorSession(
                seal,
                arrival.via or self._link,
                self.store.id,
                self.store.epoch,
                lambda log: self._knowledge(device, log),
                self._uncertainty_ms,
                self._decoder,
                decode_messages,
            )
            state = self.devices[device] = DeviceState(device, arrival.link, session)
            state.parents = {known.log: known.parent for known in self.store.logs() if known.device == device}
            self._dispatch.load(device)
        return state

    def _session(self, device: int) -> CollectorSession | None:
        state = self.devices.get(device)
        return state.session if state else None

    def _knowledge(self, device: int, log: int) -> Knowledge:
        schemas = self.store.schemas(device, log)
        state = self.devices[device]
        for stream, schema in schemas.items():
            state.digests[log, stream] = schema.digest
        named = [stream for stream, schema in schemas.items() if schema.columns is not None]
        return Knowledge(self.store.settled(device, log), named, lambda stream: self._newest(device, log, stream))

    def _newest(self, device: int, log: int, stream: int) -> tuple[int, int, int, tuple[int | None, ...]] | None:
        """Return (number, boot, uptime in ms, values) of the highest record stored under this very log."""
        pairs = self.store.stored(device, log, stream).pairs
        for record in self.store.rows(device, log, stream, pairs[-1][1] - 1, pairs[-1][1]) if pairs else ():
            return record.seq, record.boot, record.uptime_ms, record.values
        return None

    def _answers(self, state: DeviceState) -> list[tuple[str, bytes]]:
        answers = []
        while (peer := state.session.addressee()) is not None:
            frame = state.session.transmit()
            answers.append((peer.route, frame))
            self.counters.answers += 1
            self.counters.answer_bytes += len(frame)
        return answers

    # Commits.

    def _commit(self, commit: Commit, touched: dict[int, DeviceState]) -> bool:
        """Make `commit` durable; a device whose part makes no sense is taken out of `touched`, and costs the others nothing."""
        while commit:
            try:
                self._store(commit)
            except CommitRefused as error:
                self._leave_out(error, touched)
                commit = commit.without(error.device)
            except StoreError as error:
                self.counters.failed_commits += 1
                self.last_error = error
                for state in touched.values():
                    state.session.abandoned()
                return False
            else:
                self.counters.commits += 1
                self.last_error = None  # frames without records do not show that a full disk has room again
                break
        for state in touched.values():
            state.session.committed()
        self._count(commit)
        return True

    def _store(self, commit: Commit) -> None:
        if self.herald is None or not commit.alerts:
            self.store.commit(commit)
            return
        with self.store.transaction():
            self.store.commit(commit)
            self.herald(commit.alerts)

    def _leave_out(self, error: CommitRefused, touched: dict[int, DeviceState]) -> None:
        """Acknowledge nothing to the device that `error` names, and say so."""
        self.counters.refused += 1
        touched.pop(error.device).session.abandoned()
        self._on_event(error.device, ("diagnostic", 4, str(error)))

    def _count(self, commit: Commit) -> None:
        for batch in commit.batches:
            self.counters.records += batch.count
            self.devices[batch.device].records += batch.count
            self.counters.readings += batch.count * len(batch.columns)
