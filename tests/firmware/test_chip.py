"""The boards under MicroPython, with its modules made of the simulator's flash and buses: a node boots on each, and restarts in its log."""

import sys
import time
import types
from pathlib import Path

import pytest
from gilmok_node import boot as chip_boot
from gilmok_node import chip, esp32, rp2
from gilmok_node.chip_buses import ChipBuses
from gilmok_node.config import ConfigError
from gilmok_node.sensors.base import SpiDevice
from gilmok_node.wake import Wake
from gilmok_sim.flash import VirtualFlash
from gilmok_site import Key, Keys, compile_node, parse_site
from gilmok_site.boards import load_board
from gilmok_wire.framing import Deframer
from support.ruled import output, with_rules

SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"
[store]
url = "sqlite:yangjae.db"
[node.gate]
board = "{board}"
[node.gate.sensor.air]
driver = "bme280"
i2c = 0
every = "1 min"
[node.gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"
"""


class Turned(BaseException):
    """The loop has turned often enough."""


class Machine(types.ModuleType):
    """The module machine, as far as chip.py uses it; what it made is kept in `made`."""

    PWRON_RESET, WDT_RESET = 1, 3

    def __init__(self, turns=3):
        super().__init__("machine")
        self.made = []
        self.turns = turns
        self.slept = []
        for name in ("UART", "I2C", "SPI", "Pin", "WDT", "ADC"):
            setattr(self, name, type(name, (Made,), {"machine": self, "INV_TX": 1, "INV_RX": 2, "OUT": 1}))

    def reset_cause(self):
        return self.WDT_RESET

    def reset(self):
        raise Turned

    def lightsleep(self, span_ms):
        self.slept.append(span_ms)


class Made:
    machine: Machine

    def __init__(self, *args, **options):
        self.args, self.options, self.out = args, options, b""
        self.machine.made.append(self)

    def feed(self):
        self.machine.turns -= 1
        if self.machine.turns == 0:
            raise Turned

    def any(self):
        return 0

    def write(self, data):
        self.out += data
        return len(data)

    def readinto(self, buffer):
        return None

    def readfrom_mem_into(self, address, register, buffer):
        raise OSError(19)

    def __call__(self, level):
        self.level = level


@pytest.fixture
def machine(monkeypatch):
    machine = Machine()
    monkeypatch.setitem(sys.modules, "machine", machine)
    poll = types.SimpleNamespace(register=lambda file, events: None, poll=lambda pause_ms: None)
    monkeypatch.setattr(chip, "select", types.SimpleNamespace(poll=lambda: poll, POLLIN=1))
    monkeypatch.setattr(chip.gc, "threshold", lambda size: None, raising=False)  # MicroPython's gc has these
    monkeypatch.setattr(chip.gc, "mem_free", lambda: 100_000, raising=False)
    monkeypatch.setattr(chip, "forget", lambda part: None)
    return machine


def configure(tmp_path, monkeypatch, board, more=""):
    site = parse_site(SITE.format(board=board) + more, Path(tmp_path / "site.toml"))
    keys = Keys(7, {site.device_of("gate"): Key(b"k" * 16)})
    path = tmp_path / "gilmok.cbor"
    path.write_bytes(compile_node(site, keys, "gate"))
    monkeypatch.setattr(chip, "CONFIG_PATH", str(path))


def made(machine, name):
    return [each for each in machine.made if type(each).__name__ == name]


@pytest.mark.parametrize("cause", [1, 3])
def test_an_esp32_boots_from_its_partitions(machine, monkeypatch, tmp_path, cause):
    configure(tmp_path, monkeypatch, "esp32-devkitc")
    flashes = {"records": VirtualFlash(256), "waveforms": VirtualFlash(128)}
    partition = types.SimpleNamespace(TYPE_DATA=1, find=lambda kind, label: [flashes[label]] if label in flashes else [])
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(Partition=partition))
    monkeypatch.setattr(machine, "reset_cause", lambda: cause)
    for boot in (1, 2):
        machine.turns = 3
        with pytest.raises(Turned):
            esp32.run()
        link = [uart for uart in made(machine, "UART") if uart.args[0] == 0][-1]
        assert b"gilmok 0.1.0 gate boot %d" % boot in link.out
    assert link.args == (0, 921_600) and link.options["rxbuf"] == 8192
    river = [uart for uart in made(machine, "UART") if uart.args[0] == 1][-1]
    assert river.args == (1, 9600, 8, None, 1) and (river.options["tx"], river.options["rx"], river.options["invert"]) == (33, 32, 0)
    assert made(machine, "I2C")[-1].options["freq"] == 100_000
    assert [pin.args for pin in made(machine, "Pin")[-2:]] == [(22,), (21,)]
    assert chip.Chip().reset_cause() == {1: 1, 3: 3}[cause]
    flashes.clear()
    with pytest.raises(ConfigError, match="no partition 'records'"):
        esp32.partition("records", 1)


def test_a_node_of_a_group_listens_to_its_peers(machine, monkeypatch, tmp_path):
    configure(tmp_path, monkeypatch, "esp32-devkitc")
    path = Path(chip.CONFIG_PATH)
    group = {21: [b"k" * 16, [[9, [5]]], [[2, 17, 16]]]}
    path.write_bytes(with_rules(path.read_bytes(), outputs=[[5, 4, 1, 0, 0, [], 0]], more=group))
    monkeypatch.setattr(chip, "KEEP_PATH", str(tmp_path / "keep"))
    registered = []
    poll = types.SimpleNamespace(register=lambda file, events: registered.append(file), poll=lambda pause_ms: None)
    monkeypatch.setattr(chip, "select", types.SimpleNamespace(poll=lambda: poll, POLLIN=1))
    flashes = {"records": VirtualFlash(256), "waveforms": VirtualFlash(128)}
    partition = types.SimpleNamespace(TYPE_DATA=1, find=lambda kind, label: [flashes[label]] if label in flashes else [])
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(Partition=partition))
    with pytest.raises(Turned):
        esp32.run()
    line = [uart for uart in made(machine, "UART") if uart.args[0] == 2][-1]
    assert line.args == (2, 19_200) and (line.options["tx"], line.options["rx"]) == (17, 16)
    assert [uart.args[0] for uart in registered] == [0, 2]
    standing = Deframer().feed(line.out)[0][0]
    assert standing[:3] == b"\xe9\xff\xff", "it says how its output stands"
    assert standing in Deframer().feed(registered[0].out)[0], "over either port"


@pytest.mark.parametrize(("drivers", "freq"), [(["bme280"], 100_000), (["bme280", "lis3dh"], 400_000), (["lis3dh", "bme280"], 400_000)])
def test_an_i2c_bus_runs_as_fast_as_a_sensor_on_it_needs(machine, drivers, freq):
    sensors = [types.SimpleNamespace(bus="i2c", bus_number=0, driver=driver) for driver in drivers]
    sensors.append(types.SimpleNamespace(bus="i2c", bus_number=1, driver="mpu6050"))
    ChipBuses(types.SimpleNamespace(buses=[("i2c", 0, (22, 21))], sensors=sensors))(sensors[0])
    assert made(machine, "I2C")[-1].options["freq"] == freq


def test_a_pico_boots_from_the_areas_behind_its_file_system(machine, monkeypatch, tmp_path):
    configure(tmp_path, monkeypatch, "rpi-pico-w")
    storage = VirtualFlash(848 // 4, unit=256)
    asked = []

    def open_area(start, len):
        if start + len > 848 * 1024:
            raise ValueError
        asked.append((start, len))
        return Area(storage, start // 4096, len // 4096)

    monkeypatch.setitem(sys.modules, "rp2", types.SimpleNamespace(Flash=open_area))
    with pytest.raises(Turned):
        rp2.run()
    board = load_board("rpi-pico-w")
    base = 0x200000 - 848 * 1024
    areas = [(ring.offset - base, ring.size) for ring in (board.records, board.waveforms)]
    assert asked == areas and areas[0][0] == rp2.FILESYSTEM and sum(areas[1]) == 848 * 1024
    assert storage.violations == 0 and storage.wear[0] == 0 and sum(storage.wear) > 0
    with pytest.raises(ConfigError, match="too small"):
        rp2.Areas()("records", 1 << 20)


class Area:
    """A part of a flash, as rp2.Flash gives it."""

    def __init__(self, flash, first, blocks):
        self._flash, self._first, self._blocks = flash, first, blocks

    def readblocks(self, block, buf, offset=0):
        self._flash.readblocks(self._first + block, buf, offset)

    def writeblocks(self, block, buf, offset=0):
        self._flash.writeblocks(self._first + block, buf, offset)

    def ioctl(self, op, arg):
        return self._blocks if op == 4 else self._flash.ioctl(op, arg + self._first)


def test_chip_select_is_high_before_it_is_used(machine):
    config = types.SimpleNamespace(buses=[("spi", 2, (18, 23, 19))])
    device = ChipBuses(config)(types.SimpleNamespace(name="deck", bus="spi", bus_number=2, select=4))
    assert isinstance(device, SpiDevice)
    assert made(machine, "Pin")[-1].args == (4, 1) and made(machine, "Pin")[-1].options == {"value": 1}
    assert made(machine, "SPI")[-1].args == (2, 5_000_000)


def test_an_adc_without_volts_is_refused(machine):
    buses = ChipBuses(types.SimpleNamespace(buses=[]))
    sensor = types.SimpleNamespace(name="battery", bus="adc", bus_number=26, select=None)
    with pytest.raises(ConfigError, match="battery: this chip's ADC"):
        buses(sensor)
    machine.ADC.read_uv, machine.ADC.ATTN_11DB = None, 3
    assert buses(sensor).options == {"atten": 3}


def test_the_led_of_a_chip(machine):
    board = chip.Chip()
    assert board.led is None
    board.light(35, 1)
    assert made(machine, "Pin")[-1].args == (35, 1) and made(machine, "Pin")[-1].level == 1


def test_a_defect_in_the_loop_leaves_no_output_on(machine, tmp_path, monkeypatch):
    configure(tmp_path, monkeypatch, "esp32-devkitc")
    path = Path(chip.CONFIG_PATH)
    path.write_bytes(with_rules(path.read_bytes(), [], [output("siren", pin=13)]))
    monkeypatch.setattr(chip, "KEEP_PATH", str(tmp_path / "keep"))
    nodes = []
    boot = chip_boot.boot

    def booted(*args):
        nodes.append(boot(*args))
        nodes[0].alarms.outputs[0].output.test(0, 60_000, 5)
        poll = nodes[0].poll

        def fail():
            poll()
            assert made(machine, "Pin")[-1].level == 1
            raise MemoryError

        nodes[0].poll = fail
        return nodes[0]

    monkeypatch.setattr(chip_boot, "boot", booted)
    with pytest.raises(Turned):
        chip.run(lambda label, size: VirtualFlash(size // 4096))
    assert made(machine, "Pin")[-1].level == 0


def test_a_processor_that_may_sleep_does_so_between_polls(machine, monkeypatch, tmp_path):
    configure(tmp_path, monkeypatch, "esp32-devkitc")
    path = Path(chip.CONFIG_PATH)
    flashes = {"records": VirtualFlash(256), "waveforms": VirtualFlash(128)}
    partition = types.SimpleNamespace(TYPE_DATA=1, find=lambda kind, label: [flashes[label]])
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(Partition=partition))
    for more, awake_ms, sleeps in (({}, 0, False), ({24: [1]}, 0, True), ({24: [1]}, 60_000, False)):
        monkeypatch.setattr(chip, "_AWAKE_MS", awake_ms)
        slept = len(machine.slept)
        path.write_bytes(with_rules(path.read_bytes(), more=more))
        machine.turns = 40
        with pytest.raises(Turned):
            esp32.run()
        assert (len(machine.slept) > slept) == sleeps
    assert all(10 <= span_ms <= 1000 for span_ms in machine.slept)


def test_a_node_whose_radio_would_end_its_sleep_looks_at_it_while_awake(machine, monkeypatch, tmp_path):
    configure(tmp_path, monkeypatch, "esp32-devkitc")
    path = Path(chip.CONFIG_PATH)
    path.write_bytes(with_rules(path.read_bytes(), more={24: [2]}))
    flashes = {"records": VirtualFlash(256), "waveforms": VirtualFlash(128)}
    partition = types.SimpleNamespace(TYPE_DATA=1, find=lambda kind, label: [flashes[label]])
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(Partition=partition))
    monkeypatch.setattr(Wake, "awake_ms", 7)
    waited = []
    poll = types.SimpleNamespace(register=lambda file, events: None, poll=waited.append)
    monkeypatch.setattr(chip, "select", types.SimpleNamespace(poll=lambda: poll, POLLIN=1))
    machine.turns = 20
    with pytest.raises(Turned):
        esp32.run()
    assert waited and max(waited) <= 7 and not machine.slept, "in its first minute"


CONTACT = """
[node.gate.sensor.rain]
driver = "rain_gauge"
pin = 27
every = "1 min"
"""


def test_a_contact_is_armed_for_each_sleep(machine, monkeypatch, tmp_path):
    configure(tmp_path, monkeypatch, "esp32-devkitc", CONTACT)
    path = Path(chip.CONFIG_PATH)
    path.write_bytes(with_rules(path.read_bytes(), more={24: [1]}))
    flashes = {"records": VirtualFlash(256), "waveforms": VirtualFlash(128)}
    armed, told = [], []
    functions = {
        "Partition": types.SimpleNamespace(TYPE_DATA=1, find=lambda kind, label: [flashes[label]]),
        "wake_on_gpio": lambda pins, level: armed.append(("low", [pin.args[0] for pin in pins], level)),
        "wake_on_ext1": lambda pins, level: armed.append(("high", [pin.args[0] for pin in pins], level)),
    }
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(**functions))
    monkeypatch.setattr(time, "ticks_ms", lambda: 0, raising=False)
    for name in ("IN", "PULL_UP", "IRQ_RISING", "IRQ_FALLING"):
        setattr(machine.Pin, name, 1)
    machine.Pin.value = lambda pin: 1
    machine.Pin.init = machine.Pin.irq = lambda *args, **options: None
    machine.disable_irq, machine.enable_irq = lambda: told.append("off") or 7, told.append
    monkeypatch.setattr(chip, "_AWAKE_MS", 0)
    machine.turns = 40
    with pytest.raises(Turned):
        esp32.run()
    assert machine.slept and told == ["off", 7] * len(machine.slept)
    assert armed[4:6] == [("low", [27], False), ("high", [], True)]
    del armed[:], functions["wake_on_gpio"]
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(**functions))
    slept, machine.turns = len(machine.slept), 40
    with pytest.raises(Turned):
        esp32.run()
    assert len(machine.slept) == slept, "an older firmware stays awake"
    link = [uart for uart in made(machine, "UART") if uart.args[0] == 0][-1]
    assert b"does not sleep: a contact's pin" in link.out


def test_a_radio_finds_its_ledger_in_the_clock_of_an_esp32(machine):
    held = []

    class Rtc:
        def memory(self, data=None):
            if data is None:
                return held[-1] if held else b""
            held.append(bytes(data))
            return None

    machine.RTC = Rtc
    board = chip.Chip()
    assert board.ledger().load() is None
    board.ledger().save(b"airtime")
    assert chip.Chip().ledger().load() == b"airtime"
    machine.RTC = type("Rtc", (), {})  # an RP2040's has no memory
    assert board.ledger() is None
