"""What a node measures, judges and acts with, from its configuration; links and session are joining.py's.

A board forgets this module before these come, which frees 4 KB of its heap: no closure that stays may be made here, or it keeps all of it.
"""

from gilmok_wire.compat import const
from gilmok_wire.messages import EVENTS, READINGS, WAVEFORM
from gilmok_wire.node_stream import StreamInfo

from . import forget, is_only
from .anchors import Anchors
from .flash.recorder import Recorder
from .health import Health
from .measure.sampler import Sampler
from .sensors import load

_WAVEFORM_MAX_AGE_MS = const(5000)
_DETECTOR_MS = const(1000)  # a detector tells its values once a second at least


class Assembly:
    """Binds the streams of a configuration to a log, and makes what feeds them."""

    def __init__(self, config, log):
        self._config = config
        self._log = log
        self._infos = {}  # by stream number
        self._samplers = {}  # by sensor
        self._readings = {}  # StreamInfo of a sensor's readings
        self._ruled = False
        self._driving = set()  # sensors that drive outputs, by index

    def samplers(self, buses, on_fault):
        """Return a sampler for each sensor, in the order of the configuration."""
        return [self._make_sampler(sensor, buses(sensor), on_fault) for sensor in self._config.sensors]

    def alarms(self, buses, board, samplers, now_ms):
        """Return what judges the readings of `samplers` and drives outputs; None where the configuration has no rules."""
        config = self._config
        if not (config.rules or config.outputs or config.detectors):
            return None
        from .judge.alarms import Alarms, taker

        self._ruled = True
        detectors = [self._make_detector(spec, samplers) for spec in config.detectors]
        sources = [(sampler.channels, sampler.period_ms) for sampler in samplers]
        sources += [(detector.CHANNELS, _DETECTOR_MS) for detector in detectors]
        keep = board.keep() if hasattr(board, "keep") else None
        alarms = Alarms(config, sources, buses, self._record, keep, now_ms, self._make_hurry(samplers))
        self._driving = {source for source in alarms.driving if source < len(samplers)}
        alarms.driving = None
        config.sensors = config.validity = config.outputs = ()  # each part goes as soon as it is done: sessions need the room
        forget("alarms")
        for place, sampler in enumerate(samplers):
            sampler.judge = taker(alarms, place)
        for place, detector in enumerate(detectors):
            if detector.CHANNELS:
                from .measure.detectors import hear_for

                recorder = self._record(StreamInfo(detector.name, EVENTS, detector.CHANNELS, _DETECTOR_MS))
                detector.on_values = hear_for(alarms, len(samplers) + place, detector, recorder)
        return alarms

    def _make_detector(self, spec, samplers):
        from .measure.detectors import make_detector

        sampler = samplers[spec[2]]
        detector = make_detector(spec, sampler.driver)
        if spec[0] == "capture":
            sampler.keep(detector)
        return detector

    def power(self, samplers, alarms):
        """Return what watches the supply; None where the configuration has no limits for it."""
        spec = self._config.power
        if not spec or len(spec) == 1:
            return None
        from .power import Power  # 2 KB that most nodes do without

        watched = set()
        if alarms:
            watched.update(alarms.judge.sources)  # kinds other than channels are beyond any sampler
            watched.update([sensor for _, sensor in alarms.detectors])
        return Power(spec[1:], samplers, watched)

    def driving(self, samplers):
        """Return the samplers whose readings drive outputs."""
        return [samplers[place] for place in sorted(self._driving)]

    def anchors(self):
        """Return what keeps anchors."""
        return Anchors(self._record)

    def health(self, ports):
        """Return what records the node's own state, and that of the radio among `ports`: of a modem's the network keeps account."""
        return Health(self._record, self._config.health_ms, *[port for port in ports if port.name == "lora"])

    def radio(self, *board):
        """Return a port for the air, by a radio or a modem, in a list, which is empty where the configuration has none."""
        ports = []
        if self._config.lora:
            from .radio.lora_start import start  # with all that it needs 30 KB

            ports.append(start(self._config.lora, *board))
        if self._config.lorawan:
            from .radio.lorawan_start import start as start_modem  # with the port 9 KB

            power = self._config.power
            ports.append(start_modem(self._config.lorawan, board[0], board[1], bool(power and power[0])))
        forget("radio")  # regions alone are 6 KB
        return ports

    def ble(self, node):
        """Return the BLE port of `node` in a list, which is empty where the configuration has none."""
        if not self._config.ble:
            return []
        from .ble.ble_hints import open_ble  # 15 KB, with the port, that most nodes do without

        return [open_ble(node, self._config)]

    def streams(self, ports):
        """Return the StreamInfo of each stream by its number, now that all are bound, and drop how what there is by now was made."""
        if is_only():
            from .spent import spend_parts

            spend_parts(self._samplers.values(), self._ruled, ports)
            forget("parts")
        return self._infos

    def _record(self, info):
        recorder = Recorder(self._log, info)
        self._infos[recorder.number] = info
        return recorder

    def _make_sampler(self, sensor, bus, on_fault):
        driver = load(sensor.driver)(bus, sensor.options)
        channels, derive = _as_text(driver.CHANNELS), None
        if sensor.derived:
            from .measure.derive import Derived  # a node that records what it reads can do without, as without report

            channels += _as_text([spec[:3] for spec in sensor.derived])
            derive = Derived(sensor.derived, self._samplers)
        readings, waveform = self._make_readings(sensor, channels), None
        if hasattr(driver, "WAVEFORM"):
            waveform = self._record(StreamInfo(sensor.name + ".waveform", WAVEFORM, driver.WAVEFORM, _WAVEFORM_MAX_AGE_MS))
        sampler = Sampler(sensor.name, driver, sensor.period_ms, readings, waveform, on_fault, channels, derive)
        self._samplers[sensor.name] = sampler
        return sampler

    def _make_hurry(self, samplers):
        """Return what lets a sensor measure faster while a rule that watches it is active; None where none does."""
        sensors = self._config.sensors
        if not any([sensor.haste for sensor in sensors]):
            return None
        from .judge.haste import make_hurry

        return make_hurry(sensors, samplers, self._readings)

    def _make_readings(self, sensor, channels):
        """Return what takes the readings: the recorder of the stream, or a report before it."""
        if sensor.report:
            from .measure.report import COUNT, make_report

            if sensor.report[0] == "mean":
                channels += _as_text([COUNT])
        info = self._readings[sensor.name] = StreamInfo(sensor.name, READINGS, channels, sensor.max_age_ms, sensor.urgent)
        recorder = self._record(info)
        return make_report(sensor.report, recorder) if sensor.report else recorder


def _as_text(columns):
    """Return columns as a text with a line for each: tuples would take 100 bytes a column for good, and only a schema needs them."""
    return columns if isinstance(columns, str) else "".join([" ".join([str(part) for part in column]) + "\n" for column in columns])
