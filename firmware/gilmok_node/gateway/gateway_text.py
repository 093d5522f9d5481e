"""What a person sees and may type on the serial port of a gateway."""

from .. import VERSION

# As radio_law numbers its reasons.
_REASONS = ("", "channel", "rate", "size", "power", "dwell", "sending", "pause", "quota", "listen", "occupied")


def answer(gateway, text, now_ms):
    """Return the lines that answer what a person typed."""
    return _status(gateway, now_ms) if text.split() == ["status"] else ["commands: status"]


def _status(gateway, now_ms):
    region, channel, rate, power_dbm = gateway.settings
    law, radio = gateway.law, gateway.radio
    sf, bandwidth_hz, _ = law.rates[rate]
    khz = law.frequency_hz(channel) // 1000
    head = "gilmok {} gateway {} {} channel {} ({}.{:03d} MHz) SF{} {} kHz {} dBm"
    yield head.format(VERSION, gateway.name, region, channel, khz // 1000, khz % 1000, sf, bandwidth_hz // 1000, power_dbm)
    yield "radio    {}{}".format(radio.state, _listed(sorted(radio.faults.items()), " · faults: "))
    yield "up       {} heard · {} damaged".format(gateway.heard, gateway.damaged)
    refused = [(_REASONS[reason], count) for reason, count in enumerate(gateway.refused) if count]
    line = "down     {} sent in {} ms · {} waiting · {} missed{}"
    yield line.format(gateway.sent, law.sent_ms, len(gateway.waiting), gateway.missed, _listed(refused, " · refused: "))
    for used_ms, allowed_ms in law.report(now_ms):
        yield "airtime  {} of {} ms used".format(used_ms, allowed_ms)


def _listed(counts, title):
    return title + ", ".join(["{} {}".format(name, count) for name, count in counts]) if counts else ""
