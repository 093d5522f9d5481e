"""Binding streams to a log (SPEC.md section 5): the last that a boot does with it, when what mounted it is forgotten already."""

from .checkpoint import STREAMS
from .entry import BINDING, NOTE, Refused


def bind(log, digest, waveform):
    """See Log.bind."""
    checkpoint, stream = log.checkpoint, 0
    for number, held, _ in checkpoint.bound():
        if held == digest:
            return number
        stream = number + 1
    if stream == STREAMS or len(digest) != 4 or waveform and not log.waveforms:
        raise Refused("another stream with the digest", digest)
    encoded = bytes([stream | bool(waveform) << 7]) + digest
    for _ in range(2):  # a number can be skipped, a binding only be remembered: no single bit may lose it
        log.records.put(NOTE, BINDING, 0, 0, 0, encoded)
    log.records.flush()
    return checkpoint.bind(encoded)
