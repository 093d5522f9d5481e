"""Runs the demo: a street of node processes, a collector in this process, and an account at the end."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from gilmok_collector.alarms.names import SiteNames
from gilmok_collector.alarms.projection import Projection
from gilmok_collector.duty import Duty
from gilmok_collector.engine import Engine
from gilmok_collector.service import Service
from gilmok_collector.store import open_store
from gilmok_site import Site, load_site
from gilmok_site.links import parse_link_url

from ..stopping import StopSignals
from .errors import DemoError
from .replay import replay
from .scenario import city, rainy_night
from .scene import Street
from .summary import print_alarms, summarise, summary_line

DRAIN_S = 120.0  # real time given to the logs after sampling has stopped: an answer lost on the air costs ten seconds and more
DEFAULT_S = 30.0
TICK_S = 0.1
NEVER = 10**12  # ms, or intervals of a node


@dataclass
class Options:
    """What the command line asks for."""

    duration_s: float | None = None
    headless: bool = False
    json_path: str | None = None
    nodes: int = 4
    replay: str | None = None
    seed: int = 7
    speed: float | None = None
    mapping: list[str] = field(default_factory=list)
    link: str | None = None
    site: str | None = None


class Collector:
    """The collector of a street, in threads of this process, on the scenario's time.

    It makes alarms of what nodes tell as `gilmok collect` does, but tells nobody: whom a site's file names must not be woken.
    """

    def __init__(self, street: Street) -> None:
        self.store = open_store(street.site.store_url, street.keys.store_id)
        keys = {device: bytes(key) for device, key in street.keys.devices.items()}
        uncertainty_ms = max(1, round(5 * street.scenario.speed))  # a thread's turn, in the scenario's time
        self.engine = Engine(self.store, keys, uncertainty_ms=uncertainty_ms)
        self.projection = Projection(self.store, SiteNames(street.site))
        self.engine.herald = self.projection.herald
        duty = Duty(self.engine, discreet(street.site), {}, now_ms=street.unix_ms())
        self.service = Service(self.engine, duties=[lambda _: self.projection.run(), lambda _: duty.poll(street.unix_ms())])
        self.first_acknowledged_ms: float | None = None
        self._street = street
        for name, line in street.line_of.items():
            self.service.add_link(name, parse_link_url(line.collector_url), street.unix_ms)
        if street.radio is not None:
            street.radio.attach(self.service)
        if street.ble is not None:
            street.ble.attach(self.service, street.unix_ms)

    def note_first_record(self) -> None:
        """Remember how long after the start the first record was durable and acknowledged."""
        if self.first_acknowledged_ms is None and self.engine.counters.records:
            self.first_acknowledged_ms = (time.monotonic() - self._street.began) * 1000

    def close(self) -> None:
        """Stop collecting and close the store."""
        self.service.stop()
        self.store.close()


def discreet(site: Site) -> Site:
    """Return a site whose collector judges what nodes tell, and tells nobody.

    It does not watch who is silent, or whose clock is unsure: where a desk does not keep up with the scenario's time, all are.
    """
    watch = site.watch.model_copy(update={"silent": NEVER, "backlog_ms": NEVER, "clock_ms": NEVER})
    return site.model_copy(update={"notify": {}, "heartbeat": None, "watch": watch})


def run(options: Options) -> int:
    """Run the demo; return 0 when nothing was lost, stored twice or changed."""
    folder = Path(tempfile.mkdtemp(prefix="gilmok-demo-"))
    try:
        return _run_in(options, folder)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_in(options: Options, folder: Path) -> int:
    duration_s = options.duration_s or (DEFAULT_S if options.headless or options.replay else None)
    if options.site and options.replay:
        raise DemoError("--replay plays a recording to a street of its own; leave out --replay or the site file")
    if options.site:
        scenario = city(load_site(options.site), options.speed)
    elif options.replay:
        path = Path(options.replay)
        scenario = replay(path, folder, options.nodes, duration_s or DEFAULT_S, options.speed, options.mapping)
    else:
        scenario = rainy_night(options.nodes, options.seed, options.speed, radio=options.nodes >= 4)
    street = Street(scenario, folder, options.seed, options.link)
    collector = Collector(street)
    if street.interpreter.name != "micropython":
        print("No MicroPython for this machine: the nodes run under CPython.", file=sys.stderr)
    if duration_s is not None:
        street.sample_s = duration_s
    signals = StopSignals()
    try:
        collector.service.start()
        street.start()
        _watch(street, collector, options, duration_s, signals)
        result = summarise(street, collector)
    finally:
        street.stop()
        collector.close()
    if options.json_path:
        Path(options.json_path).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if not _is_live(options):
        print_alarms(street)
    print(summary_line(result))
    return 0 if result["lost"] == result["duplicated"] == result["changed"] == 0 and result["drained"] else 1


def _is_live(options: Options) -> bool:
    return not options.headless and sys.stdout.isatty()


def _watch(street: Street, collector: Collector, options: Options, duration_s: float | None, signals: StopSignals) -> None:
    from .view import View

    deadline = None if duration_s is None else street.began + duration_s + DRAIN_S
    with View(street, collector, live=_is_live(options)) as view:
        while True:
            time.sleep(TICK_S)
            view.refresh()
            if not collector.service.is_alive():
                raise DemoError(f"the collector stopped: {collector.service.failure}")
            for node in street.nodes:
                if not node.is_running():
                    raise DemoError(f"node {node.name} ended:\n" + "\n".join(node.output))
            collector.note_first_record()
            if signals.asked or street.acknowledged() or (deadline is not None and time.monotonic() > deadline):
                return
