"""`gilmok keys`: makes the keys that a site's devices lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..language import say

if TYPE_CHECKING:
    from gilmok_site import Site


def run(site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")]) -> int:
    """Make missing keys.

    Existing keys are never changed, and no key is ever shown. Only you can read the file: keep a copy in a safe place.
    """
    from gilmok_site import create_keys, load_site

    described = load_site(site)
    known = _known_devices(described)
    create_keys(described)
    fresh = [node for node in described.node if described.device_of(node) not in known]
    code = "keys_made" if fresh else "keys_complete"
    print(say(code, count=len(fresh or described.node), file=described.keys_path, nodes=", ".join(fresh), site=site))
    return 0


def _known_devices(site: Site) -> set[int]:
    """Return the devices that have a key.

    Raises: KeysError where the file is there and cannot be used.
    """
    from gilmok_site import KeysError, load_keys

    try:
        return set(load_keys(site.model_copy(update={"node": {}})).devices)  # without nodes no key can be missing
    except KeysError as error:
        if [problem.code for problem in error.problems] != ["keys_missing"]:
            raise
        return set()
