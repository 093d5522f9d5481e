"""Frames, text and garbage on one serial line, fed in any pieces, on both interpreters."""

from binascii import crc32, hexlify, unhexlify

from gilmok_wire.errors import DecodeError
from gilmok_wire.framing import MAX_FRAME, Deframer, decode_cobs, encode_cobs, encode_frame, line_size
from support.dice import Dice
from support.full_heap import no_memory

# Examples of S. Cheshire, M. Baker, "Consistent Overhead Byte Stuffing", and of its boundaries at 254 bytes.
COBS = [
    ("", "01"),
    ("00", "0101"),
    ("0000", "010101"),
    ("11220033", "0311220233"),
    ("11223344", "0511223344"),
    ("11000000", "0211010101"),
]
FRAMES = [b"\xe1\x00\x07" + bytes(range(20)), b"\xe5\x00\x07" + bytes(300), b"\xf9" + b"\xff" * 600]
KOREAN = "E node: 수위 경보 발령 1.52 m".encode()


def _feed(stream, pieces):
    """Return (frames, lines, deframer) after feeding `stream` in pieces of that size."""
    deframer = Deframer()
    frames, lines = [], []
    for start in range(0, len(stream), pieces):
        more_frames, more_lines = deframer.feed(stream[start : start + pieces])
        frames += more_frames
        lines += more_lines
    return frames, lines, deframer


def _check(stream, frames, lines):
    """Assert what a stream carries, however it is cut, and return (noise, damaged frames)."""
    counts = set()
    for pieces in (len(stream), 1, 2, 7, 64):
        found_frames, found_lines, deframer = _feed(stream, pieces)
        assert found_frames == frames, pieces
        assert found_lines == lines, (pieces, found_lines)
        counts.add((deframer.noise, deframer.bad_crc))
    assert len(counts) == 1, counts
    return counts.pop()


def stuffed_of(data):
    """Return `data` without zeros."""
    line = bytearray(line_size(len(data)))
    return bytes(line[: encode_cobs(line, 0, data)])


def test_cobs_examples():
    for plain, stuffed in COBS:
        assert hexlify(stuffed_of(unhexlify(plain))).decode() == stuffed
        assert hexlify(decode_cobs(unhexlify(stuffed))).decode() == plain
    run = bytes([index % 255 + 1 for index in range(600)])
    for length in (253, 254, 255, 507, 508, 509, 600):
        for data in (run[:length], run[:length] + b"\0", b"\0" + run[:length], run[:254] + b"\0" + run[:length]):
            stuffed = stuffed_of(data)
            assert 0 not in stuffed
            assert len(stuffed) <= len(data) + 1 + len(data) // 254
            assert decode_cobs(stuffed) == data


def test_cobs_that_is_none():
    for stuffed in (b"\x00", b"\x05\x01", b"\x03\x01\x00", b"\x02\x01\x00\x02", b"\xff" + bytes(254)):
        try:
            decode_cobs(stuffed)
            raise AssertionError(stuffed)
        except DecodeError:
            pass


def test_a_frame_fits_the_place_that_is_kept_for_it():
    line = bytearray(line_size(1000))
    for length in (1, 5, 249, 250, 251, 252, 504, 1000):
        for frame in (bytes(length), b"\xe1" * length):
            assert bytes(encode_frame(frame, line)) == encode_frame(frame) and len(encode_frame(frame)) <= line_size(length), length
    assert encode_frame(b"\xe1" * 1000, line) is not line and line_size(1000) - len(encode_frame(b"\xe1" * 1000)) <= 2


def test_one_frame_is_its_crc_between_zeros():
    line = encode_frame(b"\xe1abc")
    assert line[:1] == line[-1:] == b"\0" and 0 not in line[1:-1]
    assert decode_cobs(line[1:-1]) == b"\xe1abc" + crc32(b"\xe1abc").to_bytes(4, "big")


def test_frames_in_any_pieces():
    stream = b"".join([encode_frame(frame) for frame in FRAMES])
    assert _check(stream, FRAMES, []) == (0, 0)


def test_a_frame_with_its_first_zero_anywhere():
    """One at the ninth byte makes COBS begin with a line break, at the twelfth with a carriage return, from the 31st on with letters."""
    for first in (1, 8, 9, 10, 11, 12, 13, 30, 31, 32, 125, 126, 253, 254):
        for start in (0xE5, 0x91):
            frame = bytes([start]) + b"\x0a\xff" * 130
            frame = frame[:first] + b"\x00" + frame[first + 1 :]
            for before, lines in ((b"", []), (b"ok\n", ["ok"]), (b"\n", []), (b"\r\n\n", [])):
                for pieces in (1000, 1):
                    found, texts, deframer = _feed(before + encode_frame(frame), pieces)
                    assert (found, texts, deframer.noise) == ([frame], lines, 0), (first, start, before, pieces)


def test_text_between_frames():
    stream = b"rst:0x1 (POWERON)\r\nboot ok\n" + encode_frame(FRAMES[0]) + b"a line\n" + encode_frame(FRAMES[1]) + b"end\n"
    assert _check(stream, FRAMES[:2], ["rst:0x1 (POWERON)", "boot ok", "a line", "end"]) == (0, 0)


