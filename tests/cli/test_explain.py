"""explain: numbers and short names of a chip become sentences and the source's names, here and wherever a node's lines are shown."""

import io

import pytest
from gilmok.chip_words import Names, explained, sentence
from gilmok.image.sentences import SENTENCES

DAMAGED = {"en": "damaged: 4 (CBOR: truncated)", "ko": "damaged: 4 (CBOR: 데이터가 잘림)"}


def test_a_number(gilmok, lang):
    result = gilmok("explain", "4")
    assert (result.code, result.out) == (0, SENTENCES[4][lang == "ko"] + "\n")


def test_a_value_that_the_chip_did_not_keep(gilmok, lang):
    assert gilmok("explain", "6").out.strip() == {"en": "CBOR: item 0x… is not used here", "ko": "CBOR: 쓰지 않는 항목 0x…"}[lang]


def test_a_number_that_nobody_has_given(gilmok, lang):
    result = gilmok("explain", "4711")
    assert result.code == 1 and result.out == "" and result.err.startswith("4711: ")
    assert {"en": "update it", "ko": "올리거나"}[lang] in result.err


def test_a_line(gilmok, lang):
    result = gilmok("explain", "gilmok:", "configuration", "unusable:", "damaged:", "4")
    assert result.out == f"gilmok: configuration unusable: {DAMAGED[lang]}\n"


def test_standard_input_line_by_line(gilmok, lang, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("river 1771 mm\r\ndamaged: 4\x07\ndamaged: its checksum does not match\n"))
    out = gilmok("explain").out.splitlines()
    assert out == ["river 1771 mm", f"{DAMAGED[lang]}·", "damaged: its checksum does not match"]


@pytest.mark.parametrize("line", ["1 damaged: 4.5 V", "damaged 4", "up 7 heard · 4 damaged", "damaged: 0x4"])
def test_what_is_no_error_stays(line):
    assert explained(line) == line


def test_an_unknown_number_in_a_line_says_what_to_do(lang):
    assert (
        explained("damaged: 999")
        == f"damaged: 999 ({ {'en': 'not known to this gilmok: update it', 'ko': '이 gilmok이 모르는 번호: gilmok을 올리십시오'}[lang] })"
    )
    assert sentence(0) is None


@pytest.mark.parametrize("text", ["", "[]", '{"modules": 3, "names": {}}', '{"modules": {}}', "\x00"])
def test_a_file_that_holds_no_names(gilmok, lang, tmp_path, text):
    (tmp_path / "names.json").write_text(text, encoding="utf-8")
    result = gilmok("explain", "--image", tmp_path, "damaged: 4")
    assert result.code == 1 and "names.json" in result.err and "Traceback" not in result.err


def test_no_image(gilmok, tmp_path):
    assert "no such file" in gilmok("explain", "--image", tmp_path / "nowhere", "7").err


def test_of_what_a_short_name_may_stand_for_only_a_class_is_raised(monkeypatch):
    monkeypatch.setenv("GILMOK_LANG", "en")
    names = Names(
        {"modules": {"deque": "gilmok_node.core"}, "names": {"deque": {"abs": "CHANNELS or DecodeError_errors or poll", "aes": "decode"}}}
    )
    told = [
        "Traceback (most recent call last):",
        '  File "mine.py", line 3, in aes',
        '  File "deque.mpy", line 1, in aes',
        "abs: 4",
        "abs: 4",
    ]
    assert [names.read(line) for line in told] == [
        *told[:2],
        "  gilmok_node.core (deque): decode",
        "DecodeError: 4 (CBOR: truncated)",
        "abs: 4",
    ]
