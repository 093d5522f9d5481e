"""`gilmok config`: writes the configuration that a node reads at boot."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from ..configurations import compile_configuration, remember
from ..errors import Refused
from ..language import say
from ..outfile import check_output
from ..place import open_effective, open_site, site_of


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    node: Annotated[str, typer.Argument(metavar="NODE", help="A node of the site.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The file to write, which only you can read.")],
    file_only: Annotated[bool, typer.Option("--file-only", help="Leave out what was set from the collector; needs no store.")] = False,
) -> int:
    """Compile a node's configuration.

    The file holds the device's key. It is complete or not there at all: copy it to the node as /gilmok.cbor. The store
    remembers what was made, without the key, for `gilmok diff`.
    """
    from gilmok_collector.store import StoreError
    from gilmok_site import load_keys
    from gilmok_site.device import format_device

    try:
        place = open_site(site) if file_only else open_effective(site)
        described = site_of(place)
        made = compile_configuration(described, load_keys(described), node)
        check_output(Path(out))
        if not file_only:
            remember(place, [made])
    except StoreError as error:
        raise Refused("config_no_store", reason=error) from None
    _write_secret(Path(out), made.data)
    device = format_device(made.device)
    print(say("config_written", node=node, device=device, size=len(made.data), digest=made.digest.hex(), file=out))
    return 0


def _write_secret(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path`, readable by its owner only, complete or not at all."""
    from gilmok_site.private import sync_folder, write_private

    check_output(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        write_private(draft, data)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
