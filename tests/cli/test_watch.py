"""What a running collector tells: notes, remedies, rows, the live table and the journal."""

import io
from contextlib import closing
from types import SimpleNamespace

import pytest
from gilmok.journal import Journal
from gilmok.live import View
from gilmok.place import open_site
from gilmok.watch import ERROR, INFO, WARNING, Watch, gateway_lines
from gilmok_collector.alarms.event import AlarmEvent
from gilmok_collector.engine import Arrival, Engine
from gilmok_collector.links import LinkState
from gilmok_collector.radio.hub import Hub
from gilmok_collector.store import Anchor, Batch, Commit, Log, Schema, StoreFull, open_store
from gilmok_node.radio.radio_stream import COLUMNS
from gilmok_wire.identity import Identity
from gilmok_wire.link import SERIAL
from gilmok_wire.messages import READINGS, schema_digest
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_session import NodeSession
from gilmok_wire.node_stream import NodeStream, StreamInfo, parse_column
from gilmok_wire.radio_law import QUOTA
from rich.console import Console
from support.dice import Dice
from support.fake_gateways import FakeGateway, frame_of, uplink
from support.memory_log import MemoryLog

from cli.scene import KEYS, P1, STORE_ID, T0
from cli.snapshots import check_snapshot

RIVER = StreamInfo("river", READINGS, (("distance", "m", -3),))
HEALTH = StreamInfo("health", READINGS, (("heap_free", "By", 0), ("backlog", "1", 0)))


class Street:
    """A collector without threads: one node's frames go in by hand, on a clock that the test sets."""

    def __init__(self, site, store, reader):
        self.now = 0.0
        self.store = FillingStore(store)
        self.watch = Watch(open_site(site), reader, clock=lambda: self.now)
        self.engine = Engine(self.store, KEYS, on_event=self.watch.on_event)
        self.link = SimpleNamespace(state=LinkState("usb"))
        states = {"usb": self.link.state}
        self.service = SimpleNamespace(engine=self.engine, links={"usb": self.link}, radio=None, states=lambda: states)
        self.log = MemoryLog(0x9C41E07B, boot=12)
        streams = [NodeStream(number, info.digest(), info, self.log) for number, info in enumerate((RIVER, HEALTH))]
        dice = Dice(1)
        seal = NodeSeal(KEYS[P1], P1, lambda: dice.bytes(8))
        self.node = NodeSession(seal, SERIAL, self.log, streams, Identity(b"conf", "0.1.0"))

    def run(self, most=100):
        """Let the node say what it has; return how many frames that took."""
        now_ms = int(self.now * 1000)
        for count in range(most):
            at = self.node.deadline(now_ms)
            if at is None:
                return count
            now_ms = max(now_ms, at)
            frame = self.node.transmit(now_ms)
            if frame is not None:
                self.receive(frame)
        return most

    def receive(self, frame):
        """Give a frame to the collector, and its answers to the node."""
        for _, answer in self.engine.handle([Arrival("usb", frame, T0)]):
            self.node.receive(answer, int(self.now * 1000))

    def poll(self):
        """Return the new notes' texts, two seconds later."""
        self.now += 2
        return [note.text for note in self.watch.poll(self.service)]


class FillingStore:
    """A store whose disk is full when the test says so."""

    def __init__(self, store):
        self._store = store
        self.full = False

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, commit):
        if self.full:
            raise StoreFull(self._store.url, "the disk is full, nothing more is stored; make room and it goes on")
        self._store.commit(commit)


@pytest.fixture
def street(site):
    with closing(open_store("sqlite:yangjae.db", STORE_ID)) as store, closing(open_store("sqlite:yangjae.db")) as reader:
        yield Street(site, store, reader)


def test_a_node_appears_with_what_it_has(street):
    before = street.watch.rows(street.service)
    assert [(row.name, row.held.stored, row.backlog, row.seen_ms) for row in before] == [
        ("p1-gate", 0, None, None),
        ("p2-gate", 0, None, None),
    ]
    for index in range(50):
        street.log.append(0, index * 1000, [1700])
    street.log.overwrite(0, 20)
    street.log.append(1, 5_000, [38_000, 12])
    street.run()
    notes = street.poll()
    assert notes == [
        "p1-gate says hello: log 9c41e07b, boot 12, firmware 0.1.0",
        "p1-gate: 20 records of river are lost, 0–19: the node no longer holds them",
    ] or notes[1].startswith("p1-gate: 20 records of stream 0")  # where the gap came before its stream's schema was read
    row = street.watch.rows(street.service)[0]
    assert (row.held.stored, row.held.gaps, row.held.lost) == (31, 1, 20)
    assert (row.backlog, row.seen_ms, row.boot, row.link) == (12, T0, 12, "usb")
    assert street.poll() == []


