"""What else could carry the same readings, each packed as full as possible into frames of a given room.

Every packer returns the payload length of each frame. The peers get for free what a log needs beside its readings: log id, boot
and sequence numbers. Of several ways to arrange the same format each gets the one that comes out smallest.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import cbor2

from bench.recordings import Channel, Recording

SEAL = 13  # bytes that every frame costs, whatever is in it

_N, _V, _T, _BN, _BT, _BV = 0, 2, 6, -2, -3, -5  # SenML labels (RFC 8428, table 4)
_NOW = 1_700_000_000  # Unix time of the first record: five bytes of CBOR, as in any year


def cost(frames: list[int]) -> int:
    """Return the bytes on air of frames with these payloads."""
    return sum(frames) + SEAL * len(frames)


def pack_senml(recording: Recording, room: int) -> list[int]:
    """Return the frames of SenML in CBOR (RFC 8428): names of one letter, no units, every number exact and as short as can be.

    Tried: record by record with a base time each; channel by channel with base name and base time, without and with a base value.
    """
    by_record = _fill(_readings_by_record(recording), room, _begin_record, _continue_record)
    by_channel: list[int] = []
    for number, channel in enumerate(recording.channels):
        readings = _readings_of(recording, number, channel)
        plain = _fill(readings, room, _begin_channel, _continue_channel)
        based = _fill(readings, room, _begin_based, _continue_based)
        by_channel += min(plain, based, key=cost)
    return min(by_record, by_channel, key=cost)


def pack_cbor_deltas(recording: Recording, room: int) -> list[int]:
    """Return the frames of a plain CBOR array: [stream, time, period, [first value, difference, …] for each channel]."""
    return _best_division(recording, room, _pack_deltas)


def pack_fields(recording: Recording, room: int) -> list[int]:
    """Return the frames of 4-byte fields: one byte for the stream, then for each record its time and its values."""
    return _best_division(recording, room, _pack_fields)


PEERS = {"SenML-CBOR": pack_senml, "CBOR deltas": pack_cbor_deltas, "4-byte fields": pack_fields}


# SenML: a reading is (starts a record, time, name, number).


def _readings_by_record(recording: Recording) -> list[tuple]:
    readings = []
    for index, time_s in enumerate(recording.times_s):
        starts = True
        for number, channel in enumerate(recording.channels):
            value = channel.values[index]
            if value is not None:
                readings.append((starts, time_s, chr(97 + number), value * channel.step))
                starts = False
    return readings


def _readings_of(recording: Recording, number: int, channel: Channel) -> list[tuple]:
    pairs = zip(recording.times_s, channel.values, strict=True)
    return [(True, time_s, chr(97 + number), value * channel.step) for time_s, value in pairs if value is not None]


def _begin_record(reading: tuple) -> dict:
    _, time_s, name, number = reading
    return {_BT: _NOW + time_s, _N: name, _V: _short(number)}


def _continue_record(reading: tuple, first: tuple) -> dict:
    starts, _, name, number = reading
    return _begin_record(reading) if starts else {_N: name, _V: _short(number)}


def _begin_channel(reading: tuple) -> dict:
    _, time_s, name, number = reading
    return {_BN: name, _BT: _NOW + time_s, _V: _short(number)}


def _continue_channel(reading: tuple, first: tuple) -> dict:
    return {_T: reading[1] - first[1], _V: _short(reading[3])}


def _begin_based(reading: tuple) -> dict:
    _, time_s, name, number = reading
    return {_BN: name, _BT: _NOW + time_s, _BV: _short(number), _V: 0}


def _continue_based(reading: tuple, first: tuple) -> dict:
    return {_T: reading[1] - first[1], _V: _short(reading[3] - first[3])}


def _fill(readings: Iterable[tuple], room: int, begin: Callable, follow: Callable) -> list[int]:
    """Return the lengths of arrays filled with as many SenML records as fit."""
    frames: list[int] = []
    first, count, used = None, 0, 0
    for reading in readings:
        length = _map_length(follow(reading, first)) if first else 0
        if not first or _head(count + 1) + used + length > room:
            if first:
                frames.append(_head(count) + used)
            first, count, used = reading, 0, 0
            length = _map_length(begin(reading))
        count += 1
        used += length
    return [*frames, _head(count) + used] if first else frames


def _map_length(record: dict) -> int:
    """Return the length of a map of less than 24 pairs whose labels take a byte each."""
    return 1 + sum([1 + _length(value) for value in record.values()])


@cache
def _short(number: Decimal) -> int | float | Decimal:
    """Return the number as the type that CBOR carries in the fewest bytes without a loss."""
    if number == number.to_integral_value():
        return int(number)
    exact = Decimal(float(number)) == number
    forms: list[float | Decimal] = [float(number)] if exact else []
    return min([*forms, number.normalize()], key=_length)


# Formats that carry whole records, their channels divided where a record is too wide for a frame.


def _best_division(recording: Recording, room: int, pack: Callable) -> list[int]:
    """Return the frames of the cheapest division of the channels into groups of equal size."""
    channels = recording.channels
    best: list[int] = []
    for size in range(1, len(channels) + 1):
        groups = [channels[first : first + size] for first in range(0, len(channels), size)]
        packed = [pack(recording.times_s, group, room) for group in groups]
        frames = sum(packed, [])
        if all(packed) and (not best or cost(frames) < cost(best)):
            best = frames
    return best


def _pack_deltas(times_s: list[int], channels: list[Channel], room: int) -> list[int]:
    """Return the frames, [] where not one record fits; a frame ends where the period changes."""
    firsts = [sum([_length(channel.values[index]) for channel in channels]) for index in range(len(times_s))]
    deltas = [sum(lengths) for lengths in zip(*[_delta_lengths(channel.values) for channel in channels], strict=True)]
    frames: list[int] = []
    first = used = period_s = 0
    for index, time_s in enumerate(times_s):
        count = index - first
        step_s = time_s - times_s[index - 1] if index else 0
        longer = used + deltas[index]
        if count == 1:
            period_s = step_s
            longer += _length(period_s) - 1
        fits = longer + len(channels) * _head(count + 1) <= room
        if not index or not fits or step_s != period_s:
            if index:
                frames.append(used + len(channels) * _head(count))
            first, longer = index, _HEAD + firsts[index]
            if longer + len(channels) > room:
                return []
        used = longer
    return [*frames, used + len(channels) * _head(len(times_s) - first)]


def _pack_fields(times_s: list[int], channels: list[Channel], room: int) -> list[int]:
    """Return the frames, [] where not one record fits."""
    record = 4 + 4 * len(channels)
    most = (room - 1) // record
    if not most:
        return []
    full, rest = divmod(len(times_s), most)
    return [1 + most * record] * full + [1 + rest * record] * bool(rest)


def _delta_lengths(values: list[int | None]) -> list[int]:
    lengths, last = [], 0
    for value in values:
        lengths.append(_length(None if value is None else value - last))
        last = last if value is None else value
    return lengths


@cache
def _length(item: Any) -> int:
    return len(cbor2.dumps(item, canonical=True))


@cache
def _head(count: int) -> int:
    """Return the length of the head of an array of `count` items."""
    return _length((0,) * count) - count


_HEAD = _length((1, _NOW, 0))  # of a frame of differences: stream, time, and a period that is yet to come
