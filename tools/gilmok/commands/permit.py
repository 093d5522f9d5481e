"""`gilmok permit`: lets somebody read nodes in the field for some hours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import Refused
from ..language import say
from ..moments import format_second, now_ms
from ..operating import parse_span
from ..place import Place


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file, beside which the keys are.")],
    nodes: Annotated[list[str], typer.Argument(metavar="NODE…", help="The nodes that may be read.")],
    span: Annotated[str, typer.Option("--for", metavar="TIME", help='How long, such as "8h"; seven days at most.')] = "8h",
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="The permit, a new file.")] = "field.permit",
) -> int:
    """Write a permit for a laptop: `gilmok read` shows it to the nodes.

    Whoever has the file may read these nodes until it ends, and acknowledge, change or switch nothing. No node has to be told.
    Only you can read the file; carry it to the laptop as you would a key.
    """
    from gilmok_site import load_keys, load_site
    from gilmok_site.permit import make_permit, write_permit

    span_ms = parse_span(span, "--for")
    described = load_site(site)
    unknown = [node for node in nodes if node not in described.measuring]
    if unknown:
        raise Refused("permit_no_node", value=unknown[0], known=", ".join(described.measuring) or "–")
    until_ms = now_ms() + span_ms
    permit = make_permit(described, load_keys(described), list(dict.fromkeys(nodes)), until_ms // 1000)
    until = format_second(until_ms, Place(described.store_url, described).zone)
    try:
        write_permit(Path(output), permit, until)
    except FileExistsError:
        raise Refused("permit_exists", file=output) from None
    print(say("permit_made", file=output, nodes=", ".join(permit.nodes), until=until, number=f"{permit.number:08x}"))
    return 0
