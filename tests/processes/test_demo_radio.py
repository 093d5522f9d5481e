"""The demo's street by cable, by radio and over BLE: every record crosses once, whatever carries it."""

import json

from gilmok.demo import run_demo


def test_every_link_brings_every_record_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # pytest's own stay
    account = tmp_path / "account.json"
    assert run_demo(duration_s=6, headless=True, json_path=str(account)) == 0, capsys.readouterr()
    told = json.loads(account.read_text())
    links = {node["name"]: node["link"] for node in told["nodes"]}
    assert sorted(links.values()) == ["ble", "lora", "lora", *["serial"] * 4]
    assert told["drained"] and told["lost"] == told["duplicated"] == told["changed"] == 0
    for node in told["nodes"]:
        assert node["stored"] == node["acknowledged"] == node["logged"] > 0, node
        assert node["bytes_up"] > 0, node
