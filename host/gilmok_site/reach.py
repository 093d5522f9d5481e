"""Whether gateways hear what nodes send: a board that is a gateway listens to one channel at one data rate, and to nothing else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gilmok_wire.regions import REGIONS

from .errors import Problem
from .lora import compile_lora

if TYPE_CHECKING:
    from .model import Site


def check_reach(site: "Site") -> Iterator[Problem]:
    """Yield the nodes that send where no gateway of a site without concentrators listens: what is sent there is never heard."""
    if site.about.region not in REGIONS or any(link.target.kind == "semtech" for link in site.link.values()):
        return
    heard = sorted({(node.gateway.channel, node.gateway.rate) for node in site.node.values() if node.role is not None and node.gateway})
    for name in site.measuring if heard else ():
        compiled = compile_lora(site, name)
        if compiled is None:
            continue
        _, channels, (slowest, fastest), *_ = compiled
        sent = {(channel, rate) for channel in channels for rate in range(slowest, fastest + 1)}
        if not sent <= set(heard):
            channel, rate = heard[0]
            places = ", ".join(f"{channel}/{rate}" for channel, rate in heard)
            yield site.source.problem(("node", name), "gateway_unheard", value=places, channel=channel, rate=rate)
