"""The GNSS driver against published sentences, against noise, and against its virtual receiver."""

import json

from device.chip_bench import Bench, Wire, golden, raises
from gilmok_node.sensors import gnss
from gilmok_node.sensors.base import BadOption, Garbled, NotReady, Silent, Stuck
from gilmok_node.sensors.gnss import Gnss
from gilmok_node.sensors.gnss_38400 import Gnss38400
from gilmok_node.sensors.gnss_115200 import Gnss115200
from gilmok_sim.bus import VirtualUart
from gilmok_sim.chips import Noise, Still
from gilmok_sim.chips.gnss import VirtualGnss

START_S = 1_792_713_600  # the virtual receiver's midnight of 2026-10-23 UTC
DAY = 20749


class GnssBench(Bench):
    def __init__(self, options=None, driver=Gnss, **chip):
        self.world = Still(latitude=37.484531, longitude=127.033812, altitude=41.3)
        self.chip = VirtualGnss(self.world, self.clock, **chip)
        self.uart = VirtualUart(self.chip, self.clock, driver.UART[0])
        self.driver = driver(self.uart, options or {})

    def fixed(self, ms=45_000):
        """Begin, and read once the receiver has long had a fix."""
        self.begin()
        return self.read(ms)


def sealed(body):
    total = 0
    for byte in body.encode():
        total ^= byte
    return "${}*{:02X}\r\n".format(body, total).encode()


def rmc(time="101500.00", status="A", date="221126"):
    return sealed("GNRMC,{},{},3729.07186,N,12702.02872,E,0.0,,{},,,A,V".format(time, status, date))


def gga(time="101500.00", quality="1", place="3729.07186,N,12702.02872,E", tail="09,0.84,41.3,M,18.9,M,,"):
    return sealed("GNGGA,{},{},{},{}".format(time, place, quality, tail))


def fed(data, piece=32, options=None):
    """Return a driver that has received these bytes."""
    driver = Gnss(Wire(), options or {})
    driver.begin(0)
    driver._bus = Wire(data, piece)
    while driver._bus.data:
        driver.service(4000)
    return driver


def test_golden_sentences():
    with open(golden(__file__, "nmea_sentences.json")) as file:
        reports = json.load(file)["reports"]
    for report in reports:
        driver = fed("\r\n".join(report["sentences"] + [""]).encode())
        assert driver.bad_checksums == 0 and driver.frames == len(report["sentences"])
        place = (report["latitude"], report["longitude"], report["altitude"], report["hdop"])
        assert driver._satellites == report["satellites"] and driver._epoch == report["epoch"]
        if report["day"] is None:
            assert driver._gga == place and driver._fix is None  # GGA alone has no date
        else:
            assert driver._fix == place
            assert driver._utc_ms == report["day"] * 86_400_000 + report["epoch"]
            assert driver.read(4000)[5:] == (None, None, None)  # the weeks of this receiver have wrapped


def test_byte_by_byte_and_with_garbage_around():
    noise = Noise(5)
    for piece in (1, 2, 7, 32):
        driver = fed(rmc() + gga(), piece)
        assert driver.frames == 2 and driver.bad_checksums == 0
        assert driver.read(4000)[:5] == (37484531, 127033812, 413, 9, 8)
    for _ in range(60):
        garbage = bytearray(noise.bits() & 63)
        noise.fill(garbage)
        driver = fed(bytes(garbage) + b"\n" + rmc() + bytes(garbage) + b"\n" + gga())
        assert driver.read(4000)[:5] == (37484531, 127033812, 413, 9, 8), garbage
    for cut in range(1, len(rmc())):
        driver = fed(rmc()[:cut] + rmc() + gga())  # a sentence broken off by the next
        assert driver.frames == (3 if cut > len(rmc()) - 2 else 2)
        assert driver.read(4000)[0] == 37484531, cut


def test_a_checksum_must_be_there_and_hold():
    good = rmc()
    for i in range(1, len(good) - 2):
        for flip in (0x01, 0x10):
            broken = good[:i] + bytes((good[i] ^ flip,)) + good[i + 1 :]
            driver = fed(broken + gga())
            lower = i > len(good) - 5 and broken[i : i + 1].isalpha()  # a digit of the checksum in lower case is right
            assert driver._fix is None or lower, (i, broken)
    assert fed(good.replace(b"*", b"")).bad_checksums == 1
    assert fed(b"$*00\r\n$\r\n$GNRMC\r\n$A*41\r\n").frames == 0
    low = good[:-4] + good[-4:].lower()
    assert fed(low).frames == 1


