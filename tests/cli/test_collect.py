"""collect: the command itself in its own process, with a real session at the far end of a TCP port."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest
from gilmok_collector.store import open_store, restore
from gilmok_site.rules import id_of

from cli.fake_node import FakeNode
from cli.scene import KEYS, P1, write_site

GILMOK = (sys.executable, "-m", "gilmok")
WAIT_S = 120  # this machine may be busy
ALL_STORED = re.compile(r"\b28[1-9]\b")  # 281 of the node's, and an anchor or more: as many as the machine is slow
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")


@pytest.fixture
def node(tmp_path):
    """Yield a node with some history, served on a port that the site file names."""
    node = FakeNode(P1, KEYS[P1], greeting=b"\x00gilmok 0.1.0 p1-gate\n")
    for index in range(300):
        node.log.append(0, index, [1700 + index % 7])
    node.log.append(1, 50, [38_000, 12])
    node.log.overwrite(0, 20)
    write_site(tmp_path, node.port)
    node.start()
    yield node
    node.stop()


@pytest.fixture
def collect(tmp_path):
    """Return a function that starts `gilmok collect` in the site's folder."""
    processes = []

    def start(*options, **environment):
        process = subprocess.Popen(
            [*GILMOK, "collect", "yangjae.toml", *options],
            cwd=tmp_path,
            env={**os.environ, "GILMOK_LANG": "en", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=WAIT_S)


def stored(tmp_path):
    with closing(open_store(f"sqlite:{tmp_path / 'yangjae.db'}", create=False)) as store:
        return sum(progress.stored for progress in store.summary() if progress.name in ("river", "health"))


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_everything_is_stored_and_a_signal_ends_it_well(collect, node, tmp_path, number):
    process = collect()
    assert node.settled.wait(WAIT_S)
    process.send_signal(number)
    out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, "")
    assert stored(tmp_path) == 281
    lines = out.splitlines()
    assert "collecting into sqlite:yangjae.db, epoch " in lines[0] and lines[0].endswith("links: usb")
    assert any(line.endswith("p1-gate says hello: log 0000004d, boot 1, firmware 0.1.0") for line in lines)
    assert any("link usb is up" in line for line in lines)
    assert any("usb: gilmok 0.1.0 p1-gate" in line for line in lines)
    assert "20 records of" in out
    assert lines[-1].startswith("1 of 2 nodes heard in ") and "lost in gaps: 20; " in lines[-1]
    assert "\x1b" not in out
    for key in KEYS.values():
        assert key.hex() not in out


