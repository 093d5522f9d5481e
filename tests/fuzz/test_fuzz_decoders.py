"""Every decoder of the wire, fed with anything: only WireError escapes."""

import cbor2
from gilmok_wire import cbor
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.columns import LIMIT, decode_columns
from gilmok_wire.errors import DecodeError
from gilmok_wire.framing import Deframer, decode_cobs, encode_cobs, encode_frame, line_size
from gilmok_wire.messages import check_pairs, check_statement, decode_messages
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.ranges import Ranges
from gilmok_wire.received_batches import PartAssembler, decode_batch
from gilmok_wire.seal import Header
from hypothesis import given
from hypothesis import strategies as st

from fuzz.hostile import NUMBERS, PLAINTEXTS, VALUES, look, mutated, shaped

KEY = bytes(range(16))
SMALL_COLUMNS = st.lists(st.sampled_from([b"\x1e", b"\x1f", b"\x5f\x02", b"\x3f\xf0"])).map(b"".join)
FRAME = b"\xe1\x00\x07" + bytes(range(30))


@look(150)
@given(PLAINTEXTS)
def test_cbor(data):
    try:
        values = cbor.decode_sequence(data)
    except DecodeError:
        return
    assert b"".join(cbor.encode(value) for value in values) == data  # only the deterministic encoding is accepted
    if len(values) == 1:
        assert cbor2.loads(data) == values[0] == cbor.decode(data)


@look(150)
@given(st.binary(max_size=60) | SMALL_COLUMNS, st.integers(1, 4096))
def test_columns(data, count):
    try:
        columns = decode_columns(data, count)
    except DecodeError:
        return
    assert len(columns) <= 16
    for column in columns:
        assert len(column) == count
        assert all(value is None or -LIMIT < value < LIMIT for value in column)


@look(150)
@given(PLAINTEXTS)
def test_messages(data):
    try:
        known, unsupported = decode_messages(data)
    except DecodeError:
        return
    assert all(code >= 0 for code in unsupported)
    assembler = PartAssembler()
    for message in known:
        try:
            rows = decode_batch(message) if message[0] in (1, 2) else assembler.add(message) if message[0] == 3 else None
        except DecodeError:
            continue
        if rows is not None:
            assert len(rows) == message[3] and all(len(column) == len(rows) for column in rows.columns)
            assert min(rows.times) >= 0 and max(rows.times) < 1 << 62 and rows.end <= 1 << 40


@look(150)
@given(shaped((1, 2, 3)))
def test_batches(message):
    try:
        rows = PartAssembler().add(message) if message[0] == 3 else decode_batch(message)
    except DecodeError:
        return
    assert rows is None or 1 <= len(rows.columns) <= 16


@look(100)
@given(st.lists(NUMBERS | VALUES, max_size=6))
def test_ranges(numbers):
    try:
        pairs = check_pairs(numbers)
        assert Ranges(pairs).pairs == pairs
    except DecodeError:
        pass
    try:
        check_statement(numbers)
    except DecodeError:
        pass


@look(200)
@given(st.binary(max_size=80) | mutated(st.just(FRAME)))
def test_headers_and_seals(frame):
    try:
        Header(frame)
    except DecodeError:
        pass
    for seal in (NodeSeal(KEY, 7, lambda: b"nodesalt"), CollectorSeal(KEY, 7, b"collsalt")):
        try:
            seal.open(frame)
            raise AssertionError("opened what nobody sealed")
        except DecodeError:
            pass


@look(200)
@given(st.lists(st.binary(max_size=300) | st.just(encode_frame(FRAME)) | mutated(st.just(encode_frame(FRAME))), max_size=6))
def test_deframer(pieces):
    deframer = Deframer()
    for piece in pieces:
        frames, lines = deframer.feed(piece)
        assert all(frame == FRAME or len(frame) > 0 for frame in frames)
        assert all(isinstance(line, str) and line for line in lines)
    whole, bytewise = Deframer(), Deframer()
    stream = b"".join(pieces)
    one = whole.feed(stream)
    other = [bytewise.feed(stream[at : at + 1]) for at in range(len(stream))]
    assert one == ([f for frames, _ in other for f in frames], [line for _, lines in other for line in lines])
    assert deframer.feed(b"\0" + encode_frame(FRAME))[0][-1:] == [FRAME]


@look(200)
@given(st.binary(max_size=600))
def test_cobs(data):
    line = bytearray(line_size(len(data)))
    assert decode_cobs(line[: encode_cobs(line, 0, data)]) == data
    try:
        decode_cobs(data)
    except DecodeError:
        pass