def test_long_and_unprintable_sentences_are_dropped():
    driver = fed(sealed("GNTXT," + "A" * 120) + b"$GNR\xffMC\r\n" + rmc() + gga())
    assert driver.bad_checksums == 2 and driver.frames == 2
    longest = sealed("GNTXT," + "A" * (Gnss.LENGTH - 10))
    assert len(longest) == Gnss.LENGTH + 2
    assert fed(longest).frames == 1
    assert fed(sealed("GNTXT," + "A" * (Gnss.LENGTH - 9))).frames == 0


def test_any_talker_in_any_order():
    for talker in ("GP", "GN", "GL", "GA", "BD", "GB", "QZ"):
        first, second = (data.replace(b"$GN", b"$" + talker.encode()) for data in (rmc(), gga()))
        for data in (first + second, second + first):
            # The talker is in the checksum.
            data = b"".join([sealed(line[1:].split(b"*")[0].decode()) for line in data.split(b"\r\n")[:2]])
            assert fed(data)._fix == (37484531, 127033812, 413, 8), talker
    driver = fed(sealed("PMTK001,GGA") + sealed("PGGA,101500.00,3729.07186,N,12702.02872,E,1,09,0.8,41.3,M"))
    assert driver.frames == 2 and driver._gga is None


def test_sentences_of_different_seconds_make_no_fix():
    assert fed(rmc("101500.00") + gga("101501.00"))._fix is None
    driver = fed(rmc("101500.00") + gga("101501.00") + rmc("101501.00"))
    assert driver._fix is not None


def test_what_makes_no_fix():
    for data in (
        rmc(status="V") + gga(),
        rmc() + gga(quality="0"),
        rmc() + gga(quality="6"),
        rmc() + gga(quality="7"),
        rmc() + gga(quality="8"),
        rmc() + gga(quality=""),
        rmc() + gga(place=",,,"),
        rmc() + gga(place="3760.00000,N,12702.02872,E"),
        rmc() + gga(place="9000.00100,N,12702.02872,E"),
        rmc() + gga(place="3729.07186,X,12702.02872,E"),
        rmc() + gga(place="3729.07186,NS,12702.02872,E"),
        rmc() + gga(place="3729.07186,N,18000.00100,E"),
        rmc() + gga(place="3729.07186,N,12702.0x872,E"),
        rmc("") + gga(""),
        rmc("246000.00") + gga("246000.00"),
        rmc("106000.00") + gga("106000.00"),
        rmc("101561.00") + gga("101561.00"),
        rmc("1015") + gga("1015"),
        rmc(date="") + gga(),
        rmc(date="320126") + gga(),
        rmc(date="011326") + gga(),
        rmc(date="000126") + gga(),
        sealed("GNRMC,101500.00,A") + gga(),
        rmc() + sealed("GNGGA,101500.00,3729.07186,N"),
        sealed("GNGSA,A") + sealed("GNGSA"),
    ):
        driver = fed(data)
        assert driver._fix is None and driver.bad_checksums == 0, data
        assert driver.read(4000)[:3] == (None, None, None)
    assert fed(rmc("235960.00") + gga("235960.00"))._utc_ms % 86_400_000 == 0  # a leap second
    for quality in "12345":
        assert fed(rmc() + gga(quality=quality))._fix is not None


def test_angles_and_their_signs():
    for place, latitude, longitude in (
        ("0000.00000,N,00000.00000,E", 0, 0),
        ("0000.00003,S,00000.00003,W", -1, -1),  # half a step of 10^-6 rounds
        ("9000.00000,S,18000.00000,W", -90_000_000, -180_000_000),
        ("3351.40000,S,15112.60000,E", -33_856_667, 151_210_000),
        ("3729.0718612,N,12702.0287212,E", 37_484_531, 127_033_812),  # more digits
        ("3729,N,12702,E", 37_483_333, 127_033_333),  # none
    ):
        assert fed(rmc() + gga(place=place))._fix[:2] == (latitude, longitude), place


