"""What a node does while its supply runs down: it sheds work, says once how it stands, and then leaves its flash alone.

    FULL --below shed--> LEAN --below stop--> DARK
      ^------- above either by the margin ------'

LEAN: no raw waveforms, what no rule watches is measured seldom, and over dear links go alarms and health alone. DARK: rules and outputs go
on, and nothing is written, since flash that is programmed below its supply's least voltage may keep anything. Events of alarms and outputs
are told from memory, and written later (judge/held.py).
"""

from gilmok_wire.compat import const

from . import forget
from .flash.entry import LogError

FULL = const(0)
LEAN = const(1)
DARK = const(2)

_SLOWER = const(6)  # a gauge of ten seconds is read once a minute: a sixth of what it takes
_LOST_MS = const(600_000)  # a gauge that is silent so long tells nothing: better a node that works on than one that is silent for good
_NEVER = const(2)  # uplink.NEVER: that module is 6 KB, which a node with nothing but a serial line does without
_CONFIRMED = const(3)  # readings in a row: a barrier's motor or a transmission pulls a tired battery down for a moment


class Power:
    """Watches a reading of the supply; `spec` is (source, channel, shed, stop, margin), in steps of that channel.

    `samplers` are the node's, `watched` the sources that rules judge. `state` is FULL, LEAN or DARK.
    """

    def __init__(self, spec, samplers, watched):
        source, self._channel, self._shed, self._stop, self._margin = spec
        self._sampler = samplers[source]
        self._spared = [sampler for place, sampler in enumerate(samplers) if place not in watched and place != source]
        self._periods = [sampler.period_ms for sampler in self._spared]
        self._tick = 0  # of the last good reading
        self._again = 0  # readings in a row that said the same other state
        self._wanted = FULL
        self._history = None  # what the node sends over dear ports while its supply is full
        self.state = FULL

    def poll(self, now_ms):
        """Look at the newest reading; return whether the state has changed."""
        wanted = self._look(now_ms)
        if wanted == self.state or self._again < _CONFIRMED:
            return False
        self._shift(wanted)
        return True

    def _look(self, now_ms):
        """Return the state that the last good readings ask for, FULL where there are none any more."""
        last = self._sampler.last
        value = last[1][self._channel] if last else None
        if value is not None and last[0] != self._tick:
            self._tick = last[0]
            wanted = self._judge(value)
            self._again = self._again + 1 if wanted == self._wanted else 1
            self._wanted = wanted
        elif self.state != FULL and now_ms - self._tick > _LOST_MS:
            self._wanted = FULL
            self._again = _CONFIRMED
        return self._wanted

    def apply(self, node, now_ms):
        """Have the node live by the present state: the last that it writes says how it stood, and goes to the collector."""
        name = ("power is full", "power is low: only alarms are sent", "power is nearly gone: nothing is written")[self.state]
        self._spare_air(node.uplink)
        node.tell(name, self.state != FULL)
        node.log.is_closed = False
        node.record_health(now_ms)
        if self.state == DARK and node.alarms and not node.log.held:
            _hold(node.log, node.alarms)
        node.log.is_closed = self.state == DARK
        if node.alarms:
            node.alarms.is_closed = node.log.is_closed
            node.alarms.held = node.log.held

    def _spare_air(self, uplink):
        """Have history wait, on dear ports, for better days; a serial line costs next to nothing and goes on."""
        if not hasattr(uplink, "history"):
            return
        if self._history is None:
            self._history = uplink.history
        uplink.history = self._history if self.state == FULL else _NEVER
        uplink.hold_back()

    def _judge(self, value):
        """Return the state that a voltage asks for: one step down at its limit, up only beyond the margin."""
        stop = self._stop + (self._margin if self.state == DARK else 0)
        shed = self._shed + (self._margin if self.state != FULL else 0)
        return DARK if value < stop else LEAN if value < shed else FULL

    def _shift(self, state):
        was, self.state = self.state, state
        if (was == FULL) == (state == FULL):
            return
        for place, sampler in enumerate(self._spared):
            sampler.period_ms = self._periods[place] if state == FULL else self._periods[place] * _SLOWER
            if state != FULL:
                sampler.capture(False)


def _hold(log, alarms):
    """Have events of alarms and outputs told while nothing is written; where that cannot be they wait, as readings' own events do."""
    try:
        from .judge.held import Held

        log.held = Held(log, [each.number for each in (alarms.alarm_recorder, alarms.output_recorder) if each])
    except (LogError, MemoryError):
        pass
    forget("dark")
