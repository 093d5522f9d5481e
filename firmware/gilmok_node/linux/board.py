"""CPython only: the board of a Raspberry Pi, or of any computer with Linux: rings in files, links, heap figure, reset cause, the loop."""

import os
import select

from ..keep import Keep
from ..uptime import Uptime

_IDLE_MS = 1000  # the longest pause between two polls: systemd's watchdog is patient for seconds, and so is who stops us
_POWER_ON, _SOFT_RESET = 1, 5  # console.RESET_CAUSES
_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_MEMINFO = "/proc/meminfo"


class SyncedKeep(Keep):
    """A Keep on a disk that writes when it likes: the data first, then the name, then the folder that holds the name."""

    def save(self, data):
        """Put `data` in the place of what was saved; it is on the disk when this returns.

        Raises: OSError.
        """
        new = self._path + ".new"
        with open(new, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._path)
        folder = os.open(os.path.dirname(self._path) or ".", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class BootLedger:
    """A file that counts as long as the kernel runs that booted as `boot`: what it has not written to the disk yet is lost with it.

    So nothing waits for a disk between listening and sending, and after a power cut an hour's airtime counts as used.
    """

    def __init__(self, path, boot):
        self._path = path
        self._boot = boot.encode()

    def load(self):
        """Return what was saved last, None where that was before the kernel booted."""
        try:
            with open(self._path, "rb") as file:
                boot, _, data = file.read().partition(b"\n")
        except OSError:
            return None
        return data if self._boot and boot == self._boot else None

    def save(self, data):
        """Put `data` in the place of what was saved; return whether the next life will not believe in less."""
        try:
            with open(self._path + ".new", "wb") as file:
                file.write(self._boot + b"\n" + data)
            os.replace(self._path + ".new", self._path)
        except OSError:  # a full disk: without a ledger the next life counts an hour as used, and an alarm need not wait now
            try:
                os.remove(self._path)
            except FileNotFoundError:
                return True
            except OSError:
                return False
        return True


class Linux:
    """What a node asks of its board; `feed` is called as often as the loop turns, `folder` remembers how the last run ended.

    The reset cause is "power on" in the first run since the kernel booted, "soft reset" after a run that was stopped, and unknown after
    one that was killed: Linux does not say why. `notice(english, korean)` is told what a person has to put right while the node runs.
    """

    def __init__(self, folder, feed=lambda: None, notice=lambda english, korean: None):
        self.feed = feed
        self._notice = notice
        self.led = None
        self._path = os.path.join(folder, "run")
        self._boot = _read_text(_BOOT_ID).strip()
        last = _read_text(self._path).split()
        self._cause = _POWER_ON if last[:1] != [self._boot] else _SOFT_RESET if last[1:] == ["stopped"] else 0
        self._remember("running")

    def reset_cause(self):
        """Return an index into console.RESET_CAUSES."""
        return self._cause

    def heap_free(self):
        """Return the bytes the kernel could still give, None where it does not say."""
        for line in _read_text(_MEMINFO).splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return None

    def voltage_mv(self):
        """Return None: no Raspberry Pi measures its supply."""
        return None

    def bluetooth(self):
        """Return what stands for MicroPython's module: BlueZ, whether it runs yet or not."""
        from .bluez import Bluez

        return Bluez(self._notice)

    def keep(self):
        """Return what outlives a restart."""
        return SyncedKeep(os.path.join(os.path.dirname(self._path), "keep"))

    def ledger(self):
        """Return what keeps a radio's airtime over a restart."""
        return BootLedger(os.path.join(os.path.dirname(self._path), "airtime"), self._boot)

    def light(self, pin, active):
        """Light the LED at GPIO `pin`, whose level `active` lights it: from now on it shows how the node is."""
        from ..led import Led
        from .blinka import Pin

        self.led = Led(Pin(pin, active), active)

    def stopped(self):
        """Remember that this run was ended on purpose."""
        self._remember("stopped")

    def _remember(self, state):
        with open(self._path, "w") as file:  # a hint, not a record: it need not survive a power cut, which boot_id shows anyhow
            file.write("{} {}\n".format(self._boot, state))


def open_rings(folder):
    """Return the `open_ring` of boot(): LABEL.log in `folder`."""
    from .file_blocks import FileBlocks

    def open_ring(label, size):
        return FileBlocks(os.path.join(folder, label + ".log"), size)

    return open_ring


def open_link(url, baud):
    """Return the port at `url`: serial:DEVICE, tcp:HOST:PORT or unix:PATH.

    Raises: ValueError where it is no such URL; OSError where a socket cannot listen there.
    """
    kind, _, rest = url.partition(":")
    if kind == "serial" and rest:
        from .serial_port import SerialPort

        return SerialPort(rest, baud)
    from .listener import Listener

    host, _, port = rest.rpartition(":")
    if kind == "tcp" and host and port.isdigit():
        return Listener((host.strip("[]"), int(port)))
    if kind == "unix" and rest:
        return Listener(rest)
    raise ValueError(url)


def start(config, folder, urls, board, devices=None, now=None):
    """Return (node, ports): the node of the configuration file `config` with its logs in `folder`, or a Rescue in its place.

    `devices` names the device of a sensor's UART by its number, where it is not /dev/serialN.
    """
    from ..boot import boot

    ports: list = []

    def open_uarts(baud):
        if not ports:
            ports.extend([open_link(url, baud) for url in urls])
        return ports

    def open_buses(config):
        from .blinka import BlinkaBuses

        return BlinkaBuses(config, devices)

    node = boot(config, open_rings(folder), open_buses, open_uarts, now or Uptime(), board)
    return node, ports


def run(node, ports, stop):
    """Poll `node` until `stop()` is true; what it logged is on the disk then, and its outputs are fail-safe, however this ends."""
    air = [port for port in node.ports if hasattr(port, "filenos")]  # a port that is no UART's
    try:
        while not stop():
            pause_ms = min(node.poll() - node.now(), _IDLE_MS)
            if pause_ms > 0:
                files = [file for port in ports + list(node.lines) + air for file in port.filenos()]
                select.select(files, [], [], pause_ms / 1000)
    finally:
        for port in air:
            port.close()
        if node.alarms:
            node.alarms.let_go()


def _read_text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
