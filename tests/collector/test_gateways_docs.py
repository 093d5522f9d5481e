"""docs/gateways.md says what is so: its site file is sound, its channels are the region's, and both languages have the same."""

import json
import re
from pathlib import Path

import pytest
from gilmok_collector.radio.places import Places
from gilmok_site import parse_site

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("gateways.md", "gateways.ko.md")
SITE = """[site]
id = "a"
name = "A"
timezone = "Asia/Seoul"
region = "KR920"
[store]
url = "sqlite:a.db"
{links}
[node.weir]
board = "heltec-lora32-v3"
"""


def blocks(page, kind):
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("page", PAGES)
def test_its_site_file_is_sound(page):
    site = parse_site(SITE.format(links=blocks(page, "toml")[0]))
    assert [link.target.is_radio for link in site.link.values()] == [True, True]
    assert site.link["roof"].gateways == ["aa555a0000000101"]


@pytest.mark.parametrize("page", PAGES)
def test_its_node_behind_a_network_is_sound(page):
    block = next(block for block in blocks(page, "toml") if "rak3172" in block)
    site = parse_site(SITE.replace("[node.weir]", "[node.b]").format(links=block))
    target = site.link["city"].target
    assert (target.tls, target.user, target.tcp_port) == (True, "gilmok", 8883) and site.node["weir"].lora.modem == "rak3172"


def test_its_forwarder_hears_and_sends_where_nodes_are():
    gateway, radios = (json.loads(block) for block in blocks(PAGES[0], "json"))
    places = Places("KR920")
    channels = [channel for name, channel in radios.items() if name.startswith("chan") and channel["enable"]]
    heard = sorted(radios[f"radio_{channel['radio']}"]["freq"] + channel["if"] for channel in channels)
    assert heard == [places.frequency_hz(channel) for channel in range(7)]
    assert all(abs(channel["if"]) <= 400_000 for channel in channels), "what a radio's filter lets through"
    lowest, highest = radios["radio_0"]["tx_freq_min"], radios["radio_0"]["tx_freq_max"]
    assert lowest + 62_500 <= places.frequency_hz(places.rx2[0]) and heard[-1] + 62_500 <= highest
    assert gateway["gateway_conf"]["keepalive_interval"] * 3 < 35


def test_both_languages_have_the_same_files():
    for kind in ("toml", "json"):
        plain = [re.sub(r" +#.*", "", "\n".join(blocks(page, kind))) for page in PAGES]
        assert plain[0] == plain[1]
    tables = [re.findall(r"\| MHz.*", (DOCS / page).read_text(encoding="utf-8")) for page in PAGES]
    assert tables[0] == tables[1] and "922.1 | 922.3 | 922.5 | 922.7 | 922.9 | 923.1 | 923.3" in tables[0][0]
