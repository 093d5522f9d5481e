"""The datagrams of Semtech's packet-forwarder protocol, between a concentrator and a server: bytes and values, nothing is opened.

Source: Lora-net/packet_forwarder, PROTOCOL.TXT, version 2 (text of v1.4). Its version 1 lacks TX_ACK and is otherwise the same.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections import Counter
from dataclasses import dataclass
from typing import Any

from . import Downlink, Uplink

PUSH_DATA, PUSH_ACK, PULL_DATA, PULL_RESP, PULL_ACK, TX_ACK = range(6)
VERSIONS = (1, 2)
TMST = 1 << 32  # the concentrator's counter of microseconds wraps every 71 minutes

MOST_PACKETS = 255  # in one datagram: as many as an SX1302's forwarder fetches at a time
LONGEST = 255  # bytes of a LoRa payload
# What no receiver reports: beyond it a figure is damage, and would only mislead.
HZ = (100_000_000, 3_000_000_000)
RSSI_DBM, SNR_DB = (-200, 30), (-50, 50)
_DATR = re.compile(r"SF(5|6|7|8|9|10|11|12)BW(125|250|500)", re.IGNORECASE)
_URL_SAFE = str.maketrans("-_", "+/")  # in the protocol's own examples


class Malformed(ValueError):
    """A datagram or a packet in it that is not as the protocol has it; the reason is a word to count by."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """What came from a gateway. `eui` is its 16 hex digits."""

    version: int
    kind: int
    token: int
    eui: str
    body: bytes


def parse_datagram(data: bytes) -> Datagram:
    """Return what a gateway sent.

    Raises: Malformed.
    """
    if len(data) < 12 or data[0] not in VERSIONS or data[3] not in (PUSH_DATA, PULL_DATA, TX_ACK):
        raise Malformed("header")
    return Datagram(data[0], data[3], data[1] << 8 | data[2], data[4:12].hex(), data[12:])


def acknowledge(datagram: Datagram) -> bytes:
    """Return the acknowledgement of a PUSH_DATA or PULL_DATA."""
    kind = PUSH_ACK if datagram.kind == PUSH_DATA else PULL_ACK
    return bytes((datagram.version, datagram.token >> 8, datagram.token & 0xFF, kind))


def encode_pull_resp(version: int, token: int, downlink: Downlink, tmst: int | None) -> bytes:
    """Return the datagram that has `downlink` sent when the concentrator's counter says `tmst`, at once where that is None."""
    when = {"imme": True} if tmst is None else {"imme": False, "tmst": tmst}
    txpk = {
        **when,
        "freq": downlink.frequency_hz / 1_000_000,
        "rfch": 0,
        "powe": downlink.power_dbm,
        "modu": "LORA",
        "datr": f"SF{downlink.sf}BW{downlink.bw_hz // 1000}",
        "codr": "4/5",
        "ipol": True,
        "prea": 8,
        "ncrc": False,
        "size": len(downlink.frame),
        "data": b64encode(downlink.frame).decode(),
    }
    return bytes((version, token >> 8, token & 0xFF, PULL_RESP)) + json.dumps({"txpk": txpk}, separators=(",", ":")).encode()


def parse_tx_ack(body: bytes) -> tuple[str | None, str | None]:
    """Return (error, warning) of a TX_ACK, None where there is none.

    Raises: Malformed.
    """
    if not body.strip(b"\0 \r\n\t"):
        return None, None
    told = _parse_object(body).get("txpk_ack")
    if not isinstance(told, dict):
        raise Malformed("tx_ack")
    error, warning = (word if isinstance(word := told.get(key), str) and word not in ("", "NONE") else None for key in ("error", "warn"))
    return (error and error[:32]), (warning and warning[:32])


def parse_push_data(body: bytes, gateway: str, unix_ms: int) -> tuple[list[Uplink], Counter[str]]:
    """Return the frames in a PUSH_DATA, and how many were left out by the reason why.

    Raises: Malformed where it is no JSON object of packets.
    """
    packets = _parse_object(body).get("rxpk", [])
    if not isinstance(packets, list) or len(packets) > MOST_PACKETS:
        raise Malformed("rxpk")
    uplinks, left_out = [], Counter[str]()
    for packet in packets:
        try:
            uplinks.append(_parse_packet(packet, gateway, unix_ms))
        except Malformed as error:
            left_out[str(error)] += 1
    return uplinks, left_out


def _parse_packet(packet: Any, gateway: str, unix_ms: int) -> Uplink:
    if not isinstance(packet, dict):
        raise Malformed("rxpk")
    if packet.get("stat", 1) == -1:
        raise Malformed("crc")
    if packet.get("modu", "LORA") != "LORA":
        raise Malformed("modulation")
    match = _DATR.fullmatch(packet["datr"]) if isinstance(packet.get("datr"), str) else None
    if match is None:
        raise Malformed("datr")
    frame = _parse_data(packet)
    hz = round(_number(packet, "freq", (HZ[0] / 1e6, HZ[1] / 1e6)) * 1e6)
    tmst = packet.get("tmst")
    if tmst is not None and (type(tmst) not in (int, float) or not 0 <= tmst < TMST):
        raise Malformed("tmst")
    rssi_dbm, snr_db = _signal(packet)
    sf, khz = int(match[1]), int(match[2])
    heard = round(rssi_dbm), round(10 * snr_db), gateway
    return Uplink(frame, unix_ms, hz, sf, 1000 * khz, *heard, end_us=None if tmst is None else int(tmst))


def _parse_data(packet: dict[str, Any]) -> bytes:
    """Return the payload, its base64 padded or not."""
    text = packet.get("data")
    if not isinstance(text, str) or len(text) > 4 * LONGEST:
        raise Malformed("data")
    text = text.strip().rstrip("=").translate(_URL_SAFE)
    try:
        frame = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (Base64Error, ValueError):
        raise Malformed("data") from None
    if not 0 < len(frame) <= LONGEST or packet.get("size", len(frame)) != len(frame):
        raise Malformed("size")
    return frame


def _signal(packet: dict[str, Any]) -> tuple[float, float]:
    """Return RSSI and SNR, of the best antenna where the gateway tells of several."""
    antennas = packet.get("rsig")
    if "lsnr" not in packet and isinstance(antennas, list) and antennas:
        told = [antenna for antenna in antennas if isinstance(antenna, dict) and "lsnr" in antenna]
        pairs = [(_number(antenna, "rssic", RSSI_DBM, 0), _number(antenna, "lsnr", SNR_DB)) for antenna in told]
        if pairs:
            return max(pairs, key=lambda pair: pair[1])
    return _number(packet, "rssi", RSSI_DBM, 0), _number(packet, "lsnr", SNR_DB, 0)


def _number(packet: dict[str, Any], key: str, bounds: tuple[float, float], default: float | None = None) -> float:
    value: Any = packet.get(key, default)
    if type(value) not in (int, float) or not bounds[0] <= value <= bounds[1]:
        raise Malformed(key)
    return value


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.rstrip(b"\0"))
    except (ValueError, RecursionError):  # no JSON, no UTF-8, or a thousand brackets
        raise Malformed("json") from None
    if not isinstance(value, dict):
        raise Malformed("json")
    return value
