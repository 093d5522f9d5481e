"""What an advertisement says: whose node it is, what waits there, and where its key is known what it measures.

An advertisement is a hint. Nothing of it is stored, and nothing of it is an alarm.

Source: protocols/SPEC.md section 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gilmok_site.bthome import BY_NUMBER
from gilmok_wire.ble_advert import BTHOME_INFO, BTHOME_TAG, COUNT, PACKET, SERVICE, URGENT, bthome_cipher, bthome_nonce, device_tag
from gilmok_wire.errors import SealError

BTHOME_UUID = "0000fcd2-0000-1000-8000-00805f9b34fb"
_HEAD = 7  # device, tag, flags; two bytes of backlog follow
_COUNTER = 4


@dataclass(slots=True)
class Sighting:
    """One device as it was heard last.

    `ours` tells whether its key is known; `readings` maps names of BTHome's objects to (value, unit), by the latest that could be opened.
    """

    address: str
    device: int
    rssi_dbm: int
    ours: bool
    urgent: bool
    backlog: int
    readings: dict[str, tuple[float, str]] = field(default_factory=dict)


class Sightings:
    """Reads advertisements with the keys of a site's devices. `around` maps addresses to what was heard last from there."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self.around: dict[str, Sighting] = {}
        self._keys = keys
        self._tags = {device: device_tag(key) for device, key in keys.items()}

    def read(self, address: str, rssi_dbm: int, service_data: Mapping[str, bytes]) -> Sighting | None:
        """Take an advertisement, and return what is known of its sender; None where it is no node.

        `address` is the Bluetooth address, as macOS does not tell it: there, no readings can be opened.
        """
        data = service_data.get(SERVICE, b"")
        if len(data) >= _HEAD + 2:
            device = int.from_bytes(data[:2], "big")
            ours = self._tags.get(device) == data[2:6]
            before = self.around.get(address)
            sighting = Sighting(address, device, rssi_dbm, ours, bool(data[6] & URGENT), int.from_bytes(data[_HEAD : _HEAD + 2], "big"))
            if before is not None and (before.device, before.ours) == (device, ours):
                sighting.readings = before.readings
            self.around[address] = sighting
        found = self.around.get(address)
        if found is not None and found.ours and BTHOME_UUID in service_data:
            found.readings = open_bthome(self._keys[found.device], address, service_data[BTHOME_UUID]) or found.readings
        return found


def open_bthome(key: bytes, address: str, data: bytes) -> dict[str, tuple[float, str]]:
    """Return the readings that a device with this key advertises; none where it is no advertisement of its own."""
    mac = bytes.fromhex(address.replace(":", "")) if address.count(":") == 5 else b""
    if not mac or len(data) < 1 + _COUNTER + BTHOME_TAG or data[0] != BTHOME_INFO:
        return {}
    sealed, counter, tag = data[1 : -_COUNTER - BTHOME_TAG], data[-_COUNTER - BTHOME_TAG : -BTHOME_TAG], data[-BTHOME_TAG:]
    try:
        return _objects(bthome_cipher(key).open(bthome_nonce(mac, counter), b"", sealed + tag))
    except SealError:
        return {}


def _objects(plain: bytes) -> dict[str, tuple[float, str]]:
    """Return the objects by name, as far as they are known: the length of one that is not cannot be told."""
    readings, at = {}, 0
    while at < len(plain) and (each := BY_NUMBER.get(plain[at])) is not None:
        steps = int.from_bytes(plain[at + 1 : at + 1 + each.size], "little", signed=each.signed)
        at += 1 + each.size
        if each.number not in (PACKET, COUNT):
            readings[each.name] = (round(steps * 10.0**each.exponent, max(0, -each.exponent)), each.unit)
    return readings
