"""A seeded run in which everything that may die dies at random moments, and the oracle looks on.

Collector and nodes are killed, flash operations torn, lines cut and spoilt, the disk fills up, the store is restored from a backup,
devices are erased, swapped and set back to an older image, the collector's clock is set, and old frames come again.
"""

import shutil
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from gilmok.street import Street
from gilmok.street.census import take_census
from gilmok_collector.engine import Arrival
from gilmok_sim.flash import TORN
from gilmok_wire.framing import Deframer
from support.forgetful_vfs import ForgetfulDisk
from support.nonces import NonceRecorder

KILLS = 28  # collector and nodes together, a run
CENSUS_EVERY = 10  # actions
REPLAYED = 150  # old frames a direction

# A ring of 20 KiB holds some ten minutes of one record a second, so that an outage makes gaps.
SMALL = {"sensors": {"river": {"driver": "a02yyuw", "uart": 1, "every": "1 s"}}, "blocks": (5, 3)}
WIDE = {
    "sensors": {
        "dust": {"driver": "pms5003", "uart": 1, "every": "5 s"},
        "air": {"driver": "bme280", "i2c": 0, "every": "5 s", "urgent": True, "max_age": "0 s"},
    }
}


class Frames:
    """Every frame that reached an end of a line, to be sent once more."""

    def __init__(self, line):
        self.heard = {"up": [], "down": []}
        self._deframers = {"up": Deframer(), "down": Deframer()}
        line.taps.append(self._tap)

    def _tap(self, direction, data):
        self.heard[direction] += self._deframers[direction].feed(data)[0]


