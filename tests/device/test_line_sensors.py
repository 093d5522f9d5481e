"""Sensors on pins and lines as a node has them: virtual instruments, and samplers that share the time and the lines."""

from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors import load
from gilmok_sim.chips import Still
from gilmok_sim.instruments import Instruments
from gilmok_sim.world import RainyNight


class Sensor:
    def __init__(self, name, driver, bus, number, select=None, **options):
        self.name, self.driver, self.bus, self.bus_number, self.select, self.options = name, driver, bus, number, select, options


class Readings:
    def __init__(self):
        self.records = []

    def append(self, tick, values):
        self.records.append((tick, values))


class Node:
    """The samplers of some sensors, and a clock that goes from one thing that is due to the next."""

    def __init__(self, world, sensors, period_ms=10000, busy_ms=0):
        self.now = 0
        self.busy_ms = busy_ms
        self.faults = []
        self.instruments = Instruments(world, lambda: self.now)
        self.readings = {}
        self.samplers = []
        for sensor in sensors:
            driver = load(sensor.driver)(self.instruments(sensor), sensor.options)
            self.readings[sensor.name] = Readings()
            self.samplers.append(Sampler(sensor.name, driver, period_ms, self.readings[sensor.name], None, self.on_fault))

    def on_fault(self, sampler, error):
        self.faults.append((self.now, sampler.name, error))

    def run(self, until_ms):
        while self.now < until_ms:
            self.now = min(max(min([sampler.poll(self.now) for sampler in self.samplers]), self.now + 1) + self.busy_ms, until_ms)

    def values(self, name):
        return [values for _, values in self.readings[name].records]


CHANNELS = [["flow", "m3/h", -3, 10, "i32"], ["level", "m", -2, 30, "u16"]]
SOIL = [["soil", "%", -2], ["temperature", "Cel", -1]]
SENSORS = [
    Sensor("door", "contact", "pin", 4),
    Sensor("rain", "rain_gauge", "pin", 5, None, tip_um=500),
    Sensor("pit", "jsn_sr04t", "pulse", 12, 13),
    Sensor("sewer", "mb7389_pulse", "pulse", 14, 15),
    Sensor("weir", "mb7389_pulse", "pulse", 16),
    Sensor("river", "mb7389", "uart", 1),
    Sensor("pump", "modbus", "rs485", 1, 17, channels=CHANNELS, de=21),
    Sensor("valve", "modbus", "rs485", 1, 18, channels=CHANNELS[1:], de=21),
    Sensor("bed", "sdi12", "sdi12", 2, ord("0"), channels=SOIL),
    Sensor("slope", "sdi12", "sdi12", 2, ord("z"), channels=SOIL[1:], command="M"),
]
TRUTH = {"closed": 1, "rain_rate": 36, "distance": 1.5, "flow": -1.234, "level": 2.5, "soil": 33.33, "temperature": -4.5}


def test_all_of_them_at_once():
    for busy_ms in (0, 3, 11):
        node = Node(Still(**TRUTH), SENSORS, busy_ms=busy_ms)
        node.run(200500)
        assert node.faults == []
        for name, values in (
            ("door", (1, 0)),
            ("pit", (1500,)),
            ("sewer", (1500,)),
            ("weir", (1500,)),
            ("river", (1500,)),
            ("pump", (-1234, 250)),
            ("valve", (250,)),
            ("bed", (3333, -45)),
            ("slope", (-45,)),
        ):
            found = node.values(name)
            assert len(found) >= 19 and set(found) == {values}, (name, found, busy_ms)
        rain = node.values("rain")
        assert 3 <= sum([since for since, _ in rain]) == rain[-1][1] <= 4


def test_a_silent_neighbour_costs_the_others_nothing():
    node = Node(Still(**TRUTH), SENSORS)
    node.instruments.chips["valve"].fault = "silence"
    node.instruments.chips["bed"].fault = "noise"
    node.run(100500)
    assert {name for _, name, _ in node.faults} == {"valve", "bed"}
    for name in ("pump", "slope"):
        assert len(node.values(name)) >= 9 and None not in [values[0] for values in node.values(name)]
    node.instruments.chips["valve"].fault = node.instruments.chips["bed"].fault = None
    node.run(300500)
    assert node.values("valve")[-1] == (250,) and node.values("bed")[-1] == (3333, -45)
    assert [error for _, _, error in node.faults[-2:]] == [None, None]


def test_any_world_has_something_to_measure():
    sensors = [sensor for sensor in SENSORS if sensor.name in ("door", "rain", "pit", "river", "pump")]
    node = Node(RainyNight(), sensors, period_ms=600000)
    node.run(4 * 3600000)
    assert node.faults == []
    assert {values[0] for values in node.values("door")} == {0, 1}
    assert 60 < node.values("rain")[-1][1] < 200
    assert len(set(node.values("pump"))) > 10  # of flow and level it knows nothing
