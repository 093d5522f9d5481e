"""`gilmok explain`: what a chip means by a number or by a short name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..chip_words import explained, read_names, sentence
from ..errors import Refused
from ..language import printable


def run(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS]", help="A number, or a line; else standard input is read.")] = None,
    image: Annotated[
        str | None, typer.Option(metavar="DIR", help="The chip's image, or its names.json: tracebacks get their names.")
    ] = None,
) -> int:
    """Make readable what a chip says in few bytes.

    An error of the wire is a number on a chip: `gilmok explain 7`, or the line with it, such as "damaged: 7". A traceback has
    the short names of the image it comes from: `gilmok explain --image DIR < FILE` gives it those of the source.
    """
    names = read_names(Path(image)) if image is not None else None
    if words and len(words) == 1 and words[0].isdigit():
        print(_sentence(int(words[0])))
        return 0
    for line in [" ".join(words)] if words else sys.stdin:
        text = line.rstrip("\r\n")
        print(printable(names.read(text) if names else explained(text)), flush=True)
    return 0


def _sentence(number: int) -> str:
    text = sentence(number)
    if text is None:
        raise Refused("explain_no_number", value=number)
    return text
