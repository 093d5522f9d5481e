"""What a node advertises, byte by byte. Both interpreters."""

from binascii import unhexlify

from gilmok_wire.ble_advert import (
    BTHOME_TAG,
    READINGS_ROOM,
    SERVICE,
    bind_key,
    bthome_advert,
    bthome_cipher,
    device_tag,
    little_endian,
    service_advert,
)
from gilmok_wire.ccm import new_ccm

KEY = bytes(range(16))
MAC = unhexlify("5448e68f80a5")


def test_bthomes_own_example():
    """bthome.io/encryption, "Example": temperature 25.06 °C, humidity 50.55 %, counter 00112233."""
    ccm = new_ccm(unhexlify("231d39c1d7cc1ab1aee224cd096db932"), BTHOME_TAG)
    advert = bthome_advert(ccm, MAC, 0x33221100, [(3, 5055, 2), (2, 2506, 2)])
    assert advert == unhexlify("020106" + "12" + "16d2fc41" + "a47266c95f73" + "00112233" + "78237214")


def test_the_longest_advertisements_fit():
    assert len(service_advert(0xFFFE, device_tag(KEY), True, 1 << 40)) == 30
    objects = [(0, 255, 1), (0x0C, 4100, 2), (0x3D, 0xFFFF, 2), (4, 101325, 3), (0x40, 1200, READINGS_ROOM - 1 - 4)]
    assert len(bthome_advert(bthome_cipher(KEY), MAC, 1_800_000_000, objects)) == 31


def test_service_data():
    advert = service_advert(0x1A2B, b"tagg", True, 300)
    assert advert[3:5] == bytes((26, 0x21))
    assert advert[5:21] == little_endian(SERVICE)
    assert advert[21:] == unhexlify("1a2b") + b"tagg" + b"\x01" + unhexlify("012c")
    assert service_advert(1, b"tagg", False, 1 << 20)[27:] == b"\x00\xff\xff"


def test_uuid_is_little_endian_on_the_air():
    assert little_endian(SERVICE)[-4:] == unhexlify("13e58c10")
    assert len(little_endian(SERVICE)) == 16


def test_keys_are_their_own():
    assert len(bind_key(KEY)) == 16 and len(device_tag(KEY)) == 4
    assert len({KEY, bind_key(KEY), device_tag(KEY), bind_key(bytes(16)), device_tag(bytes(16))}) == 5


def test_negative_values():
    first, second = [bthome_advert(bthome_cipher(KEY), MAC, 7, [(2, value, 2)]) for value in (-500, 65036)]
    assert first == second
