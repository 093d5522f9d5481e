"""The SX126x driver: its bytes against the data sheet, and frames between two virtual chips."""

import sys

from device.chip_bench import raises
from device.radio_bench import KR, Bench
from gilmok_sim.lora_air import Air, airtime_us

if sys.implementation.name == "micropython":
    from micropython import heap_lock, heap_unlock
else:
    heap_lock = heap_unlock = None


def commands(radio):
    """Return what a chip has heard since the last call, without the questions."""
    said = [command for command in radio.chip.log if command[0] not in (0x1D, 0x1E, 0x12, 0x13, 0x14, 0x15, 0x17, 0xC0)]
    del radio.chip.log[:]
    return said


def line(text):
    return bytes([int(pair, 16) for pair in text.split()])


def test_the_start_says_what_the_data_sheet_asks_for():
    bench = Bench(options={"tcxo_mv": 1800}, tcxo_mv=1800)
    radio = bench.radios[0]
    assert radio.driver.begin(bench.ms())
    assert commands(radio) == [
        line("80 00"),  # 13.1.2: STDBY_RC
        line("97 02 00 01 40"),  # 13.3.6: 1.8 V, 320 × 15.625 µs
        line("07 00 00"),  # 13.6.2
        line("96 01"),  # 13.1.11: DC-DC
        line("89 7F"),  # 13.1.12: all blocks
        line("9D 01"),  # 13.3.5
        line("8A 01"),  # 13.4.2: LoRa
        line("98 E1 E9"),  # table 9-2: 902 to 928 MHz
        line("0D 07 40 34 44"),  # table 12-1: public sync word
        line("0D 08 D8 DE"),  # 15.2: reset value C8, bits 4 to 1 set
        line("0D 08 AC 96"),  # 9.6: boosted gain
        line("8F 00 00"),  # 13.4.8
        line("08 03 E3 03 E3 00 00 00 00"),  # 13.3.1
        line("02 FF FF"),  # 13.3.4
    ]
    bench.clean()
    assert radio.driver.state == "idle" and radio.driver.faults == {}


def test_the_bytes_of_a_transmission():
    bench = Bench()
    (radio,) = bench.begin()
    assert radio.send(b"hello", sf=12)
    assert commands(radio) == [
        line("80 00"),
        line("86 39 A1 99 99"),  # 922.1 MHz × 2^25 / 32 MHz = 966891929.6
        line("8B 0C 04 01 01"),  # tables 13-47 to 13-50: SF12, 125 kHz, 4/5, low data rate optimisation
        line("8C 00 08 00 05 01 00"),  # 8 symbols, explicit, 5 bytes, CRC, standard IQ
        line("0D 07 36 0D"),  # 15.4: bit 2 set
        line("95 02 02 00 01"),  # table 13-21: +14 dBm …
        line("8E 16 04"),  # … with 22, ramp 200 µs
        line("0D 08 E7 38"),  # 140 mA
        line("0D 08 89 05"),  # 15.1: bit 2 set
        line("0E 00 68 65 6C 6C 6F"),
        _timeout(bench),
    ]
    bench.clean()


def _timeout(bench):
    """Return SetTx with the bound that stands above the frame's own time."""
    chip, start, end, air, payload = bench.ether.frames[-1]
    steps = int((chip._deadline - start) / 15.625)
    assert end - start < steps * 15.625 < 1.5 * (end - start) + 60_000
    return bytes((0x83, steps >> 16, steps >> 8 & 255, steps & 255))


def test_other_settings():
    bench = Bench()
    (radio,) = bench.begin()
    for power, config, said in (
        (22, "95 04 07 00 01", 22),
        (20, "95 03 05 00 01", 22),
        (10, "95 02 02 00 01", 18),
        (-9, "95 02 02 00 01", -1),
    ):
        assert radio.send(b"x", power_dbm=power)
        lines = commands(radio)
        assert line(config) in lines and bytes((0x8E, said & 255, 4)) in lines
        assert bench.ether.frames[-1][3].power_dbm == power
        assert bench.until(radio) == "sent"
    assert radio.send(b"x", bw_hz=500_000, cr=4, inverted_iq=True)
    lines = commands(radio)
    assert line("8B 07 06 04 00") in lines and line("8C 00 08 00 01 01 01") in lines
    assert line("0D 07 36 09") in lines  # 15.4: bit 2 clear
    assert line("0D 08 89 01") in lines  # 15.1: bit 2 clear
    assert bench.until(radio) == "sent"
    assert radio.listen()
    assert commands(radio)[-1] == line("82 FF FF FF")  # 13.1.5: continuous
    assert radio.listen(timeout_ms=1000)
    assert commands(radio)[-1] == line("82 00 FA 00")  # 64000 × 15.625 µs
    bench.clean()


