"""One sensor: begun, sampled at its ticks, flagged and retried when it fails, while everything else goes on.

BEGIN --begin()--> SETTLE --ready--> IDLE --tick: start()--> MEASURE --ready: read()--> IDLE
  ^                                                             |
  '----------------- back-off <------- SensorError -------------'
"""

from gilmok_wire.compat import const

from ..sensors.base import NotReady, SensorError, missing

# Places in _STEPS.
_BEGIN = const(0)
_SETTLE = const(1)
_IDLE = const(2)
_MEASURE = const(3)

_RETRY_MS = const(1000)  # first pause after a fault: a loose plug is often back at once
_RETRY_LIMIT_MS = const(60_000)  # a replaced sensor is noticed within a minute


class Sampler:
    """Drives one sensor.

    `readings` and `waveform` are Recorders (`waveform` None where the driver has none); `on_fault(sampler, error)` is told of every
    new fault, and with None of every recovery. `channels` are the driver's and those that `derive(values, now_ms)` adds, where it is given,
    as a StreamInfo has its columns.
    """

    _pretrigger = None  # few sensors have one

    def __init__(self, name, driver, period_ms, readings, waveform, on_fault, channels=None, derive=None):
        self.name = name
        self.driver = driver
        self.channels = driver.CHANNELS if channels is None else channels
        self.error = None
        self.skipped = 0
        self.last = None  # (tick, values) of the last reading
        self.period_ms = period_ms
        self.judge = None  # told of each reading before it is recorded, as judge(tick, values)
        self._derive = derive
        self._readings = readings
        self._waveform = waveform
        self._on_fault = on_fault
        self._service_at = None
        self._state = _BEGIN
        self._at = 0
        self._tick = 0
        self._retry_ms = _RETRY_MS

    def poll(self, now_ms):
        """Do what is due; return the uptime at which to be called again."""
        if self._service_at is not None and now_ms >= self._service_at:
            self._service(now_ms)
        while now_ms >= self._at:
            try:
                self._STEPS[self._state](self, now_ms)
            except SensorError as error:
                if not self._may_wait(now_ms, error):
                    self._fail(now_ms, error)
        return self._at if self._service_at is None else min(self._at, self._service_at)

    @property
    def reading_at(self):
        """When the next reading is due."""
        return self._at

    def capture(self, on):
        """Start or stop keeping raw blocks; False where the sensor has no waveform."""
        if self._waveform is None:
            return False
        (self._pretrigger or self.driver).capture(on)
        return True

    def keep(self, pretrigger):
        """Put a Pretrigger between the driver's blocks, which then never cease, and the log."""
        pretrigger.recorder = self._waveform
        self._waveform = self._pretrigger = pretrigger
        self.driver.capture(True)

    def _begin(self, now_ms):
        self._at = now_ms + self.driver.begin(now_ms)
        self._state = _SETTLE

    def _settle(self, now_ms):
        self._service_at = now_ms if getattr(self.driver, "SERVICE_MS", 0) else None
        self._wait_for_tick(now_ms)

    def _start(self, now_ms):
        missed = (now_ms - self._tick) // self.period_ms
        if missed > 0:
            self.skipped += missed
            self._tick += missed * self.period_ms
        self._at = now_ms + self.driver.start(now_ms)
        self._state = _MEASURE

    def _read(self, now_ms):
        values = self.driver.read(now_ms)
        if self._derive:
            values = self._derive(values, now_ms)
        tick = self._tick
        if self.judge:
            self.judge(tick, values)
        self.last = (tick, values)
        self._retry_ms = _RETRY_MS
        self._wait_for_tick(now_ms)
        if self.error is not None:
            self.error = None
            self._on_fault(self, None)
        self._readings.append(tick, values)  # at the end: without a log the sensor goes on all the same

    def _wait_for_tick(self, now_ms):
        """Aim at the next multiple of the period: streams of one period share their ticks, and a tick costs no bits on the wire."""
        self._tick = (max(now_ms, self._tick) // self.period_ms + 1) * self.period_ms
        self._at = self._tick
        self._state = _IDLE

    def _service(self, now_ms):
        self.driver.service(now_ms)
        period_ms = self.driver.SERVICE_MS
        self._service_at += period_ms
        if self._service_at <= now_ms:
            self._service_at = now_ms + period_ms
        if self._waveform is not None:
            for start_ms, period_ms, lost, columns in self.driver.blocks():
                self._waveform.append_block(start_ms, period_ms, lost, columns)
            if self._pretrigger:
                self._pretrigger.step()

    def _may_wait(self, now_ms, error):
        """Tell whether the same step is only to be taken later: the sensor says when, and the next tick is not due by then."""
        if not isinstance(error, NotReady) or not error.fact or self._state < _IDLE or now_ms + error.fact >= self._tick + self.period_ms:
            return False
        self._at = now_ms + error.fact
        return True

    def _fail(self, now_ms, error):
        """Flag the sensor: one record of missing values, then silence until it is back."""
        is_new, was_measuring = self.error is None, self._state == _MEASURE
        self.error = error
        self._service_at = None
        self._state = _BEGIN
        self._at = now_ms + self._retry_ms
        self._retry_ms = min(self._retry_ms * 2, _RETRY_LIMIT_MS)
        if is_new:
            self._on_fault(self, error)
            if was_measuring:
                self._readings.append(self._tick, missing(self.channels))

    _STEPS = (_begin, _settle, _start, _read)
