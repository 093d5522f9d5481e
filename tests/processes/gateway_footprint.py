"""Boots a gateway from a configuration on a virtual SX1262, lets it hear and send, and prints the heap it takes; under MicroPython.

Run with the configuration's file. Prints the bytes of the simulator, those of the gateway after its boot and while downlinks wait, and
what is left.
"""

import gc
import sys

from gilmok_node import forget
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_sim.lora_air import Air
from gilmok_wire import cbor
from gilmok_wire.framing import encode_frame

gc.threshold(4096)  # as main.py
NOW = [0]


class Uart:
    """A host that takes everything, and has said `typed`."""

    typed = b""

    def any(self):
        return len(self.typed)

    def read(self, count):
        data, self.typed = self.typed[:count], self.typed[count:]
        return data

    def write(self, data):
        return len(data)


class Board:
    led = None

    def light(self, pin, active):
        pass

    def feed(self):
        pass


class Buses:
    def __init__(self):
        self.chip = VirtualSx1262(clock, None, 1, 1800)
        self.spi = VirtualSpi()
        self.device = SpiDevice(self.spi, self.spi.attach(self.chip))

    def __call__(self, wired):
        return self.device

    def input_pin(self, pin):
        return self.chip.busy if pin == 13 else self.chip.dio1

    def output_pin(self, pin, level):
        return self.chip.reset


def clock():
    NOW[0] += 1
    return NOW[0] / 50  # 20 µs a look


def now():
    return NOW[0] // 50


def turn(gateway, span_ms):
    end = now() + span_ms
    while now() < end:
        gateway.poll()
        NOW[0] += 100
        del buses.chip.log[:]


buses, uart, board = Buses(), Uart(), Board()
buses.chip.hear(b"", Air(922_100_000, 9, 125_000, 1, False, 0x3444, 8, True, True, 14), -80, 7)  # what it makes on first use
del buses.chip.log[:]
gc.collect()
simulator = gc.mem_alloc()
from gilmok_node.boot import boot  # noqa: E402
from gilmok_node.radio import wiring as radio_wiring  # noqa: E402

# From its first order on the chip is waited for by its own clock: by this machine's, a busy one would find it faulty.
radio_wiring.open_radio = lambda *wired, opened=radio_wiring.open_radio: opened(*wired, lambda: int(clock() * 1000))
gateway = boot(sys.argv[1], None, lambda config: buses, lambda baud: [uart], now, board)
assert hasattr(gateway, "settings"), gateway.reason
del radio_wiring
forget("node")
gc.threshold(16384)  # as chip.run
turn(gateway, 20)
gc.collect()
booted = gc.mem_alloc() - simulator
for number in range(8):
    uart.typed += encode_frame(cbor.encode([16, number, bytes(255), 0, 5, 14, now() + 10_000, now() + 10_100]))
air = Air(922_100_000, 9, 125_000, 1, False, 0x3444, 8, True, True, 14)
for _ in range(5):
    turn(gateway, 300)
    assert buses.chip.hear(b"\xe5" + bytes(120), air, -80, 7)
turn(gateway, 20)
assert gateway.heard == 5 and len(gateway.waiting) == 8, (gateway.heard, len(gateway.waiting))
uart.typed += b"status\n"
turn(gateway, 20)
gc.collect()
busy = gc.mem_alloc() - simulator
left = gc.mem_free()
turn(gateway, 12_000)
assert gateway.sent >= 1
print(simulator, booted, busy, left)
