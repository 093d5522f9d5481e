"""The ADXL355 driver's steady state allocates nothing: micropython.heap_lock() is the oracle."""

from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.chips import Noise

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None


class Canned:
    """An SPI bus that always has 32 samples, and allocates nothing."""

    def __init__(self):
        self.head = b"\x00\xad\x1d\xed\x01\x00\x60"
        noise = Noise(9)
        self.fifo = bytearray(1)
        for i in range(24):
            self.fifo += ((256000 + (noise.bits() & 127)) << 4 | (i % 3 == 0)).to_bytes(3, "big")

    def write_readinto(self, out, into):
        source = self.head if len(into) == 7 else self.fifo
        for i in range(len(into)):
            into[i] = source[i]

    def select(self, level):
        pass


def test_service_allocates_nothing_between_seconds():
    canned = Canned()
    driver = Adxl355(SpiDevice(canned, canned.select), {})
    driver._set = lambda register, value: None
    driver._get = lambda register, length=1: 0x81 if register == 0x2C else driver._odr
    driver.begin(0)
    now_ms = 0
    for _ in range(24):
        now_ms += 128
        driver.service(now_ms)
    assert not driver.faults and driver._worst
    if not heap_lock:
        return
    while driver._window_ms > 100:
        now_ms += 128
        driver.service(now_ms)
    heap_lock()
    try:
        for _ in range(6):
            now_ms += 128
            driver.service(now_ms)
    finally:
        heap_unlock()
    assert driver._axes[0].count >= 192
