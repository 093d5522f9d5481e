"""A riverside car park with two gates, its keys, and a store that holds some of everything."""

from contextlib import closing
from pathlib import Path

from gilmok_collector.store import Anchor, Batch, Commit, Gap, Log, Schema, open_store
from gilmok_wire.messages import EVENTS, READINGS, schema_digest

SITE = """
[site]
id = "yangjae"
name = {{ ko = "양재천 둔치주차장", en = "Yangjae riverside car park" }}
timezone = "Asia/Seoul"

[store]
url = "sqlite:yangjae.db"

[link.usb]
url = "socket://127.0.0.1:{port}"

[node.p1-gate]
name = {{ ko = "1번 출입구", en = "Gate 1" }}
board = "esp32-devkitc"
device = "c268"
link = "usb"

[node.p1-gate.sensor.river]
driver = "a02yyuw"
uart = 1
every = "10 s"

[node.p2-gate]
board = "esp32-devkitc"
device = "7f3a"
"""

P1, P2, STRANGER = 0xC268, 0x7F3A, 0x0ABC
KEYS = {P1: bytes(range(16)), P2: bytes(range(16, 32))}
STORE_ID = 0x5EED
EPOCH = 1_777_000_000
T0 = 1_777_573_800_000  # 2026-05-01T03:30:00+09:00
LOG, FORKED = 0x9C41E07B, 0x9C41E07C

RIVER = ("river", READINGS, (("distance", "m", -3),))
AIR = ("air", READINGS, (("temperature", "Cel", -2), ("pressure", "Pa", 0), ("humidity", "%", -1)))
FLOOD = ("flood", EVENTS, (("level", "1", 0),))


def write_site(folder: Path, port: int = 4001) -> Path:
    """Write the site file and its keys; return the site file."""
    path = folder / "yangjae.toml"
    path.write_text(SITE.format(port=port), encoding="utf-8")
    keys = folder / "yangjae.keys.toml"
    entries = "".join(f'{device:04x} = "{key.hex()}"\n' for device, key in KEYS.items())
    keys.touch(0o600)
    keys.write_text(f"store_id = {STORE_ID}\n\n[device]\n{entries}", encoding="utf-8")
    return path


def fill_store(folder: Path) -> str:
    """Fill the site's store; return its URL."""
    url = f"sqlite:{folder / 'yangjae.db'}"
    with closing(open_store(url, STORE_ID, now=lambda: EPOCH)) as store:
        store.commit(_first_gate())
        store.commit(_forked())
        store.commit(_stranger())
    return url


def _first_gate() -> Commit:
    """Two dated streams of boot 12, one with gaps, and an event."""
    commit = Commit(logs=[Log(P1, LOG, 0, 12, "0.1.0", b"conf")])
    commit.schemas = [_schema(P1, LOG, stream, info) for stream, info in enumerate((RIVER, AIR, FLOOD))]
    commit.anchors = [Anchor(P1, LOG, 12, 0, T0, 20), Anchor(P1, LOG, 12, 600_000, T0 + 600_000, 20)]
    commit.batches = [
        Batch(P1, LOG, 0, 0, 4, 12, 0, None, 10_000, [[1771, 1770, None, 1768]], T0),
        Batch(P1, LOG, 0, 10, 2, 12, 100_000, None, 10_000, [[1760, 1759]], T0 + 120_000),
        Batch(P1, LOG, 1, 0, 2, 12, 0, None, 60_000, [[1512, 1510], [101_325, 101_320], [655, None]], T0 + 60_000),
        Batch(P1, LOG, 2, 0, 1, 12, 90_000, None, 0, [[2]], T0 + 90_000),
    ]
    commit.gaps = [Gap(P1, LOG, 0, 4, 9), Gap(P1, LOG, 0, 9, 10), Gap(P1, LOG, 0, 12, 13)]
    return commit


def _forked() -> Commit:
    """A log that began as a copy of the first one; nobody knows when its boot was."""
    commit = Commit(logs=[Log(P1, FORKED, LOG, 1, "0.1.0", b"conf")], inherited=[Gap(P1, FORKED, 0, 0, 4)])
    commit.schemas = [_schema(P1, FORKED, 0, RIVER)]
    commit.batches = [Batch(P1, FORKED, 0, 4, 2, 1, 5_000, None, 10_000, [[1700, 1701]], T0 + 700_000)]
    return commit


def _stranger() -> Commit:
    """A device that serves no node any more, and a stream whose schema never came; its firmware's name is hostile."""
    return Commit(
        logs=[Log(STRANGER, 7, 0, 1, "0.0.9\x1b[31m", b"conf")],
        schemas=[Schema(STRANGER, 7, 3, b"\1\2\3\4")],
        batches=[Batch(STRANGER, 7, 3, 0, 1, 1, 1_000, None, 0, [[-5], [None]], T0 + 800_000)],
    )


def _schema(device: int, log: int, stream: int, info: tuple) -> Schema:
    return Schema(device, log, stream, schema_digest(*info), info[0], info[1], list(info[2]))
