"""The outputs of a node that others of its group may want on, sans-IO.

Source: SPEC.md section 6.
"""

from hashlib import sha256

from .compat import const
from .group import CHALLENGE, FRAME, LEASE_S, STANDING

_FIRST_MS = const(1000)  # between the first two announcements of a life, since one that is lost leaves an output off; then doubled …
_ANNOUNCE_MS = const(60_000)  # … up to this, as long as a peer that was away may know nothing of us; on slow links …
_AIR_SHARE = const(1000)  # … they take no more than this part of the time
_CHALLENGES = const(3)  # in force at a time: a frame that somebody held back for longer than a lease is worthless
_MAX_LEASES = const(32)  # as many as a node has rules
_MAX_ANSWERS = const(8)  # waiting; a flood of old frames finds no more room than this


class Outputs:
    """Decides which wants for the outputs `ids` of this member are genuine and new, and says how its outputs stand.

    `entropy(n)` returns random bytes. What stands now is told to it by `stand`.
    """

    def __init__(self, seal, link, ids, entropy):
        self.refused = 0
        self._seal = seal
        self._entropy = entropy
        self._announce_ms = max(_ANNOUNCE_MS, _AIR_SHARE * link.air_ms(FRAME))
        self._announced = 0  # times
        self._announce_at = 0
        self._standing = dict.fromkeys(ids, (0, None))
        self._challenges = []  # in force, the newest first
        self._senders = {}  # device → [salt, highest counter]
        self._leases = {}  # (sender, output, holder) → uptime at which it ends
        self._answers = {}  # (to, counter answered, output) → taken
        self._draw()

    def take(self, header, message, now_ms):
        """Take a want; return (output, holder, uptime until which the holder has it) where it is to be obeyed, else None.

        Two members may have alarms of one name: the lease of a holder runs until that of the last of them ends.
        """
        _, to, challenge, sender, output, holder, seconds = message
        if to != self._seal.device or sender == to:
            return None
        known = self._senders.get(sender)
        if known is not None and known[0] == header.salt and header.counter <= known[1]:
            self.refused += 1  # on its way twice, or played again
            return None
        taken = challenge in self._challenges and output in self._standing
        if taken and known is not None and known[0] != header.salt:
            # Another life of its sender, and none can tell which one is the later: only what is sealed from now on counts.
            del self._senders[sender]
            self._draw(alone=True)
            taken = False
        key = (sender, output, holder)
        taken = taken and self._has_room(key, now_ms)
        if len(self._answers) < _MAX_ANSWERS:
            self._answers[sender, header.counter, output] = taken
        if not taken:
            self.refused += 1
            return None
        self._senders[sender] = [header.salt, header.counter]
        if not holder:  # only asks how the output stands
            return None
        self._leases[key] = now_ms + min(seconds, LEASE_S) * 1000
        return output, holder, max([until_ms for each, until_ms in self._leases.items() if each[1:] == key[1:]])

    def stand(self, output, commanded, confirmed):
        """Tell how an output stands now; the group hears of a change at once."""
        if self._standing[output] != (commanded, confirmed):
            self._standing[output] = commanded, confirmed
            if len(self._answers) < _MAX_ANSWERS:
                self._answers[0, 0, output] = False

    def deadline(self):
        """Return the uptime at which `transmit` has something."""
        return 0 if self._answers else self._announce_at

    def transmit(self, now_ms):
        """Return the next frame that is due, or None."""
        if now_ms >= self._announce_at:
            if self._announced:
                self._draw()
            self._announce_at = now_ms + min(self._announce_ms, _FIRST_MS << min(self._announced, 16))
            self._announced += 1
            for output in self._standing:
                self._answers[0, 0, output] = False
        if not self._answers:
            return None
        (to, answered, output), taken = self._answers.popitem()
        commanded, confirmed = self._standing.get(output, (None, None))
        return self._seal.seal([STANDING, to, answered, self._seal.device, self._challenges[0], output, commanded, confirmed, taken])

    def _draw(self, alone=False):
        """Put a new challenge in force; `alone`: no other one is any more."""
        noise = self._entropy(16) + self._seal.salt + self._seal.counter.to_bytes(4, "big")  # weak randomness alone repeats none
        kept = [] if alone else self._challenges[: _CHALLENGES - 1]
        self._challenges = [sha256(noise).digest()[:CHALLENGE]] + kept

    def _has_room(self, key, now_ms):
        """Forget leases that have ended; tell whether there is room for one more."""
        for other in [each for each, until_ms in self._leases.items() if until_ms <= now_ms]:
            del self._leases[other]
        return key in self._leases or len(self._leases) < _MAX_LEASES
