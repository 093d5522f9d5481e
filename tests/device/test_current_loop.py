"""The 4–20 mA driver against NAMUR NE 43, its scale, and its virtual transmitter at a virtual ADS1115."""

from device.analog_bench import AnalogBench
from device.chip_bench import raises
from gilmok_node.sensors.base import Absent, BadOption, Garbled, Silent
from gilmok_node.sensors.current_loop import CurrentLoop
from gilmok_sim.chips import Still
from gilmok_sim.chips.current_loop import VirtualCurrentLoop
from gilmok_sim.instruments import Instruments

LEVEL = {"channel": ["level", "m", -3], "at_4ma": 0, "at_20ma": 5000}


def make(options=None, **values):
    bench = AnalogBench(CurrentLoop, VirtualCurrentLoop, dict(options or LEVEL), **(values or {"level": 2.5}))
    bench.begin()
    return bench


def send(bench, milliamps):
    bench.chip.failure_ma = milliamps
    return bench.measure()


def test_ends_and_middle_of_the_scale():
    bench = make()
    for level, current in ((0.0, 4000), (1.25, 8000), (2.5, 12000), (5.0, 20000)):
        bench.world.set(level=level)
        value, micro_amps = bench.measure()
        assert abs(micro_amps - current) <= 1
        assert abs(value - level * 1000) <= 1


def test_a_scale_may_fall_and_start_below_zero():
    bench = make({"channel": ["temperature", "Cel", -1], "at_4ma": 1500, "at_20ma": -500, "input": 3}, temperature=-12.3)
    value, micro_amps = bench.measure()
    assert abs(value + 123) <= 1 and abs(micro_amps - (4000 + 16000 * 1623 / 2000)) <= 1
    assert bench.driver.CHANNELS == (("temperature", "Cel", -1), ("current", "A", -6))


def test_limits_of_ne_43():
    bench = make()
    for milliamps, measured in ((3.61, False), (3.79, False), (3.81, True), (20.49, True), (20.51, False), (20.99, False)):
        value, micro_amps = send(bench, milliamps)
        assert abs(micro_amps - milliamps * 1000) <= 1
        assert (value is not None) == measured, milliamps
    assert send(bench, 3.81)[0] < 0 and send(bench, 20.49)[0] > 5000  # just beyond the scale is still measured


def test_a_broken_wire_and_a_short_are_faults_with_the_current_as_fact():
    bench = make()
    for milliamps, error in ((0.0, Silent), (3.59, Silent), (-1.0, Silent), (21.01, Garbled), (22.0, Garbled), (60.0, Garbled)):
        fault = raises(error, send, bench, milliamps)
        assert abs(fault.fact - min(max(milliamps, -41), 40.96) * 1000) <= 2, milliamps
        assert str(fault.fact) in fault.reason
        bench.begin()
        assert abs(send(bench, None)[1] - 12000) <= 1


def test_other_shunts_and_gains():
    for shunt_mohm, gain in ((10000, 256), (48700, 1024), (97000, 2048), (150000, 4096), (250000, 6144)):
        options = dict(LEVEL)
        options.update(shunt_mohm=shunt_mohm, gain=gain)
        value, micro_amps = make(options, level=4.321).measure()
        assert abs(value - 4321) <= 1 and abs(micro_amps - (4000 + 16 * 864.2)) <= 1, shunt_mohm


def test_a_cut_cable_and_recovery():
    bench = make()
    bench.chip.fault = "silence"
    assert raises(Silent, bench.measure).fact == 0
    bench.chip.fault = None
    bench.begin()
    assert bench.measure()[1] == 12000
    bench.adc.fault = "silence"
    raises(Absent, bench.measure)
    bench.adc.fault = None
    bench.begin()
    assert bench.measure()[0] == 2500


def test_values_stay_below_29_bits():
    options = {"channel": ["level", "m", -3], "at_4ma": -(1 << 28), "at_20ma": 1 << 28}
    bench = make(options, level=0.0)
    for milliamps in (3.81, 20.49):
        assert abs(send(bench, milliamps)[0]) < 1 << 29


def test_options():
    for options in (
        {"shunt_mohm": 100000, "gain": 2048},  # ends at 20.48 mA, where NE 43 goes on to 21 mA
        {"gain": 3000},
        {"at_4ma": 7, "at_20ma": 7},
        {"at_20ma": 1 << 29},
        {"shunt_mohm": 0},
        {"input": 4},
        {"channel": ["level", "m"]},
        {"channel": ["level", "m", "-3"]},
        {"channel": ["a_name_too_long", "m", -3]},
        {"channel": ["fourteen_chars", "ug/m3_x", -3]},
        {"channel": ["current", "A", -3]},
        {"channel": "level"},
    ):
        assert raises(BadOption, CurrentLoop, None, options).option in options, options
    assert "unit" in str(raises(BadOption, CurrentLoop, None, {"channel": 3}))
    assert CurrentLoop(None, {"channel": ["fourteen_chars", "ug/m3", 0]}).CHANNELS[0] == ("fourteen_chars", "ug/m3", 0)


class Wired:
    """What a SensorConfig says of the wires."""

    driver = "current_loop"
    bus = "i2c"
    bus_number = 0
    select = 0x49

    def __init__(self, name, options):
        self.name = name
        self.options = options


def test_a_node_puts_two_loops_on_one_chip():
    now = [0]
    instruments = Instruments(Still(level=1.0, flow=0.2), lambda: now[0])
    sensors = [Wired("tank", {"address": 0x49, "input": 1}), Wired("pipe", {"address": 0x49, "input": 2, "channel": ["flow", "m3/s", -3]})]
    drivers = [CurrentLoop(instruments(sensor), sensor.options) for sensor in sensors]
    assert instruments.chips["tank"].adc is instruments.chips["pipe"].adc
    for driver, value in zip(drivers, (1000, 200)):
        driver.begin(now[0])
        now[0] += driver.start(now[0])
        assert abs(driver.read(now[0])[0] - value) <= 1
