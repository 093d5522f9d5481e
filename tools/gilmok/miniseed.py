"""MiniSEED 2 records, 512 bytes of Steim-1 each: the format every seismological archive and program reads.

Source: SEED manual, version 2.4 (FDSN, 2012): chapter 8 (fixed section of data header; blockettes 100, 1000, 1001), appendix A (channel
codes), appendix B (Steim compression). What is written here is read back by libmseed in `tests/cli/test_miniseed.py`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

RECORD = 512
_LENGTH_CODE = 9  # 2^9 bytes
_DATA_AT = 128  # the first multiple of a frame behind the header and its three blockettes
_FRAME = 64
_WORDS = 15  # of a frame that hold differences; the first frame holds its first and last sample as well
_FRAMES = (RECORD - _DATA_AT) // _FRAME
_STEIM_1 = 10
_BIG_ENDIAN = 1
_QUESTIONABLE = 0x80  # data quality flags, bit 7: time tag is questionable
# Differences in a 32-bit word: how many, their struct format, their bound, and the code in the frame's first word.
_PACKINGS = ((4, ">4b", 1 << 7, 1), (2, ">2h", 1 << 15, 2), (1, ">i", 1 << 31, 3))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Appendix A: band codes of an instrument that answers down to at least 10 s, by the least rate.
_BANDS = ((1000, "F"), (250, "C"), (80, "H"), (10, "B"), (1, "M"))


class Codes(NamedTuple):
    """Who recorded: network, station, location, channel."""

    network: str
    station: str
    location: str
    channel: str

    def __str__(self) -> str:
        return ".".join(self)


class Piece(NamedTuple):
    """Samples without a hole, as even in time as a chip's clock is.

    `start_us` is the Unix time of the first in microseconds, `nominal_hz` what the chip was told, `rate_hz` what was measured;
    `quality` is that of the timing in per cent, `questionable` whether nobody should rely on it.
    """

    start_us: int
    nominal_hz: Fraction
    rate_hz: float
    quality: int
    questionable: bool
    samples: Sequence[int]


def band_code(rate_hz: float) -> str:
    """Return the first letter of the channel code of an accelerometer, which answers down to zero."""
    return next((letter for least, letter in _BANDS if rate_hz >= least), "L")


def encode_records(codes: Codes, piece: Piece, number: int = 1) -> Iterator[bytes]:
    """Yield the records of a piece, numbered from `number` on."""
    at = 0
    before = piece.samples[0]
    while at < len(piece.samples):
        frames, count, used = _compress(piece.samples, at, before)
        start_us = piece.start_us + round(1_000_000 * at / piece.rate_hz)
        yield _header(codes, piece, number, start_us, count, used) + frames.ljust(RECORD - _DATA_AT, b"\0")
        number = number % 999_999 + 1
        at += count
        before = piece.samples[at - 1]


def _header(codes: Codes, piece: Piece, number: int, start_us: int, count: int, frames: int) -> bytes:
    ticks, rest_us = divmod(start_us, 100)
    moment = _EPOCH + timedelta(microseconds=100 * ticks)
    factor, multiplier = _rate_words(piece.nominal_hz)
    names = (codes.station.ljust(5), codes.location.ljust(2), codes.channel.ljust(3), codes.network.ljust(2))
    time = (moment.year, moment.timetuple().tm_yday, moment.hour, moment.minute, moment.second, 0, moment.microsecond // 100)
    fixed = struct.pack(
        ">6scc5s2s3s2sHHBBBBHHhhBBBBiHH",
        b"%06d" % number,
        b"D",  # data of undetermined quality: nobody has looked at it yet
        b" ",
        *(name.encode("ascii") for name in names),
        *time,
        count,
        factor,
        multiplier,
        0,
        0,
        _QUESTIONABLE if piece.questionable else 0,
        3,
        0,
        _DATA_AT,
        48,
    )
    encoding = struct.pack(">HHBBBB", 1000, 56, _STEIM_1, _BIG_ENDIAN, _LENGTH_CODE, 0)
    timing = struct.pack(">HHBbBB", 1001, 64, piece.quality, rest_us, 0, frames)
    rate = struct.pack(">HHfbBBB", 100, 0, piece.rate_hz, 0, 0, 0, 0)
    return (fixed + encoding + timing + rate).ljust(_DATA_AT, b"\0")


def _rate_words(rate_hz: Fraction) -> tuple[int, int]:
    """Return factor and multiplier: samples a second, or for rates that are no whole number their divisor as a negative one."""
    if rate_hz.denominator == 1:
        return rate_hz.numerator, 1
    return rate_hz.numerator, -rate_hz.denominator


def _compress(samples: Sequence[int], at: int, before: int) -> tuple[bytes, int, int]:
    """Return as many samples as a record takes, compressed, how many they are, and in how many frames."""
    words: list[bytes] = []
    kinds: list[int] = []
    room = _FRAMES * _WORDS - 2
    first = at
    while at < len(samples) and len(words) < room:
        for count, form, bound, kind in _PACKINGS:
            chunk = samples[at : at + count]
            differences = [value - last for last, value in zip((before, *chunk[:-1]), chunk, strict=True)]
            if len(chunk) == count and all(-bound <= difference < bound for difference in differences):
                words.append(struct.pack(form, *differences))
                kinds.append(kind)
                at += count
                before = samples[at - 1]
                break
        else:
            raise ValueError(f"{samples[at]} behind {before}: a difference of more than 32 bits")
    ends = [struct.pack(">i", samples[first]), struct.pack(">i", samples[at - 1])]
    words, kinds = ends + words, [0, 0, *kinds]
    frames = b""
    for start in range(0, len(words), _WORDS):
        codes = sum(kind << (28 - 2 * index) for index, kind in enumerate(kinds[start : start + _WORDS]))
        frames += (struct.pack(">I", codes) + b"".join(words[start : start + _WORDS])).ljust(_FRAME, b"\0")
    return frames, at - first, len(frames) // _FRAME
