"""The node's side of the synchronisation, sans-IO.

Bytes and the node's uptime in ms go in; events, bytes and the next deadline come out. The session sends what the log holds and the
collector has not settled, urgent streams first, waveforms last, and asks for an answer when its window is full, when something urgent
is on its way, or when what it sent has gone unanswered for the link's idle time and nothing more is due.

    GREET --valid downlink--> READY --asked--> AWAIT --answered--> READY
      ^---------- no answer after MAX_TRIES polls ----------'

Source: SPEC.md section 3, "Agreement".
"""

from . import cbor, messages
from .ccm import SUITE
from .compat import const
from .errors import DecodeError, Unsupported
from .messages import check_statement, decode_messages
from .node_stream import ROWS
from .seal import OVERHEAD, VERSION

GREET, READY, AWAIT = "greet", "ready", "await"
MAX_TRIES = const(4)  # at 60 % loss each way four polls in vain are half of all cases: giving up earlier would greet more than it sends
BACKOFF_LIMIT_MS = const(60_000)  # a collector that returns is greeted within a minute
MAX_QUEUE = const(4)  # of results, and of diagnostics, held for the link
_STARVED_MS = const(250)  # a collection of all garbage takes an ESP32 some 10 ms, and four tries in vain have a collector greeted anew
_MAX_POLL = const(24)  # streams named at once: they fit the smallest frame; the rest are asked for next
_ASKS_KEPT = const(4)  # asking frames whose send time is kept for anchors


