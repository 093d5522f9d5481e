"""Nodes behind a LoRaWAN network in the site file: what they read, where their keys are, and what is refused."""

import datetime
from pathlib import Path

import cbor2
import pytest
from cddl_verifier import Validator
from gilmok_site import Key, Keys, KeysError, SiteError, compile_node, create_keys, load_keys, open_node_config, parse_site
from gilmok_site.check import main
from gilmok_site.config_words import changes
from gilmok_site.lora import has_air, listens
from gilmok_site.lorawan_messages import LORAWAN_MESSAGES
from gilmok_site.node_config import LORA, LORAWAN, LORAWAN_KEY, public_part
from gilmok_site.power import compile_power
from gilmok_wire.windows import ALWAYS
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[link.city]
url = "chirpstack:mqtt://10.0.0.9"
[radio]
channels = [0, 1, 2]
[node.gate]
board = "esp32-devkitc"
lora = { modem = "rak3172", uart = 2, eui = "AC-1F-09-FF-FE-00-00-01" }
[node.gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"
[node.roof]
board = "heltec-lora32-v3"
lora = { modem = "rak3172", uart = 1 }
"""
)
GATE = 'lora = { modem = "rak3172", uart = 2, eui = "AC-1F-09-FF-FE-00-00-01" }'
ROOF = 'lora = { modem = "rak3172", uart = 1 }'
APP_KEY = bytes(range(0xA0, 0xB0))
CDDL = Validator((Path(__file__).parents[2] / "protocols" / "node_config.cddl").read_text(encoding="utf-8"))

CHANGES = {
    "choice": ('"rak3172", uart = 2', '"rak811", uart = 2'),
    "lorawan_modem": (ROOF, "lora = { uart = 1 }"),
    "lorawan_air": (ROOF, 'lora = { modem = "rak3172", uart = 1, window = "2 s" }'),
    "lorawan_eui": ("AC-1F-09-FF-FE-00-00-01", "AC-1F-09"),
    "lorawan_eui_twice": (ROOF, 'lora = { modem = "rak3172", uart = 1, eui = "ac1f09fffe000001" }'),
    "lorawan_join_eui": (ROOF, 'lora = { modem = "rak3172", uart = 1, join_eui = "0000000000000000" }'),
    "lorawan_region": ("KR920", "US915"),
    "lorawan_link": ("chirpstack:mqtt://10.0.0.9", "semtech:1700"),
    "lorawan_uart": (ROOF, 'lora = { modem = "rak3172" }'),
    "bus_missing": (ROOF, 'lora = { modem = "rak3172", uart = 7 }'),
    "uart_twice": ("uart = 2", "uart = 1"),
    "lora_gateway": (ROOF, 'role = "gateway"\ngateway = { channel = 0, rate = 3 }\n' + ROOF),
}


def site_of(text=SITE):
    return parse_site(text, "yangjae.toml")


def compiled(node):
    site = site_of()
    devices = {site.device_of(name): Key(bytes(16)) for name in site.node}
    return compile_node(site, Keys(7, devices, lorawan={site.device_of("gate"): Key(APP_KEY)}), node)


@pytest.mark.parametrize("node", ["gate", "roof"])
def test_a_node_reads_this(node):
    data = compiled(node)
    CDDL.validate(data)
    body = cbor2.loads(open_node_config(data))
    if node == "gate":
        assert body[LORAWAN] == ["rak3172", [2, 17, 16], "KR920", [bytes.fromhex("ac1f09fffe000001"), bytes(8)]]
        assert body[LORAWAN_KEY] == APP_KEY
    else:
        assert body[LORAWAN] == ["rak3172", [1, 47, 48], "KR920", None] and LORAWAN_KEY not in body, "the modem keeps its own"
    assert LORA not in body and not has_air(site_of(), node), "a board's own radio stays off"


def test_a_node_may_sleep_beside_its_modem():
    site = site_of(SITE.replace(ROOF, ROOF + '\npower = { sleep = "light" }'))
    assert site.node["roof"].power.sleep == "light" and compile_power(site.node["roof"])[0] > 0


def test_the_appkey_is_not_in_the_public_part():
    body = open_node_config(compiled("gate"))
    public = public_part(body)
    assert APP_KEY in body and APP_KEY not in public and LORAWAN in cbor2.loads(public)


def test_a_difference_is_told_without_the_key():
    before, after = (public_part(open_node_config(compiled(node))) for node in ("roof", "gate"))
    told = next(change for change in changes(before, after) if change.word == "lora.modem")
    assert told.before == "rak3172, uart 1, KR920"
    assert told.after == "rak3172, uart 2, KR920, eui ac1f09fffe000001, join_eui 0000000000000000"


def test_keys_are_made_and_kept(tmp_path):
    path = tmp_path / "yangjae.toml"
    path.write_text(SITE)
    site = parse_site(SITE, str(path))
    device = site.device_of("gate")
    made = create_keys(site)
    assert list(made.lorawan) == [device] and made.lorawan[device] not in made.devices.values()
    assert load_keys(site) == create_keys(site) == made
    text = site.keys_path.read_text()
    assert f'[lorawan]\n{device:04x} = "{bytes(made.lorawan[device]).hex()}"  # gate\n' in text
    site.keys_path.write_text(text.replace("[lorawan]", "[lorawan_]"))
    with pytest.raises(KeysError) as error:
        load_keys(site)
    assert [problem.code for problem in error.value.problems] == ["keys_lorawan_missing"]
    assert str(path) in error.value.text("en") and "gate" in error.value.text("ko")
    secret = "0123456789abcdef" * 2 + "0"
    site.keys_path.write_text(text.replace(bytes(made.lorawan[device]).hex(), secret))
    with pytest.raises(KeysError) as error:
        load_keys(site)
    assert [problem.code for problem in error.value.problems] == ["keys_lorawan"] and secret not in error.value.text("en")


def test_a_node_without_its_key_is_not_compiled():
    site = site_of()
    with pytest.raises(SiteError) as error:
        compile_node(site, Keys(7, {site.device_of("gate"): Key(bytes(16))}), "gate")
    assert error.value.problems[0].code == "keys_lorawan_missing"


@pytest.mark.parametrize("code", CHANGES)
def test_each_problem_says_what_to_do(code):
    old, new = CHANGES[code]
    assert SITE.count(old) == 1, old
    with pytest.raises(SiteError) as error:
        site_of(SITE.replace(old, new))
    assert code in {problem.code for problem in error.value.problems}, error.value.text("en")
    problem = next(problem for problem in error.value.problems if problem.code == code)
    assert problem.key.startswith("node.") and problem.line
    assert error.value.text("en") != error.value.text("ko")


def test_the_site_itself_is_sound(tmp_path, capsys):
    path = tmp_path / "yangjae.toml"
    path.write_text(SITE)
    assert main(path, "en", print, datetime.date(2026, 1, 1)) == 0, capsys.readouterr().out
    assert listens(site_of(), "gate") == ALWAYS, "the collector asks it of every node"


def test_every_message_speaks_korean():
    for english, korean in LORAWAN_MESSAGES.values():
        assert any("가" <= letter <= "힣" for letter in korean) and not any("가" <= letter <= "힣" for letter in english)