def test_altitude_needs_three_dimensions():
    for mode, altitude in (("1", None), ("2", None), ("3", 413), ("", 413)):
        driver = fed(sealed("GNGSA,A,{},02,05,13,,,,,,,,,,1.5,0.8,1.2,1".format(mode)) + rmc() + gga())
        assert driver._fix[2] == altitude
    assert fed(rmc() + gga(tail="09,0.84,-12.34,M,18.9,M,,"))._fix[2] == -123
    assert fed(rmc() + gga(tail="09,0.84,,M,18.9,M,,"))._fix[2] is None


def test_hdop_and_its_limit():
    for text, hdop, told in (("0.84", 8, True), ("2.54", 25, True), ("2.56", 26, False), ("99.99", None, False), ("", None, False)):
        driver = fed(rmc() + gga(tail="09,{},41.3,M,18.9,M,,".format(text)))
        values = driver.read(4000)
        assert values[4] == hdop and (values[0] is not None) == told, text
    assert fed(rmc() + gga(tail="09,9.9,41.3,M,18.9,M,,"), options={"hdop": 99}).read(4000)[0] == 37484531


def test_options():
    for name, value in (("fixes", -1), ("fixes", 3601), ("hdop", 4), ("latency_ms", 901), ("latency_ms", 0.5)):
        error = raises(BadOption, Gnss, None, {name: value})
        assert error.option == name and error.value == value


def test_cold_start_fix_loss_and_return():
    bench = GnssBench()
    assert bench.driver.begin(0) == 3000
    assert raises(NotReady, bench.driver.read, 0).fact == 3000
    bench.run(3000)
    assert bench.read() == (None, None, None, 0, None, None, None, None)
    values = bench.read(40_000)
    assert values[:6] == (37484531, 127033812, 413, 11, 8, DAY)
    bench.chip.lost = True
    assert bench.read(5000) == (None, None, None, 0, None, None, None, None)  # no error: it listens
    bench.chip.lost = False
    assert bench.read(5000)[:5] == (37484531, 127033812, 413, 11, 8)


