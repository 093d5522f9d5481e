"""A laptop with a permit reads a node into a store of its own, over BLE and over a line; the city gets everything all the same."""

import asyncio
import secrets
from threading import Event

import pytest
from gilmok_collector.reading.ble import read_over_ble
from gilmok_collector.reading.dialogue import Dialogue, NodeRefuses, decode_answer
from gilmok_collector.reading.keep import Keeper
from gilmok_collector.reading.line import read_over_line
from gilmok_collector.reading.talk import Entry, Silent, Talk
from gilmok_collector.store import open_store
from gilmok_sim.ble_bleak import AirClient, AirScanner, Central
from gilmok_wire.ble_advert import device_tag
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.reader_seal import ENDED, ReaderSeal, permit_key
from support.ble_street import STORE, held, on_street
from support.ble_street import UNIX_MS as STREET_MS
from support.reading_bench import ANCHORS, PERMIT, STREAMS, UNTIL_S, Line, ReadNode, make_pair, standing_of
from support.wire_pair import DEVICE, KEY, UNIX_MS

KEYS = {device: bytes((device,)) * 16 for device in (1, 2)}
STREET_UNTIL_S = STREET_MS // 1000 + 3600


def entry_of(key=KEY, device=DEVICE, until_s=UNTIL_S):
    """Return what a permit has of a node."""
    return Entry(device, permit_key(key, until_s, PERMIT), until_s, PERMIT)


def rows_of(store, device, log, stream):
    """Return {number: (boot, time, values)} of what is stored."""
    return {row.seq: (row.boot, row.uptime_ms, tuple(row.values)) for row in store.rows(device, log, stream, 0, 1 << 40)}


class Laptop:
    """A store of its own; each `dialogue` is another visit."""

    def __init__(self, path, device):
        self.store = open_store(f"sqlite:{path}")
        self.device = device

    def dialogue(self, since_ms=None, wanted=None):
        """Return a Dialogue that keeps what it hears."""
        self.keeper = Keeper(self.store, self.device, UNIX_MS)
        return Dialogue(self.keeper.settled, self.keeper.take, since_ms, wanted)


def converse(node, dialogue, most=10_000):
    """Move a dialogue's frames by hand; return how many requests it made."""
    line, asking = Line(), dialogue.run()
    seal = ReaderSeal(permit_key(KEY, UNTIL_S, PERMIT), DEVICE, UNTIL_S, PERMIT, secrets.token_bytes(8))
    plaintext = next(asking)
    for count in range(most):
        (answer,) = node.take(seal.seal(plaintext), line)
        try:
            plaintext = asking.send(decode_answer(seal.open(answer)))
        except StopIteration:
            return count + 1
    asking.close()
    return most


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path / "field.db", DEVICE)
    yield laptop
    laptop.store.close()


def test_everything_is_kept_once_with_names_and_dates(laptop):
    pair = make_pair(200)
    node = ReadNode(pair)
    dialogue = laptop.dialogue()
    converse(node, dialogue)
    laptop.keeper.flush()
    for stream, info in enumerate(STREAMS):
        assert rows_of(laptop.store, DEVICE, 77, stream) == pair.log.held(stream)
        schema = laptop.store.schemas(DEVICE, 77)[stream]
        assert (schema.name, [tuple(column) for column in schema.columns]) == (info.name, list(info.columns))
    assert all(record.unix_ms == UNIX_MS + record.uptime_ms for record in laptop.store.records(DEVICE, "river"))
    assert dialogue.records == sum(len(pair.log.held(stream)) for stream in range(len(STREAMS)))
    pair.run()
    pair.check()


def test_what_broke_off_goes_on_where_it_was(laptop):
    pair = make_pair(300)
    pair.log.spoil(0, 100, 104)
    node = ReadNode(pair)
    first = laptop.dialogue()
    assert converse(node, first, most=30) == 30
    laptop.keeper.flush()
    kept = first.records
    second = laptop.dialogue()
    converse(node, second)
    laptop.keeper.flush()
    assert kept > 0 and second.records < 1200 - kept + 2 * 33
    for stream in range(len(STREAMS)):
        assert rows_of(laptop.store, DEVICE, 77, stream) == pair.log.held(stream)
    assert laptop.store.gaps(DEVICE, 77, 0) == [(100, 104)]
    third = laptop.dialogue()
    assert converse(node, third) < 20 and third.records == 1, "anchors are read each time"


