"""Appends the records of one stream to the log."""

from gilmok_wire.columns import encode_columns
from gilmok_wire.messages import WAVEFORM


class Recorder:
    """One stream of the log, bound to the schema of `info`, a StreamInfo.

    Raises: LogError where the log cannot take another stream.
    """

    def __init__(self, log, info):
        self._log = log
        self.number = log.bind(info.digest(), info.kind == WAVEFORM)

    def append(self, time_ms, values, number=None):
        """Append one record of `values`, integers or None, scheduled at uptime `time_ms`; of another stream where its number is told.

        Raises: LogError.
        """
        return self._log.append(self.number if number is None else number, 1, time_ms, 0, encode_columns([(value,) for value in values]))

    def append_block(self, start_ms, period_ms, lost, columns):
        """Append a block of samples, behind `lost` numbers that nobody holds.

        Raises: LogError.
        """
        return self.append_encoded(start_ms, period_ms, lost, len(columns[0]), encode_columns(columns))

    def append_encoded(self, start_ms, period_ms, lost, count, payload):
        """Append a block of `count` samples whose columns are encoded already.

        Raises: LogError.
        """
        return self._log.append(self.number, count, start_ms, period_ms, payload, lost)
