"""Members of a site's group whose frames a test moves by hand, with outputs that do what leases say. Both interpreters."""

from gilmok_wire.errors import DecodeError
from gilmok_wire.group import STANDING, WANT, GroupSeal
from gilmok_wire.group_outputs import Outputs
from gilmok_wire.group_wants import Wants
from gilmok_wire.link import SERIAL

KEY = bytes(range(16, 32))
GATE, OTHER, BARRIER = 0x0101, 0x0102, 0x0201  # devices: two that want, one that owns
DOWN = 0x12345678  # the output
FLOOD, QUAKE = 77, 78  # holders


class Sender:
    """A node whose alarms want DOWN of BARRIER; `wanted` are its active ones, and a power cut forgets everything but them."""

    def __init__(self, dice, device=GATE, now=0):
        self.device = device
        self.wanted = set()
        self._dice = dice
        self.boot(now)

    def boot(self, now):
        """Start anew; alarms that are active want at once."""
        self.seal = GroupSeal(KEY, self.device, self._dice.bytes(8), self._dice.below(1 << 30))
        self.wants = Wants(self.seal, SERIAL, [(BARRIER, DOWN)], self._dice.bytes, now)
        self.alive = True
        self._tell(now)

    def want(self, holder, on, now):
        """Raise or end an alarm."""
        (self.wanted.add if on else self.wanted.discard)(holder)
        if self.alive:
            self._tell(now)

    def receive(self, frame, now):
        """Take a frame."""
        header, message = self.seal.open(frame)
        if message[0] == STANDING:
            self.wants.take(header, message, now)

    def transmit(self, now):
        """Return the next frame or None."""
        return self.wants.transmit(now)

    def _tell(self, now):
        """Say which alarm wants it, as a node does: the first of those that do."""
        self.wants.want(BARRIER, DOWN, min(self.wanted) if self.wanted else 0, bool(self.wanted), now)


class Owner:
    """The node with the output; `leases` are what its output was told: holder → uptime."""

    def __init__(self, dice, now=0):
        self._dice = dice
        self.boot(now)

    def boot(self, now):
        """Start anew, fail-safe."""
        self.seal = GroupSeal(KEY, BARRIER, self._dice.bytes(8), self._dice.below(1 << 30))
        self.outputs = Outputs(self.seal, SERIAL, [[GATE, [DOWN]], [OTHER, [DOWN]]], self._dice.bytes)
        self.leases = {}
        self.alive = True

    def is_on(self, now):
        """Tell whether the output is on."""
        return self.alive and any([until > now for until in self.leases.values()])

    def receive(self, frame, now):
        """Take a frame."""
        header, message = self.seal.open(frame)
        if message[0] == WANT:
            for output, holder, end in self.outputs.take(header, message, now):
                assert output == DOWN and holder
                self.leases[holder] = end

    def transmit(self, now):
        """Return the next frame or None."""
        on = 1 if self.is_on(now) else 0
        self.outputs.stand(DOWN, on, on)
        return self.outputs.transmit(now)


def exchange(members, now, lose=lambda frame: False):
    """Hand frames to everyone else until nobody has one; return those that were sent."""
    sent = []
    while True:
        frames = [(member, member.transmit(now)) for member in members]
        frames = [(member, frame) for member, frame in frames if frame is not None]
        if not frames:
            return sent
        for sender, frame in frames:
            sent.append(frame)
            for member in members:
                if member is not sender and not lose(frame):
                    member.receive(frame, now)
        assert len(sent) < 100, "they never stop"


def refuses(member, frame, now=0):
    """Tell whether a member refuses a frame as no member's."""
    try:
        member.receive(frame, now)
    except DecodeError:
        return True
    return False
