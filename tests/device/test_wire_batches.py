"""Batches: times, exceptions, parts of wide records, and what is refused, on both interpreters."""

from gilmok_wire import cbor, messages
from gilmok_wire.batches import Rows, encode_batch
from gilmok_wire.columns import LIMIT, encode_columns
from gilmok_wire.errors import DecodeError, EncodeError
from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.received_batches import PartAssembler, decode_batch
from gilmok_wire.wide_records import MAX_PARTS, encode_parts
from support.dice import Dice
from support.memory_log import MemoryLog


def _rows(count, columns=2, step=10_000, first=5, dice=None):
    times = [700 + step * index for index in range(count)]
    values = [[dice.between(-9, 9) if dice else index * column for index in range(count)] for column in range(columns)]
    return Rows(3, first, 2, times, values)


def _same(one, other):
    return (one.stream, one.first, one.boot, list(one.times), one.columns) == (
        other.stream,
        other.first,
        other.boot,
        list(other.times),
        other.columns,
    )


def _is_refused(message):
    try:
        decode_batch(message)
    except DecodeError:
        return True
    return False


def test_regular_rows():
    rows = _rows(32)
    message = cbor.decode(encode_batch(rows, 32))
    assert message[:7] == [messages.BATCH, 3, 5, 32, 2, 700, 10_000]
    assert _same(decode_batch(message), rows)
    assert rows.end == 37 and len(rows) == 32


def test_fewer_rows_than_there_are():
    rows = _rows(32)
    rows.times[20] += 5
    half = decode_batch(cbor.decode(encode_batch(rows, 16)))
    assert _same(half, Rows(3, 5, 2, rows.times[:16], [column[:16] for column in rows.columns]))


def test_one_row_has_no_period():
    message = cbor.decode(encode_batch(_rows(5), 1))
    assert message[3] == 1 and message[6] == 0
    assert decode_batch(message).times == [700]


def test_exceptions_in_time():
    for changes in ({3: 4}, {1: 1}, {7: -9000}, {2: 86_400_000, 3: -1}, {4: (1 << 28) - 10_001}, {1: 5, 2: 5, 3: 5, 4: 5}):
        rows = _rows(8)
        for index, deviation in changes.items():
            for later in range(index, 8):
                rows.times[later] += deviation
        message = cbor.decode(encode_batch(rows, 8))
        assert message[0] == messages.BATCH_EXCEPTIONS
        assert _same(decode_batch(message), rows), changes


def test_steps_of_zero_are_a_period():
    rows = _rows(4, step=0)
    message = cbor.decode(encode_batch(rows, 4))
    assert message[0] == messages.BATCH and message[6] == 0
    assert _same(decode_batch(message), rows)


def test_a_value_or_step_that_no_column_holds():
    rows = _rows(2)
    rows.columns[0][1] = LIMIT
    steps = _rows(3)
    steps.times[2] += 1 << 30
    for unfit in (rows, steps):
        try:
            encode_batch(unfit, len(unfit))
            raise AssertionError("encoded")
        except EncodeError:
            pass


def test_malformed_batches():
    block = encode_columns([[1, 2, 3]])
    late = encode_columns([[5, None, None]])
    early = encode_columns([[None, -9, None]])
    for message in [
        [1, 31, 0, 3, 1, 0, 0, block],
        [1, 0, 0, 0, 1, 0, 0, block],
        [1, 0, 0, messages.MAX_COUNT + 1, 1, 0, 0, b"\x1e"],
        [1, 0, messages.MAX_SEQUENCE - 2, 3, 1, 0, 0, block],
        [1, 0, 0, 3, 1, 0, LIMIT, block],
        [1, 0, 0, 3, 1, 0, 0, b""],
        [1, 0, 0, 3, 1, 0, 0, b"\x1e" * 17],
        [1, 0, 0, 60, 1, 0, 0, encode_columns([[1, 50, 2, 9, -7, 30]])],
        [2, 0, 0, 3, 1, 0, 5, block],  # the first record cannot be an exception
        [2, 0, 0, 3, 1, 0, 5, late + block],
        [2, 0, 0, 3, 1, 0, 5, early + block],  # before the boot
        [2, 0, 0, 3, 1, 0, 5, b"\x1e"],
    ]:
        assert _is_refused(message), message
    assert len(decode_batch([1, 0, messages.MAX_SEQUENCE - 3, 3, 1, 0, 0, block])) == 3


