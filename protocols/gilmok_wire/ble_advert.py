"""What a node advertises over BLE: that it is ours and what waits for a visit, and a hint of its readings as encrypted BTHome v2.

Source: SPEC.md section 9; BTHome v2 (bthome.io/format, bthome.io/encryption); Bluetooth Core Specification Supplement 11, Part A.
"""

from binascii import unhexlify
from hashlib import sha256

from .ccm import new_ccm
from .compat import const

# Drawn at random once; the three differ in one byte.
SERVICE = "108ce513-e7f9-4a8f-8bd7-938f980b3841"
UP = "108ce514-e7f9-4a8f-8bd7-938f980b3841"
DOWN = "108ce515-e7f9-4a8f-8bd7-938f980b3841"

URGENT = const(1)  # something urgent waits
MOST = const(0xFFFF)  # records that the hint can count

BTHOME = const(0xFCD2)
BTHOME_INFO = const(0x41)  # version 2, regular, encrypted
BTHOME_TAG = const(4)
PACKET, VOLTAGE, COUNT = const(0x00), const(0x0C), const(0x3D)  # objects: number of the packet; mV; records not acknowledged
READINGS_ROOM = const(7)  # 31 bytes less flags (3), head (4), information (1), counter and tag (8), packet (2), voltage (3) and count (3)

_FLAGS = b"\x02\x01\x06"  # general discoverable, no classic Bluetooth
_SERVICE_DATA_16 = const(0x16)
_SERVICE_DATA_128 = const(0x21)


def device_tag(key):
    """Return 4 bytes that tell a device from one with its address at another site."""
    return sha256(b"gilmok ble" + key).digest()[:4]


def bind_key(key):
    """Return the key under which a device's readings are advertised: who has it can read and forge hints, and nothing else."""
    return sha256(b"gilmok bthome" + key).digest()[:16]


def service_advert(device, tag, urgent, backlog):
    """Return the advertisement that says whose node this is, and what waits."""
    data = device.to_bytes(2, "big") + tag + bytes((URGENT if urgent else 0,)) + min(backlog, MOST).to_bytes(2, "big")
    return _FLAGS + bytes((17 + len(data), _SERVICE_DATA_128)) + little_endian(SERVICE) + data


def little_endian(uuid):
    """Return the bytes of a UUID as they are on the air."""
    return bytes(reversed(unhexlify(uuid.replace("-", ""))))


def bthome_nonce(mac, counter):
    """Return the nonce of an advertisement: `mac` as people write it, `counter` as sent."""
    return mac + b"\xd2\xfc" + bytes((BTHOME_INFO,)) + counter


def bthome_advert(ccm, mac, unix_s, objects):
    """Return the advertisement of `objects`: (object id, value, bytes), in any order; ids may not come twice.

    `ccm` is the cipher under the bind key with tags of 4 bytes. The counter is the time, which neither repeats nor goes back.
    """
    counter = unix_s.to_bytes(4, "little")
    plain = b"".join([bytes((number,)) + (value & (1 << 8 * size) - 1).to_bytes(size, "little") for number, value, size in sorted(objects)])
    sealed = ccm.seal(bthome_nonce(mac, counter), b"", plain)
    data = bytes((BTHOME_INFO,)) + sealed[:-BTHOME_TAG] + counter + sealed[-BTHOME_TAG:]
    return _FLAGS + bytes((3 + len(data), _SERVICE_DATA_16)) + b"\xd2\xfc" + data


def bthome_cipher(key):
    """Return the cipher for the advertisements of a device with this key."""
    return new_ccm(bind_key(key), BTHOME_TAG)
