"""One output: what it is commanded to do, by whom, and whether it has done it. Sans-IO; states are 0 and 1.

At rest an output is in its fail-safe state, and something has to want the other one, its active state. From the strongest:
exit and on site (inputs), test, maintenance (nothing but tests and people on site move it), a wish (a rule or a lease), the minimum
time it stays active. A presence keeps whatever but people on site from leaving the fail-safe state, and takes back what is not yet
confirmed.
"""

from gilmok_wire.compat import const

# Roles of inputs, as bits of what `update` takes, and events: compiled.py has their names.
_CONFIRMS_1 = const(1)
_CONFIRMS_0 = const(2)
_CONFIRMS = const(3)
_PRESENCE = const(4)
_EXIT = const(8)
_ON_SITE = const(16)

_COMMANDED = const(0)
_CONFIRMED = const(1)
_DOUBTED = const(2)
_BLOCKED = const(3)
EVENTS = ("commanded", "confirmed", "doubted", "blocked")

_NOBODY = const(0)
_SITE = const((1 << 29) - 1)  # the cause where nobody but people on site, or time, is behind it


class Output:
    """Follows what is wanted; `on_event(output, event, cause, after_ms)` is told of each event, `cause` being an id or 0.

    `roles` are the bits of the inputs there are. `commanded` is what the pin has to be; `confirmed` is None where it is not known.
    """

    def __init__(self, fail_safe, min_on_ms, confirm_ms, roles, on_event):
        self.commanded = fail_safe
        self.confirmed = None
        self.doubted = False
        self.cause = _NOBODY
        self.maintained = False
        self._fail_safe = fail_safe
        self._min_on_ms = min_on_ms
        self._confirm_ms = confirm_ms
        self._roles = roles
        self._on_event = on_event
        self._commanded_ms = 0  # since when; 0 from the start, where nothing was commanded yet
        self._doubtful_ms = None  # since when it is not as commanded; None before the first look
        self._blocked = False
        self._awaited = False  # a confirmation will be news
        self._test = None  # (end, cause)
        self._leases = {}  # holder → end

    def test(self, now_ms, span_ms, cause):
        """Be active for a while; 0 ends a test."""
        self._test = (now_ms + span_ms, cause) if span_ms else None

    def lease(self, holder, now_ms, span_ms):
        """Be active for a while on behalf of an alarm elsewhere; 0 ends what that one wants."""
        if span_ms:
            self._leases[holder] = now_ms + span_ms
        elif holder in self._leases:
            del self._leases[holder]

    def doubt(self):
        """Begin in doubt, as before a restart: its confirmation is news."""
        self.doubted = self._awaited = True

    def update(self, now_ms, wanted_by, inputs=0):
        """Decide with the id of who wants it here, 0 where none does, and the active `inputs`; return the state commanded."""
        cause, forced = self._decide(now_ms, wanted_by, inputs)
        target = self._fail_safe if cause == _NOBODY else 1 - self._fail_safe
        there = self.commanded != self._fail_safe and self.confirmed == self.commanded
        blocked = inputs & _PRESENCE and not forced and target != self._fail_safe and not there
        if blocked:
            target = self._fail_safe
            if not self._blocked:
                self._on_event(self, _BLOCKED, cause, 0)
        self._blocked = blocked
        if target != self.commanded:
            self.commanded = target
            self._commanded_ms = self._doubtful_ms = now_ms
            self.doubted = False
            self._awaited = True
            self._on_event(self, _COMMANDED, cause or self.cause, 0)
            self.cause = cause
        elif cause != _NOBODY:
            self.cause = cause
        self._watch(now_ms, inputs)
        return self.commanded

    def let_go(self):
        """Be in the fail-safe state, because nobody decides any more."""
        self.commanded = self._fail_safe

    def due_at(self, now_ms):
        """Return when time alone changes something; None where nothing is on its way."""
        ends = list(self._leases.values())
        if self._test:
            ends.append(self._test[0])
        if self.commanded != self._fail_safe:
            ends.append(self._commanded_ms + self._min_on_ms)
        if self._confirm_ms and not self.doubted and self.confirmed != self.commanded:
            ends.append(self._doubtful_ms + self._confirm_ms)
        ends = [end for end in ends if end > now_ms]
        return min(ends) if ends else None

    def _decide(self, now_ms, wanted_by, inputs):
        """Return (cause of being active or 0, whether people on site decide)."""
        for holder in [holder for holder, end in self._leases.items() if end <= now_ms]:
            del self._leases[holder]
        if self._test and self._test[0] <= now_ms:
            self._test = None
        if inputs & _EXIT:
            return _NOBODY, True
        if inputs & _ON_SITE:
            return self.cause or _SITE, True
        if self._test:
            return self._test[1], False
        if self.maintained:
            return _NOBODY, False
        for holder in self._leases:
            wanted_by = wanted_by or holder
        if not wanted_by and self.commanded != self._fail_safe and now_ms - self._commanded_ms < self._min_on_ms:
            return self.cause or _SITE, False
        return wanted_by, False

    def _watch(self, now_ms, inputs):
        """Compare what was commanded with what the inputs show."""
        self.confirmed = self._seen(inputs)
        if not self._confirm_ms:
            return
        if self._doubtful_ms is None:
            self._doubtful_ms = now_ms
        if self.confirmed == self.commanded:
            if self._awaited:
                self.doubted = self._awaited = False
                self._on_event(self, _CONFIRMED, self.cause, now_ms - (self._commanded_ms or now_ms))
            self._doubtful_ms = now_ms
        elif not self.doubted and now_ms - self._doubtful_ms >= self._confirm_ms:
            self.doubted = self._awaited = True
            self._on_event(self, _DOUBTED, self.cause, now_ms - self._doubtful_ms)

    def _seen(self, inputs):
        """Return the state that the inputs show: of two both count, one alone tells the other state by being silent."""
        roles = self._roles
        if not roles & _CONFIRMS or inputs & _CONFIRMS == _CONFIRMS:
            return None
        if inputs & _CONFIRMS_1:
            return 1
        if inputs & _CONFIRMS_0:
            return 0
        return None if roles & _CONFIRMS == _CONFIRMS else (0 if roles & _CONFIRMS_1 else 1)