def test_utc_is_within_its_uncertainty_at_every_baud():
    for driver, baud in ((Gnss, 9600), (Gnss38400, 38400), (Gnss115200, 115200)):
        assert driver.UART[0] == baud and driver.SERVICE_MS * baud / 10000 < 256
        for latency_ms, jitter_ms in ((0, 0), (60, 30), (100, 200)):
            bench = GnssBench(None, driver, start_s=START_S - 60)  # over midnight
            bench.chip.latency_ms, bench.chip.jitter_ms = latency_ms, jitter_ms
            bench.fixed()
            for i in range(40):
                _, _, _, _, _, day, ms, error = bench.read(1013)
                off_ms = (day * 86_400_000 + ms) - (START_S - 60) * 1000 - bench.now
                assert abs(off_ms) <= error, (baud, latency_ms, jitter_ms, i, off_ms, error)
                assert 100 <= error <= 105 + jitter_ms + driver.SERVICE_MS, (baud, jitter_ms, error)
            assert (day, ms // 1000) == (DAY, (bench.now + off_ms) // 1000 - 60)


def test_the_latency_told_is_taken_off():
    for latency_ms in (0, 250, 900):
        bench = GnssBench({"latency_ms": latency_ms})
        bench.chip.latency_ms, bench.chip.jitter_ms = latency_ms, 0
        *_, ms, error = bench.fixed()
        assert abs(ms - bench.now % 86_400_000) <= 8
        assert latency_ms <= error <= latency_ms + 10


def test_a_loop_held_up_makes_time_less_certain_not_wrong():
    bench = GnssBench()
    bench.fixed()
    late = Noise(3)
    for _ in range(30):
        bench.run(700)
        bench.now += late.bits() % 900
        bench.driver.service(bench.now)
        *_, day, ms, error = bench.read()
        if day is not None:
            off_ms = day * 86_400_000 + ms - START_S * 1000 - bench.now
            assert abs(off_ms) <= error, (off_ms, error)


def test_position_once_as_a_mean():
    bench = GnssBench({"fixes": 60})
    bench.chip.scatter = 0.00004
    bench.fixed()
    told = []
    for _ in range(100):
        values = bench.read(1000)
        assert values[5] == DAY and values[7] < 400  # time all along
        told += [values[:3]] if values[0] is not None else []
    ((latitude, longitude, altitude),) = told
    assert abs(latitude - 37484531) <= 8 and abs(longitude - 127033812) <= 8  # 40 / √3 / √60 is 3
    assert altitude == 413
    bench.begin()  # and again after a new begin
    assert bench.read(55_000)[0] is None
    assert bench.read(15_000)[0] is not None


def test_only_good_fixes_count_and_a_far_one_begins_again():
    bench = GnssBench({"fixes": 10, "hdop": 10})
    bench.chip.hdop = 1.2
    bench.fixed()
    assert bench.driver._mean is None
    bench.chip.dimensions = 2
    bench.run(1500)  # GSA comes behind GGA: its word is for the next second
    bench.chip.hdop = 0.9
    bench.run(5000)
    assert bench.driver._mean is None
    bench.chip.dimensions = 3
    bench.run(5000)
    count = bench.driver._mean[5]
    assert 3 <= count <= 5
    bench.chip.lost = True
    bench.run(3000)
    bench.chip.lost = False
    bench.run(2000)
    assert count < bench.driver._mean[5] < 10  # it goes on after a gap
    bench.world.set(latitude=37.4857)
    bench.run(2000)
    assert bench.driver._mean[5] <= 2
    assert bench.read(12_000)[0] == 37485700


def test_a_mean_across_the_antimeridian():
    bench = GnssBench({"fixes": 20})
    bench.world.set(latitude=-0.00001, longitude=lambda ms: 179.99998 if ms // 1000 % 2 else -179.99999)
    values = bench.fixed(54_000)
    assert values[0] == -10 and values[1] in (179_999_995, -180_000_000 + 5, 179_999_994), values


def test_silence_and_recovery():
    bench = GnssBench()
    assert bench.fixed()[0] == 37484531
    bench.chip.fault = "silence"
    assert bench.read(4000)[:3] == (None, None, None)  # too old to be told
    assert raises(Silent, bench.read, 3000).fact > 5000
    bench.chip.fault = None
    assert bench.read(3000)[0] == 37484531
    bench.uart.fault = "stuck"
    raises(Silent, bench.read, 8000)
    bench.uart.fault = None
    bench.begin()
    assert bench.read(12_000)[0] == 37484531


def test_bad_checksums_are_counted_and_told():
    bench = GnssBench()
    bench.fixed()
    bench.chip.fault = "bad_checksum"
    assert raises(Garbled, bench.read, 9000).fact > 20
    bench.chip.fault = None
    assert bench.read(3000)[0] == 37484531


def test_noise_is_no_position():
    bench = GnssBench()
    bench.fixed()
    bench.chip.fault = "noise"
    for _ in range(30):
        try:
            assert bench.read(1000)[0] in (None, 37484531)
        except (Garbled, Silent):
            pass
    bench.chip.fault = None
    assert bench.read(4000)[0] == 37484531


def test_time_that_stands_still_is_noticed():
    bench = GnssBench()
    bench.fixed()
    bench.chip.fault = "stuck"
    assert raises(Stuck, bench.read, 12_000).fact > 5000
    bench.chip.fault = None
    assert bench.read(3000)[0] == 37484531
    bench = GnssBench()
    bench.begin()
    bench.chip.fault = "stuck"
    assert bench.read(60_000)[0] is None  # without a fix there is no time to stand still


def test_day_numbers():
    for text, day in (
        (b"010170", None),
        (b"010100", 10957),
        (b"290224", 19782),
        (b"010324", 19783),
        (b"311299", 47481),
        (b"221126", 20779),
        (b"2211267", None),
        (b"2211 6", None),
    ):
        if day is not None or len(text) != 6 or b" " in text:
            assert gnss._day(text) == day, text


def test_every_byte_of_a_report_is_read_at_the_slowest_service():
    for driver in (Gnss, Gnss38400, Gnss115200):
        bench = GnssBench(None, driver)
        bench.fixed(5000)
        overruns, bad, frames = bench.uart.overruns, bench.driver.bad_checksums, bench.driver.frames
        bench.run(60_000)
        assert bench.uart.overruns == overruns and bench.driver.bad_checksums == bad
        assert bench.driver.frames - frames >= 59 * 6
