"""How a board becomes a gateway. Boards forget this module after the boot."""

from gilmok_wire.radio_law import RadioLaw

from ..config import ConfigError
from ..radio.wiring import open_radio
from .gateway import Gateway


def start(config, buses, uarts, now, board):
    """Return the Gateway that a configuration describes (node_config.cddl, 25).

    Raises: ConfigError.
    """
    try:
        region, channel, rate, power_dbm, antenna_dbi, wiring = config.gateway
    except (TypeError, ValueError):
        raise ConfigError("gateway: not as this firmware expects it")
    from gilmok_wire.regions import REGIONS

    if region not in REGIONS:
        raise ConfigError("gateway: no region {!r}: this firmware has {}".format(region, ", ".join(sorted(REGIONS))))
    row = REGIONS[region]
    ledger = board.ledger() if row[2] and hasattr(board, "ledger") else None  # without, nothing is sent in the first hour
    law = RadioLaw(row, now(), None, antenna_dbi, ledger and ledger.load())
    if channel not in law.channels or not 0 <= rate < len(law.rates) or law.rates[rate] is None:
        raise ConfigError("gateway: {} has no channel {} with data rate {}".format(region, channel, rate))
    radio = open_radio(buses, wiring, law.frequency_hz(channel))
    return Gateway(config.name, (region, channel, rate, power_dbm), radio, law, uarts, now, board, ledger)
