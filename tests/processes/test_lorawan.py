"""Nodes behind a LoRaWAN network, end to end: firmware in processes, their modems, ChirpStack's events at a real broker, the store."""

import time

import pytest
from gilmok.demo.interpreter import Interpreter
from gilmok.demo.process import NodeProcess
from gilmok_collector.engine import Engine
from gilmok_collector.service import Service
from gilmok_collector.store import open_store
from gilmok_site import compile_node, create_keys, parse_site
from gilmok_site.links import parse_link_url
from support.lorawan_network import APPLICATION, WAIT_S, Chirpstack, ModemProcess
from support.mosquitto import Broker, skip_without_mosquitto
from support.site_head import SITE_HEAD

SPEED = 20  # of the nodes' and modems' time
MEASURED_S = 2.0
FEW = 2  # records: no stream but that of the readings has more
EUIS = {"micropython": "ac1f09fffe0000a1", "cpython": "ac1f09fffe0000a2"}
SITE = (
    SITE_HEAD
    + """\
[link.city]
url = "chirpstack:mqtt://127.0.0.1:{port}?application={application}"
"""
)
NODE = """
[node.{name}]
board = "sim"
health = "1 h"
lora = {{ modem = "rak3172", uart = 2, eui = "{eui}" }}
[node.{name}.sensor.air]
driver = "bme280"
i2c = 0
every = "1 s"
max_age = "10 s"
"""


@pytest.fixture
def network(tmp_path):
    skip_without_mosquitto()
    broker = Broker(tmp_path)
    broker.start()
    network = Chirpstack(broker.port)
    network.broker = broker
    yield network
    network.close()
    broker.stop()


def make_node(name, folder, site, keys, modem):
    """Return the process of a node."""
    path = folder / f"{name}.cbor"
    path.write_bytes(compile_node(site, keys, name))
    settings = {
        "config": str(path),
        **{ring: str(folder / f"{name}.{ring}") for ring in ("records", "waveforms")},
        **{"records_blocks": 64, "waveforms_blocks": 16, "line": None, "modem": modem.url, "speed": SPEED, "late_ms": 0},
        **{"world": {"seed": 7, "place": 0, "path": None, "city": True}, "capture": [], "report_ms": 100},
        **{"answer_ms": 500, "idle_ms": 2000, "byte_us": 87},
    }
    interpreter = Interpreter(folder, micropython=name == "micropython")
    return NodeProcess(name, interpreter, folder, settings, lambda: {"started_ms": 0, "sample_s": MEASURED_S})


def test_records_cross_the_network_once_and_commands_come_down(tmp_path, network):
    text = SITE.format(port=network.broker.port, application=APPLICATION)
    site = parse_site(text + "".join(NODE.format(name=name, eui=eui) for name, eui in EUIS.items()), str(tmp_path / "yangjae.toml"))
    keys = create_keys(site)
    store = open_store(f"sqlite:{tmp_path}/yangjae.db", keys.store_id)
    service = Service(Engine(store, {device: bytes(key) for device, key in keys.devices.items()}))
    service.start()
    service.add_chirpstack("city", parse_link_url(site.link["city"].url))
    devices = {name: site.device_of(name) for name in EUIS}
    now_ms = time.time_ns() // 1_000_000
    commands = {name: store.commands.queue(device, "ack", [5], "duty", now_ms, now_ms + 3_600_000) for name, device in devices.items()}
    modems = {name: ModemProcess(network, SPEED) for name in EUIS}
    nodes = {name: make_node(name, tmp_path, site, keys, modems[name]) for name in EUIS}
    try:
        for node in nodes.values():
            node.start()
        deadline = time.monotonic() + WAIT_S
        while not all(is_drained(store, devices[name], commands[name], node.report) for name, node in nodes.items()):
            told = [(node.report, node.output, modems[name].modem.commands[-5:]) for name, node in nodes.items()]
            assert all(node.is_running() for node in nodes.values()) and time.monotonic() < deadline, told
            time.sleep(0.02)
        for name, node in nodes.items():
            assert node.interpreter == name
            check_stored(store, devices[name], node.report)
            check_modem(modems[name].modem, EUIS[name], bytes(keys.lorawan[devices[name]]))
            assert store.commands.find(commands[name]).status == 1, "a node without rules does not know it, and says so"
        assert network.bad == [] and not service.links["city"].left_out
    finally:
        for node in nodes.values():
            node.kill()
        for modem in modems.values():
            modem.close()
        service.stop()
        store.close()


def is_drained(store, device, command, report):
    """Tell whether readings are stored and acknowledged, and the command is settled.

    The few anchors and health records that may wait a quarter of an hour for company are not waited for.
    """
    if not report or report["measuring"] or report["backlog"] > FEW or store.commands.find(command).status is None:
        return False
    ends = {stream: end for stream, _, end in report["streams"] if end > FEW}
    return all(rows_of(store, device, report, stream)[-1:] == [end - 1] for stream, end in ends.items())


def rows_of(store, device, report, stream):
    return [record.seq for record in store.rows(device, report["log"], stream, 0, 1 << 40)]


def check_stored(store, device, report):
    """Whatever the node has logged and sent is in the store once, and nothing else."""
    assert report["logged"] > FEW, "however slow the machine is, something was measured"
    for stream, first, end in report["streams"]:
        rows = rows_of(store, device, report, stream)
        assert rows == list(range(first, end)) or end <= FEW and rows == list(range(first, first + len(rows))), (stream, rows)


def check_modem(modem, eui, app_key):
    """The modem has what the site file and the keys file say, and joined with it."""
    assert modem.settings[b"DEVEUI"].decode().lower() == eui and bytes.fromhex(modem.settings[b"APPKEY"].decode()) == app_key
    assert modem.settings[b"BAND"] == b"7" and modem.settings[b"LBT"] == b"1"
    assert b"AT+JOIN=1:0:10:8" in modem.commands and max(len(frame) for _, frame in modem.uplinks) <= 115
