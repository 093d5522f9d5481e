"""`gilmok permit` at the desk and `gilmok read` in the field."""

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest
from gilmok.commands import read
from gilmok_collector.reading import talk
from gilmok_site.permit import read_permit
from gilmok_wire.ble_advert import device_tag
from gilmok_wire.reader_seal import ENDED, NO_TIME, URGENT, permit_key
from support.reading_bench import ReadNode, make_pair

from cli.scene import KEYS, P1, P2


@pytest.fixture
def permit(gilmok, site):
    """Return a permit for p1-gate."""
    result = gilmok("permit", site, "p1-gate", "--for", "8h", "-o", "gate.permit")
    assert result.code == 0, result.err
    return "gate.permit"


def test_a_permit_is_its_owners_and_holds_what_the_node_makes_of_its_own_key(gilmok, site):
    result = gilmok("permit", site, "p1-gate", "p2-gate", "p1-gate", "-o", "both.permit")
    assert result.code == 0 and "p1-gate, p2-gate" in result.out
    text = Path("both.permit").read_text()
    if os.name == "posix":
        assert stat.S_IMODE(os.stat("both.permit").st_mode) == 0o600
    permit, raw = read_permit(Path("both.permit")), tomllib.loads(text)
    for node, device in (("p1-gate", P1), ("p2-gate", P2)):
        each = permit.nodes[node]
        key = permit_key(KEYS[device], permit.until_s, permit.number)
        assert (each.device, each.tag, bytes(each.key)) == (device, device_tag(KEYS[device]), key)
        for secret in (key.hex(), raw["node"][node]["key"], KEYS[device].hex()):
            assert secret not in result.out + result.err + repr(permit)
        assert KEYS[device].hex() not in text


def test_what_cannot_be_permitted_is_refused(gilmok, site, permit, lang):
    again = gilmok("permit", site, "p1-gate", "-o", permit)
    assert again.code == 1 and permit in again.err
    stranger = gilmok("permit", site, "p9-gate", "-o", "new.permit")
    assert stranger.code == 1 and "p9-gate" in stranger.err and "p1-gate" in stranger.err
    long = gilmok("permit", site, "p1-gate", "--for", "8d", "-o", "new.permit")
    assert long.code == 1 and "8d" in long.err and not Path("new.permit").exists()


def test_a_permit_that_others_can_read_or_that_is_none(gilmok, permit):
    text = Path(permit).read_text()
    no_key, no_time = text.replace('key = "', 'key = "zz'), text.replace("until = ", 'until = "x"\n#')
    for bad in ("", "site = ", "node = 3", "[node]\na = 3", no_key, no_time):
        Path(permit).write_text(bad)
        result = gilmok("read", permit, "p1-gate")
        assert result.code == 1 and "gilmok permit" in result.err and len(result.err.splitlines()) <= 3, bad
    if os.name == "posix":
        os.chmod(permit, 0o644)
        result = gilmok("read", permit, "p1-gate")
        assert result.code == 1 and "chmod 600" in result.err


def test_misuse_is_told(gilmok, permit, lang):
    for arguments, word in (
        (("p2-gate",), "p1-gate"),
        (("p1-gate", "--last", "2h", "--since", "2026-05-01"), "--since"),
        (("p1-gate", "--last", "soon"), "--last"),
        (("p1-gate", "--link", "semtech:1700"), "semtech:1700"),
        (("p1-gate", "--link", "ttyUSB0"), "ttyUSB0"),
        (("p1-gate", "--link", "serial:absent/port"), "absent/port"),
    ):
        result = gilmok("read", permit, *arguments)
        assert result.code == 1 and word in result.err, arguments
    assert "Traceback" not in result.err


def test_an_ended_permit_connects_to_nobody(gilmok, permit, monkeypatch):
    monkeypatch.setattr(read, "now_ms", lambda: 1 << 45)
    monkeypatch.setattr(read, "_talk", None)
    result = gilmok("read", permit, "p1-gate")
    assert result.code == 1 and "gilmok permit" in result.err


class FieldNode(ReadNode):
    """p1-gate, whose time is that of the laptop."""

    def __init__(self, now_ms):
        super().__init__(make_pair(50))
        self.key, self.device = KEYS[P1], P1
        self.now_s = now_ms // 1000

    def unix_s(self, now_ms):
        return self.now_s


@pytest.fixture
def node(monkeypatch):
    """Put a node in the place of the air."""
    node = FieldNode(read.now_ms())

    def converse(entry, tag, asking, link, adapter):
        import asyncio

        from support.reading_bench import Line

        line = Line()
        each = talk.Talk(entry)
        asyncio.run(each.run(asking, lambda frame: [each.take(answer) for answer in node.take(frame, line)]))

    monkeypatch.setattr(read, "_talk", converse)
    monkeypatch.setattr(talk, "PATIENCE_S", 0.001)
    return node


def test_what_was_read_is_shown_and_exported(gilmok, permit, node, lang):
    result = gilmok("read", permit, "p1-gate")
    assert result.code == 0 and "p1-gate.db" in result.out, result.err
    assert "river" in gilmok("tail", "p1-gate.db", "-n", "500").out
    exported = gilmok("export", "csv", "p1-gate.db", "--stream", "river").out.splitlines()
    values = [values for _, _, values in node.pair.log.held(0).values()]
    assert len(exported) - 1 == sum(value is not None for (value,) in values)
    again = gilmok("read", permit, "p1-gate", "--last", "7d", "--stream", "river")
    assert again.code == 0 and re.search(r"\b1(개| records)", again.out), "only the anchor comes again"
    assert gilmok("read", permit, "p1-gate", "--stream", "wind").code == 1


def test_what_a_node_answers_is_said(gilmok, permit, node, lang, monkeypatch):
    said = set()
    for reason in (ENDED, NO_TIME, URGENT):
        monkeypatch.setattr("gilmok_node.reading.Reading._refusal", lambda *args, reason=reason: reason)
        result = gilmok("read", permit, "p1-gate")
        assert result.code == 1
        said.add(result.err)
    monkeypatch.setattr(node.board, "free", 100)
    node.reading = None
    result = gilmok("read", permit, "p1-gate")
    assert result.code == 1
    said.add(result.err)
    node.key = bytes(16)
    node.board.free, node.reading = 99_999, None
    result = gilmok("read", permit, "p1-gate")
    assert result.code == 1
    said.add(result.err)
    assert len(said) == 5
