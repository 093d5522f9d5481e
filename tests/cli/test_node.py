"""node: a real node on this computer, met over loopback by a real collector, killed and stopped; and its systemd unit."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from gilmok.unit import node_unit
from gilmok_collector.store import open_store
from gilmok_node.flash.log import Log
from gilmok_node.linux.file_blocks import FileBlocks
from gilmok_site import compile_node, create_keys, load_keys, load_site

GILMOK = (sys.executable, "-m", "gilmok")
WAIT_S = 120  # this machine may be busy
SITE = """
[site]
id = "yangjae"
name = "Yangjae"
timezone = "Asia/Seoul"

[store]
url = "sqlite:yangjae.db"

[link.pi]
url = "socket://127.0.0.1:{port}"

[node.cabin]
board = "sim"
link = "pi"
health = "100 ms"
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a node on a computer runs on Linux")


class Cabin:
    """One node and its collector, on a port of this machine."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        (folder / "site.toml").write_text(SITE.format(port=self.port), encoding="utf-8")
        site = load_site(folder / "site.toml")
        create_keys(site)
        self.keys = load_keys(site)
        (folder / "node.cbor").write_bytes(compile_node(site, self.keys, "cabin"))
        self.data = folder / "data"
        self.data.mkdir()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.settimeout(1)
        self.manager.bind(str(folder / "notify"))
        self.processes = []
        self.collector = None

    def run(self):
        """Start the node and wait until it is ready."""
        command = [*GILMOK, "node", "run", "node.cbor", "--data", "data", "--link", f"tcp:127.0.0.1:{self.port}"]
        environment = {"GILMOK_LANG": "en", "NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "200000"}
        process = subprocess.Popen(
            command, cwd=self.folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.processes.append(process)
        self.await_state("READY=1")
        return process

    def await_state(self, state):
        """Return the message in which the service manager hears of `state`."""
        for _ in range(WAIT_S):
            try:
                message = self.manager.recv(4096).decode()
            except TimeoutError:
                assert self.processes[-1].poll() is None, self.processes[-1].communicate()
                continue
            if state in message.splitlines():
                return message
        raise AssertionError(f"no {state}")

    def await_backlog(self, count):
        """Ask the node, as a person would, until it holds so many records that nobody has acknowledged."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as guest, guest.makefile("rwb") as line:
            for _ in range(20 * WAIT_S):
                time.sleep(0.05)
                line.write(b"status\n")
                line.flush()
                found = None
                while found is None:
                    found = re.search(rb"(\d+) records not acknowledged", line.readline())
                if int(found[1]) >= count:
                    return
        raise AssertionError(found)

    def collect(self):
        """Start a collector, and wait until it has a store."""
        command = [*GILMOK, "collect", "site.toml"]
        environment = {**os.environ, "GILMOK_LANG": "en"}
        self.collector = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert "collecting into" in self.collector.stdout.readline()

    def end_collecting(self):
        """Stop the collector; return what it says at the end."""
        self.collector.send_signal(signal.SIGTERM)
        return self.collector.communicate(timeout=WAIT_S)[0].splitlines()[-1]

    def stored(self):
        """Return (records, lost) of the node's health."""
        with closing(open_store(f"sqlite:{self.folder / 'yangjae.db'}", create=False)) as store:
            rows = [progress for progress in store.summary() if progress.name == "health"]
        return sum(row.stored for row in rows), sum(end - first for row in rows for first, end in row.gaps)

    def await_stored(self, count):
        deadline = time.monotonic() + WAIT_S
        while self.stored()[0] < count:
            assert time.monotonic() < deadline, self.stored()
            time.sleep(0.05)

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=WAIT_S)
        if self.collector is not None:
            self.collector.kill()
            self.collector.communicate(timeout=WAIT_S)
        self.manager.close()


@pytest.fixture
def cabin(tmp_path):
    cabin = Cabin(tmp_path)
    yield cabin
    cabin.stop()


def logged(cabin):
    """Return how many health records the stopped node's log has numbered."""
    board = cabin.data / "records.log"
    ring = FileBlocks(str(board), board.stat().st_size)
    waveforms = FileBlocks(str(cabin.data / "waveforms.log"), (cabin.data / "waveforms.log").stat().st_size)
    log = Log(ring, waveforms)
    log.mount()
    count = max(log.next(stream) for stream, _, _ in log.streams())
    ring.close()
    waveforms.close()
    return count


