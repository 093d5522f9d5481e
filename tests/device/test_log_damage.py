"""Flash that rots, and rings that lost each other: nothing corrupt is returned, and no number, binding or boot comes twice."""

from device.log_cases import entropy, mounted
from device.log_cases import read_all as read_list
from gilmok_node.flash.log import Log
from gilmok_sim.flash import PowerCut, VirtualFlash

BLOCKS, SIZE = 6, 512


def read_all(log, stream):
    return {(stream, entry.sequence): entry for entry in read_list(log, stream)}


class Full:
    """A log that has wrapped, everything synced, with what it holds and the block each entry is in."""

    def __init__(self, unit, rows, jump=0, prepared=True):
        self.unit = unit
        self.pair = [VirtualFlash(BLOCKS, SIZE, unit) for _ in range(2)]
        log = mounted(self.pair, unit)
        self.streams = [log.bind(b"busy"), log.bind(b"rare"), log.bind(b"wave", True)]
        for row in range(rows):
            log.append(0, 3, row, 1, bytes([row & 0xFF] * (row % 23)))
            log.append(2, 9, row, 1, bytes([row & 0xFF] * (row % 31)))
            if row % 7 == 0:
                log.append(1, 1, row, 0, bytes([row & 0xFF]), jump)
            if row % 3 != 1:
                log.sync()
            if row % 4 and prepared:
                log.prepare()
        log.sync()
        self.log = log
        self.entries, self.blocks = {}, {}
        for stream in self.streams:
            for key, entry in read_all(log, stream).items():
                self.entries[key] = entry
                log.read(stream, entry.sequence)
                self.blocks[key] = log.rings[stream == 2]._cursors[stream][0]
        self.newest = [ring.newest for ring in log.rings]

    def broken(self, ring, block, offset, bit):
        """Return copies of the chips with one bit flipped."""
        pair = [chip.copy() for chip in self.pair]
        pair[ring].flip(block, offset, bit)
        return pair

    def check(self, pair, ring, block, most):
        """Mount and check; at most `most` entries, all in `block`, may be missing."""
        log = mounted(pair, self.unit, 99)
        old = self.log
        assert log.log_id == old.log_id and log.boot > old.boot and log.streams() == old.streams()
        missing = set(self.entries)
        for stream in self.streams:
            for key, entry in read_all(log, stream).items():
                assert self.entries[key] == entry
                missing.discard(key)
            assert log.next(stream) >= old.next(stream), ("number again", stream, log.next(stream), old.next(stream))
            assert log.oldest(stream) >= old.oldest(stream)
        missing = [key for key in missing if key[1] >= log.oldest(key[0])]
        assert len(missing) <= most, missing
        assert all([self.blocks[key] == block and (key[0] == 2) == ring for key in missing]), missing
        assert not missing or log.reader.corrupt
        assert pair[0].violations == pair[1].violations == 0
        self.go_on(log, pair)
        return missing

    def go_on(self, log, pair):
        """Append behind the damage and find it again."""
        first = [log.append(stream, 2, 5, 6, b"after") for stream in self.streams]
        log.sync()
        again = mounted(pair, self.unit, 77)
        for stream in self.streams:
            entry = again.read(stream, first[stream])
            assert entry.sequence == first[stream] >= self.log.next(stream) and entry.payload == b"after"
            assert again.next(stream) == entry.sequence + 2


def header_length(full, ring, block):
    data = bytearray(SIZE)
    full.pair[ring].readblocks(block, data)
    return data[5] if data[:3] == b"GLO" else 0


