"""Ending a command by ^C or SIGTERM in good order: the first one is remembered, a second one ends at once."""

from __future__ import annotations

import signal
import time
from typing import Any


class StopSignals:
    """Takes SIGINT and SIGTERM for itself from its making until `release`.

    Remembering is all a handler may do: it runs between two instructions of the main thread, which may just hold the lock
    that a threading.Event's set() wants, and would wait for itself for ever.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}

    def _ask(self, number: int, frame: Any) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Sleep, if nobody has asked to stop, and tell whether somebody has."""
        if not self.asked:
            time.sleep(seconds)
        return self.asked

    def release(self) -> None:
        """Give both signals back to whom they belonged to."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
