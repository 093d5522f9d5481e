"""`gilmok collect`: opens a site's links and keeps what its nodes say, until it is stopped."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..broker_access import open_access
from ..configurations import compile_all, keep
from ..errors import Refused
from ..journal import Journal, status_line
from ..language import say, spaced
from ..lock import hold_store
from ..moments import format_age
from ..notify import notify, watchdog_s
from ..overriding import load_or_none
from ..place import Place, open_effective
from ..stopping import StopSignals
from ..watch import INFO, Note, Watch

if TYPE_CHECKING:
    from gilmok_collector.radio.broker import Access
    from gilmok_collector.service import Service
    from gilmok_collector.store import Store
    from gilmok_site.model import Site

TICK_S = 0.25  # four times a second looks live
STATUS_S = 10.0  # how often systemctl status learns the figures


def run(
    site: Annotated[str, typer.Argument(metavar="SITE.toml", help="The site file.")],
    plain: Annotated[bool, typer.Option("--plain", help="Lines of text, even in a terminal.")] = False,
) -> int:
    """Collect until stopped by ^C or SIGTERM.

    In a terminal a live table; else lines of text, as journald and files like them. Under systemd use Type=notify;
    WatchdogSec= is answered. Nothing is acknowledged before it is on the disk, so stopping at any moment loses nothing.
    """
    place = open_effective(site)
    with ExitStack() as stack:
        service, watch, access = _open(place, site, stack)
        view = _open_view(service, watch, plain)
        stack.callback(view.close)
        signals = StopSignals()
        stack.callback(signals.release)
        started = time.monotonic()
        _start(place, service, access)
        notify("READY=1", f"MAINPID={os.getpid()}")
        epoch, links = service.engine.store.epoch, ", ".join(place.site.link if place.site else ())
        view.show([Note(INFO, say("collecting", url=watch.url, epoch=epoch, links=links))])
        failure = _collect(service, watch, view, signals)
        notify("STOPPING=1")
        service.stop()
        view.show(watch.drain())
    print(_summary(service, watch, time.monotonic() - started), flush=True)
    if failure is not None:
        print(failure, file=sys.stderr)
    return 0 if failure is None else 1


def _open(place: Place, file: str, stack: ExitStack) -> tuple[Service, Watch, dict[str, Access]]:
    """Open keys and store, put a service together, and find what opens its links' brokers; `stack` closes them."""
    from gilmok_collector.alarms.names import SiteNames
    from gilmok_collector.alarms.projection import Projection
    from gilmok_collector.alarms.rules_in_force import RulesInForce
    from gilmok_collector.duty import Duty
    from gilmok_collector.engine import Engine
    from gilmok_collector.service import Service
    from gilmok_collector.store import open_store
    from gilmok_site import load_keys
    from gilmok_site.secret import link_passwords, target_secrets

    site = place.site
    if site is None or not site.link:
        raise Refused("no_links", file=file)
    keys = load_keys(site)
    secrets = target_secrets(site, keys)
    access = open_access(site, link_passwords(site, keys))
    store: Store = stack.enter_context(closing(open_store(place.url, keys.store_id)))
    stack.enter_context(hold_store(place.url, collecting=True))
    keep(store, compile_all(site, keys).values())  # so that `gilmok diff` knows what was made before there was a store
    watch = Watch(place, stack.enter_context(closing(place.open_store())))
    engine = Engine(store, {device: bytes(key) for device, key in keys.devices.items()}, on_event=watch.on_event)
    projection = Projection(store, SiteNames(site))
    engine.herald = projection.herald
    in_force = RulesInForce(store, lambda overrides, now_ms: load_or_none(file, overrides, now_ms))
    service = Service(engine, on_text=watch.on_text, duties=[lambda now_ms: projection.run(), in_force.poll])
    service.duties.append(Duty(engine, site, secrets, wake=service.attend).poll)  # behind the projection: it tells of its events
    return service, watch, access


def _open_view(service: Service, watch: Watch, plain: bool) -> Any:
    if plain or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return Journal(watch, service)
    from ..live import View

    return View(watch, service)


def _start(place: Place, service: Service, access: dict[str, Access]) -> None:
    service.start()
    site = place.site
    if site is None:
        return
    if any(link.target.is_radio for link in site.link.values()):
        from gilmok_site.lora import device_listens, window_ms

        airtime = site.folder / f"{Path(site.source.file).stem}.airtime.json"
        service.add_radio(site.about.region or "", partial(device_listens, site), window_ms(site), airtime, partial(_is_in_group, site))
    for name, link in site.link.items():
        if link.target.is_radio:
            service.add_gateways(name, link.target, link.gateways)
        elif link.target.kind == "chirpstack":
            service.add_chirpstack(name, link.target, access[name])
        else:
            service.add_link(name, link.target)


def _is_in_group(site: Site, device: int) -> bool:
    """Tell whether a node acts at another one, or another one there."""
    from gilmok_site.alarm_parts import acts_in_group

    name = site.node_of(device)
    return name is not None and acts_in_group(site, name)


def _collect(service: Service, watch: Watch, view: Any, signals: StopSignals) -> str | None:
    """Show what happens until a signal comes; return what made it end by itself, if it did."""
    from gilmok_collector.store import StoreReplaced

    next_status = next_watchdog = 0.0
    watchdog = watchdog_s()
    while not signals.wait(TICK_S):
        view.show(watch.poll(service))
        now = time.monotonic()
        if not service.is_alive():
            return say("collector_died", reason=repr(service.failure))
        if isinstance(watch.store_error, StoreReplaced):  # its epoch has risen: what the sessions believe is no longer so
            return say("store_replaced", reason=watch.store_error)
        if now >= next_status:
            next_status = now + STATUS_S
            notify(f"STATUS={status_line(watch, service)}")
        if watchdog is not None and now >= next_watchdog:
            next_watchdog = now + watchdog
            notify("WATCHDOG=1")
    return None


def _summary(service: Service, watch: Watch, elapsed_s: float) -> str:
    counters = service.engine.counters
    total = watch.total()
    return say(
        "collected",
        time=format_age(round(elapsed_s * 1000)),
        heard=sum(bool(state.frames) for state in service.engine.devices.values()),
        nodes=len(watch.rows(service)),
        records=spaced(counters.records),
        stored=spaced(total.stored),
        lost=spaced(total.lost),
        rate=f"{counters.bytes / counters.readings:.2f}" if counters.readings else "–",
    )
