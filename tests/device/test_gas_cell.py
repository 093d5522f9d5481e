"""The gas cell driver against the formula of AAN 803, and its virtual cell at a virtual ADS1115."""

from device.analog_bench import AnalogBench
from device.chip_bench import raises
from gilmok_node.sensors.base import Absent, BadOption, Silent
from gilmok_node.sensors.gas_cell import GasCell
from gilmok_sim.chips.gas_cell import VirtualGasCell

# A certificate as Alphasense prints it: total zeros 227 and 225 mV, 0.270 mV/ppb.
NO2 = {"gas": "no2", "we_zero_uv": 227000, "ae_zero_uv": 225000, "sensitivity": 270000, "settle_s": 0}


def make(more=None, **values):
    options = dict(NO2)
    options.update(more or {})
    bench = AnalogBench(GasCell, VirtualGasCell, options, **(values or {"no2": 40.0}))
    bench.begin()
    return bench


def volts(bench, number, count):
    _, _, exponent, step = bench.driver.CHANNELS[number]
    return count * step * 10.0**exponent


def test_aan_803_by_hand():
    driver = GasCell(None, NO2)
    driver._powered_ms = 0
    # WE 300 mV, AE 240 mV at 62.5 µV a count: ((300 − 227) − (240 − 225)) mV / 0.270 mV/ppb = 214.8 ppb.
    assert driver._values([4800, 3840]) == (215, 4800, 3840)
    # WE 220 mV, AE 230 mV: (−7 − 5) / 0.270 = −44.4 ppb: the noise of clean air is not cut off.
    assert driver._values([3520, 3680]) == (-44, 3520, 3680)


def test_gas_and_both_electrodes():
    bench = make()
    for gas in (0.0, 12.0, 40.0, 350.0, 4000.0):
        bench.world.set(no2=gas)
        ppb, we, ae = bench.measure()
        assert abs(ppb - gas) <= 1, gas
        assert abs(volts(bench, 1, we) - (0.227 + gas * 0.00027)) < 1e-4
        assert abs(volts(bench, 2, ae) - 0.225) < 1e-4


def test_what_both_electrodes_share_is_taken_away():
    bench = make()
    bench.chip.background_v = -0.03
    assert abs(bench.measure()[0] - 40) <= 1


def test_each_gas_names_its_channel():
    for gas in ("o3", "no2", "co", "so2", "h2s"):
        bench = make({"gas": gas, "gain": 4096}, **{gas: 100.0})
        channels = bench.driver.CHANNELS
        assert channels == ((gas, "[ppb]", 0), ("we", "V", -6, 125), ("ae", "V", -6, 125))
        assert abs(bench.measure()[0] - 100) <= 1


def test_a_board_with_falling_output():
    assert abs(make({"sensitivity": -320000}, no2=55.0).measure()[0] - 55) <= 1


def test_without_a_certificate_only_the_voltages_are_measured():
    ppb, we, ae = make({"sensitivity": 0}).measure()
    assert ppb is None and we == 3632 and ae == 3600


def test_no_concentration_until_the_cell_has_settled():
    bench = make({"settle_s": 600})
    assert bench.measure()[0] is None and bench.measure()[1] is not None
    bench.now = 590000
    bench.begin()  # after a fault of the bus: the cell kept its power
    assert bench.measure()[0] is None
    bench.now = 600000
    assert abs(bench.measure()[0] - 40) <= 1
    assert GasCell(None, {}).WARMUP_MS == 3600000


def test_beyond_the_cell_or_the_converter_is_missing():
    bench = make({"gain": 6144, "sensitivity": 100000}, no2=20100.0)
    ppb, we, ae = bench.measure()
    assert ppb is None and we is not None
    bench.world.set(no2=19900.0)
    assert abs(bench.measure()[0] - 19900) <= 2
    bench.world.set(no2=-3000.0)
    assert bench.measure()[0] is None
    bench = make(no2=9000.0)  # 2.7 V at a gain of 2.048 V
    assert bench.measure()[:2] == (None, None)
    assert bench.measure()[2] == 3600


def test_a_board_without_power_is_told():
    bench = make()
    bench.chip.fault = "silence"
    assert raises(Silent, bench.measure).fact == 0
    bench.chip.fault = None
    bench.begin()
    assert abs(bench.measure()[0] - 40) <= 1


def test_faults_of_the_converter_and_recovery():
    bench = make()
    bench.adc.fault = "silence"
    raises(Absent, bench.measure)
    bench.adc.fault = None
    bench.begin()
    assert abs(bench.measure()[0] - 40) <= 1
    bench.adc.fault = "stuck"
    bench.world.set(no2=90.0)
    we = bench.measure()[1]
    bench.adc.fault = None
    assert bench.measure()[1] > we


def test_options():
    for options in ({"gas": "ch4"}, {"sensitivity": 1 << 23}, {"we_zero_uv": 3000000}, {"settle_s": -1}, {"ae_input": 0}, {"gain": 100}):
        assert raises(BadOption, GasCell, None, options).option in options, options
