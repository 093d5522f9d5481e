"""An asyncio event loop whose time jumps to the next deadline: an hour of pauses takes as long as what is done in it."""

import asyncio
import selectors


class _Jump(selectors.BaseSelector):
    """A selector that moves the clock instead of waiting."""

    def __init__(self, selector, clock):
        self._selector = selector
        self._clock = clock

    def select(self, timeout=None):
        """Return what is ready now; where nothing is, the time of waiting has passed."""
        ready = self._selector.select(0)
        if not ready and timeout is None:
            raise RuntimeError("virtual time: everything waits, and nothing is due")
        if not ready:
            self._clock.now_s += timeout
        return ready

    def register(self, fileobj, events, data=None):
        """See selectors."""
        return self._selector.register(fileobj, events, data)

    def unregister(self, fileobj):
        """See selectors."""
        return self._selector.unregister(fileobj)

    def modify(self, fileobj, events, data=None):
        """See selectors."""
        return self._selector.modify(fileobj, events, data)

    def close(self):
        """See selectors."""
        self._selector.close()

    def get_map(self):
        """See selectors."""
        return self._selector.get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time, which begins at 0. Only what is in one thread may wait for it."""

    def __init__(self):
        self.now_s = 0.0
        super().__init__(_Jump(selectors.DefaultSelector(), self))

    def time(self):
        """Return virtual seconds."""
        return self.now_s

    def now_ms(self):
        """Return virtual milliseconds."""
        return round(self.now_s * 1000)


def run_virtually(main):
    """Run the coroutine function `main(loop)` to its end on virtual time, and return what it returns."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks))
        loop.close()
