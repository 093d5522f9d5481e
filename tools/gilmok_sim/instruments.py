"""The instruments of one node for MicroPython and CPython: a virtual chip for every configured sensor, on the buses it names."""

from gilmok_node.sensors import class_name, load
from gilmok_node.sensors.base import UART, SpiDevice

from gilmok_sim.bus import VirtualAdc, VirtualI2C, VirtualSpi, VirtualUart


class Instruments:
    """Hands each sensor its bus, as a board does; `chips` holds the chips by sensor name.

    `world.value(channel, now_ms)` says what there is to measure, or that of `world.of(sensor)` where there is one; `clock` what time it is.
    """

    def __init__(self, world, clock, seed=1):
        self.chips = {}
        self.actuators = {}  # by output id
        self.open_peer = lambda number: _Unconnected()
        self._world = world
        self._clock = clock
        self._seed = seed
        self._buses = {}

    def __call__(self, sensor):
        """Return the bus of a SensorConfig, with its chip on it."""
        chip = self._make_chip(sensor)
        if hasattr(chip, "keeps"):
            chip.keeps = 1
        self.chips[sensor.name] = chip
        key = (sensor.bus, sensor.bus_number)
        if sensor.bus == "uart":
            return VirtualUart(chip, self._clock, getattr(load(sensor.driver), "UART", UART)[0])
        if sensor.bus == "adc":
            return VirtualAdc(chip)
        if sensor.bus == "i2c":
            bus = self._buses.setdefault(key, VirtualI2C({}))
            # What sits on a chip that several sensors share joins the one that is there.
            bus.chips[sensor.select] = chip.join(bus.chips.get(sensor.select)) if hasattr(chip, "join") else chip
            return bus
        if sensor.bus == "spi":
            bus = self._buses.setdefault(key, VirtualSpi())
            return SpiDevice(bus, bus.attach(chip))
        from gilmok_sim.bus_lines import ATTACH

        return ATTACH[sensor.bus](self._buses, sensor, chip, self._clock)

    def fit(self, outputs, actuators=None, clock=None):
        """Hang an actuator on each compiled output, in `actuators` where none is there yet; theirs is a `clock` that never stops."""
        from gilmok_sim.actuators import Actuator

        self.actuators = {} if actuators is None else actuators
        for spec in outputs:
            if spec[0] not in self.actuators:
                self.actuators[spec[0]] = Actuator(spec, clock or self._clock)

    def peer(self, number, tx=None, rx=None, baud=0):
        """Return the UART that leads to another node or to a modem, as a board does."""
        return self.open_peer(number)

    def output_pin(self, pin, level):
        """Return the output at `pin`, as a board does."""
        actuator = [each for each in self.actuators.values() if each.pin == pin][0]
        actuator.drive(level)
        return actuator.drive

    def input_pin(self, pin):
        """Return the input at `pin`, as a board does."""
        for actuator in self.actuators.values():
            for role, number, level in actuator.inputs:
                if number == pin:
                    return lambda: actuator.level(role, level)
        return lambda: 1

    def _make_chip(self, sensor):
        name = "Virtual" + class_name(sensor.driver)
        module = __import__("gilmok_sim.chips." + sensor.driver, None, None, (name,))
        world = self._world.of(sensor) if hasattr(self._world, "of") else self._world
        chip = getattr(module, name)(world, self._clock, self._seed + len(self.chips))
        if hasattr(chip, "configure"):  # what it measures, or how, is said by the site file
            chip.configure(sensor.options)
        return chip


class _Unconnected:
    """A UART nothing is connected to."""

    def any(self):
        """Return 0."""
        return 0

    def write(self, data):
        """Let it go nowhere."""
        return len(data)