@POSIX
def test_a_packet_forwarder_finds_the_collector(collect, tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forwarder:
        forwarder.bind(("127.0.0.1", 0))
        port = forwarder.getsockname()[1]
    path = write_site(tmp_path)
    roof = f'region = "KR920"\n\n[link.roof]\nurl = "semtech:127.0.0.1:{port}"\ngateways = ["AA:55:5A:00:00:00:01:01"]\n\n[store]'
    path.write_text(path.read_text(encoding="utf-8").replace("\n[store]", roof), encoding="utf-8")
    process = collect()
    lines = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forwarder:
        while not any("link roof/aa555a0000000101 is up" in line for line in lines):
            if not lines or not any("roof is up" in line for line in lines):
                lines.append(process.stdout.readline())
                assert lines[-1], process.stderr.read()
                continue
            forwarder.sendto(b"\x02\xab\xcd\x02" + bytes.fromhex("aa555a0000000101"), ("127.0.0.1", port))
            lines.append(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, "")
    assert lines[0].rstrip().endswith("links: roof, usb")
    assert any("link lora is down: no gateway has been heard yet" in line for line in lines)


@POSIX
def test_systemd_hears_of_it(collect, node, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(WAIT_S)
        manager.bind(str(tmp_path / "notify"))
        process = collect(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="2000000", JOURNAL_STREAM="8:1")
        heard = [manager.recv(4096).decode()]
        assert heard[0] == f"READY=1\nMAINPID={process.pid}"
        assert node.settled.wait(WAIT_S)
        process.send_signal(signal.SIGTERM)
        while heard[-1] != "STOPPING=1":
            heard.append(manager.recv(4096).decode())
        out, _ = process.communicate(timeout=WAIT_S)
    assert "WATCHDOG=1" in heard
    assert any(line.startswith("STATUS=") and "nodes heard" in line for line in heard)
    assert all(line.startswith("<") for line in out.splitlines()[:-1])
    assert process.returncode == 0


@POSIX
def test_a_terminal_shows_a_table(node, tmp_path):
    import pty

    master, slave = pty.openpty()
    environment = {**os.environ, "GILMOK_LANG": "en", "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    process = subprocess.Popen([*GILMOK, "collect", "yangjae.toml"], cwd=tmp_path, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    try:
        shown = watched(master, process, lambda text: node.settled.is_set() and ALL_STORED.search(text))
        assert process.wait(timeout=WAIT_S) == 0
    finally:
        process.kill()
        process.wait(timeout=WAIT_S)
        os.close(master)
    assert "backlog" in shown and "last seen" in shown and "p1-gate" in shown
    assert "1 of 2 nodes heard" in shown


def watched(master, process, is_enough):
    """Return what a process shows on a terminal until it ends; it is interrupted once `is_enough` of it."""
    shown, is_stopped, ends = "", False, time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        if select.select([master], [], [], 0.2)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not data:
                break
            shown += data.decode(errors="replace")
        if not is_stopped and is_enough(shown):
            process.send_signal(signal.SIGINT)
            is_stopped = True
    return shown


@POSIX
def test_a_second_collector_is_refused(collect, node, tmp_path):
    first = collect()
    assert node.settled.wait(WAIT_S)
    second = collect()
    _, err = second.communicate(timeout=WAIT_S)
    assert second.returncode == 1
    assert f"process {first.pid} is working on this store" in err and "Traceback" not in err


@POSIX
def test_a_store_restored_under_a_collector_ends_it(collect, node, tmp_path):
    process = collect()
    assert node.settled.wait(WAIT_S)
    with closing(open_store(f"sqlite:{tmp_path / 'yangjae.db'}", create=False)) as store:
        store.backup(str(tmp_path / "night.db"))
    restore(f"sqlite:{tmp_path / 'yangjae.db'}", str(tmp_path / "night.db"))
    node.log.append(0, 10_000, [1650])
    _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert "was restored while it was open" in err and "Traceback" not in err
    node.settled.clear()
    again = collect()
    assert node.settled.wait(WAIT_S)
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=WAIT_S)
    assert stored(tmp_path) == 282


@POSIX
def test_a_port_that_nobody_serves_is_said_and_tried_again(collect, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    write_site(tmp_path, port)
    process = collect()
    line = ""
    while "link usb is down" not in line:
        line = process.stdout.readline()
        assert line
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=WAIT_S)
    assert (process.returncode, err) == (0, "")
    assert "0 of 2 nodes heard" in out


def test_a_site_without_links(gilmok, site, tmp_path, lang):
    path = tmp_path / site
    text = path.read_text(encoding="utf-8").replace('[link.usb]\nurl = "socket://127.0.0.1:4001"\n', "")
    path.write_text(text.replace('link = "usb"\n', ""), encoding="utf-8")
    result = gilmok("collect", site)
    assert result.code == 1
    assert "[link.usb]" in result.err and not (tmp_path / "yangjae.db").exists()


@POSIX
def test_tail_follows(collect, node, tmp_path):
    process = collect()
    assert node.settled.wait(WAIT_S)
    command = [*GILMOK, "tail", "yangjae.toml", "--follow", "-n", "1", "--node", "p1-gate"]
    tail = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    tail.stdout.readline()  # it stands at the end of the store now
    node.log.append(0, 20_000, [1234])
    while "distance 1.234 m" not in (line := tail.stdout.readline()):
        assert line
    assert "±" in line and "  p1-gate  river 300  " in line
    tail.send_signal(signal.SIGINT)
    _, err = tail.communicate(timeout=WAIT_S)
    assert (tail.returncode, err) == (0, "")
    process.send_signal(signal.SIGTERM)


def test_an_alarm_is_shown_and_acknowledged_over_a_running_collector(collect, node, tmp_path):
    """The whole way: from a record on a line to `gilmok alarms list`, and from `gilmok alarms ack` to the node and back."""
    flood = id_of("flood")
    node.log.append(3, 100, [flood, 0, 1, 3, 1430, 1200, -3, 30_000, 0])
    process = collect()
    assert node.settled.wait(WAIT_S)

    def alarms(*args):
        told = subprocess.run(
            [*GILMOK, "alarms", *args], cwd=tmp_path, env={**os.environ, "GILMOK_LANG": "en"}, capture_output=True, text=True
        )
        return told.stdout + told.stderr

    deadline = time.monotonic() + WAIT_S
    while f"p1-gate/#{flood:08x}" not in (told := alarms("list", "yangjae.toml")):
        assert time.monotonic() < deadline, told
    assert "1.43 ≥ 1.20 for 30 s" in told and "alert" in told
    told = alarms("ack", "yangjae.toml", f"p1-gate/#{flood:08x}", "--author", "kim", "--wait", str(WAIT_S))
    assert "p1-gate did it (" in told and told.endswith("Now: alert, acknowledged.\n")
    ((_, name, (author, _, rule)),) = node.commands
    assert (name, author, rule) == ("ack", "kim", flood)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WAIT_S)