def test_since_a_time_and_one_stream(laptop):
    """What is younger is all there; what is older is not read but for a frame or two."""
    pair = make_pair(2000)
    pair.log.boot += 1
    for number in range(500):
        pair.log.append(0, 5000 + 1000 * number, [number])
    pair.log.append(ANCHORS, 10_000, [(UNIX_MS + 10**8) // 86_400_000, (UNIX_MS + 10**8) % 86_400_000, 20])
    node = ReadNode(pair)
    dialogue = laptop.dialogue(since_ms=UNIX_MS + 10**8 + 290_000, wanted="river")
    assert converse(node, dialogue) < 60
    laptop.keeper.flush()
    rows = rows_of(laptop.store, DEVICE, 77, 0)
    wanted = {number: record for number, record in pair.log.held(0).items() if record[0] == 2 and record[1] >= 300_000}
    assert len(wanted) == 205 and wanted.items() <= rows.items() and len(rows) < len(wanted) + 70
    assert not rows_of(laptop.store, DEVICE, 77, 1)


def test_a_refusal_is_told(laptop):
    node = ReadNode(make_pair(5))
    node.pair.now = 9 * 3_600_000
    with pytest.raises(NodeRefuses) as refused:
        converse(node, laptop.dialogue())
    assert refused.value.reason == ENDED


# Over BLE.


def agreed(node):
    """Return what a node's session and its collector know of each other; how long records have waited goes on."""
    facts = standing_of(node.session)
    streams = [(stream["below"], stream["beyond"], stream["cursor"]) for stream in facts["streams"]]
    return [facts[name] for name in ("seal", "counters", "phase", "store", "epoch", "_asks", "_in_flight", "_stated", "_tries")] + streams


def ble_options(street, number):
    central = Central(street.air, f"F0:00:00:00:EE:{number:02X}", 247)
    return {"scanner": {"backend": AirScanner, "central": central}, "client": {"backend": AirClient, "central": central}}


def test_over_ble_in_the_middle_of_a_citys_work(tmp_path):
    """The city has collected half when the laptop comes; afterwards the city has everything once, under the same salt."""

    async def scene(street):
        node = street.add_node(1, 400, store=STORE)
        city = street.add_collector(tmp_path / "city.db")
        await street.until(lambda: node.backlog() == 0, most_s=60)
        await street.until(lambda: not node.port.up, most_s=60)
        node.record(50)
        before, connections = agreed(node), node.port.report()["connections"]
        laptop = Laptop(tmp_path / "field.db", 1)
        dialogue = laptop.dialogue()
        entry = entry_of(KEYS[1], 1, STREET_UNTIL_S)
        await read_over_ble(entry, device_tag(KEYS[1]), dialogue.run(), backends=ble_options(street, 1))
        laptop.keeper.flush()
        assert node.port.report()["connections"] == connections + 1, "the laptop alone was there"
        assert agreed(node) == before and node.backlog() == 50
        assert rows_of(laptop.store, 1, node.log.log_id, 0) == held(node) and dialogue.records == 450
        laptop.store.close()
        await street.until(lambda: node.backlog() == 0, most_s=3600)
        assert city.stored(node) == held(node) and node.session.counters["restarts"] == before[1]["restarts"]

    on_street(KEYS, scene)


def test_over_ble_a_permit_of_another_node_gets_nothing(tmp_path):
    async def scene(street):
        node = street.add_node(1, 20)
        entry = entry_of(KEYS[2], 1, STREET_UNTIL_S)
        laptop = Laptop(tmp_path / "field.db", 1)
        with pytest.raises(Silent):
            await read_over_ble(entry, device_tag(KEYS[1]), laptop.dialogue().run(), backends=ble_options(street, 1))
        with pytest.raises(Silent):  # whoever advertises another tag is not even visited
            await read_over_ble(entry, device_tag(KEYS[2]), laptop.dialogue().run(), backends=ble_options(street, 2))
        assert node.port.report()["connections"] == 1 and node.backlog() == 20 and laptop.store.logs() == []
        laptop.store.close()

    on_street(KEYS, scene)


# Over a line.


class Cable:
    """A serial port whose other end is a node; the node's own frames and texts come in between. Loses every seventh request."""

    def __init__(self, node):
        self._node, self._line, self._deframer = node, Line(), Deframer()
        self._back = bytearray(b"gilmok 0.1.0 gate boot 1: type status\r\n")
        self._came, self.requests = Event(), 0

    def write(self, data):
        for frame in self._deframer.feed(data)[0]:
            self.requests += 1
            self._node.pair.now += 20
            own = self._node.pair.up() if self.requests < 20 else None
            answers = self._node.take(frame, self._line) if self.requests % 7 else []
            for each in ([own] if own else []) + answers:
                self._back += encode_frame(each)
        self._came.set()
        return len(data)

    def read(self, count):
        self._came.wait(0.05)
        self._came.clear()
        data, self._back = bytes(self._back), bytearray()
        return data

    def close(self):
        self._came.set()


def test_over_a_line(laptop, monkeypatch):
    monkeypatch.setattr("gilmok_collector.reading.talk.PATIENCE_S", 0.3)
    pair = make_pair(100)
    dialogue = laptop.dialogue()
    asyncio.run(read_over_line(entry_of(), lambda: Cable(ReadNode(pair)), dialogue.run()))
    laptop.keeper.flush()
    for stream in range(len(STREAMS)):
        assert rows_of(laptop.store, DEVICE, 77, stream) == pair.log.held(stream)
    pair.run()
    pair.check()


def test_who_is_not_answered_hears_why(monkeypatch):
    monkeypatch.setattr("gilmok_collector.reading.talk.PATIENCE_S", 0.0)
    for back, full in ([], False), ([b"\xe9\x01\x02"], True), ([b"\xe9\x01\x03", bytes(30)], False):

        async def scene(back=back):
            talk = Talk(entry_of())
            await talk.run(iter_nothing(), lambda frame: [talk.take(each) for each in back])

        with pytest.raises(Silent) as silent:
            asyncio.run(scene())
        assert silent.value.full is full


def test_no_key_is_shown():
    assert entry_of().key.hex() not in repr(entry_of()) and repr(entry_of().key) not in repr(entry_of())


def iter_nothing():
    yield b""
