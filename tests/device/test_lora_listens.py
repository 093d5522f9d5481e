"""When the LoRa port listens: in windows, until it is answered, always; and how it is woken."""

from device.lora_bench import ANSWER, PLAIN, LoraBench, up
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import ANSWERS_MS, SECOND_MS, UNTIL_ANSWERED, WINDOW_MS, widening


def test_a_node_that_sleeps_hears_an_answer_in_either_window():
    for rates in ((5, 5), (1, 1), (0, 0)):
        for delay_ms, place in ((WINDOW_MS, None), (WINDOW_MS + SECOND_MS, REGIONS["KR920"][9]))[: 1 if rates[0] == 5 else 2]:
            for error_ms in (-widening(delay_ms), 0, widening(delay_ms)):
                bench = LoraBench(rates=rates, listens=False)
                ((_, end),) = bench.send()
                bench.answer(end + delay_ms + error_ms, place=place)
                bench.run(7000)
                assert [frame for _, frame in bench.heard] == [ANSWER], (rates, delay_ms, error_ms)
                assert bench.radio.driver.state == "asleep"
                bench.bench.clean()


def test_a_node_that_sleeps_hears_nothing_beside_its_windows():
    for delay_ms in (100, WINDOW_MS - 60, WINDOW_MS + 60, WINDOW_MS + SECOND_MS - 70):
        bench = LoraBench(rates=(5, 5), listens=False)
        ((_, end),) = bench.send()
        bench.answer(end + delay_ms)
        bench.run(7000)
        assert bench.heard == [], delay_ms


def test_there_is_a_second_window_only_where_that_is_as_fast():
    for rate, windows in ((5, 1), (2, 1), (1, 2), (0, 2)):
        for urgent in (False, True):
            bench = LoraBench(rates=(rate, rate), listens=False)
            bench.send(urgent=urgent)
            assert len(bench.port._ears.windows) == windows, (rate, urgent)


def test_windows_do_not_depend_on_when_the_loop_looked():
    bench = LoraBench(listens=False)
    assert bench.run(1000, lambda: bench.port.free(bench.ms()))
    bench.port.send(up(), bench.ms())
    bench.run(1000, bench.frames)
    end = bench.frames()[-1][1]
    bench.bench.now_us = int(end * 1000) + 1_500_000  # a sector was erased meanwhile, and more
    bench.answer(end + WINDOW_MS)
    bench.run(7000)
    assert len(bench.heard) == 1


def test_who_does_not_ask_is_not_listened_for():
    bench = LoraBench(listens=False)
    bench.send(up(PLAIN))
    bench.run(50)
    assert bench.radio.driver.state == "asleep" and bench.port._ears.windows == [] and bench.port.free(bench.ms())


def test_who_listens_until_he_is_answered_hears_an_answer_that_begins_in_time_and_then_sleeps():
    for rate in (5, 0):
        for delay_ms in (20, 700, ANSWERS_MS):
            bench = LoraBench(rates=(rate, rate), listens=UNTIL_ANSWERED)
            ((_, end),) = bench.send()
            bench.answer(end + delay_ms)
            assert bench.run(6000, lambda bench=bench: bench.heard), (rate, delay_ms)
            bench.run(100)
            assert bench.radio.driver.state == "asleep" and bench.port.free(bench.ms())
            assert bench.port.missed == 0
    bench.bench.clean()


def test_who_listens_until_he_is_answered_gives_up_in_time_for_the_next_try():
    for rate in (5, 0):
        bench = LoraBench(rates=(rate, rate), listens=UNTIL_ANSWERED)
        ((_, end),) = bench.send()
        bench.run(ANSWERS_MS)
        assert bench.radio.driver.state == "receiving" and not bench.port.free(bench.ms())
        bench.run(6000, lambda bench=bench: bench.port.missed)
        assert bench.radio.driver.state != "receiving" and bench.port.free(bench.ms())
        assert bench.ms() - end <= bench.port.link.answer_ms + 1


def test_while_a_gateway_is_away_a_node_listens_as_long_as_answers_took_and_now_and_then_as_long_as_they_may():
    """A poll at SF7 is 50 ms; listening for 1.5 s behind each would take four times what sending does."""
    for late_ms in (200, 1200):
        bench = LoraBench(listens=UNTIL_ANSWERED)
        for _ in range(12):
            ((_, end),) = bench.send()
            bench.answer(end + late_ms)
            bench.run(5000)
        assert len(bench.heard) == 12 and bench.port.missed == 0
        spans = []
        for _ in range(32):
            ((_, end),) = bench.send()
            bench.run(5000, lambda bench=bench: bench.radio.driver.state != "receiving")
            spans.append(bench.ms() - end)
            bench.run(5000, lambda bench=bench: bench.port._asked_ms is None)
        short = [span for span in spans[9:] if span < ANSWERS_MS]
        assert all(span >= ANSWERS_MS for span in spans[:9]) and len(spans) - 9 - len(short) == 2, spans
        assert all(late_ms + 100 <= span <= late_ms + 350 for span in short), spans
        ((_, end),) = bench.send()
        bench.answer(end + late_ms)
        bench.run(5000)
        assert len(bench.heard) == 13


def test_who_listens_until_he_is_answered_goes_on_behind_a_strangers_frame():
    bench = LoraBench(listens=UNTIL_ANSWERED)
    ((_, end),) = bench.send()
    bench.answer(end + 20, b"\xf1\x02\x02" + bytes(20))
    bench.run(300)
    assert bench.port.foreign == 1 and bench.radio.driver.state == "receiving"
    bench.answer(bench.ms() + 20)
    bench.run(300)
    assert len(bench.heard) == 1 and bench.radio.driver.state == "asleep"


def test_who_listens_until_he_is_answered_listens_for_nothing_that_he_did_not_ask():
    bench = LoraBench(listens=UNTIL_ANSWERED)
    bench.send(up(PLAIN))
    bench.run(50)
    assert bench.radio.driver.state == "asleep" and bench.port.free(bench.ms())


def test_an_alarm_does_not_wait_for_a_window():
    bench = LoraBench(listens=False)
    bench.send()
    assert not bench.port.free(bench.ms()) and bench.port.free(bench.ms(), True)
    began = bench.ms()
    ((start, _),) = bench.send(urgent=True)
    assert start - began < 200


def test_nothing_is_polled_for_while_nothing_can_come():
    bench = LoraBench(listens=False)
    bench.run(100)
    assert bench.port.poll(bench.ms()) is None
    bench.send()
    at = bench.port.poll(bench.ms())
    assert at - bench.ms() > 1900
