"""The node's own state as a stream, its sensors' faults as events, and where it has a radio what that has done."""

from gilmok_wire.compat import const
from gilmok_wire.messages import EVENTS, READINGS
from gilmok_wire.node_stream import StreamInfo

from . import forget

_MAX_AGE_MS = const(600_000)
_LIMIT = const((1 << 29) - 1)
# The law counts the airtime of an hour: with a record an hour no use of a band falls between two. Six go at
# a time, 51 bytes in four frames a day: 0.5 s on the air at SF7.
_LEDGER_MS = const(3_600_000)
LEDGER_AGE_MS = const(18_000_000)

# Name, unit and exponent a line: as tuples they would take 1 KB of the heap for good, and only a schema needs them.
COLUMNS = """\
heap_free By 0
reset_cause 1 0
records_fill 1 -3
waveforms_fill 1 -3
backlog 1 0
frames_sent 1 0
frames_refused 1 0
answers_missed 1 0
line_noise By 0
voltage V -3
skipped 1 0
sensor_faults 1 0
log_faults 1 0
"""

# What a fault event says of a sensor: its place in the configuration, and the code of its error (0: it is back).
FAULT_COLUMNS = "sensor 1 0\nfault 1 0\n"


class Health:
    """Records the node's state every `period_ms`, on multiples of it, and hourly what its `radio`, a LoraPort, has done.

    `record(info)` returns the Recorder of a stream.
    """

    def __init__(self, record, period_ms, radio=None):
        self._recorder = record(StreamInfo("health", READINGS, COLUMNS, _MAX_AGE_MS))
        self._faults = record(StreamInfo("fault", EVENTS, FAULT_COLUMNS))
        self._period_ms = period_ms
        self._at = 0
        self._radio = self._ledger = None
        if radio:
            from .radio.radio_stream import COLUMNS as columns

            self._radio = radio
            self._ledger = record(StreamInfo("radio", READINGS, columns, LEDGER_AGE_MS)).number

    def poll(self, now_ms, measure):
        """Append `measure()` when it is due; return the uptime at which to be called again."""
        if now_ms >= self._at:
            tick = now_ms // self._period_ms * self._period_ms
            self.record(tick, measure)
            self._at = tick + self._period_ms
            if self._radio and tick % _LEDGER_MS < self._period_ms:
                self._record_radio(tick)
        return self._at

    def record(self, now_ms, measure):
        """Append `measure()` now."""
        self._recorder.append(now_ms, [value if value is None else min(value, _LIMIT) for value in measure()])

    def _record_radio(self, now_ms):
        try:
            from .radio.radio_stream import row

            values = self._radio.report(row)
        except MemoryError:  # a full heap has no room for its code now: what it counts is in the next record
            return
        finally:
            forget("radio")
        self._recorder.append(now_ms, values, self._ledger)

    def fault(self, now_ms, sensor, error):
        """Append the event that a sensor failed, or with None that it is back."""
        self._faults.append(now_ms, (sensor, 0 if error is None else error.CODE))
