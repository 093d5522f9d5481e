"""A board whose configuration makes it a gateway: on a chip, on a Raspberry Pi with a LoRa HAT, and what it says where it cannot be one."""

import socket
import sys
import types
from binascii import crc32

import cbor2
import pytest
from gilmok.commands.node import _announce
from gilmok_node.boot import boot
from gilmok_node.chip_buses import ChipBuses
from gilmok_node.gateway.gateway import Gateway
from gilmok_node.linux.board import run, start
from gilmok_node.radio.wiring import open_radio
from gilmok_node.rescue import Rescue
from gilmok_node.sensors.base import SpiDevice
from gilmok_sim.bus import VirtualSpi
from gilmok_sim.chips.sx1262 import VirtualSx1262
from gilmok_site import Keys, compile_node, open_node_config, parse_site
from gilmok_wire import cbor, gateway_messages
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.gateway_messages import ASK, STATUS, STATUS_FIELDS
from support.blinka_rig import Pi
from support.site_head import SITE_HEAD

SITE = (
    SITE_HEAD
    + """\
[node.gw]
board = "{board}"
role = "gateway"
gateway = {{ channel = 0, rate = 3 }}
"""
)


class Clock:
    """Time that passes by being looked at: 20 µs each, as an interpreter takes."""

    def __init__(self, monkeypatch):
        self.us = 0
        monkeypatch.setattr(open_radio, "__defaults__", (self.ticks_us,))

    def ticks_us(self):
        self.us += 20
        return self.us

    def ms(self):
        return self.ticks_us() / 1000


class Uart:
    """A line that keeps what was written."""

    def __init__(self, typed=b""):
        self.typed, self.out = typed, b""

    def any(self):
        return len(self.typed)

    def read(self, count):
        data, self.typed = self.typed[:count], self.typed[count:]
        return data

    def write(self, data):
        self.out += data
        return len(data)


class Board:
    led = None

    def light(self, pin, active):
        self.lit = pin, active

    def feed(self):
        pass


class Buses:
    """A board's buses with a virtual radio on them."""

    def __init__(self, clock):
        self.chip = VirtualSx1262(clock, tcxo_mv=1800)
        self.spi = VirtualSpi()
        self.asked = []

    def __call__(self, wired):
        self.asked.append((wired.bus, wired.bus_number, wired.select))
        return SpiDevice(self.spi, self.spi.attach(self.chip))

    def input_pin(self, pin):
        self.asked.append(pin)
        return {13: self.chip.busy, 14: self.chip.dio1}[pin]

    def output_pin(self, pin, level):
        self.asked.append((pin, level))
        return self.chip.reset


def configuration(tmp_path, board="heltec-lora32-v3", change=None):
    site = parse_site(SITE.format(board=board), tmp_path / "site.toml")
    data = compile_node(site, Keys(7, {}), "gw")
    if change:
        body = cbor2.loads(open_node_config(data))
        change(body)
        encoded = cbor2.dumps(body, canonical=True)
        data = cbor2.dumps([1, encoded, crc32(encoded)])
    path = tmp_path / "gw.cbor"
    path.write_bytes(data)
    return str(path)


def booted(tmp_path, monkeypatch, change=None):
    uart, board, clock = Uart(), Board(), Clock(monkeypatch)

    def no_ring(label, size):
        raise AssertionError("a gateway keeps nothing")

    buses = []

    def open_buses(config):
        buses.append(Buses(clock.ms))
        return buses[0]

    path = configuration(tmp_path, change=change)
    return boot(path, no_ring, open_buses, lambda baud: [uart], lambda: clock.us // 1000, board), uart, board, buses


def test_it_boots_without_a_log_and_without_a_key(tmp_path, monkeypatch):
    gateway, uart, board, [buses] = booted(tmp_path, monkeypatch)
    assert isinstance(gateway, Gateway) and gateway.settings == ("KR920", 0, 3, 14)
    assert b"gilmok 0.1.0 gateway gw: type status" in uart.out and board.lit == (35, 1)
    assert buses.asked == [("spi", 1, 8), 14, 13, (12, 1)]
    gateway.poll()
    gateway.poll()
    assert gateway.is_listening() and buses.chip.violations == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body.update({25: ["IN865", *body[25][1:]]}), b"no region 'IN865'"),
        (lambda body: body.update({25: ["KR920", 13, *body[25][2:]]}), b"no channel 13"),
        (lambda body: body.update({25: ["KR920", 0, 9, *body[25][3:]]}), b"data rate 9"),
        (lambda body: body.update({25: ["KR920"]}), b"not as this firmware expects it"),
        (lambda body: body.update({25: 5}), b"entry 3 is missing"),
        (lambda body: body.update({25: [*body[25][:5], ["sx1276", *body[25][5][1:]]]}), b"no driver for the radio 'sx1276'"),
    ],
)
def test_what_it_cannot_be_it_says(tmp_path, monkeypatch, change, said):
    rescue, uart, _, _ = booted(tmp_path, monkeypatch, change)
    rescue.poll()
    assert isinstance(rescue, Rescue) and said in uart.out, uart.out


