"""What a site file may say of a node's supply, what is wrong with what it says, and what its node reads."""

import cbor2
import pytest
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_site.errors import SiteError
from gilmok_site.messages import MESSAGES
from gilmok_site.node_config import POWER, open_node_config
from site_snapshots import check_sections

SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[node.gauge]
board = "esp32-devkitc"
[node.gauge.sensor.air]
driver = "bme280"
i2c = 0
every = "1 min"
[node.gauge.sensor.supply]
driver = "ina219"
i2c = 0
every = "1 min"
[node.gauge.power]
watch = "supply.voltage"
shed_below = "11.80 V"
stop_below = "11.2 V"
margin = "300 mV"
sleep = "light"
"""
RAIN = '[node.gauge.sensor.rain]\ndriver = "rain_gauge"\npin = 27\nevery = "1 min"\n'
RIVER = '[node.gauge.sensor.river]\ndriver = "a02yyuw"\nuart = 1\nevery = "10 s"\n'

# name: (what stands above, what stands there instead)
CHANGES = {
    "a channel that is none": ('"supply.voltage"', '"supply.volts"'),
    "a channel that is no voltage": ('"supply.voltage"', '"air.humidity"'),
    "a limit that is no voltage": ('"11.2 V"', '"11.2 A"'),
    "limits the wrong way round": ('"11.2 V"', '"11.9 V"'),
    "no margin": ('margin = "300 mV"\n', ""),
    "a margin of nothing": ('"300 mV"', '"0 V"'),
    "a sleep": ('"light"', '"deep"'),
    "a sleep beside a sensor that sends when it likes": ("[node.gauge.power]", RIVER + "[node.gauge.power]"),
    "a sleep beside a serial line": (
        '[node.gauge]\nboard = "esp32-devkitc"',
        '[link.usb]\nurl = "serial:/dev/ttyUSB0"\n[node.gauge]\nboard = "esp32-devkitc"\nlink = "usb"',
    ),
    "a sleep beside neighbours": ('board = "esp32-devkitc"', 'board = "esp32-devkitc"\npeer = { uart = 2 }'),
    "limits without a voltmeter": ('[node.gauge.sensor.supply]\ndriver = "ina219"\ni2c = 0\nevery = "1 min"\n', ""),
}


def compiled(text):
    site = parse_site(text, "gauge.toml")
    keys = Keys(7, {site.device_of("gauge"): Key(b"k" * 16)})
    return cbor2.loads(open_node_config(compile_node(site, keys, "gauge")))


def test_a_node_reads_its_limits_in_steps_of_the_channel():
    power = compiled(SITE)[POWER]
    assert power[:3] == [1, 1, 0]
    shed, stop, margin = power[3:]
    assert shed / stop == 11.8 / 11.2 and shed > stop > margin > 0


def test_nothing_is_said_where_nothing_is_asked():
    assert POWER not in compiled(SITE.partition("[node.gauge.power]")[0])
    assert compiled(SITE.partition("watch")[0] + 'sleep = "light"\n')[POWER] == [1]


def test_contacts_and_pulses_end_a_sleep_where_the_board_can():
    assert compiled(SITE.replace("[node.gauge.power]", RAIN + "[node.gauge.power]"))[POWER][0] == 1


def test_a_radio_ends_it_where_its_line_can():
    told = {}
    for board in ("esp32-devkitc", "heltec-lora32-v3", "lilygo-t3s3"):
        text = SITE.replace("esp32-devkitc", board).replace('"Asia/Seoul"', '"Asia/Seoul"\nregion = "KR920"')
        told[board] = compiled(text)[POWER][0]
    assert told == {"esp32-devkitc": 1, "heltec-lora32-v3": 2, "lilygo-t3s3": 1}, "an S3 wakes by 14 and not by 33"


@pytest.mark.parametrize(("board", "pin", "told"), [("heltec-lora32-v3", 33, "2, 4, 5, 6, 7"), ("esp32-c3-devkit", 4, "no pin")])
def test_a_pin_that_cannot_end_a_sleep_is_refused(board, pin, told):
    text = SITE.replace("esp32-devkitc", board).replace("[node.gauge.power]", RAIN.replace("27", str(pin)) + "[node.gauge.power]")
    with pytest.raises(SiteError) as caught:
        parse_site(text, "gauge.toml")
    for lang in ("en", "ko"):
        assert 'power.sleep = "none"' in caught.value.text(lang) and board in caught.value.text(lang)
    assert told in caught.value.text("en") and len(caught.value.problems) == 1


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_is_wrong_is_told(lang):
    told = {}
    for name, (old, new) in CHANGES.items():
        assert old in SITE
        with pytest.raises(SiteError) as caught:
            parse_site(SITE.replace(old, new), "gauge.toml")
        told[name] = caught.value.text(lang)
    check_sections(f"power.{lang}.txt", told)


def test_every_message_has_both_languages():
    assert all(all(MESSAGES[code]) for code in MESSAGES if code.startswith("power_"))
