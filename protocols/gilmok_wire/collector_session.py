"""The collector's side of the synchronisation of one device, sans-IO.

Frames and their Unix time of arrival go in; events come out, which the caller makes durable; `committed` then lets the answers go.
Nothing is acknowledged that was not committed.

Source: SPEC.md section 3, "Agreement".
"""

from . import cbor, messages
from .alert import decode_alert
from .collector_commands import Commands
from .collector_dialogue import Dialogue, Opened
from .columns import decode_columns
from .compat import const
from .errors import DecodeError
from .messages import check_pairs, decode_messages
from .received_batches import decode_batch
from .received_schemas import SchemaAssembler
from .seal import VERSION
from .statements import statement_of

ANCHOR_EVERY_MS = const(600_000)  # a 20 ppm crystal drifts 12 ms in ten minutes, about what a serial anchor is unsure of
MAX_WANTED = const(16)  # schemas asked for at once: they fit the smallest frame
MAX_RANGES = const(16)  # holes named for one stream in one answer: the next ones follow when these are filled
FEW_RANGES = const(2)  # … over a link of short frames: five bytes a bound, and two ranges beside three streams fit 51 bytes
_BEHIND = const(0x8000)  # an alert says half of its record's number: the other half is that of the newest one stored, or next to it
_MAX_LOGS = const(4)  # logs of one device kept in memory: the present one, its parent, and room for a reflash


