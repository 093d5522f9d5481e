"""Events that are told while nothing is written: their numbers are theirs for good, whatever becomes of the power."""

from device.log_cases import UNITS, mounted, read_all, refused
from gilmok_node.judge.held import Held
from gilmok_sim.flash import TORN, PowerCut, VirtualFlash

ALARM, OUTPUT, RIVER = range(3)
SET_ASIDE = 4095


class Refusing(VirtualFlash):
    """Takes nothing any more once `refuses` is set."""

    refuses = False

    def writeblocks(self, block, buf, offset=None):
        if self.refuses:
            raise OSError(5)
        super().writeblocks(block, buf, offset)


def chips(unit=1):
    return Refusing(4, 4096, unit), VirtualFlash(4, 4096, unit)


def ready(pair, unit=1, readings=0):
    """Return a log with two events of alarms, one of an output, and readings before them."""
    log = mounted(pair, unit)
    for digest in (b"alar", b"outp", b"rive"):
        log.bind(digest)
    for place in range(readings):
        log.append(RIVER, 1, place, 0, b"reading")
        log.sync()
    for stream in (ALARM, ALARM, OUTPUT):
        log.append(stream, 1, 5, 0, b"before")
    log.sync()
    return log


def close(log):
    log.held = Held(log, [ALARM, OUTPUT])
    log.is_closed = True


def tell(log, count=3, stream=ALARM, size=30):
    """Append events, and return what a session would tell of them."""
    for _ in range(count):
        number = log.next(stream)
        assert log.append(stream, 1, 100 + number, 0, bytes([number & 0xFF]) * size) == number
    return told(log, stream)


def told(log, stream):
    """Return what a session reads behind what was there before."""
    return {entry.sequence: entry for entry in read_all(log, stream) if entry.payload != b"before"}


def test_a_closed_log_tells_and_writes_nothing():
    for unit in UNITS:
        pair = chips(unit)
        log = ready(pair, unit)
        close(log)
        operations = pair[0].operations
        events = tell(log)
        assert sorted(events) == [2, 3, 4] and log.next(ALARM) == 5 and log.next(OUTPUT) == 1
        assert log.read(ALARM, 1).payload == b"before" and log.read(ALARM, 3).sequence == 3 and log.read(ALARM, 5) is None
        assert log.append(RIVER, 1, 0, 0, b"") == 0 and log.next(RIVER) == 0 and log.read(RIVER, 0) is None
        log.sync()
        assert not log.prepare() and pair[0].operations == operations


def test_an_open_log_has_them_under_their_numbers_and_goes_on_behind_them():
    for unit in UNITS:
        pair = chips(unit)
        log = ready(pair, unit)
        close(log)
        events, moves = tell(log), tell(log, 2, OUTPUT)
        log.is_closed = False
        log.append(RIVER, 1, 0, 0, b"reading")
        log.sync()
        assert log.held is None and told(log, ALARM) == events and told(log, OUTPUT) == moves
        for seen in (mounted(pair, unit), mounted(pair, unit)):
            assert told(seen, ALARM) == events and told(seen, OUTPUT) == moves
            assert (seen.next(ALARM), seen.next(OUTPUT), seen.next(RIVER)) == (5, 3, 1), "no number is lost"
        assert pair[0].violations == 0


def test_after_a_power_cut_no_number_comes_again():
    for unit in UNITS:
        pair = chips(unit)
        for life in range(3):
            log = ready(pair, unit)
            assert log.next(ALARM) == 2 * (life + 1) + SET_ASIDE * life
            close(log)
            tell(log)
        for _ in range(2):  # and not at the boot behind the next one either
            log = mounted(pair, unit)
            assert log.next(ALARM) == 6 + 3 * SET_ASIDE and log.read(ALARM, 6 + 2 * SET_ASIDE) is None
        assert log.append(ALARM, 1, 0, 0, b"later") == 6 + 3 * SET_ASIDE
        log.sync()
        assert log.read(ALARM, 6 + 2 * SET_ASIDE).payload == b"later"
        assert not told(log, OUTPUT) and log.reader.corrupt == 0 and pair[0].violations == 0


def test_a_later_darkness_that_ends_well_gives_back_its_own_numbers_only():
    pair = chips()
    log = ready(pair)
    close(log)
    tell(log, 1, OUTPUT)
    log = mounted(pair)
    head = log.records.head
    close(log)
    log.is_closed = False
    log.sync()
    assert log.records.head == head, "else the header of the next block would know"
    assert mounted(pair).next(OUTPUT) == 1 + SET_ASIDE


