"""The BLE link in its thread: an adapter that is not there yet, one that goes, and the end. What is on the air is test_ble_rounds.py's."""

import threading

import pytest
from bleak.exc import BleakError
from gilmok_collector.ble import link as module
from gilmok_collector.ble.link import BleLink
from gilmok_collector.service import Service
from gilmok_site.links import parse_link_url

PATIENCE_S = 30


class Adapter:
    """Stands for bleak's scanner; what it does at its next starts is in `plan`: an error to raise, or None."""

    plan = []
    started = threading.Event()
    stopped = threading.Event()
    options = {}

    def __init__(self, callback, **options):
        Adapter.options = options

    async def start(self):
        error = Adapter.plan.pop(0) if Adapter.plan else None
        if error is not None:
            raise error
        Adapter.started.set()

    async def stop(self):
        Adapter.stopped.set()


@pytest.fixture(autouse=True)
def adapter(monkeypatch):
    Adapter.plan = []
    Adapter.started.clear()
    Adapter.stopped.clear()
    monkeypatch.setattr("gilmok_collector.ble.rounds.BleakScanner", Adapter)
    monkeypatch.setattr(module, "BACKOFF_S", (0.01,))


def test_an_adapter_that_comes_later_is_used(monkeypatch):
    Adapter.plan = [BleakError("no adapter"), OSError("bus has gone")]
    seen = []
    link = BleLink("ble", {}, lambda arrival: None)
    monkeypatch.setattr(link._stopped, "wait", lambda seconds: seen.append(link.state.error))
    link.start()
    assert Adapter.started.wait(PATIENCE_S)
    link.send(b"\xe1\x00\x07" + bytes(20))
    link.close()
    assert seen[:2] == ["no adapter", "bus has gone"]
    assert link.state.opened == 1 and not link.state.up and Adapter.stopped.is_set()


def test_a_link_that_was_never_started_ends_and_takes_frames():
    link = BleLink("ble", {}, lambda arrival: None)
    link.send(bytes(20))
    link.close()


def test_a_link_without_an_adapter_ends():
    Adapter.plan = [BleakError("no adapter")] * 1000
    link = BleLink("ble", {}, lambda arrival: None)
    link.start()
    link.close()
    assert not link._thread.is_alive()


def test_the_service_opens_it_by_its_url():
    class Engine:
        keys = {1: bytes(16)}

        class relay:
            add_link = staticmethod(lambda name: None)

    service = Service(Engine())
    service.add_link("air", parse_link_url("ble:hci1"))
    assert Adapter.started.wait(PATIENCE_S)
    assert Adapter.options == {"bluez": {"adapter": "hci1"}}
    assert service.links["air"].state.name == "air"
    service.links["air"].close()
