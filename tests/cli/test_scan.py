"""`gilmok scan`: who is around, by name and readings where the keys are here."""

import json

import bleak
import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError
from gilmok_wire.ble_advert import SERVICE, bind_key, bthome_advert, bthome_cipher, device_tag, service_advert

from cli.scene import KEYS, P1, P2, STRANGER

FCD2 = "0000fcd2-0000-1000-8000-00805f9b34fb"
NEAR, FAR, OTHER = "F0:00:00:00:00:01", "F0:00:00:00:00:02", "F0:00:00:00:00:03"


def ours(device, key, urgent=False, backlog=0):
    return {SERVICE: service_advert(device, device_tag(key), urgent, backlog)[21:]}


def bthome(address, key):
    objects = [(0, 1, 1), (0x40, 1523, 2), (0x02, -512, 2), (0x3D, 12, 2)]
    return {FCD2: bthome_advert(bthome_cipher(key), bytes.fromhex(address.replace(":", "")), 1_790_000_000, objects)[7:]}


HEARD = [
    (FAR, -88, ours(P2, KEYS[P2], urgent=True, backlog=70_000)),
    (NEAR, -41, ours(P1, KEYS[P1], backlog=12)),
    (NEAR, -42, bthome(NEAR, KEYS[P1])),
    (OTHER, -60, ours(STRANGER, bytes(16), backlog=3)),
    (OTHER, -60, {"0000180f-0000-1000-8000-00805f9b34fb": b"\x64"}),
    ("F0:00:00:00:00:04", -50, {SERVICE: b"short"}),
]


class Air:
    """Stands for bleak's scanner: everybody is heard as soon as somebody listens."""

    def __init__(self, callback, **options):
        self._callback = callback

    async def start(self):
        for address, rssi, data in HEARD:
            self._callback(BLEDevice(address, None, None), AdvertisementData(None, {}, data, [], None, rssi, ()))

    async def stop(self):
        pass


@pytest.fixture(autouse=True)
def air(monkeypatch):
    monkeypatch.setattr("gilmok_collector.ble.scan.BleakScanner", Air)
    monkeypatch.setattr("gilmok_collector.ble.scan.asyncio.sleep", _no_time)


async def _no_time(seconds):
    pass


def test_with_a_site_nodes_have_names_and_readings(gilmok, site, lang):
    result = gilmok("scan", site)
    assert result.code == 0
    lines = [line.split() for line in result.out.splitlines()]
    assert lines[1] == ["p1-gate", "c268", NEAR, "-41", "12", "temperature", "-5.12", "Cel", "distance", "1.523", "m"]
    assert lines[2] == ["–", "0abc", OTHER, "-60", "3"]
    assert lines[3] == ["p2-gate", "7f3a", FAR, "-88", "≥", "65", "535", "URGENT" if lang == "en" else "긴급"]
    assert len(lines) == 4


def test_without_keys_there_are_devices(gilmok):
    result = gilmok("scan")
    assert result.code == 0
    assert [line.split()[:2] for line in result.out.splitlines()[1:]] == [["–", "c268"], ["–", "0abc"], ["–", "7f3a"]]
    assert "distance" not in result.out


def test_json(gilmok, site):
    first, *others = json.loads(gilmok("scan", site, "--json").out)
    assert first == {
        **{"node": "p1-gate", "device": "c268", "address": NEAR, "rssi_dbm": -41, "backlog": 12, "urgent": False},
        "readings": {"distance": {"value": 1.523, "unit": "m"}, "temperature": {"value": -5.12, "unit": "Cel"}},
    }
    assert [each["node"] for each in others] == [None, "p2-gate"]


def test_nobody_is_said(gilmok, monkeypatch, lang):
    monkeypatch.setitem(globals(), "HEARD", [])
    result = gilmok("scan", "--for", "30s")
    assert result.code == 0
    assert "30" in result.out and "[node." in result.out and "--for 60s" in result.out


def test_a_laptop_without_the_keys_still_sees_who_is_around(gilmok, site, tmp_path, lang):
    (keys,) = tmp_path.glob("*.keys.toml")
    keys.unlink()
    result = gilmok("scan", site)
    assert result.code == 0 and [line.split()[:2] for line in result.out.splitlines()[1:]] == [["–", "c268"], ["–", "0abc"], ["–", "7f3a"]]
    assert keys.name in result.err and {"en": "do not make a new one", "ko": "새로 만들지 말고"}[lang] in result.err
    assert gilmok("scan", site, "--bind-key", "p1-gate").code == 1
    assert not keys.exists()


def test_no_bus_is_said(gilmok, monkeypatch, lang):
    async def fail(self):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Air, "start", fail)
    result = gilmok("scan")
    assert result.code == 1 and "D-Bus" in result.err and "apt install dbus bluez" in result.err and "Errno" not in result.err


def test_a_bind_key_needs_the_site(gilmok, lang):
    result = gilmok("scan", "--bind-key", "p1-gate")
    assert result.code == 1 and "gilmok scan SITE.toml --bind-key" in result.err


def test_no_bluetooth_is_said(gilmok, monkeypatch):
    async def fail(self):
        raise BleakError("no powered adapter")

    monkeypatch.setattr(Air, "start", fail)
    result = gilmok("scan")
    assert result.code == 1
    assert "no powered adapter" in result.err and "bluetoothd" in result.err


def test_bind_key_for_home_assistant(gilmok, site, lang):
    assert gilmok("scan", site, "--bind-key", "p1-gate").out == bind_key(KEYS[P1]).hex() + "\n"
    refused = gilmok("scan", site, "--bind-key", "p3-gate")
    assert refused.code == 1 and "p1-gate" in refused.err


def test_a_time_that_is_none(gilmok):
    assert gilmok("scan", "--for", "soon").code != 0


def test_bleak_is_as_the_fake_has_it():
    import inspect

    assert list(inspect.signature(bleak.BleakScanner).parameters)[0] == "detection_callback"
