"""How a board gets its LoRa port. Boards forget this module after the boot."""

from gilmok_wire.radio_law import RadioLaw

from ..config import ConfigError
from .lora import LoraPort
from .wiring import open_radio


def start(spec, buses, now, board, entropy):
    """Return the LoraPort that entry 22 of a configuration describes (node_config.cddl).

    A board that has a `ledger()` keeps there what its radio has sent, where the region asks; without, nothing is sent in the first hour.
    Raises: ConfigError.
    """
    from gilmok_wire.regions import REGIONS

    try:
        region, channels, limits, window_ms, antenna_dbi, listens, wiring = spec
        row = REGIONS[region]
        slowest, fastest = limits
        ledger = board.ledger() if row[2] and hasattr(board, "ledger") else None
        law = RadioLaw(row, now(), tuple(channels), antenna_dbi, ledger and ledger.load())
        for rate in range(slowest, fastest + 1):
            if not any([law.carries(channel, rate, row[1][rate][2]) for channel in channels]):
                raise ValueError("no channel with data rate {}".format(rate))
    except (ValueError, TypeError, LookupError) as error:
        raise ConfigError("lora: {!r} is not as this firmware expects it".format(error))
    radio = open_radio(buses, wiring, law.frequency_hz(channels[0]))
    radio.begin(now())  # where it fails, it tries again by itself
    port = LoraPort(radio, law, row, (slowest, fastest), window_ms, listens, now, entropy, ledger)
    if getattr(buses, "wake", None):
        port.look_ms = buses.wake.look_ms
    return port
