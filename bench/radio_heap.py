"""What a node's radio, or its LoRaWAN modem, takes of a chip's heap, from .mpy on the desk's MicroPython: code and objects."""

import json
import subprocess
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import Interpreter, micropython_command

from bench.report import Figure

_BEGIN = """
import gc, json
import gilmok_node, gilmok_wire.link, gilmok_node.node, gilmok_rules.judge
from gilmok_node.port import Port
gc.collect()
taken = {}
last = gc.mem_alloc()

def mark(name):
    global last
    gc.collect()
    taken[name] = gc.mem_alloc() - last
    last = gc.mem_alloc()

serial = Port(None, None)
mark("serial")
"""
_SCRIPT = """
from gilmok_node.sensors.base import SpiDevice
mark("bus")
from gilmok_node.radio.lora import LoraPort
from gilmok_node.radio.sx126x import Sx126x
from gilmok_wire.radio_law import RadioLaw
mark("code")
from gilmok_wire.regions import REGIONS
row = REGIONS[REGION]
gilmok_node.forget("gateway")
del REGIONS
mark("row")

class Spi:
    def write_readinto(self, out, into):
        pass

def pin(level=0):
    return 0

def now():
    return 0

radio = Sx126x(SpiDevice(Spi(), pin), pin, pin, pin, now, 922_100_000)
mark("radio")
law = RadioLaw(row, 0, tuple(range(3)))
mark("ledger")
port = LoraPort(radio, law, row, (3, 5), 2000, True, now, lambda n: bytes(n))
mark("objects")
from gilmok_node.health import Health
from gilmok_wire.node_stream import NodeStream

class Log:
    checkpoint = None  # which has the digests

    def bind(self, digest, waveform):
        return 1

    def oldest(self, number):
        return 0

    def next(self, number):
        return 0

class Recorder:
    def __init__(self, log, info):
        self._log = log
        self.number = 1

    def append(self, now_ms, values, number=None):
        pass

def health(*radio):
    infos = []

    def record(info):
        infos.append(info)
        return Recorder(log, info)

    made = Health(record, 60_000, *radio)
    streams = [NodeStream(1, info.digest(), info, log) for info in infos]
    made.poll(0, lambda: ())
    return made, streams

log = Log()
health(port)
mark("warm")
without = health()
mark("health")
made = health(port)
mark("told")
taken["told"] -= taken.pop("health")
del taken["warm"]
import gilmok_node.ble.ble_hints
mark("ble")
print(json.dumps(taken))
"""
_MODEM = """
from gilmok_node.radio.lorawan_start import start

class Buses:
    def peer(self, number, tx=None, rx=None, baud=0):
        return None

port = start(["rak3172", [1, 17, 16], "KR920", [bytes(8), bytes(8)], bytes(16)], Buses(), lambda: 0)
del start
gilmok_node.forget("radio")
mark("modem")
print(json.dumps(taken))
"""
# A node has one class of session, which has all of those that it comes from (gilmok.image.chains).
_SESSION = """
MORE
mark("session")
print(json.dumps(taken))
"""
_CHOOSING = "from gilmok_node.uplink import Uplink\n"
_SESSIONS = {
    "line": "from gilmok_wire.node_session import NodeSession",
    "roaming": _CHOOSING + "from gilmok_wire.roaming_session import RoamingSession",
    "brief": _CHOOSING + "from gilmok_wire.brief_session import BriefSession",
}
_NAMES = {
    "code": "code of driver, law and port",
    "row": "the region's row",
    "radio": "the driver's object and buffer",
    "ledger": "the law's objects",
    "objects": "the port's objects",
    "told": "the stream of what it has done, its code aside",
    "session": "code of a session that travels, and of what chooses ports",
    "alerts": "code of one that announces alarms",
    "ble": "code of BLE",
}
_OF_LORA = ("bus", "code", "row", "radio", "ledger", "objects")


def measure() -> list[Figure]:
    """Return the figures, in bytes of the 64-bit port, of a region without and one with an airtime ledger."""
    figures = []
    sessions = {name: _taken(_SESSION.replace("MORE", more))["session"] for name, more in _SESSIONS.items()}
    for region in ("KR920", "EU868"):
        taken = _taken(_SCRIPT.replace("REGION]", f'"{region}"]'))
        taken["session"], taken["alerts"] = sessions["roaming"] - sessions["line"], sessions["brief"] - sessions["roaming"]
        total = sum(taken[name] for name in _OF_LORA)
        if region == "KR920":
            figures += [Figure(f"{region}: {text}", float(taken[name]), "B") for name, text in _NAMES.items()]
            links = {
                "a serial line": taken["serial"],
                "LoRa beside it": total + taken["session"] + taken["alerts"],
                "BLE beside it": taken["ble"] + taken["session"],
            }
            figures += [
                Figure(f"{region}: {text}", float(size), "B", key=f"link_heap_{at}") for at, (text, size) in enumerate(links.items())
            ]
        figures.append(Figure(f"{region}: driver, law and port", float(total), "B", key=f"radio_heap_{region}"))
    modem = _taken(_MODEM)
    figures.append(Figure("RAK3172: code and objects of its port", float(modem["modem"]), "B", key="radio_heap_rak3172"))
    return figures


def _taken(script: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        interpreter = Interpreter(Path(folder))
        path = Path(folder) / "radio_heap.py"
        path.write_text(_BEGIN + script, encoding="utf-8")
        command = [*micropython_command(), "-X", "heapsize=512wk", interpreter.script(path)]
        result = subprocess.run(
            command, cwd=interpreter.working_folder, env=interpreter.environment, capture_output=True, text=True, check=True
        )
        return json.loads(result.stdout.splitlines()[-1])
