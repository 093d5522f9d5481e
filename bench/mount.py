"""How long a full 1 MiB log takes to mount under MicroPython, and the heap it takes: `python -m bench.mount`."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gilmok_node.log import Log
from gilmok_sim.flash import VirtualFlash

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = 256
RECORDS_OF = 8  # streams a node with a handful of sensors binds
HEAP = "76wk"  # behaves like the 100 KiB heap of a 32-bit chip

# Runs under MicroPython. The image stays in its file, so that the heap measured is the log's.
SCRIPT = """
import gc, json, sys, time
sys.path[:] = {path!r}
from gilmok_node.log import Log
from gilmok_sim.flash import FileFlash

class Counted(FileFlash):
    reads = read_bytes = 0
    def readblocks(self, block, buf, offset=0):
        self.reads += 1
        self.read_bytes += len(buf)
        super().readblocks(block, buf, offset)

flash = Counted({image!r}, {blocks})
Log(flash)
gc.collect()
before = gc.mem_alloc()
start = time.ticks_us()
log = Log(flash)
log.mount()
mount_us = time.ticks_diff(time.ticks_us(), start)
gc.collect()
heap = gc.mem_alloc() - before
reads, read_bytes = flash.reads, flash.read_bytes
first = log.oldest(3)
start = time.ticks_us()
log.read(3, (first + log.next(3)) // 2)
seek_us = time.ticks_diff(time.ticks_us(), start)
start = time.ticks_us()
number = first
for _ in range(1000):
    number = log.read(3, number).sequence + 1
read_us = time.ticks_diff(time.ticks_us(), start)
start = time.ticks_us()
for _ in range(1000):
    log.append(3, 1, 1, 0, b"x" * 16)
    log.sync()
append_us = time.ticks_diff(time.ticks_us(), start)
print(json.dumps(dict(mount_ms=mount_us / 1000, heap_bytes=heap, reads=reads, read_bytes=read_bytes,
                      seek_ms=seek_us / 1000, read_ms=read_us / 1e6, append_ms=append_us / 1e6)))
"""


def measure() -> dict[str, float]:
    """Return `mount_ms`, the `reads` and `read_bytes` it takes, `heap_bytes` of a mounted log, and ms a random and a sequential read and an append."""
    command = shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")
    if not command:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "log.bin"
        _full_log().save(image)
        path = [".frozen", *(str(ROOT / name) for name in ("protocols", "firmware", "tools"))]
        script = SCRIPT.format(path=path, image=str(image), blocks=BLOCKS)
        run = subprocess.run([command, "-X", f"heapsize={HEAP}", "-c", script], capture_output=True, text=True, check=True, cwd=folder)
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
        print(f"{name:12} {value:10.3f}")
