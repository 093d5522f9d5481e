"""What nodes are to run, compiled, and what of it the store remembers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from .moments import now_ms
from .place import Place

if TYPE_CHECKING:
    from gilmok_collector.store import Store
    from gilmok_site import Keys, Site


class Configuration(NamedTuple):
    """A node's configuration: `data` is its file and holds the device's key, `public` is what may be kept of it."""

    device: int
    data: bytes
    digest: bytes
    public: bytes

    def __repr__(self) -> str:
        return f"Configuration({self.device:04x}, {self.digest.hex()})"


def compile_configuration(site: Site, keys: Keys, node: str) -> Configuration:
    """Return the configuration of a node.

    Raises: SiteError.
    """
    from gilmok_site import compile_node, config_digest, open_node_config, public_part

    data = compile_node(site, keys, node)
    body = open_node_config(data)
    return Configuration(site.device_of(node), data, config_digest(body), public_part(body))


def compile_all(site: Site, keys: Keys) -> dict[str, Configuration]:
    """Return the configuration of each node."""
    return {node: compile_configuration(site, keys, node) for node in site.node}


def remember(place: Place, made: Iterable[Configuration]) -> None:
    """Keep what was made, in the store where there is one.

    Raises: StoreError.
    """
    from gilmok_collector.store import StoreAbsent

    try:
        with closing(place.open_store()) as store:
            keep(store, made)
    except StoreAbsent:
        return  # `gilmok collect` makes the store and begins with this


def keep(store: Store, made: Iterable[Configuration]) -> None:
    """Keep what was made in a store."""
    store.intended.save_configurations([(each.device, each.digest, each.public) for each in made], now_ms())
