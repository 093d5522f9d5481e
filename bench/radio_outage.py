"""A gateway without power for six hours: how long until all history has come, beside what its frames take on the air."""

from collections.abc import Callable
from math import inf
from typing import Any

from gilmok_wire.node_stream import NodeStream, StreamInfo
from gilmok_wire.seal import OVERHEAD

from bench.radio_city import City
from bench.radio_fleet import HOUR_US, Fleet
from bench.radio_nodes import MAX_AGE_MS, READINGS_INFO, Node
from bench.radio_port import make_port
from bench.report import Figure

OFF_US = 6 * HOUR_US
LIMIT_US = 6 * HOUR_US
BETWEEN_US = 51_000 + 6_000  # of KR920: the pause, and the listening


def measure_outage(seed: int, nodes: int) -> list[Figure]:
    """Return the figures of so many nodes."""
    name = f"gateway off for 6 h, {nodes} nodes"
    city = City(seed, nodes)
    with Fleet(city, seed, make_port) as fleet:
        fleet.run(HOUR_US)
        rates = {node.device: node.port.rate for node in fleet.nodes}
        city.medium.turn_off(fleet.gateway, city.clock.us, city.clock.us + OFF_US)
        fleet.alarms(2 * nodes, OFF_US)
        fleet.run(OFF_US)
        back_us = city.clock.us
        alarms, heard = fleet.raised(), len(fleet.late_ms)
        # What is younger than MAX_AGE_MS waits for company, outage or not.
        history = {node.device: node.records - MAX_AGE_MS // 60_000 for node in fleet.nodes}
        missing = {node.device: (_settled(node), history[node.device]) for node in fleet.nodes}
        bounds = {node.device: _bound_us(node, rates[node.device], *missing[node.device]) for node in fleet.nodes}
        done_us: dict[int, int] = {}

        def all_done() -> bool:
            for node in fleet.nodes:
                if node.device not in done_us and _settled(node) >= history[node.device]:
                    done_us[node.device] = city.clock.us
            return len(done_us) == len(fleet.nodes)

        def alarms_in() -> bool:
            all_done()
            return len(fleet.late_ms) == alarms

        answered_us = _note_answers(fleet)
        gateway_us = fleet.gateway.station.sent_us
        alarms_us = fleet.run_until(alarms_in, LIMIT_US)
        behind = sum(max(0, history[node.device] - _settled(node)) for node in fleet.nodes)
        end_us = fleet.run_until(all_done, LIMIT_US)
        bound_us = max(bounds.values())
        own = {device: (us - answered_us[device]) / bounds[device] for device, us in done_us.items()}
        slowest = max(bounds, key=lambda device: bounds[device])
        records = sum(end - first for first, end in missing.values())
        took_s = ((end_us or city.clock.us) - back_us) / 1e6
        return [
            Figure(f"{name}: alarms stored after", ((alarms_us or city.clock.us) - back_us) / 1e6, "s", note=f"{alarms - heard} of them"),
            Figure(f"{name}: history that then still waits", 100 * behind / records, "%", note=f"of {records} records"),
            Figure(f"{name}: history stored after", took_s, "s", "the slowest node's frames on the air", bound_us / 1e6),
            Figure(f"{name}: of the airtime bound", took_s / (bound_us / 1e6), "", key=f"radio_outage_{nodes}", at_most=1.3),
            Figure(f"{name}: first answer to each node after", (max(answered_us.values(), default=end_us or 0) - back_us) / 1e6, "s"),
            Figure(f"{name}: the slowest node from its first answer", own.get(slowest, inf), "of its own bound", at_most=1.3),
            Figure(f"{name}: from a node's first answer, median", sorted(own.values())[len(own) // 2], "of its own bound"),
            Figure(f"{name}: lost", float(sum(max(0, history[node.device] - _settled(node)) for node in fleet.nodes)), at_most=0),
            Figure(f"{name}: gateway's airtime", (fleet.gateway.station.sent_us - gateway_us) / 1e4 / took_s, "%"),
        ]


def _note_answers(fleet: Fleet) -> dict[int, int]:
    """Return when each node takes its first authentic frame from now on, by device, as it comes to be known."""
    answered_us: dict[int, int] = {}
    for node in fleet.nodes:
        node.port.on_frame = _noting(node, fleet.city, answered_us)
    return answered_us


def _noting(node: Node, city: City, answered_us: dict[int, int]) -> Callable[[bytes, Any, int], bool]:
    take = node.port.on_frame

    def on_frame(frame: bytes, port: Any, now_ms: int) -> bool:
        authentic: bool = take(frame, port, now_ms)
        if authentic:
            answered_us.setdefault(node.device, city.clock.us)
        return authentic

    return on_frame


def _settled(node: Node) -> int:
    """Return the number below which all of a node's minutes have been committed."""
    return int(node.committed[node.numbers[0]].end_of(0))


def _bound_us(node: Node, rate: int, first: int, end: int) -> int:
    """Return what a node's history takes at a rate, in as few frames as it can be in, each sent once, none answered."""
    info: StreamInfo = READINGS_INFO
    stream = NodeStream(node.numbers[0], info.digest(), info, node.log)
    stream.settle(first, [(end, node.records)])
    room = min(node.law.rates[rate][2], 242) - OVERHEAD
    us = 0
    while stream.cursor < end:
        message = stream.take(room, False)
        for each in [message] if message is not None else stream.take_parts(room):
            us += node.law.air_us(rate, len(each) + OVERHEAD) + BETWEEN_US
    return us
