"""A log in a file: the same bytes as on virtual flash, durable at every write, and whole again after a power cut at any of them."""

import errno
import fcntl
import os
import random

import pytest
from gilmok_node.config import ConfigError
from gilmok_node.flash.log import Log
from gilmok_node.linux import file_blocks
from gilmok_node.linux.file_blocks import BLOCK_SIZE, FileBlocks
from gilmok_sim.flash import VirtualFlash

BLOCKS = 6


class Cut(Exception):
    """Power failed here."""


def entropy(count):
    return bytes(range(7, 7 + count))


def fill(device, entries):
    """Mount, bind and append; return the log."""
    log = Log(device, entropy=entropy)
    log.mount()
    stream = log.bind(b"abcd")
    for _ in range(entries):
        number = log.next(stream)
        log.append(stream, 1, number, 0, b"%d" % number * 30)
        log.sync()
        log.prepare()
    return log


def held(log):
    """Return the records of stream 0 that can be read, as {number: payload}."""
    found, number = {}, log.oldest(0)
    while True:
        entry = log.read(0, number)
        if entry is None:
            return found
        found[entry.sequence] = entry.payload
        number = entry.sequence + entry.count


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "records.log")


def test_the_same_bytes_as_on_flash(path):
    device, flash = FileBlocks(path, BLOCKS * BLOCK_SIZE), VirtualFlash(BLOCKS)
    for _ in range(3):  # three boots, enough to go round the ring
        fill(device, 200)
        fill(flash, 200)
    image = bytearray(BLOCK_SIZE)
    with open(path, "rb") as file:
        for block in range(BLOCKS):
            flash.readblocks(block, image)
            assert file.read(BLOCK_SIZE) == image, block
    assert flash.violations == 0 and sum(flash.wear) > BLOCKS
    device.close()


def test_every_write_is_on_the_disk_when_it_returns(path):
    device = FileBlocks(path, BLOCKS * BLOCK_SIZE)
    assert fcntl.fcntl(device._file, fcntl.F_GETFL) & os.O_DSYNC
    device.close()


@pytest.mark.parametrize("torn", ["none", "prefix", "sectors"])
def test_a_power_cut_at_any_write_loses_nothing_that_was_synced(path, monkeypatch, torn):
    dice = random.Random(5)
    writes, real = [0, 0], os.pwrite

    def pwrite(file, data, at):
        writes[0] += 1
        if writes[0] != writes[1]:
            return real(file, data, at)
        if torn == "prefix":
            real(file, data[: dice.randrange(len(data) + 1)], at)
        elif torn == "sectors":  # a disk writes sectors, in any order
            for start in range(-at % 512, len(data), 512):
                if dice.random() < 0.5:
                    real(file, data[start : start + 512], at + start)
        raise Cut

    monkeypatch.setattr(file_blocks.os, "pwrite", pwrite)
    device = FileBlocks(path, BLOCKS * BLOCK_SIZE)
    synced = set(held(fill(device, 150)))
    device.close()
    cuts = 0
    for round_ in range(40):
        before = FileBlocks(path, BLOCKS * BLOCK_SIZE)
        log = Log(before, entropy=entropy)
        writes[:] = [0, round_ % 40 + 1]
        try:
            log.mount()
            for _ in range(12):
                number = log.append(0, 1, 0, 0, b"%d" % log.next(0) * 30)
                log.sync()
                synced.add(number)
                log.prepare()
        except Cut:
            cuts += 1
        before.close()
        writes[1] = -1
        after = FileBlocks(path, BLOCKS * BLOCK_SIZE)
        mounted = Log(after, entropy=entropy)
        mounted.mount()
        records = held(mounted)
        assert {number for number in synced if number >= mounted.oldest(0)} <= set(records), round_
        assert all(payload == b"%d" % number * 30 for number, payload in records.items()), round_
        assert mounted.next(0) > max(synced), round_
        after.close()
    assert cuts > 10


def test_a_new_file_is_erased_and_appears_whole(path, monkeypatch):
    def fail(source, target):
        raise OSError(errno.EIO, "cut")

    monkeypatch.setattr(file_blocks.os, "replace", fail)
    with pytest.raises(OSError, match="cut"):
        FileBlocks(path, BLOCKS * BLOCK_SIZE)
    assert not os.path.exists(path)
    monkeypatch.undo()
    device = FileBlocks(path, BLOCKS * BLOCK_SIZE)
    data = bytearray(BLOCK_SIZE)
    device.readblocks(BLOCKS - 1, data)
    assert data == b"\xff" * BLOCK_SIZE and not os.path.exists(path + ".new")
    device.close()


def test_programs_and_erases(path):
    device = FileBlocks(path, BLOCKS * BLOCK_SIZE)
    data = bytearray(6)
    device.writeblocks(2, b"abc", 4)
    device.readblocks(2, data, 3)
    assert data == b"\xffabc\xff\xff"
    assert device.ioctl(6, 2) == 0
    device.readblocks(2, data, 3)
    assert data == b"\xff" * 6
    device.writeblocks(2, b"xyz")
    device.readblocks(2, data)
    assert data == b"xyz\xff\xff\xff"
    assert (device.ioctl(4, 0), device.ioctl(5, 0), device.ioctl(3, 0)) == (BLOCKS, BLOCK_SIZE, 0)
    device.close()


def test_a_sector_that_cannot_be_read_is_damage(path, monkeypatch):
    device = FileBlocks(path, BLOCKS * BLOCK_SIZE)
    log = fill(device, 10)

    def preadv(file, buffers, at):
        raise OSError(errno.EIO, "bad sector")

    monkeypatch.setattr(file_blocks.os, "preadv", preadv)
    data = bytearray(b"x" * 4)
    device.readblocks(0, data)
    assert data == b"\0\0\0\0" and log.read(0, 3) is None
    device.close()


def test_another_size_and_another_process_are_refused(path):
    device = FileBlocks(path, BLOCKS * BLOCK_SIZE)
    with pytest.raises(ConfigError, match="another node"):
        FileBlocks(path, BLOCKS * BLOCK_SIZE)
    device.close()
    with pytest.raises(ConfigError, match="move it away"):
        FileBlocks(path, 2 * BLOCKS * BLOCK_SIZE)
    FileBlocks(path, BLOCKS * BLOCK_SIZE).close()
