"""docs/notify.md says what is so: its site files are sound, its receiver takes our notices, and both languages have the same."""

import hashlib
import hmac
import re
from pathlib import Path

import pytest
from gilmok_site.notify import EVENTS, LEVELS
from support.alarm_site import site_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("notify.md", "notify.ko.md")


def blocks(page, kind):
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("page", PAGES)
def test_its_site_files_are_sound(page, tmp_path):
    site = site_of(tmp_path, "\n".join(blocks(page, "toml")))
    assert set(site.notify) == {"duty-room", "mail", "siren"} and site.heartbeat is not None
    assert site.notify["duty-room"].repeat_ms == 600_000 and site.rule["flood"].votes == 2


def test_both_languages_have_the_same_files():
    plain = [re.sub(r" +#.*", "", "\n".join(blocks(page, "toml"))) for page in PAGES]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("page", PAGES)
def test_its_receiver_takes_notices_once_and_nobody_else(page):
    names = {}
    exec(blocks(page, "python")[0], names)
    body, known = b'{"id": "a/b/0"}', set()
    headers = {"Gilmok-Signature": "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()}
    assert names["take"](headers, body, "s", known) == {"id": "a/b/0"}
    assert names["take"](headers, body, "s", known) is None
    with pytest.raises(PermissionError):
        names["take"](headers, body + b" ", "s", known)


@pytest.mark.parametrize("page", PAGES)
def test_every_word_is_named(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [word for word in (*EVENTS, *LEVELS) if f"`{word}`" not in text] == []
