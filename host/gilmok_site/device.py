"""Device addresses: the 16 bits that name a device on the wire, unique in its site."""

import hashlib
import re

from .errors import BadValue

# 0000 is what an empty configuration would say, ffff what erased flash would.
RESERVED = (0x0000, 0xFFFF)


def parse_device(text: str) -> str:
    """Return the four lower-case hex digits of a device address.

    Raises: BadValue.
    """
    if not re.fullmatch(r"[0-9a-fA-F]{4}", text) or int(text, 16) in RESERVED:
        raise BadValue("device", value=text)
    return text.lower()


def format_device(device: int) -> str:
    """Return a device address as people write it."""
    return f"{device:04x}"


def derive_device(site: str, node: str, taken: frozenset[int] = frozenset()) -> int:
    """Return the address of a node that names none: the same for the same site and node, whatever else there is.

    With `taken` it is the first of the node's addresses that is free, which is only a proposal to write down.
    """
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{site}/{node}/{attempt}".encode()).digest()
        device = int.from_bytes(digest[:2], "big")
        if device not in RESERVED and device not in taken:
            return device
        attempt += 1
