"""Messages between a board gateway and its host: what is read, written and refused. Nothing here writes a golden file."""

import json
from binascii import hexlify, unhexlify

from gilmok_wire import cbor
from gilmok_wire import gateway_messages as gateway
from gilmok_wire.errors import DecodeError
from gilmok_wire.framing import Deframer, encode_frame
from support.dice import Dice
from support.paths import GOLDEN

SEALED = unhexlify("e5020100017f00ff00") + bytes(range(42))


def _golden():
    with open(GOLDEN + "/wire/gateway/v1.json", encoding="utf-8") as file:
        return [(_plain(each["message"]), unhexlify(each["bytes"]), unhexlify(each["line"])) for each in json.load(file)["messages"]]


def _plain(value):
    if isinstance(value, dict):
        return unhexlify(value["hex"])
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _refused(data):
    try:
        gateway.decode(data)
    except DecodeError:
        return True
    return False


def test_golden_messages_are_read_and_written():
    codes = set()
    for message, data, line in _golden():
        codes.add(message[0])
        assert gateway.decode(data) == message
        assert cbor.encode(message) == data, hexlify(data)
        assert encode_frame(data) == line
        assert Deframer().feed(line) == ([data], [])
    assert codes == set(gateway.SHAPES)


def test_the_fields_of_a_status_are_its_items():
    assert len(gateway.STATUS_FIELDS) == len(gateway.SHAPES[gateway.STATUS])


def test_a_message_is_no_sealed_frame_and_no_text():
    for _, data, line in _golden():
        assert gateway.is_gateway(data) and data[0] < 0xE0
        assert 0x80 <= line[2] <= 0x9F  # behind the zero and COBS's first length
    assert not gateway.is_gateway(SEALED)


def test_they_share_the_line_with_text_and_noise():
    line, wanted = b"", []
    for index, (_, data, framed) in enumerate(_golden()):
        line += "gilmok: 길목 {}\n".format(index).encode() + framed + b"\xfe\x01\x02\x00"
        wanted.append(data)
    deframer, found, texts = Deframer(), [], []
    for at in range(len(line)):
        frames, lines = deframer.feed(line[at : at + 1])
        found += frames
        texts += lines
    assert found == wanted
    assert texts == ["gilmok: 길목 {}".format(index) for index in range(len(wanted))]


def test_other_shapes_are_refused():
    for message, data, _ in _golden():
        assert _refused(cbor.encode(message + [0]))
        assert len(message) == 1 or _refused(cbor.encode(message[:-1]))
        assert _refused(data + b"\x00") and _refused(data[:-1])
        for index in range(1, len(message)):
            for misfit in ({}, [[]], [["x", "y"]], [[1]], -(1 << 60)):
                assert _refused(cbor.encode(message[:index] + [misfit] + message[index + 1 :])), (message, index, misfit)
    for other in ([], [3], [15], [18], ["x"], [None], [True], [-1], 17, b"\x11", {}):
        assert _refused(cbor.encode(other)), other


def test_frames_have_1_to_255_bytes():
    for size, refused in ((0, True), (1, False), (255, False), (256, True)):
        assert _refused(cbor.encode([gateway.SEND, 1, bytes(size), 0, 0, 14, None, 5])) == refused
        assert _refused(cbor.encode([gateway.HEARD, bytes(size), 0, 1, 7, 125_000, -1, 0, 5])) == refused


def test_garbage_costs_an_error_and_nothing_else():
    dice = Dice(5)
    for _, data, _ in _golden():
        for _ in range(200):
            broken = bytearray(data)
            for _ in range(1 + dice.below(4)):
                broken[dice.below(len(broken))] = dice.below(256)
            try:
                message = gateway.decode(bytes(broken))
            except DecodeError:
                continue
            assert cbor.encode(message) == bytes(broken), hexlify(broken)
