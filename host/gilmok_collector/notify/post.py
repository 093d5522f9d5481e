"""The post: hands notices to those who carry them, each target in a thread of its own, and brings back what became of them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping

from ..store.notices import Notice
from .carriers import Carry, CarryError
from .outbox import Outbox, Result

Start = Callable[[str, Callable[[], None]], None]  # runs an errand of a name, now or in a thread


def in_thread(name: str, errand: Callable[[], None]) -> None:
    """Run an errand in a thread that ends with the process: what it carries is told again if nobody heard of its end."""
    threading.Thread(target=errand, name=name, daemon=True).start()


def at_once(name: str, errand: Callable[[], None]) -> None:
    """Run an errand here and now: for virtual time, and tests."""
    errand()


class Post:
    """Delivers what the outbox holds. All but the errands runs in the thread that owns the store; `on_done()` is called in an errand's."""

    def __init__(
        self,
        outbox: Outbox,
        carriers: Mapping[str, Carry],
        start: Start = in_thread,
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        self.outbox = outbox
        self._carriers = dict(carriers)
        self._start = start
        self._on_done = on_done
        self._done: queue.SimpleQueue[Result | str] = queue.SimpleQueue()  # what became of a notice; the target whose errand is over
        self._settling: list[Result | str] = []  # brought back, and not noted in the store yet
        self._busy: set[str] = set()

    @property
    def has_news(self) -> bool:
        """Tell whether errands have brought something back that is not noted yet."""
        return not self._done.empty() or bool(self._settling)

    def poll(self, now_ms: int) -> None:
        """Note what became of errands, make what notices there are to make, and send out those that are due.

        Raises: StoreError; the next call goes on where this one stopped.
        """
        self._settle(now_ms)
        self.outbox.fill(now_ms)
        self.outbox.repeat(now_ms)
        for target, carry in self._carriers.items():
            if target not in self._busy and (due := self.outbox.due(target, now_ms)):
                self._busy.add(target)
                self._start(f"notify {target}", self._errand(target, carry, due))

    def _settle(self, now_ms: int) -> None:
        while True:
            try:
                self._settling.append(self._done.get_nowait())
            except queue.Empty:
                break
        results = [each for each in self._settling if isinstance(each, Result)]
        if results:
            self.outbox.settle(results, now_ms)
        self._busy -= {each for each in self._settling if isinstance(each, str)}
        self._settling.clear()

    def _errand(self, target: str, carry: Carry, notices: list[Notice]) -> Callable[[], None]:
        def run() -> None:
            for notice in notices:
                result = _carry(carry, notice)
                self._done.put(result)
                if result.error:
                    break  # what comes behind it waits, so that the order is kept
            self._done.put(target)
            self._on_done()

        return run


def _carry(carry: Carry, notice: Notice) -> Result:
    try:
        carry(notice)
    except CarryError as error:
        return Result(notice, str(error) or "not delivered", error.refused)
    except Exception as error:  # noqa: BLE001 — whatever a library raises, the notice has to be tried again
        return Result(notice, f"{type(error).__name__} while delivering")
    return Result(notice)
