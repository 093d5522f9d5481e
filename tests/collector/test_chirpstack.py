"""The ChirpStack link: events as v4 documents them, over a real broker; every record once, answers to the right device."""

import base64
import json
import threading
import time

import pytest
from gilmok_collector.engine import Engine
from gilmok_collector.radio.chirpstack import MOST, ChirpstackLink, Queues
from gilmok_collector.radio.chirpstack_events import PORT, Malformed, encode_down, link_of, parse_txack, parse_up
from gilmok_collector.store import open_store
from gilmok_site.links import parse_link_url
from gilmok_wire.identity import Identity
from gilmok_wire.link import Link
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo
from hypothesis import given
from hypothesis import strategies as st
from support.dice import Dice
from support.memory_log import MemoryLog
from support.mosquitto import WAIT_S, Broker, skip_without_mosquitto

EUI, APPLICATION = "0101010101010101", "17c82e96-be03-4f38-aef3-f83d48582d97"
TOPIC = f"application/{APPLICATION}/device/{EUI}/event/up"
FRAME = b"\xe5\x01\x02\x00\x01" + bytes(46)
KEY, DEVICE = bytes(range(16)), 0x0102

# The example of chirpstack-docs, src/chirpstack/integrations/events.md@5ab575f6, with a frame of ours on our port.
EVENT = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2022-07-18T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "tenantName": "ChirpStack",
        "applicationId": APPLICATION,
        "applicationName": "Test application",
        "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
        "deviceProfileName": "Test device-profile",
        "deviceName": "Test device",
        "devEui": EUI,
        "tags": {"key": "value"},
    },
    "devAddr": "00189440",
    "dr": 1,
    "fPort": PORT,
    "data": base64.b64encode(FRAME).decode(),
    "rxInfo": [
        {
            "gatewayId": "0016c001f153a14c",
            "uplinkId": 4217106255,
            "rssi": -36,
            "snr": 10.5,
            "context": "E3OWOQ==",
            "metadata": {"region_name": "eu868", "region_common_name": "EU868"},
        }
    ],
    "txInfo": {"frequency": 867100000, "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11, "codeRate": "CR_4_5"}}},
}


def event(**changes):
    return json.dumps({**EVENT, **changes}).encode()


def test_the_documented_event_is_read():
    up = parse_up(TOPIC, event())
    assert (up.application, up.eui, up.frame) == (APPLICATION, EUI, FRAME)
    assert (up.deduplication_id, up.sf, up.bw_hz, up.rssi_dbm, up.snr_cb) == (EVENT["deduplicationId"], 11, 125000, -36, 105)
    second = {"gatewayId": "0016c001f153a14d", "rssi": -90, "snr": 11}
    assert parse_up(TOPIC, event(rxInfo=[*EVENT["rxInfo"], second])).snr_cb == 110
    assert parse_up(TOPIC, event(rxInfo=[])).snr_cb is None


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("application/x/event/up", event(), "topic"),
        (TOPIC, b"\xff", "JSON"),
        (TOPIC, b"[1]", "JSON"),
        (TOPIC, b"[" * 5000, "JSON"),
        (TOPIC, event(txInfo={}), "event"),
        (TOPIC, event(data="not base64!"), "event"),
        (TOPIC, event(rxInfo=5), "event"),
        (TOPIC, event(fPort=1), "port"),
        (TOPIC, event(data="qg=="), "frame"),
        (TOPIC, event(data=base64.b64encode(bytes(20)).decode()), "frame"),
    ],
)
def test_what_is_no_uplink_of_ours_is_left_out(topic, payload, reason):
    with pytest.raises(Malformed, match=reason):
        parse_up(topic, payload)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_no_event_ends_the_link(value):
    for key in (*EVENT, "none"):
        try:
            parse_up(TOPIC, event(**{key: value}))
        except Malformed:
            continue


