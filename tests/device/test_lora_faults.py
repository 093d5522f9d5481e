"""What happens to a node's radio: it is counted and told, and the frame under way goes out once it is back."""

from device.lora_bench import LoraBench, up
from gilmok_wire.radio_law import GRANTED, LISTEN, PAUSE

FAULTS = {"silence": "silent", "busy_stuck": "busy"}


def recovered(bench, reason):
    """Check that the radio is back, and that its fault was counted and told."""
    port = bench.port
    assert port.up and port.report()["faults"][reason] >= 1
    assert ("lora " + reason, True) in bench.told and bench.told[-1] == ("lora is back", False), bench.told


def exchange(bench, number=9):
    """Check that frames go out and answers come."""
    heard = len(bench.heard)
    sent = bench.send(up(number=number))
    bench.answer(sent[-1][1] + 20)
    assert bench.run(3_000, lambda: len(bench.heard) > heard)


def test_a_fault_while_a_frame_waits_costs_no_frame():
    for fault in FAULTS:
        bench = LoraBench()
        bench.run(100)
        bench.radio.chip.fault = fault
        bench.port.send(up(number=3), bench.ms(), True)
        assert bench.run(5_000, lambda: not bench.port.up)  # noqa: B023
        assert not bench.port.free(bench.ms()) and not bench.port.free(bench.ms(), True)
        bench.run(20_000)
        assert bench.frames() == [] and bench.port.report()["faults"][FAULTS[fault]] > 2, "it goes on trying"
        bench.radio.chip.fault = None
        assert bench.run(40_000, lambda: bench.frames())  # noqa: B023
        assert bench.frames()[0][3] == up(number=3)
        recovered(bench, FAULTS[fault])
        bench.run(2_000)
        exchange(bench)


def test_a_fault_while_it_listens_is_noticed_within_a_second():
    for fault in FAULTS:
        bench = LoraBench()
        exchange(bench, 1)
        bench.radio.chip.fault = fault
        began = bench.ms()
        assert bench.run(5_000, lambda: not bench.port.up)  # noqa: B023
        assert bench.ms() - began <= 1_100
        bench.radio.chip.fault = None
        assert bench.run(5_000, lambda: bench.port.up)  # noqa: B023
        recovered(bench, FAULTS[fault])
        exchange(bench)


def test_a_brown_out_in_the_middle_of_a_transmission_sends_the_frame_again():
    for urgent in (False, True):
        bench = LoraBench(rates=(2, 2))
        bench.run(100)
        bench.port.send(up(number=5), bench.ms(), urgent)
        assert bench.run(1_000, lambda: bench.frames())  # noqa: B023
        start, end, _, _ = bench.frames()[0]
        assert bench.law.ask(bench.ms(), 0, 2, 24, 14)[1] not in (GRANTED, LISTEN)
        bench.bench.now_us = int((start + end) * 500)
        bench.radio.chip.brown_out()
        assert bench.run(5_000, lambda: len(bench.frames()) == 2)  # noqa: B023
        again = bench.frames()[1]
        assert again[3] == up(number=5) and 1_000 < again[0] - start < 4_000
        recovered(bench, "reset")
        bench.run(2_000)
        assert bench.law.sent == 2 and len(bench.sent) == 1, "both were booked, one was told"
        exchange(bench)


def test_another_chip_is_never_spoken_through():
    bench = LoraBench()
    bench.radio.chip.version = b"LLCC68 V2D 2D02\x00"
    bench.boot()
    bench.run(200)
    assert not bench.port.up and bench.port.report()["faults"] == {"other chip": 1}
    bench.port.send(up(number=7), bench.ms())  # lost: the port is not free
    bench.run(10_000)
    assert bench.frames() == [] and bench.told[0] == ("lora other chip", True)
    bench.radio.chip.version = b"SX1261 V2D 2D02\x00"
    assert bench.run(20_000, lambda: bench.port.up)
    exchange(bench)
    recovered(bench, "other chip")


def test_the_pause_is_kept_over_a_fault():
    bench = LoraBench()
    bench.run(100)
    bench.port.send(up(), bench.ms())
    assert bench.run(1_000, lambda: bench.frames())
    bench.radio.chip.brown_out()
    assert bench.run(5_000, lambda: len(bench.frames()) == 2)
    assert bench.law.refused[PAUSE] == 0 and bench.frames()[1][0] - bench.frames()[0][0] > 50


def test_a_loop_that_was_held_up_for_seconds_goes_on():
    bench = LoraBench()
    bench.run(100)
    bench.port.send(up(), bench.ms())
    assert bench.run(1_000, lambda: bench.frames())
    bench.bench.now_us += 3_000_000
    bench.run(200)
    exchange(bench)
    assert bench.told == [] and bench.port.report()["faults"] == {}


def test_a_supply_that_fails_at_every_moment_of_an_exchange():
    for listens in (True, False):
        for at_ms in range(1, 2_400, 137 if listens else 61):
            bench = LoraBench(listens=listens)
            bench.run(60)
            bench.port.send(up(number=1), bench.ms())
            bench.run(at_ms)
            bench.radio.chip.brown_out()
            bench.run(4_000)
            assert len([1 for _, _, _, data in bench.frames() if data == up(number=1)]) in (1, 2)
            bench.send(up(number=2))
            bench.run(1_000)
            assert bench.frames()[-1][3] == up(number=2) and bench.port.up, at_ms
            bench.run(6_000)
            assert bench.port.free(bench.ms())