def test_airtime_as_published():
    # The Things Network's airtime calculator, as the 28 published rows of lora-rs: 38 bytes on air, 125 kHz, 4/5
    for sf, expected in ((7, 82_176), (8, 143_872), (9, 267_264), (10, 493_568), (11, 1_069_056), (12, 1_974_272)):
        assert airtime_us(38, Air(KR, sf, 125_000, 1, False, 0x3444, 8, True, True, 14)) == expected


def test_frames_of_every_spreading_factor():
    for sf in range(7, 13):
        bench = Bench(2)
        sender, receiver = bench.begin()
        for length in (1, 51, 255):
            frame = bytes([(i * 7 + sf) & 255 for i in range(length)])
            assert receiver.listen(sf)
            bench.now_us += 1000
            assert sender.send(frame, sf)
            assert sender.driver.state == "sending" and not sender.send(frame, sf)
            began = bench.now_us
            assert bench.until(sender) == "sent"
            took = bench.now_us - began
            _, start, end, air, payload = bench.ether.frames[-1]
            assert payload == frame and end - start == airtime_us(length, air) and took < end - start + 3000
            assert bench.until(receiver, 2) == "received"
            assert receiver.driver.frame == frame
            assert receiver.driver.rssi_dbm == -80 and receiver.driver.snr_cb == 72
            assert receiver.driver.state == "receiving"
        bench.clean()
        assert sender.driver.faults == receiver.driver.faults == {}


def test_a_continuous_reception_goes_round_the_buffer():
    bench = Bench(2)
    sender, receiver = bench.begin()
    receiver.listen()
    for i in range(6):
        frame = bytes([i]) * 100
        sender.send(frame)
        assert bench.until(receiver) == "received" and receiver.driver.frame == frame
        assert bench.until(sender) == "sent"
    bench.clean()


def test_negative_snr():
    bench = Bench(2)
    sender, receiver = bench.begin()
    bench.ether.rssi_dbm, bench.ether.snr_db = -127, -19.75
    receiver.listen(12)
    sender.send(b"far", 12)
    assert bench.until(receiver) == "received"
    assert (receiver.driver.rssi_dbm, receiver.driver.snr_cb) == (-127, -198)


def test_what_is_tuned_otherwise_is_not_heard():
    for change in ({"inverted_iq": True}, {"sf": 8}, {"frequency_hz": KR + 200_000}, {"bw_hz": 250_000}):
        bench = Bench(2)
        sender, receiver = bench.begin()
        receiver.listen(**change)
        sender.send(b"here")
        assert bench.until(sender) == "sent"
        assert bench.until(receiver, 100) is None
        assert sender.send(b"here", **change) and bench.until(receiver) == "received", change
    bench = Bench(2)
    sender, receiver = bench.begin()
    receiver.chip._registers[0x0741] = 0x24  # another network's sync word
    receiver.chip._registers[0x0740] = 0x14
    receiver.chip.log = []
    assert not receiver.listen()  # and the driver sees that it is not its own
    assert receiver.poll() == "fault" and receiver.driver.reason == "reset"


def test_damaged_frames():
    bench = Bench(2)
    sender, receiver = bench.begin()
    receiver.listen()
    bench.ether.damage = True
    sender.send(b"damaged")
    assert bench.until(receiver) == "crc_error" and receiver.driver.frame is None
    bench.until(sender)
    bench.ether.damage, bench.ether.headless = False, True
    sender.send(b"headless")
    assert bench.until(receiver) == "header_error" and receiver.driver.state == "receiving"
    bench.until(sender)
    bench.ether.headless = False
    sender.send(b"well")
    assert bench.until(receiver) == "received" and receiver.driver.frame == b"well"
    bench.clean()


def test_one_frame_within_a_time():
    bench = Bench(2)
    sender, receiver = bench.begin()
    receiver.listen(10, timeout_ms=200)
    began = bench.now_us
    assert bench.until(receiver) == "timeout"
    assert 199_000 < bench.now_us - began < 204_000 and receiver.driver.state == "idle"
    receiver.listen(10, timeout_ms=200)
    bench.now_us += 50_000
    sender.send(b"a long answer" * 3, 10)  # 400 ms: it begins in time, and is heard to its end
    assert bench.until(receiver) == "received" and receiver.driver.state == "idle"
    bench.until(sender)
    for fault, event in (("damage", "crc_error"), ("headless", "header_error")):
        receiver.listen(timeout_ms=200)
        setattr(bench.ether, fault, True)
        sender.send(b"x")
        del receiver.chip.log[:]
        assert bench.until(receiver) == event and receiver.driver.state == "idle"
        assert event == "crc_error" or line("80 00") in commands(receiver)  # the data sheet does not say that it ends the reception
        bench.until(sender)
        setattr(bench.ether, fault, False)
    bench.clean()