def test_the_command_is_the_documented_one():
    topic, payload = encode_down(APPLICATION, EUI, FRAME)
    assert topic == f"application/{APPLICATION}/device/{EUI}/command/down"
    assert json.loads(payload) == {"devEui": EUI, "confirmed": False, "fPort": PORT, "data": base64.b64encode(FRAME).decode()}
    assert parse_txack(topic.replace("command/down", "event/txack"), b"{}") == (APPLICATION, EUI)


def test_the_way_back_is_as_wide_as_the_uplinks_rate():
    def at(sf):
        modulation = {"lora": {"bandwidth": 125000, "spreadingFactor": sf}}
        return link_of(parse_up(TOPIC, event(txInfo={"modulation": modulation})))

    assert [at(sf).mtu for sf in (12, 11, 10, 9, 8, 7)] == [51, 51, 51, 115, 222, 222]
    assert all(not at(sf).full_duplex and at(sf).answer_ms >= 10_000 for sf in range(7, 13))
    assert at(12).air_ms(51) == 2794 and at(99).mtu == 51


def test_the_network_holds_one_frame_at_a_time():
    queues = Queues()
    assert queues.heard(EUI) == [] and queues.put(EUI, b"1") == [b"1"]
    assert [queues.put(EUI, bytes([number])) for number in range(9)] == [[]] * 9
    for number in range(9 - MOST, 9):
        assert queues.sent(EUI) == [bytes([number])]
    assert queues.sent(EUI) == [] and queues.put(EUI, b"2") == [b"2"]
    queues.put(EUI, b"old")
    assert queues.heard(EUI) == [], "it goes now; what waits is of an uplink before"
    assert queues.put(EUI, b"new") == []
    assert queues.sent(EUI) == [b"new"]
    assert queues.heard(EUI) == queues.heard(EUI) == [] and queues.put(EUI, b"3") == [b"3"], "no word from the network"


