"""When and by which gateway an answer goes: to a node that listens, that listens until it is answered, or in windows after its uplink.

Nothing is kept for later: an answer that finds no window is dropped and counted, since the session says all of it again.
"""

from __future__ import annotations

from collections.abc import Callable

from gilmok_wire.radio_law import DWELL, GRANTED
from gilmok_wire.seal import OVERHEAD
from gilmok_wire.windows import ALWAYS, ANSWERS_MS, EAR_MS, IN_WINDOWS, TURN_MS, copy_ms

from .downlinks import Downlinks
from .hearing import Heard
from .peers import HubCounters, Peer, Task
from .places import Places, margin_cb

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


class Answers:
    """Serves the queues of peers. `listens(device)` tells when a node does, as windows.py says it, `window_ms` when its first window is."""

    def __init__(self, downlinks: Downlinks, places: Places, counters: HubCounters, listens: Callable[[int], int], window_ms: int) -> None:
        self._downlinks = downlinks
        self._places = places
        self._counters = counters
        self._listens = listens
        self._window_ms = window_ms

    def put(self, key: int, peer: Peer, frame: bytes, now_ms: int) -> None:
        """Have a frame wait for a peer; the oldest gives way."""
        before_ms = self._places.air_ms(self._places.answer_place(peer.last.place)[1], len(frame)) * len(peer.queue)
        peer.queue.append(Task(frame, key, now_ms + LIVES_MS + before_ms))
        if len(peer.queue) > MOST:
            self._drop(peer)

    def serve(self, key: int, peer: Peer, now_ms: int) -> int | None:
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
        until_ms = last.heard_ms + ANSWERS_MS - max(map(self._downlinks.trip_ms, last.copies))
        return until_ms + self._copied_ms(last.place) if _is_repeated(last) else until_ms

    def _to_listener(self, peer: Peer, now_ms: int) -> int | None:
        """Send the next frame or drop it, or return when to try again."""
        task, last = peer.queue[0], peer.last
        if now_ms >= task.until_ms:
            self._drop(peer)
            return None
        gateways = self._downlinks.in_reach(last, task)
        from_ms = self._from(peer, gateways[0].trip_ms if gateways else None, now_ms)
        if now_ms < from_ms:
            return min(from_ms, task.until_ms)
        at_ms = now_ms + AGAIN_MS
        if task.avoid and not gateways:
            self._refuse(peer)
            return None
        place = self._places.answer_place(last.place)
        for gateway in gateways:
            reason, free_ms = self._downlinks.ask(gateway.name, now_ms, gateway.trip_ms, place, len(task.frame))
            if reason == GRANTED:
                peer.queue.popleft()
                last.windows = []  # who listens until he is answered stops with it
                peer.free_ms = now_ms + gateway.trip_ms + self._places.air_ms(place[1], len(task.frame)) + TURN_MS
                self._downlinks.send(gateway, task, place, now_ms, gateway.trip_ms)
                return None
            if reason <= DWELL:
                self._refuse(peer)
                return None
            at_ms = min(at_ms, free_ms or at_ms)
        return min(at_ms, task.until_ms)

    def _from(self, peer: Peer, trip_ms: int | None, now_ms: int) -> int:
        """Return from when a node that listens can be answered, by a gateway so far away: it hears nobody while it sends."""
        last = peer.last
        from_ms = max(last.heard_ms + TURN_MS, peer.free_ms)
        if last.place is not None and self._downlinks.ups() > len(last.copies) and margin_cb(last.sf, last.best()[0].snr_cb) < GOOD_CB:
            from_ms = max(from_ms, last.heard_ms + COPIES_MS)
        return from_ms if trip_ms is None or not _is_repeated(last) else self._beside_copy(last, max(from_ms, now_ms), trip_ms)

    def _beside_copy(self, heard: Heard, from_ms: int, trip_ms: int) -> int:
        """Return from when an alarm is answered that may come once more: its node is deaf meanwhile, and this gateway would be."""
        if from_ms + 2 * trip_ms + TURN_MS <= heard.heard_ms + EAR_MS:  # heard at the collector, and heard there: two trips
            return from_ms
        return max(from_ms, heard.heard_ms + self._copied_ms(heard.place) + TURN_MS)

    def _copied_ms(self, place: tuple[int, int] | None) -> int:
        """Return how long after an alarm's first copy, from `place`, the second has ended."""
        rate = self._places.rx2[1] if place is None else place[1]
        answer = self._places.rates[self._places.answer_place(place)[1]]
        return copy_ms(answer) + COPY_LISTENS_MS + self._places.air_ms(rate, ALERT)

    def _to_sleeper(self, peer: Peer, now_ms: int) -> int | None:
        """Send the next frame into the next window or drop it, or return when to try again."""
        task, last = peer.queue[0], peer.last
        if not last.windows:
            self._drop(peer)
            return None
        delay_ms, channel, rate = last.windows[0]
        able = self._downlinks.in_time(last, task, delay_ms, now_ms)
        if not able:
            last.windows.pop(0)
            return None
        ahead_ms = SLACK_MS + (FIRST_MS if len(last.frame) == ALERT else 0)
        due_ms = last.heard_ms + delay_ms - ahead_ms - max(map(self._downlinks.trip_ms, able))
        if now_ms < due_ms:
            return due_ms
        last.windows.pop(0)
        for copy in able:
            start_ms = copy.heard_ms + delay_ms
            reason, _ = self._downlinks.ask(copy.gateway, start_ms, SPAN_MS, (channel, rate), len(task.frame))
            if reason == GRANTED:
                peer.queue.popleft()
                self._counters.sent_second += delay_ms > self._window_ms
                gateway = self._downlinks.gateways[copy.gateway]
                self._downlinks.send(gateway, task, (channel, rate), start_ms, SPAN_MS, delay_ms, copy)
                return None
        return None

    def _drop(self, peer: Peer) -> None:
        peer.queue.popleft()
        self._counters.late += 1

    def _refuse(self, peer: Peer) -> None:
        peer.queue.popleft()
        self._counters.unlawful += 1


def _is_repeated(heard: Heard) -> bool:
    """Tell whether it was the first copy of an alarm: without an answer another follows."""
    return len(heard.frame) == ALERT and not heard.again and heard.place is not None
