"""A city by radio in KR920: 200 nodes of eight channels a minute over one gateway, LoRaWAN in the same medium, and a gateway's outage.

GILMOK_RADIO_HOURS (1), GILMOK_RADIO_NODES (200) and GILMOK_RADIO_OUTAGE_NODES (8) say how much is simulated. The model:
docs/radio_simulator.md; a whole day: docs/radio_evidence.md.
"""

import os
from collections import Counter

from bench.radio_city import City
from bench.radio_fleet import HOUR_US, Fleet, per_day, share
from bench.radio_lorawan import Network
from bench.radio_outage import measure_outage
from bench.radio_port import make_port
from bench.report import Figure

SEED = 1
HOURS = float(os.environ.get("GILMOK_RADIO_HOURS", "1"))
NODES = int(os.environ.get("GILMOK_RADIO_NODES", "200"))
LOSS = 0.1
SETTLED_US = HOUR_US // 2  # power comes back within ten minutes; the figures are of what follows the first half hour
ALARMS = max(100, int(25 * HOURS))  # of the quiet time: three a node and day, or enough for a p99
OUTAGE_NODES = int(os.environ.get("GILMOK_RADIO_OUTAGE_NODES", "8"))
STORM_US = 60_000_000
DRAIN_US = 4 * HOUR_US
LORAWAN_US = int(min(HOURS, 1) * HOUR_US / 4)  # its traffic does not change with the hour, and confirmed messages are much work


def measure() -> list[Figure]:
    """Return the figures.

    Raises: Skipped where there are no recordings.
    """
    return [*_measure_city(), *_measure_lorawan(), *measure_outage(SEED, OUTAGE_NODES)]


def _measure_city() -> list[Figure]:
    city = City(SEED, NODES, LOSS)
    spreading = " ".join(f"SF{sf}:{count}" for sf, count in sorted(Counter(place.sf for place in city.places).items()))
    with Fleet(city, SEED, make_port) as fleet:
        fleet.run(SETTLED_US)
        before = fleet.sums()
        span_us = int(HOURS * HOUR_US)
        fleet.alarms(ALARMS, span_us)
        fleet.run(span_us)
        done = fleet.sums().since(before)
        quiet = [late for _, late in fleet.late_ms]
        figures = [
            Figure("nodes", NODES, note=f"{HOURS:g} h, {spreading}, {100 * LOSS:.0f} % of frames lost besides"),
            Figure("stored by the end", 100 * done.stored / done.records, "% of readings", note="the rest waits for company, or an answer"),
            Figure("airtime", per_day(done.air_us, span_us, NODES) / 1e6, "s/node/day", key="radio_airtime_s"),
            Figure("gateway's airtime", 100 * done.gateway_us / span_us, "%"),
            Figure("records sent again", 100 * (done.offered / done.records - 1), "%"),
            Figure("transmissions", per_day(done.sent, span_us, NODES), "/node/day"),
            Figure("radio's energy", per_day(done.millijoules, span_us, NODES) / 1000, "J/node/day", key="radio_energy_j"),
            Figure("alarm to commit, p50", share(quiet, 0.5) / 1000, "s", note=f"{len(quiet)} of {fleet.raised()} alarms"),
            Figure("alarm to commit, p99", share(quiet, 0.99) / 1000, "s", key="radio_alarm_p99_s", at_most=5),
        ]
        return figures + _measure_storm(fleet)


def _measure_storm(fleet: Fleet) -> list[Figure]:
    """Have half the nodes alarm within a minute; then let all be stored."""
    before = len(fleet.late_ms)
    raised = fleet.raised()
    fleet.alarms(len(fleet.nodes) // 2, STORM_US, each_once=True)
    fleet.run(STORM_US)
    fleet.run_until(lambda: len(fleet.late_ms) - before >= fleet.raised() - raised, HOUR_US)
    storm = [late for _, late in fleet.late_ms[before:]]
    fleet.stop_measuring()
    fleet.run_until(lambda: fleet.missing() == 0, DRAIN_US)
    return [
        Figure("storm: alarm to commit, p50", share(storm, 0.5) / 1000, "s", note=f"{len(storm)} of {fleet.raised() - raised} in 60 s"),
        Figure("storm: alarm to commit, p99", share(storm, 0.99) / 1000, "s"),
        Figure("readings and alarms lost", float(fleet.lost()), key="radio_lost", at_most=0),
    ]


def _measure_lorawan() -> list[Figure]:
    figures = []
    for name, confirmed in (("unconfirmed", False), ("confirmed", True)):
        city = City(SEED, NODES, LOSS)
        network = Network(city, confirmed, SEED)
        city.run(LORAWAN_US)
        nodes = network.nodes
        made = sum(node.made for node in nodes)
        air_us = sum(node.radio.station.sent_us for node in nodes)
        joules = per_day(sum(node.millijoules() for node in nodes), LORAWAN_US, NODES) / 1000
        figures += [
            Figure(f"LoRaWAN {name}: delivered", 100 * len(network.heard) / made, "% of readings"),
            Figure(f"LoRaWAN {name}: airtime", per_day(air_us, LORAWAN_US, NODES) / 1e6, "s/node/day"),
            Figure(f"LoRaWAN {name}: sent again", 100 * sum(node.repeats for node in nodes) / made, "%"),
            Figure(f"LoRaWAN {name}: radio's energy", joules, "J/node/day"),
        ]
    return figures
