"""Seeded runs in which nodes, collector and lines die and come back while the water rises and falls, and the remote barrier is watched."""

from random import Random

import pytest
from gilmok.street import Street
from gilmok_site.rules import id_of
from gilmok_wire.group import LEASE_S
from support.ruled import give, output, rule, step

KEY = bytes(range(100, 116))
BARRIER = output("barrier", pin=33)
TURNS = 180  # of 1 to 40 s: an hour
CALM_S = 100  # with everything whole for so long the barrier is as the alarm wants it: a measurement, the rule's 20 s, a renewal's minute


class Run:
    def __init__(self, seed, folder):
        self.random = Random(f"remote {seed}")
        self.street = street = Street(seed, folder=folder)
        self.first, self.second = street.node("p1-gate", mounted=3.0), street.node("p2-gate")
        here, there = self.first.device.address, self.second.device.address
        flood = rule("flood", step(3, 1800, 2000, targets=[[there, id_of("barrier")]], quantity=8, on_ms=20_000))
        give(self.first, rules=[flood], more={21: [KEY, [[there, []]], [[2, 17, 16]]]})
        give(self.second, outputs=[BARRIER], more={21: [KEY, [[here, [id_of("barrier")]]], [[2, 17, 16]]]})
        self.line = street.peer("p1-gate", "p2-gate")
        self.first.set(level=0.5)
        self.wanted_s = -(10**6)  # when somebody alive wanted it last
        self.steady_s = 0  # since when nothing was disturbed
        self.on_s = self.late_s = 0

    def now_s(self):
        return self.street.schedule.now_us // 1_000_000

    def wants(self):
        if not self.first.machine.runs:
            return False
        judge = self.first.machine.node.alarms.judge
        return any(judge.wants(target) >= 0 for target in judge.targets())

    def is_on(self):
        return self.second.output("barrier").commanded == "on"

    def is_whole(self):
        lines = [self.line, *(self.street.link(name) for name in ("p1-gate", "p2-gate"))]
        by_line = not self.line.is_cut
        by_collector = self.street.collector.runs and not any(line.is_cut for line in lines[1:])
        return self.first.powered and self.second.powered and (by_line or by_collector)

    def watch(self, seconds):
        for _ in range(seconds):
            if self.wants():
                self.wanted_s = self.now_s()
            self.street.run("1 s")
            if self.wants():
                self.wanted_s = self.now_s()
            self.on_s += self.is_on()
            assert not self.is_on() or self.now_s() - self.wanted_s <= LEASE_S + 1, "on, and nobody wants it"
            if not self.is_whole():
                self.steady_s = self.now_s()
            if self.now_s() - self.steady_s > CALM_S:
                assert self.is_on() == self.wants(), "everything is whole, and it is not as the alarm wants it"
                self.late_s += 1

    def disturb(self):
        street, random = self.street, self.random
        self.steady_s = self.now_s()
        act = random.choice(("water", "first", "second", "collector", "line", "link", "noise", "calm", "calm"))
        if act == "water":
            self.first.set(level=random.choice((0.5, 1.3)))
        elif act in ("first", "second"):
            node = getattr(self, act)
            if node.powered:
                node.power_cut()
            else:
                node.power_on()
        elif act == "collector":
            if street.collector.runs:
                street.collector.kill()
            else:
                street.collector.start()
        elif act == "noise":
            self.line.noise(drop=random.choice((0, 0.01, 0.03)))
        elif act == "calm":
            self.mend()
            self.watch(CALM_S + 20)
        else:
            line = self.line if act == "line" else street.link(random.choice(("p1-gate", "p2-gate")))
            if line.is_cut:
                line.mend()
            else:
                line.cut()

    def mend(self):
        for name in ("p1-gate", "p2-gate", self.line.name):
            self.street.link(name).mend()
        self.line.noise()
        self.street.collector.start()
        self.first.power_on()
        self.second.power_on()
        self.steady_s = self.now_s()


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_on_only_while_somebody_wants_it_and_then_soon(seed, tmp_path):
    run = Run(seed, tmp_path)
    try:
        for _ in range(TURNS):
            run.watch(run.random.randint(1, 40))
            run.disturb()
        run.mend()
        run.watch(CALM_S + 20)
        run.street.drain()
        run.street.check()
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}\n{run.street.describe()}") from error
    finally:
        run.street.close()
    assert run.on_s > 300 and run.late_s > 300, (run.on_s, run.late_s)
