"""A node and a collector over a bad link, on virtual time, where one seed decides everything.

The real sessions of both ends run; the log and the store are in memory. Frames get lost, doubled and overtaken, either side restarts,
the store is restored from a backup, the log from an image.
"""

import heapq
import itertools

from gilmok_wire.errors import DecodeError
from gilmok_wire.link import Link
from support.dice import Dice
from support.wire_pair import Pair
from support.wire_scenario import AIR, ALARM, RIVER

DAY_MS = 86_400_000
COMMIT_MS = 20  # from the arrival of a frame to the end of its commit: an SSD under some load


class Medium:
    """What a link does to frames: percentages of loss and doubling, extra delay up to `jitter_ms`, which lets frames overtake."""

    def __init__(self, loss=0, double=0, jitter_ms=0):
        self.loss = loss
        self.double = double
        self.jitter_ms = jitter_ms

    def delays(self, dice):
        """Return the extra delay of each copy of a frame that arrives."""
        if dice.chance(self.loss):
            return []
        return [dice.below(self.jitter_ms + 1) for _ in range(2 if dice.chance(self.double) else 1)]


class Exchange:
    """One run: `samples` rows every `period_ms`, disasters at given times, then as long as it takes to agree."""

    def __init__(
        self,
        seed,
        medium,
        link,
        samples=60,
        period_ms=10_000,
        infos=(RIVER, AIR, ALARM),
        capacity=None,
        weak=False,
        disasters=(),
    ):
        self.seed = seed
        self.medium = medium
        self.pair = Pair(infos, link, seed=seed, weak=weak)
        self.dice = self.pair.dice
        self.frames = self.answers = self.up_bytes = self.down_bytes = 0
        self.last_sample_ms = 0
        self._capacity = capacity  # rows of a stream that the log holds
        self._period_ms = period_ms
        self._heap = []
        self._order = itertools.count()
        self._up_until = self._down_until = 0  # when the last frame of each direction has left the air
        self._committing = False
        self._backup = self._image = None
        self._logs = 0
        self._unheard = False  # a restored image that has not met the store
        for index in range(samples):
            self._at(index * period_ms, self._sample, index)
        for time_ms, name in disasters:
            self._at(time_ms, getattr(self, name))
            # A node that has nothing to say does not notice what happened to the store; real ones always have.
            self._at(time_ms + 60_000, self._sample, samples)

    @property
    def readings(self):
        """How many values the store holds."""
        return sum(len(record[2]) for records in self.pair.store.records.values() for record in records.values())

    def run(self, limit_ms=2 * DAY_MS):
        """Run until nothing is left to do.

        Raises: AssertionError, with the seed, where the ends do not agree within `limit_ms`.
        """
        pair = self.pair
        while True:
            due = pair.node.deadline(pair.now)
            if not self._heap and (due is None or self._is_settled()):
                break
            assert pair.now < limit_ms, f"seed {self.seed}: not settled after two days, {pair.node.counters}"
            if due is not None and (not self._heap or due <= self._heap[0][0]):
                pair.now = max(pair.now, due)
                self._transmit()
            else:
                time_ms, _, action, args = heapq.heappop(self._heap)
                pair.now = max(pair.now, time_ms)
                action(*args)
        pair.check()
        return self

    # Disasters.

    def reboot_node(self):
        """Cut the node's power."""
        self.pair.boot_node()

    def restart_collector(self):
        """Kill the collector, wherever it is in a commit."""
        self.pair.start_collector()

    def back_up(self):
        """Copy the store."""
        self._backup = self.pair.store.image()

    def restore_store(self):
        """Put the copy in the store's place; its epoch rises."""
        epoch = self.pair.store.epoch
        self.pair.store = self._backup.image()
        self.pair.store.epoch = epoch + 1
        self.pair.start_collector()

    def take_image(self):
        """Copy the node's flash."""
        self._image = self.pair.log.image()

    def restore_image(self):
        """Put the copy in the flash's place and restart the node."""
        self.pair.log = self._image.image()
        self.pair.boot_node()
        self._unheard = True

    def spoil(self):
        """Make some records that are still to be sent unreadable."""
        log = self.pair.log
        first = max(log.oldest(0), log.next(0) - 6)
        log.spoil(0, first, first + 2)

    # The node.

    def _sample(self, index):
        pair, dice = self.pair, self.dice
        if self._unheard:  # see test_sync.test_an_image_that_outran_the_store
            self._at(pair.now + self._period_ms, self._sample, index)
            return
        pair.log.append(0, pair.now, [None if dice.chance(3) else 1200 + dice.between(-4, 4)])
        pair.log.append(1, pair.now, [dice.between(80, 120) for _ in pair.infos[1].columns])
        if dice.chance(5):
            pair.log.append(2, pair.now, [index])
        self.last_sample_ms = pair.now
        if self._capacity:
            for stream in range(3):
                end = pair.log.next(stream) - self._capacity
                if end > pair.log.oldest(stream):
                    pair.log.overwrite(stream, end)

    def _transmit(self):
        pair = self.pair
        frame = pair.up()
        if frame is None:
            pair.now += 1  # the deadline was an earliest time
            return
        self.frames += 1
        self.up_bytes += len(frame)
        air_ms = pair.link.air_ms(len(frame))
        collided = not pair.link.full_duplex and pair.now < self._down_until
        self._up_until = pair.now + air_ms
        if not collided:
            self._send(self._up_until, self._arrive_up, frame)

    def _arrive_down(self, frame):
        pair = self.pair
        if not pair.link.full_duplex and pair.now <= self._up_until:
            return  # it was speaking itself
        for event in pair.deliver_down(frame):
            if event == ("fork",):
                self._logs += 1
                pair.log.fork(1000 + self._logs)
                pair.node.restart(pair.now)
                self._unheard = False
        if all(stream.agreed for stream in pair.node.streams):
            self._unheard = False
        self._check_settled()

    def _check_settled(self):
        """Assert that whatever the node believes settled is committed."""
        pair = self.pair
        if pair.node.epoch != pair.store.epoch:
            return  # it has not heard of the restore yet
        known = pair.store.knowledge(pair.log.log_id)
        for stream in pair.node.streams:
            for first, end in stream.settled_spans():
                assert known.of(stream.number).missing(first, end) == [], f"seed {self.seed}: settled, yet not stored"

    def _is_settled(self):
        node = self.pair.node
        return node.phase == "ready" and not node.backlog() and not any(s.needs_state() for s in node.streams)

    # The collector.

    def _arrive_up(self, frame):
        pair = self.pair
        try:
            pair.deliver_up(frame, commit=False)
        except DecodeError:
            return
        if not self._committing:
            self._committing = True
            self._at(pair.now + COMMIT_MS, self._commit, pair.collector)

    def _commit(self, collector):
        pair = self.pair
        self._committing = False
        if collector is not pair.collector:
            return  # it died meanwhile
        pair.store.commit()
        collector.committed()
        start = max(pair.now, self._down_until)
        for frame in pair.answers():
            self.answers += 1
            self.down_bytes += len(frame)
            start += pair.link.air_ms(len(frame))
            self._down_until = start
            self._send(start, self._arrive_down, frame)

    # The air.

    def _send(self, arrival_ms, action, frame):
        for delay_ms in self.medium.delays(self.dice):
            self._at(arrival_ms + delay_ms, action, frame)

    def _at(self, time_ms, action, *args):
        heapq.heappush(self._heap, (time_ms, next(self._order), action, args))


