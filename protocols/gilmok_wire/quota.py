"""How much airtime of a rolling window is left, in a fixed number of slots.

What is sent in a slot stays in the sum until the whole window has passed since the slot ended, so the sum is never less than what any
window of that length holds. Slots count from boot: a saved ledger then never looks older than it is.
"""

from array import array

from .compat import const

_FULL = const(65_535)  # ms that a slot holds; it lasts less


class Quota:
    """The airtime of `keys` bands or channels, each allowed `allowed_ms` in `slots` slots of `slot_ms`.

    `saved` is what `save` returned before the restart; without it all that is allowed counts as sent just now.
    """

    def __init__(self, allowed_ms, slots, slot_ms, keys, now_ms, saved=None):
        self.allowed_ms = allowed_ms
        self.keys = keys
        self._slots = slots
        self._slot_ms = slot_ms
        self._origin_ms = now_ms
        self._slot = 0
        self._size = slots + 1  # and the one that is not over
        self._rings = array("H", bytes(2 * keys * self._size))
        if saved is not None:
            for at in range(len(self._rings)):
                key, age = divmod(at, self._size)
                self._rings[key * self._size + -age % self._size] = saved[2 * at] << 8 | saved[2 * at + 1]
        else:
            for key in range(keys):
                self._add(key, allowed_ms)

    def used_ms(self, key, now_ms):
        """Return how much of the window is used."""
        self._advance(now_ms)
        first = key * self._size
        return sum(self._rings[first : first + self._size])

    def free_at(self, key, ms, now_ms):
        """Return the first uptime in ms, `now_ms` or later, at which `ms` more are allowed, or None where they never are."""
        if ms > self.allowed_ms:
            return None
        spare = self.allowed_ms - ms - self.used_ms(key, now_ms)
        slot = self._slot - self._slots
        at_ms = now_ms
        while spare < 0:
            spare += self._rings[key * self._size + slot % self._size]
            slot += 1
            at_ms = self._origin_ms + (slot + self._slots) * self._slot_ms
        return at_ms

    def book(self, key, ms, now_ms):
        """Count `ms` as sent, ending now or within a second or so."""
        self._advance(now_ms)
        self._add(key, ms)

    def report(self, now_ms):
        """Return (ms used, ms allowed) of the fullest key."""
        return max([self.used_ms(key, now_ms) for key in range(self.keys)]), self.allowed_ms

    def save(self, now_ms, key=None, ms=0):
        """Return what a restart must not forget, two bytes a slot, the newest first; `ms` more of a key as if they were booked."""
        self._advance(now_ms)
        saved = bytearray()
        for first in range(0, len(self._rings), self._size):
            for age in range(self._size):
                used = self._rings[first + (self._slot - age) % self._size]
                if not age and key is not None and first == key * self._size:
                    used = min(used + ms, _FULL)  # what is granted leaves room: it lasts less than the slot
                saved += used.to_bytes(2, "big")
        return bytes(saved)

    def _add(self, key, ms):
        """Add to the newest slot, and what it cannot hold to those before: a slot lasts less than it holds."""
        slot = self._slot
        while ms > 0 and slot >= self._slot - self._slots:
            at = key * self._size + slot % self._size
            part = min(ms, _FULL - self._rings[at])
            self._rings[at] += part
            ms -= part
            slot -= 1

    def _advance(self, now_ms):
        slot = (now_ms - self._origin_ms) // self._slot_ms
        for new in range(max(self._slot + 1, slot - self._slots), slot + 1):
            for first in range(new % self._size, len(self._rings), self._size):
                self._rings[first] = 0
        self._slot = max(slot, self._slot)


def open_quotas(specs, channels, now_ms, saved):
    """Return the quotas of a region (regions.py), one that is each channel's with `channels` keys; `saved` is what save_quotas returned."""
    keys = [channels if each else 1 for _, _, _, each in specs]
    sizes = [2 * count * (spec[1] + 1) for count, spec in zip(keys, specs)]
    if saved is not None and len(saved) != sum(sizes):
        saved = None  # of another region or release: worth nothing
    opened, at = [], 0
    for count, spec, size in zip(keys, specs, sizes):
        opened.append(Quota(spec[0], spec[1], spec[2], count, now_ms, saved and saved[at : at + size]))
        at += size
    return opened


def save_quotas(quotas, now_ms, coming, ms):
    """Return what a restart must not forget of all quotas; `coming` is (quota, key) of `ms` that are about to be sent, or None."""
    quota, key = coming or (None, None)
    return b"".join([each.save(now_ms, key, ms) if each is quota else each.save(now_ms) for each in quotas])
