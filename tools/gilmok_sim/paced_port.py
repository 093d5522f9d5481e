"""Ports of simulated processes that keep real time while the node's own runs faster, for MicroPython and CPython."""

from gilmok_wire.link import Link

from gilmok_sim.real_time import RealTime

_IDLE_MS = 1500  # real time: whoever watches a demo wants to see what is acknowledged
_LATE_MS = 500  # how much later than on a quiet machine an answer may come


def keep_real_time(node, now, speed):
    """Have the BLE port of a node that was just made keep real time."""
    real = RealTime()
    for place, port in enumerate(node.ports):
        if port.name == "ble":
            paced = RealTimePort(port, now, real, speed)
            paced.on_frame, paced.on_sent = node.uplink.receive, node.uplink.sent
            node.ports[place] = paced
            if node.uplink.port is port:
                node.uplink.port = paced
                node.session.use(paced.link, now())


class RealTimePort:
    """A port of a node that keeps real time while the node's own runs faster: what the air takes cannot be hurried."""

    def __init__(self, port, now, real, speed):
        self.on_frame = self.on_sent = _nobody  # until somebody takes what comes
        self.name, self.cost = port.name, port.cost
        self.say, self.report = port.say, port.report
        self.adapt = getattr(port, "adapt", _nobody)  # only a dear port has it
        self._port, self._now, self._real, self._speed = port, now, real, speed
        self._inner = None
        port.on_frame = lambda frame, _, __: self.on_frame(frame, self, now())
        port.on_sent = lambda _, end_ms: self.on_sent(self, self._in_node_time(end_ms))

    @property
    def up(self):
        """As the port's."""
        return self._port.up

    @property
    def link(self):
        """The port's link, slower by so much as the node is faster; another object when that is another one."""
        inner = self._port.link
        if inner is not self._inner:
            self._inner = inner
            byte_us, frame_us, answer_ms, idle_ms = [
                round(each * self._speed) for each in (inner.byte_us, inner.frame_us, inner.answer_ms + _LATE_MS, _IDLE_MS)
            ]
            self._link = Link(inner.mtu, byte_us, frame_us, answer_ms, inner.window, inner.full_duplex, idle_ms, inner.brief)
        return self._link

    def poll(self, now_ms, quiet=True):
        """As the port's."""
        due_ms = self._port.poll(self._real(), quiet)
        return None if due_ms is None else self._in_node_time(due_ms)

    def free(self, now_ms, urgent=False):
        """As the port's."""
        return self._port.free(self._real(), urgent)

    def send(self, frame, now_ms, urgent=False):
        """As the port's."""
        self._port.send(frame, self._real(), urgent)

    def _in_node_time(self, real_ms):
        return self._now() + int((real_ms - self._real()) * self._speed)


def _nobody(*arguments):
    return None