class NodeSession:
    """Synchronises a log over one link.

    `log` offers log_id, parent, boot, oldest(stream), next(stream) and read(stream, sequence); `streams` are NodeStream objects.
    """

    def __init__(self, seal, link, log, streams, identity):
        self._seal = seal
        self._link = link
        self._wide = 0  # how often the link's window is doubled
        self.most = ROWS  # records read for a frame of history; fewer, and one batch a frame, where a node has no time for more at once
        self.pressed = None  # where a node has other things to do: tells between records that a frame has to go as it is
        self._log = log
        self.identity = identity
        self.streams = streams
        self.store = identity.store
        self.epoch = None
        self.counters = {"sent": 0, "sent_bytes": 0, "refused": 0, "foreign": 0, "timeouts": 0, "restarts": 0, "starved": 0}
        self._results = []  # of commands, and lines for the operator: each goes until it is answered
        self._unsupported = []
        self._free_at = 0
        self._answered_ms = 0
        self._answered = None  # low half of the counter of the frame that was answered last
        self._greet(0, first=True)

    # In.

    def receive(self, frame, now_ms):
        """Take a downlink frame; return a list of events, each a tuple that starts with its name.

        ("anchor", uptime_ms, unix_ms, uncertainty_ms), ("command", id, name, argument), ("fork",), ("unsupported", code),
        ("link", rate, margin in tenths of a dB).
        Frames that are not authentic cost a counter.
        """
        events = []
        try:
            known, unsupported = decode_messages(self._seal.open(frame))
        except Unsupported as error:
            return [("unsupported", error.args[0])]
        except DecodeError:
            self.counters["refused"] += 1
            return events
        if self.phase == GREET:
            self._set_phase(READY, 0)
            self._answered_ms = now_ms
        for code in unsupported:
            self._unsupported = (self._unsupported + [[messages.UNSUPPORTED, code]])[-MAX_QUEUE:]
            events.append(("unsupported", code))
        for message in known:
            handler = self._HANDLERS.get(message[0])
            try:
                if handler:
                    handler(self, message, now_ms, events)
            except DecodeError:
                self.counters["refused"] += 1
        return events

    def result(self, command, status, value=None):
        """Queue the result of a command; it is repeated until answered. A value too long for the link is left out."""
        self._queue([messages.RESULT, command, status, value])

    def diagnose(self, level, text):
        """Queue a line for the operator; it is repeated until answered. What is too long for the link is cut, and the oldest gives way."""
        self._queue([messages.DIAGNOSTIC, level, text])

    def restart(self, now_ms):
        """Begin again from nothing with a new salt, as after a fork of the log."""
        for stream in self.streams:
            stream.forget()
        self._greet(now_ms)

    def starve(self, now_ms):
        """Take note that the heap had no room for what was in the making: it is lost as on the air, and offered again in a moment."""
        self.counters["starved"] += 1
        self._free_at = max(self._free_at, now_ms + _STARVED_MS)
        self._parts = []
        for stream in self.streams:
            stream.rewind()

    # Out.

    def deadline(self, now_ms):
        """Return the uptime at which `transmit` may have something, None while only new records or frames can change that."""
        if self.phase == READY:
            at = self._due_at(now_ms)
        elif self.phase == AWAIT and self._may_interrupt(now_ms):
            at = now_ms
        else:
            at = self._retry_at
        return None if at is None else max(at, self._free_at)

    def transmit(self, now_ms):
        """Return the next frame to put on the link, or None."""
        if now_ms < self._free_at:
            return None
        if self.phase == READY:
            return self._send(now_ms)
        if now_ms >= self._retry_at:
            return self._say_hello(now_ms) if self.phase == GREET else self._ask_again(now_ms)
        if self.phase == AWAIT and self._may_interrupt(now_ms):
            return self._send_urgent(now_ms)
        return None

    def is_urgent(self, now_ms):
        """Tell whether something urgent waits for the link, and the link need not wait for other things."""
        if self.pressed and self.pressed():
            return False
        return any([stream.urgent and stream.due_at(now_ms) is not None for stream in self.streams])

    def backlog(self):
        """Return how many held records are not settled, over all streams."""
        return sum([stream.backlog() for stream in self.streams])

    # Greeting.

    def _greet(self, now_ms, first=False):
        """Say hello, under a new salt, as soon as the link allows; what is not settled is offered again."""
        if not first:
            self.counters["restarts"] += 1
            self._seal.restart()
        self._in_flight = set()  # streams with something sent and not yet answered
        self._stated = set()  # streams whose state is among that
        self._parts = []  # what is left of records that fill several frames
        self._asks = []  # (counter, uptime) of the last asking frames
        self._set_phase(GREET, now_ms)
        for stream in self.streams:
            stream.rewind()

    def _set_phase(self, phase, retry_at):
        self.phase = phase
        self._retry_at = retry_at
        if phase != AWAIT:
            self._tries = 0
            self._frames = 0
            self._asked_from = None
            self._results_sent = 0
            self._in_flight.clear()
            self._stated.clear()

    def hello(self):
        """Return the message in which the node says who it is, its firmware last."""
        log, identity = self._log, self.identity
        return [messages.HELLO, VERSION, log.log_id, log.parent, log.boot, SUITE, identity.config_digest, identity.firmware]

    def _say_hello(self, now_ms):
        hello, room = self.hello(), self._room()
        out = bytearray(cbor.encode(hello))
        while len(out) > room and hello[-1]:  # boot counts and version names grow, a frame of 51 bytes does not
            hello[-1] = hello[-1][:-1]
            out = bytearray(cbor.encode(hello))
        self._stated.clear()
        self._append_states(out, room)
        self._retry_at = now_ms + self._patience_ms(len(out))
        self._tries += 1
        return self._emit(out, now_ms, ask=True)

    # Sending.

    def _send(self, now_ms):
        """Return a frame of whatever is due, in order of urgency."""
        out = bytearray()
        room = self._room()
        urgent = self._append_batches(out, room, now_ms, only_urgent=True)
        self._append_errands(out, room)
        self._append_batches(out, room, now_ms)
        if not out:
            return self._poll(now_ms) if self._is_idle(now_ms) else None
        self._frames += 1
        ask = urgent or self._frames >= self._link.window << self._wide or bool(self._stated) or self._results_sent > 0
        if not ask and self._is_idle(now_ms):
            due_at = self._content_at(now_ms)
            ask = due_at is None or due_at > now_ms
        if ask and not self._parts:  # an answer in the middle of a group could only ask for all of it again
            if self._frames > 1:  # of a stream whose frames were all lost the answer would say nothing
                self._name(out, room)
            self._await(now_ms, len(out))
        return self._emit(out, now_ms, self.phase == AWAIT)

    def _send_urgent(self, now_ms):
        out = bytearray()
        self._append_batches(out, self._room(), now_ms, only_urgent=True)
        return self._emit(out, now_ms, ask=True) if out else None

    def _append_batches(self, out, room, now_ms, only_urgent=False):
        """Fill `out` with batches of due streams; return whether an urgent one is among them."""
        if self._parts and not out:
            out.extend(self._parts.pop(0))
        urgent = False
        for stream in self._by_urgency():
            if only_urgent and not stream.urgent:
                break
            while len(out) < room and not self._parts and not (out and self._ends(only_urgent)):
                due = stream.due_at(now_ms)
                if due is None or due > now_ms:
                    break
                message = stream.take(room - len(out), bool(out), self.most, self.pressed)
                if message is None and not out:
                    self._parts = stream.take_parts(room)
                    message = self._parts.pop(0) if self._parts else None
                if message is None:
                    break
                out.extend(message)
                self._in_flight.add(stream.number)
                urgent = urgent or stream.urgent
        return urgent

    def _ends(self, only_urgent):
        return (self.most < ROWS and not only_urgent) or (self.pressed is not None and self.pressed())

    def _append_errands(self, out, room):
        """Add results and lines for the operator, states, wanted schemas, and what of the collector's is not known here."""
        while self._results_sent < len(self._results):
            if not self._append(out, room, self._results[self._results_sent]):
                break
            self._results_sent += 1
        self._append_states(out, room)
        for stream in self.streams:
            while stream.schema_item is not None:
                item = stream.schema_item
                if not self._append(out, room, stream.take_schema_item()):
                    stream.schema_item = item if out else None
                    break
        while self._unsupported and self._append(out, room, self._unsupported[0]):
            self._unsupported.pop(0)

    def _append_states(self, out, room):
        for stream in self._by_urgency():
            if stream.number not in self._stated and stream.needs_state() and self._append_state(out, room, stream):
                self._stated.add(stream.number)
                self._in_flight.add(stream.number)

    def _append_state(self, out, room, stream):
        message = stream.state()
        while not self._append(out, room, message):
            if out or len(message) == 5:
                return False
            message = message[:-2]  # too many ranges for a frame: the last ones follow when the others are settled
        return True

    def _append(self, out, room, message):
        encoded = cbor.encode(message)
        if len(out) + len(encoded) > room:
            return False
        out.extend(encoded)
        return True

    def _emit(self, out, now_ms, ask):
        frame = self._seal.seal(out, ask)
        self.counters["sent"] += 1
        self.counters["sent_bytes"] += len(frame)
        self._free_at = now_ms + self._link.air_ms(len(frame))
        if ask:
            if self._asked_from is None:
                self._asked_from = self._seal.counter
            self._asks = (self._asks + [(self._seal.counter, self._free_at)])[-_ASKS_KEPT:]
        return frame

    def _room(self):
        return self._link.mtu - self._seal.overhead

    # Awaiting.

    def _await(self, now_ms, length):
        self._set_phase(AWAIT, now_ms + self._patience_ms(length))

    def _patience_ms(self, length):
        """Return how long to wait for an answer: doubled with every try, since silence may be congestion."""
        wait = self._link.air_ms(length + self._seal.overhead) + self._link.answer_ms
        return min(wait << min(self._tries, 6), max(BACKOFF_LIMIT_MS, wait))

    def _ask_again(self, now_ms):
        """Repeat urgent records, else poll for what is awaited; give the collector up after MAX_TRIES."""
        self.counters["timeouts"] += 1
        self._tries += 1
        if self._tries > MAX_TRIES:
            return self._give_up(now_ms)
        self._results_sent = 0
        for stream in self.streams:
            if stream.urgent and stream.number in self._in_flight:
                stream.rewind()
        out = bytearray()
        if not self._append_batches(out, self._room(), now_ms, only_urgent=True):
            return self._poll(now_ms)
        self._await(now_ms, len(out))
        return self._emit(out, now_ms, ask=True)

    def _give_up(self, now_ms):
        """Begin anew with a collector that does not answer: it may have restarted."""
        self._greet(now_ms)
        return self._say_hello(now_ms)

    def _poll(self, now_ms):
        """Ask for what is awaited: by its state, said once more, before a stream is agreed on; then by name."""
        out = bytearray()
        self._stated.clear()
        self._append_states(out, self._room())
        self._name(out, self._room())
        self._await(now_ms, len(out))
        return self._emit(out, now_ms, ask=True)

    def _name(self, out, room):
        """Add a poll of what is awaited."""
        names = [stream.number for stream in self.streams if stream.agreed and stream.number in self._in_flight - self._stated]
        if names or not out:
            self._append(out, room, [messages.POLL] + names[:_MAX_POLL])

    # What is due.

    def _by_urgency(self):
        return sorted(self.streams, key=lambda stream: 0 if stream.urgent else 2 if stream.waveform else 1)

    def _may_interrupt(self, now_ms):
        """Tell whether an urgent record may go out while an answer is awaited."""
        return self._link.full_duplex and self.is_urgent(now_ms)

    def _due_at(self, now_ms):
        """Return when the next frame is due, or None."""
        at = self._content_at(now_ms)
        if self._frames:
            idle_at = self._answered_ms + self._link.idle_ms
            at = idle_at if at is None else min(at, idle_at)
        return at

    def _content_at(self, now_ms):
        """Return when the next message is due, or None."""
        if self._parts or self._unsupported or self._results_sent < len(self._results):
            return now_ms
        earliest = None
        for stream in self.streams:
            if stream.schema_item is not None or (stream.number not in self._stated and stream.needs_state()):
                return now_ms
            at = stream.due_at(now_ms)
            if at is not None and (earliest is None or at < earliest):
                earliest = at
        return earliest

    def _is_idle(self, now_ms):
        """Tell whether something sent has gone without an answer for as long as the link allows."""
        return self._frames > 0 and now_ms >= self._answered_ms + self._link.idle_ms

    def _queue(self, message):
        self._fit(message)
        alike = [place for place, each in enumerate(self._results) if each[0] == message[0]]
        if len(alike) >= MAX_QUEUE:
            del self._results[alike[0]]
            if alike[0] < self._results_sent:
                self._results_sent -= 1
        self._results.append(message)

    def _fit(self, message):
        """Leave the value out of a result, or cut a line, that a frame of this link does not hold."""
        room = self._link.mtu - OVERHEAD
        if message[0] == messages.RESULT:
            if len(cbor.encode(message)) > room:
                message[3] = None
            return
        while len(cbor.encode(message)) > room:
            message[2] = message[2][:-1]

    # Messages.

    def _take_ack(self, message, now_ms, events):
        _, store, epoch, answered = message[:4]
        if self.store is None:
            self.store = store
        if store != self.store or (self.epoch is not None and epoch < self.epoch):
            self.counters["foreign"] += 1
            return
        risen = self.epoch is not None and epoch > self.epoch
        self.epoch = epoch
        if risen:  # the store was restored: what it settled before may be gone
            self.restart(now_ms)
            return
        self._answered = answered
        awaited = len(self._in_flight)
        answers = self.phase == AWAIT and any([n & 0xFFFF == answered and n >= self._asked_from for n, _ in self._asks])
        for statement in message[4:]:
            self._take_statement(statement, answers, events)
        if len(self._in_flight) < awaited:
            self._tries = 0
        if answers:
            self._take_answer(answered, now_ms)

    def _take_statement(self, statement, answers, events):
        number, below, beyond, witness = check_statement(statement)
        for stream in self.streams:
            if stream.number == number:
                if not stream.agreed and witness is None:
                    return  # of numbers this device has not stated: what it holds under them may be something else
                denied = witness and witness[1] and stream.is_denied(*witness)
                if denied or max([below] + [end for _, end in beyond]) > self._log.next(number):
                    events.append(("fork",))  # another device, or another life of this one, has written under this log id
                    return
                stream.settle(below, beyond)
                if answers:
                    stream.rewind()
                    self._in_flight.discard(stream.number)
                    self._stated.discard(stream.number)

    def _take_answer(self, answered, now_ms):
        """Go on, or ask once more by name where the answer to the last ask says nothing of what is in flight."""
        if not self._in_flight:
            del self._results[: self._results_sent]
            self._set_phase(READY, 0)
            self._answered_ms = now_ms
        elif self._asks[-1][0] & 0xFFFF == answered:
            self._retry_at = now_ms

    def _take_anchor(self, message, now_ms, events):
        """Turn "your frame c arrived at T ± u" into uptime, time and uncertainty.

        The frame arrived between the end of its sending and the arrival of this answer: the wait widens the uncertainty.
        """
        for counter, sent_ms in self._asks:
            if counter == message[1]:
                events.append(("anchor", sent_ms, message[2], message[3] + max(0, now_ms - sent_ms)))

    def _take_wanted(self, message, now_ms, events):
        for stream in self.streams:
            if stream.number in message[1:] and stream.schema_item is None and stream.info is not None:
                stream.schema_item = 0

    def _take_fork(self, message, now_ms, events):
        if message[1] == self._log.log_id:
            events.append(("fork",))

    def _take_command(self, message, now_ms, events):
        events.append(("command",) + tuple(message[1:]))

    def _take_link(self, message, now_ms, events):
        events.append(("link",) + tuple(message[1:]))

    def _take_unsupported(self, message, now_ms, events):
        events.append(("unsupported", message[1]))

    _HANDLERS = {
        messages.UNSUPPORTED: _take_unsupported,
        messages.ACK: _take_ack,
        messages.ANCHOR: _take_anchor,
        messages.WANTED: _take_wanted,
        messages.FORK: _take_fork,
        messages.COMMAND: _take_command,
        messages.LINK: _take_link,
    }
