"""The log on healthy flash: what goes in comes out, in order, until the ring is full."""

from device.log_cases import UNITS, append_row, chips, count, entropy, mounted, read_all, refused
from gilmok_node.flash.log import Entry, Log
from gilmok_sim.flash import VirtualFlash


def test_what_is_appended_is_read_after_sync_and_after_a_mount():
    for unit in UNITS:
        pair = chips(unit)
        log = mounted(pair, unit)
        stream = log.bind(b"aaaa")
        entries = append_row(log, stream, 5, synced=False)
        assert log.next(stream) == 0 and log.read(stream, 0) is None
        log.sync()
        assert log.next(stream) == 9 and log.oldest(stream) == 0
        assert read_all(log, stream) == entries
        assert log.read(stream, 1).sequence == 1 and log.read(stream, 2).sequence == 1 and log.read(stream, 9) is None
        again = mounted(pair, unit)
        assert (again.log_id, again.parent, again.boot) == (log.log_id, 0, 2)
        assert read_all(again, stream) == entries and again.next(stream) == 9
        assert again.append(stream, 1, 0, 0, b"") == 9
        assert pair[0].violations == 0 and again.reader.corrupt == 0


def test_fields_keep_their_whole_range():
    log = mounted(chips())
    stream = log.bind(b"aaaa")
    first = log.append(stream, 255, (1 << 40) - 1, (1 << 24) - 1, bytes(range(200)), (1 << 24) - 1)
    assert first == (1 << 24) - 1
    log.sync()
    assert log.read(stream, 0) == Entry(stream, first, 255, 1, (1 << 40) - 1, (1 << 24) - 1, bytes(range(200)))
    assert log.next(stream) == first + 255


def test_numbers_beyond_32_bits():
    pair = chips()
    log = mounted(pair)
    stream = log.bind(b"aaaa")
    for _ in range(260):
        log.append(stream, 1, 0, 0, b"", (1 << 24) - 1)
    log.sync()
    log = mounted(pair)
    assert log.next(stream) == 260 << 24 and log.oldest(stream) > 1 << 24
    assert log.read(stream, (258 << 24) + 1).sequence == (259 << 24) - 1


def test_misuse_is_refused_and_costs_nothing():
    log = mounted(chips())
    stream = log.bind(b"aaaa")
    for arguments in (
        (1, 1, 0, 0, b""),
        (31, 1, 0, 0, b""),
        (-1, 1, 0, 0, b""),
        (stream, 0, 0, 0, b""),
        (stream, 256, 0, 0, b""),
        (stream, 1, -1, 0, b""),
        (stream, 1, 1 << 40, 0, b""),
        (stream, 1, 0, 1 << 24, b""),
        (stream, 1, 0, 0, b"", -1),
        (stream, 1, 0, 0, b"", 1 << 24),
        (stream, 1, 0, 0, bytes(1000)),
    ):
        assert refused(log.append, *arguments), arguments
    assert log.append(stream, 1, 0, 0, b"") == 0
    assert refused(log.bind, b"long!") and log.read(7, 0) is None
    assert refused(Log(VirtualFlash(4), entropy=entropy()).bind, b"wave", True)


def test_entries_of_every_length_up_to_a_block():
    for unit in UNITS:
        pair = chips(unit)
        log = mounted(pair, unit)
        stream = log.bind(b"wave", True)
        size = 0
        for size in range(0, 1024, 13):
            payload = bytes([size & 0xFF]) * size
            if refused(log.append, stream, 1, 0, 0, payload):
                break
            log.sync()
            assert log.read(stream, log.next(stream) - 1).payload == payload
        assert size > 1024 - max(unit, 38) - 24 - 13 - unit, (unit, size)
        assert mounted(pair, unit).read(stream, log.next(stream) - 1).payload == bytes([size - 13 & 0xFF]) * (size - 13)
        assert pair[1].violations == 0


def test_streams_are_bound_once_and_for_all():
    pair = chips()
    log = mounted(pair)
    assert [log.bind(b"aaaa"), log.bind(b"wave", True), log.bind(b"aaaa"), log.bind(b"bbbb")] == [0, 1, 0, 2]
    expected = [(0, b"aaaa", False), (1, b"wave", True), (2, b"bbbb", False)]
    assert log.streams() == expected
    log = mounted(pair)
    assert log.streams() == expected and log.bind(b"bbbb") == 2
    for number in range(3, 31):
        assert log.bind(bytes([number] * 4)) == number
    assert refused(log.bind, b"more") and log.bind(b"wave", True) == 1
    assert len(mounted(pair).streams()) == 31


def test_a_full_ring_forgets_the_oldest_and_says_so():
    for unit in UNITS:
        pair = chips(unit)
        log = mounted(pair, unit)
        busy, rare = log.bind(b"busy"), log.bind(b"rare")
        entries = append_row(log, rare, 3)
        entries = append_row(log, busy, 400)
        assert log.oldest(rare) == log.next(rare) == 6 and log.read(rare, 0) is None
        for seen in (log, mounted(pair, unit)):
            held = read_all(seen, busy)
            assert held == entries[-len(held) :] and 0 < len(held) < 400
            assert seen.oldest(busy) == held[0].sequence and seen.oldest(rare) == 6
        assert log.append(rare, 1, 0, 0, b"") == 6  # an emptied stream goes on
        assert pair[0].violations == 0