def flip_all(full, near, stride):
    """Flip every `near`th byte of the newest blocks and every `stride`th of the others, one at a time."""
    lost = cases = 0
    for ring in range(2):
        for block in range(BLOCKS):
            newest = block == full.newest[ring]
            header = header_length(full, ring, block)
            for offset in range(block, SIZE, near if newest else stride):
                place = (ring, block, offset, offset * 5 // 3 % 8)
                most = len(full.entries) if offset < header else 1
                try:
                    lost += len(full.check(full.broken(*place), ring, block, most))
                except AssertionError:
                    print("unit", full.unit, "flipped (ring, block, offset, bit)", place)
                    raise
                cases += 1
    return lost, cases


def test_a_flipped_bit_costs_its_own_entry_and_no_number():
    lost, cases = flip_all(Full(1, 60), 5, 89)
    assert lost > cases // 3


def test_a_flipped_bit_at_a_larger_program_unit():
    lost, cases = flip_all(Full(16, 61), 9, 131)
    assert lost > cases // 3


def test_the_header_of_the_newest_block():
    # At every fill of the newest block, erased ahead or not: its entries are lost, no number comes again, not even behind a jump.
    for rows in range(50, 66):
        full = Full(1, rows, rows, rows & 1 == 0)
        for ring in range(2):
            lost = full.check(full.broken(ring, full.newest[ring], 7, 0), ring, full.newest[ring], len(full.entries))
            expected = [key for key, block in full.blocks.items() if block == full.newest[ring] and (key[0] == 2) == ring]
            assert len(lost) == len(expected)


def test_a_rotten_header_that_named_more_streams_than_the_one_before():
    full = Full(1, 60)
    streams = [full.log.bind(bytes([number] * 4), True) for number in range(4)]
    ring = full.log.rings[1]
    block = ring.newest
    while ring.newest == block:
        full.log.append(2, 9, 0, 0, bytes(40))
        full.log.sync()
    full.log.append(streams[3], 5, 0, 0, b"x")
    full.log.sync()
    log = mounted(full.broken(1, ring.newest, 7, 0))
    for stream in full.streams + streams:  # nothing but the header is damaged, so nothing is skipped
        assert log.next(stream) == full.log.next(stream)


def test_the_newest_block_gone_to_noise():
    state = 1
    for _ in range(40):
        full = Full(1, 50 + (state >> 16) % 16)
        pair = [chip.copy() for chip in full.pair]
        ring = state >> 16 & 1
        for offset in range((state >> 16) % 20, SIZE, 20):  # no head is spared
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            for _ in range(state >> 16 & 3):
                state = state * 1103515245 + 12345 & 0x7FFFFFFF
                pair[ring].flip(full.newest[ring], offset, state >> 16 & 7)
        log = mounted(pair, seed=99)
        for stream in full.streams:
            assert log.next(stream) >= full.log.next(stream) and log.boot > full.log.boot
            assert all([full.entries[key] == entry for key, entry in read_all(log, stream).items()])
        full.go_on(log, pair)


def test_a_repeated_mount_does_not_skip_again():
    full = Full(1, 60)
    pair = full.broken(0, full.newest[0], 7, 0)
    log = mounted(pair)
    numbers = [log.next(stream) for stream in full.streams]
    for _ in range(3):
        log = mounted(pair)
        assert [log.next(stream) for stream in full.streams] == numbers


def last_rare_head():
    """Return a full log, and where in its newest block the last entry of the rare stream is: it jumps, and others stand behind it."""
    full = Full(1, 60, 5000)
    key = max([key for key in full.entries if key[0] == 1])
    full.log.read(*key)
    assert full.blocks[key] == full.newest[0] and full.log.read(0, full.log.next(0) - 1).start_ms > full.entries[key].start_ms
    full.log.read(*key)
    return full, full.newest[0], full.log.records.reader.at


def test_damage_in_the_newest_block_skips_its_numbers_once():
    full, block, at = last_rare_head()
    for offset in range(24):
        for bit in range(offset % 2, 8, 2):
            pair = full.broken(0, block, at + offset, bit)
            numbers = [mounted(pair).next(stream) for stream in full.streams]
            assert all([numbers[stream] >= full.log.next(stream) for stream in full.streams]), (offset, bit)
            assert [mounted(pair).next(stream) for stream in full.streams] == numbers


def test_two_flipped_bits_that_the_check_of_a_head_does_not_see():
    full, block, at = last_rare_head()
    for bit in range(20 * 8):
        pair = full.broken(0, block, at + 8, 6)  # the sequence is far off …
        pair[0].flip(block, at + bit // 8, bit % 8)  # … and one of these makes up for it
        assert mounted(pair).next(1) >= full.log.next(1), bit


def test_the_newest_header_of_a_fork_is_found_in_the_other_ring():
    full = Full(1, 60)
    old = full.log.log_id
    full.log.fork()
    child = full.log.log_id
    ring = full.log.rings[0]
    full.pair[0].flip(ring.newest, 20, 1)
    log = mounted(full.pair)
    assert (log.log_id, log.parent) == (child, old)
    assert (mounted(full.pair).log_id, mounted(full.pair).parent) == (child, old)
    assert all([log.next(stream) >= full.log.next(stream) for stream in full.streams])


def test_a_lost_ring_of_waveforms_forks_the_log():
    full = Full(1, 60)
    old = full.log.log_id
    log = mounted((full.pair[0], VirtualFlash(BLOCKS, SIZE)), seed=30)
    assert log.parent == old and log.log_id != old and log.streams() == full.log.streams()
    assert read_all(log, 2) == {} and len(read_all(log, 0)) > 10
    assert log.append(2, 1, 0, 0, b"") == log.next(2) == log.oldest(2)


def test_a_ring_of_waveforms_of_another_log_is_formatted():
    full, other = Full(1, 60), Full(1, 60)
    pair = [VirtualFlash(BLOCKS, SIZE), other.pair[1]]
    log = mounted(pair, seed=40)
    assert log.parent == 0 and log.streams() == [] and log.bind(b"wave", True) == 0
    assert read_all(log, 0) == {} and log.next(0) == 0
    log = mounted((full.pair[0], VirtualFlash(BLOCKS, SIZE)), seed=40)
    assert log.log_id != full.log.log_id


def test_records_are_a_log_without_the_ring_of_waveforms():
    full = Full(1, 60)
    log = Log(full.pair[0], entropy=entropy())
    log.mount()
    assert log.streams() == full.log.streams() and len(read_all(log, 0)) > 10 and log.read(2, 0) is None


def test_a_ring_is_no_ring_of_the_other_kind():
    full = Full(1, 60)
    log = mounted((full.pair[1], full.pair[0]), seed=50)
    assert log.streams() == [] and log.log_id != full.log.log_id


def test_a_format_cut_short_leaves_the_old_log_or_the_new_one():
    full = Full(1, 60)
    index, done = 0, False
    while not done:
        index += 1
        for torn in ("prefix", "random", "all"):
            pair = [chip.copy() for chip in full.pair]
            log = mounted(pair, seed=60)
            before = [log.next(stream) for stream in full.streams]
            for chip in pair:
                chip.torn = torn
                chip.cut_at = chip.operations + index if chip is pair[0] else 0
            done = not interrupted(log.format)
            for chip in pair:
                chip.power_on()
            check_formatted(mounted(pair, seed=90), full, before, pair)


def test_power_cuts_with_two_blocks_and_bad_ones():
    for blocks, bad in ((2, ()), (4, (0, 2))):
        for index in range(30):
            for torn in ("prefix", "random"):
                chip = VirtualFlash(blocks, SIZE, seed=index + 1)
                for block in bad:
                    chip.bad_blocks.add(block)
                log = Log(chip, entropy=entropy())
                log.mount()
                stream = log.bind(b"aaaa")
                chip.cut_at, chip.torn = chip.operations + index + 1, torn
                while not interrupted(lambda: log.append(stream, 1, 0, 0, bytes(60)), log.sync):  # noqa: B023
                    pass
                chip.power_on()
                again = Log(chip, entropy=entropy(50))
                again.mount()
                assert again.log_id == log.log_id and again.boot >= 2, (blocks, index, torn)
                assert again.next(stream) >= log.next(stream) and again.bind(b"aaaa") == stream, (blocks, index, torn)


def interrupted(*calls):
    try:
        for call in calls:
            call()
    except PowerCut:
        return True
    return False


def check_formatted(log, full, before, pair):
    if log.log_id == full.log.log_id:
        for stream in full.streams:
            assert log.next(stream) >= before[stream]
            assert all([full.entries.get(key) == entry for key, entry in read_all(log, stream).items()])
        return
    assert log.streams() == []
    stream = log.bind(b"late")
    for row in range(50):  # over all blocks the old log may have left
        assert log.append(stream, 1, row, 0, bytes(30 + row)) == row
        assert log.oldest(stream) <= row
    log.sync()
    assert len(read_all(log, stream)) == 50 - log.oldest(stream) < 50
    assert mounted(pair).next(stream) == 50


def test_noise_is_no_log():
    state = 1
    chip = VirtualFlash(BLOCKS, SIZE)
    for block in range(BLOCKS):
        data = bytearray(SIZE)
        for at in range(SIZE):
            state = state * 1103515245 + 12345 & 0x7FFFFFFF
            data[at] = state >> 16 & (0x1F if block & 1 else 0xFF)  # half of it looks like heads of entries
        chip.writeblocks(block, data, 0)
    log = Log(chip, entropy=entropy())
    log.mount()
    stream = log.bind(b"aaaa")
    for row in range(100):
        assert log.append(stream, 1, row, 0, b"") == row
    log.sync()
    assert log.read(stream, 99).start_ms == 99 and log.boot == 1
