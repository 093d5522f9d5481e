"""The packet-forwarder protocol: every variant of a packet, everything that is none, and who may speak."""

import base64
import json
import socket

import pytest
from gilmok_collector.radio import Downlink
from gilmok_collector.radio.semtech import ALIVE_MS, BURST, MOST_GATEWAYS
from gilmok_collector.radio.semtech_packets import (
    MOST_PACKETS,
    Malformed,
    encode_pull_resp,
    parse_datagram,
    parse_push_data,
    parse_tx_ack,
)
from hypothesis import given
from hypothesis import strategies as st
from support.fake_gateways import frame_of
from support.forwarder import PATIENCE_S
from support.radio_world import World

EUI = "aa555a0000000101"
FRAME = frame_of(0x0102, 7, 52)  # whose base64 is padded
GOOD = {
    "time": "2026-03-31T16:21:17.528002Z",
    "tmst": 3512348611,
    "chan": 2,
    "rfch": 0,
    "freq": 922.3,
    "stat": 1,
    "modu": "LORA",
    "datr": "SF9BW125",
    "codr": "4/5",
    "rssi": -35,
    "lsnr": 5.1,
    "size": 52,
    "data": base64.b64encode(FRAME).decode(),
}


def parse(*packets):
    return parse_push_data(json.dumps({"rxpk": packets}).encode(), "roof", 1_760_000_000_000)


def test_a_packet():
    (uplink,), left_out = parse(GOOD)
    assert (uplink.frame, uplink.unix_ms, uplink.gateway, uplink.end_us) == (FRAME, 1_760_000_000_000, "roof", 3512348611)
    assert (uplink.frequency_hz, uplink.sf, uplink.bw_hz, uplink.rssi_dbm, uplink.snr_cb) == (922_300_000, 9, 125_000, -35, 51)
    assert not left_out


