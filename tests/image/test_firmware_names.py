"""The names that an image takes from the firmware or leaves to it are those that the firmware has."""

import ast
import importlib.metadata

from gilmok.image.firmware_names import EVERY_PORT, SOME_PORT
from support.micropython import run_micropython

HARDWARE = (
    "machine",
    "bluetooth",
    "esp32",
    "esp",
    "network",
    "neopixel",
    "select",
    "socket",
    "time",
    "vfs",
    "gc",
    "micropython",
    "cryptolib",
)

COUNT_NEW = """
import micropython
micropython.qstr_info()
for name in {!r}.split():
    hasattr(0, name)
micropython.qstr_info()
"""


def test_names_of_every_port_take_no_heap_here():
    before, after = run_micropython(COUNT_NEW.format(EVERY_PORT)).splitlines()
    assert before.split("n_qstr=")[1].split(",")[0] == after.split("n_qstr=")[1].split(",")[0], "take what is new out of EVERY_PORT"


def test_no_name_of_a_port_is_missing():
    known = {*EVERY_PORT.split(), *SOME_PORT.split()}
    missing = set()
    for file in importlib.metadata.files("micropython-esp32-stubs") or ():
        if file.suffix == ".pyi" and file.stem in HARDWARE:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_") and node.name not in known:
                    missing.add(node.name)
    assert not missing, "add to SOME_PORT in tools/gilmok/image/firmware_names.py: " + " ".join(sorted(missing))