def test_links_come_and_go(street):
    assert street.poll() == []  # not opened yet is no news
    street.link.state.up, street.link.state.error = True, ""
    assert street.poll() == ["link usb is up"]
    assert street.poll() == []
    street.link.state.up, street.link.state.error = False, "pulled\x1b[2J"
    assert street.poll() == ["link usb is down: pulled·[2J"]
    assert street.poll() == []
    street.link.state.trouble = "password"
    (note,) = street.poll()
    assert note.startswith("link usb is down: pulled·[2J; ") and "GILMOK_LINK_USB" in note, "why, where it is now something else"
    assert street.watch.rows(street.service)[0].up is False


def test_a_full_disk_is_said_loudly_and_clears_itself(street, lang):
    street.run()
    street.poll()
    street.log.append(0, 1000, [1700])
    street.store.full = True
    street.run(most=4)
    (note,) = [note for note in street.watch.poll(street.service) if note.priority == ERROR]
    assert "the disk is full" in note.text and ("NOT STORING" if lang == "en" else "저장 안 됨") in note.text
    assert street.poll() == []  # once
    street.store.full = False
    street.run()
    notes = street.poll()
    assert ("storing again" if lang == "en" else "다시 저장합니다") in notes[0]
    street.watch.refresh()
    assert street.watch.total().stored == 1


def test_unknown_devices_are_named_with_a_remedy(street):
    frame = bytes([0xE9, 0x0A, 0xBC]) + bytes(30)
    street.receive(frame)
    (note,) = street.poll()
    assert "1 frames of devices without a key here (0abc)" in note and "gilmok keys" in note
    street.receive(frame)
    assert street.poll() == []  # not again within a minute
    street.now += 60
    (note,) = street.poll()
    assert note.startswith("2 frames")
    street.now += 60
    assert street.poll() == []  # nothing new


def test_frames_of_another_release(street):
    street.receive(bytes([0xE2, *P1.to_bytes(2, "big")]) + bytes(30))
    (note,) = street.poll()
    assert "1 frames or messages of another release (p1-gate)" in note and "update the older side" in note
    street.watch.on_event(P1, ("unsupported", 12))
    street.now += 60
    (note,) = street.poll()
    assert note.startswith("2 frames or messages")


def test_a_wrong_key_is_told_apart_from_a_restart(street):
    frame = bytes([0xE1, *P1.to_bytes(2, "big")]) + bytes(30)
    for _ in range(15):
        street.receive(frame)
    assert street.poll() == []
    street.receive(frame)
    (note,) = street.poll()
    assert "16 frames that the device's key does not open (latest: p1-gate)" in note and "gilmok config" in note


def test_repeated_and_damaged_frames(street):
    hello = street.node.transmit(0)
    for _ in range(17):
        street.receive(hello)
    street.link.state.deframer.bad_crc = 99
    notes = street.poll()
    assert [note.partition(":")[0] for note in notes if "frames" in note] == [
        "16 frames that came before",
        "99 damaged frames (usb)",
    ]


def test_a_link_that_floods_the_group_is_named(street):
    relay = street.service.engine.relay
    passed = sum(relay.take("usb", bytes([index]), 0) is not None and relay.counters.limited == 0 for index in range(100))
    assert 0 < passed < 100
    (note,) = street.poll()
    assert note.startswith(f"{100 - passed} frames between nodes were too many") and "(usb)" in note


def test_text_of_nodes_cannot_drown_the_rest(street):
    for index in range(1000):
        street.watch.on_text("usb", f"line {index}\x1b[31m")
    notes = street.poll()
    assert notes == [*(f"usb: line {index}·[31m" for index in range(5)), "usb: … and 995 more lines"]


def test_what_a_chip_says_by_a_number_is_read_back(street, lang):
    meant = {"en": "CBOR: truncated", "ko": "CBOR: 데이터가 잘림"}[lang]
    street.watch.on_text("usb", "gilmok: configuration unusable: damaged: 4")
    street.watch.on_event(P1, ("diagnostic", 3, "damaged: 4"))
    assert street.poll() == [f"usb: gilmok: configuration unusable: damaged: 4 ({meant})", f"p1-gate: damaged: 4 ({meant})"]


