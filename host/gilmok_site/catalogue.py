"""What the host knows about drivers: bus, channels, shortest period, options.

Kept by hand until it is generated from the drivers' own tables; tests/site/test_catalogue.py compares it with them.
"""

from dataclasses import dataclass, field

# name, UCUM unit, decimal exponent and, where it is not 1, the step: a value means integer × step × 10^exponent.
Channel = tuple[str, str, int] | tuple[str, str, int, int]


@dataclass(frozen=True)
class Driver:
    """One chip or instrument, as a site file may use it.

    `why` is the physics behind `period_min_ms`, in English and Korean; `addresses` are those an I2C chip may have, the
    usual one first; `options` gives the values of each key a site file may set.
    Units: `period_min_ms` milliseconds.
    """

    bus: str
    period_min_ms: int
    why: tuple[str, str]
    channels: tuple[Channel, ...]
    waveform: tuple[Channel, ...] = ()
    addresses: tuple[int, ...] = ()
    options: dict[str, tuple[int, ...]] = field(default_factory=dict)


_OVERSAMPLING = (1, 2, 4, 8, 16)

DRIVERS = {
    # Plantower PMS5003 series data manual v2.3, "active mode": every 200–800 ms, in still air every 2.3 s.
    "pms5003": Driver(
        bus="uart",
        period_min_ms=1000,
        why=("it sends a new frame only every 0.2 to 2.3 s", "새 프레임은 0.2–2.3초마다 나옴"),
        channels=(
            *(("pm1", "ug/m3", 0), ("pm2_5", "ug/m3", 0), ("pm10", "ug/m3", 0)),
            *(("pm1_cf1", "ug/m3", 0), ("pm2_5_cf1", "ug/m3", 0), ("pm10_cf1", "ug/m3", 0)),
            *(("n0_3", "/dL", 0), ("n0_5", "/dL", 0), ("n1", "/dL", 0)),
            *(("n2_5", "/dL", 0), ("n5", "/dL", 0), ("n10", "/dL", 0)),
        ),
    ),
    # DFRobot wiki SEN0311 and SEN0312, "Output Communication": 100–300 ms with RX high or open.
    "a02yyuw": Driver(
        bus="uart",
        period_min_ms=300,
        why=("its processed value takes 100 to 300 ms", "처리된 값이 나오는 데 100–300ms"),
        channels=(("distance", "m", -3),),
    ),
    # Bosch BST-BME280-DS002 rev. 1.6, table 2: response time of humidity, τ 63 %; section 5.2: addresses.
    "bme280": Driver(
        bus="i2c",
        period_min_ms=1000,
        why=("its humidity element takes 1 s", "습도 소자의 응답 시간 1초"),
        channels=(("temperature", "Cel", -2), ("pressure", "Pa", 0), ("humidity", "%", -1)),
        addresses=(0x76, 0x77),
        options={"osrs_t": _OVERSAMPLING, "osrs_p": _OVERSAMPLING, "osrs_h": _OVERSAMPLING},
    ),
    # Analog Devices ADXL354/ADXL355 data sheet rev. C, register FILTER: 1000 to 31.25 Hz.
    # 2000 and 4000 Hz are left out: the FIFO's 32 samples last 16 and 8 ms, an erase takes 45.
    "adxl355": Driver(
        bus="spi",
        period_min_ms=1000,
        why=("RMS and peak are taken over whole seconds", "RMS와 최댓값은 1초 단위로 계산함"),
        channels=(
            *(("rms_x", "[g]", -5), ("rms_y", "[g]", -5), ("rms_z", "[g]", -5)),
            *(("peak_x", "[g]", -4), ("peak_y", "[g]", -4), ("peak_z", "[g]", -4)),
        ),
        waveform=(("x", "[g]", -11, 390625), ("y", "[g]", -11, 390625), ("z", "[g]", -11, 390625)),
        options={"sample_ms": (1, 2, 4, 8, 16, 32)},
    ),
}

BUSES = ("uart", "i2c", "spi")


def option_names(driver: object) -> frozenset[str]:
    """Return the keys `driver` has as options; of a driver nobody knows, those of all."""
    drivers = [DRIVERS[driver]] if isinstance(driver, str) and driver in DRIVERS else DRIVERS.values()
    return frozenset(name for each in drivers for name in each.options)
