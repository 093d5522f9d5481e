"""Tables of several files put on top of one another."""

from typing import Any

from .source import Path


def deep_merge(below: Any, above: Any) -> Any:
    """Return `above` where there is something, `below` elsewhere: table by table, anything else as a whole."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    merged = dict(below)
    for key, value in above.items():
        merged[key] = deep_merge(below[key], value) if key in below else value
    return merged


def conflicts(one: Any, other: Any, path: Path = ()) -> list[Path]:
    """Return the paths of values that both have."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return [path]
    return [found for key in one if key in other for found in conflicts(one[key], other[key], (*path, key))]
