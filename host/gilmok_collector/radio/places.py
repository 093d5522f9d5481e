"""Channels and rates of a region, from what a gateway says of a frame; what a session has to know of them; and how well it was heard."""

from __future__ import annotations

from typing import Any

from gilmok_wire.airtime import airtime_us
from gilmok_wire.link import Link
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import SECOND_MS, TURN_MS, answer_of, lora_link

# A quarter of the raster: concentrators tell the frequency they were tuned to, some with the error of their crystal, 20 kHz at 20 ppm.
OFF_HZ = 50_000
COMMIT_MS = 500  # an answer waits for the collector's disk and the gateway's network

# The SNR in tenths of a dB below which an SF is lost: Semtech, SX1261/2 data sheet rev 2.1, table 6-1.
SNR_LIMIT_CB = {5: -25, 6: -50, 7: -75, 8: -100, 9: -125, 10: -150, 11: -175, 12: -200}


class Places:
    """The channels and rates of one region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.row: Any = REGIONS[region]
        self.rates: Any = self.row[1]
        self.rx2: tuple[int, int] = self.row[9]
        self._grids = [grid for grid in self.row[0] for _ in range(grid[2])]  # of each channel
        self._hz = [grid[0] + place * grid[1] for grid in self.row[0] for place in range(grid[2])]
        self._links: dict[tuple[int, int, bool, int], Link] = {}

    def find(self, frequency_hz: int, sf: int, bw_hz: int) -> tuple[int, int] | None:
        """Return (channel, rate) of an uplink, None where the region has no such one."""
        best = None
        for rate, known in enumerate(self.rates):
            if known is None or known[:2] != (sf, bw_hz):
                continue
            for channel in range(self.row[7]):
                off_hz = abs(self._hz[channel] - frequency_hz)
                if off_hz <= OFF_HZ and self.carries(channel, rate) and (best is None or off_hz < best[0]):
                    best = off_hz, channel, rate
        return best and best[1:]

    def carries(self, channel: int, rate: int) -> bool:
        """Tell whether a channel has a rate."""
        grid = self._grids[channel]
        return grid[3] <= rate <= grid[4]

    def frequency_hz(self, channel: int) -> int:
        """Return the middle of a channel."""
        return self._hz[channel]

    def air_ms(self, rate: int, size: int) -> int:
        """Return how long a frame is on the air at most, in whole milliseconds."""
        sf, bw_hz, _ = self.rates[rate]
        return (airtime_us(size, sf, bw_hz) + 999) // 1000

    def answer_place(self, place: tuple[int, int] | None) -> tuple[int, int]:
        """Return (channel, rate) on which a node hears the answer to what it sent, the second window's where it sent from nowhere known."""
        return self.rx2 if place is None else answer_of(self.row, *place)

    def link(self, place: tuple[int, int] | None, listens: bool, window_ms: int) -> Link:
        """Return what a session has to know of the link to a node that sent from `place`."""
        channel, rate = self.answer_place(place)
        key = channel, rate, listens, window_ms
        if key not in self._links:
            answer_ms = TURN_MS + COMMIT_MS if listens else window_ms + SECOND_MS
            self._links[key] = link = lora_link(self.rates[rate], answer_ms)
            link.full_duplex = listens  # who listens can be told what he has not asked for
        return self._links[key]


def margin_cb(sf: int, snr_cb: int) -> int:
    """Return by how many tenths of a dB a frame was heard better than it had to be."""
    return snr_cb - SNR_LIMIT_CB[sf]
