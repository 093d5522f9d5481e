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
    known, known_modems = _known_devices(described)
    made = create_keys(described)
    fresh = [
        node
        for node, device in ((node, described.device_of(node)) for node in described.node)
        if device not in known or (device in made.lorawan and device not in known_modems)
    ]
    code = "keys_made" if fresh else "keys_complete"
    print(say(code, count=len(fresh or described.node), file=described.keys_path, nodes=", ".join(fresh), site=site))
    return 0


def _known_devices(site: Site) -> tuple[set[int], set[int]]:
    """Return the devices that have a key, and those whose modem has one.

    Raises: KeysError where the file is there and cannot be used.
    """
    from gilmok_site import KeysError, load_keys

    try:
        keys = load_keys(site.model_copy(update={"node": {}}))  # without nodes no key can be missing
        return set(keys.devices), set(keys.lorawan)
    except KeysError as error:
        if [problem.code for problem in error.problems] != ["keys_missing"]:
            raise
        return set(), set()
