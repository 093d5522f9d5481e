"""How strong a LoRa signal arrives, and what it must be to be understood: path loss, noise, thresholds.

Every figure, its source and how sure it is: docs/radio_simulator.md.
"""

from math import cos, hypot, log10, pi, radians
from random import Random

EARTH_M = 6_371_000
SNR_LIMIT_DB = {5: -2.5, 6: -5.0, 7: -7.5, 8: -10.0, 9: -12.5, 10: -15.0, 11: -17.5, 12: -20.0}
CAPTURE_DB = 6.0  # above others of its own spreading factor
# Signal over interference that a frame (row) stands from another spreading factor (column), SF7 to SF12: measured on an SX1272.
INTER_SF_DB = (
    (CAPTURE_DB, -8, -9, -9, -9, -9),
    (-11, CAPTURE_DB, -11, -12, -13, -13),
    (-15, -13, CAPTURE_DB, -13, -14, -15),
    (-19, -18, -17, CAPTURE_DB, -17, -18),
    (-22, -22, -21, -20, CAPTURE_DB, -20),
    (-25, -25, -25, -24, -23, CAPTURE_DB),
)
# Model → (loss at the reference distance in dB, that distance in m, exponent, deviation of the shadowing in dB, measured at MHz).
MODELS = {
    "oulu": (128.95, 1000, 2.32, 7.8, 868),  # a car in a city, the gateway 24 m above the sea
    "lancaster": (127.41, 40, 2.08, 3.57, 868),  # between and inside buildings, antennas low
}


def metres(position, origin):
    """Return (east, north) in m of a [latitude, longitude] from another: a plane, which a city is."""
    north = radians(position[0] - origin[0]) * EARTH_M
    east = radians(position[1] - origin[1]) * EARTH_M * cos(radians(origin[0]))
    return east, north


def noise_dbm(bw_hz, figure_db=6.0):
    """Return the noise in a receiver's bandwidth: −174 dBm/Hz of heat at 17 °C, and its noise figure."""
    return -174 + 10 * log10(bw_hz) + figure_db


def sensitivity_dbm(sf, bw_hz, figure_db=6.0):
    """Return the weakest signal that is understood without interference."""
    return noise_dbm(bw_hz, figure_db) + SNR_LIMIT_DB[sf]


def free_space_db(distance_m, frequency_hz):
    """Return the loss in free space, below which no path is."""
    return 20 * log10(4 * pi * max(distance_m, 1.0) * frequency_hz / 299_792_458)


def rejection_db(wanted, other):
    """Return the signal over interference that `wanted` (an Air) needs against a signal `other` in its channel."""
    if wanted.sf == other.sf and wanted.inverted_iq == other.inverted_iq:
        return CAPTURE_DB
    if wanted.sf < 7 or other.sf < 7:
        return SNR_LIMIT_DB[wanted.sf]
    # Chirps of the other direction do not add up either: taken for those of the next spreading factor.
    column = other.sf - 7 if wanted.sf != other.sf else (other.sf - 6 if other.sf < 12 else 4)
    return INTER_SF_DB[wanted.sf - 7][column]


class PathLoss:
    """Log-distance path loss with shadowing that is drawn once a pair and alike in both directions.

    `model` is a name of MODELS; `extra_db` is lost on every path, as in walls or manholes.
    """

    def __init__(self, model="oulu", seed=1, shadowing=True, extra_db=0.0):
        self._at_reference_db, self._reference_m, self._exponent, deviation_db, self._mhz = MODELS[model]
        self._deviation_db = deviation_db if shadowing else 0.0
        self._seed = seed
        self._extra_db = extra_db

    def median_db(self, distance_m, frequency_hz):
        """Return the loss over a distance without shadowing."""
        loss = self._at_reference_db + 10 * self._exponent * log10(max(distance_m, 1.0) / self._reference_m)
        return loss + 20 * log10(frequency_hz / (self._mhz * 1e6)) + self._extra_db

    def between(self, one, other, frequency_hz):
        """Return the loss between two stations, which have `name` and `place` (east, north, in m)."""
        distance_m = hypot(one.place[0] - other.place[0], one.place[1] - other.place[1])
        loss = self.median_db(distance_m, frequency_hz) + self.shadow_db(one.name, other.name)
        return max(loss, free_space_db(distance_m, frequency_hz))

    def shadow_db(self, name, other):
        """Return what lies between two places beside the distance."""
        if not self._deviation_db:
            return 0.0
        first, second = sorted((name, other))
        return Random("{}|{}|{}".format(self._seed, first, second)).gauss(0, self._deviation_db)
