"""The street: nodes, lines, a collector and the oracle in one virtual time."""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from gilmok_node.buses import PEER_BAUD
from gilmok_site.links import DEFAULT_BAUD
from gilmok_site.load import load_site

from .alarm import StreetAlarm
from .census import Census, take_census
from .collector import STORE_ID, Collector
from .device import Device
from .line import Line
from .node import StreetNode
from .people import People
from .schedule import Schedule, parse_span
from .site import Sensors, make_site
from .store import StoreView

if TYPE_CHECKING:
    from gilmok_site import Site

    from .air import StreetAir

START_UNIX_MS = 1_787_216_400_000  # 2026-08-20 18:00 in Seoul: a summer evening before the rain
EVENTS_KEPT = 200
EVENTS_SHOWN = 40
LOOK_US = 1_000_000  # how often `run_until` looks


class StreetError(Exception):
    """The street did not come to what was asked of it; the message says where everything stands."""


@dataclass
class Event:
    """What happened at `at_us`, and how many times in a row."""

    at_us: int
    who: str
    what: str
    times: int = 1

    def __str__(self) -> str:
        return f"{_shown(self.at_us)} {self.who} {self.what}" + (f" ({self.times} times)" if self.times > 1 else "")


class Street:
    """Simulated nodes and a collector; `seed` alone decides everything that happens by chance.

    `folder` takes the database (a temporary one where none is given); `connect(path)` opens it in place of sqlite3.connect.
    """

    def __init__(self, seed: int = 1, nodes: int = 0, folder: Path | None = None, connect: Callable[[str], Any] | None = None) -> None:
        self.seed = seed
        self.schedule = Schedule()
        self.nodes: dict[str, StreetNode] = {}
        self.links: dict[str, Line] = {}
        self.air: StreetAir | None = None
        self.store_id = STORE_ID
        self.group_key = sha256(f"{seed} group".encode()).digest()[:16]
        self.clock_offset_ms = 0
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.random = cache(lambda purpose: Random(f"{seed} {purpose}"))
        self._draws = 0
        self._folder = Path(tempfile.mkdtemp(prefix="gilmok-street-")) if folder is None else folder
        self._is_own_folder = folder is None
        self._census: tuple[int, Census] | None = None
        say = lambda text: self.say("collector", text)  # noqa: E731
        self.collector = Collector(self.schedule, self._folder, self.unix_ms, self.entropy, say, self._on_restore, connect)
        self.collector.start()
        self.store = StoreView(self)
        for number in range(nodes):
            self.node(f"node-{number + 1}")

    @classmethod
    def of_site(cls, path: str | Path, seed: int = 1, radio: bool | Mapping[str, Sequence[float]] = False, **options: Any) -> Street:
        """Return a street with all nodes of the site file at `path`, each with the sensors, board, link and device it has there.

        They talk by line. With `radio` those that have one send over the air (`street.air`), from their positions to the site's gateways;
        as a mapping it says where further gateways are, by name.
        Raises: SiteError with every problem of the file; ValueError where with `radio` a position lacks.
        """
        site = load_site(path)
        street = cls(seed, **options)
        for name in site.measuring:
            street._add(name, site)
        if radio is not False:
            from .air import StreetAir

            street.air = StreetAir(street, site, {} if radio is True else radio)
        return street

    def wake(self, site: Site) -> People:
        """Have the collector look after a site, and return the people whom it wakes, who hear what they are told."""
        people = People(site)
        self.collector.wake(people)
        return people

    # Who is there.

    def node(self, name: str, sensors: Sensors = "level", health: str = "60 s", **options: Any) -> StreetNode:
        """Return the node called `name`; it is made and started where there is none.

        Options: `sensors` "level" (one A02YYUW called river, the default), "all" (river, dust, air, bridge) or tables as in a site
        file; `link` (default: the node's name); `mounted` in m; `health`, the period of the health stream; `blocks`, the 4 KiB blocks
        of the flash for records and waveforms; `baud`.
        Raises: ValueError for options of a node that exists already; SiteError for sensors that no site file could have.
        """
        if name not in self.nodes:
            line = self._make_line(options.pop("link", name), options.pop("baud", DEFAULT_BAUD))
            self.nodes[name] = StreetNode(self, name, line, len(self.nodes), make_site(name, sensors, health), **options)
        elif options or (sensors, health) != ("level", "60 s"):
            raise ValueError(f"node {name} is there already; give its options where it is named first")
        return self.nodes[name]

    def alarm(self, name: str) -> StreetAlarm:
        """Return an alarm by node and rule, as in "p1-gate/flood".

        Raises: ValueError where there is none.
        """
        node, _, rule = name.partition("/")
        if node not in self.nodes:
            raise ValueError(f"there is no node {node!r}; there are {', '.join(self.nodes) or 'none yet'}")
        return StreetAlarm(self.nodes[node], rule)

    def link(self, name: str) -> Line:
        """Return a line: that of a node has the node's name unless its option `link` says otherwise.

        Raises: ValueError where there is none.
        """
        if name not in self.links:
            raise ValueError(f"there is no link {name!r}; there are {', '.join(self.links) or 'none yet: make a node first'}")
        return self.links[name]

    def peer(self, first: str, second: str, baud: int = PEER_BAUD) -> Line:
        """Lay a line between two nodes, past the collector, and return it; it is the link called "first:second".

        On either side it is at the first UART of the configuration's `group` that no other such line is at.
        Raises: ValueError where one of them is not there, or there is such a line already.
        """
        for name in (first, second):
            if name not in self.nodes:
                raise ValueError(f"there is no node {name!r}; there are {', '.join(self.nodes) or 'none yet'}")
        name = f"{first}:{second}"
        if name in self.links:
            raise ValueError(f"there is a line {name} already")
        line = self.links[name] = Line(name, self.schedule, self.random, baud)
        self.nodes[first].machine.join(line.up, line.down)
        self.nodes[second].machine.join(line.down, line.up)
        return line

    # Time.

    def run(self, span: str) -> None:
        """Let a span of virtual time pass, as in "25 min"."""
        self.schedule.run_until(self.schedule.now_us + parse_span(span))

    def run_until(self, condition: Callable[[], Any], at_most: str = "1 h") -> None:
        """Let time pass until `condition()` holds, looking once a virtual second.

        Raises: StreetError when it does not within `at_most`.
        """
        end_us = self.schedule.now_us + parse_span(at_most)
        while not condition():
            if self.schedule.now_us >= end_us:
                raise StreetError(f"not so within {at_most}\n{self.describe()}")
            self.schedule.run_until(min(end_us, self.schedule.now_us + LOOK_US))

    def drain(self, at_most: str = "1 h") -> None:
        """Stop sampling and let time pass until every log is acknowledged and every gap told.

        Raises: StreetError when that does not happen within `at_most`: a line is cut, a node has no power, the collector is dead …
        """
        for node in self.nodes.values():
            node.measuring = False
            if node.machine.runs:
                node.machine.node.measuring = False
        self.run_until(lambda: all(node.drained for node in self.nodes.values()), at_most)

    def unix_ms(self) -> int:
        """Return the collector's Unix time."""
        return START_UNIX_MS + self.clock_offset_ms + self.schedule.now_us // 1000

    # The oracle.

    def census(self) -> Census:
        """Return where every record is that a node promised to keep: what logs and store are measured by."""
        if self._census is None or self._census[0] != self.schedule.steps:
            devices = [device for node in self.nodes.values() for device in node.devices]
            with self.store.open() as store:
                self._census = self.schedule.steps, take_census(store, devices)
        return self._census[1]

    def check(self) -> None:
        """Assert that nothing was lost, stored twice or changed, and that no flash was misused.

        Raises: AssertionError that names records and events.
        """
        census = self.census()
        misused = [device for node in self.nodes.values() for device in node.devices if device.violations]
        if census.is_sound and not misused:
            return
        faults = [*census.breaches, *(f"device {device.address:04x}: {device.violations} misuses of flash" for device in misused)]
        raise AssertionError("\n".join([*faults, self.describe()]))

    @property
    def lost(self) -> int:
        """How many promised records are neither in the store nor in a log nor a known gap."""
        return self.census().lost

    @property
    def duplicated(self) -> int:
        """How many records are in the store more than once."""
        return self.census().duplicated

    # For people.

    def say(self, who: str, what: str) -> None:
        """Add an event; the same once more in a row counts up."""
        last = self.events[-1] if self.events else Event(0, "", "")
        if (last.who, last.what) == (who, what):
            last.times += 1
        else:
            self.events.append(Event(self.schedule.now_us, who, what))

    def describe(self) -> str:
        """Return seed, time, state of everyone, and the last events."""
        lines = [f"street: seed {self.seed}, after {_shown(self.schedule.now_us)}"]
        lines.append(f"  collector: {'runs' if self.collector.runs else 'dead'}, {self.collector.starts} starts")
        lines += [f"  {node.name}: {node.state()}" for node in self.nodes.values()]
        lines.append("last events:")
        lines += [f"  {event}" for event in list(self.events)[-EVENTS_SHOWN:]]
        return "\n".join(lines)

    def close(self) -> None:
        """Stop everything and remove the temporary folder."""
        self.collector.kill()
        if self._is_own_folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    # What nodes and collector ask for.

    @property
    def epoch(self) -> int:
        """The epoch of the store in service, 0 while the collector is dead."""
        return self.collector.store.epoch if self.collector.runs else 0

    def entropy(self, count: int) -> bytes:
        """Return random bytes; a counter that nothing restores keeps two draws from ever being alike."""
        self._draws += 1
        data = b""
        while len(data) < count:
            data += sha256(f"{self.seed} {self._draws} {len(data)}".encode()).digest()
        return data[:count]

    def make_device(self, blocks: tuple[int, int], unit: int, address: int | None = None) -> Device:
        """Return a new box, known to the collector; without an address it gets a free one."""
        if address is None:
            address = next(each for each in range(0x0101 + len(self.collector.keys), 0xFFFF) if each not in self.collector.keys)
        key = self.entropy(16)
        self.collector.keys[address] = key
        return Device(address, key, self.seed * 64 + address, blocks, unit)

    def _add(self, name: str, site: Site) -> None:
        """Make a node of a site; where its link is another node's already, or has none, it has a line of its own name."""
        link = site.node[name].link
        target = site.link_target_of(name)
        line = self._make_line(name if link is None or link in self.links else link, target.baud if target else DEFAULT_BAUD)
        self.nodes[name] = StreetNode(self, name, line, len(self.nodes), site, device=site.device_of(name))

    def _make_line(self, name: str, baud: int) -> Line:
        if name in self.links:
            raise ValueError(f"link {name} serves another node already; a serial line has one at its end")
        line = self.links[name] = Line(name, self.schedule, self.random, baud)
        self.collector.add_line(line)
        return line

    def _on_restore(self) -> None:
        for node in self.nodes.values():
            for device in node.devices:
                device.account.forget_acknowledgements()


def _shown(at_us: int) -> str:
    seconds, rest = divmod(at_us, 1_000_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest // 1000:03}"
