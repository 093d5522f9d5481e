"""Tapes of the drivers: what each calls on its bus, and is answered by its virtual chip, in the virtual night.

A driver that gets a tape's answers again does what it did, without the chip: that is how its own time and memory are measured
(`on_chip_driver.py`).

Shape: a tape is JSON: driver, bus, select, options; `steps`, [what, now_ms, [calls of the bus before it returned]]; `readings`, the
values of each, and `ends`, the steps that returned them. A call is [method, arguments, result, what was read, errno, ms of each edge];
bytes are "x" and hex digits, a buffer to be filled is "n" and its length.
"""

from collections.abc import Callable
from typing import Any

from gilmok_node.sensors import load
from gilmok_node.sensors.base import NotReady, SpiDevice
from gilmok_sim.city import City
from gilmok_sim.instruments import Instruments
from gilmok_site.catalogue import DRIVERS

Tape = dict[str, Any]

SEED = 7
EVERY_MS = 10_000
SHAKEN_EVERY_MS = 1_000  # what samples vibration sums up every second
SETTLED_MS = 10_000  # beside what the driver says of its warming up: every filter is full by then
_FILLED = {"readfrom_into", "readfrom_mem_into", "write_readinto", "readinto"}  # their last buffer
_THREE = [["level", "m", -3], ["flow", "m3/h", -2], ["temperature", "Cel", -1]]
# What a driver cannot do without: the site file describes these instruments. All others run with what is usual.
OPTIONS: dict[str, dict[str, Any]] = {
    "current_loop": {"channel": _THREE[0], "at_4ma": 0, "at_20ma": 5000},
    "gas_cell": {"we_zero_uv": 300_000, "ae_zero_uv": 300_000, "sensitivity": 300_000, "settle_s": 0},
    "modbus": {"channels": [[*item, 100 + 2 * place, "i32"] for place, item in enumerate(_THREE)]},
    "sdi12": {"channels": _THREE},
}


class _Sensor:
    """What Instruments have to know of a sensor, as config.SensorConfig."""

    bus_number = 0
    derived = ()

    def __init__(self, name: str) -> None:
        self.driver = self.name = name
        self.bus = DRIVERS[name].bus
        usual = {"spi": 5, "pulse": 25, "rs485": 1, "sdi12": ord("0")}
        self.select = DRIVERS[name].addresses[0] if self.bus == "i2c" else usual.get(self.bus)
        self.options = dict(OPTIONS.get(name, {}))


class _Recorder:
    """A bus that keeps a list of what is called and answered."""

    def __init__(self, bus: Any) -> None:
        self.bus = bus
        self.calls: list[list[Any]] = []
        self._edges: list[int] = []

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.bus, name)
        return (lambda *given, **named: self.call(name, value, *given, *named.values(), named=named)) if callable(value) else value

    def __call__(self, *given: Any) -> Any:
        """Be a pin that selects a chip or turns a line."""
        return self.call("pin", self.bus, *given)

    def call(self, name: str, method: Callable[..., Any], *given: Any, named: Any = None) -> Any:
        entry: list[Any] = [name, [_plain(item, name in _FILLED and item is given[-1]) for item in given]]
        self.calls.append(entry)  # before those that a handler makes meanwhile
        edges, self._edges = self._edges, []
        result, read, errno = None, None, None
        try:
            result = method(*given[: len(given) - len(named or ())], **(named or {}))
            if name in _FILLED and not (name == "readinto" and result is None):
                read = _plain(bytes(given[-1])[: result if name == "readinto" else None])
        except OSError as error:
            errno = error.args[0]
        entry += [_plain(result), read, errno, self._edges]
        self._edges = edges
        if errno is not None:
            raise OSError(errno)
        return result

    def on_edge(self, handler: Callable[[int], None]) -> None:
        def heard(ms: int) -> None:
            self._edges.append(ms)
            handler(ms)

        self.bus.on_edge(heard)


def record(name: str, readings: int) -> Tape:
    """Return the tape of so many readings of driver `name`, once it has warmed up."""
    sensor = _Sensor(name)
    now = [0]
    bus = Instruments(City(SEED), lambda: now[0], SEED)(sensor)
    bus, recorders = _tapped(sensor.bus, bus)
    driver = load(name)(bus, sensor.options)
    every_ms = max(DRIVERS[name].period_min_ms, SHAKEN_EVERY_MS if hasattr(driver, "WAVEFORM") else EVERY_MS)
    script = _Script(driver, now, recorders)
    script.step("begin")
    script.settle()
    for at_ms in range(SETTLED_MS + DRIVERS[name].warmup_ms // every_ms * every_ms, 10**9, every_ms):
        script.wait(at_ms)
        script.step("start")
        script.wait(now[0] + script.result)
        script.step("read")
        if len(script.readings) == readings:
            break
    tape = {"driver": name, "bus": sensor.bus, "select": sensor.select, "options": sensor.options, "every_ms": every_ms}
    return {**tape, "service_ms": script.service_ms, "steps": script.steps, "ends": script.ends, "readings": script.readings}


class _Script:
    """Brings a driver the time as a Sampler does, and keeps what happened."""

    def __init__(self, driver: Any, now: list[int], recorders: list[_Recorder]) -> None:
        self.steps: list[list[Any]] = []
        self.readings: list[list[int | None]] = []
        self.ends: list[int] = []
        self.result = 0
        self.service_ms = getattr(driver, "SERVICE_MS", 0)
        self._driver = driver
        self._now = now
        self._calls = recorders[0].calls
        for recorder in recorders:
            recorder.calls = self._calls
        self._service_at: int | None = None  # once it is begun, as a Sampler does

    def step(self, what: str) -> None:
        """Call a method of the driver, as often as it asks for more time."""
        while True:
            self._calls.clear()
            again = None
            try:
                result = getattr(self._driver, what)(self._now[0])
            except NotReady as error:
                if not error.fact:
                    raise
                again = error.fact
            self.steps.append([what, self._now[0], list(self._calls)])
            if again is None:
                break
            self.wait(self._now[0] + again)
        if what == "read":
            self.readings.append(list(result))
            self.ends.append(len(self.steps) - 1)
        else:
            self.result = result or 0

    def settle(self) -> None:
        """Wait until it has begun; from then on it is serviced."""
        self._now[0] += self.result
        self._service_at = self._now[0] if self.service_ms else None

    def wait(self, until_ms: int) -> None:
        """Let time pass; the driver is serviced meanwhile, once begun."""
        while self._service_at is not None and self._service_at <= until_ms:
            self._now[0] = max(self._now[0], self._service_at)
            self._calls.clear()
            self._driver.service(self._now[0])
            if hasattr(self._driver, "WAVEFORM"):
                list(self._driver.blocks())
            self.steps.append(["service", self._now[0], list(self._calls)])
            self._service_at += self.service_ms
        self._now[0] = max(self._now[0], until_ms)


def _tapped(kind: str, bus: Any) -> tuple[Any, list[_Recorder]]:
    """Return a bus with recorders where the firmware meets the hardware, and these."""
    if kind == "spi":
        spi, select = _Recorder(bus.spi), _Recorder(bus.cs)
        return SpiDevice(spi, select), [spi, select]
    if kind in ("rs485", "sdi12"):
        bus.line._uart = uart = _Recorder(bus.line._uart)
        return bus, [uart]
    tap = _Recorder(bus)
    return tap, [tap]


def _plain(value: Any, filled: bool = False) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"n{len(value)}" if filled else "x" + bytes(value).hex()
    return value
