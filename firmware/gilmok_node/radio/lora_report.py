"""What a LoRa port says of itself to people; loaded when they ask."""

from gilmok_wire.radio_law import REASONS


def report(port, law, radio, now_ms):
    """Return counters by name; `quotas` are (ms used, ms allowed), `refused` counts by reason of radio_law."""
    return {
        "rate": port.rate,
        "sent": law.sent,
        "sent_ms": law.sent_ms,
        "heard": port.heard,
        "foreign": port.foreign,
        "damaged": port.damaged,
        "missed": port.missed,
        "refused": [(reason, law.refused[reason]) for reason in range(REASONS) if law.refused[reason]],
        "quotas": law.report(now_ms),
        "faults": radio.faults,
    }
