"""Times the drivers that empty a FIFO under MicroPython: `micropython on_chip_motion.py`; prints microseconds a sample as JSON.

Their buses answer from memory at once: what a bus takes is no matter of the interpreter.
"""

import gc
import json
import math
import struct
import time

from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.base import SpiDevice
from gilmok_node.sensors.lis3dh import Lis3dh
from gilmok_node.sensors.mpu6050 import Mpu6050
from gilmok_sim.chips import Noise

CHUNK = 8
ROUNDS = 30
SECONDS = 4  # of samples in a round, their sums and roots included


class Canned:
    """An SPI and an I²C bus that always has 16 samples; what is written reads back."""

    def __init__(self, registers):
        self._kept = bytearray(0x80)
        self._registers = registers  # {register: bytes}

    def write_readinto(self, out, into):
        register = out[0] >> 1
        if out[0] & 1:
            source = self._registers.get(register)
            into[1:] = self._kept[register : register + len(into) - 1] if source is None else source
        else:
            self._kept[register] = out[1]

    def select(self, level):
        pass

    def readfrom_mem_into(self, address, register, buffer):
        source = self._registers.get(register)
        register &= 0x7F
        buffer[:] = self._kept[register : register + len(buffer)] if source is None else source

    def writeto_mem(self, address, register, data):
        self._kept[register & 0x7F] = data[0]


def samples(per_g, pack):
    """Return eight samples of 1 g and noise on all axes."""
    noise = Noise(9)
    return b"".join([pack(per_g + (noise.bits() & 127) - 64, i % 3 == 0) for i in range(3 * CHUNK)])


def best_us(run):
    """Return the microseconds of the fastest of several runs: the desk has other things to do."""
    best = None
    for _ in range(ROUNDS):
        gc.collect()
        start = time.ticks_us()
        run()
        taken = time.ticks_diff(time.ticks_us(), start)
        best = taken if best is None else min(best, taken)
    return best


class Seconds:
    """Calls service() until so many seconds of samples have gone through it."""

    def __init__(self, driver):
        self.driver = driver
        self.now_ms = driver.begin(0)
        driver.start(self.now_ms)
        self.samples = SECONDS * 1000 // driver._period_ms // (2 * CHUNK) * (2 * CHUNK)

    def run(self):
        driver, now_ms = self.driver, self.now_ms
        step_ms = 2 * CHUNK * driver._period_ms
        for _ in range(self.samples // (2 * CHUNK)):
            now_ms += step_ms
            driver.service(now_ms)
        self.now_ms = now_ms

    def run_captured(self):
        self.run()
        for _ in self.driver.blocks():
            pass


def plainly(data):
    """Do what a second asks at the very least: unpack with struct, mean, RMS and peak with floats, and nothing else."""
    columns = [[], [], []]
    for at in range(0, len(data), 6):
        x, y, z = struct.unpack_from(">hhh", data, at)
        columns[0].append(x)
        columns[1].append(y)
        columns[2].append(z)
    for column in columns:
        mean = sum(column) / len(column)
        math.sqrt(sum([(v - mean) * (v - mean) for v in column]) / len(column))
        max(max(column) - mean, mean - min(column))


def main():
    """Measure, and print {name: microseconds a sample}."""
    adxl = {0x00: b"\xad\x1d\xed\x01\x00\x30", 0x11: samples(256000, lambda v, x: (v << 4 | x).to_bytes(3, "big"))}
    lis = {0x0F: b"\x33", 0xAE: b"\x80\x10", 0xA8: samples(1000, lambda v, x: (v << 4).to_bytes(2, "little"))}
    mpu = {0x75: b"\x68", 0x3A: bytes(9), 0x72: b"\x00\x60", 0x74: samples(16384, lambda v, x: v.to_bytes(2, "big"))}
    times = {}
    bus = Canned(adxl)
    for driver in (Adxl355(SpiDevice(bus, bus.select), {}), Lis3dh(Canned(lis), {}), Mpu6050(Canned(mpu), {})):
        seconds = Seconds(driver)
        times[driver.NAME] = best_us(seconds.run) / seconds.samples
        driver.capture(True)
        times[driver.NAME + "_captured"] = best_us(seconds.run_captured) / seconds.samples
        if driver.faults or driver.lost or driver._worst is None:
            raise ValueError(driver.NAME + " did not take what it was given")
    second = mpu[0x74] * 31
    times["plainly"] = best_us(lambda: plainly(second)) / (31 * CHUNK)
    print(json.dumps(times))


main()
