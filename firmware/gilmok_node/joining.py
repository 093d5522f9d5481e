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
    link, streams = ports[0].link, []
    seal = NodeSeal(config.key, config.device, draw_salt)
    # The session is made before its streams and what chooses ports: in one piece it is larger than all of them.
    session = _session_class(ports)(seal, link, log, streams, Identity(config.digest, VERSION, config.store))
    for number, digest, _ in log.streams():
        streams.append(NodeStream(number, digest, infos.get(number), log))
    if _is_serial(ports):
        ports[0].session, ports[0].on_event = session, on_event
        return ports[0]
    from .uplink import Uplink

    return Uplink(session, ports, on_event, log, config.history)


def _session_class(ports):
    if _is_serial(ports):
        from gilmok_wire.node_session import NodeSession as Session
    elif any([port.link.brief for port in ports]):
        from gilmok_wire.brief_session import BriefSession as Session
    else:
        from gilmok_wire.roaming_session import RoamingSession as Session  # 6 KB, with Uplink, that a serial line alone does without
    return Session


def _is_serial(ports):
    """Tell whether there is one port, a serial one, which needs nobody to choose."""
    return len(ports) == 1 and not ports[0].cost
