"""What importing costs and needs: no POSIX-only module on the way in, nothing heavy before a subcommand asks for it."""

import json
import subprocess
import sys

import pytest

# Third-party modules and the standard library's own users of POSIX come first: on Windows they take another way.
IMPORT_WITHOUT_POSIX = """
import asyncio, importlib, pkgutil, subprocess, sys
import cbor2, cryptography, psycopg, pydantic, pytest, rich.live, serial, serial.tools.list_ports, typer
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None  # importing it raises ImportError from here on, as on Windows
package = importlib.import_module(sys.argv[1])
count = 1
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
        count += 1
print(count)
"""

MODULES_AFTER_HELP = """
import json, sys
sys.argv = ["gilmok", "--help"]
from gilmok.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print()
print(json.dumps(sorted(sys.modules)))
"""

# What only some subcommand needs. Together they take longer to import than half a second on a slow laptop.
HEAVY = ("cbor2", "cryptography", "numpy", "psycopg", "pydantic", "rich.live", "rich.progress", "serial")
OWN = ("gilmok_collector", "gilmok_node", "gilmok_rules", "gilmok_sim", "gilmok_site", "gilmok_wire")


def run_python(code, *args):
    """Run code in a fresh interpreter and return what it printed."""
    result = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("package", ["gilmok", *OWN])
def test_packages_import_where_there_is_no_posix(package):
    assert int(run_python(IMPORT_WITHOUT_POSIX, package)) >= 1


def test_help_imports_nothing_heavy():
    loaded = json.loads(run_python(MODULES_AFTER_HELP).splitlines()[-1])
    assert "gilmok.cli" in loaded
    assert [name for name in loaded if name in HEAVY or name.split(".")[0] in OWN] == []
