"""Secrets of those who are woken: made once, kept, never shown."""

import pytest
from gilmok_site import create_keys, load_keys, load_site
from gilmok_site.errors import KeysError
from gilmok_site.secret import Secret, target_secrets
from site_cases import EXAMPLE

TARGETS = """
[notify.duty-room]
url = "https://duty.example.org/alarms"

[notify.mail]
smtp = "smtp://mail.example.org"
to = ["duty@example.org"]
from = "gilmok@example.org"
user = "gilmok"

[notify.siren]
command = ["siren"]
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site.toml").write_text(EXAMPLE + TARGETS, encoding="utf-8")
    return load_site(tmp_path / "site.toml")


def test_a_webhook_gets_a_secret_and_keeps_it(site):
    made = create_keys(site)
    assert list(made.notify) == ["duty-room"] and len(made.notify["duty-room"].reveal()) == 64
    assert load_keys(site) == create_keys(site) == made


def test_a_keys_file_of_before_gains_the_secret_and_loses_nothing(site):
    before = create_keys(site)
    text = site.keys_path.read_text(encoding="utf-8")
    site.keys_path.write_text(text[: text.index("[notify]")] + '[notify]\nmail = "pa\\"ss 암호"\n', encoding="utf-8")
    after = create_keys(site)
    assert after.devices == before.devices
    assert (after.notify["mail"].reveal(), set(after.notify)) == ('pa"ss 암호', {"mail", "duty-room"})
    assert load_keys(site) == after


def test_the_environment_comes_first(site):
    secrets = target_secrets(site, create_keys(site), {"GILMOK_NOTIFY_MAIL": "from outside"})
    assert secrets["mail"] == Secret("from outside")
    assert set(secrets) == {"duty-room", "mail"}


@pytest.mark.parametrize(("lang", "word"), [("en", "no password for target mail"), ("ko", "대상 mail의 암호 없음")])
def test_what_lacks_is_named(site, lang, word):
    with pytest.raises(KeysError) as refused:
        target_secrets(site, create_keys(site), {})
    assert word in refused.value.text(lang) and "GILMOK_NOTIFY_MAIL" in refused.value.text(lang)


def test_a_webhook_without_a_secret_is_told_what_to_do(site):
    create_keys(site)
    text = site.keys_path.read_text(encoding="utf-8")
    site.keys_path.write_text(text[: text.index("[notify]")], encoding="utf-8")
    with pytest.raises(KeysError) as refused:
        target_secrets(site, load_keys(site), {"GILMOK_NOTIFY_MAIL": "x"})
    assert "gilmok keys" in refused.value.text("en")


def test_a_broken_table_is_refused_and_not_shown(site):
    create_keys(site)
    with site.keys_path.open("a", encoding="utf-8") as file:
        file.write("other = 4711\n")
    with pytest.raises(KeysError) as refused:
        load_keys(site)
    assert "notify" in refused.value.text("en") and "4711" not in refused.value.text("en")


def test_no_secret_is_shown():
    assert "hidden" not in repr({"mail": Secret("hidden")}) + str(Secret("hidden"))
