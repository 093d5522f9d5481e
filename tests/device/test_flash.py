"""The virtual flash behaves as NOR flash does, and tells when software does not treat it so."""

import os

from gilmok_sim.flash import TORN, FileFlash, PowerCut, VirtualFlash

PATH = "/tmp/gilmok_test_flash_{}.bin"


def content(flash, block, size=None, offset=0):
    data = bytearray(size or flash.block_size)
    flash.readblocks(block, data, offset)
    return bytes(data)


def cut(operation, *args):
    try:
        operation(*args)
    except PowerCut:
        return True
    return False


def temporary(name):
    try:
        os.remove(PATH.format(name))
    except OSError:
        pass
    return PATH.format(name)


def test_it_says_how_large_it_is():
    flash = VirtualFlash(7, 512)
    assert flash.ioctl(4, 0) == 7 and flash.ioctl(5, 0) == 512 and flash.ioctl(3, 0) == 0


def test_programs_clear_bits_and_erases_set_them():
    flash = VirtualFlash(2, 512)
    assert content(flash, 1) == b"\xff" * 512
    flash.writeblocks(1, b"\x0f\xf0", 10)
    assert content(flash, 1, 4, 9) == b"\xff\x0f\xf0\xff"
    assert content(flash, 0) == b"\xff" * 512
    assert flash.ioctl(6, 1) == 0
    assert content(flash, 1) == b"\xff" * 512
    assert list(flash.wear) == [0, 1] and flash.violations == 0 and flash.operations == 2


def test_a_write_without_an_offset_erases_first():
    flash = VirtualFlash(1, 512)
    flash.writeblocks(0, b"\0" * 512)
    flash.writeblocks(0, b"\x55" * 512)
    assert content(flash, 0) == b"\x55" * 512 and flash.violations == 0


def test_programming_a_unit_twice_is_a_violation_and_clears_further_bits():
    flash = VirtualFlash(1, 512, 16)
    flash.writeblocks(0, b"\xf7" + b"\xff" * 15, 32)
    flash.writeblocks(0, b"\x7f" * 16, 48)
    assert flash.violations == 0
    flash.writeblocks(0, b"\x7f" * 16, 32)
    assert flash.violations == 1 and content(flash, 0, 2, 32) == b"\x77\x7f"


def test_a_part_of_a_unit_is_a_violation_and_zeros_never_are():
    flash = VirtualFlash(1, 512, 16)
    flash.writeblocks(0, b"\x01" * 8, 0)
    assert flash.violations == 1
    flash.writeblocks(0, b"\x01" * 16, 24)
    assert flash.violations == 2
    flash.writeblocks(0, bytes(16), 0)
    assert flash.violations == 2


def test_power_fails_in_the_operation_named_and_stays_off():
    flash = VirtualFlash(2, 512)
    flash.cut_at = 2
    flash.writeblocks(0, b"\0", 0)
    assert cut(flash.writeblocks, 0, b"\0", 1)
    assert cut(flash.writeblocks, 0, b"\0", 2) and cut(flash.ioctl, 6, 0) and cut(flash.readblocks, 0, bytearray(1))
    flash.power_on()
    assert content(flash, 0, 3) == b"\0\xff\xff"
    assert flash.operations == 2


def torn_program(torn, seed):
    flash = VirtualFlash(1, 512, seed=seed)
    flash.cut_at, flash.torn = 1, torn
    assert cut(flash.writeblocks, 0, b"\x0f" * 64, 0)
    flash.power_on()
    return content(flash, 0, 64)


def test_a_torn_program_clears_a_part_of_the_bits():
    shapes = {}
    for torn in TORN:
        shapes[torn] = [torn_program(torn, seed) for seed in range(1, 30)]
        for data in shapes[torn]:
            assert all([byte & 0x0F == 0x0F for byte in data])
    assert set(shapes["none"]) == {b"\xff" * 64} and set(shapes["all"]) == {b"\x0f" * 64}
    for data in shapes["prefix"]:
        done = data.count(b"\x0f")
        assert data == b"\x0f" * done + b"\xff" * (64 - done)
    for data in shapes["suffix"]:
        done = data.count(b"\x0f")
        assert data == b"\xff" * (64 - done) + b"\x0f" * done
    assert len(set(shapes["prefix"])) > 10 and len(set(shapes["random"])) == 29
    assert torn_program("random", 5) == torn_program("random", 5)


