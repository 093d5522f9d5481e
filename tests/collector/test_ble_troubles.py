"""What a person reads where a Raspberry Pi has no BLE: each text by its own cause, in both languages, and that the node comes back."""

import os
import re
import string
import subprocess
import sys
from functools import partial

import pytest
from gilmok_site import compile_node, create_keys, load_keys, load_site

if sys.platform != "linux":
    pytest.skip("BlueZ is Linux's", allow_module_level=True)

from gilmok_node.linux.bluez import TROUBLES
from support.bluez_scene import WAIT_S, play_on
from support.dbus import Bus

SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[link.air]
url = "ble:"
[node.cabin]
board = "rpi-4"
link = "air"
[node.cabin.ble]
"""
REMEDIES = (
    "pip install dbus-fast",
    "sudo apt install dbus",
    "sudo apt install bluez; sudo systemctl enable --now bluetooth",
    "bluetoothctl list",
    "bluetoothctl power on",
    "SupplementaryGroups=bluetooth",
    "journalctl -u bluetooth",
)
DENY = '<deny send_destination="org.bluez" send_interface="org.bluez.GattManager1"/>'


@pytest.fixture
def play(tmp_path):
    """Return what plays a coroutine function of a Scene."""
    return partial(play_on, tmp_path)


def told(scene, code, **facts):
    """Return whether a person and the collector were told this last, in the two languages of the one and in that of the other."""
    texts = tuple(text.format(**facts) for text in TROUBLES[code])
    return scene.node.notices[-1:] == [texts] and scene.node.faults[-1:] == [("ble " + texts[0], True)]


async def is_back(scene):
    """Wait until the node is on the air, and has said so."""
    await scene.until(lambda: scene.bluez.advert and scene.node.faults[-1] == ("ble is back", False))


def test_the_adapter_is_switched_off_and_on(play):
    async def act(scene):
        bluez = await scene.bluetoothd(powered=False)
        await scene.until(lambda: told(scene, "off", adapter="hci0"))
        assert not bluez.registered
        bluez.power(True)
        await is_back(scene)
        bluez.power(False)
        await scene.until(lambda: told(scene, "off", adapter="hci0"))
        bluez.power(True)
        await is_back(scene)
        assert bluez.registered == 2

    play(act)


def test_permission_is_refused_by_the_bus_itself(play):
    async def act(scene):
        await scene.bluetoothd()
        assert "SupplementaryGroups=bluetooth" in await scene.fault("AccessDenied")
        assert "권한이 없음 (RegisterApplication: " in scene.node.notices[-1][1]

    play(act, deny=DENY)


@pytest.mark.parametrize("error", ["NotPermitted", "NotAuthorized"])
def test_permission_is_refused_by_bluez(play, error):
    async def act(scene):
        await scene.bluetoothd(refuses={"RegisterAdvertisement": error})
        said = f"org.bluez.Error.{error}: as the test wants it"
        await scene.until(lambda: told(scene, "denied", call="RegisterAdvertisement", error=said))
        scene.bluez.refuses.clear()
        await is_back(scene)

    play(act)


def test_bluez_refuses(play):
    async def act(scene):
        await scene.bluetoothd(refuses={"RegisterApplication": "AlreadyExists"})
        said = "org.bluez.Error.AlreadyExists: as the test wants it"
        await scene.until(lambda: told(scene, "refused", call="RegisterApplication", error=said))
        assert "journalctl -u bluetooth" in scene.node.notices[-1][1]
        scene.bluez.refuses.clear()
        await is_back(scene)

    play(act)


def test_bluez_drops_the_advertisement(play):
    async def act(scene):
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        await bluez.drop_advert()
        await scene.until(lambda: bluez.registered == 2)
        assert any("BlueZ has dropped the advertisement" in english for english, _ in scene.node.notices)
        await is_back(scene)

    play(act)


def test_an_adapter_that_cannot_advertise(play):
    async def act(scene):
        await scene.bluetoothd(takes_adverts=False)
        await scene.until(lambda: told(scene, "no_adapter"))

    play(act)


def test_the_adapter_is_unplugged(play):
    async def act(scene):
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        bluez.unplug()
        await scene.until(lambda: told(scene, "no_adapter"))

    play(act)


def test_no_bluetoothd(play):
    async def act(scene):
        await scene.until(lambda: told(scene, "no_bluez"))
        await scene.bluetoothd()
        await is_back(scene)

    play(act)


def test_no_bus_and_a_bus_that_comes_back(play, tmp_path):
    async def act(scene):
        bluez = await scene.bluetoothd()
        await scene.until(lambda: bluez.advert)
        scene.bus.stop()
        (tmp_path / "bus").unlink()
        await scene.until(lambda: told(scene, "no_bus", error="[Errno 2] No such file or directory"))
        bus = Bus(tmp_path)
        try:
            await scene.bluetoothd()
            await is_back(scene)
        finally:
            bus.stop()

    play(act)


def test_no_library(play, monkeypatch):
    monkeypatch.setitem(sys.modules, "dbus_fast", None)  # as importing it where it is not installed

    async def act(scene):
        await scene.until(lambda: told(scene, "no_library"))
        monkeypatch.undo()  # somebody has installed it
        await scene.bluetoothd()
        await is_back(scene)

    play(act)


def test_both_languages_say_the_same_facts_and_what_to_do():
    for english, korean in TROUBLES.values():
        facts = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, korean)]
        assert facts[0] == facts[1] and re.search("[가-힣]", korean) and not re.search("[가-힣]", english)
        assert [each in english for each in REMEDIES] == [each in korean for each in REMEDIES]
        assert any(each in english for each in REMEDIES)


@pytest.mark.parametrize(("language", "said"), [("en", "no BLE: no system D-Bus ("), ("ko", "BLE를 쓸 수 없음: 시스템 D-Bus가 없음 (")])
def test_the_command_says_it_and_the_node_runs_on(tmp_path, language, said):
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    site = load_site(tmp_path / "site.toml")
    create_keys(site)
    (tmp_path / "node.cbor").write_bytes(compile_node(site, load_keys(site), "cabin"))
    command = [sys.executable, "-m", "gilmok", "node", "run", "node.cbor", "--data", ".", "--link", "unix:line"]
    environment = {**os.environ, "GILMOK_LANG": language, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/nowhere"}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline().startswith(said)
        assert process.stdout.readline().startswith("cabin")
        process.terminate()
        assert process.communicate(timeout=WAIT_S)[1] == "" and process.returncode == 0
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)
