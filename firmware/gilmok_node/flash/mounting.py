"""Taking up a ring where its newest block leaves it, or formatting it (SPEC.md section 5).

Apart from the ring, because only a boot needs it: a board forgets it afterwards, which frees 3 KB of its heap.
"""

from .checkpoint import header_facts
from .entry import BINDING, BOOT, ERASED, MAX_JUMP, NOTE, RESERVED

_RETIRED = b"\0\0\0\0"


class Mounting:
    """What is done to `ring` at a boot."""

    def __init__(self, ring):
        self._ring = ring
        self._reserved = {}  # stream → number

    def locate(self):
        """Find the newest block by the headers of all; False where no block holds one."""
        ring, reader = self._ring, self._ring.reader
        ring.reset()
        for block in range(ring.blocks):
            if ring.holds_header(block):
                sequence = header_facts(reader.window)[1]
                if sequence > ring.sequence:
                    ring.sequence = sequence
                    ring.newest = ring.head = block
            elif reader.window[:4] == _RETIRED:
                ring.bad[block >> 3] |= 1 << (block & 7)
            elif reader.window[:4] != b"\xff\xff\xff\xff":
                reader.corrupt += 1
        return ring.newest >= 0

    def identity(self):
        """Return origin, log id and parent as the newest block states them."""
        self._ring.holds_header(self._ring.newest)
        return header_facts(self._ring.reader.window)[2:]

    def format(self):
        """Begin an empty ring, whose origin is in the checkpoint already, and erase the old one."""
        ring = self._ring
        self.locate()
        ring.bad = bytearray(len(ring.bad))
        ring.tail = -1
        ring.reader.seed = ring.checkpoint.origin
        ring.begin()  # from here on the blocks of the old log are foreign, whether or not they are erased
        for block in range(ring.blocks):
            if block != ring.head and not ring.reader.is_erased(block, ring.block_size):
                ring.erase(block)
        ring.checkpoint.resume(ring.number)

    def replay(self):
        """Take up the ring where its newest block, which `locate` has found, leaves it; tell whether the tail there is torn.

        The origin is in the checkpoint.
        """
        reader, checkpoint = self._ring.reader, self._ring.checkpoint
        reader.seed = checkpoint.origin
        self._ring.holds_header(self._ring.newest)
        checkpoint.merge(reader.window, self._ring.number)
        start = header_facts(reader.window)[0]
        self._ring.offset = self._replay_entries(self._ring.newest, start)
        torn = reader.damage_end > 0
        self._ring.find_tail((self._ring.newest + 1) % self._ring.blocks)
        self._look_ahead(start)
        checkpoint.resume(self._ring.number)
        return torn

    def _replay_entries(self, block, start, slack=None):
        """Take over what the entries of a block say, and return where its blank rest begins.

        Damage at the end or before a boot may be what a power cut tore, and was never logged. With `slack`, bytes of a header, the
        block is one whose header has rotted: nothing in it counts as torn.
        """
        reader, whole = self._ring.reader, True
        reader.open(block, start, self._ring.block_size)
        while whole:
            whole = reader.step()
            if reader.damage_end:
                torn = slack is None and (not whole or reader.kind == NOTE and reader.count == BOOT)
                self._replay_damage(0 if torn else MAX_JUMP, slack or 0)
                slack = None if slack is None else 0
            if whole:
                self._replay_entry()
        self._skip_reserved()
        return self._ring.padded(reader.last)

    def _replay_damage(self, jump, slack):
        """Skip the numbers of damaged entries: those that credible heads claim, and behind them all that could have been used."""
        reader, checkpoint = self._ring.reader, self._ring.checkpoint
        lost = reader.lost(slack)
        for kind, count, sequence in reader.claims:
            if kind == NOTE:
                if count < RESERVED or sequence:  # what is damaged may set numbers aside, and not give them back
                    self._replay_note(count, sequence)
            elif checkpoint.ring_of(kind) == self._ring.number and sequence <= checkpoint.logged[kind] + MAX_JUMP:
                checkpoint.logged[kind] = max(checkpoint.logged[kind], sequence + count)
            else:
                lost += 1
        checkpoint.boot += lost
        for stream in checkpoint.streams(self._ring.number) if lost else ():
            checkpoint.logged[stream] += lost * (jump + 255)

    def _replay_entry(self):
        reader, checkpoint = self._ring.reader, self._ring.checkpoint
        if reader.kind != NOTE:
            checkpoint.logged[reader.kind] = max(checkpoint.logged[reader.kind], reader.sequence + reader.count)
        elif reader.count == BINDING:
            checkpoint.bind(reader.payload())
        else:
            self._replay_note(reader.count, reader.sequence)

    def _replay_note(self, what, number):
        if what == BOOT:
            self._skip_reserved()  # power failed before what was told was written
            self._ring.checkpoint.boot = max(self._ring.checkpoint.boot, number)
        elif what == ERASED:
            self._ring.noted = number
        elif what >= RESERVED:
            self._reserved[what - RESERVED] = number

    def _skip_reserved(self):
        checkpoint = self._ring.checkpoint
        for stream, number in self._reserved.items():
            if checkpoint.ring_of(stream) == self._ring.number and number <= checkpoint.logged[stream] + MAX_JUMP:
                checkpoint.logged[stream] = max(checkpoint.logged[stream], number)
        self._reserved = {}

    def _look_ahead(self, start):
        """See what the block behind the newest one is: erased ahead, or begun, and its header was torn or has rotted since.

        The entries of such a block begin between `start`, where those of the newest one do, and where they would in a new one.
        """
        block = self._ring.next_usable()
        if self._ring.holds_header(block):
            return  # the oldest block; `prepare` erases it
        if self._ring.reader.is_erased(block, self._ring.block_size):
            if block == self._ring.noted:  # without the note the erase itself may have been torn, and its bits not keep
                self._ring.spare = block
        elif block == self._ring.noted or self._holds_newer(block, start):
            self._replay_entries(block, start, self._ring.header_length() - start)
            self._ring.head = block
            self._ring.sequence += 1
            self._ring.begin()

    def _holds_newer(self, block, start):
        """Tell whether a block without a header holds entries that come after all that is known."""
        reader, checkpoint = self._ring.reader, self._ring.checkpoint
        reader.open(block, start, self._ring.block_size)
        while reader.step():
            if reader.kind != NOTE and reader.sequence >= checkpoint.logged[reader.kind]:
                return True
            if reader.kind == NOTE and reader.count == BOOT and reader.sequence > checkpoint.boot:
                return True
        return False
