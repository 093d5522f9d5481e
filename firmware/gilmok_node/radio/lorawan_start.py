"""How a board gets its port over a LoRaWAN modem. Boards forget this module after the boot."""

from binascii import hexlify

from ..config import ConfigError
from .rak3172 import BAUD, Rak3172

# In RUI3, for regions whose data rates rak3172.RATES are: Korea's law asks for listening before talking.
_BANDS = {"EU868": ((b"BAND", b"4"),), "KR920": ((b"BAND", b"7"), (b"LBT", b"1"))}


def start(spec, buses, now, sleeps=False):
    """Return the port that entries 27 and 28 of a configuration describe (node_config.cddl); `sleeps` as entry 24 says.

    Raises: ConfigError.
    """
    try:
        modem, uart, region, identity, key = spec
        if modem != "rak3172":
            raise ValueError(modem)
        settings = [(b"NWM", b"1"), (b"NJM", b"1")] + list(_BANDS[region])  # LoRaWAN and no P2P, joins over the air
        if identity:
            dev_eui, join_eui = identity
            values = (b"DEVEUI", dev_eui), (b"APPEUI", join_eui), (b"APPKEY", key)
            settings += [(name, hexlify(value).upper()) for name, value in values]
        elif key:
            raise ValueError("key")
        number, *pins = uart
    except (ValueError, TypeError, LookupError):
        raise ConfigError("lorawan: not as this firmware expects it")  # without the key, whatever was wrong
    uart = buses.peer(number, *pins, baud=BAUD)
    if not sleeps:
        return Rak3172(uart, now(), settings=settings)
    from .rak3172_sleep import SETTINGS, DozingModem

    return DozingModem(uart, now(), settings=settings + list(SETTINGS))
