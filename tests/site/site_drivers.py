"""The catalogue that messages are tested with: four real drivers, and one of every other kind that a site file may name.

A new driver then changes no snapshot, and each rule has a driver to be broken with, whatever drivers there are.
"""

from unittest import mock

from gilmok_site.catalogue import DRIVERS, LINE_OPTIONS, Driver
from gilmok_site.options import Between, OneOf, Option

_WHY = ("it takes so long", "측정에 걸리는 시간")
_DISTANCE = (("distance", "m", -3),)
_INPUT = {"input": Option(0, OneOf((0, 1, 2, 3)))}
_ADS1115 = (0x48, 0x49)

OTHERS = {
    "sonar": Driver("pulse", 100, _WHY, _DISTANCE),
    "contact": Driver("pin", 10, _WHY, (("open", "1", 0),), options={"debounce_ms": Option(20, Between(1, 1000))}),
    "battery": Driver("adc", 1000, _WHY, (("voltage", "V", -3),)),
    "tilt": Driver("i2c", 100, _WHY, (("tilt_x", "deg", -3), ("tilt_y", "deg", -3)), addresses=(0x68,)),
    "gas_cell": Driver("i2c", 1000, _WHY, (("no2", "[ppb]", 0),), addresses=_ADS1115, options=_INPUT, shares="ads1115"),
    "crack": Driver("i2c", 1000, _WHY, (("width", "m", -5),), addresses=_ADS1115, options=_INPUT, shares="ads1115"),
    "modbus": Driver("rs485", 1000, _WHY, (), options=LINE_OPTIONS, described="channels"),
    "sdi12": Driver("sdi12", 1000, _WHY, (), described="channels"),
    "lux": Driver("i2c", 1000, _WHY, (("light", "lx", 0),), addresses=(0x48,)),
    "nmea": Driver("uart", 1000, _WHY, (("fix", "1", 0),), options={"talker": Option("GN", OneOf(("GN", "GP")))}),
}
NAMES = ("pms5003", "a02yyuw", "bme280", "adxl355")


def catalogue_of_tests():
    """Return a context in which these are the drivers there are."""
    return mock.patch.dict(DRIVERS, {**{name: DRIVERS[name] for name in NAMES}, **OTHERS}, clear=True)
