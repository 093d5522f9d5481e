"""The LoRa port of a node that sleeps until DIO1 wakes it: it hears what one hears that looks all the time."""

from device.lora_bench import ANSWER, LoraBench
from gilmok_wire.windows import UNTIL_ANSWERED, WINDOW_MS


class Dozing(LoraBench):
    """A bench whose node sleeps until its deadline, or until DIO1 rises, and looks at a radio that listens only once a second else."""

    turns = 0

    def boot(self):
        LoraBench.boot(self)
        self.port.look_ms = 1000  # gilmok_node.wake

    def run(self, span_ms, until=None):
        end = self.bench.now_us + 1000 * span_ms
        while self.bench.now_us < end and not (until and until()):
            self.turns += 1
            at = self.port.poll(self.ms())
            if until and until():
                return True
            due = self.bench.now_us + 1000 if self.radio.chip.dio1() else min(end, end if at is None else 1000 * at)
            self.bench.now_us = self.bench.now_us + 100
            while self.bench.now_us < due and not self.radio.chip.dio1():
                self.bench.now_us = min(due, self.bench.now_us + 1000)
        return until is not None and until()


def test_who_is_woken_by_dio1_hears_the_same():
    for listens, delays in ((True, (20,)), (False, (WINDOW_MS - 5, WINDOW_MS, WINDOW_MS + 5)), (UNTIL_ANSWERED, (20, 1300))):
        for delay_ms in delays:
            bench = Dozing(listens=listens)
            for _ in range(2):
                ((_, end),) = bench.send()
                bench.heard = []
                bench.answer(end + delay_ms)
                bench.run(2600)
                assert [frame for _, frame in bench.heard] == [ANSWER], (listens, delay_ms)
                assert bench.heard[0][0] < end + delay_ms + 120, "at once: 35 bytes take 82 ms at SF7"
            bench.bench.clean()


def test_a_node_that_listens_sleeps_meanwhile():
    bench = Dozing()
    ((_, end),) = bench.send()
    bench.answer(end + 20)
    bench.run(500)
    bench.turns = 0
    bench.run(20_000)
    assert bench.turns <= 21
    bench.answer(bench.ms() + 333, ANSWER + b"later")
    bench.run(1000)
    assert bench.heard[-1][1] == ANSWER + b"later" and bench.heard[-1][0] < bench.ms() - 500


def test_a_window_in_which_nothing_comes_ends_by_dio1():
    bench = Dozing(listens=False)
    bench.send()
    bench.turns = 0
    bench.run(7000)
    assert bench.radio.driver.state == "asleep" and bench.turns < 20
    bench.bench.clean()
