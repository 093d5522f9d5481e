"""The node's one session with its collector, and the port it goes over.

A port is an end of a link: name, cost (0 serial, 1 BLE, 2 LoRa), `link` as it is now, `up` where something may arrive;
poll(now_ms, quiet) takes what came, calling on_frame(frame, port, now_ms), moves what is under way, and returns the uptime of the next
call or None; free(now_ms); send(frame, now_ms, urgent), whose frame may leave later: then on_sent(port, end_ms) is called when its last
byte has; say(text) to people; report() of counters. A frame for a port that is not free may be dropped.
"""

GROUP = b"\xff\xff"  # in the place of a device (SPEC.md section 6)


class Uplink:
    """Moves the session's frames over its one port. `group` takes what the nodes of the site's group say to each other."""

    def __init__(self, session, ports, on_event):
        self.session = session
        self.ports = ports
        self.port = ports[0]
        self.group = None
        self._on_event = on_event
        self._moved = False
        for port in ports:
            port.on_frame = self.receive

    def poll(self, now_ms, quiet=True):
        """Take what has come and send what is due; return the uptime at which to be called again, or None.

        Unless it is `quiet`, only what is urgent goes: making a frame of history would keep a reading waiting.
        """
        self._moved = False
        at = self.port.poll(now_ms, quiet)
        if self.port.free(now_ms):
            at = self._send(now_ms, quiet)
        return now_ms if self._moved else at  # an output that moved is to be recorded at once

    def receive(self, frame, port, now_ms):
        """Take a frame that came over a port."""
        if frame[1:3] != GROUP:
            for event in self.session.receive(frame, now_ms):
                self._on_event(event, now_ms)
        elif self.group is not None:
            self._moved = self.group.receive(frame, now_ms) or self._moved

    def _send(self, now_ms, quiet):
        session = self.session
        deadline = session.deadline(now_ms)
        if deadline is not None and deadline <= now_ms:
            if not quiet and not session.is_urgent(now_ms):
                return now_ms + 1
            frame = session.transmit(now_ms)
            if frame is not None:
                self.port.send(frame, now_ms)
            deadline = session.deadline(now_ms)
        return deadline
