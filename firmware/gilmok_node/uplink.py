"""The node's one session over several ports, or over a dear one. A node with nothing but a serial line never loads this.

The session goes over the cheapest port that answers. One that fell silent is asked now and then; a dearer one carries on meanwhile, so
that a link that comes or goes costs repetitions and no record. What is urgent goes over every port at once.

A port is an end of a link: name, cost (0 serial, 1 BLE, 2 LoRa), `link` as it is now, `up` where something may arrive;
poll(now_ms, quiet) takes what came, calling on_frame(frame, port, now_ms), moves what is under way, and returns the uptime of the next
call or None; free(now_ms, urgent); send(frame, now_ms, urgent), whose frame may leave later: then on_sent(port, end_ms) is called when
its last byte has; say(text) to people. A frame for a port that is not free may be dropped. on_frame returns whether a frame was authentic.
Dear ports have a report(): counters by name, and adapt(rate, margin), which takes the other end's word on how well they are heard.
"""

from gilmok_wire.compat import const
from gilmok_wire.node_session import GREET

from .port import READER

# What goes over a dear port, as protocols/node_config.cddl counts it: everything; records of the last hour, and alarms; alarms, health
# and anchors.
ANY = const(0)
FRESH = const(1)
NEVER = const(2)
_GROUP = b"\xff\xff"  # in the place of a device (SPEC.md section 6)
_VAIN = const(2)  # frames in vain until another port takes over: one alone may be a collision or a slow disk
_AGAIN_MS = const(10_000)  # a plugged-in cable is known within ten seconds, at a price of 14 bytes
_DEAR = const(2)  # from this cost on, history is airtime
_SLOT_MS = const(900_000)
_SLOTS = const(4)  # of what counts as fresh: an hour, a quarter of it unsure
_BEYOND = const(1 << 41)  # beyond every number (SPEC.md section 5)
# Beside what is urgent: without anchors an alarm has no date, without health a node is not known to live, and what hinders its radio is
# seen in what that counts.
_ALWAYS = ("anchor", "health", "fault", "radio")


