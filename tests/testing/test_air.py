"""A street of a site file by radio: who is near a gateway is heard, who is behind a hill of distance is not."""

import pytest
from gilmok.street import Street
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[radio]
channels = [0]
rates = [5, 5]
[node.roof]
board = "heltec-lora32-v3"
role = "gateway"
gateway = { channel = 0, rate = 5 }
link = "roof"
position = [37.4702, 127.0384]
"""
)
LINK = '[link.roof]\nurl = "gateway:/dev/ttyACM0"\n'
NODE = """
[node.{name}]
board = "heltec-lora32-v3"
position = {position}
health = "5 min"
[node.{name}.sensor.air]
driver = "bme280"
i2c = 0
every = "1 min"
max_age = "2 min"
"""
NEAR, FAR = [37.4730, 127.0384], [37.9202, 127.0384]  # 310 m and 50 km from SITE's gateway
GATEWAYS = {"tower": [37.4702, 127.0384]}


def write(folder, has_gateway=False):
    path = folder / "yangjae.toml"
    head = LINK + SITE if has_gateway else SITE.split("[node.roof]")[0]
    path.write_text(head + NODE.format(name="near", position=NEAR) + NODE.format(name="far", position=FAR), encoding="utf-8")
    return path


def stored(street):
    """Return the nodes of which the store has records."""
    with street.store.open() as store:
        return {name for name, node in street.nodes.items() if any(each.device == node.device.address for each in store.summary())}


def test_a_near_node_is_heard_and_a_far_one_is_not(tmp_path):
    street = Street.of_site(write(tmp_path, has_gateway=True), seed=5, radio=True)
    try:
        street.run("10 min")
        assert street.air.heard["roof"] > 5
        assert stored(street) == {"near"}
        assert street.air.radios["far"].station.sent > 5, "it calls all the same"
        assert (street.lost, street.duplicated) == (0, 0)
    finally:
        street.close()


def test_another_gateway_hears_the_far_one(tmp_path):
    street = Street.of_site(write(tmp_path), seed=5, radio={**GATEWAYS, "hill": FAR})
    try:
        street.run("5 min")
        assert stored(street) == {"near", "far"} and (street.lost, street.duplicated) == (0, 0)
        street.nodes["near"].power_cut()
        heard = street.air.heard["tower"]
        street.run("5 min")
        assert street.air.heard["tower"] == heard, "without power it is silent"
        street.nodes["near"].power_on()
        street.run("5 min")
        assert street.air.heard["tower"] > heard
    finally:
        street.close()


def test_without_the_option_nodes_talk_by_line(tmp_path):
    street = Street.of_site(write(tmp_path), seed=5)
    try:
        street.run("5 min")
        assert street.air is None and stored(street) == {"near", "far"}
    finally:
        street.close()


def test_who_has_no_position_is_told(tmp_path):
    path = write(tmp_path)
    with pytest.raises(ValueError, match="give a gateway of the site file a position"):
        Street.of_site(path, radio=True)
    path.write_text(path.read_text(encoding="utf-8").replace(f"position = {FAR}\n", ""), encoding="utf-8")
    with pytest.raises(ValueError, match="give far a position"):
        Street.of_site(path, radio=GATEWAYS)


def test_the_collector_knows_who_listens_only_until_he_is_answered(tmp_path):
    path = write(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        "[node.near.sensor", 'battery = { capacity = "10 Ah", voltage = 3.7 }\n[node.near.sensor'
    )
    path.write_text(text, encoding="utf-8")
    street = Street.of_site(path, seed=5, radio={**GATEWAYS, "hill": FAR})
    vias = {}
    hear = street.collector.hear
    street.collector.hear = lambda arrival: (vias.setdefault(arrival.frame[1:3], arrival.via), hear(arrival))
    try:
        street.run("5 min")
        assert stored(street) == {"near", "far"} and (street.lost, street.duplicated) == (0, 0)
        told = {name: vias[street.nodes[name].device.address.to_bytes(2, "big")].full_duplex for name in ("near", "far")}
        assert told == {"near": False, "far": True}, "who sleeps is told nothing that he has not asked for"
    finally:
        street.close()
