"""A whole node by radio: the firmware from its configuration on, a virtual SX1262, an air that loses frames, and a collector's engine."""

import random

import pytest
from device.radio_bench import Ether
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import open_store
from gilmok_node.config import Config
from gilmok_node.flash.log import Log
from gilmok_node.node import Node
from gilmok_node.radio.sx126x import Sx126x
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_sim.flash import VirtualFlash
from gilmok_sim.instruments import Instruments
from gilmok_sim.lora_air import Air, airtime_us
from gilmok_sim.world import RainyNight
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import SECOND_MS, WINDOW_MS, lora_link
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[radio]
channels = [0, 1, 2]
rates = [3, 3]
listens = {listens}
[node.gate]
board = "heltec-lora32-v3"
health = "1 h"
[node.gate.sensor.air]
driver = "bme280"
i2c = 0
every = "{every}"
max_age = "20 s"
"""
)
RECORDS = 500
LINK = "lora"
UNIX_MS = 1_760_000_000_000
KEY = Key(b"k" * 16)
AT_ONCE_MS = 60  # a gateway beside its collector


class Gateway:
    """Hears every uplink on all channels, as a concentrator does; what it is told leaves when its node listens."""

    def __init__(self, street):
        self.street = street
        self.heard = []
        self.answered = self.lost = 0

    def incoming(self, air, start_us, end_us, rssi_dbm):
        pass

    def hear(self, payload, air, rssi_dbm, snr_db, crc_ok, start_us, end_us, header_ok):
        if not air.inverted_iq and air.sync_word == 0x3444:
            self.heard.append((payload, air, end_us))

    def answer(self, frames, air, end_us):
        """Send the first frame where and when the first window is, the second in the second, or one behind the other."""
        free_us = end_us + AT_ONCE_MS * 1000
        for number, frame in enumerate(frames):
            hz, sf = air.frequency_hz, air.sf
            start_us = free_us
            if not self.street.listens:
                start_us = end_us + (WINDOW_MS + number * SECOND_MS) * 1000
                if number:
                    hz, sf = 921_900_000, 12
            down = Air(hz, sf, 125_000, 1, True, 0x3444, 8, True, False, 14)
            free_us = start_us + airtime_us(len(frame), down) + 20_000
            self.answered += 1
            if self.street.loses():
                self.lost += 1
            else:
                self.street.ether.transmit(self, start_us, start_us + airtime_us(len(frame), down), down, frame)


class Street:
    """One node, one gateway, one engine; nothing but the node lets time pass. `loss` is the share of frames lost each way."""

    def __init__(self, store, listens, loss, seed, every="2 s"):
        self.now_us = 1_000_000
        self.listens, self.loss, self.lost = listens, loss, 0
        self.dice = random.Random(seed)
        self.ether = Ether()
        self.gateway = Gateway(self)
        self.chip = VirtualSx1262(self.clock, self.ether)
        self.ether.chips = [self.gateway, self.chip]
        site = parse_site(SITE.format(listens='"always"' if listens else '"in_windows"', every=every), "yangjae.toml")
        self.device = site.device_of("gate")
        self.config = compile_node(site, Keys(store.id, {self.device: KEY}), "gate")
        self.log = Log(VirtualFlash(64), VirtualFlash(16), 1)
        self.log.mount()
        self.world = RainyNight(seed)
        link = lora_link(REGIONS["KR920"][1][3], 5_000)
        self.told = []
        self.engine = Engine(store, {self.device: KEY}, link, self.dice.randbytes, lambda device, event: self.told.append(event))
        self.boot()

    def boot(self):
        instruments = Instruments(self.world, self.clock)
        instruments.radio = self._radio
        self.node = Node(Config(self.config), self.log, instruments, [], self.ms, self, self.dice.randbytes)
        (self.port,) = self.node.ports
        self.port.look_ms = 40 if self.listens else 10

    def _radio(self, wiring, band_hz):
        assert wiring[:3] == ["sx1262", 1, 8]
        spi = VirtualSpi()
        device = SpiDevice(spi, spi.attach(self.chip))
        return Sx126x(device, self.chip.busy, self.chip.reset, self.chip.dio1, self._ticks_us, band_hz)

    # The node's clock and board.

    def clock(self):
        return self.now_us / 1000

    def ms(self):
        return self.now_us // 1000

    def _ticks_us(self):
        self.now_us += 20
        return self.now_us & 0x3FFFFFFF

    def reset_cause(self):
        return 1

    def heap_free(self):
        return None

    def voltage_mv(self):
        return None

    def feed(self):
        pass

    def loses(self):
        lost = self.dice.random() < self.loss
        self.lost += lost
        return lost

    def run(self, span_s, until=lambda: False):
        end_us = self.now_us + int(span_s * 1e6)
        while self.now_us < end_us and not until():
            at_ms = self.node.poll()
            self._collect()
            self.now_us = max(self.now_us + 1000, min(end_us, at_ms * 1000))
            self.ether.advance(self.now_us)
            self._collect()

    def _collect(self):
        heard, self.gateway.heard = self.gateway.heard, []
        for payload, air, end_us in heard:
            if not self.loses():
                answers = self.engine.handle([Arrival(LINK, payload, UNIX_MS + end_us // 1000)])
                assert all(link == LINK for link, _ in answers)
                self.gateway.answer([frame for _, frame in answers], air, end_us)


@pytest.mark.parametrize(("listens", "loss"), [(False, 0.2), (True, 0.2)])
def test_five_hundred_records_arrive_exactly_once(tmp_path, listens, loss):
    store = open_store(f"sqlite:{tmp_path / 'site.db'}", 5)
    street = Street(store, listens, loss, seed=7)
    node = street.node
    street.run(2 * RECORDS + 60, until=lambda: node.log.next(stream_of(node)) >= RECORDS)
    assert node.log.next(stream_of(node)) >= RECORDS
    node.measuring = False
    street.run(5400, until=lambda: node.backlog() == 0)
    assert node.backlog() == 0, "everything was settled, which is after it was committed"
    stored = rows_of(store, node, street.device)
    assert stored == list(range(node.log.next(stream_of(node)))), "none is missing, none is there twice"
    report = street.port.report()
    assert street.lost > 10 and street.gateway.lost and report["missed"] and not report["faults"], (street.lost, report)
    assert street.chip.violations == []
    print(f"listens {listens}: {report['sent']} frames, {report['sent_ms']} ms on the air, {street.gateway.answered} answers")


def stream_of(node):
    """Return the number of the stream of readings."""
    return next(stream.number for stream in node.session.streams if stream.info.name == "air")


def rows_of(store, node, device):
    """Return the sequence numbers that the store holds of the readings, in order."""
    return [record.seq for record in store.rows(device, node.log.log_id, stream_of(node), 0, 1 << 40)]


def test_the_collector_gets_a_record_an_hour_of_the_radio_and_hears_that_it_is_back(tmp_path):
    store = open_store(f"sqlite:{tmp_path / 'site.db'}", 5)
    street = Street(store, listens=False, loss=0.1, seed=3, every="30 min")

    def stored():
        return [record.values for record in store.records(stream="radio")]

    street.run(600)
    street.chip.fault = "silence"
    street.run(2000)  # with a reading to be sent
    street.chip.fault = None
    street.run(8 * 3600, until=lambda: len(stored()) >= 6)
    assert 6 <= len(stored()) <= 12, "six at a time: those that were due when the first of them had waited for five hours"
    air, used, refused, _, missed, faults, rate = stored()[-1]
    assert air > 0 and used is None and refused >= 0 and missed > 0 and rate == 3
    assert stored()[0][5] == 0 < faults, "what happened to the radio is told with it"
    lines = [event[1:] for event in street.told if event[0] == "diagnostic"]
    assert (1, "lora is back") in lines and any(level == 3 and text.startswith("lora ") for level, text in lines), lines
