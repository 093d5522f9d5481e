"""`gilmok new`: writes the first site file of a place, on top of a profile."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Refused
from ..language import headings, language, say
from ..outfile import check_output
from ..table import format_table

if TYPE_CHECKING:
    from collections.abc import Iterator


class Lang(StrEnum):
    """The language of the file's comments."""

    ko = "ko"
    en = "en"


def run(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="The site file to write, such as yangjae.toml.")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="The profile it extends.")] = None,
    list_profiles: Annotated[bool, typer.Option("--list-profiles", help="Show the profiles there are.")] = False,
    lang: Annotated[Lang | None, typer.Option(help="The language of its comments; else yours.")] = None,
) -> int:
    """Write a site file to begin with.

    It extends a profile, so that it is complete at once; what only your site knows is marked CHANGE, and what people
    usually change stands in it as comments. A file that is already there is left alone.
    """
    if list_profiles:
        print("\n".join(format_table([headings("profiles"), *_profiles()])))
        return 0
    if file is None or profile is None:
        raise typer.BadParameter("name a profile and a file: gilmok new --profile river-gauge yangjae.toml, or see --list-profiles")
    _write(Path(file), profile, lang.value if lang else language())
    return 0


def _profiles() -> Iterator[tuple[str, ...]]:
    """Yield what people choose a profile by."""
    from gilmok_site.gather import profile_names
    from gilmok_site.starter import read_profile

    for name in profile_names():
        raw = read_profile(name).raw
        yield name, raw["site"]["name"][language()], "  ".join(f"{node}: {', '.join(raw['node'][node]['sensor'])}" for node in raw["node"])


def _write(path: Path, profile: str, lang: str) -> None:
    from gilmok_site.errors import BadValue
    from gilmok_site.fields import nearest
    from gilmok_site.gather import profile_names
    from gilmok_site.starter import read_profile, site_id_of, starter

    known = profile_names()
    if profile not in known:
        near = nearest(profile, known)
        raise Refused("no_profile_near" if near else "no_profile", value=profile, near=near, known=", ".join(known))
    check_output(path)
    try:
        site_id = site_id_of(path.stem if path.suffix == ".toml" else "")
    except BadValue:
        raise Refused("new_name", file=path) from None
    try:
        with path.open("x", encoding="utf-8", newline="\n") as out:
            out.write(starter(profile, site_id, lang))
    except FileExistsError:
        raise Refused("file_exists", file=path) from None
    nodes = list(read_profile(profile).raw["node"])
    print(say("new_written", file=path, profile=profile, nodes=", ".join(nodes), node=nodes[0]))
