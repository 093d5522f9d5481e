"""What happens to a radio: each fault is noticed, counted and recovered from, and costs at most the frame it met."""

from device.radio_bench import KR, Bench
from support.full_heap import no_memory


def pair(**options):
    bench = Bench(2, **options)
    sender, receiver = bench.begin()
    receiver.listen()
    return bench, sender, receiver


def exchange(bench, sender, receiver, frame=b"works again"):
    """Check that a frame gets across."""
    assert receiver.driver.state == "receiving" or receiver.listen()
    assert sender.send(frame)
    assert bench.until(sender) == "sent"
    assert bench.until(receiver) == "received" and receiver.driver.frame == frame


def recover(bench, radio, reason, limit_ms=70_000):
    """Check that a fault is said and that the radio comes back when it is over."""
    assert bench.until(radio, limit_ms) == "fault", radio.driver.state
    assert radio.driver.reason == reason, radio.driver.reason
    assert radio.driver.state == "lost" and radio.driver.faults[reason] >= 1
    radio.chip.fault = None
    while True:
        event = bench.until(radio, limit_ms)
        assert event in ("fault", "recovered"), event
        if event == "recovered":
            break
    assert radio.driver.state == "idle"


def test_a_chip_that_falls_silent():
    for listening in (True, False):
        bench, sender, receiver = pair()
        radio = receiver if listening else sender
        if not listening:
            sender.send(bytes(100))
        radio.chip.fault = "silence"
        began = bench.now_us
        recover(bench, radio, "silent")
        assert bench.now_us - began < 4_000_000
        exchange(bench, sender, receiver)
        bench.clean()


def test_a_chip_that_is_not_there_at_the_start():
    bench = Bench(2)
    sender, receiver = bench.radios
    receiver.begin()
    sender.chip.fault = "silence"
    assert not sender.driver.begin(bench.ms())
    assert not sender.send(b"x") and sender.driver.state == "lost"
    assert [bench.until(sender, 70_000) for _ in range(4)] == ["fault"] * 4
    assert sender.driver.faults == {"silent": 4}
    recover(bench, sender, "silent")
    exchange(bench, sender, receiver)


def test_busy_stuck():
    for order in ("send", "listen"):
        bench, sender, receiver = pair()
        sender.chip.fault = "busy_stuck"
        began = bench.now_us
        assert not getattr(sender, order)(*([b"x"] if order == "send" else []))
        assert bench.now_us - began < 14_000  # the loop goes on
        recover(bench, sender, "busy")
        exchange(bench, sender, receiver)


def test_busy_stuck_for_an_hour_takes_little_of_the_loop():
    bench, sender, receiver = pair()
    sender.chip.fault = "busy_stuck"
    sender.send(b"x")
    polls = spent = 0
    end = bench.now_us + 3_600_000_000
    while bench.now_us < end:
        began = bench.now_us
        sender.poll()
        spent += bench.now_us - began
        polls += 1
        bench.now_us += 100_000
    assert spent < 0.001 * 3_600_000_000
    assert 50 < sender.driver.faults["busy"] < 70  # once a minute
    recover(bench, sender, "busy")


def test_another_chip():
    for version in (b"LLCC68 V2D 2D02\x00", b"\x00" * 16, b"SX1280"):
        bench = Bench(version=version)
        (radio,) = bench.radios
        assert not radio.driver.begin(bench.ms())
        assert radio.poll() == "fault" and radio.driver.reason == "other chip"
        radio.chip.version = b"SX1261 V2D 2D02\x00"
        assert bench.until(radio) == "recovered"


def test_garbage_on_the_wires():
    for seed in range(1, 60):
        bench, sender, receiver = pair(seed=seed)
        receiver.chip.fault = "noise"
        assert bench.until(receiver, 1_000_000) == "fault"
        assert receiver.driver.reason in ("garbled", "silent", "reset", "refused"), receiver.driver.reason
        assert not receiver.listen()
        receiver.chip.fault = None
        event = None
        while event != "recovered":
            event = bench.until(receiver, 130_000)
            assert event in ("fault", "recovered")
        del sender.chip.violations[:], receiver.chip.violations[:]
        exchange(bench, sender, receiver)
        bench.clean()


def test_garbage_at_the_start():
    for seed in range(1, 40):
        bench = Bench(seed=seed)
        (radio,) = bench.radios
        radio.chip.fault = "noise"
        assert not radio.driver.begin(bench.ms())
        recover(bench, radio, radio.driver.reason)


def test_a_brown_out_in_the_middle_of_a_transmission():
    bench, sender, receiver = pair()
    sender.send(bytes(100), 10)
    start, end = bench.ether.frames[-1][1:3]
    bench.now_us = (start + end) // 2
    sender.chip.brown_out()
    recover(bench, sender, "reset")
    assert bench.until(receiver, 100) is None  # half a frame is none
    assert bench.now_us < end + 2_500_000
    exchange(bench, sender, receiver)
    bench.clean()


def test_a_brown_out_while_listening_is_noticed_within_a_second():
    for timeout_ms, quiet_ms in ((None, 100), (None, 5000), (800, 100)):
        bench, sender, receiver = pair()
        receiver.listen(timeout_ms=timeout_ms)
        assert bench.until(receiver, quiet_ms) is None
        receiver.chip.brown_out()
        began = bench.now_us
        assert bench.until(receiver) == "fault" and receiver.driver.reason == "reset"
        assert bench.now_us - began < 2_000_000
        assert bench.until(receiver) == "recovered"
        exchange(bench, sender, receiver)


