"""A street of simulated nodes on virtual time: the real firmware, the real collector, and an oracle that keeps its own account.

One thread and no sleeping: a seed replays everything. `docs/testing.md` shows how to use it in tests.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .street import Street as Street
    from .street import StreetError as StreetError

__all__ = ["Street", "StreetError"]


def __getattr__(name: str) -> Any:
    """Import a public name the first time it is asked for: the plugin's collection must stay light."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import street

    return getattr(street, name)
