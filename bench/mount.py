"""How long a full 1 MiB log takes to mount under MicroPython, and the heap it takes: `python -m bench.mount`."""

import json
import subprocess
import tempfile
from pathlib import Path

from gilmok.demo.interpreter import micropython_command
from gilmok_node.flash.log import Log
from gilmok_sim.flash import VirtualFlash

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = 256
RECORDS_OF = 8  # streams a node with a handful of sensors binds
HEAP = "76wk"  # behaves like the 100 KiB heap of a 32-bit chip

# Runs under MicroPython. The image stays in its file, so that the heap measured is the log's.
SCRIPT = """
import gc, json, sys, time
sys.path[:] = {path!r}
from gilmok_node.flash.log import Log
from gilmok_sim.flash import FileFlash

class Counted(FileFlash):
    reads = read_bytes = 0
    def readblocks(self, block, buf, offset=0):
        self.reads += 1
        self.read_bytes += len(buf)
        super().readblocks(block, buf, offset)

def timed(run):
    start = time.ticks_us()
    run()
    return time.ticks_diff(time.ticks_us(), start) / 1000

def mount():
    global log
    log = None
    gc.collect()
    log = Log(flash)
    flash.reads = flash.read_bytes = 0
    log.mount()

def walk():
    number = log.oldest(3)
    for _ in range(1000):
        number = log.read(3, number).sequence + 1

def append():
    for _ in range(1000):
        log.append(3, 1, 1, 0, b"x" * 16)
        log.sync()

flash = Counted({image!r}, {blocks})
Log(flash)
gc.collect()
empty = gc.mem_alloc()
mount_ms = min([timed(mount) for _ in range(5)])  # the desk has other things to do, which only slow a round down
gc.collect()
result = dict(mount_ms=mount_ms, mount_reads=flash.reads, mount_read_bytes=flash.read_bytes, log_heap_bytes=gc.mem_alloc() - empty)
middle = (log.oldest(3) + log.next(3)) // 2
result["log_seek_ms"] = timed(lambda: log.read(3, middle))
result["log_read_ms"] = timed(walk) / 1000
result["log_append_ms"] = timed(append) / 1000
print(json.dumps(result))
"""


def measure() -> dict[str, float]:
    """Return the ms of a mount, of a read anywhere, of the next read and of an append with its sync; and what a mount reads and keeps.

    Each sequential read steps over the entries of seven other streams. Nothing is measured where there is no MicroPython.
    """
    command = micropython_command()
    if not command:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "log.bin"
        _full_log().save(image)
        path = [".frozen", *(str(ROOT / name) for name in ("protocols", "firmware", "tools"))]
        script = SCRIPT.format(path=path, image=str(image), blocks=BLOCKS)
        run = subprocess.run([*command, "-X", f"heapsize={HEAP}", "-c", script], capture_output=True, text=True, check=True, cwd=folder)
    return json.loads(run.stdout)


def _full_log() -> VirtualFlash:
    """Return a chip whose log has wrapped, with records of 20 bytes in RECORDS_OF streams."""
    flash = VirtualFlash(BLOCKS)
    log = Log(flash)
    log.mount()
    streams = [log.bind(bytes([number]) * 4) for number in range(RECORDS_OF)]
    while not log.oldest(streams[0]):
        for stream in streams:
            log.append(stream, 1, 1000, 0, bytes(20))
        log.sync()
    return flash


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:16} {value:10.3f}")
