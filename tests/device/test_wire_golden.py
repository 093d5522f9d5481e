"""Frames that earlier releases sealed are read for ever, on both interpreters. Nothing here writes a golden file."""

import json
import os
from binascii import hexlify, unhexlify

from gilmok_wire import cbor, messages
from gilmok_wire.ccm import new_ccm
from gilmok_wire.group import FRAME, GroupSeal
from gilmok_wire.messages import decode_messages
from gilmok_wire.received_batches import PartAssembler, decode_batch
from gilmok_wire.seal import Header, Window, open_frame, seal_frame
from support.paths import GOLDEN

RELEASES = ("v1",)
PRESENT = "v1"  # the release whose frames the code writes byte for byte


def _files(release):
    folder = GOLDEN + "/wire/" + release
    for name in sorted(os.listdir(folder)):
        with open(folder + "/" + name, encoding="utf-8") as file:
            yield name, json.load(file)


def _frames(release):
    """Yield (place, keys, frame) of every golden frame."""
    for name, content in _files(release):
        salts = unhexlify(content["node_salt"]), unhexlify(content["collector_salt"])
        for index, frame in enumerate(content["frames"]):
            down = frame["way"] == "down"
            own, peer = (salts[1], salts[0]) if down else salts
            keys = new_ccm(unhexlify(content["key"])), content["device"], own, peer if frame["knows_peer"] else b""
            yield "{} {}".format(name, index), keys, frame


def _plain(value):
    """Return a value of a file with its bytes."""
    if isinstance(value, dict):
        return unhexlify(value["hex"]) if list(value) == ["hex"] else {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def test_every_kind_of_message_is_there():
    for release in RELEASES:
        kinds = {message[0] for _, _, frame in _frames(release) for message in frame["messages"]}
        assert kinds >= set(range(10)) | set(range(16, 21)), release
    assert {message[0] for _, _, frame in _frames(PRESENT) for message in frame["messages"]} == set(messages.SHAPES)


def test_golden_frames_are_opened():
    for release in RELEASES:
        for place, (ccm, device, salt, peer_salt), frame in _frames(release):
            data = unhexlify(frame["frame"])
            header = Header(data)
            assert (header.down, header.ask, header.device) == (frame["way"] == "down", frame["ask"], device), place
            assert header.salt == (salt if frame["salted"] else None), place
            window = Window()
            window.accept(max(0, frame["counter"] - 9))
            counter = header.counter if header.salt else window.full_counter(header.counter)
            assert counter == frame["counter"], place
            plaintext = open_frame(ccm, data, header, counter, salt, peer_salt)
            assert hexlify(plaintext).decode() == frame["plaintext"], place
            assert decode_messages(plaintext) == (_plain(frame["messages"]), []), place


def test_golden_batches_are_unfolded():
    for release in RELEASES:
        for place, _, frame in _frames(release):
            if "rows" not in frame:
                continue
            assembler = PartAssembler()
            for message in _plain(frame["messages"]):
                rows = assembler.add(message) if message[0] == messages.PART else decode_batch(message)
            assert list(rows.times) == frame["rows"]["times"], place
            assert rows.columns == frame["rows"]["columns"], place


def test_this_release_writes_the_same_bytes():
    for place, (ccm, device, salt, peer_salt), frame in _frames(PRESENT):
        plaintext = b"".join([cbor.encode(message) for message in _plain(frame["messages"])])
        direction = 1 if frame["way"] == "down" else 0
        flags = frame["salted"], frame["ask"]
        data = seal_frame(ccm, device, direction, frame["counter"], salt, plaintext, flags[0], flags[1], peer_salt)
        assert hexlify(data).decode() == frame["frame"], place


def test_golden_frames_of_a_group_are_read_and_written():
    for release in RELEASES:
        with open(GOLDEN + "/wire/group/" + release + ".json", encoding="utf-8") as file:
            content = json.load(file)
        reader = GroupSeal(unhexlify(content["key"]), 9, bytes(8), 0)
        for frame in content["frames"]:
            data, message = unhexlify(frame["frame"]), _plain(frame["message"])
            assert len(data) <= FRAME
            header, opened = reader.open(data)
            assert (header.counter, hexlify(header.salt).decode(), opened) == (frame["counter"], frame["salt"], message)
            if release == PRESENT:
                writer = GroupSeal(unhexlify(content["key"]), 9, header.salt, header.counter - 1)
                assert writer.seal(message) == data