def test_killed_and_stopped_it_loses_nothing_and_stores_nothing_twice(cabin):
    first = cabin.run()
    cabin.await_backlog(5)
    first.send_signal(signal.SIGKILL)
    first.wait(WAIT_S)
    before = logged(cabin)
    assert before >= 5
    cabin.collect()
    second = cabin.run()
    cabin.await_state("WATCHDOG=1")
    cabin.await_stored(before + 32)  # what waited goes at once, new records in company of 32
    second.send_signal(signal.SIGTERM)
    cabin.await_state("STOPPING=1")
    out, err = second.communicate(timeout=WAIT_S)
    assert (second.returncode, err) == (0, "")
    assert "cabin, device" in out and "boot 3" in out  # boot 2 was the reader's above
    total = logged(cabin)
    third = cabin.run()
    cabin.await_stored(total)
    third.send_signal(signal.SIGKILL)
    third.wait(WAIT_S)
    assert "lost in gaps: 0; " in cabin.end_collecting()
    stored, lost = cabin.stored()
    assert lost == 0 and total <= stored <= logged(cabin)  # a number is stored once, by the store's key; none below is missing


def test_a_broken_configuration_is_said_everywhere(cabin):
    data = bytearray((cabin.folder / "node.cbor").read_bytes())
    data[40] ^= 1
    (cabin.folder / "node.cbor").write_bytes(data)
    process = cabin.run()
    with socket.create_connection(("127.0.0.1", cabin.port), timeout=WAIT_S) as guest:
        guest.sendall(b"status\n")
        heard = b""
        while b"log is untouched" not in heard:
            heard += guest.recv(1000)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0
    assert "the node cannot run: damaged" in err and "Traceback" not in err
    assert not list(cabin.data.glob("*.log"))


def test_two_nodes_do_not_share_a_log(cabin):
    cabin.run()
    cabin.port += 1  # a guess that the next port is free would do no harm: the log is opened first
    second = cabin.run()
    second.send_signal(signal.SIGTERM)
    assert "another node runs on it" in second.communicate(timeout=WAIT_S)[1]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["none.cbor", "--data", "."], "no such file"),
        (["node.cbor", "--data", "nowhere"], "no such folder"),
        (["node.cbor", "--data", ".", "--link", "usb:1"], "--link usb:1"),
        (["node.cbor", "--data", ".", "--link", "tcp:4001"], "--link tcp:4001"),
        (["node.cbor", "--data", ".", "--uart", "ttyAMA0"], "--uart ttyAMA0"),
    ],
)
def test_refusals(gilmok, tmp_path, monkeypatch, args, said):
    monkeypatch.setenv("GILMOK_LANG", "en")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "node.cbor").write_bytes(b"x")
    result = gilmok("node", "run", *args)
    assert result.code == 1 and said in result.err


def test_unit_is_one_that_systemd_takes(gilmok, tmp_path):
    result = gilmok("node", "unit", "/etc/gilmok/p1.cbor", "--data", "/var/lib/gilmok/p1", "--link", "tcp:127.0.0.1:4001")
    assert result.code == 0
    for line in ("Type=notify", "WatchdogSec=30", "Restart=always", "LoadCredential=node.cbor:/etc/gilmok/p1.cbor"):
        assert line in result.out.splitlines()
    assert "StateDirectory=gilmok/p1" in result.out and "--data /var/lib/gilmok/p1 --link tcp:127.0.0.1:4001" in result.out
    socket_unit = node_unit("gilmok", "a", "/var/lib/gilmok", ["unix:/run/gilmok/node.sock"])
    assert "RuntimeDirectory=gilmok\n" in socket_unit
    assert gilmok("node", "unit", "--data", "/srv/gilmok").code == 1
    if shutil.which("systemd-analyze"):
        unit = tmp_path / "gilmok-node.service"
        unit.write_text(node_unit(sys.executable, "/etc/gilmok/p1.cbor", "/var/lib/gilmok", ["serial:/dev/serial0"]), encoding="utf-8")
        verdict = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=WAIT_S)
        assert (verdict.returncode, verdict.stderr) == (0, "")


def test_the_unit_in_the_documentation_is_the_one_that_is_printed():
    text = (Path(__file__).resolve().parents[2] / "docs" / "pi.md").read_text(encoding="utf-8")
    unit = node_unit("/opt/gilmok/bin/gilmok", "/etc/gilmok/node.cbor", "/var/lib/gilmok", ["serial:/dev/serial0"])
    assert text.endswith(f"```ini\n{unit}```\n")
