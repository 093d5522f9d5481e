"""One stream of a node's log as its session sees it: what to offer next, and what the collector has settled."""

from . import messages
from .batches import Rows, encode_batch
from .columns import decode_columns
from .compat import const
from .errors import DecodeError
from .spans import add_span, end_of_span, missing_spans

ROWS = const(32)  # slow channels are within 3 % of their best rate here, and 16 columns of 32 small ints are 4 KB on a chip
SAMPLES = const(128)  # a waveform has three columns, so it may have more rows in the same memory
_FEW = const(6)  # rows: below this the header of a batch outweighs its columns
_MAX_UNREADABLE = const(3)  # ranges a state names at once: the next ones follow when these are settled
_STEP_LIMIT = const(1 << 28)  # a longer pause than this (3 days) does not fit an exception: the batch ends before it


class StreamInfo:
    """What the configuration says of a stream.

    `columns` are (channel, unit, exponent[, step]) tuples, or a text with a line for each, whose tuples are made when needed;
    `max_age_ms` is how long a record may wait for company on the link.
    """

    # What most are; an object has room for four attributes and the fifth costs as much as two.
    kind = messages.READINGS
    urgent = False

    def __init__(self, name, kind, columns, max_age_ms=0, urgent=False):
        self.name = name
        self._columns = columns
        self.max_age_ms = max_age_ms
        if kind != self.kind:
            self.kind = kind
        if urgent:
            self.urgent = urgent

    @property
    def columns(self):
        """The columns as tuples."""
        return columns_of(self._columns)

    def lines(self):
        """Return the columns as they are kept: a list of lines of text, or tuples."""
        return lines_of(self._columns)

    def digest(self):
        """Return the 4-byte digest of the schema."""
        return messages.schema_digest(self.name, self.kind, self.columns)


