"""wire: captures of real sessions, whole, damaged, one-sided, hostile."""

import random
from pathlib import Path

import pytest
from gilmok.capture.cut import cut_capture, cut_serial
from gilmok.capture.explain import Explainer
from gilmok.commands.wire import Capture
from gilmok.place import open_site
from gilmok_site import load_site
from gilmok_site.rules import id_of
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.group import GroupSeal
from gilmok_wire.link import Link
from gilmok_wire.messages import EVENTS, READINGS
from gilmok_wire.node_stream import StreamInfo
from hypothesis import given, settings
from hypothesis import strategies as st
from support.wire_pair import DEVICE, Pair

from cli.scene import write_site
from cli.snapshots import GOLDEN, UPDATE, check_snapshot

CAPTURE = GOLDEN / "wire.bin"

INFOS = [
    StreamInfo("river", READINGS, (("distance", "m", -3),), 60_000),
    StreamInfo("air", READINGS, (("temperature", "Cel", -2), ("pressure", "Pa", 0)), 60_000),
    StreamInfo("flood", EVENTS, (("level", "1", 0),), 0, True),
]


def converse(mtu=242, seed=1):
    """Return a pair that has agreed on everything, and its frames in order."""
    pair = Pair(INFOS, Link(mtu=mtu), seed=seed)
    for index in range(12):
        pair.log.append(0, index * 10_000, [1700 + index % 3])
    pair.log.append(1, 5_000, [1512, None])
    pair.log.append(1, 70_001, [1510, 101_325])
    pair.log.append(1, 130_000, [-5, 101_320])
    pair.log.overwrite(0, 2)
    pair.log.jump(2, 3)
    pair.log.append(2, 60_000, [2])
    frames = exchange(pair)
    pair.node.diagnose(2, "river: no echo \x1b[31m")
    pair.collector.commands.add(7, "identify", 3)
    pair.log.append(2, 61_000, [0])
    return pair, frames + exchange(pair)


