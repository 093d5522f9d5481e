"""Virtual buses: what they do when nothing is wrong with the chips behind them."""

from device.chip_bench import raises
from gilmok_sim.bus import VirtualI2C, VirtualSpi, VirtualUart


class Memory:
    """A chip of registers, on either bus."""

    def __init__(self, fill):
        self.cells = bytearray([fill] * 256)

    def read(self, register, buffer):
        for i in range(len(buffer)):
            buffer[i] = self.cells[register + i]

    def write(self, register, data):
        for i in range(len(data)):
            self.cells[register + i] = data[i]

    def transfer(self, out, into):
        for i in range(len(into)):
            into[i] = self.cells[i]


class Sender:
    """A UART chip that says `count` bytes each second."""

    def __init__(self, count):
        self.count = count
        self.next_ms = 0
        self.heard = b""

    def emit(self):
        self.next_ms += 1000
        return bytes(range(self.count))

    def skip(self, now_ms):
        self.next_ms = now_ms + 1000

    def receive(self, data):
        self.heard += data


def test_i2c_by_register_and_by_pointer():
    chip = Memory(7)
    bus = VirtualI2C({0x40: chip})
    buffer = bytearray(2)
    bus.writeto_mem(0x40, 3, b"\x01\x02")
    bus.readfrom_mem_into(0x40, 3, buffer)
    assert buffer == b"\x01\x02"
    assert bus.writeto(0x40, b"\x04\x09") == 2
    bus.readfrom_into(0x40, buffer)
    assert buffer == b"\x09\x07"
    assert raises(OSError, bus.readfrom_mem_into, 0x41, 0, buffer).args[0] == 19
    bus.fault = "stuck"
    assert raises(OSError, bus.writeto_mem, 0x40, 0, b"\x00").args[0] == 110


def test_spi_hears_the_chip_that_is_selected():
    bus = VirtualSpi()
    first, second = bus.attach(Memory(1)), bus.attach(Memory(2))
    buffer = bytearray(2)

    def heard():
        bus.write_readinto(b"\x00\x00", buffer)
        return bytes(buffer)

    assert heard() == b"\xff\xff"
    first(0)
    assert heard() == b"\x01\x01" and first() == 0
    first(1)
    second(0)
    assert heard() == b"\x02\x02"
    first(1)  # releasing one chip leaves the other
    assert heard() == b"\x02\x02"
    bus.fault = "stuck"
    assert heard() == b"\x00\x00"
    raises(ValueError, bus.write_readinto, b"\x00", buffer)


def test_uart_paces_buffers_and_loses_what_does_not_fit():
    now = [0]
    chip = Sender(20)
    uart = VirtualUart(chip, lambda: now[0], baud=10000, rxbuf=30)  # one byte a millisecond
    now[0] = 12.5
    assert uart.any() == 12
    assert uart.read(2) == b"\x00\x01"
    buffer = bytearray(4)
    assert uart.readinto(buffer) == 4 and buffer == b"\x02\x03\x04\x05"
    assert uart.readinto(buffer, 1) == 1 and buffer[0] == 6
    now[0] = 1015
    assert uart.read() == bytes(range(7, 20)) + bytes(range(15))
    now[0] = 2020
    assert uart.any() == 25 and uart.overruns == 0
    now[0] = 3020
    assert uart.any() == 30 and uart.overruns == 15
    now[0] = 900000
    assert uart.any() == 30  # in one step, not in 900
    assert uart.read() and uart.read() is None and uart.readinto(buffer) is None
    uart.write(b"hi")
    assert chip.heard == b"hi"
    uart.fault = "stuck"
    now[0] += 5000
    uart.write(b"lost")
    assert uart.any() == 0 and chip.heard == b"hi"