class Uplink:
    """Moves the session's frames over `ports`, which are sorted by cost. `history` says what goes over a dear port: ANY, FRESH or NEVER.

    Whoever changes `history` calls hold_back().

    `on_event(event, now_ms)` is told what the session learns; `group` takes what the nodes of the site's group say to each other.
    """

    def __init__(self, session, ports, on_event, log, history=ANY):
        for port in ports:
            port.on_frame = self.receive
            port.on_sent = self.sent
        self.session = session
        self.ports = ports
        self.port = ports[0]  # the one in use
        self.group = None
        self._on_event = on_event
        self._moved = False
        self._log = log
        self.silent = []  # ports that did not answer
        self.history = history
        self._link = self.port.link
        self._up = self.port.up
        self._try_at = 0
        self._phase = session.phase
        self._owed = []  # (port, frame) of what is urgent, for ports that were not free
        self._slots = []  # next number of each stream, a quarter of an hour apart
        self._slot_at = 0

    def poll(self, now_ms, quiet=True):
        """Take what has come and send what is due; return the uptime at which to be called again, or None.

        Unless it is `quiet`, only what is urgent goes: making a frame of history would keep a reading waiting.
        """
        self._moved = False
        times = [port.poll(now_ms, quiet) for port in self.ports]
        self._age(now_ms)
        self._choose(now_ms)
        try:
            times.append(self._send(now_ms, quiet))
            if quiet:
                times.append(self._try_silent(now_ms))
        except MemoryError:
            self._starve(now_ms)
        if self._moved:  # an output is to be recorded at once
            return now_ms
        times = [at for at in times if at is not None]
        return min(times) if times else None

    def receive(self, frame, port, now_ms):
        """Take a frame that came over a port, and return whether it was authentic: one that brings such frames answers."""
        if frame[1:3] == _GROUP:
            if self.group is not None:
                self._moved = self.group.receive(frame, now_ms) or self._moved
            return False
        if frame[:1] >= READER:
            if port.cost < _DEAR:
                self._on_event(("reader", frame, port), now_ms)
            return False
        heard = self.session.heard
        try:
            events = self.session.receive(frame, now_ms)
        except MemoryError:
            self._starve(now_ms)
            return False
        if self.session.heard != heard and port in self.silent:
            self.silent.remove(port)
        for event in events:
            if event[0] == "link":
                if port.cost >= _DEAR:
                    port.adapt(*event[1:])
            else:
                self._on_event(event, now_ms)
        return self.session.heard != heard

    def sent(self, port, end_ms):
        """Take note that a frame left a port."""
        if port is self.port:
            self.session.sent(end_ms)

    def _starve(self, now_ms):
        """A heap in pieces had no room: whoever keeps some gives it, and what was under way is lost as on the air."""
        self._on_event(("starved",), now_ms)
        self.session.starve(now_ms)
        self._moved = True

    # Choosing.

    def _choose(self, now_ms):
        """Go on over the cheapest port that answers, or else over the last resort: the dearest there is."""
        session = self.session
        if session.in_vain(now_ms) >= _VAIN and self.port not in self.silent:
            self.silent.append(self.port)
        self.silent = [port for port in self.silent if port.up]  # one that comes back is new
        up = [port for port in self.ports if port.up]
        port = ([port for port in up if port not in self.silent] or up[-1:] or [self.port])[0]
        back = port.up and not self._up  # somebody has connected, perhaps not who was there before, and what was under way is lost
        self._up = port.up
        if port is not self.port or port.link is not self._link or back:
            doubt = back or self.port in self.silent
            same, self.port = port is self.port and not back, port
            self._link = port.link
            self.hold_back()
            if same:
                session.tune(port.link)
            else:
                session.use(port.link, now_ms, doubt)

    def _try_silent(self, now_ms):
        """Ask over silent ports that cost no more than the one in use; return when to do so again, None where there are none."""
        phase, self._phase = self._phase, self.session.phase
        if self._phase == GREET != phase:  # a new salt: whoever did not know the old one answers now
            self._try_at = now_ms
        silent = [port for port in self.silent if port.cost <= self.port.cost and port is not self.port]
        if now_ms >= self._try_at and silent:
            self._try_at = now_ms + _AGAIN_MS
            for port in silent:
                if port.free(now_ms):
                    port.send(self.session.probe(port.link, now_ms), now_ms)
        return self._try_at if silent else None

    # Sending.

    def _send(self, now_ms, quiet):
        session = self.session
        self._pay(now_ms)
        deadline = session.deadline(now_ms)
        if deadline is None or deadline > now_ms:
            return deadline
        urgent = session.hurries(now_ms)
        if not quiet and not urgent and not session.is_urgent(now_ms):
            return now_ms + 1
        up = [port for port in self.ports if port.up]
        free = [port for port in up if port.free(now_ms, urgent)]
        if self.port not in free and not (urgent and free):
            return None  # the port tells when it is
        frame = session.transmit(now_ms, min([port.link.mtu for port in up]) if len(up) > 1 else 0)
        if frame is not None and session.urgent:
            self._owed = [(port, frame) for port in up if len(frame) <= port.link.mtu]
            self._pay(now_ms)
        elif frame is not None:
            self.port.send(frame, now_ms)
        # Who has just got a frame knows when to be called: it leaves when chance and law have it.
        return session.deadline(now_ms) if frame is None else now_ms

    def _pay(self, now_ms):
        """Hand what is urgent to every port as it becomes free, until it is answered."""
        if self._owed and not self.session.hurries(now_ms):
            self._owed = []
        for port, frame in self._owed:
            if port.free(now_ms, True):
                port.send(frame, now_ms, True)
                self._owed = [owed for owed in self._owed if owed[0] is not port]

    # History.

    def _age(self, now_ms):
        """Let what was fresh become history."""
        if self.history == ANY or now_ms < self._slot_at:
            return
        self._slots = (self._slots + [[self._log.next(stream.number) for stream in self.session.streams]])[-_SLOTS:]
        self._slot_at = now_ms + _SLOT_MS
        self.hold_back()

    def hold_back(self):
        """Let history wait for a cheaper port, where the node's policy says so."""
        holds = self.history != ANY and self.port.cost >= _DEAR
        for place, stream in enumerate(self.session.streams):
            was, floor = stream.floor, self._floor(stream, place) if holds else 0
            if floor != was:  # else it stays the class's: an attribute more would move each stream to a larger place
                stream.floor = floor
            if floor < was:
                stream.rewind()  # its cursor stands beyond what had to wait

    def _floor(self, stream, place):
        if stream.urgent or (stream.info and stream.info.name in _ALWAYS):
            return 0
        return _BEYOND if self.history == NEVER else self._slots[0][place]
