"""Nodes behind a LoRaWAN network: ChirpStack v4 brings their frames as events over MQTT and takes answers as downlink commands.

A frame is the payload of an uplink on PORT, sealed as everywhere: the network carries what it cannot read. The link between a device of
ours and a LoRaWAN DevEUI is learnt from frames that proved authentic.
Source: ChirpStack documentation, "Integrations: Event types" and "MQTT" (chirpstack-docs@5ab575f6, @294ad954).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..engine import Arrival
from ..links import BACKOFF_S, LinkState
from ..relay import Relay
from .broker import Access, open_broker, trouble_of
from .chirpstack_events import Malformed, Up, encode_down, link_of, parse_txack, parse_up

if TYPE_CHECKING:
    from gilmok_site.links import LinkTarget

SEEN = 4096  # deduplication ids that are remembered: an hour of one uplink a second
MOST = 4  # frames that wait for one device; a session says in fewer what it has to
UPS = 2  # uplinks after which what the network was given has been sent, whether it said so or not: it has two windows for it
QOS = 1


class Queues:
    """What waits for each DevEUI, sans-IO: the network's queue holds one frame of ours, so that the newest answer never stands in line.

    The network cannot be told to forget: a second answer would be sent behind the first, one uplink late for ever.
    """

    def __init__(self) -> None:
        self._given: dict[str, int] = {}  # DevEUI: uplinks since a frame was handed over
        self._waiting: dict[str, list[bytes]] = {}

    def put(self, eui: str, frame: bytes) -> list[bytes]:
        """Take a frame; return what is to be handed over now."""
        self._waiting[eui] = [*self._waiting.get(eui, []), frame][-MOST:]
        return self._next(eui)

    def sent(self, eui: str) -> list[bytes]:
        """Note that the network has sent what it was given; return what is to be handed over now."""
        self._given.pop(eui, None)
        return self._next(eui)

    def heard(self, eui: str) -> list[bytes]:
        """Note an uplink, which makes the network send; return what is to be handed over now. What waits is of an uplink before."""
        self._waiting.pop(eui, None)
        if eui in self._given:
            self._given[eui] += 1
            if self._given[eui] >= UPS:
                return self.sent(eui)
        return []

    def _next(self, eui: str) -> list[bytes]:
        waiting = self._waiting.get(eui)
        if not waiting or eui in self._given:
            return []
        self._given[eui] = 0
        return [waiting.pop(0)]


class ChirpstackLink:
    """One ChirpStack, of which one application or all are listened to. `on_arrival(arrival)` is called in the link's thread."""

    def __init__(
        self,
        name: str,
        target: LinkTarget,
        on_arrival: Callable[[Arrival], None],
        access: Access | None = None,
        unix_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.state = LinkState(name)
        self.left_out: Counter[str] = Counter()  # events that were not taken, by the reason
        self.doubled = 0
        self._target = target
        self._access = access or Access()
        self._on_arrival = on_arrival
        self._unix_ms = unix_ms
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._places: dict[int, tuple[str, str]] = {}  # device: (application, DevEUI)
        self._queues = Queues()
        self._loop = asyncio.new_event_loop()
        self._out: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._stop = asyncio.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"link {name}", daemon=True)

    def start(self) -> None:
        """Connect, now or when the broker appears."""
        self._thread.start()

    def send(self, frame: bytes) -> None:
        """Have a frame sent to its device after its next uplink; one of the group to all devices that were heard."""
        self._call(partial(self._send, frame))

    def close(self) -> None:
        """Disconnect."""
        self._call(self._stop.set)
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _call(self, action: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(action)
        except RuntimeError:  # the loop has ended
            self.left_out["closed"] += 1

    # In the link's own thread.

    def _send(self, frame: bytes) -> None:
        device = int.from_bytes(frame[1:3], "big")
        places = list(self._places.values()) if Relay.is_group(frame) else [self._places[device]] if device in self._places else []
        if not places:
            self.left_out["unknown device"] += 1
        for application, eui in places:
            self._hand_over(application, eui, self._queues.put(eui, frame))

    def _hand_over(self, application: str, eui: str, frames: list[bytes]) -> None:
        for frame in frames:
            self._out.put_nowait(encode_down(application, eui, frame))

    def take(self, topic: str, payload: bytes) -> None:
        """Take one event."""
        self.state.received_bytes += len(payload)
        try:
            if topic.endswith("/txack"):
                application, eui = parse_txack(topic, payload)
                self._hand_over(application, eui, self._queues.sent(eui))
            else:
                self._take_up(parse_up(topic, payload))
        except Malformed as error:
            self.left_out[str(error)] += 1

    def _take_up(self, up: Up) -> None:
        if up.deduplication_id in self._seen:
            self.doubled += 1
            return
        self._seen[up.deduplication_id] = None
        if len(self._seen) > SEEN:
            self._seen.popitem(last=False)
        self._hand_over(up.application, up.eui, self._queues.heard(up.eui))
        arrival = Arrival(self.state.name, up.frame, self._unix_ms(), via=link_of(up), opened=partial(self._know, up))
        self._on_arrival(arrival)

    def _know(self, up: Up) -> None:
        """A frame was authentic: only now does it say where its device is."""
        self._call(partial(self._places.__setitem__, int.from_bytes(up.frame[1:3], "big"), (up.application, up.eui)))

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run())
        finally:
            self._loop.close()

    async def _run(self) -> None:
        import aiomqtt

        attempt = 0
        while not self._stop.is_set():
            try:
                async with open_broker(self._target, self._access) as client:
                    await self._serve(client)
                    attempt = 0
            except aiomqtt.MqttError as error:
                self.state.trouble = trouble_of(error, self._target)  # first: who looks meanwhile is told once
                self.state.error = str(error) or "the broker has closed the connection"
            self.state.up = False
            await self._pause(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
            attempt += 1

    async def _serve(self, client: Any) -> None:
        for event in ("up", "txack"):
            await client.subscribe(f"application/{self._target.application or '+'}/device/+/event/{event}", qos=QOS)
        self.state.up, self.state.error, self.state.trouble = True, "", ""
        self.state.opened += 1
        tasks = [self._loop.create_task(work) for work in (self._read(client), self._write(client), self._stop.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _read(self, client: Any) -> None:
        async for message in client.messages:
            self.take(message.topic.value, bytes(message.payload or b""))

    async def _write(self, client: Any) -> None:
        while True:
            topic, payload = await self._out.get()
            await client.publish(topic, payload, qos=QOS)
            self.state.sent_bytes += len(payload)

    async def _pause(self, pause_s: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), pause_s)
        except TimeoutError:
            return
