"""A device that is heard over several links: answers go where its newest frame came from, and copies cost a counter."""

import pytest
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.store import open_store
from gilmok_wire import cbor
from gilmok_wire.ccm import SUITE
from gilmok_wire.columns import encode_columns
from gilmok_wire.link import SERIAL, Link
from gilmok_wire.messages import ANCHOR, BATCH, COMMAND, HELLO, RESULT, STATE
from gilmok_wire.node_seal import NodeSeal

KEY, DEVICE, LOG, T0 = b"a" * 16, 1, 77, 1_800_000_000_000
LORA = Link(mtu=51, answer_ms=2300, window=1, full_duplex=False)
FAR_MS = T0 + 10**9


class Device:
    """A device's seal, an engine, and two links to it; `told` are the (link, message) of all answers."""

    def __init__(self, engine):
        self.engine = engine
        self.now = T0
        self.told = []
        self._draws = 0
        self.seal = NodeSeal(KEY, DEVICE, self._draw)

    def _draw(self):
        self._draws += 1
        return b"salt%04d" % self._draws

    def frame(self, *said, ask=True):
        return self.seal.seal(b"".join(map(cbor.encode, said)), ask)

    def arrive(self, link, *frames, **facts):
        """Let frames arrive over a link in one group; return the links of the answers."""
        self.now += 1000
        via = {"lora": LORA, "usb": SERIAL}[link]
        return self.take(self.engine.handle([Arrival(link, frame, self.now, via, **facts) for frame in frames]))

    def take(self, answers):
        for link, frame in answers:
            assert link != "lora" or len(frame) <= LORA.mtu
            self.told += [(link, message) for message in cbor.decode_sequence(self.seal.open(frame))]
        return [link for link, _ in answers]

    def greet(self, link="usb"):
        self.arrive(link, self.frame([HELLO, 1, LOG, 0, 1, SUITE, b"conf", "0.1.0"], [STATE, 0, b"dgst", 0, 0]))
        self.arrive(link, self.frame())
        assert self.engine.devices[DEVICE].session.confirmed()
        return self


def batch(first):
    return [BATCH, 0, first, 1, 1, 1000 * first, 0, encode_columns([[first]])]


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:{tmp_path / 'a.db'}", 5, now=lambda: T0 / 1000)
    yield store
    store.close()


@pytest.fixture
def device(store):
    return Device(Engine(store, {DEVICE: KEY})).greet()


def test_answers_follow_the_newest_frame(device):
    assert device.arrive("usb", device.frame(batch(0))) == ["usb"]
    assert device.arrive("lora", device.frame(batch(1))) == ["lora"]
    assert device.engine.devices[DEVICE].link == "lora"
    assert device.arrive("usb", device.frame(batch(2))) == ["usb"]
    assert set(device.engine.devices[DEVICE].links) == {"usb", "lora"}


def test_a_frame_that_a_slow_link_brings_late_is_stored_and_moves_nothing(device, store):
    late = device.frame(batch(0), ask=False)
    device.arrive("usb", device.frame(batch(1)))
    assert device.arrive("lora", late) == []
    assert device.engine.devices[DEVICE].link == "usb"
    assert store.stored(DEVICE, LOG, 0).pairs == [(0, 2)]


def test_a_copy_over_another_link_is_no_replay(device, store):
    alarm = device.frame(batch(0))
    device.arrive("usb", alarm)
    assert device.arrive("lora", alarm) == []
    counters = device.engine.counters
    assert (counters.repeated, counters.replayed, counters.refused) == (1, 0, 0)
    device.arrive("usb", alarm)
    assert (counters.repeated, counters.replayed) == (1, 1), "the same link has no reason to bring it again"
    assert device.engine.devices[DEVICE].link == "usb"
    assert len(store.stored(DEVICE, LOG, 0)) == 1


def test_both_copies_in_one_group_are_answered_once(device):
    alarm = device.frame(batch(0))
    device.now += 1000
    answers = device.engine.handle([Arrival("lora", alarm, device.now, LORA), Arrival("usb", alarm, device.now, SERIAL)])
    assert device.take(answers) == ["lora"]


