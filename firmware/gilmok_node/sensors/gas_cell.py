"""A four-electrode electrochemical gas cell on its individual sensor board (ISB), at two inputs of an ADS1115.

The voltages of working and auxiliary electrode come as they are, so that any later correction can be made of them. The
concentration beside them is algorithm 3 of the application note with k'T = 1, right near the 20 °C of the certificate:
((WE − WE0) − (AE − AE0)) / sensitivity, WE0 and AE0 being the certificate's total zeros, sensor and electronics.

Source: Alphasense Application Note AAN 803-04, "Correcting for background currents in four electrode toxic gas sensors".
"""

from gilmok_wire.compat import const

from gilmok_node.sensors.ads1115 import ADDRESS, ANY_INPUT, GAIN, RATE, AnalogSensor, clipped
from gilmok_node.sensors.base import BadOption, Silent, option
from gilmok_node.sensors.between import Between

# Limit of performance warranty in ppb: data sheets of CO-B4 and SO2-B4; of NO2-B43F, OX-B431 and H2S-B4 (secondary).
_LIMITS = {"o3": 20000, "no2": 20000, "co": 1000000, "so2": 100000, "h2s": 100000}
# CO-B4 data sheet, "Zero @ 50 °C": −400 nA from 20 °C at 450 nA/ppm. What is further below zero is no gas.
_BELOW = const(-1000)
_DEAD_UV = const(5000)  # no board that has a zero of its own sends less at both electrodes
_ZERO_UV = const(50000)


class GasCell(AnalogSensor):
    """One gas, and the two voltages it is computed of.

    From the cell's certificate: `sensitivity` in nV/ppb (0.270 mV/ppb is 270000; 0, the default, gives no concentration),
    `we_zero_uv` and `ae_zero_uv` the total zeros in µV. For `settle_s` after the node's start there is no concentration:
    a cell takes that long to settle once it has power.
    """

    NAME = "gas_cell"
    CHANNELS = (("o3", "[ppb]", 0), ("we", "V", -7, 625), ("ae", "V", -7, 625))
    OPTIONS = {
        "address": ADDRESS,
        "gas": ("o3", ("o3", "no2", "co", "so2", "h2s")),
        "we_input": (0, ANY_INPUT),
        "ae_input": (1, ANY_INPUT),
        "gain": (2048, GAIN),
        "rate": RATE,
        "we_zero_uv": (0, Between(-2000000, 2000000)),
        "ae_zero_uv": (0, Between(-2000000, 2000000)),
        "sensitivity": (0, Between(-5000000, 5000000)),
        "settle_s": (3600, Between(0, 86400)),
    }

    WARMUP_MS = 3600000  # of the default settle_s (secondary, not confirmed)

    def __init__(self, bus, options):
        super().__init__(bus, options, ("we_input", "ae_input"))
        if self._configs[0] == self._configs[1]:
            raise BadOption("ae_input", option(self, options, "ae_input"), "those other than we_input")
        gas = option(self, options, "gas")
        self.CHANNELS = ((gas, "[ppb]", 0), ("we", "V") + self.volts, ("ae", "V") + self.volts)
        self._limit = _LIMITS[gas]
        self._we_zero_uv = option(self, options, "we_zero_uv")
        self._ae_zero_uv = option(self, options, "ae_zero_uv")
        self._sensitivity = option(self, options, "sensitivity")
        self.WARMUP_MS = option(self, options, "settle_s") * 1000
        self._powered_ms = None
        self._now_ms = 0

    def begin(self, now_ms):
        """Check that the ADS1115 is there; the cell settles from the first time on, whatever the bus does later."""
        if self._powered_ms is None:
            self._powered_ms = now_ms
        return super().begin(now_ms)

    def read(self, now_ms):
        """Return concentration and voltages. Raises: Silent where neither electrode has a voltage; as every AnalogSensor."""
        self._now_ms = now_ms
        return super().read(now_ms)

    def _values(self, counts):
        we_uv = self.microvolts(counts[0])
        ae_uv = self.microvolts(counts[1])
        if we_uv < _DEAD_UV and ae_uv < _DEAD_UV and self._we_zero_uv > _ZERO_UV:
            raise Silent("no voltage from the board of the gas cell", we_uv)
        raw = [None if clipped(count) else count for count in counts]
        ppb = None
        if self._sensitivity and None not in raw and self._now_ms - self._powered_ms >= self.WARMUP_MS:
            nanovolts = ((we_uv - self._we_zero_uv) - (ae_uv - self._ae_zero_uv)) * 1000
            ppb = (2 * nanovolts + self._sensitivity) // (2 * self._sensitivity)
            if not _BELOW <= ppb <= self._limit:
                ppb = None
        return (ppb, raw[0], raw[1])
