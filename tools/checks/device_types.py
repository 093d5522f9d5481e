"""Checks the types of device code against MicroPython's own library, port by port; run as `python -m checks.device_types`.

The stubs of two ports are files of the same names, so pip can put one port's into an environment only: those of the others stand in
folders of their own below it, where the Makefile puts them.
"""

import os
import shutil
import subprocess
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

from checks.trees import ROOT, device_files

STDLIB = "micropython-stdlib-stubs"
STUBS = {"esp32": "micropython-esp32-stubs", "rp2": "micropython-rp2-stubs"}
BOARDS = {f"firmware/gilmok_node/{port}.py" for port in STUBS}
FOLDER = ROOT / "build" / "device-stubs"
CONFIG = Path(__file__).with_name("mypy_device.ini")


def main() -> None:
    """Exit with mypy's answer."""
    for port in STUBS:
        folder = _lay_out_stubs(port)
        command = [sys.executable, "-m", "mypy", "--no-error-summary", "--config-file", str(CONFIG)]
        command += ["--custom-typeshed-dir", str(folder), "--cache-dir", str(ROOT / ".mypy_cache" / port)]
        foreign = BOARDS - {f"firmware/gilmok_node/{port}.py"}
        files_of_port = [str(path) for path in device_files() if path.as_posix() not in foreign]
        if subprocess.run(command + files_of_port, cwd=ROOT, env={**os.environ, "MYPYPATH": str(folder)}, check=False).returncode:
            sys.exit(f"check-types: mend the types of the device code named above; its library is MicroPython's, on {port}.")


def _lay_out_stubs(port: str) -> Path:
    """Copy a port's stubs where mypy takes them for its standard library: in site-packages they would have no effect.

    The host's code is checked from the same environment, and must not see them. Returns their folder.
    """
    folder = FOLDER / port
    sources = [_find(STDLIB, "esp32"), _find(STUBS[port], port)]
    stamp = folder / "versions"
    wanted = "\n".join(f"{each.name} {each.version}" for each in sources)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for each in sources:
        for file in each.files or ():
            if file.suffix == ".pyi" or file.name == "VERSIONS":
                target = folder / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    stamp.write_text(wanted, encoding="utf-8")
    return folder


def _find(name: str, port: str) -> Distribution:
    """Return an installed distribution: of the port esp32 in this environment, of another in its own folder."""
    path = sys.path if port == "esp32" else [str(Path(sys.prefix) / "stubs" / port)]
    found = next(iter(distributions(name=name, path=path)), None)
    if found is None:
        sys.exit(f"check-types: {name} is not installed; `make clean` and `make check` install it.")
    return found


if __name__ == "__main__":
    main()
