"""The running collector: links in threads of their own, one worker that opens, commits and answers.

Frames that arrive while a commit is on its way to the disk wait and share the next one: the group grows with the load.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .engine import Arrival, Engine
from .links import SerialLink

if TYPE_CHECKING:
    from gilmok_site.links import LinkTarget

GROUP = 512  # frames in one transaction: at a kilobyte each half a megabyte, which an SSD takes in one stride
RETRY_S = 1.0  # after a failed commit: a full disk does not empty faster
TICK_S = 0.5  # how often duties are done where nothing comes: silence is noticed, and an alarm is on its way within two seconds
LEAST_TICK_S = 0.05  # … and where much comes: a look at the store costs 0.2 ms


class Wake:
    """What is put among the frames to have duties done at once."""


WAKE = Wake()


class Service:
    """Runs an engine over links until it is stopped.

    `on_text(link, line)` hears what nodes write for people. `duties` are called with the Unix time in ms, in the worker, at least
    every TICK_S; they may be added before the start, links while it runs.
    """

    def __init__(self, engine: Engine, on_text: Callable[[str, str], None] | None = None) -> None:
        self.duties: list[Callable[[int], None]] = []
        self.engine = engine
        self.links: dict[str, SerialLink] = {}
        self._on_text = on_text or (lambda link, line: None)
        self._arrivals: queue.SimpleQueue[Arrival | Wake | None] = queue.SimpleQueue()
        self._tick_at = 0.0
        self._worker = threading.Thread(target=self._work, name="collector", daemon=True)
        self.failure: BaseException | None = None

    def add_link(self, name: str, target: LinkTarget, now_ms: Callable[[], int] | None = None) -> None:
        """Open a serial link by its URL, and keep it open."""
        from .ports import open_port

        clock = now_ms or (lambda: time.time_ns() // 1_000_000)
        link = SerialLink(name, lambda: open_port(target), self._on_frame, self._on_text, clock)
        self.links[name] = link
        link.start()

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def stop(self) -> None:
        """Close the links, finish what has arrived, and close the store."""
        for link in self.links.values():
            link.close()
        self._arrivals.put(None)
        if self._worker.is_alive():
            self._worker.join(timeout=30)

    def is_alive(self) -> bool:
        """Tell whether the worker runs; `failure` says why not."""
        return self._worker.is_alive()

    def _on_frame(self, link: str, frame: bytes, unix_ms: int) -> None:
        self._arrivals.put(Arrival(link, frame, unix_ms))

    def wake(self) -> None:
        """Have duties done now; from any thread."""
        self._arrivals.put(WAKE)

    def _work(self) -> None:
        try:
            while (group := self._next_group()) is not None:
                for link, frame in self.engine.handle(group) if group else ():
                    self.links[link].send(frame)
                self._do_duties()
                if self.engine.last_error is not None:
                    time.sleep(RETRY_S)
        except BaseException as error:  # whatever it is, the person at the terminal must hear of it, and systemd must restart us
            self.failure = error
            raise

    def _do_duties(self) -> None:
        if time.monotonic() >= self._tick_at:
            for duty in self.duties:
                duty(time.time_ns() // 1_000_000)
            self._tick_at = time.monotonic() + LEAST_TICK_S

    def _next_group(self) -> list[Arrival] | None:
        """Return what has come, nothing where it is time for duties, None at the end."""
        group: list[Arrival] = []
        wait_s: float | None = TICK_S
        while len(group) < GROUP:
            try:
                arrival = self._arrivals.get(timeout=wait_s) if wait_s else self._arrivals.get_nowait()
            except queue.Empty:
                break
            wait_s = None
            if arrival is None:
                if not group:
                    return None
                self._arrivals.put(None)
                break
            if isinstance(arrival, Wake):
                self._tick_at = 0.0
            else:
                group.append(arrival)
        return group
