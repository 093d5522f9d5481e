"""A concentrator's packet forwarder, as it speaks to a network server: Semtech's protocol over UDP, version 2, sans-IO.

Source: Semtech, "Basic communication protocol between Lora gateway and server" (PROTOCOL.TXT of Lora-net/packet_forwarder), sections 3–6.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .concentrator import Concentrator, Heard

PUSH_DATA, PUSH_ACK, PULL_DATA, PULL_RESP, PULL_ACK, TX_ACK = range(6)
VERSION = 2
PULL_US = 5_000_000  # how often it opens the way back through whatever stands between
_TMST = 1 << 32  # its counter of µs wraps


class PacketForwarder:
    """Joins a Concentrator to a server; `eui` are its 8 bytes. Datagrams to be sent wait in `out`. Times are µs of the medium."""

    def __init__(self, concentrator: Concentrator, eui: bytes) -> None:
        self.out: list[bytes] = []
        self.acknowledged = 0
        self._concentrator = concentrator
        self._eui = eui
        self._token = 0
        self._pull_us = 0

    def poll(self, now_us: int) -> None:
        """Say that downlinks may come, where that is due."""
        if now_us >= self._pull_us:
            self._pull_us = now_us + PULL_US
            self._put(PULL_DATA)

    def heard(self, heard: Heard) -> None:
        """Tell the server of a frame."""
        packet = {
            "tmst": int(heard.end_us) % _TMST,
            "freq": heard.frequency_hz / 1e6,
            "chan": 0,
            "rfch": 0,
            "stat": 1,
            "modu": "LORA",
            "datr": f"SF{heard.sf}BW{heard.bw_hz // 1000}",
            "codr": "4/5",
            "rssi": round(heard.rssi_dbm),
            "lsnr": heard.snr_cb / 10,
            "size": len(heard.frame),
            "data": base64.b64encode(heard.frame).decode(),
        }
        self._put(PUSH_DATA, {"rxpk": [packet]})

    def take(self, datagram: bytes, now_us: int) -> None:
        """Take a datagram of the server's."""
        if len(datagram) < 4 or datagram[0] != VERSION:
            return
        if datagram[3] in (PUSH_ACK, PULL_ACK):
            self.acknowledged += 1
        elif datagram[3] == PULL_RESP:
            error = self._send(json.loads(datagram[4:])["txpk"], now_us)
            body = json.dumps({"txpk_ack": {"error": error}}).encode()
            self.out.append(bytes([VERSION, *datagram[1:3], TX_ACK]) + self._eui + body)

    def _send(self, packet: dict[str, Any], now_us: int) -> str:
        start_us = now_us if packet.get("imme") else now_us + _ahead(packet["tmst"], now_us)
        sf, bandwidth = packet["datr"][2:].split("BW")
        refused = self._concentrator.send(
            base64.b64decode(packet["data"]),
            start_us,
            now_us,
            round(packet["freq"] * 1e6),
            int(sf),
            int(bandwidth) * 1000,
            packet.get("powe", 14),
            bool(packet.get("ipol")),
            not packet.get("ncrc", False),
        )
        return {None: "NONE", "late": "TOO_LATE"}.get(refused, "COLLISION_PACKET")

    def _put(self, kind: int, body: dict[str, Any] | None = None) -> None:
        self._token = self._token + 1 & 0xFFFF
        head = bytes([VERSION]) + self._token.to_bytes(2, "big") + bytes([kind]) + self._eui
        self.out.append(head + (json.dumps(body).encode() if body else b""))


def _ahead(tmst: int, now_us: int) -> int:
    """Return how many µs ahead of now a moment of the counter is, below 0 where it has passed."""
    ahead_us = (tmst - now_us) % _TMST
    return ahead_us if ahead_us < _TMST // 2 else ahead_us - _TMST
