"""What a node wants of other nodes' outputs, until they answer, sans-IO.

Source: SPEC.md section 6.
"""

from .compat import const
from .group import CHALLENGE, FRAME, LEASE_S, RENEW_MS, WANT

_UNKNOWN = bytes(CHALLENGE)  # no owner draws it: asks for the one in force
_HURRIES = const(3)  # refusals that are followed by another try without a pause: unknown challenge, unknown life, one lost
_DOUBLINGS = const(2)  # of the pause: a lossy line gets ten tries in ten seconds, a dead peer no flood
_SILENT_MS = const(10_000)  # on a line that loses six frames of ten an answer is there by then, mostly
_AWAITED = const(8)  # tries of which an answer still counts: nine seconds of a serial line


class _Want:
    """One output; `at` is when to send next, `asked` the counters of the last tries that nobody has answered."""

    def __init__(self, holder, on, now_ms):
        self.turn(holder, on, now_ms)

    def turn(self, holder, on, now_ms):
        """Want it on for `holder`, or no longer."""
        self.holder = holder
        self.on = on
        self.at = self.since = now_ms
        self.tries = self.hurries = 0
        self.asked = []
        self.challenge = None  # of the last try


class Wants:
    """The wants of one member.

    `targets` are the (device, output) it may ever want; `entropy(n)` returns random bytes. `states` holds (commanded, confirmed, uptime
    of the answer in ms) by target, as their owners said it to this very life of ours.
    """

    def __init__(self, seal, link, targets, entropy, now_ms):
        self.states = {}
        self._seal = seal
        self._entropy = entropy
        self._pause_ms = link.answer_ms + 4 * link.air_ms(FRAME)  # there and back, each time through a relay
        self._heard = {}  # target → uptime at which it was heard of last
        self._owners = {}  # device → [challenge, salt, highest counter] of its present life
        self._wants = {}  # target → _Want
        for device, output in targets:
            self._know(device, output, now_ms)
            self._ask(device, output, now_ms)

    def want(self, device, output, holder, on, now_ms):
        """Want a target on, on behalf of the alarm `holder`, or no longer; said again it changes nothing."""
        want = self._wants.get((device, output))
        if want is None:
            if on:
                self._know(device, output, now_ms)  # of a rule that was replaced since, it may be a new one
                self._wants[device, output] = _Want(holder, True, now_ms)
        elif want.on != on or (on and want.holder != holder):
            want.turn(holder if on else want.holder, on, now_ms)

    def take(self, header, message, now_ms):
        """Take the standing of an output."""
        _, to, answered, owner, challenge, output, commanded, confirmed, taken = message
        known = self._owners.get(owner)
        if known is None or to not in (0, self._seal.device):
            return
        if to:
            want = self._wants.get((owner, output))
            if want is None or answered not in want.asked:  # an answer to another life of ours, or one that came before
                return
            if known[1] != header.salt:
                known[1], known[2] = header.salt, 0
                self._renew(owner, now_ms)  # it has restarted and knows of nothing
            self._settle((owner, output), want, taken, challenge, now_ms)
        elif known[1] != header.salt:  # it has restarted, or somebody plays an old frame: it is to say so to us
            self._ask(owner, output, now_ms)
            self._renew(owner, now_ms)
        if known[1] == header.salt and header.counter > known[2]:
            known[0], known[2] = challenge, header.counter
            self.states[owner, output] = commanded, confirmed, now_ms
            self._heard[owner, output] = now_ms

    def silent(self, now_ms):
        """Return the targets that do not take what is wanted, or of which nothing has been heard for as long as a lease runs."""
        found = []
        for target, heard_ms in self._heard.items():
            want = self._wants.get(target)
            if now_ms - heard_ms > LEASE_S * 1000 or (want and want.on and want.tries and now_ms - want.since > _SILENT_MS):
                found.append(target)
        return found

    def deadline(self):
        """Return the uptime at which `transmit` has something, or None."""
        return min([want.at for want in self._wants.values()]) if self._wants else None

    def transmit(self, now_ms):
        """Return the next frame that is due, or None."""
        for target in list(self._wants):
            want = self._wants[target]
            if want.at > now_ms:
                continue
            if want.on or now_ms - want.since < LEASE_S * 1000:
                return self._send(target, want, now_ms)
            del self._wants[target]  # the lease has expired without our word
        return None

    def _send(self, target, want, now_ms):
        device, output = target
        want.challenge = self._owners[device][0]
        seconds = LEASE_S if want.on else 0
        frame = self._seal.seal([WANT, device, want.challenge, self._seal.device, output, want.holder, seconds])
        want.asked = (want.asked + [self._seal.counter])[-_AWAITED:]
        pause_ms = self._pause_ms << min(want.tries, _DOUBLINGS)
        want.at = now_ms + pause_ms + (pause_ms * self._entropy(1)[0] >> 10)  # a quarter more at most: two that collided part
        want.tries += 1
        return frame

    def _know(self, device, output, now_ms):
        if device not in self._owners:
            self._owners[device] = [_UNKNOWN, None, 0]
        if (device, output) not in self._heard:
            self._heard[device, output] = now_ms

    def _ask(self, device, output, now_ms):
        """Ask how an output stands that is not wanted."""
        if (device, output) not in self._wants:
            self._wants[device, output] = _Want(0, False, now_ms)

    def _renew(self, device, now_ms):
        for target, want in self._wants.items():
            if target[0] == device and not want.tries:
                want.at = now_ms

    def _settle(self, target, want, taken, challenge, now_ms):
        """Rest until the renewal where the want was taken; where it had another challenge than the one in force, say it again."""
        if not taken:
            if want.challenge != challenge and want.hurries < _HURRIES:
                want.hurries += 1
                want.at = now_ms
        elif want.on:
            want.turn(want.holder, True, now_ms + RENEW_MS)
        else:
            del self._wants[target]