def test_a_power_cut_at_any_operation_brings_no_number_twice():
    """Cut while numbers are set aside, while events are written, and behind that: a number told is told of this event, or of none."""
    cuts = 0
    for unit in UNITS:
        for readings in (0, 45, 110):
            pair = chips(unit)
            ready(pair, unit, readings)
            for torn in TORN:
                operation, cut = 1, True
                while cut:
                    cut = _cut((pair[0].copy(), pair[1].copy()), unit, torn, operation)
                    operation += 1
                    cuts += 1
    assert cuts > 300


def _cut(pair, unit, torn, operation):
    log = mounted(pair, unit)
    chip, events, ends = pair[0], {}, {}
    chip.cut_at, chip.torn = chip.operations + operation, torn
    try:
        close(log)
        for stream in (ALARM, OUTPUT):
            events[stream] = tell(log, 20, stream)
            ends[stream] = log.next(stream)
        log.is_closed = False
        log.append(RIVER, 1, 0, 0, b"reading")
        log.sync()
        cut = False
    except PowerCut:
        cut = True
    for each in pair:
        each.power_on()
    log = mounted(pair, unit)
    for stream in events:
        assert log.next(stream) >= ends[stream], (unit, torn, operation)
        found = told(log, stream)
        assert all([events[stream].get(number) == found[number] for number in found])
        assert cut or found == events[stream]
    return cut


def test_no_single_bit_loses_the_numbers():
    for unit in (1, 256):
        pair = chips(unit)
        log = ready(pair, unit)
        start = log.records.offset
        close(log)
        end = log.records.offset
        tell(log)
        for offset in range(start, end):
            flash = pair[0].copy()
            flash.flip(log.records.head, offset, offset & 7)
            seen = mounted((flash, pair[1].copy()), unit)
            assert seen.next(ALARM) >= 2 + SET_ASIDE and seen.next(OUTPUT) >= 1 + SET_ASIDE


def test_damage_gives_no_numbers_back():
    pair = chips()
    log = ready(pair)
    close(log)
    tell(log)
    log.is_closed = False
    log.sync()
    flash = pair[0].copy()
    flash.flip(log.records.head, log.records.offset - 1, 0)  # the checksum of the last note: it ends those of outputs
    assert mounted((flash, pair[1]), 1).next(OUTPUT) >= 1 + SET_ASIDE


def test_where_room_is_short_the_oldest_of_the_longer_stream_gives_way():
    log = ready(chips())
    close(log)
    tell(log, 3)
    moves = tell(log, 200, OUTPUT)
    assert sorted(told(log, ALARM)) == [2, 3, 4]
    numbers = sorted(moves)
    assert 20 < len(numbers) < 80 and numbers == list(range(201 - len(numbers), 201)) and log.next(OUTPUT) == 201
    tell(log, 200, ALARM)
    assert log.next(ALARM) == 205 and sorted(told(log, ALARM))[-1] == 204 and sorted(told(log, OUTPUT))[-1] == 200
    kept = told(log, ALARM), told(log, OUTPUT)
    head = log.records.head
    log.is_closed = False
    log.sync()
    assert (told(log, ALARM), told(log, OUTPUT)) == kept and log.records.head == head, "all in the block that sets them aside"


def test_where_numbers_are_short_events_wait():
    log = ready(chips())
    close(log)
    tell(log, SET_ASIDE, size=3)
    assert not log.held.takes(ALARM) and log.held.takes(OUTPUT) and refused(log.append, ALARM, 1, 0, 0, b"")
    log.is_closed = False
    log.sync()
    assert log.append(ALARM, 1, 0, 0, b"") == 2 + SET_ASIDE


def test_flash_that_fails_as_it_recovers_loses_nothing():
    pair = chips()
    log = ready(pair)
    close(log)
    events = tell(log, 20)
    pair[0].refuses = True
    log.is_closed = False
    assert refused(log.sync) and refused(log.sync)
    assert told(log, ALARM) == events
    assert log.append(ALARM, 1, 0, 0, b"more") == 22  # told as well
    assert log.read(ALARM, 22).payload == b"more"


def test_numbers_that_cannot_be_set_aside_are_not_told():
    pair = chips()
    log = ready(pair)
    pair[0].refuses = True
    assert refused(close, log) and log.held is None and not log.is_closed