def test_korean_lines_that_start_with_ascii():
    stream = KOREAN + b"\n" + encode_frame(FRAMES[0]) + KOREAN + b"\r\n" + KOREAN + b"\n" + encode_frame(FRAMES[2])
    assert _check(stream, [FRAMES[0], FRAMES[2]], [KOREAN.decode()] * 3) == (0, 0)


def test_korean_lines_without_ascii_are_noise_and_hide_no_frame():
    line = "경보\n".encode()
    noise, damaged = _check(line + encode_frame(FRAMES[0]) + b"ok\n", [FRAMES[0]], ["ok"])
    assert (noise, damaged) == (len(line), 0)


def test_a_line_cut_by_a_frame_is_still_a_line():
    assert _check(b"half a li" + encode_frame(FRAMES[0]), [FRAMES[0]], ["half a li"]) == (0, 0)


def test_a_line_that_is_no_utf_8_is_noise():
    stream = b"ab\xff\xfe\n" + encode_frame(FRAMES[0])
    assert _check(stream, [FRAMES[0]], []) == (5, 0)


def test_more_text_than_a_frame_is_long():
    lines = ["line {} of a long boot log".format(index) for index in range(400)]
    stream = "\n".join(lines + [""]).encode()
    assert len(stream) > 2 * MAX_FRAME
    assert _check(stream + encode_frame(FRAMES[0]), [FRAMES[0]], lines) == (0, 0)


def test_empty_lines_and_zeros_say_nothing():
    assert _check(b"\n\r\n\n\0\0\0\n\0", [], []) == (0, 0)


def test_a_damaged_frame_costs_only_itself():
    line = encode_frame(FRAMES[0])
    for at in range(1, len(line) - 1):
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(line)
            damaged[at] ^= flip
            frames, _, deframer = _feed(bytes(damaged) + encode_frame(FRAMES[1]), 1000)
            assert frames == [FRAMES[1]], (at, flip)
            assert deframer.noise > 0, (at, flip)


def test_a_lost_byte_costs_at_most_its_frame_and_the_next():
    line = encode_frame(FRAMES[0])
    for at in range(len(line)):
        frames, _, _ = _feed(line[:at] + line[at + 1 :] + encode_frame(FRAMES[1]), 1000)
        assert frames[-1:] == [FRAMES[1]], at


def test_a_crc_error_is_counted_as_a_damaged_frame():
    damaged = bytearray(encode_frame(FRAMES[0]))
    damaged[10] ^= 0x10
    _, _, deframer = _feed(bytes(damaged), 1000)
    assert (deframer.bad_crc, deframer.noise) == (1, len(damaged) - 2)


def test_the_largest_frame_and_one_too_large():
    largest = b"\xe1" + b"\x55" * (MAX_FRAME - 1)
    oversize = b"\xe1" + b"\x55" * (MAX_FRAME + 40)
    assert _check(encode_frame(largest), [largest], []) == (0, 0)
    noise, _ = _check(encode_frame(oversize) + encode_frame(FRAMES[0]), [FRAMES[0]], [])
    assert noise == len(encode_frame(oversize)) - 2


def test_a_line_without_end_is_dropped_and_bounded():
    deframer = Deframer()
    for _ in range(100):
        assert deframer.feed(b"x" * 1000) == ([], [])
        assert len(deframer._chunk) < MAX_FRAME + 100
    frames, _ = deframer.feed(encode_frame(FRAMES[0]))
    assert frames == [FRAMES[0]]
    assert deframer.noise == 100_000


def test_after_any_garbage_the_next_frame_is_found():
    dice = Dice(4)
    for _ in range(150):
        garbage = dice.bytes(dice.below(80))
        if dice.chance(30):
            garbage += encode_frame(FRAMES[0])[: dice.below(20)]
        frames, _, _ = _feed(garbage + encode_frame(FRAMES[0]), dice.between(1, 50))
        assert frames[-1:] == [FRAMES[0]], garbage


def test_a_frame_of_nothing_is_noise():
    assert _check(encode_frame(b""), [], []) == (5, 0)


def test_what_a_full_heap_has_no_room_for_is_lost_as_on_a_noisy_line():
    stream = b"".join([encode_frame(frame) for frame in FRAMES])
    for fails_at in range(len(stream) // 7):
        deframer, frames = Deframer(), []
        for turn in range(0, len(stream), 7):
            name = ("_add", "_take_frame")[turn % 2]
            if turn // 7 == fails_at:
                setattr(deframer, name, no_memory)
            frames += deframer.feed(stream[turn : turn + 7])[0]
            if name in deframer.__dict__:
                delattr(deframer, name)
        assert len(frames) >= len(FRAMES) - 2 and [frame for frame in FRAMES if frame in frames] == frames
        assert len(frames) == len(FRAMES) or deframer.noise > 0, fails_at
        assert deframer.feed(stream)[0] == FRAMES