def test_an_old_recording_of_a_greeting_draws_no_answer_away(device):
    """Recorded at an earlier life of the device: authentic, unconfirmed."""
    recorded = device.frame(batch(9))
    old = NodeSeal(KEY, DEVICE, lambda: b"old salt")
    hello = old.seal(cbor.encode([HELLO, 1, LOG, 0, 1, SUITE, b"conf", "0.1.0"]), True)
    device.now += 1000
    answers = device.engine.handle([Arrival("lora", hello, device.now, LORA), Arrival("usb", recorded, device.now, SERIAL)])
    assert sorted(link for link, _ in answers) == ["lora", "usb"], "each where its salt was heard"
    assert device.engine.devices[DEVICE].link == "usb"
    older = NodeSeal(KEY, DEVICE, lambda: b"oldest s").seal(cbor.encode([HELLO, 1, LOG, 0, 1, SUITE, b"conf", "0.1.0"]), True)
    device.now += 1000
    assert [link for link, _ in device.engine.handle([Arrival("lora", older, device.now, LORA)])] == ["lora"]
    assert device.engine.devices[DEVICE].link == "usb"
    assert device.arrive("usb", device.frame(batch(10))) == ["usb"]


def test_a_device_that_restarts_over_the_other_link_is_answered_there(device):
    device.seal.restart()
    device.greet("lora")
    assert device.engine.devices[DEVICE].link == "lora" and device.told[-1][0] == "lora"


def test_a_command_is_pushed_where_the_device_listens_and_else_goes_with_an_answer(device, store):
    device.arrive("lora", device.frame(batch(0)))
    number = store.commands.queue(DEVICE, "ack", (5,), "duty", T0, FAR_MS)
    assert device.engine.attend(device.now) == [], "a radio that sleeps hears nothing"
    device.arrive("lora", device.frame(batch(1)))
    assert [message[1] for link, message in device.told if message[0] == COMMAND and link == "lora"] == [number]
    device.arrive("usb", device.frame([RESULT, number, 0, None]))
    number = store.commands.queue(DEVICE, "ack", (6,), "duty", T0, FAR_MS)
    assert device.take(device.engine.attend(device.now)) == ["usb"]
    assert device.told[-1][1][1] == number


def test_a_command_too_long_for_the_radio_waits_for_the_cable(device, store):
    device.arrive("lora", device.frame(batch(0)))
    number = store.commands.queue(DEVICE, "rule", (cbor.encode([5, "x" * 60]),), "duty", T0, FAR_MS)
    short = store.commands.queue(DEVICE, "ack", (6,), "duty", T0, FAR_MS)
    device.engine.attend(device.now)
    device.arrive("lora", device.frame(batch(1)))
    assert [message[1] for _, message in device.told if message[0] == COMMAND] == [short]
    assert store.commands.find(number).state == "queued" and store.commands.find(short).sent_ms is not None
    device.arrive("usb", device.frame(batch(2)))
    assert (number, "usb") in [(message[1], link) for link, message in device.told if message[0] == COMMAND]


def test_a_command_too_long_for_the_only_link_is_refused_with_the_reason(store):
    device = Device(Engine(store, {DEVICE: KEY})).greet("lora")
    number = store.commands.queue(DEVICE, "rule", (cbor.encode([5, "x" * 60]),), "duty", T0, FAR_MS)
    for _ in range(2):
        device.engine.attend(device.now)
    assert "51 bytes" in str(store.commands.find(number).value)


def test_an_anchor_is_as_unsure_as_the_link_that_brought_the_frame(store):
    for uncertainty_ms, expected in ((None, 20), (350, 350)):
        device = Device(Engine(store, {DEVICE: KEY}))
        hello = device.frame([HELLO, 1, LOG, 0, 1, SUITE, b"conf", "0.1.0"])
        device.arrive("lora", hello, uncertainty_ms=uncertainty_ms)
        assert [message[3] for _, message in device.told if message[0] == ANCHOR] == [expected]