def test_a_node_still_needs_its_key(tmp_path, monkeypatch):
    def forget(body):
        del body[25]

    rescue, uart, _, _ = booted(tmp_path, monkeypatch, forget)
    assert isinstance(rescue, Rescue) and b"entry 3 is missing" in uart.out


class Made:
    """Anything of the module machine: remembers how it was made."""

    def __init__(self, *args, **options):
        self.args, self.options = args, options


def test_on_a_chip_the_radio_is_on_its_own_pins(monkeypatch):
    machine = types.ModuleType("machine")
    machine.SPI = type("SPI", (Made,), {})
    machine.Pin = type("Pin", (Made,), {"OUT": 1, "IN": 0, "PULL_UP": 2})
    monkeypatch.setitem(sys.modules, "machine", machine)
    buses = ChipBuses(types.SimpleNamespace(buses=[("spi", 1, (9, 10, 11))], sensors=[]))
    radio = open_radio(buses, ["sx1262", 1, 8, 13, 14, 12, 1800, True], 922_100_000)
    assert radio._reset.args == (12, 1) and radio._reset.options == {"value": 1}
    assert radio._dio1.args == (14, 0, 2) and radio._link._busy.args == (13, 0, 2)
    spi = buses._open["spi", 1]
    assert spi.args == (1, 5_000_000) and {name: pin.args for name, pin in spi.options.items()} == {
        "sck": (9,),
        "mosi": (10,),
        "miso": (11,),
    }


class Levels(dict):
    """What the lines of a Pi read: two of them are the radio's."""

    def __init__(self, lines):
        super().__init__()
        self._lines = lines

    def get(self, offset, default=None):
        return self._lines[offset]() if offset in self._lines else super().get(offset, default)


def test_a_lora_hat_on_a_raspberry_pi_is_met_at_its_socket(tmp_path, monkeypatch, capsys):
    clock = Clock(monkeypatch)
    chip = VirtualSx1262(clock.ms)
    pi = Pi(spi=VirtualSpi())
    pi.selects = {21: pi.spi.attach(chip), 18: chip.reset}
    pi.levels = Levels({20: chip.busy, 16: chip.dio1})
    pi.install(monkeypatch)
    place = f"unix:{tmp_path}/gw.sock"
    gateway, ports = start(configuration(tmp_path, "rpi-4"), str(tmp_path), [place], Board(), now=lambda: clock.us // 1000)
    assert isinstance(gateway, Gateway), gateway.reason
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv("GILMOK_LANG", "en")
    _announce(gateway, [place])
    assert "gw, gateway in KR920 on channel 0 at data rate 3, meets its collector at unix:" in capsys.readouterr().out
    turns = []
    heard = Deframer()
    with socket.socket(socket.AF_UNIX) as host:
        host.connect(f"{tmp_path}/gw.sock")
        host.sendall(encode_frame(cbor.encode([ASK])))
        host.setblocking(False)
        run(gateway, ports, lambda: turns.append(1) or len(turns) > 20)
        frames, _ = heard.feed(host.recv(4096))
    for port in ports:
        port.close()
    told = [message for message in map(gateway_messages.decode, frames) if message[0] == STATUS]
    status = dict(zip(STATUS_FIELDS, told[-1][1:], strict=True))
    assert status["listening"] and status["region"] == "KR920" and status["faults"] == []
    # Blinka makes an output low before it gives it its level, which a reset follows anyway.
    assert [each for each in chip.violations if not each.startswith("NRESET low")] == []
    assert not list(tmp_path.glob("*.log")), "it keeps nothing"
