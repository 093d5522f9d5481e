"""A street of real processes under attack.

Nodes and collector are killed, lines cut and corrupted, the store is restored, devices are reflashed and swapped.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from gilmok.demo.account import take_account
from gilmok.demo.scenario import rainy_night
from gilmok.demo.scene import RINGS, Street
from gilmok_collector.store import open_store, restore
from gilmok_node.flash.log import Log
from gilmok_sim.flash import VirtualFlash
from gilmok_site import compile_node, create_keys, load_site

DRAIN_S = 180


class Attack:
    """One seeded run; `notes` says what was done, to replay a failure by eye."""

    def __init__(self, folder: Path, seed: int, micropython: bool = True) -> None:
        self.notes: list[str] = []
        self.random = random.Random(seed)
        scenario = rainy_night(4, seed, 60)
        scenario.nodes = [scenario.nodes[0], scenario.nodes[3]]  # a gate, and the bridge with all four instruments
        self.street = Street(scenario, folder, seed, micropython=micropython)
        self.retired: list[tuple[int, Log, int]] = []  # (device, log, numbers acknowledged at least) of flashes no longer in service
        self.kills = 0
        self.restored = 0
        self._collector: subprocess.Popen[bytes] | None = None
        self._output = (folder / "collector.log").open("wb")

    def start(self) -> None:
        self.start_collector()
        self.street.start()

    def start_collector(self) -> None:
        command = [sys.executable, "-m", "gilmok", "collect", str(self.street.site.source.file)]
        self._collector = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT)

    def kill_collector(self) -> None:
        assert self._collector is not None
        assert self._collector.poll() is None, "the collector had ended by itself; see collector.log"
        self._collector.send_signal(signal.SIGKILL)
        self._collector.wait(timeout=60)

    def stop(self) -> None:
        if self._collector is not None and self._collector.poll() is None:
            self._collector.terminate()
            try:
                self._collector.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._collector.kill()
        self.street.stop()
        self._output.close()

    def run(self, steps: int) -> None:
        actions = [self.hit_node] * 4 + [self.hit_collector] * 3 + [self.hit_line] * 2
        for step in range(steps):
            time.sleep(self.random.uniform(0.05, 1.6))
            action = self.random.choice(actions)
            if step == steps // 3:
                action = self.restore_store
            elif step == steps // 2:
                action = self.reflash
            elif step == 2 * steps // 3:
                action = self.swap_device
            self.notes.append(action.__name__)
            action()

    # What can happen.

    def hit_node(self) -> None:
        node = self.random.choice(self.street.nodes)
        node.kill()
        self.kills += 1
        time.sleep(self.random.uniform(0, 0.2))
        node.start()

    def hit_collector(self) -> None:
        self.kill_collector()
        self.kills += 1
        time.sleep(self.random.uniform(0, 0.3))
        self.start_collector()

    def hit_line(self) -> None:
        line = self.random.choice(self.street.lines.lines)
        line.cut = self.random.random() < 0.5
        line.corrupt = 0.0 if line.cut else 0.002
        time.sleep(0.4)
        line.cut, line.corrupt = False, 0.0

    def restore_store(self) -> None:
        """Go back to a copy made a moment ago: what was acknowledged since must come again from the logs."""
        url = self.street.site.store_url
        backup = self.street.folder / f"backup-{self.restored}.db"
        store = open_store(url, self.street.keys.store_id)
        store.backup(str(backup))
        store.close()
        time.sleep(0.8)
        self.kill_collector()
        restore(url, str(backup))
        self.restored += 1
        self.start_collector()

    def reflash(self) -> None:
        """Erase a node's flash: its log ends, a new one begins."""
        node = self.random.choice(self.street.nodes)
        node.kill()
        self._retire(node.name)
        node.start()

    def swap_device(self) -> None:
        """Put another box in a node's place: another address, another key, an empty log."""
        node = self.random.choice(self.street.nodes)
        node.kill()
        self._retire(node.name)
        street = self.street
        path = Path(street.site.source.file)
        text = path.read_text(encoding="utf-8")
        device = f"{self.random.randrange(0x0100, 0xFE00):04x}"
        head = f"[node.{node.name}]\n"
        path.write_text(text.replace(head, f'{head}device = "{device}"\n'), encoding="utf-8")
        street.site = load_site(path)
        street.keys = create_keys(street.site)
        street.device_of[node.name] = street.site.device_of(node.name)
        (street.folder / f"{node.name}.cbor").write_bytes(compile_node(street.site, street.keys, node.name))
        self.kill_collector()
        self.start_collector()
        node.start()

    def _retire(self, name: str) -> None:
        street = self.street
        node = next(node for node in street.nodes if node.name == name)
        images = []
        for ring, blocks in RINGS.items():
            image = VirtualFlash(blocks)
            if street.image_path(name, ring).exists():
                image.load(str(street.image_path(name, ring)))
            images.append(image)
            street.image_path(name, ring).unlink(missing_ok=True)
        log = Log(*images)
        log.mount()
        report = node.report if node.report.get("log") == log.log_id else {"logged": 0, "backlog": 0}
        self.retired.append((street.device_of[name], log, report["logged"] - report["backlog"]))
        node.report = {}

    # What must hold.

    def drain(self) -> bool:
        """Stop sampling and wait until every log is acknowledged."""
        self.street.sample_s = 0
        for node in self.street.nodes:
            node.kill()
            node.report = {}
            node.start()
        deadline = time.monotonic() + DRAIN_S
        while time.monotonic() < deadline:
            if self.street.acknowledged():
                return True
            time.sleep(0.1)
        return False

    def check(self) -> dict[str, int]:
        """Compare every log with the store; return totals."""
        totals = {"logged": 0, "stored": 0, "lost": 0, "duplicated": 0, "changed": 0, "gaps": 0, "retired_short": 0}
        store = open_store(self.street.site.store_url)
        try:
            for node in self.street.nodes:
                log = self.street.open_log(node.name)
                account = take_account(store, self.street.device_of[node.name], log, 0)
                for key in ("logged", "stored", "lost", "duplicated", "changed", "gaps"):
                    totals[key] += getattr(account, key)
            for device, log, acknowledged in self.retired:
                account = take_account(store, device, log, acknowledged)
                totals["logged"] += account.logged
                totals["stored"] += account.stored
                totals["duplicated"] += account.duplicated
                totals["changed"] += account.changed
                if not self.restored:  # what a restored store lost of a flash that is gone is gone
                    totals["retired_short"] += max(0, acknowledged - account.stored - account.gaps)
        finally:
            store.close()
        return totals


def attack(folder: Path, seed: int, steps: int, micropython: bool = True) -> tuple[dict[str, int], Attack]:
    """Run one attack and return its totals."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    run = Attack(folder, seed, micropython=micropython)
    try:
        run.start()
        run.run(steps)
        drained = run.drain()
        totals = {**run.check(), "drained": int(drained), "kills": run.kills}
    finally:
        run.stop()
    return totals, run
