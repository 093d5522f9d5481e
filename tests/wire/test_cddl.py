"""gilmok.cddl describes what both ends really say, and nothing else."""

import json
import logging
import re
from pathlib import Path

import pytest
from cddl_verifier import Validator
from gilmok_wire import cbor, gateway_messages, messages
from gilmok_wire.collector_session import CollectorSession
from gilmok_wire.errors import DecodeError
from gilmok_wire.group import GroupSeal
from gilmok_wire.node_session import NodeSession
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paths import GOLDEN
from support.wire_scenario import tell_everything

CDDL = (Path(__file__).parents[2] / "protocols" / "gilmok.cddl").read_text()
VALIDATOR = Validator(CDDL)
logging.getLogger("cddl_verifier").setLevel(logging.CRITICAL)  # every refusal that a test wants would be an error in its log
RULES = {int(code): rule for rule, code in re.findall(r"^([a-z-]+) = \[\s*(\d+),", CDDL, re.MULTILINE)}
WAYS = {way: re.search(rf"^{way} = (.*)$", CDDL, re.MULTILINE)[1].split(" / ") for way in ("uplink", "downlink")}
# An item that no message has at any place but where anything goes.
MISFITS = [-(1 << 63), 1.5, [[]]]


def is_valid(message, rule):
    """Tell whether the CDDL has `message` under the rule of that name."""
    return VALIDATOR.validate(message if isinstance(message, bytes) else cbor.encode(message), root_type=rule).valid


@pytest.fixture(scope="module")
def said():
    """Return {encoded message: its way} of a story in which every message occurs, without those of other releases."""
    told = [(way, message) for way, message in tell_everything(mtu=64) if message[0] in messages.SHAPES]
    assert {message[0] for _, message in told} == set(messages.SHAPES)
    return {cbor.encode(message): ("uplink", "downlink")[way] for way, message in told}


def test_the_story_validates(said):
    for encoded, way in said.items():
        rule = RULES[cbor.decode(encoded)[0]]
        assert rule in WAYS[way]
        assert is_valid(encoded, rule), cbor.decode(encoded)


def test_a_message_of_each_kind_validates_by_its_direction(said):
    for encoded, way in {cbor.decode(encoded)[0]: (encoded, way) for encoded, way in said.items()}.values():
        assert is_valid(encoded, "message")
        assert is_valid(encoded, way)


def test_mutations_are_refused(said):
    seen = set()
    for encoded in said:
        message = cbor.decode(encoded)
        shape = message[0], len(message)
        if shape in seen:
            continue
        seen.add(shape)
        rule = RULES[message[0]]
        assert not is_valid([message[0] + 64] + message[1:], "message")
        assert not is_valid(message + ["more"], rule)
        if not messages.SHAPES[message[0]].startswith("|"):
            assert not is_valid(message[: len(messages.SHAPES[message[0]].partition("|")[0])], rule)
        for index in range(1, len(message)):
            for misfit in MISFITS:
                _check_misfit(message, index, misfit, rule)


def _check_misfit(message, index, misfit, rule):
    anything = messages.SHAPES[message[0]][index - 1 :][:1] == "*"
    if anything or (rule == "unsupported" and isinstance(misfit, int)):
        return
    mutated = message[:index] + [misfit] + message[index + 1 :]
    if isinstance(misfit, float):
        import cbor2

        assert not is_valid(cbor2.dumps(mutated), rule), mutated
    else:
        assert not is_valid(mutated, rule), mutated


@pytest.mark.parametrize(
    "message",
    [
        [1, 31, 0, 1, 1, 0, 0, b"\x1e"],  # stream 31 is the log's own
        [1, 0, 1 << 40, 1, 1, 0, 0, b"\x1e"],
        [1, 0, 0, 0, 1, 0, 0, b"\x1e"],
        [1, 0, 0, 257, 1, 0, 0, b"\x1e"],
        [1, 0, 0, 1, 1 << 24, 0, 0, b"\x1e"],
        [1, 0, 0, 1, 1, 0, 1 << 29, b"\x1e"],
        [1, 0, 0, 1, 1, 0, 0, b""],
        [3, 0, 0, 17, 1, 0, 0, 0, 1, b"\x1e"],
        [3, 0, 0, 1, 1, 0, 0, 16, 16, b"\x1e"],
        [4, 0, b"abcd", 0, (1 << 40) + 1],
        [4, 0, b"abcd", 0, 9, 1],  # a range without its end
        [5, 0, b"abcd", 0, ["level", "m", -3]],  # a column in the place of the stream
        [5, 0, b"abcd", 1, ["river", 0, 1]],
        [5, 0, b"abcd", 17, ["level", "m", -3]],
        [5, 0, b"abcd", 1, ["level", "m", -3, 1]],  # a step of 1 is left out
        [6, 5, "too loud"],
        [16, 1 << 32, 1, 0],
        [16, 5, 1, 1 << 16],
        [16, 5, 1, 0, [0]],
        [16, 5, 1, 0, [0, 4, 5]],
        [19, 0],
    ],
)
def test_what_the_cddl_excludes(message):
    assert not is_valid(message, "message")


