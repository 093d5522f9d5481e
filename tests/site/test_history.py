"""`history` in the site file: what it may be, where it means something, and what its node reads."""

from pathlib import Path

import cbor2
import pytest
from gilmok_node.config import Config
from gilmok_node.uplink import ANY, FRESH, NEVER
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_site.boards import load_board
from gilmok_site.config_words import changes
from gilmok_site.errors import SiteError
from gilmok_site.history import HISTORIES
from gilmok_site.node_config import HISTORY, open_node_config, public_part
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[node.gauge]
board = "heltec-lora32-v3"
%s
[node.gauge.sensor.air]
driver = "bme280"
i2c = 0
every = "1 min"
"""
)


def compiled(line):
    site = parse_site(SITE % line, "yangjae.toml")
    return compile_node(site, Keys(7, {site.device_of("gauge"): Key(b"k" * 16)}), "gauge")


def refused(text, lang="en"):
    with pytest.raises(SiteError) as error:
        parse_site(text, "yangjae.toml")
    (problem,) = error.value.problems
    return problem.code, problem.text(lang)


@pytest.mark.parametrize(
    ("line", "expected"), [("", ANY), ('history = "any"', ANY), ('history = "fresh"', FRESH), ('history = "never"', NEVER)]
)
def test_the_node_reads_what_the_site_says(line, expected):
    data = compiled(line)
    assert Config(data).history == expected
    assert (HISTORY in cbor2.loads(open_node_config(data))) == (expected != ANY)


def test_it_is_no_secret_and_a_change_of_it_is_told_in_words():
    before, after = (public_part(open_node_config(compiled(line))) for line in ("", 'history = "never"'))
    assert [(change.word, change.before, change.after) for change in changes(before, after)] == [("history", None, "never")]


def test_another_word_is_refused_with_those_there_are():
    for lang in ("en", "ko"):
        code, text = refused(SITE % 'history = "sometimes"', lang)
        assert code == "choice" and "any, fresh" in text and "sometimes" in text


def test_without_a_radio_it_has_nothing_to_spare():
    text = SITE.replace("heltec-lora32-v3", "esp32-devkitc") % 'history = "fresh"'
    assert refused(text)[0] == "history_no_radio" and "heltec-lora32-v3" in refused(text)[1] and "history" in refused(text, "ko")[1]


def test_the_page_for_people_has_the_words_and_both_languages_the_same_site_file():
    pages = [(Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8") for name in ("links.md", "links.ko.md")]
    for page in pages:
        assert all(f'`"{word}"`' in page for word in HISTORIES)
    snippets = [page.partition("```toml\n")[2].partition("```")[0] for page in pages]
    assert snippets[0] == snippets[1] and 'history = "fresh"' in snippets[0]
    assert load_board(snippets[0].partition('board = "')[2].partition('"')[0]).radio is not None