@pytest.mark.parametrize(
    ("change", "facts"),
    [
        ({"data": GOOD["data"].rstrip("=")}, {}),
        ({"data": base64.urlsafe_b64encode(FRAME).decode()}, {}),
        ({"freq": 922.2999999}, {}),
        ({"freq": 922}, {"frequency_hz": 922_000_000}),
        ({"stat": 0}, {}),
        ({"stat": None}, {}),
        ({"size": None, "codr": None, "time": None, "chan": None, "modu": None}, {}),
        ({"datr": "sf7bw250"}, {"sf": 7, "bw_hz": 250_000}),
        ({"datr": "SF12BW500"}, {"sf": 12, "bw_hz": 500_000}),
        ({"lsnr": -12, "rssi": -118.4}, {"snr_cb": -120, "rssi_dbm": -118}),
        ({"tmst": None}, {"end_us": None}),
        ({"tmst": 0}, {"end_us": 0}),
        ({"tmst": (1 << 32) - 1}, {"end_us": (1 << 32) - 1}),
        ({"rssi": None, "lsnr": None, "rsig": [{"rssic": -90, "lsnr": 1}, {"rssic": -80, "lsnr": 7.5}]}, {"snr_cb": 75, "rssi_dbm": -80}),
        ({"lsnr": None, "rsig": []}, {"snr_cb": 0}),
        ({"rssis": -36, "foff": 1247, "mid": 8, "ftime": 12, "aesk": 0}, {}),
    ],
)
def test_variants_of_a_packet(change, facts):
    packet = {key: value for key, value in (GOOD | change).items() if value is not None}
    (uplink,), left_out = parse(packet)
    expected = {"frame": FRAME, "frequency_hz": 922_300_000, "sf": 9} | facts
    assert {key: getattr(uplink, key) for key in expected} == expected and not left_out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stat": -1}, "crc"),
        ({"modu": "FSK", "datr": 50000}, "modulation"),
        ({"datr": 50000}, "datr"),
        ({"datr": "SF13BW125"}, "datr"),
        ({"datr": "SF9BW125 "}, "datr"),
        ({"data": "!!!!"}, "data"),
        ({"data": "A"}, "data"),
        ({"data": 5}, "data"),
        ({"data": "A" * 2000}, "data"),
        ({"data": ""}, "size"),
        ({"size": 51}, "size"),
        ({"freq": None}, "freq"),
        ({"freq": "922.3"}, "freq"),
        ({"freq": 922_300_000}, "freq"),
        ({"freq": True}, "freq"),
        ({"tmst": 1 << 32}, "tmst"),
        ({"tmst": -1}, "tmst"),
        ({"tmst": "now"}, "tmst"),
        ({"rssi": -500}, "rssi"),
        ({"lsnr": 1e9}, "lsnr"),
        ({"lsnr": []}, "lsnr"),
    ],
)
def test_one_bad_packet_costs_itself(change, reason):
    packet = {key: value for key, value in (GOOD | change).items() if value is not None}
    uplinks, left_out = parse(packet, GOOD, [packet], 7)
    assert [uplink.frame for uplink in uplinks] == [FRAME]
    assert left_out == {reason: 1, "rxpk": 2}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"rxpk":{}}', b'{"rxpk":' + b"[" * 100_000, b'{"rxpk":[' + b"1," * MOST_PACKETS + b"1]}"],
)
def test_what_is_no_push_data(body):
    with pytest.raises(Malformed):
        parse_push_data(body, "roof", 0)


def test_a_status_report_brings_no_packet():
    assert parse_push_data(b'{"stat":{"time":"2026-01-12 08:59:28 GMT","rxnb":2}}', "roof", 0) == ([], {})


@given(st.binary(max_size=64), st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_only_malformed_escapes(data, value):
    for key in GOOD:
        parse(GOOD | {key: value})
    for call in (parse_datagram, parse_tx_ack, lambda body: parse_push_data(body, "", 0)):
        try:
            call(data)
        except Malformed:
            pass


def test_a_downlink():
    downlink = Downlink(1, FRAME, 12, 0, 921_900_000, 12, 125_000, 10, 2000, 5000)
    data = encode_pull_resp(2, 0xABCD, downlink, 4_294_967_295)
    assert data[:4] == b"\x02\xab\xcd\x03"
    txpk = json.loads(data[4:])["txpk"]
    assert base64.b64decode(txpk.pop("data")) == FRAME
    assert txpk == {
        "imme": False,
        "tmst": 4_294_967_295,
        "freq": 921.9,
        "rfch": 0,
        "powe": 10,
        "modu": "LORA",
        "datr": "SF12BW125",
        "codr": "4/5",
        "ipol": True,
        "prea": 8,
        "ncrc": False,
        "size": 52,
    }
    at_once = json.loads(encode_pull_resp(2, 1, downlink, None)[4:])["txpk"]
    assert at_once["imme"] is True and "tmst" not in at_once


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", (None, None)),
        (b"\0", (None, None)),
        (b'{"txpk_ack":{"error":"NONE"}}', (None, None)),
        (b'{"txpk_ack":{"error":""}}', (None, None)),
        (b'{"txpk_ack":{"error":"TOO_LATE"}}', ("TOO_LATE", None)),
        (b'{"txpk_ack":{"warn":"TX_POWER","value":27}}', (None, "TX_POWER")),
        (b'{"txpk_ack":{"error":7}}', (None, None)),
    ],
)
def test_tx_ack(body, told):
    assert parse_tx_ack(body) == told


# The server.


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def speak(world, data):
    """Send a raw datagram and return what comes back, if anything does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(PATIENCE_S)
        sent = world.sent_to(sock.getsockname())  # the port may have been another's, which was answered
        count = world.taken() + 1
        sock.sendto(data, ("127.0.0.1", world.port))
        world.wait(count)
        return sock.recv(100) if world.sent_to(sock.getsockname()) > sent else None


def datagram(kind, body=b"", version=2, eui=EUI, token=b"\xab\xcd"):
    return bytes([version]) + token + bytes([kind]) + bytes.fromhex(eui) + body


@pytest.mark.parametrize("version", [1, 2])
def test_it_acknowledges_at_once_in_the_version_it_is_asked_in(world, version):
    assert speak(world, datagram(0, b"{}", version)) == bytes([version]) + b"\xab\xcd\x01"
    assert speak(world, datagram(2, version=version)) == bytes([version]) + b"\xab\xcd\x04"
    assert speak(world, datagram(0, b"no json", version)) == bytes([version]) + b"\xab\xcd\x01"
    assert world.server.gateways[EUI].counters.left_out == {"json": 1}


@pytest.mark.parametrize(
    "data", [b"", b"\x02", b"\x02\0\0\0", datagram(0, version=3), datagram(9), datagram(1), datagram(3), b"GET / HTTP/1.1\r\n"]
)
def test_strangers_words_are_counted_and_not_answered(world, data):
    assert speak(world, data) is None
    assert world.server.counters.left_out == {"header": 1} and not world.server.gateways


def test_only_gateways_of_the_list_are_taken():
    world = World(known=(EUI,))
    assert speak(world, datagram(0, b"{}", eui="aa555a0000000102")) is None
    assert speak(world, datagram(0, b"{}")) is not None
    assert world.server.counters.refused == 1 and list(world.server.gateways) == [EUI]
    world.close()


def test_invented_gateways_fill_no_memory(world):
    for number in range(MOST_GATEWAYS + 20):
        speak(world, datagram(2, eui=f"{number:016x}"))
    assert len(world.server.gateways) == MOST_GATEWAYS and world.server.counters.refused == 20


def test_what_no_radio_can_have_heard_is_left_out(world):
    box = world.add(EUI)
    world.run(1)
    for number in range(40):
        frames = [frame_of(5, 20 * number + place, 13) for place in range(20)]
        box.forward({"rxpk": [GOOD | {"data": base64.b64encode(frame).decode(), "size": 13, "tmst": 5} for frame in frames]})
    world.run(1)
    assert len(world.arrivals) == BURST and world.server.gateways[EUI].counters.left_out == {"flood": 800 - BURST}
    box.hear(frame_of(6), 922.1, "SF9BW125")
    world.run(1)
    assert len(world.arrivals) == BURST + 1


def test_a_gateway_is_up_while_it_asks(world):
    box = world.add(EUI)
    world.run(1)
    gateway = world.server.gateways[EUI]
    assert gateway.state.up and gateway.name == f"roof/{EUI}"
    box.silent = True
    world.run(ALIVE_MS / 1000 + 10)
    box.forward({"stat": {}})
    world.run(1)
    assert not gateway.state.up and gateway.state.error == "silent for 35 s"
    box.silent = False
    world.run(11)
    assert gateway.state.up and gateway.state.opened == 2


def test_frames_of_lorawan_and_other_channels(world):
    box = world.add(EUI)
    world.run(1)
    box.hear(b"\x40" + bytes(30), 922.1, "SF9BW125")  # an unconfirmed uplink of LoRaWAN
    box.hear(FRAME, 922.1, "SF9BW125", stat=-1)
    box.hear(FRAME, 922.1, "SF9BW125")
    world.run(1)
    assert [arrival.frame for arrival in world.arrivals] == [FRAME]
    assert world.hub.counters.not_ours == 1 and world.server.gateways[EUI].counters.left_out == {"crc": 1}


def test_several_packets_in_a_datagram(world):
    box = world.add(EUI)
    world.run(1)
    frames = [frame_of(5, number) for number in range(8)]
    packets = [
        GOOD | {"data": base64.b64encode(frame).decode(), "size": len(frame), "tmst": 5000 + number} for number, frame in enumerate(frames)
    ]
    box.forward({"rxpk": packets, "stat": {"rxnb": 8}})
    world.run(1)
    assert [arrival.frame for arrival in world.arrivals] == frames


def test_a_port_that_is_taken_says_so_and_is_tried_again():
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    world = World()
    server = world.server
    server.close()
    server._address = taken.getsockname()
    with pytest.raises(OSError, match="in use"):
        server.open()
    taken.close()
    server.open()
    assert server.state.up
    world.close()
