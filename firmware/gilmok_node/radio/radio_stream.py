"""What a node's radio has done since the boot, as a record of the stream "radio"; loaded when one is due, and forgotten behind it."""

# Kept where the stream is (health.py), as lines of text. A band's share is that of the tightest one, of an hour in most regions; the
# reason is of radio_law, that of most refusals.
COLUMNS = "air s -1\nused 1 -3\nrefused 1 0\nreason 1 0\nmissed 1 0\nfaults 1 0\nrate 1 0\n"


def row(port, law, radio, now_ms):
    """Return the values of COLUMNS: missing where the region rations nothing, and where nothing was refused."""
    shares = [used_ms * 1000 // allowed_ms for used_ms, allowed_ms in law.report(now_ms)]
    refused, most = law.refused, max(law.refused)
    reason = refused.index(most) if most else None
    faults = sum(radio.faults.values())
    return law.sent_ms // 100, max(shares) if shares else None, sum(refused), reason, port.missed, faults, port.rate