class CollectorSession:
    """Opens what a device sends and answers it.

    `knowledge(log)` returns the store's Knowledge of a log of this device; `decoder` and `reader` take the place of `decode_columns` and
    `decode_messages`. `commands` are repeated with every answer until their result comes. Events are tuples that start with a name:
    ("hello", log, parent, boot, suite, config digest, firmware), ("rows", log, Rows), ("gap", log, stream, first, end),
    ("stream", log, stream, digest), ("schema", log, stream, digest, name, kind, columns), ("fork", log), ("diagnostic", level, text),
    ("result", id, status, value), ("alert", log, stream, sequence, low half of the rule's id, event, state, level, value),
    ("unsupported", code), ("malformed", code, reason).
    """

    def __init__(self, seal, link, store_id, epoch, knowledge, uncertainty_ms=20, decoder=decode_columns, reader=decode_messages):
        self._seal = seal
        self._link = link
        self._store_id = store_id
        self._epoch = epoch
        self._ask_store = knowledge
        self._uncertainty_ms = uncertainty_ms
        self._decoder = decoder
        self._reader = reader
        self._logs = {}
        self._uncommitted = []  # (log, stream, first, end)
        self._answering = []  # peers whose ask waits for the commit
        self._outbox = []  # (peer, encoded message)
        self._schemas = SchemaAssembler()
        self._report = None  # the LINK message of the next answer
        self.commands = Commands(link)

    @property
    def link(self):
        """The link over which the device is told what it has not asked for."""
        return self._link_of(self.peer())

    def use(self, link, peer=None, route=None):
        """Answer `peer`, every new one where it is None, over `link` from now on; `route` is what the caller knows that link by."""
        if peer is None:
            self._link = link
        else:
            peer.link, peer.route = link, route
        self.commands.use(link)
        if self._outbox:  # what was made for longer frames is asked for again
            self._outbox = [told for told in self._outbox if len(told[1]) <= self._link_of(told[0]).mtu - self._seal.overhead(told[0])]

    # In.

    def receive(self, frame, now_ms):
        """Return the events of an uplink frame that arrived at Unix time `now_ms`.

        Raises: SealError, Replayed or DecodeError for a frame that is not authentic or not ours; nothing has changed then.
        """
        return self.take(self.open(frame), now_ms)

    def open(self, frame, header=None):
        """Return an uplink frame Opened, to be taken in the order of arrival; `header` is the frame's where it has been read.

        Raises: as `receive`.
        """
        plaintext, peer, counter = self._seal.open(frame, header)
        known, unsupported = self._reader(plaintext)
        return Opened(known, unsupported, peer, counter, frame[0] & 0x04)

    def take(self, opened, now_ms, uncertainty_ms=None):
        """Return the events of an opened frame that arrived at Unix time `now_ms`, give or take what is `uncertainty_ms` on its link."""
        peer = opened.peer
        events = [("unsupported", code) for code in opened.unsupported]
        for message in opened.messages:
            if message[0] == messages.HELLO:
                self._take_hello(message, peer, events)
            elif peer.dialogue is None:
                break  # a salt whose hello has not come: nothing says which log this is
            elif not peer.dialogue.foreign:
                self._take(message, peer.dialogue, events)
        if peer.dialogue is not None:
            peer.dialogue.tell_unsupported(opened.unsupported)
            if opened.asks and not self._is_answered(peer, opened.counter):
                peer.dialogue.ask = (opened.counter, now_ms, self._uncertainty_ms if uncertainty_ms is None else uncertainty_ms)
                if peer not in self._answering:
                    self._answering.append(peer)
        return events

    def committed(self):
        """Tell that every event returned so far is durable: the answers may go."""
        for log, stream, first, end in self._uncommitted:
            self._knowledge(log).of(stream).add(first, end)
        self._uncommitted = []
        for peer in self._answering:
            self._answer(peer)
        self._answering = []

    def abandoned(self):
        """Tell that events returned since the last commit were not stored: nothing of them is acknowledged."""
        self._uncommitted = []
        self._answering = []
        self._logs = {}

    def push(self, again=True):
        """Let the commands go now, to a device that listens, without `again` new ones only; False where it has not proved itself yet."""
        peer = self.peer()
        if peer is None or peer.dialogue is None or peer.dialogue.forked or peer.dialogue.foreign:
            return False
        self.commands.use(self._link_of(peer))
        self._outbox += [(peer, cbor.encode(message)) for message in self.commands.to_send(again)]
        return True

    def report(self, rate, margin_cb):
        """Have the next answer tell how well the device is heard: by `margin_cb` tenths of a dB better than needed, at data rate `rate`."""
        self._report = [messages.LINK, rate, margin_cb]

    def confirmed(self):
        """Tell whether the device has proved that it knows this collector's salt."""
        return self.peer() is not None

    def peer(self):
        """Return the salt's session under which the device has proved so, another one after each of its restarts; None before."""
        sessions = self._seal.sessions
        return sessions[0] if sessions and sessions[0].confirmed else None

    # Out.

    def addressee(self):
        """Return the salt's session to which the next downlink frame goes, None where there is no frame."""
        return self._outbox[0][0] if self._outbox else None

    def transmit(self):
        """Return the next downlink frame, or None."""
        peer = self.addressee()
        if peer is None:
            return None
        room = self._link_of(peer).mtu - self._seal.overhead(peer)
        out = bytearray()
        while self._outbox and self._outbox[0][0] is peer and (not out or len(out) + len(self._outbox[0][1]) <= room):
            out.extend(self._outbox.pop(0)[1])
        return self._seal.seal(peer, out)

    def _link_of(self, peer):
        return self._link if peer is None or peer.link is None else peer.link

    # Answers.

    def _is_answered(self, peer, counter):
        ask = peer.dialogue.ask
        return ask is not None and ask[0] >= counter

    def _answer(self, peer):
        dialogue = peer.dialogue
        if dialogue.ask is None:  # another hello took the place of the one that asked
            return
        counter, arrived_ms, uncertainty_ms = dialogue.ask
        messages_out = [[messages.UNSUPPORTED, code] for code in dialogue.unsupported]
        dialogue.unsupported = []
        if dialogue.forked:
            messages_out.append([messages.FORK, dialogue.log])
        elif not dialogue.foreign:
            messages_out += self._acknowledgements(peer, counter)
            messages_out += self._extras(dialogue, counter, arrived_ms, uncertainty_ms)
            if peer.confirmed:
                self.commands.use(self._link_of(peer))
                messages_out += self.commands.to_send()
            if self._report:
                messages_out.append(self._report)
                self._report = None
        self._outbox += [(peer, cbor.encode(message)) for message in messages_out]

    def _acknowledgements(self, peer, counter):
        """Return ACK messages that each fit a frame to `peer` and together state every dirty stream."""
        dialogue = peer.dialogue
        mtu = self._link_of(peer).mtu
        room = mtu - self._seal.overhead(peer)
        ranges = MAX_RANGES if mtu > 100 or len(dialogue.dirty) == 1 else FEW_RANGES
        head = [messages.ACK, self._store_id, self._epoch, counter & 0xFFFF]
        acks = [list(head)]
        for stream in sorted(dialogue.dirty):
            known, doubted = self._knowledge(dialogue.log), stream in dialogue.doubted
            statement = statement_of(stream, known, doubted, room - len(cbor.encode(head)), ranges)
            acks[-1].append(statement)
            if len(cbor.encode(acks[-1])) > room and len(acks[-1]) > len(head) + 1:
                acks.append(head + [acks[-1].pop()])
        dialogue.touched |= dialogue.dirty
        dialogue.dirty = set()
        dialogue.doubted = set()
        return acks

    def _extras(self, dialogue, counter, arrived_ms, uncertainty_ms):
        extras = []
        if dialogue.anchored_ms is None or arrived_ms - dialogue.anchored_ms >= ANCHOR_EVERY_MS:
            dialogue.anchored_ms = arrived_ms
            extras.append([messages.ANCHOR, counter, arrived_ms, uncertainty_ms])
        wanted = sorted(dialogue.touched - self._knowledge(dialogue.log).schemas)
        if wanted:
            extras.append([messages.WANTED] + wanted[:MAX_WANTED])
        return extras

    # Messages.

    def _take(self, message, dialogue, events):
        """Take one message; a malformed one costs only itself, since what stood before it will be acknowledged."""
        handler = self._HANDLERS.get(message[0])
        try:
            if handler:
                handler(self, message, dialogue, events)
        except DecodeError as error:
            events.append(("malformed", message[0], str(error)))

    def _knowledge(self, log):
        if log not in self._logs:
            while len(self._logs) >= _MAX_LOGS:
                del self._logs[next(iter(self._logs))]
            self._logs[log] = self._ask_store(log)
        return self._logs[log]

    def _take_hello(self, message, peer, events):
        version, log = message[1:3]
        if peer.dialogue is None or peer.dialogue.log != log:
            peer.dialogue = Dialogue(log)
        peer.dialogue.anchored_ms = None
        peer.dialogue.foreign = version != VERSION
        if peer.dialogue.foreign:
            peer.dialogue.tell_unsupported([-1 - version])
            events.append(("unsupported", -1 - version))
            return
        events.append(("hello",) + tuple(message[2:]))

    def _take_batch(self, message, dialogue, events):
        self._take_rows(decode_batch(message, self._decoder), dialogue, events)

    def _take_part(self, message, dialogue, events):
        rows = dialogue.assembler.add(message)
        if rows is not None:
            self._take_rows(rows, dialogue, events)
        else:
            dialogue.dirty.add(message[1])

    def _take_rows(self, rows, dialogue, events):
        if dialogue.forked:
            return
        dialogue.dirty.add(rows.stream)
        if self._knowledge(dialogue.log).of(rows.stream).missing(rows.first, rows.end):
            events.append(("rows", dialogue.log, rows))
            self._uncommitted.append((dialogue.log, rows.stream, rows.first, rows.end))

    def _take_state(self, message, dialogue, events):
        _, stream, digest, oldest, following = message[:5]
        unreadable = check_pairs(message[5:])
        if stream >= messages.MAX_STREAMS or not oldest <= following <= messages.MAX_SEQUENCE:
            raise DecodeError("state: stream {}, numbers {} to {}".format(stream, oldest, following))
        settled = self._knowledge(dialogue.log).of(stream)
        if stream not in dialogue.checked:
            dialogue.checked.add(stream)
            events.append(("stream", dialogue.log, stream, digest))
            if settled.pairs and settled.pairs[-1][1] > following:
                dialogue.forked = True
                events.append(("fork", dialogue.log))
        if dialogue.forked:
            return
        dialogue.dirty.add(stream)
        dialogue.doubted.add(stream)
        for first, end in [(0, oldest)] + unreadable:
            for hole in settled.missing(first, min(end, following)):
                events.append(("gap", dialogue.log, stream) + hole)
                self._uncommitted.append((dialogue.log, stream) + hole)

    def _take_schema(self, message, dialogue, events):
        schema = self._schemas.add(dialogue.log, message)
        if schema is not None:
            self._knowledge(dialogue.log).schemas.add(message[1])
            events.append(("schema", dialogue.log) + schema)

    def _take_alert(self, message, dialogue, events):
        stream, low, rule, event, state, level, value = decode_alert(message[1])
        if dialogue.forked or stream >= messages.MAX_STREAMS:
            return
        settled = self._knowledge(dialogue.log).of(stream)
        newest = settled.pairs[-1][1] if settled.pairs else 0
        sequence = max(0, newest - _BEHIND) + (low - max(0, newest - _BEHIND) & 0xFFFF)
        if settled.missing(sequence, sequence + 1):  # else its record is stored already
            events.append(("alert", dialogue.log, stream, sequence, rule, event, state, level, value))

    def _take_diagnostic(self, message, dialogue, events):
        events.append(("diagnostic",) + tuple(message[1:]))

    def _take_result(self, message, dialogue, events):
        self.commands.drop(message[1])
        events.append(("result",) + tuple(message[1:]))

    def _take_poll(self, message, dialogue, events):
        dialogue.dirty.update([stream for stream in message[1:] if stream < messages.MAX_STREAMS])

    def _take_unsupported(self, message, dialogue, events):
        events.append(("unsupported", message[1]))

    _HANDLERS = {
        messages.BATCH: _take_batch,
        messages.BATCH_EXCEPTIONS: _take_batch,
        messages.PART: _take_part,
        messages.STATE: _take_state,
        messages.SCHEMA: _take_schema,
        messages.DIAGNOSTIC: _take_diagnostic,
        messages.RESULT: _take_result,
        messages.POLL: _take_poll,
        messages.ALERT: _take_alert,
        messages.UNSUPPORTED: _take_unsupported,
    }