def test_every_code_of_the_table_has_its_rule_and_no_other():
    assert set(RULES) == set(messages.SHAPES)
    assert sorted(WAYS["uplink"] + WAYS["downlink"]) == sorted([*RULES.values(), "unsupported"])


def test_each_end_handles_what_the_other_may_say():
    codes = {rule: code for code, rule in RULES.items()}
    hello = {messages.HELLO}  # taken before any other
    assert {codes[rule] for rule in WAYS["downlink"]} == set(NodeSession._HANDLERS)
    assert {codes[rule] for rule in WAYS["uplink"]} == set(CollectorSession._HANDLERS) | hello


NUMBERS = st.sampled_from([0, 1, 2, 15, 16, 30, 31, 256, 257, (1 << 24) - 1, 1 << 40, (1 << 48) - 1, 1 << 48, -1])
ITEMS = {
    "u": NUMBERS,
    "i": st.integers(-(1 << 64), (1 << 64) - 1),
    "b": st.sampled_from([b"", b"\x1e", b"abcd"]),
    "d": st.sampled_from([b"abc", b"abcd", b"abcde"]),
    "t": st.sampled_from(["", "level", "길목"]),
    "a": st.lists(NUMBERS, max_size=5) | st.just(["level", "m", -3]) | st.just(["river", 0, 1]),
    "*": st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.lists(st.just({1: b"x"}), max_size=2),
}


@st.composite
def shaped_messages(draw):
    """Draw a message of the right kinds, and mostly of reasonable size."""
    code = draw(st.sampled_from(sorted(messages.SHAPES)))
    fixed, _, repeated = messages.SHAPES[code].partition("|")
    letters = fixed + (repeated * draw(st.integers(0, 4)) if repeated else "")
    return [code] + [draw(ITEMS[letter]) for letter in letters]


@settings(max_examples=300)
@given(shaped_messages())
def test_what_the_cddl_allows_the_table_allows(message):
    if is_valid(message, RULES[message[0]]):
        assert messages.decode_messages(cbor.encode(message)) == ([message], [])


WANT = [0, 0x0201, b"chosen", 0x0101, 5, 77, 180]
STANDING = [1, 0x0101, 1 << 30, 0x0201, b"chosen", 5, 1, None, True]


def test_messages_of_a_group_validate_by_their_rule():
    for message in (WANT, STANDING, [1, 0, 0, *STANDING[3:]]):
        assert is_valid(message, "group-message")
        assert not is_valid(message, "message"), "no session carries them"
    assert is_valid(WANT, "want") and is_valid(STANDING, "standing")


@pytest.mark.parametrize("message", [WANT, STANDING])
def test_what_the_cddl_allows_in_a_group_is_read(message):
    group = GroupSeal(bytes(16), 1, b"eightsal", 0)
    other = GroupSeal(bytes(16), 2, b"othersal", 0)
    for index in range(1, len(message)):
        for item in (-1, 0, 1, 1 << 30, 1 << 32, None, True, False, b"sixsix", b"seven77", "text", []):
            changed = [*message[:index], item, *message[index + 1 :]]
            try:
                group.open(other.seal(changed))
            except DecodeError:
                assert not is_valid(changed, "group-message"), changed


GATEWAY = [each["bytes"] for each in json.loads(Path(GOLDEN, "wire", "gateway", "v1.json").read_text())["messages"]]


@pytest.mark.parametrize("data", GATEWAY)
def test_messages_of_a_gateway_validate_by_their_rule(data):
    assert is_valid(bytes.fromhex(data), "gateway-message")
    assert not is_valid(bytes.fromhex(data), "group-message") and not is_valid(bytes.fromhex(data), "message")


@pytest.mark.parametrize("code", gateway_messages.SHAPES)
def test_what_the_cddl_allows_of_a_gateway_is_read_and_nothing_else(code):
    message = next(message for message in map(cbor.decode, map(bytes.fromhex, GATEWAY)) if message[0] == code)
    for index in range(1, len(message)):
        for item in (-1, 1 << 48, None, True, b"x", bytes(256), "text", [[1, 1]], [["a", 1]]):
            changed = [*message[:index], item, *message[index + 1 :]]
            try:
                read = gateway_messages.decode(cbor.encode(changed)) == changed
            except DecodeError:
                read = False
            assert read == is_valid(changed, "gateway-message"), changed
