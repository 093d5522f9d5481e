"""The virtual SX1262 by itself: what a wrong driver would be told, and what is noticed although a chip bears it."""

from device.radio_bench import Bench
from gilmok_node.radio.sx126x_board import facts_of
from gilmok_sim.chips.sx1262 import VirtualSx1262


class Bare:
    """A chip with a clock in µs and commands as bytes."""

    def __init__(self, **options):
        self.now_us = 10_000
        self.chip = VirtualSx1262(lambda: self.now_us / 1000, **options)
        self.now_us += 100_000

    def __call__(self, *command):
        self.wait()
        into = bytearray(len(command))
        self.chip.transfer(bytes(command), into)
        return bytes(into)

    def wait(self):
        """Wait for BUSY and return for how many µs."""
        began = self.now_us
        while self.chip.busy():
            self.now_us += 1
        return self.now_us - began

    def status(self):
        """Return (mode, outcome of the last command)."""
        status = self(0xC0, 0)[1]
        return status >> 4 & 7, status >> 1 & 7

    def tune(self):
        for command in ("80 00", "8A 01", "98 E1 E9", "86 39 A1 99 99", "8B 07 04 01 00", "8C 00 08 00 04 01 00", "8F FE 80"):
            self(*[int(pair, 16) for pair in command.split()])
        self(0x08, 3, 0xFF, 3, 0xFF, 0, 0, 0, 0)
        self(0x0D, 0x08, 0x89, 0x05)
        self(0x0D, 0x08, 0xD8, 0xDE)


def test_busy_lasts_as_table_8_2_says():
    bare = Bare()
    bare.chip.reset(0)
    bare.now_us += 150
    assert bare.chip.busy()
    bare.chip.reset(1)
    assert bare.wait() == 3500
    bare(0x89, 0x7F)
    assert bare.wait() == 3500
    bare.tune()
    for command, mode, took in (
        ((0x80, 1), 3, 31),
        ((0xC1,), 4, 40),
        ((0x82, 0xFF, 0xFF, 0xFF), 5, 41),
        ((0x80, 0), 2, 15),
        ((0x83, 0, 0, 0), 6, 126),
    ):
        bare(*command)
        assert bare.wait() == took and bare.status()[0] == mode, (command, took)
    bare(0x80, 0)
    for config, took in ((4, 340), (0, 3500)):
        bare(0x84, config)
        bare.now_us += 10_000
        assert bare.chip.busy()
        bare.chip.transfer(b"\xc0\x00", bytearray(2))
        assert bare.wait() == took and bare.status()[0] == 2
        assert bare(0x1D, 0x07, 0x40, 0, 0)[4] == 0x14
    assert bare.chip.violations == []


def test_reset_and_warm_start():
    bare = Bare()
    bare.tune()
    bare(0x0D, 0x07, 0x40, 0x34, 0x44)
    bare(0x0D, 0x08, 0xAC, 0x96)
    bare(0x84, 4)
    bare.chip.transfer(b"\xc0\x00", bytearray(2))
    assert bare(0x1D, 0x07, 0x40, 0, 0, 0)[4:] == b"\x34\x44"
    assert bare(0x1D, 0x08, 0xAC, 0, 0)[4] == 0x94  # 9.6
    bare.chip.reset(0)
    bare.now_us += 20
    bare.chip.reset(1)
    assert bare.chip.violations == ["NRESET low for 20 us"]
    assert bare(0x1D, 0x07, 0x40, 0, 0, 0)[4:] == b"\x14\x24"


def test_what_it_refuses_stands_in_the_status():
    bare = Bare()
    bare(0x83, 0, 0, 0)  # nothing configured
    assert bare.status() == (2, 5)
    bare.tune()
    assert bare.status()[1] == 1
    bare(0x82, 0xFF, 0xFF, 0xFF)
    for command in ((0x86, 0x39, 0xA1, 0x99, 0x99), (0x84, 4), (0x89, 0x7F), (0x8B, 7, 4, 1, 0), (0x95, 4, 7, 0, 1)):
        bare(*command)
        assert bare.status() == (5, 5), command
    bare(0x77, 1)  # no such command
    assert bare.status() == (5, 4)
    bare(0x02, 1)  # one byte short
    assert bare.status() == (5, 4)
    bare(0x80, 0)
    assert bare.status() == (2, 1)
    assert len(bare.chip.violations) == 7
    bare(0x80, 1)
    bare.chip.transfer(b"\x80\x00", bytearray(2))
    assert bare.chip.violations[-1] == "command 0x80 while BUSY" and bare.status()[0] == 3


