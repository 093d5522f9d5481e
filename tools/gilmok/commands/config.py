"""`gilmok config`: writes the configuration that a node reads at boot."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from ..language import say
from ..outfile import check_output


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    node: Annotated[str, typer.Argument(metavar="NODE", help="A node of the site.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="The file to write, which only you can read.")],
) -> int:
    """Compile a node's configuration.

    The file holds the device's key. It is complete or not there at all: copy it to the node as /gilmok.cbor.
    """
    from gilmok_site import compile_node, config_digest, load_keys, load_site, open_node_config
    from gilmok_site.device import format_device

    described = load_site(site)
    data = compile_node(described, load_keys(described), node)
    _write_secret(Path(out), data)
    device = format_device(described.device_of(node))
    digest = config_digest(open_node_config(data)).hex()
    print(say("config_written", node=node, device=device, size=len(data), digest=digest, file=out))
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
