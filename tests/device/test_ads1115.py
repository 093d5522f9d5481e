"""What all sensors at an ADS1115 share: turns on one chip, conversion times, faults and the way back."""

from device.analog_bench import AnalogBench
from device.chip_bench import raises
from gilmok_node.measure.sampler import Sampler
from gilmok_node.sensors.ads1115 import GAINS, INPUTS, RATES, AnalogSensor, clipped
from gilmok_node.sensors.base import Absent, BadOption, BusStuck, Garbled, NotReady, SensorError, Silent
from gilmok_sim.bus import VirtualI2C
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.ads1115 import AnalogInstrument, VirtualAds1115


class Volts(AnalogSensor):
    """A driver that tells the counts of its inputs."""

    CHANNELS = (("a", "V", -6),)
    OPTIONS = {
        "address": (0x48, (0x48,)),
        "a": (0, tuple(INPUTS)),
        "b": (1, tuple(INPUTS)),
        "gain": (4096, tuple(GAINS)),
        "rate": (128, tuple(RATES)),
    }

    def __init__(self, bus, options):
        super().__init__(bus, options, ("a", "b") if "b" in options else ("a",))

    def _values(self, counts):
        return tuple(counts)


class Source(AnalogInstrument):
    def wires(self, options):
        return [(number, lambda now_ms, n=number: self.world.value("v{}".format(n), now_ms)) for number in range(4)]


def make(**options):
    return AnalogBench(Volts, Source, options, v0=1.0, v1=2.0, v2=3.0, v3=0.5)


