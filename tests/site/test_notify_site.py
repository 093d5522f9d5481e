"""Who is woken and what the collector watches: what a site file may say of it, and what is wrong with what it says."""

import pytest
from gilmok_site.errors import SiteError
from gilmok_site.load import parse_site
from gilmok_site.notify_messages import NOTIFY_MESSAGES
from site_cases import EXAMPLE, FILE
from site_snapshots import check_sections

SOUND = """
[notify.duty-room]
url = "https://duty.example.org/alarms"
repeat = "10 min"

[notify.box]
url = "http://10.20.0.9:8080/alarms"
levels = "attention"
lang = "en"

[notify.mail]
smtp = "smtp://mail.example.org:587"
to = ["duty@example.org", "chief@example.org"]
from = "gilmok@example.org"
user = "gilmok"
events = ["raise", "clear"]

[notify.siren]
command = ["/usr/local/bin/siren", "on"]
levels = "serious"

[heartbeat]
url = "https://alive.example.org/ping/4711"

[watch]
silent = 4
settle = "30 s"

[area.riverside]
name = { ko = "둔치", en = "Riverside" }
share = 60

[rule.flood]
votes = 2
of = ["p1-gate/flood", "p2-gate/flood"]
members = "alert"
"""
SITE = EXAMPLE.replace('link = "pole"', 'link = "pole"\narea = "riverside"') + SOUND

# name: (what stands above, what stands there instead)
CHANGES = {
    "no way": ('command = ["/usr/local/bin/siren", "on"]\n', ""),
    "two ways": ('command = ["/usr/local/bin/siren", "on"]', 'command = ["siren"]\nurl = "https://a.example/"'),
    "an address in the open": ("http://10.20.0.9:8080", "http://duty.example.org"),
    "an address with a password": ("https://duty.example.org", "https://kim:secret@duty.example.org"),
    "an address that is none": ("https://duty.example.org/alarms", "duty.example.org"),
    "a heartbeat with a port that is none": ("https://alive.example.org/", "https://alive.example.org:a/"),
    "a mail server with a password": ("smtp://mail", "smtp://kim:secret@mail"),
    "mail to nobody": ('to = ["duty@example.org", "chief@example.org"]\n', ""),
    "mail from nobody": ('from = "gilmok@example.org"\n', ""),
    "mail to a name": ('"duty@example.org"', '"the duty room"'),
    "a siren with a mail address": ('levels = "serious"', 'to = ["duty@example.org"]'),
    "a program without a name": ('["/usr/local/bin/siren", "on"]', "[]"),
    "a level": ('levels = "serious"', 'levels = "serius"'),
    "a level, near none": ('levels = "serious"', 'levels = "high"'),
    "an event": ('["raise", "clear"]', '["rise", "clear"]'),
    "an event, near none": ('["raise", "clear"]', '["x", "clear"]'),
    "a language": ('lang = "en"', 'lang = "eng"'),
    "a language, near none": ('lang = "en"', 'lang = "fr"'),
    "a repeat without a unit": ('repeat = "10 min"', 'repeat = "10"'),
    "an unknown key": ('repeat = "10 min"', 'repaet = "10 min"'),
    "a missing key": ('url = "https://alive.example.org/ping/4711"\n', ""),
    "an area": ('area = "riverside"', 'area = "riversid"'),
    "an area, near none": ('area = "riverside"', 'area = "moon"'),
    "a share": ("share = 60", "share = 0"),
    "a patience": ("silent = 4", "silent = 1"),
    "a member without a node": ('"p1-gate/flood"', '"flood"'),
    "a member, near one": ('"p1-gate/flood"', '"p1-gat/flood"'),
    "a member twice": ('"p1-gate/flood"', '"p2-gate/flood"'),
    "too few members": ("votes = 2", "votes = 3"),
}


def test_a_sound_site():
    site = parse_site(SITE, FILE)
    duty, mail, siren = site.notify["duty-room"], site.notify["mail"], site.notify["siren"]
    assert (duty.ways, duty.level, duty.repeat_ms, duty.lang) == (["url"], 2, 600_000, "ko")
    assert (mail.ways, mail.from_, mail.events) == (["smtp"], "gilmok@example.org", ["raise", "clear"])
    assert (siren.ways, siren.level, siren.repeat_ms) == (["command"], 4, None)
    assert (site.heartbeat.every_ms, site.watch.silent, site.watch.settle_ms) == (60_000, 4, 30_000)
    assert (site.area["riverside"].share, site.area["riverside"].least, site.node["air-01"].area) == (60, 3, "riverside")
    assert (site.rule["flood"].within_ms, site.rule["flood"].level) == (60_000, "serious")


def test_a_site_that_says_nothing_of_it():
    site = parse_site(EXAMPLE, FILE)
    assert (site.notify, site.heartbeat, site.area, site.rule) == ({}, None, {}, {})


def refused(name):
    old, new = CHANGES[name]
    assert SITE.count(old) == 1
    with pytest.raises(SiteError) as error:
        parse_site(SITE.replace(old, new), FILE)
    return error.value


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_messages(lang):
    check_sections(f"notify.{lang}.txt", {name: refused(name).text(lang) for name in CHANGES})


@pytest.mark.parametrize("name", [name for name in CHANGES if "password" in name])
def test_no_secret_is_repeated(name):
    assert "secret" not in refused(name).text("en") + refused(name).text("ko")


def test_every_message_is_met():
    met = set()
    for name in CHANGES:
        for problem in refused(name).problems:
            met.add(problem.code + (".near" if problem.facts.get("near") else ""))
    assert {code for code in NOTIFY_MESSAGES if not code.startswith(("notify_secret", "notify_password"))} <= met
