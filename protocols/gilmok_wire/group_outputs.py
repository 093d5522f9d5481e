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
_MAX_ANSWERS = const(8)  # waiting; a flood of old frames finds no more room than this


class Outputs:
    """Decides which wants for this member's outputs are genuine and new, and says how they stand.

    `peers` are [device, [output, …]]: who may want which; `entropy(n)` returns random bytes. How an output stands is told to it by `stand`.
    """

    def __init__(self, seal, link, peers, entropy):
        self.refused = 0
        self._seal = seal
        self._entropy = entropy
        self._announce_ms = max(_ANNOUNCE_MS, _AIR_SHARE * link.air_ms(FRAME))
        self._announced = 0  # times
        self._announce_at = 0
        self._peers = dict(peers)
        self._standing = {output: (None, None) for _, outputs in peers for output in outputs}
        self._challenges = []  # in force, the newest first
        self._senders = {}  # device → [salt, highest counter]
        self._leases = {}  # (sender, output) → (holder, uptime at which it ends)
        self._answers = {}  # (to, counter answered, output) → taken
        self._draw()

    def take(self, header, message, now_ms):
        """Take a want; return what is to be obeyed now, in this order: (output, holder, uptime at which its lease ends) each.

        A sender has one lease on an output, and two members may have alarms of one name: a holder's ends with the last of them.
        """
        _, to, challenge, sender, output, holder, seconds = message
        if to != self._seal.device or sender not in self._peers:
            return ()
        known = self._senders.get(sender)
        if known is not None and known[0] == header.salt and header.counter <= known[1]:
            self.refused += 1  # on its way twice, or played again
            return ()
        taken = challenge in self._challenges and output in self._peers[sender]
        if taken and known is not None and known[0] != header.salt:
            # Another life of its sender, and none can tell which one is the later: only what is sealed from now on counts.
            del self._senders[sender]
            self._draw(alone=True)
            taken = False
        if len(self._answers) < _MAX_ANSWERS:
            self._answers[sender, header.counter, output] = taken
        if not taken:
            self.refused += 1
            return ()
        self._senders[sender] = [header.salt, header.counter]
        return self._lease(sender, output, holder, now_ms + min(seconds, LEASE_S) * 1000, now_ms) if holder else ()

    def stand(self, output, commanded, confirmed):
        """Tell how an output stands now; the group hears of a change at once, unless nobody in it has to do with the output."""
        if output in self._standing and self._standing[output] != (commanded, confirmed):
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

    def _lease(self, sender, output, holder, end_ms, now_ms):
        """Put a lease in the place of the sender's last one; return the ends of the holders whose lease that changes."""
        before = self._leases.get((sender, output))
        self._leases[sender, output] = holder, end_ms
        changed = [holder] if before is None or before[0] == holder else [holder, before[0]]
        return [(output, each, self._end_ms(output, each, now_ms)) for each in changed]

    def _end_ms(self, output, holder, now_ms):
        ends = [lease[1] for key, lease in self._leases.items() if key[1] == output and lease[0] == holder]
        return max(ends + [now_ms])