def exchange(pair):
    """Return the frames that cross until the node is quiet, in order."""
    frames = []
    for _ in range(2000):
        if pair.node.deadline(pair.now) is None:
            return frames
        frame = pair.up()
        if frame is None:
            continue
        frames.append(frame)
        for answer in pair.deliver_up(frame):
            frames.append(answer)
            pair.deliver_down(answer)
    raise AssertionError(f"not quiet after {len(frames)} frames")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Return a site file whose first node is the pair's device."""
    folder = tmp_path_factory.mktemp("site")
    site = write_site(folder)
    for path in (site, folder / "yangjae.keys.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace("c268", f"{DEVICE:04x}"), encoding="utf-8")
    return site


def serial(frames, between=b""):
    return between.join(encode_frame(frame) for frame in frames)


def test_a_whole_conversation(gilmok, keys, lang):
    """The capture is kept: what this release sent, later ones still read."""
    if UPDATE and not CAPTURE.exists():
        write_capture()
    result = gilmok("wire", CAPTURE, "--keys", keys)
    assert result.code == 0
    check_snapshot(f"wire.{lang}.txt", result.out)


def write_capture():
    """Record a conversation with text, noise, damage and a cut end."""
    _, frames = converse()
    lines = "gilmok 0.1.0 p1-gate device 0102\nriver    a02yyuw uart1 ok 1771 mm\r\n"
    noise = b"\xff\xfe\x80\x00" + b"\x09\xe9garbage\x00" + b"\x81\x82" * 30 + b"\x00"
    CAPTURE.write_bytes(lines.encode() + serial(frames[:3]) + noise + serial(frames[3:]) + b"\x00\x20\xe9cut o")


@pytest.mark.parametrize("mtu", [51, 115, 242, 4096])
def test_every_frame_of_a_whole_conversation_opens(keys, mtu):
    pair, frames = converse(mtu)
    pair.boot_node()
    pair.start_collector()
    pair.log.append(0, 500_000, [1650])
    frames += exchange(pair)
    capture, text = describe(serial(frames), keys)
    assert capture.counts == {"frames": len(frames), "opened": len(frames), "lines": 0, "damaged": 0, "noise": 0}
    assert "distance [m]  1.650" in text
    assert "malformed" not in text


def test_without_keys_headers_are_shown(gilmok, tmp_path):
    _, frames = converse()
    (tmp_path / "capture.bin").write_bytes(serial(frames))
    result = gilmok("wire", tmp_path / "capture.bin")
    assert result.code == 0
    assert result.out.count("device 0102") == len(frames)
    assert result.out.count("sealed; open it with --keys SITE.toml") == len(frames)
    assert "river" not in result.out


def test_hexadecimal_lines(gilmok, keys, tmp_path):
    _, frames = converse()
    forms = [frames[0].hex(), frames[1].hex(" ").upper(), frames[2].hex(":") + "  # a comment", "", "# only a comment"]
    forms += ["not hex", "0x" + frames[3].hex(), encode_frame(frames[4]).hex(), "ffff"]
    (tmp_path / "frames.txt").write_text("\n".join(forms) + "\n")
    result = gilmok("wire", tmp_path / "frames.txt", "--keys", keys)
    assert result.code == 0
    assert "6 frames (5 opened)" in result.out and "1 damaged" in result.out
    assert "not hexadecimal: not hex" in result.out
    assert "not a Gilmok frame  ff ff" in result.out


def test_half_a_conversation_says_what_is_missing(keys):
    _, frames = converse()
    ups = [frame for frame in frames if not frame[0] & 0x10]
    _, text = describe(serial(ups), keys)
    assert "hello" in text and "salts are not in this capture" in text
    _, text = describe(serial(frames[2:]), keys)
    assert text.count("salts are not in this capture") == len(frames) - 2


def test_other_keys_open_nothing(gilmok, keys, tmp_path):
    _, frames = converse()
    others = write_site(tmp_path)
    for path in (others, tmp_path / "yangjae.keys.toml"):
        text = path.read_text(encoding="utf-8").replace("c268", "0102").replace("000102030405", "999999999999")
        path.write_text(text, encoding="utf-8")
    (tmp_path / "capture.bin").write_bytes(serial(frames))
    result = gilmok("wire", tmp_path / "capture.bin", "--keys", others)
    assert "(0 opened)" in result.out and "not authentic" in result.out
    (tmp_path / "yangjae.keys.toml").unlink()
    assert gilmok("wire", tmp_path / "capture.bin", "--keys", others).code == 1


def test_keys_never_show(gilmok, keys, tmp_path):
    _, frames = converse()
    (tmp_path / "capture.bin").write_bytes(serial(frames))
    out = gilmok("wire", tmp_path / "capture.bin", "--keys", keys).out
    assert bytes(range(16)).hex() not in out


GATES = """
[node.p1-gate.rule.flood]
watch = "river.distance"
alert = { below = "1.80 m", clear = "2.00 m", outputs = ["p2-gate.barrier"] }
[node.p2-gate.output.barrier]
pin = 13
"""


def test_what_nodes_say_to_each_other(gilmok, tmp_path):
    path = write_site(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + GATES, encoding="utf-8")
    keys = tmp_path / "yangjae.keys.toml"
    entries = f'group = "{bytes(range(16, 32)).hex()}"\n' + keys.read_text(encoding="utf-8")
    keys.write_text(entries, encoding="utf-8")
    p1, p2 = (load_site(path).device_of(name) for name in ("p1-gate", "p2-gate"))
    seal = GroupSeal(bytes(range(16, 32)), p1, b"gatesalt", 6)
    said = [
        [0, p2, b"chosen", p1, id_of("barrier"), id_of("flood"), 180],
        [0, p2, bytes(6), p1, id_of("barrier"), 0, 0],
        [1, p1, 7, p2, b"chosen", id_of("barrier"), 1, None, True],
        [1, 0, 0, p2, b"chosen", 5, 0, 0, False],
        [2, "of a later release"],
    ]
    (tmp_path / "capture.bin").write_bytes(serial([seal.seal(message) for message in said]))
    out = gilmok("wire", tmp_path / "capture.bin", "--keys", path).out
    assert "between nodes  counter 7  50 bytes  salt 6761746573616c74" in out
    assert "want  p1-gate → p2-gate.barrier  for p1-gate/flood  180 s  challenge 63686f73656e" in out
    assert "want  p1-gate → p2-gate.barrier  asks how it stands" in out
    assert "standing  p2-gate.barrier  to p1-gate, counter 7, taken  commanded 1  confirmed ?" in out
    assert "standing  p2-gate.5  to all  commanded 0  confirmed 0" in out
    assert "malformed" in out and "(5 opened)" in out
    assert "sealed; open it with --keys" in gilmok("wire", tmp_path / "capture.bin").out


def test_a_frame_of_another_version(keys):
    frame = bytes([0xE2]) + bytes(20)
    _, text = describe(serial([frame]), keys)
    assert "wire version 2" in text


@pytest.mark.parametrize(("content", "said"), [(None, "no such file"), (b"", "holds no bytes")])
def test_files_that_hold_nothing(gilmok, tmp_path, content, said):
    if content is not None:
        (tmp_path / "capture.bin").write_bytes(content)
    result = gilmok("wire", tmp_path / "capture.bin")
    assert result.code == 1
    assert said in result.err


def test_damage_costs_only_what_it_hits(keys):
    _, frames = converse()
    rng = random.Random(5)
    for _ in range(50):
        data = bytearray(serial(frames))
        at = rng.randrange(len(data))
        data[at] ^= 1 << rng.randrange(8)
        capture, text = describe(bytes(data), keys)
        assert len(frames) - 2 <= capture.counts["frames"] <= len(frames), at
        assert "Traceback" not in text


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\0", b"\n", b"text\n", b"\0\x03\xe9\x01\0"]), max_size=12))
def test_any_bytes_are_cut_as_the_deframer_cuts_them(parts):
    data = b"".join(parts)
    items = list(cut_serial(data))
    deframer = Deframer()
    frames, lines = deframer.feed(data)
    assert [item.data for item in items if item.kind == "frame"] == frames
    assert [item.text for item in items if item.kind == "text"] == lines
    assert sum(item.kind == "damaged" for item in items) == deframer.bad_crc
    assert [item.offset for item in items] == sorted(item.offset for item in items)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.binary(max_size=40))
