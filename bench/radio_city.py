"""A city of radios around one gateway: who stands where, one clock, and what a radio's time costs in energy."""

from collections.abc import Callable
from math import cos, pi, sqrt
from random import Random
from typing import NamedTuple

from gilmok_sim.energy import radio_millijoules
from gilmok_sim.medium import Medium
from gilmok_sim.propagation import SNR_LIMIT_DB, PathLoss, noise_dbm
from gilmok_sim.sim_radio import SimRadio

DAY_US = 86_400_000_000
CHANNELS_HZ = tuple(922_100_000 + 200_000 * channel for channel in range(7))  # KR920's for nodes
BW_HZ = 125_000
NODE_DBM, GATEWAY_DBI = 14, 2  # the EIRP of 922.1 to 923.3 MHz: node antennas of 0 dBi; the gateway puts 12 dBm into its own
RADIUS_M = 1500
# To spare at a node's rate: what network servers leave for rain, leaves and lorries, and our own port keeps. A place that has less at SF12
# is not built on: its antenna goes elsewhere.
ADR_DB = 10
LEAD_US = 10_000  # from a look at the channel to the first symbol on an ESP32 (firmware/gilmok_node/radio/README.md, estimate)
LISTEN = (-65, 6_000)  # KR920's, which the gateway keeps as the nodes do


class Place(NamedTuple):
    """Where a node stands; `snr_db` is what the gateway hears it with, `sf` the fastest that leaves ADR_DB."""

    name: str
    place: tuple[float, float]
    snr_db: float
    sf: int


class Clock:
    """The one clock: ms when called, as radios want it."""

    def __init__(self) -> None:
        self.us = 0

    def __call__(self) -> float:
        return self.us / 1000


class City:
    """A medium with places around a gateway at 0, 0; `loss` is the share of frames lost beside what the model takes."""

    def __init__(self, seed: int, nodes: int, loss: float = 0.0) -> None:
        path = PathLoss("oulu", seed)
        self.clock = Clock()
        self.medium = Medium(seed, path, loss)
        self.places = [_find_place(Random(f"{seed}/{index}"), path, f"node{index}") for index in range(nodes)]

    def radio(self, place: Place, wake: Callable[[], None]) -> SimRadio:
        """Return a node's radio, started; `wake()` is called when it has something to tell."""
        medium, clock = self.medium, self.clock
        radio = SimRadio(
            medium, clock, place.name, place.place, lead_us=LEAD_US, on_event=lambda at_us: medium.call(max(at_us, clock.us), wake)
        )
        radio.begin(0)
        return radio

    def run(self, until_us: int) -> None:
        """Let time pass."""
        medium, clock = self.medium, self.clock
        while (at_us := medium.next_us()) is not None and at_us <= until_us:
            clock.us = at_us
            medium.advance(at_us)
        clock.us = until_us


def millijoules(radio: SimRadio, until_us: int) -> float:
    """Return what a radio has used by then."""
    radio._draw(radio._drawing, until_us)
    return radio_millijoules(radio.spent_us, radio.sent_us)


def _find_place(dice: Random, path: PathLoss, name: str) -> Place:
    """Return a place of a disc, alike everywhere, from which SF12 reaches the gateway."""
    while True:
        radius, angle = RADIUS_M * sqrt(dice.random()), 2 * pi * dice.random()
        place = Place(name, (radius * cos(angle), radius * cos(angle - pi / 2)), 0.0, 12)
        gateway = Place("gateway", (0.0, 0.0), 0.0, 12)
        snr_db = NODE_DBM + GATEWAY_DBI - path.between(place, gateway, CHANNELS_HZ[3]) - noise_dbm(BW_HZ)
        able = [sf for sf in range(7, 13) if snr_db >= SNR_LIMIT_DB[sf] + ADR_DB]
        if able:
            return place._replace(snr_db=snr_db, sf=able[0])
        name += "'"  # another place has other shadows
