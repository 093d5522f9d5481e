"""The stream in which a node keeps what it learns of Unix time."""

from gilmok_wire.compat import const
from gilmok_wire.messages import ANCHOR_SCHEMA
from gilmok_wire.node_stream import StreamInfo

_DAY_MS = const(86_400_000)
_EVERY_MS = const(3_600_000)  # a 20 ppm crystal drifts 72 ms in an hour: less often would lose what serial anchors can tell
_MAX_AGE_MS = const(10_000)


class Anchors:
    """Keeps an anchor when it is the first of this boot, when an hour has passed, or when it halves the uncertainty.

    `record(info)` returns the Recorder of a stream.
    """

    def __init__(self, record):
        self._recorder = record(StreamInfo(*ANCHOR_SCHEMA, max_age_ms=_MAX_AGE_MS))
        self._last = None  # (uptime, uncertainty) of the last one kept
        self._offset_ms = None  # Unix time less uptime, by the last one taken

    def take(self, uptime_ms, unix_ms, uncertainty_ms):
        """Append the anchor where it is worth its bytes.

        Raises: LogError.
        """
        self._offset_ms = unix_ms - uptime_ms
        if self._last is not None:
            kept_ms, kept_uncertainty_ms = self._last
            if uptime_ms - kept_ms < _EVERY_MS and uncertainty_ms * 2 > kept_uncertainty_ms:
                return
        self._last = (uptime_ms, uncertainty_ms)
        self._recorder.append(uptime_ms, (unix_ms // _DAY_MS, unix_ms % _DAY_MS, min(uncertainty_ms, _DAY_MS)))

    def unix_s(self, now_ms):
        """Return the Unix time, None where this boot has not learnt it."""
        return None if self._offset_ms is None else (now_ms + self._offset_ms) // 1000