def seeded_exchange(seed):
    """Return an exchange of which everything is drawn from `seed`."""
    dice = Dice(seed ^ 0x5EED)
    medium = Medium(dice.pick([0, 5, 20, 40, 60]), dice.pick([0, 0, 10, 40]), dice.pick([0, 0, 100, 2000]))
    link = Link(
        mtu=dice.pick([51, 64, 115, 242, 1024, 4096]),
        byte_us=dice.pick([11, 87, 1000]),
        answer_ms=dice.pick([100, 500, 2000]),
        window=dice.pick([1, 4, 8, 16]),
        full_duplex=dice.chance(60),
    )
    disasters = []
    for _ in range(dice.below(5)):
        disasters += dice.pick(
            [
                [(dice.below(700_000), "reboot_node")],
                [(dice.below(700_000), "restart_collector")],
                [(dice.below(300_000), "back_up"), (300_000 + dice.below(400_000), "restore_store")],
                [(dice.below(600_000), "spoil")],
            ]
        )
    weak = dice.chance(30)
    if not weak and dice.chance(30):
        disasters += [(dice.below(300_000), "take_image"), (300_000 + dice.below(400_000), "restore_image")]
    capacity = dice.pick([None, None, 25])
    return Exchange(seed, medium, link, capacity=capacity, weak=weak, disasters=disasters)
