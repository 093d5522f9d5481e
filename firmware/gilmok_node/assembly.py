"""Putting a node together from its configuration. A board forgets this module after the boot, which frees 2 KB of its heap."""

from gilmok_wire.compat import const
from gilmok_wire.messages import READINGS, WAVEFORM
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import Identity, NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo

from . import VERSION
from .anchors import Anchors
from .health import Health
from .port import Port
from .recorder import Recorder
from .sampler import Sampler
from .sensors import load

_WAVEFORM_MAX_AGE_MS = const(5000)


class Assembly:
    """Binds the streams of a configuration to a log, and makes what feeds and what sends them."""

    def __init__(self, config, log):
        self._config = config
        self._log = log
        self._infos = {}  # by stream number
        self._samplers = {}  # by sensor

    def samplers(self, buses, on_fault):
        """Return a sampler for each sensor, in the order of the configuration."""
        return [self._make_sampler(sensor, buses(sensor), on_fault) for sensor in self._config.sensors]

    def anchors(self):
        """Return what keeps anchors."""
        return Anchors(self._record)

    def health(self):
        """Return what records the node's own state."""
        return Health(self._record, self._config.health_ms)

    def ports(self, uarts, link, draw_salt, on_event, on_line):
        """Return a port for each UART, with a session of its own, once all streams are bound."""
        return [Port(uart, self._make_session(link, draw_salt), on_event, on_line) for uart in uarts]

    def _record(self, info):
        recorder = Recorder(self._log, info)
        self._infos[recorder.number] = info
        return recorder

    def _make_sampler(self, sensor, bus, on_fault):
        driver = load(sensor.driver)(bus, sensor.options)
        channels, derive = tuple(driver.CHANNELS), None
        if sensor.derived:
            from .derive import Derived  # a node that records what it reads can do without, as without report

            channels += tuple([tuple(spec[:3]) for spec in sensor.derived])
            derive = Derived(sensor.derived, self._samplers)
        readings, waveform = self._make_readings(sensor, channels), None
        if hasattr(driver, "WAVEFORM"):
            waveform = self._record(StreamInfo(sensor.name + ".waveform", WAVEFORM, driver.WAVEFORM, _WAVEFORM_MAX_AGE_MS))
        sampler = Sampler(sensor.name, driver, sensor.period_ms, readings, waveform, on_fault, channels, derive)
        self._samplers[sensor.name] = sampler
        return sampler

    def _make_readings(self, sensor, channels):
        """Return what takes the readings: the recorder of the stream, or a report before it."""
        if not sensor.report:
            return self._record(StreamInfo(sensor.name, READINGS, channels, sensor.max_age_ms, sensor.urgent))
        from .report import COUNT, make_report

        columns = channels + (COUNT,) if sensor.report[0] == "mean" else channels
        recorder = self._record(StreamInfo(sensor.name, READINGS, columns, sensor.max_age_ms, sensor.urgent))
        return make_report(sensor.report, recorder)

    def _make_session(self, link, draw_salt):
        config, log = self._config, self._log
        streams = [NodeStream(number, digest, self._infos.get(number), log) for number, digest, _ in log.streams()]
        identity = Identity(config.digest, VERSION, config.store)
        return NodeSession(NodeSeal(config.key, config.device, draw_salt), link, log, streams, identity)
