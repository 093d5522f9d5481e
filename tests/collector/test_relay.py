"""The group's frames go on to the other links, once, and no link can flood them."""

import queue

import pytest
from gilmok_collector.engine import Engine
from gilmok_collector.links import SerialLink
from gilmok_collector.relay import BURST, RATE_S, SEEN_MS, Relay
from gilmok_collector.service import Service
from gilmok_collector.store import open_store
from gilmok_wire.framing import Deframer, encode_frame


def frame(number):
    return b"\xe9\xff\xff" + number.to_bytes(4, "big") + bytes(40)


@pytest.fixture
def relay():
    made = Relay()
    for name in ("a", "b", "c"):
        made.add_link(name)
    return made


def test_a_frame_goes_to_every_other_link_once(relay):
    assert list(relay.take("a", frame(1), 0)) == ["b", "c"]
    for link in ("a", "b", "c"):
        assert list(relay.take(link, frame(1), SEEN_MS - 1)) == []
    assert list(relay.take("c", frame(2), SEEN_MS - 1)) == ["a", "b"]
    assert (relay.counters.relayed, relay.counters.repeated) == (2, 3)


def test_it_goes_back_onto_a_radio_whose_nodes_do_not_hear_each_other(relay):
    relay.add_link("lora", shared=True)
    assert list(relay.take("lora", frame(1), 0)) == ["a", "b", "c", "lora"]
    assert list(relay.take("lora", frame(1), 1)) == []
    assert list(relay.take("a", frame(2), 2)) == ["b", "c", "lora"]


def test_frames_of_devices_are_none_of_its_business(relay):
    assert relay.is_group(frame(1))
    assert not relay.is_group(b"\xe1\x01\x02" + bytes(40)) and not relay.is_group(b"")


def test_a_link_that_floods_costs_itself_and_no_other(relay):
    passed = sum(bool(relay.take("a", frame(number), number)) for number in range(10_000))
    assert abs(passed - BURST - 10 * RATE_S) <= 1
    assert relay.take("b", frame(20_000), 10_000)
    assert relay.counters.limited == 10_000 - passed
    assert len(relay._seen) == len(relay._order) <= BURST + RATE_S * SEEN_MS // 1000 + 1


def test_a_clock_that_is_set_back_forgets_and_goes_on(relay):
    assert relay.take("a", frame(1), 10**12)
    assert relay.take("a", frame(2), 0)
    assert relay.take("a", frame(1), 1), "forgotten: a receiver knows it all the same"


class FakePort:
    def __init__(self):
        self.incoming = queue.SimpleQueue()
        self.written = queue.SimpleQueue()

    def read(self, count):
        try:
            return self.incoming.get(timeout=0.05)
        except queue.Empty:
            return b""

    def write(self, data):
        self.written.put(data)

    def close(self):
        pass


def test_the_service_relays_while_its_worker_waits_for_the_disk(tmp_path):
    engine = Engine(open_store(f"sqlite:{tmp_path / 'site.db'}", 5), {})
    service = Service(engine)
    ports = {name: FakePort() for name in ("a", "b")}
    for name, port in ports.items():
        service.links[name] = SerialLink(name, lambda port=port: port, service._on_frame, lambda link, line: None)
        engine.relay.add_link(name)
    service._relayer.start()  # … and the worker is not even there
    for link in service.links.values():
        link.start()
    try:
        sent = encode_frame(frame(1))
        while not service.links["b"].state.up:
            pass
        ports["a"].incoming.put(sent)
        assert Deframer().feed(ports["b"].written.get(timeout=60))[0] == [frame(1)]
        assert ports["a"].written.empty()
        assert engine.counters.frames == 0
    finally:
        service.stop()
        engine.store.close()