def test_any_plaintext_is_explained(keys, plaintext, tail):
    pair = Pair(INFOS)
    hello = pair.up()
    pair.node_seal.peer_salt = None
    frame = pair.node_seal.seal(plaintext)
    _, text = describe(serial([hello, frame]) + tail, keys)
    assert "device 0102" in text


@settings(max_examples=200)
@given(st.data())
def test_any_message_of_a_known_shape_is_explained(keys, data):
    from gilmok_wire import cbor
    from gilmok_wire.messages import SHAPES

    number = st.integers(0, (1 << 64) - 1) | st.integers(0, 40)
    text = st.text(max_size=8)
    item = number | st.integers(-9, 9) | text | st.binary(max_size=8) | st.none() | st.booleans()
    letters = {"u": number, "i": st.integers(-(1 << 40), 1 << 40), "b": st.binary(max_size=20), "t": text}
    letters |= {"a": st.lists(item, max_size=5), "*": item, "d": st.binary(min_size=4, max_size=4)}
    code = data.draw(st.sampled_from(sorted(SHAPES)))
    fixed, _, repeated = SHAPES[code].partition("|")
    shape = fixed + repeated * data.draw(st.integers(0, 4))
    message = [code, *(data.draw(letters[letter]) for letter in shape)]
    pair = Pair(INFOS)
    hello = pair.up()
    capture, _ = describe(serial([hello, pair.node_seal.seal(cbor.encode(message))]), keys)
    assert capture.counts["opened"] == 2


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_file_is_described(data):
    capture = Capture(None, Explainer())
    for item in cut_capture(data):
        for line in capture.describe(item):
            assert line.isprintable()


def describe(data: bytes, keys: Path):
    """Return the capture's counts and everything said of it."""
    capture = Capture(open_site(str(keys)), Explainer())
    lines = [line for item in cut_capture(data) for line in capture.describe(item)]
    return capture, "\n".join(lines)
