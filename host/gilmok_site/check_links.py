"""What links, gateways and the nodes behind them must agree on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gilmok_wire.regions import REGIONS

from .errors import Problem

if TYPE_CHECKING:
    from .model import Site

TLS_FILES = ("ca", "certificate", "private_key")
RADIO = "lora"  # what the collector calls all that its gateways hear, as a link


def check_links(site: "Site") -> Iterator[Problem]:
    """Yield what is wrong with the links of a site: each port serves one, gateways need a region, a node behind one names no link."""
    seen: dict[str, str] = {}
    for name, link in site.link.items():
        path = ("link", name)
        other = seen.setdefault(link.target.place(), name)
        if other != name:
            line = site.source.where(("link", other))
            yield site.source.problem((*path, "url"), "link_twice", value=link.url, other=other, line=line)
        if link.target.is_radio and site.about.region not in REGIONS:
            yield site.source.problem((*path, "url"), "link_region", value=link.url, known=list(REGIONS))
        if name == RADIO and not link.target.is_radio:
            yield site.source.problem((*path, "url"), "link_reserved", name=name)
        yield from _check_tls(site, name)
        if link.gateways and link.target.kind != "semtech":
            yield site.source.problem((*path, "gateways"), "key_of_semtech", name="gateways", value=link.url)
    for name, node in site.measuring.items():
        if node.link in site.link and site.link[node.link].target.is_radio:
            yield site.source.problem(("node", name, "link"), "link_of_radio", other=node.link)


def _check_tls(site: "Site", name: str) -> Iterator[Problem]:
    """Only a broker that speaks TLS has certificates, and ours goes with its key."""
    link, path = site.link[name], ("link", name)
    for key in TLS_FILES:
        if getattr(link, key) is not None and not link.target.tls:
            yield site.source.problem((*path, key), "link_tls", name=key, value=link.url)
    if (link.certificate is None) != (link.private_key is None):
        given, missing = ("certificate", "private_key") if link.private_key is None else ("private_key", "certificate")
        yield site.source.problem((*path, given), "link_tls_pair", name=given, missing=missing)
