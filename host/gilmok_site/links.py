"""Link URLs: how a collector reaches the nodes."""

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from .errors import BadValue

DEFAULT_BAUD = 921_600  # the fastest rate that the usual bridges (CP2102N, CH340, FT232R) and ESP32 all do: 92 kB/s

# Below 1200 a full 4 KiB frame takes over half a minute; above 5 Mbaud the ESP32's UART ends (datasheet v4.9, 4.8.6).
LOWEST_BAUD = 1_200
HIGHEST_BAUD = 5_000_000

# How a network link looks; pyserial opens the first two, the collector the third.
_NETWORK = {"socket": "socket://10.0.0.7:4001", "rfc2217": "rfc2217://10.0.0.7:4001", "tcp": "tcp:10.0.0.7:4001"}
_SEMTECH = re.compile(r"(?:(\[[0-9a-fA-F:.]+\]|[^\s:/?#\[\]]+):)?([0-9]{1,5})")
_ADAPTER = re.compile(r"(hci[0-9]{1,3})?")  # as BlueZ names them; elsewhere there is one
_MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}  # IANA
_APPLICATION = re.compile(r"[0-9a-fA-F-]{1,36}")  # a UUID
# The serial number may hold colons itself: an ESP32-S3's is its MAC.
_USB = re.compile(r"usb=([0-9a-fA-F]{4}):([0-9a-fA-F]{4})(?::(.+))?")


@dataclass(frozen=True)
class LinkTarget:
    """What a link URL says.

    `kind` is serial, usb, socket, rfc2217, tcp, ble, semtech or chirpstack. serial has `port`; usb has `vid`, `pid` and perhaps
    `serial_number`; ble has as its `port` the name of an adapter, empty for the usual one; semtech has `udp_port` and perhaps the `host` to
    listen at; the rest has `host` and `tcp_port`, chirpstack those of its MQTT broker, which may speak `tls`, perhaps a `user` there, and
    the id of one `application`, of all where it is empty. `baud` is what the node speaks at the far end, whatever lies between. `gateway`:
    not a node is there, but a board that is a gateway.
    """

    kind: str
    baud: int = DEFAULT_BAUD
    port: str = ""
    vid: int = 0
    pid: int = 0
    serial_number: str = ""
    host: str = ""
    tcp_port: int = 0
    udp_port: int = 0
    gateway: bool = False
    user: str = ""
    tls: bool = False
    application: str = ""

    @property
    def is_radio(self) -> bool:
        """Whether gateways are behind it: its nodes are reached by radio."""
        return self.gateway or self.kind == "semtech"

    def pyserial_url(self) -> str:
        """Return what `serial.serial_for_url` opens; for the others there is no such URL."""
        if self.kind == "serial":
            return self.port
        if self.kind in ("socket", "rfc2217"):
            return f"{self.kind}://{_bracketed(self.host)}:{self.tcp_port}"
        raise ValueError(f"pyserial has no URL for a {self.kind} link")

    def place(self) -> str:
        """Return the port itself, without options: two links with the same one would take each other's bytes."""
        if self.kind == "usb":
            serial_number = f":{self.serial_number}" if self.serial_number else ""
            return f"usb={self.vid:04X}:{self.pid:04X}{serial_number}"
        if self.kind == "ble":
            return f"ble:{self.port}"
        if self.kind == "semtech":
            return f"udp {_bracketed(self.host)}:{self.udp_port}"
        return self.port if self.kind == "serial" else f"{_bracketed(self.host)}:{self.tcp_port}"


def parse_link_url(url: str) -> LinkTarget:
    """Return what `url` says.

    Raises: BadValue.
    """
    head, _, query = url.partition("?")
    scheme, colon, rest = head.partition(":")
    if colon and scheme == "gateway":
        return _parse_gateway(url, rest, query)
    if colon and scheme == "semtech":
        return _parse_semtech(url, rest, query)
    if colon and scheme == "chirpstack":
        return _parse_chirpstack(url, rest, query)
    if not colon or scheme not in ("serial", "ble", *_NETWORK):
        raise BadValue("link_scheme", value=url)
    if scheme == "ble":
        return _parse_adapter(url)
    baud = _parse_baud(url, query)
    if scheme == "serial":
        return _parse_serial(url, rest, baud)
    host, tcp_port = _parse_host(url, scheme, rest)
    return LinkTarget(scheme, baud, host=host, tcp_port=tcp_port)