def test_a_brown_out_while_idle_or_asleep_is_noticed_by_the_next_order():
    for asleep in (False, True):
        bench, sender, receiver = pair()
        if asleep:
            sender.driver.sleep(bench.ms())
        sender.chip.brown_out()
        bench.now_us += 1_000_000
        assert not sender.send(b"with the sync word of a reset, nobody would hear it")
        recover(bench, sender, "reset")
        assert len(bench.ether.frames) == 0
        exchange(bench, sender, receiver)
        bench.clean()


def test_dio1_stuck_costs_no_frame():
    for fault in ("dio1_low", "dio1_high"):
        bench, sender, receiver = pair()
        sender.chip.fault = receiver.chip.fault = fault
        for i in range(3):
            receiver.poll()
            exchange(bench, sender, receiver, bytes([i]) * 20)
        assert sender.driver.faults == receiver.driver.faults == {"dio1": 1}, receiver.driver.faults
        assert receiver.listen(timeout_ms=100) and bench.until(receiver) == "timeout"
        assert sender.driver.detect(bench.ms(), KR, 7, 125_000) and bench.until(sender) == "clear"
        sender.chip.fault = receiver.chip.fault = None
        sender.begin()  # and trusts the line again
        assert sender.driver._watch
        bench.clean()


def test_a_frame_that_a_full_heap_has_no_room_for_is_lost_as_on_the_air():
    bench, sender, receiver = pair()
    link = receiver.driver._link
    read, link.read_buffer = link.read_buffer, no_memory
    sender.send(bytes(200))
    assert bench.until(sender) == "sent" and bench.until(receiver) == "crc_error"
    assert receiver.driver.faults == {}
    link.read_buffer = read
    exchange(bench, sender, receiver)
    bench.clean()


def test_without_dio1():
    bench = Bench(2)
    bench.begin()
    for radio in bench.radios:
        radio.driver._dio1, radio.driver._watch = None, False
    exchange(bench, *bench.radios)
    bench.clean()


def test_a_tcxo_that_nobody_supplies():
    bench = Bench(tcxo_mv=1800)
    (radio,) = bench.radios
    assert not radio.driver.begin(bench.ms())
    assert radio.poll() == "fault" and radio.driver.reason == "calibration"
    bench = Bench(2, options={"tcxo_mv": 3300}, tcxo_mv=3300)
    exchange(bench, *bench.begin())
    bench.clean()


def test_a_crystal_that_no_longer_starts():
    bench, sender, receiver = pair()
    sender.chip._tcxo_mv = 1800
    assert not sender.send(b"x") and not bench.ether.frames
    assert sender.poll() == "fault" and sender.driver.reason == "refused"
    assert bench.until(sender) == "fault" and sender.driver.reason == "calibration"
    sender.chip._tcxo_mv = 0
    assert bench.until(sender) == "recovered"
    exchange(bench, sender, receiver)


def test_flags_that_do_not_go_or_cannot_be():
    for stuck in (True, False):
        bench, sender, receiver = pair()
        if stuck:
            clear = receiver.chip._clear_irq
            receiver.chip._clear_irq = lambda *command: None
            sender.send(b"x")
        else:
            receiver.chip._irq = 0x200  # a timeout of a reception that has none
        assert bench.until(receiver) == "fault" and receiver.driver.reason == "garbled"
        if stuck:
            receiver.chip._clear_irq = clear
        assert bench.until(receiver) == "recovered"
        bench.until(sender, 100)
        exchange(bench, sender, receiver)


def test_a_stuck_bus():
    bench, sender, receiver = pair()
    sender.spi.fault = receiver.spi.fault = "stuck"  # zeros
    assert not sender.send(b"x")
    for radio in bench.radios:
        assert bench.until(radio) == "fault"
        radio.spi.fault = None
        assert bench.until(radio) == "recovered"
    assert receiver.driver.reason == "silent"
    exchange(bench, sender, receiver)


def test_a_supply_that_fails_at_every_moment_of_an_exchange():
    for at_us in range(0, 120_000, 1700):
        bench, sender, receiver = pair()
        ends = bench.now_us + 300_000
        cut = bench.now_us + at_us
        sender.send(bytes(40), 7)
        heard = []
        while bench.now_us < ends:
            if cut and bench.now_us >= cut:
                cut = None
                (receiver if at_us // 1700 % 2 else sender).chip.brown_out()
            bench.now_us += 500
            for radio in bench.radios:
                event = radio.poll()
                if event:
                    heard.append(event)
        for radio in bench.radios:
            while radio.driver.state == "lost" or radio.driver.state == "sending":
                assert bench.until(radio, 5000)
        if bench.until(receiver, 2500) == "fault":
            assert bench.until(receiver) == "recovered"
        if not sender.send(b"after"):  # it may have been idle when it happened
            assert bench.until(sender) == "fault" and bench.until(sender) == "recovered"
        exchange(bench, sender, receiver) if sender.driver.state == "idle" else bench.until(sender)
        receiver.listen()
        receiver.poll()
        exchange(bench, sender, receiver)
