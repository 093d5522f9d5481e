"""The service with a radio: its own threads and a real port, one exchange."""

import base64
import json
import socket
from contextlib import closing

import pytest
from gilmok_collector.engine import Engine
from gilmok_collector.service import Service
from gilmok_collector.store import open_store
from gilmok_site.links import parse_link_url
from gilmok_wire import cbor, gateway_messages
from gilmok_wire.framing import Deframer
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from support.memory_log import MemoryLog

WAIT_S = 20
EUI = bytes.fromhex("aa555a0000000101")
NODE, KEY = 0x0102, b"k" * 16
RIVER = StreamInfo("river", 0, (("level", "m", -3),))


@pytest.fixture
def service(tmp_path):
    with closing(open_store(f"sqlite:{tmp_path / 'site.db'}", 5)) as store:
        made = Service(Engine(store, {NODE: KEY}, Link(mtu=115)))
        made.start()
        made.add_radio("KR920", lambda device: True, 2000)
        yield made
        made.stop()


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def hear(sock, address, frame):
    packet = {"tmst": 1, "freq": 922.1, "stat": 1, "modu": "LORA", "datr": "SF7BW125", "codr": "4/5", "rssi": -40, "lsnr": 9}
    packet |= {"size": len(frame), "data": base64.b64encode(frame).decode()}
    sock.sendto(b"\x02\0\x01\0" + EUI + json.dumps({"rxpk": [packet]}).encode(), address)


def receive(sock, kind):
    """Return the next datagram of a kind, None where none comes."""
    while True:
        try:
            data = sock.recv(4096)
        except TimeoutError:
            return None
        if data[3] == kind:
            return data


def test_a_node_is_answered_through_a_packet_forwarder(service):
    address = "127.0.0.1", free_port()
    service.add_gateways("roof", parse_link_url(f"semtech:{address[0]}:{address[1]}"))
    log, salts = MemoryLog(), iter(range(1, 99))
    seal = NodeSeal(KEY, NODE, lambda: next(salts).to_bytes(8, "big"))
    node = NodeSession(seal, Link(mtu=115, idle_ms=0), log, [NodeStream(0, RIVER.digest(), RIVER, log)], Identity(b"conf", "0.1.0"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        while (asked := receive(sock, 4)) is None:  # until the port is open
            sock.sendto(b"\x02\xab\xcd\x02" + EUI, address)
        assert asked == b"\x02\xab\xcd\x04"
        sock.settimeout(WAIT_S)
        hear(sock, address, node.transmit(0))
        data = receive(sock, 3)
        txpk = json.loads(data[4:])["txpk"]
        assert (txpk["imme"], txpk["freq"], txpk["datr"]) == (True, 922.1, "SF7BW125")
        before = node.phase
        node.receive(base64.b64decode(txpk["data"]), 500)
        assert node.phase != before
    states = service.states()
    assert states["lora"].up and states["roof"].up and states[f"roof/{EUI.hex()}"].up
    assert service.engine.devices[NODE].link == "lora" and service.engine.counters.answers == 1


def test_gateways_need_a_radio(tmp_path):
    with closing(open_store(f"sqlite:{tmp_path / 'site.db'}", 5)) as store:
        service = Service(Engine(store, {}))
        with pytest.raises(ValueError, match="roof"):
            service.add_gateways("roof", parse_link_url("semtech:1700"))


def test_a_radio_says_why_it_is_down(service):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert not service.states()["lora"].up
        service.add_gateways("roof", parse_link_url(f"semtech:127.0.0.1:{taken.getsockname()[1]}"))
        while service.states()["roof"].error == "not opened yet":
            pass
        assert "in use" in service.states()["lora"].error and not service.states()["lora"].up


def test_a_radio_that_dies_does_not_look_alive(service):
    assert service.is_alive()

    def broken(*facts):
        raise ValueError("a bug")

    service.radio.hub.heard = broken
    with pytest.raises(ValueError, match="a bug"):
        service.radio.on_uplink(None)
    assert not service.is_alive() and "a bug" in repr(service.failure)


def test_a_board_at_the_end_of_a_line_is_asked_who_it_is(service):
    with socket.create_server(("127.0.0.1", 0)) as board:
        board.settimeout(WAIT_S)
        service.add_gateways("pole", parse_link_url(f"gateway:socket://127.0.0.1:{board.getsockname()[1]}"))
        line, _ = board.accept()
        with line:
            line.settimeout(WAIT_S)
            asked, frames = Deframer(), []
            while not frames:
                frames = asked.feed(line.recv(100))[0]
            assert [cbor.decode(frame)[0] for frame in frames] == [gateway_messages.ASK]
            assert "pole" in service.radio.hub.gateways and not service.states()["pole"].up