def test_diagnostics_and_forks(street):
    street.watch.on_event(P1, ("diagnostic", 3, "flash: block 7 is bad"))
    street.watch.on_event(P1, ("diagnostic", 99, "?"))
    street.watch.on_event(P1, ("fork", 0x9C41E07B))
    street.watch.on_event(P1, ("result", 1, 0, None))
    notes = street.watch.poll(street.service)
    assert [note.priority for note in notes] == [ERROR, ERROR, WARNING]
    assert notes[0].text == "p1-gate: flash: block 7 is bad"


def test_many_unknown_devices_need_little_memory(street):
    for device in range(1, 3000):
        street.receive(bytes([0xE9, *device.to_bytes(2, "big")]) + bytes(30))
    (note,) = street.poll()
    assert "(0bb4, 0bb5, 0bb6, 0bb7)" in note


def test_live_view(street, lang, monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: (T0 + 300) * 1_000_000)
    for index in range(50):
        street.log.append(0, index * 1000, [1700])
    street.log.overwrite(0, 20)
    street.log.append(1, 5_000, [38_000, 12])
    street.run()
    street.link.state.up = True
    street.receive(bytes([0xE9, 0x0A, 0xBC]) + bytes(30))
    street.poll()
    street.watch.notes.extend(street.watch.poll(street.service))
    street.watch.store_error = StoreFull("sqlite:yangjae.db", "the disk is full")
    console = Console(file=io.StringIO(), width=140, height=40, color_system=None)
    console.print(View(street.watch, street.service, Console(file=io.StringIO())).render())
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    street.watch.store_error = None
    check_snapshot(f"live.{lang}.txt", "\n".join(line for line in lines if "0–19" not in line) + "\n")


def test_a_gateway_tells_its_airtime_what_its_radio_met_and_why_it_is_down(street, lang):
    hub = Hub("EU868", lambda device: True)
    gateway = FakeGateway("pole", "EU868")
    gateway.airtime = lambda now_ms: [(12_345, 36_000), (0, 360_000)]
    gateway.faults = {"reset": 1, "busy": 2}
    gateway.state.up, gateway.state.error = False, "its region is KR920, the site's EU868"
    hub.add(gateway, 0)
    street.service.radio = SimpleNamespace(hub=hub)
    [line] = gateway_lines(street.service)
    words = {
        "en": (", air 12 of 36 s, air 0 of 360 s, radio failed: busy 2, reset 1 – "),
        "ko": ("36초 중 12초, 송신 시간 360초 중 0초, 무선 고장: busy 2, reset 1 – "),
    }
    assert words[lang] + gateway.state.error in line
    gateway.state.up = True
    assert gateway.state.error not in gateway_lines(street.service)[0]


def test_gateways_are_shown(street, lang, capsys):
    hub = Hub("KR920", lambda device: True)
    for name in ("roof/aa555a0000000101", "pole"):
        hub.add(FakeGateway(name), 0)
    hub.gateways["pole"].state.up = False
    for number in range(1200):
        hub.heard(uplink(frame_of(P1, number), "roof/aa555a0000000101"), number)
    street.service.radio = SimpleNamespace(hub=hub)
    console = Console(file=io.StringIO(), width=100, height=30, color_system=None)
    console.print(View(street.watch, street.service, console).render())
    words = {"en": ("down: 0 frames heard", "up: 1 200 frames heard"), "ko": ("끊김: 수신 0", "연결: 수신 1 200")}[lang]
    for name, word in zip(("pole", "roof/aa555a0000000101"), words, strict=True):
        assert f"{name} {word}" in console.file.getvalue()
    journal = Journal(street.watch, street.service)
    journal._status_at = 0.0
    journal.show([])
    assert capsys.readouterr().out.count("roof/aa555a0000000101") == 1


def test_a_large_site_fits_the_terminal(street, monkeypatch):
    rows = street.watch.rows(street.service) * 500
    monkeypatch.setattr(street.watch, "rows", lambda service: rows)
    console = Console(file=io.StringIO(), width=100, height=30, color_system=None)
    view = View(street.watch, street.service, console)
    console.print(view.render())
    assert "more nodes; `gilmok nodes` shows all" in console.file.getvalue()
    assert console.file.getvalue().count("p1-gate") < 30


