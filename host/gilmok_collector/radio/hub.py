"""The gateways of one radio network as one link of the engine, sans-IO: a frame is taken once and answered by whoever heard it best.

Times are milliseconds of a clock that is never set. A node that sleeps is answered in the windows after its uplink, one that listens as
soon as possible. Nothing is kept for later: an answer that finds no window is dropped and counted, since the session says all of it again.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable

from gilmok_wire.radio_law import DWELL, GRANTED
from gilmok_wire.seal import OVERHEAD
from gilmok_wire.windows import ALWAYS, ANSWERS_MS, EAR_MS, IN_WINDOWS, SECOND_MS, TURN_MS, WINDOW_MS, copy_ms, has_second

from ..device import Arrival
from . import Downlink, Gateway, Uplink
from .hearing import AGAIN, COPY, FIRST, SAME, Copy, Heard, Hearing
from .ledger import Ledger
from .peers import ALL, HubCounters, Peer, Task, Traffic, key_of
from .places import Places, margin_cb

NAME = "lora"
ASKS = 0x04  # in a frame's first byte: without it a node that sleeps waits for no answer
SLACK_MS = 500  # an answer leaves so much sooner than it has to: the network between here and a gateway is not always as fast as it was
LIVES_MS = 5_000  # what cannot be sent to a node that listens within this time is worthless: it has asked again
COPIES_MS = 200  # how long other gateways' copies are waited for, as network servers do
GOOD_CB = 100  # … where the best so far has less than 10 dB to spare: fading seldom takes more
AGAIN_MS = 200  # while no gateway is up
ALERT = OVERHEAD + 11  # bytes of a frame with an alert (SPEC section 3): its answer goes before all others …
FIRST_MS = 250  # … by so much sooner its place is taken
COPY_LISTENS_MS = 50  # what listening before its second copy may take
MOST = 4  # frames that wait for one node; a session says in fewer what it has to
SPAN_MS = 10  # by how much gateways' arrivals are off the beat of their clocks
REPORT_CB, REPORT_MS = 30, 600_000  # a node is told of its signal when it has changed by 3 dB, and every ten minutes: a report may be lost
SHOUTS = 32  # frames of the group that wait: at the slowest rate they are on the air for a minute
SENT_MS = 30_000  # how long a gateway may take to say what became of a downlink


class Hub:
    """One radio network. `listens(device)` tells when a node does, as windows.py says it; threads may share it.

    `in_group(device)` tells who has to hear what nodes of the site's group say to each other: what nobody wants is airtime.
    `keep(gateway, airtime)` is called before a gateway sends what a restart must not forget.
    """

    def __init__(
        self,
        region: str,
        listens: Callable[[int], int],
        window_ms: int = WINDOW_MS,
        keep: Callable[[str, bytes], None] = lambda gateway, airtime: None,
        in_group: Callable[[int], bool] = lambda device: True,
    ) -> None:
        self.name = NAME
        self.places = Places(region)
        self.counters = HubCounters()
        self.gateways: dict[str, Gateway] = {}
        self.traffic: dict[str, Traffic] = {}
        self.peers: dict[int, Peer] = {}  # by key_of
        self._listens = listens
        self._keep = keep
        self._in_group = in_group
        self._window_ms = window_ms
        self._ledgers: dict[str, Ledger] = {}
        self._hearing = Hearing()
        self._shouts: deque[Task] = deque()
        self._sent: dict[int, tuple[int, str, Task]] = {}  # by the downlink's id: (when, gateway, task)
        self._ids = itertools.count(1)
        self._lock = threading.RLock()

    def add(self, gateway: Gateway, now_ms: int) -> None:
        """Have one more gateway."""
        with self._lock:
            self.gateways[gateway.name] = gateway
            self.traffic[gateway.name] = Traffic()
            self._ledgers[gateway.name] = gateway.law or Ledger(self.places.row, now_ms, quotas=False)

    def airtime(self, name: str, now_ms: int) -> list[tuple[int, int]]:
        """Return (ms sent, ms allowed) of each band of a gateway that the law rations."""
        with self._lock:
            return self.gateways[name].airtime(now_ms)

    # Up.

    def heard(self, uplink: Uplink, now_ms: int) -> Arrival | None:
        """Take a frame that a gateway heard; None where it brings nothing new for the engine."""
        with self._lock:
            if len(uplink.frame) < OVERHEAD or uplink.frame[0] & 0xE0 != 0xE0:
                self.counters.not_ours += 1
                return None
            self.traffic[uplink.gateway].heard += 1
            place = self.places.find(uplink.frequency_hz, uplink.sf, uplink.bw_hz)
            if place is None:
                self.counters.off_channel += 1
            windows = self._windows(place) if uplink.frame[0] & ASKS else []
            kind, heard = self._hearing.take(uplink, place, windows, now_ms)
            if kind == FIRST:
                self.counters.heard += 1
                return self._arrival(heard, uplink)
            if kind == SAME:
                self.counters.doubled += 1
            elif kind == COPY:
                self.counters.copies += 1
            elif kind == AGAIN:
                self.counters.again += 1
                self._answer_again(heard, now_ms)
            return None

    def _windows(self, place: tuple[int, int] | None) -> list[tuple[int, int, int]]:
        second = (self._window_ms + SECOND_MS, *self.places.rx2)
        if place is None:
            return [second]
        first = (self._window_ms, *self.places.answer_place(place))
        return [first, second] if has_second(self.places.rates[first[2]], self.places.rates[second[2]]) else [first]

    def _arrival(self, heard: Heard, uplink: Uplink) -> Arrival:
        key = key_of(uplink.frame)
        via = self.places.link(heard.place, self._listens(key >> 1) == ALWAYS, self._window_ms)
        return Arrival(self.name, uplink.frame, uplink.unix_ms, via, opened=lambda: self._opened(key, heard))

    def _opened(self, key: int, heard: Heard) -> tuple[int, int] | None:
        """Know that a frame was authentic: only now does it say where the device is. Return (rate, margin) where it is to be told."""
        with self._lock:
            peer = self.peers.get(key)
            if peer is None:
                peer = self.peers[key] = Peer(heard)
            peer.last = heard
            return None if key & 1 else self._report(peer)

    def _report(self, peer: Peer) -> tuple[int, int] | None:
        heard = peer.last
        if heard.place is None:
            return None
        best_cb = heard.best()[0].snr_cb
        peer.snr_cb = best_cb if peer.snr_cb is None else (3 * peer.snr_cb + best_cb) / 4  # a single figure fades by some dB
        rate, margin = heard.place[1], margin_cb(heard.sf, round(peer.snr_cb))
        if peer.told is not None:
            rate_told, margin_told, told_ms = peer.told
            if rate == rate_told and abs(margin - margin_told) < REPORT_CB and heard.heard_ms - told_ms < REPORT_MS:
                return None
        peer.told = rate, margin, heard.heard_ms
        return rate, margin

    # Down.

    def answer(self, frame: bytes, now_ms: int) -> None:
        """Send a frame to its device, where and when that listens."""
        with self._lock:
            key = key_of(frame)
            peer = self.peers.get(key)
            if peer is None:
                self.counters.unknown += 1
                return
            peer.last.answers = [*peer.last.answers, frame][-MOST:]
            self._queue(peer, frame, key, now_ms)
            self._serve(key, peer, now_ms)

    def shout(self, frame: bytes, now_ms: int) -> None:
        """Send a frame of the group once wherever a member was last heard that listens, by whoever heard it best."""
        with self._lock:
            for name, place in sorted(self._ears()):
                self._shouts.append(Task(frame, ALL, now_ms + LIVES_MS, name, place))
            while len(self._shouts) > SHOUTS:
                self._shouts.popleft()
                self.counters.late += 1
            self._serve_shouts(now_ms)

    def outcome(self, number: int, error: str | None, now_ms: int, again_ms: int | None = None) -> None:
        """Take what became of a downlink: what was refused goes another way while there is time.

        The same gateway is asked again from `again_ms` on, and never where that is None.
        """
        with self._lock:
            sent = self._sent.pop(number, None)
            if sent is None or error is None:
                return
            _, name, task = sent
            self.counters.refused[error] += 1
            self.traffic[name].refused += 1
            self._ledgers[name].cancel(number)
            if again_ms is None:
                task.avoid.add(name)
            peer = self.peers.get(task.to)
            if peer is not None:
                peer.free_ms = now_ms if again_ms is None else again_ms
                peer.queue.appendleft(task)
                self._serve(task.to, peer, now_ms)

    def poll(self, now_ms: int) -> int | None:
        """Send what is due; return when to call again."""
        with self._lock:
            for ledger in self._ledgers.values():
                ledger.forget(now_ms)
            for number in [number for number, sent in self._sent.items() if now_ms - sent[0] >= SENT_MS]:
                del self._sent[number]
            moments = [self._serve(key, peer, now_ms) for key, peer in self.peers.items() if peer.queue]
            return min((at for at in [*moments, self._serve_shouts(now_ms)] if at is not None), default=None)

    def _queue(self, peer: Peer, frame: bytes, key: int, now_ms: int) -> None:
        before_ms = self.places.air_ms(self.places.answer_place(peer.last.place)[1], len(frame)) * len(peer.queue)
        peer.queue.append(Task(frame, key, now_ms + LIVES_MS + before_ms))
        if len(peer.queue) > MOST:
            peer.queue.popleft()
            self.counters.late += 1

    def _answer_again(self, heard: Heard, now_ms: int) -> None:
        """Answer a transmission that came once more as it was answered before: its node has heard nothing of that."""
        key = key_of(heard.frame)
        peer = self.peers.get(key)
        if peer is None or peer.last is not heard:
            return
        waiting = {task.frame for task in peer.queue}
        for frame in heard.answers:
            if frame not in waiting:
                self._queue(peer, frame, key, now_ms)
        self._serve(key, peer, now_ms)

    def _ears(self) -> set[tuple[str, tuple[int, int]]]:
        ears = set()
        for key, peer in self.peers.items():
            if not key & 1 and self._listens(key >> 1) == ALWAYS and self._in_group(key >> 1):
                copies = [copy for copy in peer.last.best() if self.gateways[copy.gateway].state.up]
                if copies:
                    ears.add((copies[0].gateway, self.places.answer_place(peer.last.place)))
        return ears

    def _serve(self, key: int, peer: Peer, now_ms: int) -> int | None:
        """Send what is due of what waits for one peer; return when more is."""
        listens = self._listens(key >> 1)
        serve = self._to_listener if listens == ALWAYS else self._to_sleeper if listens == IN_WINDOWS else self._to_asker
        while peer.queue:
            at_ms = serve(peer, now_ms)
            if at_ms is not None:
                return at_ms
        return None

    def _to_asker(self, peer: Peer, now_ms: int) -> int | None:
        """Send to a node that listens until it is answered. What comes behind an answer is not heard."""
        last = peer.last
        until_ms = self._hears_until(last)
        if now_ms >= until_ms:
            self._drop(peer)
            return None
        at_ms = self._to_listener(peer, now_ms)
        return None if at_ms is None else min(at_ms, until_ms)

    def _hears_until(self, last: Heard) -> int:
        """Return until when what is sent at once reaches a node that listens until it is answered."""
        if not last.windows:
            return 0
        until_ms = last.heard_ms + ANSWERS_MS - max(self._trip(copy) for copy in last.copies)
        return until_ms + self._copied_ms(last.place) if self._is_repeated(last) else until_ms

    def _to_listener(self, peer: Peer, now_ms: int) -> int | None:
        """Send the next frame or drop it, or return when to try again."""
        task, last = peer.queue[0], peer.last
        if now_ms >= task.until_ms:
            self._drop(peer)
            return None
        from_ms = max(last.heard_ms + TURN_MS, peer.free_ms)
        if last.place is not None and self._ups() > len(last.copies) and margin_cb(last.sf, last.best()[0].snr_cb) < GOOD_CB:
            from_ms = max(from_ms, last.heard_ms + COPIES_MS)
        place = self.places.answer_place(last.place)
        gateways = self._in_reach(last, task)
        if self._is_repeated(last) and gateways:
            from_ms = self._beside_copy(last, max(from_ms, now_ms), gateways[0].trip_ms)
        if now_ms < from_ms:
            return min(from_ms, task.until_ms)
        at_ms = now_ms + AGAIN_MS
        if task.avoid and not gateways:
            self._refuse(peer)
            return None
        for gateway in gateways:
            reason, free_ms = self._ledgers[gateway.name].ask(now_ms, gateway.trip_ms, *place, len(task.frame))
            if reason == GRANTED:
                peer.queue.popleft()
                last.windows = []  # who listens until he is answered stops with it
                peer.free_ms = now_ms + gateway.trip_ms + self.places.air_ms(place[1], len(task.frame)) + TURN_MS
                self._send(gateway, task, place, now_ms, gateway.trip_ms)
                return None
            if reason <= DWELL:
                self._refuse(peer)
                return None
            at_ms = min(at_ms, free_ms or at_ms)
        return min(at_ms, task.until_ms)

    def _is_repeated(self, heard: Heard) -> bool:
        """Tell whether it was the first copy of an alarm: without an answer another follows."""
        return len(heard.frame) == ALERT and not heard.again and heard.place is not None

    def _beside_copy(self, heard: Heard, from_ms: int, trip_ms: int) -> int:
        """Return from when an alarm is answered that may come once more: its node is deaf meanwhile, and this gateway would be."""
        if from_ms + 2 * trip_ms + TURN_MS <= heard.heard_ms + EAR_MS:  # heard at the collector, and heard there: two trips
            return from_ms
        return max(from_ms, heard.heard_ms + self._copied_ms(heard.place) + TURN_MS)

    def _copied_ms(self, place: tuple[int, int] | None) -> int:
        """Return how long after an alarm's first copy, from `place`, the second has ended."""
        rate = self.places.rx2[1] if place is None else place[1]
        answer = self.places.rates[self.places.answer_place(place)[1]]
        return copy_ms(answer) + COPY_LISTENS_MS + self.places.air_ms(rate, ALERT)

    def _to_sleeper(self, peer: Peer, now_ms: int) -> int | None:
        """Send the next frame into the next window or drop it, or return when to try again."""
        task, last = peer.queue[0], peer.last
        if not last.windows:
            self._drop(peer)
            return None
        delay_ms, *place = last.windows[0]
        able = [copy for copy in last.best() if self._is_able(copy, task) and now_ms + self._trip(copy) <= copy.heard_ms + delay_ms]
        if not able:
            last.windows.pop(0)
            return None
        ahead_ms = SLACK_MS + (FIRST_MS if len(last.frame) == ALERT else 0)
        due_ms = last.heard_ms + delay_ms - ahead_ms - max(self._trip(copy) for copy in able)
        if now_ms < due_ms:
            return due_ms
        last.windows.pop(0)
        for copy in able:
            start_ms = copy.heard_ms + delay_ms
            reason, _ = self._ledgers[copy.gateway].ask(start_ms, SPAN_MS, place[0], place[1], len(task.frame))
            if reason == GRANTED:
                peer.queue.popleft()
                self.counters.sent_second += delay_ms > self._window_ms
                self._send(self.gateways[copy.gateway], task, (place[0], place[1]), start_ms, SPAN_MS, delay_ms, copy)
                return None
        return None

    def _drop(self, peer: Peer) -> None:
        peer.queue.popleft()
        self.counters.late += 1

    def _refuse(self, peer: Peer) -> None:
        peer.queue.popleft()
        self.counters.unlawful += 1

    def _serve_shouts(self, now_ms: int) -> int | None:
        moments = []
        for task in list(self._shouts):
            gateway = self.gateways[task.gateway]
            reason, at_ms = self._ledgers[task.gateway].ask(now_ms, gateway.trip_ms, *task.place, len(task.frame))
            if now_ms >= task.until_ms or at_ms is None or not gateway.state.up:
                self._shouts.remove(task)
                self.counters.late += 1
            elif reason == GRANTED:
                self._shouts.remove(task)
                self.counters.shouted += 1
                self._send(gateway, task, task.place, now_ms, gateway.trip_ms)
            else:
                moments.append(min(at_ms, task.until_ms))
        return min(moments, default=None)

    def _ups(self) -> int:
        return sum(gateway.state.up for gateway in self.gateways.values())

    def _is_able(self, copy: Copy, task: Task) -> bool:
        return self.gateways[copy.gateway].state.up and copy.gateway not in task.avoid

    def _trip(self, copy: Copy) -> int:
        return self.gateways[copy.gateway].trip_ms

    def _in_reach(self, heard: Heard, task: Task) -> list[Gateway]:
        """Return the gateways that are up, first those that heard it, the best first: the others may reach it all the same."""
        names = [copy.gateway for copy in heard.best()]
        names += sorted(self.gateways.keys() - set(names))
        return [self.gateways[name] for name in names if self.gateways[name].state.up and name not in task.avoid]

    def _send(
        self,
        gateway: Gateway,
        task: Task,
        place: tuple[int, int],
        start_ms: int,
        span_ms: int,
        delay_ms: int | None = None,
        copy: Copy | None = None,
    ) -> None:
        channel, rate = place
        ledger = self._ledgers[gateway.name]
        number = next(self._ids)
        ledger.book(number, start_ms, span_ms, channel, rate, len(task.frame))
        airtime = ledger.to_keep(start_ms)
        if airtime is not None:
            self._keep(gateway.name, airtime)
        self._sent[number] = start_ms, gateway.name, task
        self.counters.sent += 1
        self.traffic[gateway.name].sent += 1
        sf, bw_hz, _ = self.places.rates[rate]
        token, end_us = (None, None) if copy is None else (copy.token, copy.end_us)
        air = self.places.frequency_hz(channel), sf, bw_hz, ledger.power_dbm(channel)
        within_ms = span_ms if delay_ms is not None else max(0, task.until_ms - start_ms)
        gateway.send(Downlink(number, task.frame, channel, rate, *air, delay_ms, within_ms, token, end_us))
