"""The steady state of the drivers that empty a FIFO allocates nothing: micropython.heap_lock() is the oracle."""

from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.adxl355_i2c import Adxl355I2c
from gilmok_node.sensors.base import SpiDevice
from gilmok_node.sensors.lis3dh import Lis3dh
from gilmok_node.sensors.mpu6050 import Mpu6050
from gilmok_node.sensors.tilt import Tilt
from gilmok_sim.chips import Noise

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    heap_lock = heap_unlock = None

ADXL_HEAD = b"\xad\x1d\xed\x01\x00\x18"  # 24 entries wait


class Canned:
    """An SPI and an I²C bus that always has eight samples, and allocates nothing; what is written reads back."""

    def __init__(self, registers):
        self._kept = bytearray(0x80)
        self._registers = registers  # {register: bytes}

    def write_readinto(self, out, into):
        register = out[0] >> 1
        if out[0] & 1:
            self._answer(register, into, 1)
        else:
            self._kept[register] = out[1]

    def select(self, level):
        pass

    def readfrom_mem_into(self, address, register, buffer):
        self._answer(register, buffer, 0)

    def writeto_mem(self, address, register, data):
        self._kept[register & 0x7F] = data[0]

    def _answer(self, register, into, start):
        source = self._registers.get(register)
        register &= 0x7F
        for i in range(start, len(into)):
            into[i] = self._kept[register + i - start] if source is None else source[i - start]


def samples(per_g, pack):
    """Return eight samples of 1 g and noise on all axes."""
    noise = Noise(9)
    return b"".join([pack(per_g + (noise.bits() & 127) - 64, i % 3 == 0) for i in range(24)])


def spi(bus):
    return SpiDevice(bus, bus.select)


class Listener:
    """Hears every chunk."""

    heard = 0

    def hear(self, start_ms, period_ms, x, y, z):
        self.heard += 1

    def lose(self, samples):
        """Nothing is lost here."""


def test_service_allocates_nothing_between_seconds():
    adxl = {0x00: ADXL_HEAD, 0x11: samples(256000, lambda v, x: (v << 4 | x).to_bytes(3, "big"))}
    lis = {
        0x0F: b"\x33",
        0x2E | 0x80: b"\x80\x08",
        0x28 | 0x80: samples(1000, lambda v, x: (v << 4).to_bytes(2, "little")),
    }
    mpu = {0x75: b"\x68", 0x3A: bytes(9), 0x72: b"\x00\x30", 0x74: samples(16384, lambda v, x: v.to_bytes(2, "big"))}
    for make, registers in (
        (lambda bus: Adxl355(spi(bus), {}), adxl),
        (lambda bus: Adxl355I2c(bus, {}), adxl),
        (lambda bus: Tilt(spi(bus), {}), adxl),
        (lambda bus: Lis3dh(bus, {}), lis),
        (lambda bus: Mpu6050(bus, {}), mpu),
    ):
        driver = make(Canned(registers))
        listeners = Listener(), Listener()
        for listener in listeners:
            driver.listen(listener)
        now_ms = driver.begin(0)
        driver.start(now_ms)
        service_ms = 8 * driver._period_ms
        for _ in range(2 + 3 * driver.SPAN_MS // service_ms):
            now_ms += service_ms
            driver.service(now_ms)
        assert not driver.faults and driver._worst, driver.NAME
        if not heap_lock:
            continue
        while driver._window_ms > service_ms:
            now_ms += service_ms
            driver.service(now_ms)
        services = (driver.SPAN_MS - driver._window_ms) // service_ms - 1
        heap_lock()
        try:
            for _ in range(services):
                now_ms += service_ms
                driver.service(now_ms)
        finally:
            heap_unlock()
        assert listeners[0].heard == listeners[1].heard > services
        assert services >= 2 and driver._axes[0].count >= 8 * services, driver.NAME
