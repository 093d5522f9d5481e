"""A gateway in the site file: what it may have, what it reads, and that it needs no key."""

import datetime
from pathlib import Path

import cbor2
import pytest
from cddl_verifier import Validator
from gilmok_collector.area.watch import Watch
from gilmok_site import Keys, SiteError, compile_node, create_keys, load_keys, open_node_config, parse_site
from gilmok_site.boards import board_names, load_board
from gilmok_site.check import main
from gilmok_site.gateway_messages import GATEWAY_MESSAGES
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[link.usb]
url = "gateway:/dev/ttyUSB0?baud=115200"
[node.gate]
board = "esp32-devkitc"
[node.gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"
[node.far]
board = "heltec-lora32-v3"
[radio]
channels = [0]
rates = [3, 3]
[node.gw]
board = "heltec-lora32-v3"
role = "gateway"
link = "usb"
gateway = { channel = 0, rate = 3 }
"""
)
TABLE = "gateway = { channel = 0, rate = 3 }\n"
CDDL = Validator((Path(__file__).parents[2] / "protocols" / "node_config.cddl").read_text(encoding="utf-8"))

CHANGES = {
    "gateway_role": ('role = "gateway"\n', ""),
    "gateway_part": (TABLE, TABLE + '[node.gw.sensor.river]\ndriver = "a02yyuw"\nuart = 1\nevery = "10 s"\n'),
    "gateway_table": (TABLE, ""),
    "gateway_board": ("heltec-lora32-v3", "esp32-devkitc"),
    "gateway_link": ("gateway:/dev", "serial:/dev"),
    "gateway_unheard": ("[radio]\nchannels = [0]\nrates = [3, 3]\n", ""),
    "gateway_region": ('region = "KR920"\n', ""),
    "gateway_law": ("KR920", "IN865"),
    "gateway_channel": ("channel = 0", "channel = 13"),
    "gateway_rate": ("rate = 3", "rate = 6"),
}


def body_of(site, name="gw"):
    return cbor2.loads(open_node_config(compile_node(site, Keys(7, {}), name)))


def refused(text):
    with pytest.raises(SiteError) as error:
        parse_site(text, "yangjae.toml")
    return error.value


def test_it_reads_this():
    body = body_of(parse_site(SITE, "yangjae.toml"))
    radio = ["sx1262", 1, 8, 13, 14, 12, 1800, True]
    assert body == {
        **{0: "yangjae", 1: "gw", 2: body[2]},
        5: ["heltec-lora32-v3", 1, ["records", 0x200000], ["waveforms", 0x200000]],
        **{6: [[2, 1, [9, 10, 11]]], 7: [], 8: 115_200, 9: 60_000, 16: [35, 1]},
        25: ["KR920", 0, 3, 14, 0, radio],
    }
    assert CDDL.validate(cbor2.dumps(body, canonical=True), root_type="node-config").valid
    assert not CDDL.validate(cbor2.dumps({**body, 25: ["KR920"]}, canonical=True), root_type="node-config").valid


def test_power_and_antenna():
    def gateway(more, region="KR920"):
        text = SITE.replace("rate = 3 }", f"rate = 3, {more} }}").replace("KR920", region)
        return body_of(parse_site(text, "yangjae.toml"))[25][3:5]

    assert gateway('antenna = "2.15 dBi"') == [11, 3]
    assert gateway('antenna = "-1 dBi"') == [14, -1]
    assert gateway('power = "10 dBm"') == [10, 0]
    assert gateway('power = "20 dBm", antenna = "6 dBi"') == [8, 6]
    assert gateway('power = "27 dBm"', "EU868") == [16, 0]
    assert "dBm" in refused(SITE.replace("rate = 3 }", 'rate = 3, power = "14" }')).text("en")


@pytest.mark.parametrize("board", [name for name in board_names() if load_board(name).radio])
def test_every_board_with_a_radio_can_be_one(board):
    text = SITE.replace("heltec-lora32-v3", board)
    body = body_of(parse_site(text, "yangjae.toml"))
    [[kind, number, pins]] = body[6]
    assert kind == 2 and len(pins) == 3 and body[25][5][1] == number
    assert CDDL.validate(cbor2.dumps(body, canonical=True), root_type="node-config").valid


@pytest.mark.parametrize("code", CHANGES)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_is_refused(code, lang):
    old, new = CHANGES[code]
    error = refused(SITE.replace(old, new))
    assert code in [problem.code for problem in error.problems], error.text(lang)
    assert "{" not in error.text(lang).replace("{ channel", "").replace("{{", "")


def test_every_message_has_its_mistake():
    assert set(CHANGES) == set(GATEWAY_MESSAGES)


def test_a_role_that_is_none_is_refused():
    assert "gateway" in refused(SITE.replace('role = "gateway"', 'role = "bridge"')).text("en")


def test_rates_that_carry_no_frame_of_ours_are_refused():
    for region, wrong, right in (("AS923", 2, 3), ("US915", 0, 1)):
        text = SITE.replace("KR920", region).replace("[3, 3]", f"[{right}, {right}]")
        assert refused(text.replace("rate = 3", f"rate = {wrong}")).problems[0].code == "gateway_rate"
        parse_site(text.replace("rate = 3", f"rate = {right}"), "yangjae.toml")


def test_it_needs_no_key(tmp_path):
    path = tmp_path / "yangjae.toml"
    path.write_text(SITE, encoding="utf-8")
    site = parse_site(SITE, path)
    keys = create_keys(site)
    assert set(keys.devices) == {site.device_of("gate"), site.device_of("far")} == set(load_keys(site).devices)


def test_nobody_waits_to_hear_of_it():
    watch = Watch(parse_site(SITE, "yangjae.toml"), (), 0)
    assert set(watch.silence.nodes) == set(watch.backlogs) == set(watch.clocks) == {"gate", "far"}


def test_its_row_in_the_report(tmp_path):
    path, printed = tmp_path / "yangjae.toml", []
    path.write_text(SITE, encoding="utf-8")
    assert main(path, "en", printed.append, datetime.date(2026, 7, 1)) == 0
    rows = [line for line in printed[0].splitlines() if line.startswith("gw ")]
    assert "heltec-lora32-v3" in rows[0] and rows[1].split() == ["gw", *"––––––"]
