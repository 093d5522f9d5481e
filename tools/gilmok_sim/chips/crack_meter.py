"""A virtual potentiometric displacement sensor for MicroPython and CPython, at two inputs of an ADS1115.

Source: a voltage divider; the wiper stops at the ends of its track and is pulled to ground where its wire breaks.
"""

from gilmok_sim.chips.ads1115 import AnalogInstrument


class VirtualCrackMeter(AnalogInstrument):
    """Measures `displacement` in mm; `excitation_v` is a number or a function of the time in ms."""

    excitation_v = 3.3
    wiper_broken = False

    def wires(self, options):
        stroke_mm = options.get("stroke_um", 25000) / 1000

        def excitation(now_ms):
            return self.excitation_v(now_ms) if callable(self.excitation_v) else self.excitation_v

        def wiper(now_ms):
            if self.wiper_broken:
                return 0.0
            return excitation(now_ms) * min(1.0, max(0.0, self.world.value("displacement", now_ms) / stroke_mm))

        return ((options.get("input", 0), wiper), (options.get("ref_input", 3), excitation))