@pytest.mark.parametrize("journald", [True, False])
def test_journal(street, capsys, monkeypatch, journald):
    monkeypatch.setenv("JOURNAL_STREAM", "8:1") if journald else monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    journal = Journal(street.watch, street.service)
    street.run()
    journal.show(street.watch.poll(street.service))
    line = capsys.readouterr().out
    assert line.endswith("p1-gate says hello: log 9c41e07b, boot 12, firmware 0.1.0\n")
    assert line.startswith("<6>p1-gate" if journald else "20")
    assert "\x1b" not in line


def test_a_target_that_cannot_be_told_is_named_once_and_when_it_can_again(street, monkeypatch):
    from gilmok_collector.store.notices import HeldUp

    reader, waiting = street.watch._reader, [HeldUp("duty-room", 3, 0, "no answer from duty.example.org")]
    monkeypatch.setattr(reader.notices, "held_up", lambda: waiting)

    def notes():
        street.now += 60
        return [note.text for note in street.watch.poll(street.service) if "duty-room" in note.text]

    notes()
    assert ["no answer from duty.example.org" in text for text in notes() + notes()] in ([True], [])
    assert any("NOT TOLD" in note.text for note in street.watch.notes)
    waiting.clear()
    assert notes() + notes() == ["duty-room is told of alarms again"]
    assert notes() == []


def test_alarms_are_told_as_they_come(site, tmp_path, monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")

    def event(seq, word, level, **facts):
        return AlarmEvent("p1-gate", "flood\x1b", 5, word, "unacknowledged", level, f"a/{seq}", T0, T0, **facts)

    with closing(open_store(f"sqlite:{tmp_path / 'yangjae.db'}", STORE_ID)) as store:
        store.alarms.append([event(0, "raise", 2)])
        with closing(open_store(store.url, create=False)) as reader:
            street = Street(site, store, reader)
            assert [note for note in street.watch.poll(street.service) if "flood" in note.text] == []  # an old one
            store.alarms.append([event(1, "escalate", 3, value=1.43, limit=1.2, unit="m", detail=30_000), event(2, "acknowledge", 3)])
            street.now += 1
            told = [(note.priority, note.text) for note in street.watch.poll(street.service) if "flood" in note.text]
            assert told == [
                (ERROR, "alert  p1-gate/flood· escalated: flood· 1.43 m ≥ 1.20 m for 30 s"),
                (INFO, "alert  p1-gate/flood· acknowledged"),
            ]
            street.now += 1
            assert not any("flood" in note.text for note in street.watch.poll(street.service))


def tell_of_radios(store):
    """Have the first gate tell of its radio, twice, and of one that had nothing to say."""
    columns = tuple(parse_column(line) for line in COLUMNS.splitlines())
    commit = Commit(logs=[Log(P1, 0x9C41E07B, 0, 12, "0.1.0", b"conf")])
    commit.schemas = [Schema(P1, 0x9C41E07B, 5, schema_digest("radio", READINGS, columns), "radio", READINGS, columns)]
    commit.anchors = [Anchor(P1, 0x9C41E07B, 12, 0, T0, 20)]
    early, late = (0, None, 0, None, 0, 0, 5), (12_349, 305, 1007, QUOTA, 3, 2, 4)
    commit.batches = [Batch(P1, 0x9C41E07B, 5, 0, 2, 12, 0, None, 3_600_000, [list(each) for each in zip(early, late, strict=True)], T0)]
    store.commit(commit)


def test_what_a_radio_told_last_is_where_nodes_are_shown(street, lang, capsys, monkeypatch):
    assert street.watch.radio_lines(T0) == []
    tell_of_radios(street.store)
    street.watch.refresh()
    [line] = street.watch.radio_lines(T0 + 5 * 3_600_000)
    words = {
        "en": "radio of p1-gate, boot 12: 1 235 s on the air, 30 % of its fullest band used, 1 007 transmissions put off, most often: "
        "the airtime allowed is used up, 3 answers missed, failed 2 times, DR4 (4 h ago)",
        "ko": "p1-gate 무선, 부팅 12: 송신 시간 1 235초, 가장 찬 대역의 30 % 사용, 미룬 송신 1 007회, "
        "가장 잦은 까닭: 허용된 송신 시간을 다 씀, 못 받은 응답 3회, 고장 2회, DR4 (4 h 전)",
    }[lang]
    assert line == words
    console = Console(file=io.StringIO(), width=300, height=40, color_system=None)
    console.print(View(street.watch, street.service, console).render())
    assert words.split(" (")[0] in console.file.getvalue()
    journal = Journal(street.watch, street.service)
    journal._status_at = 0.0
    journal.show([])
    assert words.split(" (")[0] in capsys.readouterr().out
