"""What lies on flash is what SPEC.md section 5 says, byte by byte."""

import struct
from binascii import crc32

from gilmok_node.flash.log import Log
from gilmok_sim.flash import VirtualFlash

ORIGIN = 0x0A0B0C0D


def formatted(unit=1):
    chip, waves = VirtualFlash(4, 1024, unit), VirtualFlash(4, 1024, unit)
    log = Log(chip, waves, unit, lambda size: bytes([0x0A, 0x0B, 0x0C, 0x0D])[:size])
    log.mount()
    return log, chip, waves


def block(chip, number):
    data = bytearray(chip.block_size)
    chip.readblocks(number, data)
    return bytes(data)


def header(magic, length, sequence, boot, bound):
    """Return a header as the table of the specification builds it, with parent 0."""
    data = magic + struct.pack("<BHIIIIIB", 1, length, sequence, ORIGIN, ORIGIN, 0, boot, len(bound))
    for stream, digest, number in bound:
        data += bytes([stream]) + digest + number.to_bytes(5, "little")
    data += crc32(data).to_bytes(4, "little")
    return data + b"\xff" * (length - len(data))


def entry(kind, count, sequence, boot, start_ms, period_ms, payload):
    check = (kind + count + len(payload) + sequence + boot + start_ms + period_ms) % 7
    data = bytes([kind, count]) + (check << 13 | len(payload)).to_bytes(2, "little")
    for value, size in ((sequence, 5), (boot, 3), (start_ms, 5), (period_ms, 3)):
        data += value.to_bytes(size, "little")
    data += payload
    return data + crc32(data, ORIGIN).to_bytes(4, "little")


def test_a_block_of_records():
    log, chip, _ = formatted()
    stream = log.bind(b"\xde\xad\xbe\xef")
    log.append(stream, 3, 0x123456789A, 0x0BCDEF, b"columns", 70000)
    log.sync()
    expected = header(b"GLOG", 32, 1, 0, [])
    expected += entry(31, 0, 1, 1, 0, 0, b"")
    expected += entry(31, 1, 0, 1, 0, 0, b"\x00\xde\xad\xbe\xef") * 2
    expected += entry(0, 3, 70000, 1, 0x123456789A, 0x0BCDEF, b"columns")
    assert block(chip, 0) == expected + b"\xff" * (1024 - len(expected))


def test_the_entry_byte_by_byte():
    # Written out by hand from the specification, but for the checksum.
    data = entry(5, 2, 0x0102030405, 0x060708, 0x1112131415, 0x212223, b"\x99")
    check = (5 + 2 + 1 + 0x0102030405 + 0x060708 + 0x1112131415 + 0x212223) % 7
    assert data[:-4] == bytes((5, 2, 1, check << 5, 5, 4, 3, 2, 1, 8, 7, 6, 21, 20, 19, 18, 17, 35, 34, 33, 0x99))


def test_headers_checkpoint_the_streams_of_their_ring():
    log, chip, waves = formatted()
    log.bind(b"aaaa")
    log.bind(b"wave", True)
    log.append(0, 200, 0, 0, b"")
    log.append(1, 100, 0, 0, b"")
    log.sync()
    while log.oldest(0) == 0:
        log.append(0, 1, 0, 0, bytes(900))
        log.sync()
    start = block(chip, 1)
    assert start[:52] == header(b"GLOG", 52, 2, 1, [(0, b"aaaa", 200), (0x81, b"wave", 100)])
    assert block(waves, 0)[:32] == header(b"GLOW", 32, 1, 0, [])


def test_units_are_padded_with_ones():
    for unit in (16, 32, 256):
        log, chip, _ = formatted(unit)
        log.bind(b"aaaa")
        log.append(0, 1, 0, 0, b"x")
        log.sync()
        padded = [header(b"GLOG", max(unit, 32), 1, 0, [])]
        padded += [entry(31, 0, 1, 1, 0, 0, b"")]
        padded += [entry(31, 1, 0, 1, 0, 0, b"\x00aaaa") * 2]
        padded += [entry(0, 1, 0, 1, 0, 0, b"x")]
        expected = b""
        for part in padded:
            expected += part + b"\xff" * (-len(part) % unit)
        assert block(chip, 0)[: len(expected)] == expected, unit


def test_a_fork_names_its_parent():
    log, chip, waves = formatted()
    ids = iter((b"\x0a\x0b\x0c\x0d", bytes(4), b"\x00\x00\x00\x07"))  # neither the present id nor zero is taken
    log.entropy = lambda size: next(ids)
    log.fork()
    for ring in (chip, waves):
        assert struct.unpack("<IIII", block(ring, 1)[7:23]) == (2, ORIGIN, 7, ORIGIN)
