"""The site model: one file describes a site; it is checked, and compiled to what each node reads.

Importing this package is cheap; pydantic and cbor2 are imported by what needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import ConfigError as ConfigError
    from .errors import KeysError as KeysError
    from .errors import Problem as Problem
    from .errors import SiteError as SiteError
    from .errors import format_problems as format_problems
    from .keys import Key as Key
    from .keys import Keys as Keys
    from .keys import create_keys as create_keys
    from .keys import load_keys as load_keys
    from .load import load_site as load_site
    from .load import parse_site as parse_site
    from .model import Site as Site
    from .node_config import compile_node as compile_node
    from .node_config import config_digest as config_digest
    from .node_config import open_node_config as open_node_config
    from .node_config import public_part as public_part

_HOME_OF = {
    "ConfigError": "errors",
    "KeysError": "errors",
    "Problem": "errors",
    "SiteError": "errors",
    "format_problems": "errors",
    "Site": "model",
    "load_site": "load",
    "parse_site": "load",
    "Key": "keys",
    "Keys": "keys",
    "create_keys": "keys",
    "load_keys": "keys",
    "compile_node": "node_config",
    "config_digest": "node_config",
    "open_node_config": "node_config",
    "public_part": "node_config",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    """Import a public name from its module the first time it is asked for (PEP 562)."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value
