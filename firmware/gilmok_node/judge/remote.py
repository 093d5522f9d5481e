"""This node in its site's group: outputs of others that its rules want, and its own that others want. Only a node of a group loads it.

Source: SPEC.md section 6.
"""

from hashlib import sha256

from gilmok_wire.compat import const
from gilmok_wire.errors import DecodeError
from gilmok_wire.group import STANDING, GroupSeal

from ..port import Port

_FAR_MS = const(3_600_000)


def join(node, config, buses, entropy):
    """Let a node act at others of its site's group, and them here, as its configuration says."""
    node.lines = [buses.peer(*uart) for uart in config.group[2]]
    link = node.ports[-1].link  # the dearest: an answer may take as long
    facts = config.group, config.device, node.alarms, node.ports, node.lines, node.draw_salt, entropy, link, node.now(), node.tell
    node.alarms.remote = node.uplink.group = Remote(*facts)


class Remote:
    """Carries the group's frames over every port of the node, and leases to its outputs.

    `group` is that of the configuration, `alarms` has `outputs`, each with an `id` and an `output`, `act(now_ms)` and `judge.targets()`.
    `ports` lead to collectors, `uarts` straight to peers; `draw_salt` is the node's, `entropy(n)` returns random bytes. `tell(line, fault)`
    is told of outputs of others that do not answer, or answer again.
    """

    def __init__(self, group, device, alarms, ports, uarts, draw_salt, entropy, link, now_ms, tell):
        key, peers = group[:2]
        salt = sha256(draw_salt() + device.to_bytes(2, "big")).digest()[:8]  # two boards with weak randomness and one key differ in this
        self._seal = GroupSeal(key, device, salt, int.from_bytes(entropy(4), "big") >> 2)
        self._alarms = alarms
        self._link = link
        self._entropy = entropy
        self.peers = [Port(uart, _ignore) for uart in uarts]
        self._ports = list(ports) + self.peers
        for port in self.peers:
            port.group = self
        self.refused = 0
        self.silent = []  # targets that do not answer
        self._tell = tell
        self._wants = self._outputs = None
        targets = [target for target in alarms.judge.targets() if not isinstance(target, int)]
        if targets:
            self._make_wants(targets, now_ms)
        if any([outputs for _, outputs in peers]):
            from gilmok_wire.group_outputs import Outputs

            self._outputs = Outputs(self._seal, link, peers, entropy)

    @property
    def states(self):
        """How outputs of others stand: (device, output) → (commanded, confirmed, uptime in ms at which that was heard)."""
        return self._wants.states if self._wants else {}

    def want(self, device, output, holder, on, now_ms):
        """Want an output of another node on, on behalf of the rule `holder`, or no longer; said again it changes nothing."""
        if on and not self._wants:
            self._make_wants([], now_ms)
        if self._wants:
            self._wants.want(device, output, holder, on, now_ms)

    def receive(self, frame, now_ms):
        """Take a frame of the group; return whether an output of this node may have changed."""
        try:
            header, message = self._seal.open(frame)
        except DecodeError:
            self.refused += 1
            return False
        leases = ()
        if message[0] == STANDING:
            if self._wants:
                self._wants.take(header, message, now_ms)
        elif self._outputs:
            leases = self._outputs.take(header, message, now_ms)
            self._lease(leases, now_ms)
        self._send(now_ms)
        return bool(leases)

    def poll(self, now_ms):
        """Take what peers say and send what is due; return the uptime at which to be called again."""
        at = now_ms + _FAR_MS
        for port in self.peers:
            due = port.poll(now_ms)
            if due is not None:
                at = min(at, due)
        self._send(now_ms)
        if self._wants:
            self._mind_silence(now_ms)
        for half in (self._outputs, self._wants):
            due = half.deadline() if half else None
            if due is not None:
                at = min(at, due)
        return at

    def _mind_silence(self, now_ms):
        """Tell of a target that begins or ceases not to answer: a barrier out of reach must be known before the water comes."""
        silent = self._wants.silent(now_ms)
        for device, output in silent:
            if (device, output) not in self.silent:
                self._tell("output {} of node {:04x} does not answer".format(output, device), True)
        for device, output in self.silent:
            if (device, output) not in silent:
                self._tell("output {} of node {:04x} answers again".format(output, device), False)
        self.silent = silent

    def _lease(self, leases, now_ms):
        """Let the outputs have their leases: all of them before any moves, so that one holder takes over from another."""
        for number, holder, end_ms in leases:
            for wired in self._alarms.outputs:
                if wired.id == number:
                    wired.output.lease(holder, now_ms, end_ms - now_ms)
        if leases:
            self._alarms.act(now_ms)

    def _send(self, now_ms):
        if self._outputs:
            for wired in self._alarms.outputs:
                self._outputs.stand(wired.id, wired.output.commanded, wired.output.confirmed)
        for half in (self._outputs, self._wants):
            while half:
                frame = half.transmit(now_ms)
                if frame is None:
                    break
                for port in self._ports:
                    if port.up:
                        port.send(frame, now_ms, True)

    def _make_wants(self, targets, now_ms):
        from gilmok_wire.group_wants import Wants

        self._wants = Wants(self._seal, self._link, targets, self._entropy, now_ms)


def _ignore(text, port):
    """Nobody types on a line between nodes."""
