"""The log on failing flash: blocks that do not erase, programs that do not take, and the last good block."""

from device.log_cases import UNITS, append_row, bad_blocks, chips, count, entropy, mounted, read_all, refused
from gilmok_node.flash.log import Log
from gilmok_sim.flash import VirtualFlash


def test_bad_blocks_are_passed_over_and_stay_so():
    for unit in UNITS:
        pair = chips(unit, blocks=8)
        pair[0].bad_blocks.add(0)
        pair[0].bad_blocks.add(5)
        pair[0].worn_blocks.add(3)
        log = mounted(pair, unit)
        stream = log.bind(b"aaaa")
        entries = append_row(log, stream, 400)
        assert bad_blocks(log) == 3 and log.reader.corrupt == 0
        again = mounted(pair, unit)
        assert bad_blocks(again) == 3
        held = read_all(again, stream)
        assert held == entries[-len(held) :] and len(held) > 10
        assert pair[0].wear[5] == 1 and pair[0].violations == 0


def test_a_format_tries_bad_blocks_again():
    pair = chips()
    pair[0].bad_blocks.add(3)
    log = mounted(pair)
    append_row(log, log.bind(b"aaaa"), 100)
    pair[0].bad_blocks.clear()
    assert bad_blocks(mounted(pair)) == 1
    log.format()
    assert bad_blocks(log) == bad_blocks(mounted(pair)) == 0
    wear = pair[0].wear[3]
    append_row(log, log.bind(b"aaaa"), 200)
    assert pair[0].wear[3] > wear


def test_a_program_that_fails_goes_to_the_next_block():
    for unit in UNITS:
        pair = chips(unit)
        pair[0].stuck_blocks.add(1)
        pair[0].stuck_blocks.add(2)
        pair[1].stuck_blocks.add(2)
        log = mounted(pair, unit)
        streams = log.bind(b"aaaa"), log.bind(b"wave", True)
        for stream in streams:
            entries = append_row(log, stream, 60, 700 - 2 * unit if stream else 20)
            held = read_all(log, stream)
            assert held == entries[-len(held) :] and len(held) > 3
            again = mounted(pair, unit)
            assert read_all(again, stream) == held
        assert count(log, "program_failures") > 0 and bad_blocks(log) == 0
        assert pair[0].violations == pair[1].violations == 0


def test_a_block_that_takes_no_header_is_bad():
    class Forgetful(VirtualFlash):
        def writeblocks(self, block, buf, offset=None):
            if block != 2 or not any(buf):
                super().writeblocks(block, buf, offset)

    chip = Forgetful(5, 1024)
    log = Log(chip, entropy=entropy())
    log.mount()
    stream = log.bind(b"aaaa")
    entries = append_row(log, stream, 300)
    held = read_all(log, stream)
    assert bad_blocks(log) == 1 and held == entries[-len(held) :]
    assert Log(chip, entropy=entropy()).fill()[0] >= 0


def test_two_blocks_are_a_log_and_one_is_none():
    pair = chips(blocks=2)
    log = mounted(pair)
    stream = log.bind(b"aaaa")
    entries = append_row(log, stream, 200)
    for seen in (log, mounted(pair)):
        held = read_all(seen, stream)
        assert held == entries[-len(held) :] and seen.next(stream) == entries[-1].sequence + entries[-1].count
    pair[0].bad_blocks.add(0)
    pair[0].bad_blocks.add(1)
    assert refused(append_row, log, stream, 200)
    dead = VirtualFlash(2, 1024)
    dead.bad_blocks.add(0)
    dead.bad_blocks.add(1)
    assert refused(Log(dead, entropy=entropy()).mount)


def test_flash_errors_that_are_raised_count_like_those_returned():
    class Raising(VirtualFlash):
        def ioctl(self, op, arg):
            result = super().ioctl(op, arg)
            if result < 0:
                raise OSError(-result)
            return result

    chip = Raising(4, 1024)
    chip.bad_blocks.add(1)
    log = Log(chip, entropy=entropy())
    log.mount()
    append_row(log, log.bind(b"aaaa"), 200)
    assert bad_blocks(log) == 1


def test_the_last_good_block_is_never_erased():
    pair = chips(blocks=3)
    pair[0].bad_blocks.add(1)
    pair[0].bad_blocks.add(2)
    log = mounted(pair)
    stream = log.bind(b"aaaa")
    held = []
    for row in range(100):
        if refused(log.append, stream, 1, row, 0, bytes(30)):
            break
        log.sync()
        held = read_all(log, stream)
    assert row < 99 and len(held) > 10
    assert read_all(log, stream) == held and refused(log.prepare)