def test_a_torn_erase_leaves_a_mixture_that_must_not_be_programmed():
    for torn in TORN:
        flash = VirtualFlash(1, 512, seed=3)
        flash.writeblocks(0, bytes(512), 0)
        flash.cut_at, flash.torn = 2, torn
        assert cut(flash.ioctl, 6, 0)
        flash.power_on()
        data = content(flash, 0)
        zeros = data.count(b"\0")
        expected = {"none": 512, "all": 0}.get(torn, zeros)
        assert zeros == expected
        assert torn != "random" or len(set(data)) > 100
        assert flash.violations == 0
        flash.writeblocks(0, b"\x01", 511)
        assert flash.violations >= 1  # even where it looks erased
        assert flash.ioctl(6, 0) == 0
        seen = flash.violations
        flash.writeblocks(0, b"\x01", 511)
        assert flash.violations == seen


def test_faults():
    flash = VirtualFlash(4, 512)
    flash.bad_blocks.add(1)
    flash.worn_blocks.add(2)
    flash.stuck_blocks.add(3)
    assert flash.ioctl(6, 1) < 0
    assert flash.ioctl(6, 2) == 0 and content(flash, 2) != b"\xff" * 512
    flash.writeblocks(3, b"\0\0", 5)
    assert content(flash, 3, 2, 5) == b"\x01\0"
    flash.flip(0, 17, 3)
    assert content(flash, 0, 3, 16) == b"\xff\xf7\xff"
    flash.flip(0, 17, 3)
    assert content(flash, 0, 3, 16) == b"\xff\xff\xff"


def test_operations_take_their_time():
    flash = VirtualFlash(2, 4096, erase_ms=45, program_us=700)
    flash.ioctl(6, 0)
    assert flash.busy_ms == 45
    flash.writeblocks(0, b"\0" * 256, 128)  # two pages
    flash.writeblocks(0, b"\0", 1000)
    assert flash.busy_ms == 47


def test_a_copy_is_independent():
    flash = VirtualFlash(2, 512)
    flash.writeblocks(0, b"\0", 0)
    flash.stuck_blocks.add(1)
    other = flash.copy()
    other.writeblocks(0, b"\0", 1)
    other.ioctl(6, 1)
    assert content(flash, 0, 2) == b"\0\xff" and content(other, 0, 2) == b"\0\0"
    assert list(flash.wear) == [0, 0] and other.stuck_blocks == {1}


def test_an_image_is_saved_and_loaded():
    path = temporary("image")
    flash = VirtualFlash(3, 512)
    flash.writeblocks(1, b"gilmok", 100)
    flash.save(path)
    other = VirtualFlash(3, 512)
    other.load(path)
    assert [content(other, block) for block in range(3)] == [content(flash, block) for block in range(3)]
    os.remove(path)


def test_a_file_keeps_what_was_programmed():
    path = temporary("file")
    flash = FileFlash(path, 3, 512)
    assert content(flash, 2) == b"\xff" * 512
    flash.writeblocks(1, b"\x5a" * 4, 8)
    other = FileFlash(path, 3, 512)  # as after a kill: the first one was never closed
    assert content(other, 1, 6, 7) == b"\xff\x5a\x5a\x5a\x5a\xff"
    other.cut_at, other.torn = 1, "none"
    assert cut(other.ioctl, 6, 1)
    other.power_on()
    assert content(other, 1, 1, 8) == b"\x5a"
    assert other.ioctl(6, 1) == 0 and content(other, 1) == b"\xff" * 512
    flash.close()
    other.close()
    os.remove(path)
