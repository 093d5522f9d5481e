"""The columns of a group of frames, decoded together before the sessions ask for them one by one."""

from __future__ import annotations

from collections.abc import Iterable

from gilmok_wire.collector_dialogue import Opened
from gilmok_wire.messages import BATCH

from .columns import decode_columns

# Below this many blocks one after another is faster (measured: the break-even lies at 30 of 32 records, at 60 of 8 and of 2).
FEWEST = 64


class AheadDecoder:
    """Decodes columns as `gilmok_collector.columns` does, those of large groups all at once.

    What cannot be decoded together is decoded when it is asked for: so what is refused, and how, does not depend on the group.
    """

    def __init__(self) -> None:
        self._ready: dict[tuple[bytes, int], list[list[list[int]]]] = {}

    def decode_ahead(self, frames: Iterable[Opened]) -> None:
        """Decode the blocks of the batches in `frames` and forget those of the last group."""
        self._ready = {}
        blocks = [(message[7], message[3]) for frame in frames for message in frame.messages if message[0] == BATCH]
        if len(blocks) < FEWEST:
            return
        from .group_columns import decode_blocks  # late: numpy takes a tenth of a second

        for block, columns in decode_blocks(blocks):
            self._ready.setdefault(block, []).append(columns)

    def __call__(self, data: bytes, count: int) -> list[list[int]] | list[list[int | None]]:
        """Return the list of columns in the block `data` of `count` records.

        Raises: DecodeError.
        """
        ready = self._ready.get((data, count))
        return ready.pop() if ready else decode_columns(data, count)
