"""The parameters of a node's detectors, computed here in double floats: a chip's single ones may round a coefficient otherwise.

Each function returns what the detector of its kind takes (`gilmok_rules`: shaking.Quake, ppv.Ppv; `gilmok_node`: pretrigger.Pretrigger),
in plain lists of integers, as a configuration carries them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from gilmok_rules.butterworth import HIGH, LOW, band_pass, design
from gilmok_rules.ground_motion import CORNER_HZ, velocity_scale
from gilmok_rules.limit_lines import LINES
from gilmok_rules.quake import BAND_HZ, OFF, ON, decimation

CHUNK = 8  # samples: a driver's own, 32 ms at 250 Hz
# A chainsaw beside the sensor moves it at 59 to 138 Hz, half second by half second; earthquakes of M7.2 and M7.4 at 16 at most. Near,
# small ones have 20 to 25 Hz.
FASTEST_HZ = 30
PPV_BAND_HZ = (1, 80)  # DIN 4150-3 measures in it (secondary: a manual of its instruments)
PPV_QUIET_UM_S = 100  # three times the ADXL355's own velocity from 1 Hz on, 35 µm/s RMS; a fiftieth of what a dwelling bears
PPV_TELL_PERCENT = 10
STEPS_SCALE = 1 << 16  # ground_motion.velocity_scale
BLOCK_SAMPLES = 64  # sensors.motion
# Three axes of an ADXL355's or an MPU-6050's noise at 250 Hz are 184 bytes, a LIS3DH's 70; a fifth more for a restless place, and the head.
BLOCK_BYTES = 240
MOST_BYTES = 16384  # a sixth of the heap


_LEAST_RATE_HZ = {"quake": 25, "ppv": 200}  # twice the trigger's 10 Hz and a filter's room; a line goes up to 80 Hz


def least_rate_hz(kind: str) -> int:
    """Return how many samples a second a detector of a kind needs at least."""
    return _LEAST_RATE_HZ.get(kind, 1)


def quake_parameters(rate_hz: float, on: int = ON, off: int = OFF, fastest_hz: float = FASTEST_HZ, chunk: int = CHUNK) -> list[Any]:
    """Return those of "quake": the trigger's thresholds are in sixteenths.

    Raises: ValueError for a rate, a chunk or a threshold that the detector cannot work with.
    """
    _check(rate_hz, chunk, "quake")
    if not 0 < off <= on < 256:
        raise ValueError(f"thresholds {on} and {off} sixteenths: off must not be above on, on below 256")
    band = [list(section) for section in band_pass(*BAND_HZ, rate_hz / decimation(rate_hz))]
    [ground] = design(HIGH, CORNER_HZ, rate_hz)
    return [band, list(ground), velocity_scale(rate_hz), on, off, round(10 * fastest_hz), chunk]


def ppv_parameters(
    rate_hz: float, line: str, window_s: float = 1, tell_percent: float = PPV_TELL_PERCENT, chunk: int = 4 * CHUNK
) -> list[Any]:
    """Return those of "ppv": `line` is one of LINES, `tell_percent` of it is worth a record.

    Above 80 Hz there is a low-pass from 400 Hz on; below, the sensor's own filter is one already (an ADXL355's, a quarter of the rate).
    Raises: ValueError for what the detector cannot work with.
    """
    _check(rate_hz, chunk, "ppv")
    if line not in LINES:
        raise ValueError(f"no limit line {line!r}: there are {', '.join(LINES)}")
    if not 0.2 <= window_s <= 60:
        raise ValueError(f"a window of {window_s} s: 0.2 to 60")
    low_hz, high_hz = PPV_BAND_HZ
    [high] = design(HIGH, low_hz, rate_hz)
    low = [list(section) for section in design(LOW, high_hz, rate_hz)] if rate_hz >= 5 * high_hz else []
    scale = velocity_scale(rate_hz, low_hz)
    quiet = round(PPV_QUIET_UM_S * STEPS_SCALE / scale)
    points = [list(point) for point in LINES[line]]
    return [list(high), low, scale, quiet, points, round(window_s * rate_hz), round(10 * tell_percent), chunk]


def _check(rate_hz: float, chunk: int, kind: str) -> None:
    if rate_hz < least_rate_hz(kind):
        raise ValueError(f"{rate_hz:g} samples a second are too few for {kind}: {least_rate_hz(kind)} at least")
    if chunk not in (8, 16, 32, 64):
        raise ValueError(f"chunks of {chunk} samples: 8, 16, 32 or 64")


def longest_capture_s(rate_hz: float) -> int:
    """Return for how many whole seconds before an event a capture has room."""
    return int((MOST_BYTES // BLOCK_BYTES - 1) * BLOCK_SAMPLES / rate_hz)


def capture_parameters(rate_hz: float, pre_s: float = 5, post_s: float = 20, detectors: Sequence[str] = ()) -> list[Any]:
    """Return those of "capture": the seconds kept before an event and behind it, and the detectors of the same sensor that are events.

    Without a detector only a command captures. Raises: ValueError.
    """
    blocks = ceil(pre_s * rate_hz / BLOCK_SAMPLES) + 1  # the one in which it begins may hold a sample of it
    size = blocks * BLOCK_BYTES
    if pre_s < 1 or post_s < 1:
        raise ValueError(f"{pre_s:g} s before an event and {post_s:g} s after it: at least one each")
    if size > MOST_BYTES:
        raise ValueError(f"{pre_s:g} s before an event take {size} bytes of heap at {rate_hz:g} Hz: at most {MOST_BYTES}")
    return [blocks, round(1000 * post_s), size, list(detectors)]
