"""Radios of nodes in the site file: who has one, what it reads, and what is refused."""

import datetime
from pathlib import Path

import cbor2
import pytest
from cddl_verifier import Validator
from gilmok_site import Keys, SiteError, compile_node, create_keys, load_keys, open_node_config, parse_site
from gilmok_site.check import main
from gilmok_site.lora import listens, window_ms
from gilmok_site.lora_messages import LORA_MESSAGES
from gilmok_site.node_config import public_part
from gilmok_wire.radio_law import RadioLaw
from gilmok_wire.regions import REGIONS
from gilmok_wire.windows import ALWAYS, IN_WINDOWS, UNTIL_ANSWERED
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[link.usb]
url = "serial:/dev/ttyUSB0?baud=115200"
[radio]
channels = [0, 1, 2]
rates = [0, 5]
window = "3 s"
[node.gate]
board = "heltec-lora32-v3"
lora = { rates = [2, 3], antenna = "2.15 dBi", listens = "in_windows" }
[node.gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"
"""
)
NODE = "lora = { rates = [2, 3]"
CDDL = Validator((Path(__file__).parents[2] / "protocols" / "node_config.cddl").read_text(encoding="utf-8"))

CHANGES = {
    "lora_gateway": ('board = "heltec-lora32-v3"\n', 'board = "heltec-lora32-v3"\nrole = "gateway"\ngateway = { channel = 0, rate = 3 }\n'),
    "lora_board": ("heltec-lora32-v3", "esp32-devkitc"),
    "lora_region": ('region = "KR920"\n', ""),
    "lora_law": ("KR920", "IN865"),
    "lora_channels": ("channels = [0, 1, 2]", "channels = [0, 7]"),
    "lora_rates_pair": ("rates = [0, 5]", "rates = [5, 0]"),
    "lora_rate": ("rates = [2, 3]", "rates = [2, 6]"),
    "lora_rate_slow": ("KR920", "AS923"),
    "lora_window": ('"3 s"', '"16 s"'),
    "lora_window_alone": (NODE, NODE + ', window = "2 s"'),
    "lora_antenna": ("2.15 dBi", "24 dBi"),
}


def body_of(text, name="gate"):
    site = parse_site(text, "yangjae.toml")
    device = site.device_of(name)
    keys = Keys(7, {device: bytes(16)})
    return cbor2.loads(open_node_config(compile_node(site, keys, name)))


def refused(text):
    with pytest.raises(SiteError) as error:
        parse_site(text, "yangjae.toml")
    return error.value


def test_it_reads_this():
    body = body_of(SITE)
    assert body[22] == ["KR920", [0, 1, 2], [2, 3], 3000, 3, False, ["sx1262", 1, 8, 13, 14, 12, 1800, True]]
    assert [2, 1, [9, 10, 11]] in body[6], "the radio's bus is among the buses"
    assert 22 in cbor2.loads(public_part(cbor2.dumps(body)))


def test_the_layout_is_as_the_cddl_has_it():
    site = parse_site(SITE, "yangjae.toml")
    CDDL.validate(compile_node(site, Keys(7, {site.device_of("gate"): bytes(16)}), "gate"))


def test_without_a_word_about_it_a_node_without_a_cable_uses_what_its_region_has():
    for region, channels, rates in (
        ("KR920", list(range(7)), [0, 5]),
        ("AS923", list(range(8)), [3, 5]),
        ("EU868", list(range(9)), [0, 6]),
        ("US915", list(range(72)), [1, 4]),
    ):
        text = SITE.replace("KR920", region).replace('[radio]\nchannels = [0, 1, 2]\nrates = [0, 5]\nwindow = "3 s"\n', "")
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("lora ="))
        assert body_of(text)[22][:6] == [region, channels, rates, 2000, 0, True]


def test_a_cable_is_enough_unless_something_is_said_of_the_radio():
    cabled = SITE.replace(NODE, 'link = "usb"\n' + NODE)
    assert 22 in body_of(cabled)
    without = "".join(line for line in cabled.splitlines(keepends=True) if not line.startswith("lora ="))
    assert 22 in body_of(without), "both ports"
    silent = without.replace('[radio]\nchannels = [0, 1, 2]\nrates = [0, 5]\nwindow = "3 s"\n', "")
    assert 22 not in body_of(silent)


def test_a_node_on_a_battery_sleeps_unless_it_is_told_otherwise():
    powered = SITE.replace(', listens = "in_windows"', "")
    windows = powered.replace("[node.gate.sensor", 'battery = { capacity = "10 Ah", voltage = 3.7 }\n[node.gate.sensor')
    battery = windows.replace('window = "3 s"\n', "")
    for text, expected in ((SITE, IN_WINDOWS), (powered, ALWAYS), (windows, IN_WINDOWS), (battery, UNTIL_ANSWERED)):
        assert listens(parse_site(text, "yangjae.toml"), "gate") == expected
        assert body_of(text)[22][5] == expected
    assert window_ms(parse_site(SITE, "yangjae.toml")) == 3000


def test_what_is_compiled_is_lawful():
    spec = body_of(SITE)[22]
    law = RadioLaw(REGIONS[spec[0]], 0, tuple(spec[1]), spec[4])
    for rate in range(spec[2][0], spec[2][1] + 1):
        assert all(law.carries(channel, rate, law.rates[rate][2]) for channel in spec[1])


@pytest.mark.parametrize("code", CHANGES)
def test_each_problem_says_what_to_do(code):
    old, new = CHANGES[code]
    assert old in SITE
    text = SITE.replace(old, new, 1)
    error = refused(text)
    assert code in [problem.code for problem in error.problems], [problem.code for problem in error.problems]
    english, korean = LORA_MESSAGES[code]
    assert english != korean and any("가" <= letter <= "힣" for letter in korean)
    for lang in ("en", "ko"):
        assert "{" not in error.text(lang) or "{ " in error.text(lang)


def test_every_message_has_a_case():
    assert set(CHANGES) == set(LORA_MESSAGES)


def test_figures_that_nobody_saw_in_the_law_are_marked_and_explained_where_that_is_asked_for(tmp_path):
    path = tmp_path / "yangjae.toml"
    path.write_text(SITE, encoding="utf-8")
    for lang, word in (("en", "check it before you operate"), ("ko", "운용 전에 확인하십시오")):
        lines = []
        assert main(path, lang, lines.append, datetime.date(2026, 1, 1), explained=True) == 0
        text = "\n".join(map(str, lines))
        assert word in text and "RRA" in text and "KR920" in text
        lines.clear()
        main(path, lang, lines.append, datetime.date(2026, 1, 1))
        text = "\n".join(map(str, lines))
        assert "RRA" not in text
        [told] = [line for line in text.splitlines() if "KR920" in line and "eirp" in line]
        assert ": channels below 922 MHz, eirp, listen, dwell, pause, duty" in told and "rx2" not in told


def test_the_keys_of_such_a_site_are_as_any(tmp_path):
    path = tmp_path / "yangjae.toml"
    path.write_text(SITE, encoding="utf-8")
    site = parse_site(SITE, str(path))
    create_keys(site)
    assert compile_node(site, load_keys(site), "gate")
