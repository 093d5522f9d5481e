"""Checks the types of device code against MicroPython's own library; run as `python -m checks.device_types`."""

import shutil
import subprocess
import sys
from importlib.metadata import files, version
from pathlib import Path

from checks.trees import ROOT, device_files

STUBS = ("micropython-esp32-stubs", "micropython-stdlib-stubs")
FOLDER = ROOT / "build" / "device-stubs"
CONFIG = Path(__file__).with_name("mypy_device.ini")


def main() -> None:
    """Exit with mypy's answer."""
    _lay_out_stubs()
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--config-file", str(CONFIG)]
    if subprocess.run(command + [str(path) for path in device_files()], cwd=ROOT, check=False).returncode:
        sys.exit("check-types: mend the types of the device code named above; its library is MicroPython's.")


def _lay_out_stubs() -> None:
    """Copy the stubs where mypy takes them for its standard library: in site-packages they would have no effect.

    The host's code is checked from the same environment, and must not see them.
    """
    stamp = FOLDER / "versions"
    wanted = "\n".join(f"{name} {version(name)}" for name in STUBS)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in STUBS:
        for file in files(name) or ():
            if file.suffix == ".pyi" or file.name == "VERSIONS":
                target = FOLDER / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    stamp.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
