"""What joins a node to its collector: ports, and the session over them. A board forgets this module after the boot."""

from gilmok_wire.identity import Identity
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.node_stream import NodeStream

from . import VERSION
from .port import Port


def make_ports(uarts, link, ports, on_line):
    """Return a port for each UART and `ports` beside them, the cheapest first."""
    return sorted([Port(uart, on_line, link) for uart in uarts] + ports, key=lambda port: port.cost)


def make_uplink(config, log, infos, ports, draw_salt, on_event):
    """Return what moves the frames of a session over `ports`: one serial port does so itself. `infos` are StreamInfos by number."""
    streams = [NodeStream(number, digest, infos.get(number), log) for number, digest, _ in log.streams()]
    identity = Identity(config.digest, VERSION, config.store)
    facts = NodeSeal(config.key, config.device, draw_salt), ports[0].link, log, streams, identity
    port = ports[0]
    if len(ports) == 1 and not port.cost:
        from gilmok_wire.node_session import NodeSession

        port.session, port.on_event = NodeSession(*facts), on_event
        return port
    from .uplink import Uplink

    if any([port.link.brief for port in ports]):
        from gilmok_wire.brief_session import BriefSession as Session
    else:
        from gilmok_wire.roaming_session import RoamingSession as Session  # 6 KB, with Uplink, that a serial line alone does without

    return Uplink(Session(*facts), ports, on_event, log, config.history)
