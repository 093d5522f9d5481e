"""The gateways of one radio network as one link of the engine, sans-IO: a frame is taken once and answered by whoever heard it best.

Times are milliseconds of a clock that is never set. answers.py says when an answer goes, downlinks.py what the law leaves a gateway.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from gilmok_wire.radio_law import GRANTED
from gilmok_wire.seal import OVERHEAD
from gilmok_wire.windows import ALWAYS, SECOND_MS, WINDOW_MS, has_second

from ..device import Arrival
from . import Gateway, Uplink
from .answers import LIVES_MS, MOST, Answers
from .downlinks import Downlinks
from .hearing import AGAIN, COPY, FIRST, SAME, Heard, Hearing
from .peers import ALL, HubCounters, Peer, Task, key_of
from .places import Places, margin_cb

NAME = "lora"
ASKS = 0x04  # in a frame's first byte: without it a node that sleeps waits for no answer
REPORT_CB, REPORT_MS = 30, 600_000  # a node is told of its signal when it has changed by 3 dB, and every ten minutes: a report may be lost
SHOUTS = 32  # frames of the group that wait: at the slowest rate they are on the air for a minute


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
        self.peers: dict[int, Peer] = {}  # by key_of
        self._listens = listens
        self._in_group = in_group
        self._window_ms = window_ms
        self._hearing = Hearing()
        self._shouts: deque[Task] = deque()
        self._downlinks = Downlinks(self.places, self.counters, keep)
        self._answers = Answers(self._downlinks, self.places, self.counters, listens, window_ms)
        self.gateways, self.traffic = self._downlinks.gateways, self._downlinks.traffic
        self._lock = threading.RLock()

    def add(self, gateway: Gateway, now_ms: int) -> None:
        """Have one more gateway."""
        with self._lock:
            self._downlinks.add(gateway, now_ms)

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
            self._answers.put(key, peer, frame, now_ms)
            self._answers.serve(key, peer, now_ms)

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
            task = self._downlinks.outcome(number, error, again_ms is not None)
            peer = None if task is None else self.peers.get(task.to)
            if task is not None and peer is not None:
                peer.free_ms = now_ms if again_ms is None else again_ms
                peer.queue.appendleft(task)
                self._answers.serve(task.to, peer, now_ms)

    def poll(self, now_ms: int) -> int | None:
        """Send what is due; return when to call again."""
        with self._lock:
            self._downlinks.forget(now_ms)
            moments = [self._answers.serve(key, peer, now_ms) for key, peer in self.peers.items() if peer.queue]
            return min((at for at in [*moments, self._serve_shouts(now_ms)] if at is not None), default=None)

    def _answer_again(self, heard: Heard, now_ms: int) -> None:
        """Answer a transmission that came once more as it was answered before: its node has heard nothing of that."""
        key = key_of(heard.frame)
        peer = self.peers.get(key)
        if peer is None or peer.last is not heard:
            return
        waiting = {task.frame for task in peer.queue}
        for frame in heard.answers:
            if frame not in waiting:
                self._answers.put(key, peer, frame, now_ms)
        self._answers.serve(key, peer, now_ms)

    def _ears(self) -> set[tuple[str, tuple[int, int]]]:
        ears = set()
        for key, peer in self.peers.items():
            if not key & 1 and self._listens(key >> 1) == ALWAYS and self._in_group(key >> 1):
                copies = [copy for copy in peer.last.best() if self.gateways[copy.gateway].state.up]
                if copies:
                    ears.add((copies[0].gateway, self.places.answer_place(peer.last.place)))
        return ears

    def _serve_shouts(self, now_ms: int) -> int | None:
        moments = []
        for task in list(self._shouts):
            gateway = self.gateways[task.gateway]
            reason, at_ms = self._downlinks.ask(task.gateway, now_ms, gateway.trip_ms, task.place, len(task.frame))
            if now_ms >= task.until_ms or at_ms is None or not gateway.state.up:
                self._shouts.remove(task)
                self.counters.late += 1
            elif reason == GRANTED:
                self._shouts.remove(task)
                self.counters.shouted += 1
                self._downlinks.send(gateway, task, task.place, now_ms, gateway.trip_ms)
            else:
                moments.append(min(at_ms, task.until_ms))
        return min(moments, default=None)
