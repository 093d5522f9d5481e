"""The catalogue that messages are tested with: four real drivers, and one of every other kind that a site file may name.

A new driver then changes no snapshot, and each rule has a driver to be broken with, whatever drivers there are.
"""

from unittest import mock

from gilmok_site.catalogue import DRIVERS, LINE_OPTIONS, Driver, Variants
from gilmok_site.options import Between, ChannelName, Integers, OneOf, Option

_WHY = ("it takes so long", "측정에 걸리는 시간")
_WHOLE = Between(-(1 << 28), 1 << 28)
_DISTANCE = (("distance", "m", -3),)
_INPUTS = OneOf((0, 1, 2, 3, 10, 30, 31, 32))
_INPUT = {"input": Option(0, _INPUTS), "ref_input": Option(3, OneOf((0, 1, 2, 3)))}
_CELL = {"we_input": Option(0, _INPUTS), "gas": Option("o3", OneOf(("o3", "no2")))}
_LOOP = {"input": Option(1, _INPUTS), "at_4ma": Option(0, _WHOLE), "at_20ma": Option(5000, _WHOLE)}
_ADS1115 = (0x48, 0x49)

_DUST = (("pm2_5", "ug/m3", 0),)
_SLEEP = {"sleep": Option(0, OneOf((0, 1)))}

_GAS = {"gas": Variants([["o3", {}], ["no2", {"0": ["no2", "[ppb]", 0]}]])}

_SWITCH = {"debounce_ms": Option(20, Between(1, 1000)), "channel": Option("closed", ChannelName())}
_NAMED = {"channel": Variants(named=0)}
_BUCKET = {"tip_um": Option(200, Between(10, 5000)), "missing": Option([], Integers(0, 0xFFFFFFFF))}

OTHERS = {
    "sonar": Driver("pulse", 100, _WHY, _DISTANCE),
    "contact": Driver("pin", 10, _WHY, (("closed", "1", 0), ("changes", "1", 0)), options=_SWITCH, variants=_NAMED),
    "battery": Driver("adc", 1000, _WHY, (("voltage", "V", -3),)),
    "tilt": Driver("i2c", 100, _WHY, (("tilt_x", "deg", -3), ("tilt_y", "deg", -3)), addresses=(0x68,), i2c_hz=(400_000, 400_000)),
    "dust": Driver("i2c", 1000, _WHY, (("pm10", "ug/m3", 0),), addresses=(0x69,), i2c_hz=(0, 100_000)),
    "gas_cell": Driver("i2c", 1000, _WHY, (("o3", "[ppb]", 0),), addresses=_ADS1115, options=_CELL, shares="ads1115", variants=_GAS),
    "loop": Driver("i2c", 1000, _WHY, (("level", "m", -3), ("current", "A", -6)), (), _ADS1115, _LOOP, "channel", shares="ads1115"),
    "crack": Driver("i2c", 1000, _WHY, (("width", "m", -5),), addresses=_ADS1115, options=_INPUT, shares="ads1115"),
    "modbus": Driver("rs485", 1000, _WHY, (), options=LINE_OPTIONS, described="channels"),
    "sdi12": Driver("sdi12", 1000, _WHY, (), described="channels"),
    "rain": Driver("pin", 1000, _WHY, (("rain", "mm", -3, 200),), options=_BUCKET, variants={"tip_um": Variants(stepped=0)}),
    "lux": Driver("i2c", 1000, _WHY, (("light", "lx", 0),), addresses=(0x48,)),
    "fan": Driver("uart", 1000, _WHY, _DUST, options=_SLEEP, measuring_ms=30_000, rests_with="sleep"),
    "nmea": Driver("uart", 1000, _WHY, (("fix", "1", 0),), options={"talker": Option("GN", OneOf(("GN", "GP")))}),
}
_TIMES = {name: Option(1, OneOf((1, 2, 4, 8, 16))) for name in ("osrs_t", "osrs_p", "osrs_h")}

# Four real drivers, as they were when the messages were written: who betters one of them need not look at these.
REAL = {
    "pms5003": Driver(
        "uart", 1000, ("it sends a new frame only every 0.2 to 2.3 s", "새 프레임은 0.2–2.3초마다 나옴"), DRIVERS["pms5003"].channels
    ),
    "a02yyuw": Driver(
        "uart",
        300,
        ("its processed value takes 100 to 300 ms", "처리된 값이 나오는 데 100–300ms"),
        _DISTANCE,
        range={"distance": (0.03, 4.5)},
    ),
    "bme280": Driver("i2c", 1000, _WHY, DRIVERS["bme280"].channels, addresses=(0x76, 0x77), options=_TIMES),
    "adxl355": Driver(
        "spi",
        1000,
        ("RMS and peak are taken over whole seconds", "RMS와 최댓값은 1초 단위로 계산함"),
        DRIVERS["adxl355"].channels,
        waveform=DRIVERS["adxl355"].waveform,
        options={"sample_ms": Option(4, OneOf((1, 2, 4, 8, 16, 32)))},
        noise_ug=25,
    ),
}


def catalogue_of_tests():
    """Return a context in which these are the drivers there are."""
    return mock.patch.dict(DRIVERS, {**REAL, **OTHERS}, clear=True)
