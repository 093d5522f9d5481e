"""Finds out what a driver's options take, and how they change its channels: drivers are asked, as they touch no hardware."""

import bisect
from collections.abc import Callable
from typing import Any

from gilmok_node.sensors.between import Between

# Kinds of values that are no tuple and no Between, and one that only this kind takes.
_KINDS: dict[str, Any] = {
    "name": "probe_it",
    "channel": ["probe_it", "m", -3],
    "channels": [],  # an instrument's own keys follow the exponent: what they are is host/gilmok_site/described.py
}


def allowed_of(allowed: Any) -> Any:
    """Return the values an option takes as JSON: a list of them, their bounds, or the name of their kind."""
    if isinstance(allowed, Between):
        return {"low": allowed.low, "high": allowed.high}
    if isinstance(allowed, tuple | list):
        return list(allowed)
    if [1] in allowed:
        return {"low": -_most(lambda number: [-number] in allowed), "high": _most(lambda number: [number] in allowed), "list": True}
    return next(kind for kind, probe in _KINDS.items() if probe in allowed)


def _most(takes: Callable[[int], bool]) -> int:
    """Return the largest number below 2^33 that an option takes in its list, where it takes all smaller ones too."""
    return max(bisect.bisect_left(range(1 << 33), True, key=lambda number: not takes(number)) - 1, 0)


def variants_of(driver: Any) -> dict[str, Any]:
    """Return how each option that does so changes the driver's channels (catalogue.Variants)."""
    variants = {}
    for name, (_, allowed) in getattr(driver, "OPTIONS", {}).items():
        kind = allowed_of(allowed)
        if kind == "name":
            variants[name] = {"named": next(iter(_changed(driver, name, _KINDS["name"])))}
        elif isinstance(kind, list):
            variants[name] = {"cases": [[value, _changed(driver, name, value)] for value in kind]}
        elif isinstance(kind, dict) and "list" not in kind:
            variants[name] = _between(driver, name, kind["low"], kind["high"])
    return {name: each for name, each in variants.items() if _matters(each)}


def _matters(variants: dict[str, Any]) -> bool:
    return "cases" not in variants or any(changed for _, changed in variants["cases"])


def _between(driver: Any, name: str, low: int, high: int) -> dict[str, Any]:
    """Return the step that an option is, or the values from which on channels change."""
    for index, channel in _changed(driver, name, high).items():
        if channel[3:] == (high,):
            return {"stepped": index}
    return {"cases": _segments(driver, name, low, high)}


def _segments(driver: Any, name: str, low: int, high: int) -> list[Any]:
    """Return [value from which on, changed channels], halving wherever both ends differ."""
    first, last = _changed(driver, name, low), _changed(driver, name, high)
    if first == last:
        return [[low, first]]
    if high - low == 1:
        return [[low, first], [high, last]]
    middle = (low + high) // 2
    left, right = _segments(driver, name, low, middle), _segments(driver, name, middle, high)
    return left + [each for each in right if each[1] != left[-1][1]]


def _changed(driver: Any, name: str, value: Any) -> dict[int, Any]:
    """Return the channels that differ from the usual ones where an option has `value`; none where the driver refuses it."""
    try:
        channels = driver(None, {name: value}).CHANNELS
    except ValueError:
        return {}
    return {index: tuple(channel) for index, channel in enumerate(channels) if tuple(channel) != tuple(driver.CHANNELS[index])}