class Network:
    """ChirpStack as far as its broker shows it, class A: it keeps a queue for the device and sends its first item after an uplink.

    What is published until `prompt` is false comes late: it goes with the next uplink. `told` says what was sent.
    """

    def __init__(self, port, dice):
        import paho.mqtt.client as mqtt

        self.queue, self.dice = [], dice
        self.came = threading.Condition()
        self.bad = []
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_command
        self._client.on_connect = lambda client, *_: client.subscribe("application/+/device/+/command/down", qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _on_command(self, client, userdata, message):
        command = json.loads(message.payload)
        with self.came:
            if (
                message.topic != f"application/{APPLICATION}/device/{EUI}/command/down"
                or command["fPort"] != PORT
                or command["devEui"] != EUI
            ):
                self.bad.append((message.topic, command))
            self.queue.append(base64.b64decode(command["data"]))
            self.came.notify()

    def wait(self, count=1):
        with self.came:
            assert self.came.wait_for(lambda: len(self.queue) >= count, WAIT_S)

    def publish(self, name, payload):
        self._client.publish(TOPIC.replace("event/up", f"event/{name}"), payload, qos=1).wait_for_publish(WAIT_S)

    def up(self, frame, twice=False):
        payload = event(deduplicationId=f"{self.dice.below(1 << 60):x}", data=base64.b64encode(frame).decode())
        for _ in range(2 if twice else 1):
            self.publish("up", payload)

    def down(self):
        """Return the frame that is sent after an uplink, None where none waits."""
        with self.came:
            frame = self.queue.pop(0) if self.queue else None
        if frame is not None:
            self.publish("txack", json.dumps({"downlinkId": 3461958127, "deviceInfo": EVENT["deviceInfo"], "queueItemId": "42cb6459"}))
        return frame

    def close(self):
        self._client.loop_stop()
        self._client.disconnect()


@pytest.fixture
def broker(tmp_path):
    skip_without_mosquitto()
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


class Bench:
    """An engine behind the link, in the link's own thread, and a node's session beside the network."""

    def __init__(self, folder, broker, seed=1):
        self.dice = Dice(seed)
        self.store = open_store(f"sqlite:{folder}/store.db")
        self.engine = Engine(self.store, {DEVICE: KEY})
        self.handled = threading.Semaphore(0)
        target = parse_link_url(f"chirpstack:mqtt://127.0.0.1:{broker.port}?application={APPLICATION}")
        self.link = ChirpstackLink("lorawan", target, self._handle)
        self.link.start()
        self.await_up()
        self.network = Network(broker.port, self.dice)
        self.log, self.now = MemoryLog(), 0
        info = StreamInfo("river", 0, (("level", "m", -3),), 5_000)
        link = Link(51, 10_000, 800_000, 30_000, 4, False, 60_000)
        seal = NodeSeal(KEY, DEVICE, lambda: self.dice.bytes(8))
        self.session = NodeSession(seal, link, self.log, [NodeStream(0, info.digest(), info, self.log)], Identity(b"conf", "0.1.0"))

    def _handle(self, arrival):
        assert arrival.via.mtu == 51
        for _, frame in self.engine.handle([arrival]):
            self.link.send(frame)
        self.handled.release()

    def await_up(self):
        deadline = time.monotonic() + WAIT_S
        while not self.link.state.up:
            assert time.monotonic() < deadline, self.link.state
            time.sleep(0.01)

    def turn(self, lost):
        """Move the node's next frame up, and what the network sends then down; either may be lost."""
        self.now = max(self.now, self.session.deadline(self.now) or self.now + 1000)
        frame = self.session.transmit(self.now)
        if frame is None:
            return
        self.now += 3_000
        if self.dice.chance(lost):
            return
        asks, waiting = bool(frame[0] & 4), len(self.network.queue)
        self.network.up(frame, twice=self.dice.chance(30))
        assert self.handled.acquire(timeout=WAIT_S)
        if asks and not waiting and self.dice.chance(60):  # in time for this very uplink; else it goes with the next
            self.network.wait()
        answer = self.network.down()
        if answer is not None and not self.dice.chance(lost):
            self.session.receive(answer, self.now)

    def close(self):
        self.link.close()
        self.network.close()
        self.store.close()


@pytest.mark.parametrize("lost", [0, 20])
def test_every_record_crosses_the_network_once(tmp_path, broker, lost):
    bench = Bench(tmp_path, broker, 3 + lost)
    try:
        values = [bench.dice.below(1 << 28) for _ in range(100)]
        for number, value in enumerate(values):
            bench.log.append(0, 1000 * number, [value])
        for _ in range(600):
            bench.turn(lost)
            if bench.session.phase != "greet" and not bench.session.backlog():
                break
        assert bench.session.backlog() == 0
        rows = [(record.seq, record.values) for record in bench.store.rows(DEVICE, bench.log.log_id, 0, 0, 1 << 30)]
        assert rows == [(number, (value,)) for number, value in enumerate(values)]
        assert bench.engine.counters.replayed == 0 and bench.link.doubled > 0, "a doubled event never reaches the engine"
        assert bench.network.bad == [] and not bench.link.left_out
    finally:
        bench.close()


def test_a_broker_that_restarts_is_met_again(tmp_path, broker):
    bench = Bench(tmp_path, broker)
    try:
        broker.stop()
        deadline = time.monotonic() + WAIT_S
        while bench.link.state.up:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert bench.link.state.error
        broker.start()
        bench.await_up()
        assert bench.link.state.opened == 2 and bench.link.state.error == ""
    finally:
        bench.close()


def test_without_a_broker_it_says_so_and_closes(tmp_path):
    link = ChirpstackLink("lorawan", parse_link_url("chirpstack:mqtt://127.0.0.1:1"), lambda arrival: None)
    link.start()
    deadline = time.monotonic() + WAIT_S
    while "refused" not in link.state.error.lower():
        assert time.monotonic() < deadline, link.state
        time.sleep(0.01)
    link.close()
    assert not link._thread.is_alive() and not link.state.up
    link.send(FRAME)
    assert link.left_out["closed"] == 1


def test_an_answer_for_nobody_known_is_counted(tmp_path, broker):
    bench = Bench(tmp_path, broker)
    try:
        bench.link.send(b"\xf1\x09\x09" + bytes(20))
        bench.turn(0)
        assert bench.link.left_out == {"unknown device": 1}
    finally:
        bench.close()
