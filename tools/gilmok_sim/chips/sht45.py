"""A virtual SHT45 for MicroPython and CPython: commands of one byte, a measurement each, and the heater that nobody should use.

Source: Sensirion SHT4x data sheet, version 6 (2023): §3.2, table 5 (typical times), table 8 (commands), §4.6 (conversion).
"""

from gilmok_sim.chips.sensirion import SensirionChip

_MEASURING_MS = {0xFD: 6.9, 0xF6: 3.7, 0xE0: 1.3}


class VirtualSht45(SensirionChip):
    """Measures `temperature` in °C and `humidity` in %, when told to; `heated` tells whether its heater was ever on."""

    CODE_BYTES = 1
    SERIAL = (0x0F23, 0xA5C7)

    def __init__(self, world, clock, seed=1):
        super().__init__(world, clock, seed)
        self.heated = False

    def obey(self, code, words):
        if code in _MEASURING_MS:
            self.reply(self._ticks(), _MEASURING_MS[code])
        elif code == 0x89:
            self.reply(self.SERIAL, 0.1)
        elif code == 0x94:
            self.rest(1)
        elif code in (0x39, 0x32, 0x2F, 0x24, 0x1E, 0x15):
            self.heated = True
            self.reply(self._ticks(), 1100)

    def brown_out(self):
        """Forget everything, as after a dip of the supply."""
        self._reply = None
        self.rest(1)

    def _ticks(self):
        return self.measured("temperature", -45, 130, 65535), self.measured("humidity", -6, 119, 65535)
