"""What the tables about waking people must agree on, among themselves and with the nodes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .errors import Problem
from .fields import nearest

if TYPE_CHECKING:
    from .model import Site

_OF_MAIL = ("to", "from", "user")


def check_notify(site: "Site") -> Iterator[Problem]:
    """Yield what is wrong about targets, areas and votes."""
    for name in site.notify:
        yield from _check_target(site, name)
    for name, node in site.node.items():
        if node.area is not None and node.area not in site.area:
            known = list(site.area)
            near = nearest(node.area, known)
            yield site.source.problem(("node", name, "area"), "area_unknown", value=node.area, known=known, near=near)
    for name in site.rule:
        yield from _check_vote(site, name)


def _check_target(site: "Site", name: str) -> Iterator[Problem]:
    """A target has one way, and mail knows from whom and to whom."""
    target, path = site.notify[name], ("notify", name)
    if len(target.ways) != 1:
        yield site.source.problem(path, "notify_ways", value=target.ways)
        return
    given = [key for key in _OF_MAIL if getattr(target, "from_" if key == "from" else key)]
    if target.smtp is None and given:
        yield site.source.problem((*path, given[0]), "notify_no_mail", name=given[0])
    for key in ("to", "from") if target.smtp is not None else ():
        if key not in given:
            yield site.source.problem(path, "notify_mail", name=key, example=f"{key} = {_MAIL_EXAMPLES[key]}")


_MAIL_EXAMPLES = {"to": '["duty@example.org"]', "from": '"gilmok@example.org"'}


def _check_vote(site: "Site", name: str) -> Iterator[Problem]:
    """The members of a vote are alarms of nodes of the site, each once, and enough of them."""
    vote, path = site.rule[name], ("rule", name)
    for index, member in enumerate(vote.of):
        node, slash, rule = member.partition("/")
        if not slash or not rule or node not in site.node:
            near = nearest(node, site.node)
            yield site.source.problem((*path, "of", index), "vote_member", value=member, near=near and f"{near}/{rule or '…'}")
    if len(set(vote.of)) < max(vote.votes, 1) or len(set(vote.of)) < len(vote.of):
        yield site.source.problem((*path, "of"), "vote_few", value=vote.votes, count=len(set(vote.of)))