def _parse_gateway(url: str, rest: str, query: str) -> LinkTarget:
    """Return what leads to a board that is a gateway: what leads to a node, a serial port without its scheme."""
    if rest.partition(":")[0] in _NETWORK:
        host, tcp_port = _parse_host(url, rest.partition(":")[0], rest.partition(":")[2])
        return LinkTarget(rest.partition(":")[0], _parse_baud(url, query), host=host, tcp_port=tcp_port, gateway=True)
    return replace(_parse_serial(url, rest, _parse_baud(url, query)), gateway=True)


def _parse_semtech(url: str, rest: str, query: str) -> LinkTarget:
    match = _SEMTECH.fullmatch(rest)
    if match is None or not 0 < int(match[2]) < 65_536 or query or url.endswith("?"):
        raise BadValue("link_semtech", value=url)
    return LinkTarget("semtech", host=(match[1] or "").strip("[]"), udp_port=int(match[2]))


def _parse_chirpstack(url: str, rest: str, query: str) -> LinkTarget:
    bad = BadValue("link_chirpstack", value=url)
    options = dict(parse_qsl(query, keep_blank_values=True))
    try:
        parts = urlsplit(rest)
        host, tcp_port = parts.hostname, parts.port or _MQTT_PORTS.get(parts.scheme, 0)
    except ValueError:
        raise bad from None
    if parts.password is not None:
        raise BadValue("link_password_shown")  # the value itself would show it again
    if not tcp_port or parts.scheme not in _MQTT_PORTS or not host or parts.path or set(options) - {"application"}:
        raise bad
    if options and not _APPLICATION.fullmatch(options["application"]):
        raise bad
    user, application = parts.username or "", options.get("application", "")
    return LinkTarget("chirpstack", host=host, tcp_port=tcp_port, user=user, application=application, tls=parts.scheme == "mqtts")


def _parse_serial(url: str, rest: str, baud: int) -> LinkTarget:
    if not rest.startswith("usb="):
        if not rest or rest.startswith("//") or rest != rest.strip():
            raise BadValue("link_port", value=url)
        return LinkTarget("serial", baud, port=rest)
    match = _USB.fullmatch(rest)
    if match is None:
        raise BadValue("link_usb", value=url)
    vid, pid, serial_number = match.groups()
    return LinkTarget("usb", baud, vid=int(vid, 16), pid=int(pid, 16), serial_number=serial_number or "")


def _parse_adapter(url: str) -> LinkTarget:
    adapter = url.removeprefix("ble:")
    if not _ADAPTER.fullmatch(adapter):
        raise BadValue("link_adapter", value=url)
    return LinkTarget("ble", port=adapter)


def _parse_host(url: str, scheme: str, rest: str) -> tuple[str, int]:
    bad = BadValue("link_host", value=url, example=_NETWORK[scheme])
    if rest.startswith("//") != (scheme != "tcp"):
        raise bad
    try:
        parts = urlsplit(rest if rest.startswith("//") else f"//{rest}")
        host, tcp_port = parts.hostname, parts.port
    except ValueError:  # brackets that do not close, a port that is no number
        raise bad from None
    if not host or not tcp_port or parts.path or parts.fragment or parts.username is not None:
        raise bad
    return host, tcp_port


def _parse_baud(url: str, query: str) -> int:
    baud = DEFAULT_BAUD
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name != "baud":
            raise BadValue("link_option", value=url, name=name)
        if not re.fullmatch(r"[0-9]{1,7}", text) or not LOWEST_BAUD <= int(text) <= HIGHEST_BAUD:
            raise BadValue("link_baud", value=url, lowest=LOWEST_BAUD, highest=HIGHEST_BAUD)
        baud = int(text)
    return baud


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
