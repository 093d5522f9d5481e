"""The radio law as it reads, over a whole history of transmissions: slow, exact, and written from the documents alone.

Nothing of gilmok_wire is used. Times are microseconds of true time. Sources: STANDARDS section 6 and 8, and those in
gilmok_site.radio_sources.
"""

from collections import defaultdict, deque
from fractions import Fraction
from functools import cache
from math import ceil

HOUR = 3_600_000_000


def carriers(first_khz, step_khz, count):
    return {1000 * (first_khz + place * step_khz) for place in range(count)}


# region: [(carriers, lowest and highest edge in Hz, {data rates as (SF, bandwidth)}, EIRP in dBm, share of an hour or None)]
EU_RATES = {(sf, 125_000) for sf in range(7, 13)}
PLACES = {
    "KR920": [
        (carriers(922_100, 200, 7), (922_000_000, 923_400_000), EU_RATES, 14, None),
        (carriers(920_900, 200, 6), (920_800_000, 922_000_000), EU_RATES, 10, None),
    ],
    "AS923": [(carriers(923_200, 200, 8), (915_000_000, 928_000_000), {(sf, 125_000) for sf in range(7, 11)}, 16, Fraction(1, 100))],
    "EU868": [
        (carriers(868_100, 200, 3), (868_000_000, 868_600_000), EU_RATES | {(7, 250_000)}, 16, Fraction(1, 100)),
        (carriers(867_100, 200, 5), (865_000_000, 868_000_000), EU_RATES, 16, Fraction(1, 100)),
        ({869_525_000}, (869_400_000, 869_650_000), EU_RATES, 16, Fraction(10, 100)),
    ],
    "US915": [
        (carriers(902_300, 200, 64), (902_000_000, 928_000_000), {(sf, 125_000) for sf in range(7, 11)}, 30, None),
        (carriers(903_000, 1600, 8), (902_000_000, 928_000_000), {(8, 500_000)}, 26, None),
        (carriers(923_300, 600, 8), (902_000_000, 928_000_000), {(sf, 500_000) for sf in range(7, 13)}, 26, None),
    ],
}
LONGEST = {"KR920": 4_000_000, "AS923": 400_000}  # of one transmission
PAUSE = {"KR920": 50_000, "AS923": 50_000}
LISTEN = {"KR920": (-65, 6_000), "AS923": (-80, 5_000)}
STALE = 10_000  # how long after it was heard free a channel may be taken at most
# Application payloads by spreading factor and bandwidth; a frame of ours fills the 13 bytes of LoRaWAN's too.
EU_PAYLOADS = {12: 51, 11: 51, 10: 51, 9: 115, 8: 242, 7: 242}
PAYLOADS = {
    "KR920": {(sf, 125_000): size for sf, size in EU_PAYLOADS.items()},
    "AS923": {(10, 125_000): 11, (9, 125_000): 53, (8, 125_000): 125, (7, 125_000): 242},
    "EU868": {(sf, 125_000): size for sf, size in EU_PAYLOADS.items()} | {(7, 250_000): 242},
    "US915": {(10, 125_000): 11, (9, 125_000): 53, (8, 125_000): 125, (7, 125_000): 242}
    | {(12, 500_000): 53, (11, 500_000): 129, (10, 500_000): 242, (9, 500_000): 242, (8, 500_000): 242, (7, 500_000): 242},
}


@cache
def airtime(size, sf, bandwidth):
    """Return the microseconds on the air as a fraction: explicit header, CRC, coding 4/5, 8 symbols of preamble, SF7 and up."""
    symbol = Fraction(2**sf * 1_000_000, bandwidth)
    optimised = 1 if symbol >= 16_000 else 0
    payload = 8 + max(ceil(Fraction(8 * size - 4 * sf + 28 + 16, 4 * (sf - 2 * optimised))) * 5, 0)
    return (8 + Fraction(17, 4) + payload) * symbol


class Witness:
    """Sees all that one radio does, across its restarts."""

    def __init__(self, region, antenna_dbi, hops):
        self.region, self.gain, self.hops = region, max(antenna_dbi, 0), hops
        self.kept = defaultdict(deque)  # band or carrier: (start, end) of what is still in its window
        self.last_end = None

    def broken(self, start, end, hz, sf, bandwidth, size, power, listened):
        """Return the rules that a transmission breaks; `listened` are (start, end, strongest RSSI) of its channel's last listenings."""
        wrong = []
        places = PLACES[self.region]
        number = next((number for number, place in enumerate(places) if hz in place[0]), None)
        if number is None:
            return ["no such channel"]
        _, edges, rates, eirp, share = places[number]
        if (sf, bandwidth) not in rates or (bandwidth == 250_000 and hz != 868_300_000):
            wrong.append("data rate")
        if hz - bandwidth // 2 < edges[0] or hz + bandwidth // 2 > edges[1]:
            wrong.append("band edge")
        if not 0 < size <= PAYLOADS[self.region].get((sf, bandwidth), 0) + 13:
            wrong.append("payload")
        if power + self.gain > eirp:
            wrong.append("EIRP")
        if self.region == "US915" and number == 0 and self.hops < 50 and power > 21:
            wrong.append("power of a radio that hops over few channels")
        if end - start > LONGEST.get(self.region, HOUR):
            wrong.append("longest transmission")
        if self.last_end is not None and start - self.last_end < PAUSE.get(self.region, 0):
            wrong.append("pause")
        wrong += self._listening(start, listened)
        if share is not None and self._airtime(number, start, end, HOUR) > share * HOUR:
            wrong.append("duty cycle")
        if self.region == "US915" and number == 0 and self._airtime(hz, start, end, 20_000_000) > 400_000:
            wrong.append("occupancy of a channel")
        self.last_end = end
        return wrong

    def _listening(self, start, listened):
        if self.region not in LISTEN:
            return []
        threshold, span = LISTEN[self.region]
        since = self.last_end if self.last_end is not None else 0
        recent = [one for one in listened if one[0] >= since and 0 <= start - one[1] <= STALE]
        free = [place for place, one in enumerate(recent) if one[1] - one[0] >= span and one[2] < threshold]
        occupied = [place for place, one in enumerate(recent) if one[2] >= threshold]
        return [] if free and free[-1] > max(occupied, default=-1) else ["listen before talk"]

    def _airtime(self, key, start, end, window):
        """Return the airtime in the window that ends with this transmission, where the sum of all windows that touch it is greatest."""
        kept = self.kept[key]
        kept.append((start, end))
        while kept[0][1] <= end - window:
            kept.popleft()
        return sum(stop - max(begin, end - window) for begin, stop in kept)