def test_the_buffer_goes_round():
    bare = Bare()
    bare(0x0E, 254, 1, 2, 3, 4)
    assert bare(0x1E, 254, 0, 0, 0, 0, 0)[3:] == bytes((1, 2, 3, 4))
    assert bare(0x1E, 0, 0, 0, 0)[3:] == bytes((3, 4))
    sent = []
    bare.chip.medium = Notes(sent)
    bare.tune()
    bare(0x83, 0, 0, 0)
    assert sent == [bytes((1, 2, 3, 4))]  # base address 0xFE


class Notes:
    """A medium that only keeps the payloads."""

    def __init__(self, sent):
        self._sent = sent

    def transmit(self, chip, start_us, end_us, air, payload):
        self._sent.append(bytes(payload))


def test_timeouts_in_steps_of_15_625_us():
    for steps in (1, 64, 640, 6400):
        bare = Bare()
        bare.tune()
        bare(0x82, steps >> 16, steps >> 8 & 255, steps & 255)
        bare.wait()
        began = bare.now_us
        while not bare.chip.dio1():
            bare.now_us += 1
        assert abs(bare.now_us - began - steps * 15.625) <= 1
        assert bare(0x12, 0, 0, 0)[2:] == b"\x02\x00" and bare.status()[0] == 2
    bare.tune()
    bare(0x0D, 0x09, 0x02, 0)
    bare(0x0D, 0x09, 0x44, 2)
    bare(0x02, 0xFF, 0xFF)
    bare(0x83, 0, 0, 64)  # 1 ms for a frame of 30
    bare.now_us += 2000
    assert bare(0x12, 0, 0, 0)[2:] == b"\x02\x00"
    assert bare.chip.violations == []


def test_flags_only_as_enabled():
    bare = Bare()
    bare.tune()
    bare(0x08, 2, 0, 0, 1, 0, 0, 0, 0)  # a timeout, but not on DIO1
    bare(0x82, 0, 0, 64)
    bare.now_us += 5000
    assert not bare.chip.dio1() and bare(0x12, 0, 0, 0)[2:] == b"\x02\x00"
    bare(0x02, 2, 0)
    assert bare(0x12, 0, 0, 0)[2:] == b"\x00\x00"


def test_a_crystal_that_is_a_tcxo():
    bare = Bare(tcxo_mv=1800)
    assert bare(0x17, 0, 0, 0)[2:] == b"\x00\x20"
    bare.tune()
    bare(0x82, 0xFF, 0xFF, 0xFF)
    assert bare.status() == (2, 5)
    bare(0x97, 2, 0, 1, 0x40)
    bare(0x07, 0, 0)
    bare(0x82, 0xFF, 0xFF, 0xFF)
    assert bare.wait() == 83 + 5000 and bare.status() == (5, 1) and bare(0x17, 0, 0, 0)[2:] == b"\x00\x00"


class Forgetful:
    """A link that loses what is written to one register."""

    def __init__(self, link, address):
        self._write = link.write
        self._address = address
        link.write = self.write

    def write(self, address, values):
        if address != self._address:
            self._write(address, values)


def test_a_driver_that_forgets_a_workaround_is_noticed():
    for address, number, orders in (
        (0x0889, "15.1", ({}, {"bw_hz": 500_000})),
        (0x08D8, "15.2", ({},)),
        (0x0944, "15.3", ({},)),
        (0x0736, "15.4", ({}, {"inverted_iq": True})),
    ):
        bench = Bench()
        (radio,) = bench.radios
        Forgetful(radio.driver._link, address)
        radio.begin()
        radio.listen(timeout_ms=20)
        assert bench.until(radio) == "timeout"
        for order in orders:
            radio.send(b"x", **order)
            bench.until(radio)
        assert [each for each in radio.chip.violations if each.startswith(number)], (number, radio.chip.violations)


def test_a_band_without_calibration_is_noticed():
    bench = Bench()
    (radio,) = bench.begin()
    radio.send(b"x", frequency_hz=868_100_000)
    assert [each for each in radio.chip.violations if each.startswith("image")]
    bench = Bench()
    bench.radios[0].driver._board = facts_of(868_100_000, 0, True, False)
    (radio,) = bench.begin()
    radio.send(b"x", frequency_hz=868_100_000)
    bench.clean()
