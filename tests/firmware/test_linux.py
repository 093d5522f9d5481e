"""The board of a computer with Linux: reset cause, memory, links; a link is a serial line with or without somebody at its end."""

import os
import socket
import time

import pytest
from gilmok_node.linux import board as linux
from gilmok_node.linux.board import Linux, open_link
from gilmok_node.linux.listener import Listener
from gilmok_node.linux.serial_port import SerialPort


def run_once(folder, ended):
    board = Linux(str(folder))
    if ended:
        board.stopped()
    return board.reset_cause()


def test_reset_cause_says_how_the_last_run_ended(tmp_path, monkeypatch):
    assert run_once(tmp_path, ended=True) == 1  # the first run: power on
    assert run_once(tmp_path, ended=False) == 5  # it had been stopped: soft reset
    assert run_once(tmp_path, ended=True) == 0  # it had been killed: unknown
    other = tmp_path / "boot_id"
    other.write_text("another-boot\n")
    monkeypatch.setattr(linux, "_BOOT_ID", str(other))
    assert run_once(tmp_path, ended=True) == 1
    (tmp_path / "run").write_text("")  # power failed while it was written
    assert run_once(tmp_path, ended=True) == 1


def test_free_memory(tmp_path, monkeypatch):
    board = Linux(str(tmp_path))
    assert board.heap_free() > 1 << 20
    monkeypatch.setattr(linux, "_MEMINFO", str(tmp_path / "none"))
    assert board.heap_free() is None and board.voltage_mv() is None


def test_links(tmp_path):
    port = open_link("serial:" + str(tmp_path / "ttyAMA9"), 115200)
    assert isinstance(port, SerialPort)
    listener = open_link("tcp:127.0.0.1:0", 0)
    assert isinstance(listener, Listener)
    listener.close()
    for url in ("serial:", "tcp:4001", "tcp:host:name", "unix:", "usb:1", ""):
        with pytest.raises(ValueError):
            open_link(url, 0)


@pytest.fixture(params=["tcp", "unix"])
def line(request, tmp_path):
    """Yield a listener and a function that connects a guest to it."""
    address = ("127.0.0.1", 0) if request.param == "tcp" else str(tmp_path / "node.sock")
    listener = Listener(address)
    guests = []

    def connect():
        guest = socket.socket(socket.AF_INET if request.param == "tcp" else socket.AF_UNIX)
        guest.settimeout(60)
        guest.connect(listener.address)
        guests.append(guest)
        return guest

    yield listener, connect
    for guest in guests:
        guest.close()
    listener.close()


def until(condition):
    """Poll, since loopback takes its time, and a busy machine more of it."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        found = condition()
        if found:
            return found
    raise AssertionError("never")


def test_nobody_there(line):
    listener, _ = line
    assert listener.any() == 0 and listener.read(10) is None and listener.write(b"hello") == 5
    assert len(listener.filenos()) == 1


def test_bytes_both_ways(line):
    listener, connect = line
    guest = connect()
    guest.sendall(b"status\n")
    assert until(listener.any) == 7
    assert listener.read(3) == b"sta" and listener.any() == 4 and listener.read() == b"tus\n" and listener.read(1) is None
    assert listener.write(b"ok") == 2 and guest.recv(10) == b"ok"
    assert len(listener.filenos()) == 2


def test_a_guest_that_does_not_read_stops_nothing(line):
    listener, connect = line
    connect()
    until(lambda: listener.any() == 0 and len(listener.filenos()) == 2)
    until(lambda: listener.write(bytes(1 << 16)) < 1 << 16)
    until(lambda: listener.write(b"x" * (1 << 16)) == 0)


def test_the_later_guest_takes_the_line(line):
    listener, connect = line
    first = connect()
    first.sendall(b"old")
    until(listener.any)
    second = connect()
    second.sendall(b"new")
    assert until(lambda: listener.any() and listener.read()) in (b"old", b"new")
    until(lambda: not listener.any() and listener.write(b"hi") and len(listener.filenos()) == 2)
    assert second.recv(2) == b"hi"
    assert first.recv(10) == b""


def test_a_guest_that_leaves(line):
    listener, connect = line
    guest = connect()
    until(lambda: listener.any() == 0 and len(listener.filenos()) == 2)
    guest.close()
    until(lambda: listener.any() == 0 and len(listener.filenos()) == 1)
    assert listener.write(b"gone") == 4
    connect().sendall(b"back")
    assert until(listener.read) == b"back"


def test_a_socket_left_by_a_killed_process_is_replaced(tmp_path):
    path = tmp_path / "node.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    listener = Listener(str(path))
    assert os.stat(path).st_mode & 0o007 == 0
    with pytest.raises(OSError):
        Listener(str(path))  # this one is alive
    listener.close()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError):
        Listener(str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"
