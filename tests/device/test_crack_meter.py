"""The crack meter driver against its divider, its ends and its virtual potentiometer at a virtual ADS1115."""

from device.analog_bench import AnalogBench
from device.chip_bench import raises
from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors.base import Absent, BadOption, Garbled, Silent
from gilmok_node.sensors.crack_meter import CrackMeter
from gilmok_sim.chips.crack_meter import VirtualCrackMeter


def make(displacement=12.345, **options):
    bench = AnalogBench(CrackMeter, VirtualCrackMeter, options, displacement=displacement)
    bench.begin()
    return bench


def test_a_divider_by_hand():
    driver = CrackMeter(None, {"stroke_um": 25000})
    # 1.000 V of 3.000 V at 125 µV a count: a third of 25 mm in steps of 2 µm.
    assert driver._values([8000, 24000]) == (4167, 3000)


def test_displacement_over_the_stroke():
    for stroke_um, step in ((10000, 1), (25000, 2), (50000, 5), (100000, 10), (1000000, 100)):
        bench = make(stroke_um=stroke_um)
        assert bench.driver.CHANNELS[0] == ("displacement", "mm", -3, step)
        for share in (0.01, 0.25, 0.5, 0.77, 0.99):
            bench.world.set(displacement=stroke_um / 1000 * share)
            value, millivolts = bench.measure()
            assert abs(value * step - stroke_um * share) <= step + stroke_um / 20000, (stroke_um, share)
            assert millivolts == 3300


def test_a_drifting_excitation_cancels_out():
    bench = make()
    for volts in (4.0, 2.5, 1.2):
        bench.chip.excitation_v = volts
        value, millivolts = bench.measure()
        assert abs(value * 2 - 12345) <= 4 and millivolts == volts * 1000
    bench.chip.excitation_v = lambda now_ms: 3.3 - now_ms * 1e-7  # between the two conversions too
    assert abs(bench.measure()[0] * 2 - 12345) <= 4


def test_beyond_the_ends_is_missing():
    bench = make()
    for displacement, measured in ((-1.0, False), (0.0, False), (0.1, False), (0.15, True), (24.85, True), (24.9, False), (30.0, False)):
        bench.world.set(displacement=displacement)
        value, millivolts = bench.measure()
        assert (value is not None) == measured, displacement
        assert millivolts == 3300
    assert CrackMeter(None, {})._values([-20, 24000]) == (None, 3000)


def test_a_broken_wiper_is_missing():
    bench = make()
    bench.chip.wiper_broken = True
    assert bench.measure() == (None, 3300)


def test_no_excitation_and_too_much_of_it_are_told():
    bench = make()
    bench.chip.excitation_v = 0.3
    assert raises(Silent, bench.measure).fact == 300000
    bench.chip.excitation_v = 5.0
    bench.begin()
    raises(Garbled, bench.measure)
    bench.chip.excitation_v = 3.3
    bench.begin()
    assert bench.measure()[1] == 3300


def test_faults_of_cable_and_converter_and_recovery():
    bench = make()
    bench.chip.fault = "silence"
    raises(Silent, bench.measure)
    bench.chip.fault = None
    bench.adc.fault = "silence"
    raises(Absent, bench.begin)
    bench.adc.fault = None
    bench.begin()
    assert abs(bench.measure()[0] * 2 - 12345) <= 2
    bench.chip.fault = "stuck"
    bench.world.set(displacement=20.0)
    assert abs(bench.measure()[0] * 2 - 12345) <= 2
    bench.chip.fault = None
    assert abs(bench.measure()[0] * 2 - 20000) <= 2


def test_two_meters_share_the_excitation_and_the_chip():
    bench = make(5.0, input=0)
    other = VirtualCrackMeter(bench.world, bench.clock)
    other.configure({"input": 1})
    other.join(bench.adc)
    rows = {0: [], 1: []}
    faults = []
    samplers = [
        Sampler("c", CrackMeter(bench.bus, {"input": number}), 200, Rows(rows[number]), None, lambda *fault: faults.append(fault))
        for number in rows
    ]
    while bench.now < 4000:
        bench.now = min([sampler.poll(bench.now) for sampler in samplers])
    assert faults == []
    assert len(rows[0]) == len(rows[1]) == 19
    for row in rows[0] + rows[1]:
        assert abs(row[0] * 2 - 5000) <= 2 and row[1] == 3300


class Rows:
    def __init__(self, rows):
        self._rows = rows

    def append(self, tick, values):
        self._rows.append(values)


def test_options():
    for options in ({"input": 10}, {"ref_input": 0}, {"stroke_um": 0}, {"gain": 5000}):
        assert raises(BadOption, CrackMeter, None, options).option in options, options
