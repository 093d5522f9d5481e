"""The advertisement of readings, decoded by `bthome-ble`, which is Home Assistant's."""

import pytest
from bleak.backends.device import BLEDevice
from bthome_ble import BTHomeBluetoothDeviceData
from device.test_ble_hints import DUST, TEMPERATURE, FakeNode
from gilmok_node.ble.ble_hints import Hints
from gilmok_wire.ble_advert import bind_key, bthome_advert, bthome_cipher
from habluetooth import BluetoothServiceInfoBleak

KEY = bytes(range(16))
ADDRESS = "F0:12:34:56:78:9A"
MAC = bytes.fromhex(ADDRESS.replace(":", ""))
NOW_S = 1_790_000_000
FCD2 = "0000fcd2-0000-1000-8000-00805f9b34fb"


def heard(advert: bytes) -> BluetoothServiceInfoBleak:
    """Return an advertisement as Home Assistant's scanners hand it on."""
    assert advert[4] == 0x16 and advert[5:7] == b"\xd2\xfc" and advert[3] == len(advert) - 4
    return BluetoothServiceInfoBleak(
        "gilmok", ADDRESS, -60, {}, {FCD2: advert[7:]}, [], "local", BLEDevice(ADDRESS, "gilmok", {}), None, True, 0.0, None
    )


def readings(parser: BTHomeBluetoothDeviceData, advert: bytes) -> dict[str, object]:
    """Return what the parser makes of an advertisement."""
    values = parser.update(heard(advert)).entity_values
    return {key.key: value.native_value for key, value in values.items() if key.key != "signal_strength"}


def advert(unix_s: int = NOW_S, packet: int = 7) -> bytes:
    objects = [(0x40, 1523, 2), (0x00, packet, 1), (0x3D, 10_000, 2), (0x02, -512, 2), (0x0C, 3912, 2)]
    return bthome_advert(bthome_cipher(KEY), MAC, unix_s, objects)


def test_bthome_ble_reads_what_a_node_advertises():
    parser = BTHomeBluetoothDeviceData(bindkey=bind_key(KEY))
    assert readings(parser, advert()) == {"packet_id": 7, "temperature": -5.12, "voltage": 3.912, "count": 10_000, "distance": 1523}
    assert parser.bindkey_verified and not parser.decryption_failed


def test_bthome_ble_reads_what_a_nodes_own_hints_say_of_its_readings_backlog_and_battery():
    node = FakeNode(NOW_S)
    node.board.voltage_mv = lambda: 3912
    hints = Hints(node, KEY, 500, [TEMPERATURE, DUST], MAC)
    adverts = [hints.advert(1000 * turn)[0] for turn in range(2)]
    told = readings(BTHomeBluetoothDeviceData(bindkey=bind_key(KEY)), next(each for each in adverts if each[5:7] == b"\xd2\xfc"))
    assert told == {"packet_id": 1, "count": 5, "voltage": 3.912, "temperature": -12.3, "pm25": 15}


@pytest.mark.parametrize("key", [KEY, bytes(16)], ids=["the device's key itself", "another key"])
def test_only_the_bind_key_opens_it(key):
    parser = BTHomeBluetoothDeviceData(bindkey=key)
    assert readings(parser, advert()) == {}
    assert parser.decryption_failed


def test_a_recorded_advertisement_is_refused():
    parser = BTHomeBluetoothDeviceData(bindkey=bind_key(KEY))
    for unix_s, packet, heard_packet in ((NOW_S, 7, 7), (NOW_S - 60, 6, 7), (NOW_S + 60, 8, 8)):
        assert readings(parser, advert(unix_s, packet))["packet_id"] == heard_packet
