"""A virtual electrochemical cell with its sensor board for MicroPython and CPython, at two inputs of an ADS1115.

Source: Alphasense Application Note AAN 803-04: zeros, sensitivity and what both electrodes have in common.
"""

from gilmok_sim.chips.ads1115 import AnalogInstrument

# What a cell is like whose certificate is not in the site file: of the order of the AAN 803-04 examples.
_ZERO_UV = 225000
_SENSITIVITY = 270000


class VirtualGasCell(AnalogInstrument):
    """Measures the gas of its site file in ppb; `background_v` is what temperature adds to both electrodes alike."""

    background_v = 0.0

    def wires(self, options):
        self._gas = options.get("gas", "o3")
        self._volts_per_ppb = options.get("sensitivity", _SENSITIVITY) * 1e-9
        zeros = [options.get(name, _ZERO_UV) * 1e-6 for name in ("we_zero_uv", "ae_zero_uv")]

        def working(now_ms):
            return zeros[0] + self.background_v + self.world.value(self._gas, now_ms) * self._volts_per_ppb

        def auxiliary(now_ms):
            return zeros[1] + self.background_v

        return ((options.get("we_input", 0) % 10, working), (options.get("ae_input", 1) % 10, auxiliary))
