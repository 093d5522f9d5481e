"""What a node's radio has done is a record an hour: what it counts, when it is due, and that nothing of it stays in memory between."""

import sys

from device.lora_bench import LoraBench, up
from gilmok_node import forget
from gilmok_node.health import Health
from gilmok_node.radio.radio_stream import COLUMNS, row
from gilmok_wire.node_stream import columns_of
from gilmok_wire.radio_law import CHANNEL, OCCUPIED, QUOTA

HOUR_MS = 3_600_000
MODULE = "gilmok_node.radio.radio_stream"


def told(bench):
    """Return the record by the names of its columns."""
    return dict(zip([column[0] for column in columns_of(COLUMNS)], bench.port.report(row)))


def test_it_counts_air_share_refusals_answers_faults_and_rate():
    bench = LoraBench("EU868", channels=(0,), rates=(0, 5))
    assert told(bench)["used"] == 1000 and told(bench)["air"] == 0, "all that is allowed counts as used after a power cut"
    bench.bench.now_us += 2 * HOUR_MS * 1000  # the slots of a ledger are longer than an hour
    assert told(bench) == {"air": 0, "used": 0, "refused": 0, "reason": None, "missed": 0, "faults": 0, "rate": bench.port.rate}
    bench.send(up(size=51))
    bench.run(20_000)
    law = bench.law
    after = told(bench)
    assert after["air"] == law.sent_ms // 100 > 0 and after["missed"] == 1
    assert after["used"] == max([used * 1000 // allowed for used, allowed in law.report(bench.ms())]) > 0
    law.refused[CHANNEL], law.refused[QUOTA] = 2, 5
    assert (told(bench)["refused"], told(bench)["reason"]) == (7, QUOTA)
    bench.port._radio.faults["busy"] = 3
    assert told(bench)["faults"] == 3


def test_where_nothing_is_rationed_no_share_is_told():
    bench = LoraBench("KR920")
    bench.law.refused[OCCUPIED] = 1
    assert (told(bench)["used"], told(bench)["reason"]) == (None, OCCUPIED)


class Streams:
    """Takes what a Health records: (number, time, values)."""

    def __init__(self):
        self.infos, self.records = [], []

    def __call__(self, info):
        self.infos.append(info)
        return Stream(self, len(self.infos) - 1)

    def hours(self):
        """Return the times of the radio's records."""
        return [time_ms for number, time_ms, _ in self.records if number == 2]


class Stream:
    def __init__(self, streams, number):
        self.streams, self.number = streams, number

    def append(self, time_ms, values, number=None):
        self.streams.records.append((self.number if number is None else number, time_ms, tuple(values)))


class Port:
    """A radio that tells of itself, or has no room for it."""

    full = False

    def report(self, tell):
        if self.full:
            raise MemoryError("memory allocation failed, allocating 24 bytes")
        return (0,) * 7


def test_a_record_an_hour_whatever_the_period_of_health():
    for period_ms in (60_000, 7 * 60_000, HOUR_MS, 2 * HOUR_MS):
        streams = Streams()
        health = Health(streams, period_ms, Port())
        assert [info.name for info in streams.infos] == ["health", "fault", "radio"]
        now_ms = 17
        while now_ms < 6 * HOUR_MS:
            now_ms = health.poll(now_ms, lambda: (1, None))
        assert [at // HOUR_MS for at in streams.hours()] == list(range(0, 6, max(1, period_ms // HOUR_MS))), period_ms
        counts = [number for number, _, _ in streams.records]
        assert counts.count(0) == -(-6 * HOUR_MS // period_ms)


def test_a_heap_without_room_costs_one_record_and_no_more():
    streams, port = Streams(), Port()
    health = Health(streams, 60_000, port)
    port.full = True
    health.poll(0, lambda: (1,))
    assert streams.hours() == [] and len(streams.records) == 1
    port.full = False
    for at in range(1, 62):
        health.poll(at * 60_000, lambda: (1,))
    assert streams.hours() == [HOUR_MS]


def test_its_code_is_there_while_it_writes():
    if sys.implementation.name != "micropython":
        return
    streams = Streams()
    health = Health(streams, 60_000, Port())
    health.poll(0, lambda: (1,))
    assert MODULE not in sys.modules
    forget("radio")


def test_without_a_radio_there_is_no_such_stream():
    streams = Streams()
    health = Health(streams, 60_000)
    health.poll(0, lambda: (1,))
    assert [info.name for info in streams.infos] == ["health", "fault"] and len(streams.records) == 1
