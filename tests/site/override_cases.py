"""A site of several files for tests of overrides: what it extends, what it includes, an inventory and a template."""

from gilmok_site.override import SET, Override, parse_override_key, parse_override_value

NOW_MS = 1_777_573_800_000  # 2026-05-01T03:30:00+09:00

MAIN = """\
# The canal, as its keepers wrote it down.
[site]
id = "canal"
name = "Canal"                        # one name for both languages
timezone = "Asia/Seoul"
extends = "ours.toml"
include = ["nodes/*.toml"]
inventory = "nodes.csv"

[store]
url = "sqlite:canal.db"

# What all gauges have in common.
[template.gauge]
board = "sim"
datum = { name = "EL.m" }
sensor.river = { driver = "a02yyuw", uart = 1, every = "10 s" }

[node.gate]
board = "sim"                         # in the cellar

# Ask the office before changing this one.
[node.gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"                        # agreed with the office
# They want it faster in summer.

# The weather.
[node.gate.sensor.air]
driver = "bme280"
i2c = 0
every = "1 min"
"""
OURS = """\
[node.base]
board = "sim"
health = "10 min"
"""
AIR = """\
# Dust, beside the school.
[node.air]
board = "sim"

[node.air.sensor.dust]
driver = "pms5003"
uart = 2
every = "1 min"
"""
CELLS = """\
node,template,height
w1,gauge,3.20 m
w2,gauge,2.5 m
"""
FILES = {"canal.toml": MAIN, "ours.toml": OURS, "nodes/air.toml": AIR, "nodes.csv": CELLS}


def write_files(folder):
    """Write the site into `folder` and return its file."""
    (folder / "nodes").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "canal.toml"


def override(key, value, number=1, author="kim", set_ms=NOW_MS, expires_ms=None):
    """Return an override as the store would."""
    return Override(number, parse_override_key(key), parse_override_value(value), author, set_ms, expires_ms, SET)
