"""ChirpStack v4's events and commands as JSON, to and from what we make of them.

Source: ChirpStack documentation, "Integrations: Event types" and "MQTT" (chirpstack-docs@5ab575f6, @294ad954).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from gilmok_wire.airtime import airtime_us
from gilmok_wire.link import Link
from gilmok_wire.seal import OVERHEAD

PORT = 71  # the LoRaWAN port of our frames, up and down: any of 1 to 223 would do, and this one is "G"
ANSWER_MS = 30_000  # the answer may have to wait for the uplink after next: network servers schedule before we have committed
_LORAWAN = 13  # bytes around a LoRaWAN payload: header 1, address 4, control 1, counter 2, port 1, integrity 4
_SIZES = ((12, 51), (11, 51), (10, 51), (9, 115), (8, 222), (7, 222))  # payload by SF: the least of KR920, EU868 and what repeaters carry
_SMALLEST = 51  # gilmok_wire.link
_TOPIC = re.compile(r"application/([^/]+)/device/([0-9a-fA-F]{16})/event/(\w+)")


class Malformed(Exception):
    """An event is not as ChirpStack v4 publishes it, or none of ours; the message is one word for a counter."""


@dataclass(frozen=True, slots=True)
class Up:
    """An uplink of ours.

    Units: `snr_cb` tenths of a dB; the best of the gateways that heard it, None where the event names none.
    """

    application: str
    eui: str
    deduplication_id: str
    frame: bytes
    sf: int
    bw_hz: int
    rssi_dbm: int | None
    snr_cb: int | None


def parse_up(topic: str, payload: bytes) -> Up:
    """Return what an event "up" says.

    Raises: Malformed.
    """
    application, eui, event = _parse(topic, payload)
    try:
        lora = event["txInfo"]["modulation"]["lora"]
        sf, bw_hz = int(lora["spreadingFactor"]), int(lora["bandwidth"])
        heard = [(float(each.get("snr", 0)), int(each.get("rssi", 0))) for each in event.get("rxInfo", [])]
        identity, port = str(event["deduplicationId"]), int(event.get("fPort", 0))
        data = base64.b64decode(event.get("data", ""), validate=True)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, binascii.Error):
        raise Malformed("event") from None
    if port != PORT:
        raise Malformed("port")
    if len(data) < OVERHEAD or data[0] & 0xE0 != 0xE0:
        raise Malformed("frame")
    snr, rssi = max(heard, default=(None, None))
    return Up(application, eui, identity, data, sf, bw_hz, rssi, None if snr is None else round(10 * snr))


def parse_txack(topic: str, payload: bytes) -> tuple[str, str]:
    """Return (application, DevEUI) of an event "txack".

    Raises: Malformed.
    """
    application, eui, _ = _parse(topic, payload)
    return application, eui


def encode_down(application: str, eui: str, frame: bytes) -> tuple[str, str]:
    """Return (topic, payload) of the command that enqueues a frame."""
    command = {"devEui": eui, "confirmed": False, "fPort": PORT, "data": base64.b64encode(frame).decode()}
    return f"application/{application}/device/{eui}/command/down", json.dumps(command)


def link_of(up: Up) -> Link:
    """Return what a session has to know of the way back: it is as wide as the uplink's rate, and slow."""
    size = next((size for sf, size in _SIZES if sf == up.sf), _SMALLEST)
    few, many = (airtime_us(_LORAWAN + count, min(max(up.sf, 7), 12), max(up.bw_hz, 125_000)) for count in (_SMALLEST, size + 1))
    byte_us = (many - few) // max(1, size + 1 - _SMALLEST)
    return Link(size, byte_us, max(0, few - _SMALLEST * byte_us), ANSWER_MS, full_duplex=False)


def _parse(topic: str, payload: bytes) -> tuple[str, str, Any]:
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise Malformed("topic")
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed("JSON") from None
    if not isinstance(event, dict):
        raise Malformed("JSON")
    return match[1], match[2].lower(), event
