"""The ADXL355 over I²C against its virtual chip: what differs from SPI, and the faults of an I²C bus."""

import math

from device.chip_bench import Bench, raises
from gilmok_node.sensors.adxl355 import Adxl355
from gilmok_node.sensors.adxl355_i2c import Adxl355I2c, I2cDevice
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, Silent, SpiDevice, Stuck
from gilmok_sim.bus import VirtualI2C, VirtualSpi
from gilmok_sim.chips import Still
from gilmok_sim.chips.adxl355 import VirtualAdxl355
from gilmok_sim.chips.adxl355_i2c import VirtualAdxl355I2c


class I2cBench(Bench):
    def __init__(self, options=None, world=None, address=0x1D, **chip):
        self.world = world or Still(x=0.0, y=0.0, z=1.0)
        self.chip = VirtualAdxl355I2c(self.world, self.clock, **chip)
        self.i2c = VirtualI2C({address: self.chip})
        self.driver = Adxl355I2c(self.i2c, options or {})


class SpiBench(Bench):
    def __init__(self, options, world):
        self.chip = VirtualAdxl355(world, self.clock)
        spi = VirtualSpi()
        self.driver = Adxl355(SpiDevice(spi, spi.attach(self.chip)), options)


class Recorder:
    """An I²C bus that notes each transaction and answers with consecutive numbers."""

    def __init__(self):
        self.seen = []

    def readfrom_mem_into(self, address, register, buffer):
        self.seen.append((address, register, len(buffer)))
        for i in range(len(buffer)):
            buffer[i] = i + 1

    def writeto_mem(self, address, register, data):
        self.seen.append((address, register, bytes(data)))


def test_a_transfer_becomes_one_i2c_transaction():
    bus = Recorder()
    device = I2cDevice(bus, 0x53)
    first, second = bytearray(4), bytearray(4)
    device.transfer(bytes((0x11 << 1 | 1, 0, 0, 0)), first)
    assert bytes(first[1:]) == b"\x01\x02\x03" and bytes(second) == bytes(4)
    device.transfer(bytes((0x05 << 1 | 1, 0, 0, 0)), second)  # another buffer of the same length
    assert bytes(second[1:]) == b"\x01\x02\x03"
    device.transfer(bytes((0x2D << 1, 0x00)), bytearray(2))
    assert bus.seen == [(0x53, 0x11, 3), (0x53, 0x05, 3), (0x53, 0x2D, b"\x00")]
    assert device.error is None


def test_it_reads_what_spi_reads():
    for period_ms in (2, 4, 8, 16, 32):
        world = Still(x=lambda ms: 0.2 * math.sin(ms * 2 * math.pi * 3 / 1000), y=0.0, z=1.0)
        benches = I2cBench({"sample_ms": period_ms}, world), SpiBench({"sample_ms": period_ms}, world)
        readings = []
        for bench in benches:
            bench.begin()
            bench.driver.capture(True)
            bench.run(2600)
            readings.append((bench.read(), list(bench.driver.blocks()), bench.driver.faults, bench.driver.overruns))
        assert readings[0] == readings[1]
        assert abs(readings[0][0][0] - 14142) < 600 and len(readings[0][1]) >= 1, period_ms


def test_what_the_bus_cannot_carry_is_refused():
    for period_ms in (0, 1, 3, 64):
        assert raises(BadOption, Adxl355I2c, None, {"sample_ms": period_ms}).value == period_ms
    assert raises(BadOption, Adxl355I2c, None, {"address": 0x1E}).value == 0x1E


def test_the_share_of_the_bus_is_as_stated():
    """At 22.5 µs a byte, with three bytes of address and register before each read (two of them when writing)."""
    for period_ms, percent in ((2, 12.5), (4, 6.5), (32, 1)):
        bench = I2cBench({"sample_ms": period_ms})
        bench.begin()
        bench.chip.bytes_read = 0
        reads = [0]
        read = bench.chip.read

        def counted(register, buffer, read=read, reads=reads):
            reads[0] += 1
            read(register, buffer)

        bench.chip.read = counted
        bench.run(4096)
        share = (bench.chip.bytes_read + 3 * reads[0]) * 0.0225 / 4096 * 100
        assert 0.7 * percent < share <= percent, (period_ms, share)


def test_both_addresses():
    for address in (0x1D, 0x53):
        bench = I2cBench({"address": address}, address=address)
        bench.begin()
        bench.run(2000)
        assert max(bench.read()) < 30
        other = I2cBench({"address": 0x70 - address}, address=address)
        error = raises(Absent, other.driver.begin, 0)
        assert error.fact == 19 and hex(0x70 - address) in error.reason


def test_silence_a_stuck_bus_and_the_recovery():
    for fault, kind in (("silence", Absent), ("stuck", BusStuck)):
        bench = I2cBench()
        target = bench.chip if fault == "silence" else bench.i2c
        target.fault = fault
        raises(kind, bench.driver.begin, 0)
        target.fault = None
        bench.begin()
        bench.run(2000)
        assert max(bench.read()) < 30
        target.fault = fault
        bench.run(4000)
        raises(kind, bench.read)  # after the second that was still told
        assert bench.driver.faults > 30
        raises(kind, bench.driver.begin, bench.now)
        target.fault = None
        bench.begin()
        bench.run(2000)
        assert max(bench.read()) < 30


def test_noise_a_dead_element_and_a_brown_out():
    for fault, kind in (("noise", Garbled), ("bad_checksum", Garbled), ("stuck", Stuck), (None, Silent)):
        bench = I2cBench()
        bench.begin()
        bench.run(2000)
        assert max(bench.read()) < 30
        bench.chip.fault = fault
        if fault is None:
            bench.chip._reset()
        bench.run(5000)
        try:
            assert max(bench.read()) < 30  # the second in which it began
        except kind:
            pass
        raises(kind, bench.read)
        bench.chip.fault = None
        bench.begin()
        bench.run(2000)
        assert max(bench.read()) < 30


def test_a_write_that_is_not_taken_is_noticed():
    bench = I2cBench()
    write = bench.chip.write
    bench.chip.write = lambda register, data: None if register == 0x28 else write(register, data)
    raises(Garbled, bench.driver.begin, 0)
    del bench.chip.write
    bench.begin()
    bench.run(2000)
    assert max(bench.read()) < 30
