"""The firmware of one node on virtual time: boots, is polled when it asks for it or bytes come, and loses power."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gilmok_node.config import Config, ConfigError
from gilmok_node.flash.log import LogError
from gilmok_node.node import Node
from gilmok_node.rescue import Rescue
from gilmok_sim.flash import PowerCut
from gilmok_sim.instruments import Instruments
from gilmok_wire.link import SERIAL, Link

from .device import Device
from .ledger import WatchedLog
from .line import Direction, Line, NodeEnd
from .schedule import Schedule

POWER_ON, SOFT_RESET = 1, 5  # indices into gilmok_node.console.RESET_CAUSES
PASS_US = 1_000  # a turn of the loop takes an ESP32 about a millisecond: nothing is done twice in the same instant


class Machine:
    """Runs the real firmware on `device`.

    `make_buses(clock)` returns the instruments of a boot, `clock` telling the street's time in ms as the node sees it. `on_boot()` is
    called when a node is made, `on_heard()` after it took bytes from the line; `say(text)` hears what happens.
    """

    device: Device  # in service; set before the first boot

    def __init__(
        self,
        schedule: Schedule,
        line: Line,
        entropy: Callable[[int], bytes],
        make_buses: Callable[[Callable[[], float]], Instruments],
        say: Callable[[str], None],
    ) -> None:
        self.node: Any = None
        self.log: WatchedLog | None = None
        self.instruments: Instruments | None = None
        self.boots = 0
        self.actuators: dict[int, Any] = {}  # on its outputs, by id: they stay where a box is swapped
        self.config = b""
        self.on_boot: Callable[[], None] = lambda: None
        self.on_heard: Callable[[], None] = lambda: None
        self.on_turn: Callable[[int, int, int], None] = lambda began_us, ended_us, flash_ms: None  # after each turn of the loop
        self.on_stop: Callable[[], None] = lambda: None  # when it has no power any more
        self.make_ports: Callable[[], list[Any]] = list  # of the node beside its serial one, at each boot
        self._schedule = schedule
        self._line = line
        self._entropy = entropy
        self._make_buses = make_buses
        self._say = say
        self._uart: NodeEnd | None = None
        self._peers: list[Direction] = []  # ways out to other nodes, in the order of the configuration's UARTs
        self._peer_ends: list[NodeEnd] = []  # of this boot
        self._boot_us = 0
        self._base_us = 0  # present of the node, but for what its flash has taken since
        self._base_busy_ms = 0
        self._heard = False
        self._woken = 0  # the newest plan to wake up; older ones are void
        line.down.deliver = self._take

    @property
    def runs(self) -> bool:
        """Tell whether the node has power and a configuration it can use."""
        return isinstance(self.node, Node)

    def boot(self, cause: int, cut: tuple[int, str] | None = None) -> None:
        """Start the firmware on the device; what its memory held is gone. `cut` has power fail again, see Device.arm."""
        device = self.device
        self.stop()
        device.power_on()
        if cut is not None:
            device.arm(*cut)
        self._boot_us = self._schedule.now_us
        self._settle()
        self.boots += 1
        self._uart = NodeEnd(self._line.up, self._now_us)
        board = _Board(cause, device)
        try:
            self._start(device, board)
        except ConfigError as error:
            self.node = Rescue(str(error), [self._uart], self._uptime, board)
        except PowerCut:
            self._lose_power()
            return
        except LogError as error:
            self._say(f"does not start: {error}")
            self.stop()
            return
        self._wake_at(self._now_us())

    def stop(self) -> None:
        """Take the power away between two operations."""
        for actuator in self.actuators.values():
            actuator.release()
        self.on_stop()
        self.node = self.log = self._uart = None
        self._peer_ends = []
        self._woken += 1

    def join(self, out: Direction, back: Direction) -> None:
        """Connect the next line to another node: `out` leads there, `back` from there."""
        index = len(self._peers)
        self._peers.append(out)
        back.deliver = lambda data: self._take_from_peer(index, data)
        if index < len(self._peer_ends):
            self._peer_ends[index].out = out

    def wake(self) -> None:
        """Have the node look at once at what came over a port of `make_ports`."""
        if self.node is not None:
            self._heard = True
            self._wake_at(self._now_us())

    def _open_peer(self, number: int) -> NodeEnd:
        index = len(self._peer_ends)
        self._peer_ends.append(NodeEnd(self._peers[index] if index < len(self._peers) else None, self._now_us))
        return self._peer_ends[index]

    def _start(self, device: Device, board: _Board) -> None:
        config = Config(self.config)
        log = WatchedLog(device.account, device.records, device.waveforms, config.program_unit, self._entropy)
        log.mount()
        self.instruments = self._make_buses(self._clock)
        self.instruments.open_peer = self._open_peer  # type: ignore[assignment]
        self.instruments.fit(config.outputs, self.actuators, self._city_ms)
        link = Link(mtu=SERIAL.mtu, byte_us=max(11, round(self._line.byte_us)), answer_ms=300)
        self.node = Node(config, log, self.instruments, [self._uart], self._uptime, board, self._entropy, link, self.make_ports())
        self.log = log
        self.on_boot()
        self._say(f"boots: log {log.log_id:08x}, boot {log.boot}")

    def uptime(self) -> int:
        """Return the node's uptime in ms."""
        return self._uptime()

    def clock(self) -> float:
        """Return the street's time in ms, as the node sees it."""
        return self._clock()

    # Time as the node sees it: flash operations stop it, nothing else takes any.

    def _settle(self) -> None:
        self._base_us = self._schedule.now_us
        self._base_busy_ms = self.device.busy_ms

    def _now_us(self) -> int:
        return self._base_us + (self.device.busy_ms - self._base_busy_ms) * 1000

    def _uptime(self) -> int:
        return (self._now_us() - self._boot_us) // 1000

    def _clock(self) -> float:
        return self._now_us() / 1000

    def _city_ms(self) -> float:
        """Return the time that goes on without power."""
        return max(self._schedule.now_us, self._now_us() if self.runs else 0) / 1000

    # The loop.

    def _wake_at(self, when_us: int) -> None:
        self._woken += 1
        number = self._woken
        self._schedule.at(when_us, lambda: self._poll(number))

    def _poll(self, number: int) -> None:
        if number != self._woken or self.node is None:
            return
        self._settle()
        began_us = self._base_us
        try:
            at_ms = self.node.poll()
        except PowerCut:
            self._lose_power()
            return
        if self._heard and self.runs:
            self.on_heard()
        self._heard = False
        self.on_turn(began_us, self._now_us() + PASS_US, self.device.busy_ms - self._base_busy_ms)
        self._wake_at(max(self._boot_us + at_ms * 1000, self._now_us() + PASS_US))

    def _take(self, data: bytes) -> None:
        if self._uart is not None:
            self._uart.take(data)
            self._heard = True
            self._wake_at(self._now_us())  # the flash may keep it busy for a while yet

    def _take_from_peer(self, index: int, data: bytes) -> None:
        if index < len(self._peer_ends):
            self._peer_ends[index].take(data)
            self._wake_at(self._now_us())

    def _lose_power(self) -> None:
        self._say("loses power in the middle of a flash operation")
        self.stop()


class _Keep:
    """A gilmok_node.keep.Keep in the memory of a device."""

    def __init__(self, device: Device) -> None:
        self.load = device.load_kept
        self.save = device.save_kept


class _Board:
    """The board's facts, as far as a simulation has them."""

    def __init__(self, cause: int, device: Device) -> None:
        self._cause = cause
        self._device = device

    def reset_cause(self) -> int:
        """Return an index into console.RESET_CAUSES."""
        return self._cause

    def keep(self) -> _Keep:
        """Return what outlives a restart."""
        return _Keep(self._device)

    def heap_free(self) -> None:
        """Return None: CPython has no bound."""
        return None

    def voltage_mv(self) -> None:
        """Return None: there is no battery."""
        return None

    def feed(self) -> None:
        """No watchdog: a loop that hangs hangs the test."""
