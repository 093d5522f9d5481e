"""Whatever joins modules and renames their names: none of the image's modules asks for a name that is not there."""

import subprocess
import sys

from gilmok.image.build import the_image

COMPILED = ("const", "ptr", "ptr8", "ptr16", "ptr32")  # names that only the compiler knows


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