class KillSweep:
    """One run; `counts` says what happened in it."""

    def __init__(self, seed):
        self.random = Random(f"kills {seed}")
        self.counts = Counter()
        self.nonces = NonceRecorder()
        self.street = None
        self._seed = seed
        self._disk = None
        self._reviving = set()
        self._backups = []
        self._images = {}
        self._actions = [action for action, weight in self._WEIGHTS for _ in range(weight)]

    def run(self):
        """Do it all; return the counts.

        Raises: AssertionError that names the seed and what happened last.
        """
        with self.nonces:
            street = self.street = Street(self._seed, connect=self._connect)
            try:
                self._populate()
                while self.counts["kills"] < KILLS:
                    self._step()
                self._heal()
                street.drain(at_most="4 h")
                street.check()
                self._note_census()
                self._replay_everything()
                self._go_on()
            except AssertionError as error:
                raise AssertionError(f"seed {self._seed}: {error}\n{street.describe()}\n{dict(self.counts)}") from error
            finally:
                street.close()
        return self.counts

    # The course of a run.

    def _populate(self):
        for name, options in (("gate", {}), ("small", SMALL), ("wide", WIDE)):
            self.street.node(name, **options)
        self.frames = {name: Frames(line) for name, line in self.street.links.items()}

    def _step(self):
        self.street.run(f"{self.random.randint(1_000, 45_000)} ms")
        for node in self.street.nodes.values():
            if not node.powered and node.name not in self._reviving:
                self._count("torn", kill=True)
                self._revive(node)
        self.random.choice(self._actions)(self)
        self.counts["actions"] += 1
        self._check_acknowledged()
        if self.counts["actions"] % CENSUS_EVERY == 0:
            self.street.check()

    def _heal(self):
        """Mend everything, and let whoever is off come back."""
        self.street.run("2 min")
        for line in self.street.links.values():
            line.mend()
            line.noise()
        self.street.collector.empty_disk()
        self.street.collector.start()
        for node in self.street.nodes.values():
            node.device.power_on()
            node.power_on()

    def _note_census(self):
        """Keep the oracle's count; what is still held, or overwritten and not told, lies on a shelf."""
        in_service = take_census(self.street.collector.store, [node.device for node in self.street.nodes.values()])
        assert in_service.held == in_service.untold == 0, f"drained, and yet {in_service}"
        census = self.street.census()
        for name in ("stored", "held", "gaps", "destroyed"):
            self.counts[f"records {name}"] = getattr(census, name)
        self.counts["nonces"] = len(self.nonces.seen)

    def _connect(self, path):
        """Open the database on a disk that knows what it has not synced yet."""
        self._disk = ForgetfulDisk()
        return self._disk.connect(path)

    def _go_on(self):
        """After all that, what is measured still arrives."""
        before = {name: self.street.store.stored(name) for name in self.street.nodes}
        for node in self.street.nodes.values():
            node.measuring = True
            node.reboot()
        self.street.run("2 min")
        for name, count in before.items():
            assert self.street.store.stored(name) > count, f"{name} stores nothing any more"

    # Checks.

    def _check_acknowledged(self):
        """What was acknowledged to a node is settled in the store, at every moment."""
        if not self.street.collector.runs:
            return
        store = self.street.collector.store
        for node in self.street.nodes.values():
            if not node.machine.runs or node.machine.node.session.epoch != store.epoch:
                continue
            log = node.machine.node.log.log_id
            settled = store.settled(node.device.address, log)
            for stream in node.machine.node.session.streams:
                for first, end in stream.settled_spans():
                    missing = settled[stream.number].missing(first, end) if stream.number in settled else [(first, end)]
                    assert not missing, f"{node.name} was told of {stream.number} {missing}, and the store has it not"

    def _replay_everything(self):
        """Old frames come again, from whoever has recorded them: only counters move.

        An uplink that was lost on its way the first time is authentic and may be stored, once: so each comes twice.
        """
        for name, node in self.street.nodes.items():
            before = self._memory(node)
            session = node.machine.node.session
            for frame in self._some(self.frames[name].heard["down"]):
                refused = session.counters["refused"]
                assert session.receive(frame, node.machine.node.now()) == [], "an old downlink was obeyed"
                assert session.counters["refused"] == refused + 1, "an old downlink was accepted"
                assert self._memory(node) == before
                self.counts["old downlinks"] += 1
        uplinks = [(name, frame) for name, frames in self.frames.items() for frame in self._some(frames.heard["up"])]
        self._hand_to_collector(uplinks)
        self.street.check()
        before = self._holdings()
        self._hand_to_collector(uplinks)
        self.counts["old uplinks"] = len(uplinks)
        for table, rows in self._holdings().items():
            changed = [row for row in rows if row not in before[table]]
            assert rows == before[table], f"old uplinks changed the table {table}: {changed[:3]}"

    def _some(self, frames):
        return self.random.sample(frames, min(REPLAYED, len(frames)))

    def _hand_to_collector(self, uplinks):
        for name, frame in uplinks:
            self.street.collector.engine.handle([Arrival(name, frame, self.street.unix_ms())])

    def _memory(self, node):
        session = node.machine.node.session
        streams = [(stream.number, stream.cursor, stream.settled_spans()) for stream in session.streams]
        return session.phase, session.store, session.epoch, session._seal.salt, session._seal.peer_salt, streams

    def _holdings(self):
        store = self.street.collector.store
        tables = ("record", "batch", "settled", "schema", "channel", "anchor", "log")
        return {table: sorted(store._backend.execute(f"SELECT * FROM {table}")) for table in tables}

    # What may happen.

    def _kill_collector(self):
        if self.street.collector.runs:
            self.street.collector.kill()
            self._count("collector", kill=True)
            self._later(self.street.collector.start, 1, 40_000)

    def _unplug_collector(self):
        """Take the collector's power away: of what its disk had not synced all is gone, or whatever the dice say."""
        collector = self.street.collector
        if not collector.runs:
            return
        database = Path(collector.url.removeprefix("sqlite:"))
        with TemporaryDirectory() as image:
            self._disk.save_image(image, self.random.choice((None, self.random)))
            collector.kill()
            for path in database.parent.glob(f"{database.name}*"):
                path.unlink()
            for path in Path(image).glob(f"{database.name}*"):
                shutil.copy(path, database.parent)
        self._count("collector unplugged", kill=True)
        self._later(collector.start, 1, 40_000)

    def _cut_power(self):
        node = self._any_node()
        if node.powered:
            node.power_cut()
            self._count("power", kill=True)
            self._revive(node)

    def _tear(self):
        node = self._any_node()
        if node.powered:
            node.cut_at(*self._cut())

    def _reset(self):
        node = self._any_node()
        if node.powered:
            node.reboot()
            self._count("reset", kill=True)

    def _cut_line(self):
        line = self._any_line()
        line.cut()
        self._count("line cuts")
        self._later(line.mend, 100, self.random.choice((120_000, 120_000, 1_800_000)))

    def _spoil_line(self):
        line = self._any_line()
        line.noise(self.random.choice((0.0005, 0.005)), self.random.choice((0, 0.001)), self.random.choice((0, 0.2)))
        self._count("noisy lines")
        self._later(line.noise, 1_000, 90_000)

    def _fill_disk(self):
        self.street.collector.fill_disk()
        self._count("full disks")
        self._later(self.street.collector.empty_disk, 1_000, 60_000)

    def _back_up(self):
        if self.street.collector.runs:
            self._backups.append(self.street.collector.backup())
            self._count("backups")

    def _restore(self):
        if self._backups:
            self.street.collector.restore(self.random.choice(self._backups))
            self._count("restores")

    def _reflash(self):
        node = self._any_node()
        if node.name not in self._reviving:
            node.reflash()
            self._count("reflashed")

    def _swap(self):
        node = self._any_node()
        if node.name not in self._reviving:
            shelf = [device for device in node.devices if device is not node.device]
            node.swap_device(self.random.choice([None, *shelf]))
            self._count("swapped")

    def _take_image(self):
        node = self._any_node()
        self._images[node.name, node.device] = node.flash_image()

    def _restore_image(self):
        """Set a node back, where the collector is within reach: it must hear of it before the numbers pass it by."""
        node = self._any_node()
        image = self._images.get((node.name, node.device))
        if image is None or node.name in self._reviving or not self.street.collector.runs:
            return
        node.line.mend()
        node.line.noise()
        node.restore_image(image)
        self._count("images restored")

    def _set_clock(self):
        self.street.clock_offset_ms += self.random.choice((-3_600_000, -60_000, 5_000, 86_400_000))
        self._count("clocks set")

    def _replay_some(self):
        """Somebody sends old frames while everything else goes on."""
        node = self._any_node()
        if self.street.collector.runs:
            self._hand_to_collector([(node.name, frame) for frame in self._some(self.frames[node.name].heard["up"])[:5]])
        for frame in self._some(self.frames[node.name].heard["down"])[:5]:
            if node.machine.runs:
                node.machine.node.session.receive(frame, node.machine.node.now())

    _WEIGHTS = (
        (_kill_collector, 4),
        (_unplug_collector, 4),
        (_cut_power, 3),
        (_tear, 8),
        (_reset, 2),
        (_cut_line, 4),
        (_spoil_line, 4),
        (_fill_disk, 2),
        (_back_up, 2),
        (_restore, 1),
        (_reflash, 1),
        (_swap, 1),
        (_take_image, 3),
        (_restore_image, 4),
        (_set_clock, 1),
        (_replay_some, 2),
    )

    # Dice.

    def _any_node(self):
        return self.random.choice(list(self.street.nodes.values()))

    def _any_line(self):
        return self.random.choice(list(self.street.links.values()))

    def _cut(self):
        return self.random.choice((1, 1, 2, 3, 5, 9, 20)), self.random.choice(TORN)

    def _count(self, what, kill=False):
        self.counts[what] += 1
        self.counts["kills"] += kill

    def _later(self, action, low_ms, high_ms):
        after_us = self.random.randint(low_ms, high_ms) * 1000
        self.street.schedule.at(self.street.schedule.now_us + after_us, action)

    def _revive(self, node):
        """Give power back after a while, now and then only to lose it in the middle of mounting."""
        self._reviving.add(node.name)
        cut = self._cut() if self.random.random() < 0.4 else None

        def power_on():
            self._reviving.discard(node.name)
            node.power_on(cut)

        self._later(power_on, 1, 20_000)
