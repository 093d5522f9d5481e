"""Whether a motion sensor is quiet enough for what a rule wants of its detector: a chip's own noise is no earthquake."""

from collections.abc import Iterator
from math import pi, sqrt
from typing import TYPE_CHECKING

from gilmok_rules.ground_motion import CORNER_HZ
from gilmok_rules.intensity import NAMES, local_instrumental_level

from .catalogue import DRIVERS
from .detector import rate_hz
from .errors import Problem
from .steps import shown_steps

if TYPE_CHECKING:
    from .model import Node
    from .rule import Rule
    from .source import Path, Source
    from .steps import Compiled
    from .subjects import Subject

_G_MM_S2 = 9806.65
# The largest of some hundred independent samples of Gaussian noise a second, on each of three axes, is three deviations.
_PEAK = 3
_PPV_CORNER_HZ = 1  # DIN 4150-3 measures from there on (gilmok_rules/ground_motion.py)


def noise_of(driver: str, rate: float) -> dict[str, float] | None:
    """Return what a detector tells of a chip that lies still, by channel in its steps; None where nobody states its noise.

    White noise of density n (the chip's data sheet) has n √(bandwidth) of acceleration below half the sampling rate, and
    integrated n / (2π √corner) of velocity above the corner of the high-pass.
    """
    density = DRIVERS[driver].noise_ug
    if density is None:
        return None
    bandwidth_hz = rate / 2
    pga = _PEAK * density * sqrt(bandwidth_hz) / 10  # µg to 10^-5 g
    pgv, ppv = (_PEAK * density * 1e-6 * _G_MM_S2 / (2 * pi * sqrt(corner)) * 1000 for corner in (CORNER_HZ, _PPV_CORNER_HZ))
    return {"pga": pga, "pgv": pgv, "level": local_instrumental_level(pga, pgv), "ppv_x": ppv, "ppv_y": ppv, "ppv_z": ppv}


def check_noise(
    source: "Source", path: "Path", node: "Node", rule: "Rule", subject: "Subject", made: dict[str, "Compiled"]
) -> Iterator[Problem]:
    """Yield the lowest step of a detector's rule that its sensor's own noise would reach."""
    name = str(rule.watch).partition(".")[0]
    if name not in node.detector or node.detector[name].sensor not in node.sensor:
        return
    sensor = node.sensor[node.detector[name].sensor]
    noise = (noise_of(sensor.driver, rate_hz(sensor)) or {}).get(subject.channel[0])
    for level, step in made.items():
        if noise is not None and step.quantity == 0 and step.set <= noise:
            facts = {"driver": sensor.driver, "density": DRIVERS[sensor.driver].noise_ug, "noise": _shown(noise, subject)}
            quiet = [each for each in DRIVERS if (other := noise_of(each, rate_hz(sensor))) and other[subject.channel[0]] < step.set]
            yield source.problem((*path, level), "too_noisy" if quiet else "too_noisy_all", known=quiet, **facts)
            return


def _shown(noise: float, subject: "Subject") -> str:
    if subject.channel[0] == "level":
        return NAMES[round(noise) - 1]
    return shown_steps(round(noise), subject.channel)