def test_parts_fit_and_come_together_in_any_order():
    dice = Dice(5)
    for columns in (2, 7, 12, 16):
        for room in (38, 51, 102, 229, 300, 1011):
            rows = _rows(16, columns, dice=dice)
            for column in range(0, columns, 2):
                rows.columns[column] = [dice.between(1 - LIMIT, LIMIT - 1) for _ in range(16)]
            count, parts = encode_parts(rows, room)
            assert 1 <= count <= 16 and (count == 1 or len(parts) <= MAX_PARTS)
            assert max([len(part) for part in parts]) <= room, (columns, room)
            assembler = PartAssembler()
            order = list(range(len(parts)))
            while len(order) > 1:
                part = cbor.decode(parts[order.pop(dice.below(len(order)))])
                assert assembler.add(part) is None
                assert assembler.add(part) is None  # twice is once
            whole = assembler.add(cbor.decode(parts[order[0]]))
            assert _same(whole, Rows(3, 5, 2, rows.times[:count], [column[:count] for column in rows.columns]))


def test_parts_around_the_width_of_a_length():
    dice = Dice(6)
    rows = _rows(16, 16)
    rows.columns = [[dice.between(-300, 300) for _ in range(16)] for _ in range(16)]
    for room in list(range(45, 60)) + list(range(270, 300)):
        _, parts = encode_parts(rows, room)
        assert max([len(part) for part in parts]) <= room, room


def test_parts_take_only_equally_spaced_records():
    rows = _rows(16, 16)
    rows.times[3] += 1
    count, _ = encode_parts(rows, 38)
    assert count <= 3
    rows.times[1] += 1
    assert encode_parts(rows, 38)[0] <= 2


def test_the_widest_record_fits_the_smallest_frame():
    columns = [[LIMIT - 1] if index % 2 else [1 - LIMIT] for index in range(16)]
    rows = Rows(30, messages.MAX_SEQUENCE - 1, (1 << 24) - 1, [(1 << 40) - 1], columns)
    count, parts = encode_parts(rows, 51 - 13)
    assert count == 1 and max([len(part) for part in parts]) <= 51 - 13
    assembler = PartAssembler()
    wholes = [assembler.add(cbor.decode(part)) for part in parts]
    assert wholes[:-1] == [None] * (len(parts) - 1) and _same(wholes[-1], rows)


def test_a_room_that_holds_nothing():
    try:
        encode_parts(_rows(4, 2), 10)
        raise AssertionError("encoded")
    except EncodeError:
        pass


def test_malformed_parts():
    column = encode_columns([[1]])
    for message in [
        [3, 31, 0, 1, 1, 0, 0, 0, 2, column],
        [3, 0, 0, 17, 1, 0, 0, 0, 2, b"\x1e"],
        [3, 0, 0, 1, 1, 0, 0, 0, 0, b""],
        [3, 0, 0, 1, 1, 0, 0, 0, 17, column],
        [3, 0, 0, 1, 1, 0, 0, 2, 2, column],
        [3, 0, 0, 1, 1, 0, 0, 1, 2, column + column],
        [3, 0, 0, 16, 1, 0, 0, 0, 2, encode_columns([[1, 50, 2, 9, -7, 30]])],
    ]:
        assembler = PartAssembler()
        try:
            assembler.add(message)
            raise AssertionError(message)
        except DecodeError:
            assert not assembler._partial


def test_unfinished_parts_are_bounded():
    assembler = PartAssembler()
    column = encode_columns([[1]])
    for sequence in range(1000):
        assert assembler.add([3, 0, sequence, 1, 1, 0, 0, 0, 2, column]) is None
        assert len(assembler._partial) <= PartAssembler.LIMIT
    whole = assembler.add([3, 0, 999, 1, 1, 0, 0, 1, 2, column])
    assert whole.columns == [[1], [1]]


class _NarrowLog(MemoryLog):
    """A log beside which the heap has no place for more than `rows` rows of a batch."""

    rows = 8

    def read(self, stream, sequence):
        if sequence >= self.rows:
            raise MemoryError
        return super().read(stream, sequence)


def test_a_heap_in_pieces_gets_smaller_batches():
    log = _NarrowLog()
    info = StreamInfo("air", 0, (("level", "m", -3),))
    for index in range(32):
        log.append(1, 1000 * index, (index,))
    stream = NodeStream(1, info.digest(), info, log)
    stream.settle(0, ())
    assert decode_batch(cbor.decode(stream.take(500, False))).columns == [list(range(5))]


def test_a_heap_without_room_for_any_batch_says_so():
    log = _NarrowLog()
    log.rows = 0
    info = StreamInfo("air", 0, (("level", "m", -3),))
    log.append(1, 0, (1,))
    stream = NodeStream(1, info.digest(), info, log)
    stream.settle(0, ())
    try:
        stream.take(500, False)
    except MemoryError:
        return
    raise AssertionError("a batch out of nowhere")
