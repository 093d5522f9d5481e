"""The file of a configuration: its checksum, its version, and the kinds of its entries.

Source: protocols/node_config.cddl.
"""

from binascii import crc32
from hashlib import sha256

from gilmok_wire import cbor
from gilmok_wire.errors import DecodeError

from .config import CONFIG_VERSION, ConfigError

_KINDS = (str, str, int, bytes, int, list, list, list, int, int)  # of the entries, by key


def read_body(data):
    """Return (body, its digest) of a configuration file, whose entries are of the right kinds.

    Raises: ConfigError.
    """
    try:
        parts = cbor.decode(data)
        if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[1], bytes):
            raise ConfigError("not a configuration file")
        version, encoded, checksum = parts
        if version != CONFIG_VERSION:
            raise ConfigError("version {}; this firmware reads version {}".format(version, CONFIG_VERSION))
        if crc32(encoded) != checksum:
            raise ConfigError("damaged: its checksum does not match")
        body = cbor.decode(encoded)
    except DecodeError as error:
        raise ConfigError("damaged: {}".format(error))
    if not isinstance(body, dict):
        raise ConfigError("not a configuration file")
    for key, kind in enumerate(_KINDS):
        if not isinstance(body.get(key), kind):
            raise ConfigError("entry {} is missing or of the wrong kind".format(key))
    return body, sha256(encoded).digest()[:4]