def test_reading_anywhere_gives_the_entry_or_the_next():
    log = mounted(chips(blocks=12))
    busy, rare = log.bind(b"busy"), log.bind(b"rare")
    numbers = []
    for row in range(300):
        log.append(busy, 2, row, 0, b"12345678")
        if row % 20 == 0:
            numbers.append(log.append(rare, 3, row, 0, bytes([row & 0xFF]), 5))
    log.sync()
    for number in range(log.oldest(busy), log.next(busy)):
        assert log.read(busy, number).sequence == number & ~1
    for number in range(log.oldest(rare), log.next(rare)):
        expected = [first for first in numbers if first + 3 > number][0]
        assert log.read(rare, number).sequence == expected, (number, expected)


def test_readers_do_not_disturb_each_other_or_the_writer():
    log = mounted(chips(blocks=8))
    streams = [log.bind(bytes([65 + number] * 4)) for number in range(3)]
    places = [0, 0, 0]
    for row in range(300):
        for stream in streams:
            log.append(stream, 1, row, 0, bytes([stream, row & 0xFF]))
        log.sync()
        log.prepare()
        for stream in streams[: 1 + row % 3]:  # at different speeds
            entry = log.read(stream, places[stream])
            assert entry.sequence == max(places[stream], log.oldest(stream))
            assert entry.payload == bytes([stream, entry.sequence & 0xFF])
            places[stream] = entry.sequence + 1


def test_a_cursor_does_not_outlive_its_block():
    log = mounted(chips())
    stream = log.bind(b"aaaa")
    append_row(log, stream, 60)
    first = log.read(stream, 0)
    log.read(stream, first.sequence + first.count)
    append_row(log, stream, 300)
    entry = log.read(stream, first.sequence + first.count)
    assert entry.sequence == log.oldest(stream)


def test_blocks_wear_alike():
    for unit in UNITS:
        pair = chips(unit, blocks=8)
        log = mounted(pair, unit)
        streams = log.bind(b"aaaa"), log.bind(b"wave", True)
        for row in range(1500):
            for stream in streams:
                log.append(stream, 1, row, 0, bytes(row % 60))
            log.sync()
            log.prepare()
            if row % 50 == 0:
                log = mounted(pair, unit)
        for chip in pair:
            wear = list(chip.wear)
            assert min(wear) > 5 and max(wear) <= 2 * min(wear), (unit, wear)
            assert chip.violations == 0


def test_prepare_keeps_erases_off_the_path_of_appends():
    pair = chips()
    log = mounted(pair)
    stream = log.bind(b"aaaa")
    for row in range(200):
        while log.prepare():
            pass
        before = count(log, "erases")
        log.append(stream, 1, row, 0, bytes(30))
        log.sync()
        assert count(log, "erases") == before
    assert count(log, "erases") > 8


def test_a_mount_does_not_erase_what_is_erased():
    pair = chips()
    log = mounted(pair)
    stream = log.bind(b"aaaa")
    log.prepare()
    log.append(stream, 1, 0, 0, b"")
    log.sync()
    log.prepare()
    wear = list(pair[0].wear)
    for _ in range(3):
        mounted(pair).prepare()
    assert list(pair[0].wear) == wear


def test_fill_grows_to_the_whole_ring():
    log = mounted(chips())
    stream = log.bind(b"aaaa")
    seen = [log.fill()]
    for _ in range(4):
        append_row(log, stream, 25)
        seen.append(log.fill())
    assert seen == sorted(seen) and seen[0][0] < 30 and 500 < seen[-1][0] <= 1000
    assert Log(VirtualFlash(4), entropy=entropy()).fill()[1] == 0


def test_a_fork_keeps_everything_and_changes_the_id():
    pair = chips()
    log = mounted(pair)
    streams = log.bind(b"aaaa"), log.bind(b"wave", True)
    entries = [append_row(log, stream, 9) for stream in streams]
    old = log.log_id
    for _ in range(2):
        log.fork()
        assert log.parent == old and log.log_id not in (0, old)
        old = log.log_id
        again = mounted(pair)
        assert (again.log_id, again.parent) == (log.log_id, log.parent)
        for stream in streams:
            assert read_all(again, stream) == entries[stream] and again.next(stream) == log.next(stream)
        log = again


def test_format_restarts_under_a_new_id_and_shows_nothing_old():
    pair = chips()
    log = mounted(pair)
    stream = log.bind(b"aaaa")
    append_row(log, stream, 100)
    old = log.log_id
    log.format()
    assert log.log_id != old and log.parent == 0 and log.streams() == []
    again = mounted(pair)
    assert again.log_id == log.log_id and again.boot > log.boot
    assert again.bind(b"bbbb") == 0 and again.next(0) == again.oldest(0) == 0
    entries = append_row(again, 0, 3)
    assert read_all(again, 0) == entries
    held = bytearray(1024)
    zeros = 0
    for block in range(6):
        pair[0].readblocks(block, held)
        zeros += held != b"\xff" * 1024
    assert zeros == 1
