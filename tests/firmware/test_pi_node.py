"""A whole node on a Raspberry Pi 4: its configuration as a site file gives it, its sensors over Blinka, its log in files."""

import os
import select
from pathlib import Path

import pytest
from gilmok_node.linux.board import Linux, run, start
from gilmok_sim.bus import VirtualI2C, VirtualSpi, VirtualUart
from gilmok_sim.chips import Still
from gilmok_sim.chips.adxl355 import VirtualAdxl355
from gilmok_sim.chips.bme280 import VirtualBme280
from gilmok_sim.chips.pms5003 import VirtualPms5003
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_wire.framing import Deframer
from support.blinka_rig import Pi
from support.ruled import with_rules

SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[node.roof]
board = "rpi-4"
[node.roof.sensor.air]
driver = "bme280"
i2c = 1
every = "10 s"
[node.roof.sensor.dust]
driver = "pms5003"
uart = 0
every = "10 s"
[node.roof.sensor.mast]
driver = "adxl355"
spi = 0
cs = 25
every = "1 s"
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a Raspberry Pi runs Linux")


class Now:
    now = 0

    def __call__(self):
        return self.now


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def pi(monkeypatch, now):
    pi = Pi(VirtualI2C({}), VirtualSpi())
    pi.install(monkeypatch)
    pi.i2c.chips[0x76] = VirtualBme280(Still(temperature=21.37, pressure=101325.0, humidity=47.3), now)
    still = Still(x=0.0, y=0.0, z=1.0, acceleration_x=0.0, acceleration_y=0.0, acceleration_z=1.0)
    pi.selects[25] = pi.spi.attach(VirtualAdxl355(still, now))
    return pi


@pytest.fixture
def config(tmp_path):
    site = parse_site(SITE, tmp_path / "site.toml")
    path = tmp_path / "node.cbor"
    path.write_bytes(compile_node(site, Keys(7, {site.device_of("roof"): Key(b"k" * 16)}), "roof"))
    return str(path)


def run_until(node, now, end_ms, hear):
    while now.now < end_ms:
        hear()
        now.now = max(now.now + 1, min(node.poll(), end_ms))


def test_sensors_are_read_recorded_and_kept(pi, now, config, tmp_path):
    line = VirtualUart(VirtualPms5003(Still(pm1=4, pm2_5=9, pm10=12), now), now)
    master, slave = os.openpty()

    def hear():
        data = line.read()
        if data:
            os.write(master, data)
            select.select([slave], [], [], 10)

    node, ports = start(config, str(tmp_path), ["tcp:127.0.0.1:0"], Linux(str(tmp_path)), {0: os.ttyname(slave)}, now)
    try:
        run_until(node, now, 62_000, hear)
        last = {sampler.name: sampler.last[1] for sampler in node.samplers}
        assert [sampler.error for sampler in node.samplers] == [None] * 3
        assert last["air"][0] == 2137 and last["dust"][:3] == (4, 9, 12) and 0 < last["mast"][2] < 100
        assert node.log.boot == 1 and node.backlog() > 60
        pi.i2c.fault = "stuck"
        run_until(node, now, 75_000, hear)
        assert {sampler.name for sampler in node.samplers if sampler.error is not None} == {"air"}
        pi.i2c.fault = None
        run_until(node, now, 140_000, hear)
        assert [sampler.error for sampler in node.samplers] == [None] * 3
    finally:
        for port in ports:
            port.close()
        os.close(master)
        os.close(slave)


def test_a_node_of_a_group_waits_for_its_peers_too(pi, now, config, tmp_path):
    path = Path(config)
    group = {21: [b"k" * 16, [[9, [5]]], [[3, 14, 15]]]}
    path.write_bytes(with_rules(path.read_bytes(), outputs=[[5, 26, 1, 0, 0, [], 0]], more=group))
    master, slave = os.openpty()
    node, ports = start(config, str(tmp_path), ["tcp:127.0.0.1:0"], Linux(str(tmp_path)), {0: "/nowhere", 3: os.ttyname(slave)}, now)
    try:
        (line,) = node.lines
        assert line.path == os.ttyname(slave) and line.filenos()
        node.poll()
        select.select([master], [], [], 10)
        assert Deframer().feed(os.read(master, 256))[0][0][:3] == b"\xe9\xff\xff"
        run(node, ports, iter([False, True]).__next__)
    finally:
        for port in [*ports, *node.lines]:
            port.close()
        os.close(master)
        os.close(slave)


def test_an_led_on_the_header(pi, tmp_path):
    board = Linux(str(tmp_path))
    board.light(26, 0)
    assert pi.levels[26] == 0
    board.led.alarm = True
    board.led.poll(None, 0)
    assert pi.levels[26] == 1


def test_a_pi_without_i2c_says_how_to_switch_it_on(pi, now, config, tmp_path):
    pi.i2c = None
    node, ports = start(config, str(tmp_path), ["tcp:127.0.0.1:0"], Linux(str(tmp_path)), {}, now)
    assert "I2C 1 does not open" in node.reason and "raspi-config" in node.reason
    for port in ports:
        port.close()
