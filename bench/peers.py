"""What else could carry the same readings, each packed as full as possible into frames of a given room.

Every packer returns the payload length of each frame. The peers get for free what a log needs beside its readings: log id, boot
and sequence numbers. Of several ways to arrange the same format each gets the one that comes out smallest.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache

import cbor2

from bench.recordings import Channel, Recording

SEAL = 13  # bytes that every frame costs, whatever is in it

_N, _V, _T, _BN, _BT, _BV = 0, 2, 6, -2, -3, -5  # SenML labels (RFC 8428, table 4)
_NOW = 1_700_000_000  # Unix time of the first record: five bytes of CBOR, as in any year

Packer = Callable[[Recording, int], list[int]]


def cost(frames: list[int]) -> int:
    """Return the bytes on air of frames with these payloads."""
    return sum(frames) + SEAL * len(frames)


def pack_senml(recording: Recording, room: int) -> list[int]:
    """Return the frames of SenML in CBOR (RFC 8428): names of one letter, no units, numbers exact and as short as may be.

    Tried: record by record with a base time each; channel by channel with base name, base time and relative times, with a base
    value and without.
    """
    by_record = _fill(_records_of(recording), room)
    relative = [_fill(_channel_of(recording, index, False), room) for index in range(len(recording.channels))]
    based = [_fill(_channel_of(recording, index, True), room) for index in range(len(recording.channels))]
    return min(by_record, sum(relative, []), sum(based, []), key=cost)


def pack_cbor_deltas(recording: Recording, room: int) -> list[int]:
    """Return the frames of a plain CBOR array: [stream, time, period, [first value, difference, …] for each channel]."""
    return _best_division(recording, room, _pack_differences)


def pack_fixed(recording: Recording, room: int) -> list[int]:
    """Return the frames of 4-byte fields: a byte for the stream, then for each record its time and its values."""
    return _best_division(recording, room, _pack_fields)


PEERS: dict[str, Packer] = {"SenML-CBOR": pack_senml, "CBOR deltas": pack_cbor_deltas, "4-byte fields": pack_fixed}


# SenML. A reading is a function: seconds of the frame's base time, or None where it begins the frame → (base time, record).

_Reading = Callable[[int | None], tuple[int, dict]]


def _records_of(recording: Recording) -> Iterator[_Reading]:
    for index, time_s in enumerate(recording.times_s):
        begun = False
        for number, channel in enumerate(recording.channels):
            value = channel.values[index]
            if value is None:
                continue
            fields = {_N: chr(97 + number), _V: _number(value, channel.step)}
            base = {_BT: _NOW + time_s}
            yield lambda start, fields=fields, base=base, begun=begun: (0, fields if begun and start is not None else base | fields)
            begun = True


def _channel_of(recording: Recording, number: int, based: bool) -> Iterator[_Reading]:
    ...
