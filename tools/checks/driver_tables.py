"""Writes what the host knows of the drivers from their own tables; `python -m checks.driver_tables`, `--check` only compares.

The site package never imports the node: it reads `driver_tables.json`. The page docs/sensors.md comes from the same tables.
"""

import json
import sys
from pathlib import Path
from typing import Any

from checks.driver_options import allowed_of, variants_of
from checks.trees import ROOT, fail
from gilmok_node.sensors import load
from gilmok_node.sensors.base import UART

SENSORS = ROOT / "firmware" / "gilmok_node" / "sensors"
TABLES = ROOT / "host" / "gilmok_site" / "driver_tables.json"
PAGE = ROOT / "docs" / "sensors.md"
DESCRIBED = ("channels", "channel")  # kinds of options by which a site file says what an instrument measures


def main() -> None:
    """Write both files, or exit with 1 where `--check` finds one of them stale."""
    check = "--check" in sys.argv
    stale = _renew(TABLES, _text(driver_tables()), check)
    from checks.sensor_page import page  # reads what was just written

    stale += _renew(PAGE, page(), check)
    fail("check-drivers", stale, "run: .venv/bin/python -m checks.driver_tables")


def driver_names() -> list[str]:
    """Return the names of all drivers; files that drivers share have none."""
    return sorted(path.stem for path in SENSORS.glob("*.py") if _is_driver(path))


def driver_tables() -> dict[str, dict[str, Any]]:
    """Return the table of each driver by name."""
    return {name: _table(load(name)) for name in driver_names()}


def _is_driver(path: Path) -> bool:
    return f'    NAME = "{path.stem}"' in path.read_text(encoding="utf-8")


def _table(driver: Any) -> dict[str, Any]:
    options = {name: [default, allowed_of(allowed)] for name, (default, allowed) in getattr(driver, "OPTIONS", {}).items()}
    described = next((name for name, (_, allowed) in options.items() if allowed in DESCRIBED), None)
    return {
        "bus": driver.BUS,
        "uart": getattr(driver, "UART", UART) if driver.BUS == "uart" else None,
        "i2c_hz": getattr(driver, "I2C_HZ", (0, 400_000)) if driver.BUS == "i2c" else None,
        "channels": getattr(driver, "CHANNELS", ()),
        "waveform": getattr(driver, "WAVEFORM", ()),
        "described": described,
        "variants": variants_of(driver),
        "options": {name: {"default": default, "allowed": allowed} for name, (default, allowed) in options.items() if name != described},
        "warmup_ms": getattr(driver, "WARMUP_MS", 0),
    }


def _text(tables: dict[str, dict[str, Any]]) -> str:
    """Return the tables as JSON, one key of a driver a line, so that a difference can be read."""
    drivers = []
    for name, table in tables.items():
        keys = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
        drivers.append(f"{json.dumps(name)}: {{\n" + ",\n".join(keys) + "\n}")
    return "{\n" + ",\n".join(drivers) + "\n}\n"


def _renew(path: Path, text: str, check: bool) -> list[str]:
    """Write `text`, or return what is stale."""
    kept = path.read_text(encoding="utf-8") if path.is_file() else ""
    if kept == text:
        return []
    if check:
        return [f"{path.relative_to(ROOT)}: not what the drivers and instruments say"]
    path.write_text(text, encoding="utf-8")
    return []


if __name__ == "__main__":
    main()