class NodeStream:
    """The sending side of one stream."""

    # What most are all their life: of ten attributes an object has 160 bytes, and 192 of one more.
    floor = 0  # numbers below wait for another link
    unreadable = ()  # spans of what cannot be read
    _digest = None  # a node's log has it

    def __init__(self, number, digest, info, log):
        self.number = number
        if not hasattr(log, "checkpoint"):
            self._digest = digest
        self.info = info  # None: a stream of an earlier configuration, of which only records are left
        self._log = log
        self.fit = ROWS  # records that a frame of this link holds, as far as that is known
        self._sent = 0  # numbers below have been on the link once: sent again, they wait for no company
        self.forget()

    def forget(self):
        """Go back to knowing nothing of the collector."""
        self.below = None  # numbers below are settled; None: nothing is agreed on yet
        self.beyond = ()  # … and these spans: a list, once there are any
        self.schema_item = None  # next schema item to send, where the collector wants it
        self.waiting_since = None
        self.rewind()

    @property
    def agreed(self):
        """Tell whether the collector knows what this stream is."""
        return self.below is not None

    @property
    def urgent(self):
        """Tell whether records of this stream overtake everything else."""
        return self.info is not None and self.info.urgent

    @property
    def waveform(self):
        """Tell whether records of this stream wait for everything else."""
        return self.info is not None and self.info.kind == messages.WAVEFORM

    def backlog(self):
        """Return how many held records are not settled."""
        oldest, end = self._log.oldest(self.number), self._log.next(self.number)
        return sum([high - low for low, high in self._unsettled(oldest, end)])

    def due_at(self, now_ms):
        """Return when this stream has something to send, None while it has nothing."""
        self._skip_settled()
        end = self._log.next(self.number)
        if not self.agreed or self.cursor >= end:
            self.waiting_since = None
            return None
        if self.waiting_since is None:
            self.waiting_since = now_ms
        if self.info is None or self.urgent or self.cursor < self._sent or end - self.cursor >= self.fit:
            return now_ms
        at = self.waiting_since + self.info.max_age_ms
        if at <= now_ms:
            self._sent = end  # what waits behind a batch's end, as at a reboot, has waited as long: it goes at once, not after max_age more
        return at

    def take(self, room, whole, most=ROWS, pressed=None):
        """Return the encoded batch, at most `room` bytes, of the next records, and move the cursor behind them; None if it does not fit.
        With `whole` the batch is refused where room cuts it short: a frame that has other content takes no crumbs. Below ROWS it holds at
        most `most` records, and once `pressed()` it takes no more than it has. Where a heap in pieces has no place for so many rows, half
        as many are tried; they grow again with each batch that fits.
        """
        while True:
            try:
                return self._take(room, whole, most, pressed)
            except MemoryError:
                if self.fit < _FEW:
                    raise
                self.fit >>= 1

    def _take(self, room, whole, most, pressed):
        fit = self.fit + (self.fit >> 3) + 1
        rows = self._read(min(fit, most) if most < ROWS else fit, pressed)
        if rows is None:
            return None
        held = len(rows)
        count = min(held, SAMPLES if self.waveform else ROWS)
        _cut(rows, count)
        message = encode_batch(rows, count)
        while len(message) > room:
            if whole or count == 1:
                return None
            count = max(1, min(count - 1, count * room // len(message)))
            if count < _FEW and len(rows.columns) > 1:
                return None  # better whole groups of records, split by columns
            _cut(rows, count)
            message = encode_batch(rows, count)
        if not whole and count < held:
            self.fit = count
        else:
            self.fit = max(self.fit, count)
        self._move_to(rows.first + count)
        return message

    def take_parts(self, room):
        """Return the next records, too wide for a frame, as part messages of at most `room` bytes; move the cursor behind them."""
        from .wide_records import ROWS_IN_PARTS, encode_parts  # 2 KB that a serial line, whose frames hold any record, never needs

        rows = self._read(ROWS_IN_PARTS)
        if rows is None:
            return []
        count, parts = encode_parts(rows, room)
        self.fit = count
        self._move_to(rows.first + count)
        return parts

    def settle(self, below, beyond):
        """Take a statement: everything below `below` and the ranges `beyond` are settled."""
        was = self.below
        spans = list(self.beyond)
        add_span(spans, 0, max(was or 0, below))
        for first, end in beyond:
            add_span(spans, first, end)
        self.below = spans.pop(0)[1] if spans and not spans[0][0] else 0
        self.beyond = spans or ()
        if was is None:
            self.rewind()

    def settled_spans(self):
        """Return what is settled, (first, end) pairs in order: for whoever watches a node, no node needs it."""
        return ([(0, self.below)] if self.below else []) + list(self.beyond)

    def is_denied(self, number, digest):
        """Tell whether the record `number` that the store holds is another than ours: then this log has lived twice."""
        entry = self._log.read(self.number, number)
        if entry is None or not entry.sequence <= number < entry.sequence + entry.count:
            return False  # no longer held
        try:
            columns = decode_columns(entry.payload, entry.count)
        except DecodeError:
            return False
        index = number - entry.sequence
        time_ms = entry.start_ms + index * entry.period_ms
        return messages.record_digest(entry.boot, time_ms, [column[index] for column in columns]) != digest

    def rewind(self):
        """Offer again what was sent and is not settled."""
        self.cursor = 0
        self._skip_settled()

    def hurry(self):
        """Have what is held wait for no company: it has waited for an answer."""
        self._sent = self._log.next(self.number)

    def is_back(self):
        """Tell whether what comes next was sent before, or was to be."""
        return self.cursor < self._sent

    def needs_state(self):
        """Tell whether the collector must hear of this stream: before agreement, and of records that are no longer held."""
        return not self.agreed or self.below < self._log.oldest(self.number) or bool(self._unsettled_unreadable())

    @property
    def digest(self):
        """The digest of the schema that the log has bound the number to."""
        return self._digest or self._log.checkpoint.digest(self.number)

    def state(self):
        """Return the STATE message."""
        number, log = self.number, self._log
        message = [messages.STATE, number, self.digest, log.oldest(number), log.next(number)]
        for first, end in self._unsettled_unreadable()[:_MAX_UNREADABLE]:
            message += [first, end]
        return message

    def take_schema_item(self):
        """Return the next wanted SCHEMA message, or None."""
        if self.schema_item is None or self.info is None:
            return None
        index = self.schema_item
        info = self.info
        lines = info.lines()  # once, and one of them parsed: a heap in pieces has no place for all
        item = [info.name, info.kind, len(lines)] if not index else list(parse_column(lines[index - 1]))
        self.schema_item = index + 1 if index < len(lines) else None
        return [messages.SCHEMA, self.number, self.digest, index, item]

    def _skip_settled(self):
        self.cursor = self._behind_settled(max(self.cursor, self._log.oldest(self.number), self.floor))

    def _behind_settled(self, number):
        return end_of_span(self.beyond, max(number, self.below or 0))

    def _unsettled(self, first, end):
        return missing_spans(self.beyond, max(first, self.below or 0), end)

    def _move_to(self, cursor):
        self.cursor = cursor
        self._sent = max(self._sent, cursor)
        self.waiting_since = None

    def _unsettled_unreadable(self):
        holes = []
        oldest = self._log.oldest(self.number)
        for first, end in self.unreadable:
            holes += self._unsettled(max(first, oldest), end)
        return holes

    def _read(self, limit, pressed=None):
        """Return up to `limit` consecutive unsettled rows from the cursor on, or None; note what cannot be read."""
        rows = None
        self._skip_settled()
        limit = min(limit, (SAMPLES if self.waveform else ROWS) + 1, self._log.next(self.number) - self.cursor)
        while rows is None and self.cursor < self._log.next(self.number):
            rows = self._read_first(limit)
        while rows is not None and len(rows) < limit and rows.end < self._log.next(self.number):
            if pressed is not None and rows.times and pressed():
                break
            entry = self._log.read(self.number, rows.end)
            if entry is None or not _append(rows, entry, limit):
                break
        if rows is not None:
            _cut(rows, self._unsettled(rows.first, rows.end)[0][1] - rows.first)
        return rows

    def _read_first(self, limit):
        """Return the rows of the entry at the cursor, or None after stepping over what cannot be read."""
        end = self._log.next(self.number)
        entry = self._log.read(self.number, self.cursor)
        if entry is not None and entry.sequence <= self.cursor:
            rows = Rows(self.number, self.cursor, entry.boot, [], [])
            if _append(rows, entry, limit):
                return rows
            end = entry.sequence + entry.count
        elif entry is not None:
            end = entry.sequence
        self.unreadable = self.unreadable or []
        add_span(self.unreadable, self.cursor, end)
        self.cursor = self._behind_settled(end)
        return None


def columns_of(columns):
    """Return columns, given as a text or as tuples, as tuples."""
    return tuple([parse_column(column) for column in lines_of(columns)])


def lines_of(columns):
    """Return columns as they are kept: a list of lines of text, or tuples."""
    return columns.splitlines() if isinstance(columns, str) else columns


def parse_column(column):
    """Return a column, given as a line of text or as a tuple, as a tuple."""
    if not isinstance(column, str):
        return column
    name, unit, *numbers = column.split()
    return (name, unit) + tuple([int(number) for number in numbers])


def _append(rows, entry, limit):
    """Append the entry's records from `rows.end` on, up to `limit` in all; False where they do not continue `rows`.

    The lists are made for `limit` values at once: lists that grow side by side leave holes all over a small heap.
    """
    skip = rows.end - entry.sequence
    if skip < 0 or entry.boot != rows.boot:
        return False
    start_ms = entry.start_ms + skip * entry.period_ms
    if rows.times and not 0 <= start_ms - rows.times[-1] < _STEP_LIMIT:
        return False
    try:
        columns = decode_columns(entry.payload, entry.count)
    except DecodeError:  # the checksum held, so this was written wrong: it can only be stated as unreadable
        return False
    if not rows.times:
        rows.times, *rows.columns = [_make_room(limit) for _ in range(1 + len(columns))]
    elif len(columns) != len(rows.columns):
        return False
    end = min(entry.count, skip + limit - len(rows))
    for held, column in zip(rows.columns, columns):
        held.extend(column[skip:end])
    rows.times.extend([entry.start_ms + index * entry.period_ms for index in range(skip, end)])
    return True


def _make_room(limit):
    """Return an empty list with memory for `limit` values: `del` leaves it, on MicroPython."""
    values = [0] * limit
    del values[:]
    return values


def _cut(rows, count):
    """Keep the first `count` records."""
    del rows.times[count:]
    for column in rows.columns:
        del column[count:]
