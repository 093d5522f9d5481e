"""What the chips under stock MicroPython have in common: reset cause, watchdog, the loop. Nothing is touched at import.

Source: MicroPython documentation, "Quick reference for the ESP32", "Quick reference for the RP2".
"""

import gc
import select

from gilmok_wire.compat import const

from . import be_only, forget
from .uptime import Uptime

CONFIG_PATH = "/gilmok.cbor"
KEEP_PATH = "/gilmok.keep"
_LINK_BUFFER = const(8192)  # the default of 256 bytes is 2.8 ms at 921600 baud; a sector erase stops us for up to 400 ms
_WATCHDOG_MS = const(8000)  # twenty worst-case sector erases; an RP2040's counts to 8388
_GC_THRESHOLD = const(16384)  # at run time: a collection takes some 10 ms on this chip, so not at every 4 KiB as while booting
_NAP_MS = const(10)  # a pause worth a sleep: entering and leaving it takes an ESP32 a millisecond (estimate)
_AWAKE_MS = const(60_000)  # a technician who has just powered it on can type
_IDLE_MS = const(1000)  # the longest pause between two polls: an eighth of the watchdog's patience

# As console.RESET_CAUSES numbers them; a chip knows some of them.
_CAUSES = (("PWRON_RESET", 1), ("HARD_RESET", 2), ("WDT_RESET", 3), ("DEEPSLEEP_RESET", 4), ("SOFT_RESET", 5))


class Chip:
    """Reset cause, heap and watchdog of the chip."""

    def __init__(self):
        import machine

        cause = machine.reset_cause()
        self._cause = 0
        for name, number in _CAUSES:
            if getattr(machine, name, None) == cause:
                self._cause = number
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self.led = None
        self.wake = None  # what sleeps, where the site lets it

    def reset_cause(self):
        """Return an index into console.RESET_CAUSES."""
        return self._cause

    def heap_free(self):
        """Return free bytes after a collection."""
        gc.collect()
        return gc.mem_free()

    def voltage_mv(self):
        """Return None: this board has no gauge."""
        return None

    def light(self, pin, active):
        """Light the LED at `pin`, whose level `active` lights it: from now on it shows how the node is."""
        from machine import Pin

        from .led import Led

        self.led = Led(Pin(pin, Pin.OUT), active)

    def keep(self):
        """Return what outlives a restart."""
        from .keep import Keep

        return Keep(KEEP_PATH)

    def ledger(self):
        """Return what keeps a radio's airtime over a restart, None where this chip has nothing that does."""
        from machine import RTC

        if not hasattr(RTC, "memory"):
            return None
        from .radio.ledger import RtcLedger

        return RtcLedger(RTC().memory)

    def bluetooth(self):
        """Return MicroPython's module of that name, None where this firmware was built without."""
        try:
            import bluetooth
        except ImportError:
            return None
        return bluetooth

    def feed(self):
        """Tell the watchdog that the loop turns."""
        self._watchdog.feed()


def run(open_ring, esp32=None):
    """Run the node for ever; `open_ring(label, size)` returns the block device of a log, `esp32` is the module where there is one."""
    uarts = []
    board = Chip()

    def open_uarts(baud):
        from machine import UART

        uarts[:] = [UART(0, baud, rxbuf=_LINK_BUFFER, timeout=0)]
        return uarts

    now = Uptime()
    be_only()
    node = _boot(open_ring, open_uarts, now, board, esp32)
    forget("node")
    from .spent_last import spend

    spend(node)
    forget("parts")
    gc.threshold(_GC_THRESHOLD)
    sleep = board.wake and board.wake.ready(node)
    awake_ms = board.wake.awake_ms if board.wake else _IDLE_MS
    poller = select.poll()
    for uart in uarts + list(node.lines):
        poller.register(uart, select.POLLIN)
    try:
        while True:
            pause = node.poll() - now()
            if pause > 0:
                pause = min(pause, _IDLE_MS)
                if not (sleep and pause >= _NAP_MS and now() >= _AWAKE_MS and sleep(pause)):
                    poller.poll(min(pause, awake_ms))
    except Exception:  # noqa: BLE001  no memory, a driver's defect: whatever it is, no output may stay on until the watchdog bites
        import machine

        if node.alarms:
            node.alarms.let_go()
        machine.reset()


def _boot(open_ring, open_uarts, now, board, esp32):
    """Return the node; what made it is needed no more."""
    from .boot import boot
    from .chip_buses import open_buses

    return boot(CONFIG_PATH, open_ring, lambda config: open_buses(config, board, esp32), open_uarts, now, board)