def test_every_input_and_gain():
    volts = (1.0, 2.0, 3.0, 0.5)
    for code in INPUTS:
        wanted = volts[code % 10] - (volts[code // 10] if code > 9 else 0)
        for gain in GAINS:
            bench = make(a=code, gain=gain)
            bench.begin()
            (count,) = bench.measure()
            if abs(wanted) < gain / 1000:
                assert abs(count * gain / 32.768 - wanted * 1e6) < 100, (code, gain)
                assert abs(bench.driver.microvolts(count) - wanted * 1e6) < 100, (code, gain)
                exponent, step = bench.driver.volts
                assert abs(count * step * 10.0**exponent - wanted) < 1e-4, (code, gain)
            else:
                assert clipped(count), (code, gain)
    assert not clipped(32766) and not clipped(-32767) and clipped(32767) and clipped(-32768)


def test_conversion_time_is_that_of_the_slowest_chip():
    for rate, wait_ms in ((8, 139), (16, 70), (64, 18), (128, 9), (860, 2)):
        for error in (-0.1, 0.0, 0.1):
            bench = make(a=2, rate=rate)
            bench.adc._rate_error = error
            bench.begin()
            assert bench.driver.start(bench.now) == wait_ms
            bench.now += wait_ms
            assert bench.driver.read(bench.now) == (24000,)


def test_reading_early_says_so_and_does_no_harm():
    bench = make()
    bench.begin()
    bench.now += bench.driver.start(bench.now) - 4
    assert raises(NotReady, bench.driver.read, bench.now).fact == 1
    assert bench.patient(bench.driver.read) == (8000,)


def test_two_inputs_one_after_the_other():
    bench = make(a=3, b=31)
    bench.begin()
    assert bench.measure() == (4000, 12000)
    bench.world.set(v3=0.25)
    assert bench.measure() == (2000, 14000)
    assert bench.adc.conversions == 4


def test_four_sensors_on_one_chip_all_measure_at_every_tick():
    noise = Noise(11)
    for period_ms, rates in ((100, (128, 128, 128, 128)), (1000, (8, 860, 64, 250)), (60, (860, 128, 250, 128))):
        street = Street(period_ms, rates)
        street.run(20 * period_ms, lambda: 0)
        assert street.faults == [], (period_ms, street.faults)
        assert [len(rows) for rows in street.rows] == [19] * 4, (period_ms, street.rows)
        street.run(200 * period_ms, lambda: noise.bits() % 4)  # a loop that is late by some ms now and then
        assert street.faults == [], (period_ms, street.faults)
        for number, rows in enumerate(street.rows):
            assert [tick for tick, _ in rows] == [(1 + i) * period_ms for i in range(len(rows))]
            assert all([values == (street.counts[number],) for _, values in rows]), (number, rows)
            assert len(rows) >= 199


def test_a_loop_that_stops_for_an_erase_now_and_then_faults_nothing():
    street = Street(1000, (128, 8, 860, 64))
    turns = []

    def late_ms():
        turns.append(0)
        return 400 if len(turns) % 11 == 0 else 0

    street.run(100000, late_ms)
    assert street.faults == []
    assert min([len(rows) for rows in street.rows]) >= 95


def test_twelve_sensors_at_the_chips_limit_do_not_lock_each_other_out():
    street = Street(120, (128,) * 12)
    street.run(12000, lambda: 0)
    assert min([len(rows) for rows in street.rows]) >= 98
    assert street.faults == []


class Street:
    """Samplers of one node, a sensor for each rate, at one chip."""

    def __init__(self, period_ms, rates):
        self.now = 0
        self.world = Still(v0=0.125, v1=0.25, v2=0.5, v3=1.0)
        adc = Source(self.world, self.clock).join(None)
        bus = VirtualI2C({0x48: adc})
        self.rows = [[] for _ in rates]
        self.counts = [1000 << number % 4 for number in range(len(rates))]
        self.faults = []
        self.samplers = [
            Sampler(str(number), Volts(bus, {"a": number % 4, "rate": rate}), period_ms, Rows(self.rows[number]), None, self.tell)
            for number, rate in enumerate(rates)
        ]

    def clock(self):
        return self.now

    def tell(self, sampler, error):
        self.faults.append((self.now, sampler.name, error and error.reason))

    def run(self, until_ms, late_ms):
        while self.now < until_ms:
            next_ms = min([sampler.poll(self.now) for sampler in self.samplers])
            self.now = max(self.now, next_ms) + late_ms()


class Rows:
    def __init__(self, rows):
        self._rows = rows

    def append(self, tick, values):
        self._rows.append((tick, values))


def test_a_result_that_nobody_fetches_blocks_the_chip_for_a_moment_only():
    bench = make(a=1)
    bench.begin()
    bench.driver.start(bench.now)  # … and its node restarts
    bench.driver = Volts(bench.bus, {"a": 2})
    bench.begin()
    since_ms = bench.now
    raises(NotReady, bench.driver.start, bench.now)
    assert bench.measure() == (24000,)
    assert bench.now - since_ms < 70


def test_what_was_given_up_is_measured_again():
    bench = make(a=1)
    other = Volts(bench.bus, {"a": 2})
    bench.begin()
    bench.now += bench.driver.start(bench.now)
    bench.now += 10
    other._refused = 100  # it has waited long enough
    bench.now += other.start(bench.now)
    assert raises(NotReady, bench.driver.read, bench.now).fact == 2  # the other one's result is unread: no stealing
    assert other.read(bench.now) == (24000,)
    assert bench.patient(bench.driver.read) == (16000,)


def test_another_chip_is_refused():
    bench = make()
    bench.adc._registers[2:] = [0x4B00, 0x5000]  # a TMP102
    assert raises(Absent, bench.driver.begin, 0).fact == 0x4B00


def test_a_continuous_mode_left_behind_ends():
    bench = make()
    bench.adc.write(1, b"\x44\x83")
    bench.now += 30
    bench.begin()
    assert bench.measure() == (8000,)
    conversions = bench.adc.conversions
    bench.now += 1000
    assert bench.measure() == (8000,)
    assert bench.adc.conversions == conversions + 1


def test_a_brown_out_costs_one_conversion():
    bench = make()
    bench.begin()
    bench.driver.start(bench.now)
    bench.adc.reset()
    bench.now += 9
    assert raises(NotReady, bench.driver.read, bench.now).fact == 9
    assert bench.patient(bench.driver.read) == (8000,)


def test_a_chip_that_forgets_its_settings_is_told():
    bench = make()
    bench.begin()
    bench.now += bench.driver.start(bench.now)
    for _ in range(2):
        bench.adc.reset()
        bench.now += raises(NotReady, bench.driver.read, bench.now).fact
    bench.adc.reset()
    assert raises(Garbled, bench.driver.read, bench.now).fact == 0x8583
    bench.begin()
    assert bench.measure() == (8000,)


def test_a_conversion_without_end_is_told():
    bench = make()
    bench.begin()
    bench.driver.start(bench.now)
    bench.adc._done_ms = 1e9
    assert raises(Silent, bench.driver.read, 500).fact == 500
    bench.adc.reset()
    bench.begin()
    assert bench.measure() == (8000,)


def test_silence_stuck_bus_and_recovery():
    bench = make()
    bench.begin()
    bench.adc.fault = "silence"
    assert raises(Absent, bench.measure).fact == 19
    raises(Absent, bench.begin)
    bench.adc.fault = None
    bench.bus.fault = "stuck"
    assert raises(BusStuck, bench.measure).fact == 110
    bench.bus.fault = None
    bench.begin()
    assert bench.measure() == (8000,)


def test_noise_is_never_taken_for_a_reading():
    for fault in ("noise", "bad_checksum"):
        bench = make()
        bench.begin()
        for _ in range(100):
            bench.adc.fault = fault
            raises(SensorError, bench.driver.begin, bench.now)
            try:
                bench.now += bench.driver.start(bench.now)
            except SensorError:
                pass
            for _ in range(5):
                raises(SensorError, bench.driver.read, bench.now)
                bench.now += 5
            bench.adc.fault = None
            bench.now += 100
            bench.begin()
            assert bench.measure() == (8000,)


def test_stuck_values_repeat():
    bench = make()
    bench.begin()
    bench.measure()
    bench.adc.fault = "stuck"
    bench.world.set(v0=2.0)
    assert bench.measure() == (8000,)
    bench.adc.fault = None
    assert bench.measure() == (16000,)


def test_options():
    for name, value in (("a", 4), ("gain", 1000), ("rate", 100), ("a", 20)):
        assert raises(BadOption, Volts, None, {name: value}).option == name


def test_instruments_share_the_chip_at_their_address():
    first, second = [Source(Still(v0=1.0, v1=1.0, v2=1.0, v3=1.0), lambda: 0) for _ in range(2)]
    chip = first.join(None)
    assert isinstance(chip, VirtualAds1115)
    assert second.join(chip) is chip and first.adc is second.adc