def test_what_came_before_an_order_is_not_lost():
    bench = Bench(2)
    sender, receiver = bench.begin()
    receiver.listen()
    sender.send(b"just before")
    bench.now_us += 100_000
    assert receiver.send(b"answer")
    assert receiver.poll() == "received" and receiver.driver.frame == b"just before"
    assert bench.until(receiver) == "sent"
    receiver.listen(timeout_ms=500)
    assert receiver.send(b"in the middle") and bench.until(receiver) == "sent"
    bench.clean()


def test_energy_before_talking():
    bench = Bench(2)
    other, radio = bench.begin()
    assert radio.driver.energy(bench.ms(), KR, 6000) == -114 and radio.driver.state == "idle"  # noise in 250 kHz
    assert radio.driver.samples > 100
    bench.ether.rssi_dbm = -60
    other.send(bytes(50), 9)
    began = bench.now_us
    assert radio.driver.energy(bench.ms(), KR, 6000) == -60
    assert 6000 <= bench.now_us - began < 9000
    assert radio.driver.energy(bench.ms(), KR + 600_000, 6000) == -114  # three channels further
    assert radio.driver.energy(bench.ms(), KR, 100) == -60  # not before the RSSI is one
    bench.until(other)
    other.send(b"x", 7)  # 26 ms: what ends within the time has been there
    bench.now_us = bench.ether.frames[-1][2] - 3000
    assert radio.driver.energy(bench.ms(), KR, 6000) == -60
    assert radio.driver.energy(bench.ms(), KR, 6000) == -114
    bench.clean()


def test_detecting_a_preamble():
    bench = Bench(2)
    other, radio = bench.begin()
    assert radio.driver.detect(bench.ms(), KR, 9, 125_000) and bench.until(radio) == "clear"
    other.send(bytes(50), 9)
    assert radio.driver.detect(bench.ms(), KR, 9, 125_000)
    assert line("88 02 16 0A 00 00 00 00") in commands(radio)
    assert bench.until(radio) == "occupied" and radio.driver.state == "idle"
    bench.clean()


def test_sleeping():
    bench = Bench(2)
    sender, receiver = bench.begin()
    assert sender.driver.sleep(bench.ms()) and sender.chip.mode == "sleep"
    assert commands(sender)[-1] == line("84 04")
    bench.now_us += 60_000_000
    assert sender.poll() is None and sender.chip.busy()
    receiver.listen()
    assert sender.send(b"awake")
    assert sender.chip._registers[0x08AC] == 0x96
    assert bench.until(receiver) == "received" and bench.until(sender, 5) == "sent"
    bench.clean()


def test_misuse_is_said_at_once():
    bench = Bench()
    (radio,) = bench.begin()
    for wrong in ({"sf": 6}, {"sf": 13}, {"bw_hz": 62_500}, {"cr": 0}, {"frequency_hz": 2_400_000_000}, {"power_dbm": 23}):
        raises(ValueError, lambda order: radio.send(b"x", **order), wrong)
    raises(ValueError, radio.send, b"")
    raises(ValueError, radio.send, bytes(256))
    raises(ValueError, lambda: radio.listen(timeout_ms=0))
    raises(ValueError, lambda: Bench(options={"tcxo_mv": 1850}))
    assert radio.chip.log == []


def test_a_poll_without_an_event_allocates_nothing():
    bench = Bench(2)
    sender, receiver = bench.begin()
    receiver.listen()
    sender.send(bytes(100), 12)
    for radio in (sender, receiver):
        driver, now = radio.driver, bench.ms()
        driver._dio1 = lambda: 0
        driver._link._device = Quiet(6 if radio is sender else 5)
        driver._link._busy = driver._dio1
        driver._link.now_us = driver._dio1
        if heap_lock:
            heap_lock()
        for ahead in (0, 1, 30):
            assert driver.poll(now + ahead) is None
        driver._watch = False  # and where it asks over SPI
        assert driver.poll(now + 2) is None
        if heap_lock:
            heap_unlock()


class Quiet:
    """A device that only says its mode."""

    def __init__(self, mode):
        self.status = mode << 4

    def transfer(self, out, into):
        for i in range(len(into)):
            into[i] = 0
        into[1] = self.status
