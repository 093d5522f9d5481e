"""What nodes of a site's group say to each other, as lines for people (protocols/SPEC.md, section 6)."""

from __future__ import annotations

from collections.abc import Iterator

from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError
from gilmok_wire.group import WANT, is_message

from ..language import say
from ..place import Place

_STATES = {0: "0", 1: "1", None: "?"}  # their names are the site's


def explain_group(plaintext: bytes, place: Place | None) -> Iterator[str]:
    """Yield the line of one frame; what is malformed is said in its place."""
    try:
        message = cbor.decode(plaintext)
    except DecodeError as error:
        yield say("wire_garbled", reason=error)
        return
    if not is_message(message):
        yield say("wire_garbled", reason=message)
    elif message[0] == WANT:
        _, to, challenge, sender, output, holder, seconds = message
        wanted = f"for {_rule(place, sender, holder)}  {seconds} s" if holder else "asks how it stands"
        yield f"want  {_name(place, sender)} → {_output(place, to, output)}  {wanted}  challenge {challenge.hex()}"
    else:
        _, to, answered, owner, challenge, output, commanded, confirmed, taken = message
        whom = f"to {_name(place, to)}, counter {answered}, {'taken' if taken else 'refused'}" if to else "to all"
        state = f"commanded {_STATES[commanded]}  confirmed {_STATES[confirmed]}"
        yield f"standing  {_output(place, owner, output)}  {whom}  {state}  challenge {challenge.hex()}"


def _name(place: Place | None, device: int) -> str:
    return place.name_of(device) if place else f"{device:04x}"


def _output(place: Place | None, device: int, number: int) -> str:
    return f"{_name(place, device)}.{_named(place, device, number, 'output')}"


def _rule(place: Place | None, device: int, number: int) -> str:
    return f"{_name(place, device)}/{_named(place, device, number, 'rule')}"


def _named(place: Place | None, device: int, number: int, table: str) -> str:
    """Return the name behind the number of an output or a rule, or the number where the site has none."""
    from gilmok_site.rules import id_of

    node = place.nodes.get(device) if place else None
    names = getattr(place.site.node[node], table) if place and place.site and node else ()
    return next((name for name in names if id_of(name) == number), str(number))
