"""The node: one polled loop over sensors, log and links.

First measure, then append, then send: `poll` does what is due and says when it wants to be called again. It never sleeps, so that the
simulator can run it on virtual time and a board can sleep between calls.
"""

import os
from hashlib import sha256

from gilmok_wire.compat import const
from gilmok_wire.link import SERIAL

from . import VERSION, forget
from .flash.log import LogError

_FAR_MS = const(3_600_000)  # when nothing at all is due
_AGAIN_MS = const(20)  # where the log failed in the middle of something: soon enough for a FIFO
_BEGIN_MS = const(300)  # before a driving reading no frame of history is begun: an ESP32 may walk a block of the log for its first record
_END_MS = const(100)  # before one it goes as it is: an ESP32 encodes and seals it, and reads one record more
_NEAR_MS = const(40)  # before one the turn ends: what else is due in it may take as long as the reading may wait
_CUTS = const(2)  # turns ended so in succession, so that nothing else starves: the tick is awaited, and the reading begun
_LEAST = const(4)  # records a frame where there never is such a pause: with fewer the header outweighs them
# Bytes kept free for the code of a command, of which the rest fits in pieces, or for a frame: a full heap has none of 300 bytes.
_ROOM = const(1024)
_ERASE_MS = const(60)  # an erase takes 45 ms typically: it waits where a reading is due sooner, but for sensors that leave no such pause


class Node:
    """A configured node.

    `config` is a config.Config, `log` a mounted Log, `buses(sensor)` returns the bus object of a SensorConfig, `uarts` are those of serial
    ports over `link`, `ports` stand beside them, `now` returns uptime in ms, `board` offers reset_cause(), heap_free(), voltage_mv() and
    feed(). Of the configuration it keeps what it needs, so that the rest can go. Where the board has a `led`, it shows how the node is.
    """

    def __init__(self, config, log, buses, uarts, now, board, entropy=os.urandom, link=SERIAL, ports=()):
        self.name = config.name
        self.device = config.device
        self.log = log
        self.now = now
        self.board = board
        self.log_faults = 0
        self.lines = ()  # UARTs to peers, whose bytes should wake the node as those of its links do
        self.measuring = True
        self.key = config.key
        self.reading = None  # what serves somebody who reads, while he does
        self.reads = 0  # how often this boot was read without knowing the time
        # The processor may between two polls: not where it serves BLE, whose controller sleeps with it and is no longer there.
        self.sleeps = bool(config.power and config.power[0]) and not config.ble
        self._entropy = entropy
        self._draws = self._cuts = 0
        self._room = bytearray(_ROOM if config.rules or config.outputs else 0)  # taken early, in one piece
        from .assembly import Assembly

        assembly = Assembly(config, log)
        radio = assembly.radio(buses, now, board, entropy)  # what starts it needs the most room, and is gone before the others come
        self._anchors = assembly.anchors()
        self._health = assembly.health(radio)
        self.samplers = assembly.samplers(buses, self._on_fault)
        self.alarms = assembly.alarms(buses, board, self.samplers, now())
        self._power = assembly.power(self.samplers, self.alarms)
        self._driving = assembly.driving(self.samplers)
        self._others = [sampler for sampler in self.samplers if sampler not in self._driving]
        log.sync()
        others = list(ports) + radio + assembly.ble(self)
        infos = assembly.streams(others)
        del assembly, Assembly  # it goes before sessions come: they take the boot to its peak
        forget("assembly")
        from .joining import make_ports, make_uplink

        self.ports = make_ports(uarts, link, others, self._on_line)
        self.uplink = make_uplink(config, log, infos, self.ports, self.draw_salt, self._on_event)
        self.session = self.uplink.session
        if self._driving:
            self.session.pressed = self._is_pressed
            if min([sampler.period_ms for sampler in self._driving]) <= _BEGIN_MS:
                self.session.most = _LEAST
        for port in self.ports:
            if hasattr(port, "on_fault"):
                port.on_fault = self.tell
            port.say("gilmok {} {} boot {}: type status".format(VERSION, config.name, log.boot))
        if config.group and self.alarms:
            from .judge.remote import join  # 10 KB that most nodes do without

            join(self, config, buses, entropy)

    def poll(self):
        """Do everything that is due; return the uptime at which something is due again."""
        now_ms = self.now()
        at = now_ms + _FAR_MS
        if self.measuring:
            for sampler in self._driving:
                at = min(at, self._logging(sampler.poll, now_ms) or now_ms + _AGAIN_MS)
            self._cuts = 0 if self._cuts == _CUTS or self._is_quiet(self.now(), _NEAR_MS) else self._cuts + 1
            if self._cuts:
                self.board.feed()
                return at
            for sampler in self._others:
                at = min(at, self._logging(sampler.poll, now_ms) or now_ms + _AGAIN_MS)
        if self._power and self._power.poll(now_ms):
            self._power.apply(self, now_ms)
        if self.alarms:
            at = min(at, self.alarms.poll(now_ms))
            self._logging(self.alarms.flush)
        if self.measuring:
            at = min(at, self._logging(self._health.poll, now_ms, self._measure) or now_ms + _AGAIN_MS)
        self._logging(self.log.sync)
        began_ms = self.now()
        due = self.uplink.poll(began_ms, self._is_quiet(began_ms, _BEGIN_MS))
        if due is not None:
            at = min(at, due)
        if self.alarms:
            self._save(now_ms)
        if at > now_ms and self._is_quiet(self.now(), _ERASE_MS):
            self._prepare()
        led = getattr(self.board, "led", None)
        if led:
            at = min(at, led.poll(self, now_ms))
        if self.reading and now_ms >= self.reading.until_ms:
            self._end_reading()
        self.board.feed()
        return at

    def capture(self, name, on):
        """Start or stop the raw waveform of sensor `name`; False where it has none."""
        for sampler in self.samplers:
            if sampler.name == name:
                return sampler.capture(on)
        return False

    def tell(self, line, is_fault):
        """Say a line to whoever is at a port, and to the operator: who has read of a fault is to read of its end."""
        for port in self.ports:
            port.say(line)
        self.session.diagnose(3 if is_fault else 1, line)

    def record_health(self, now_ms):
        """Put down how the node stands, out of turn and durable on return."""
        self._logging(self._health.record, now_ms, self._measure)
        self._logging(self.log.sync)

    def backlog(self):
        """Return how many held records no collector has acknowledged yet."""
        return self.session.backlog()

    def unix_s(self, now_ms):
        """Return the Unix time, None where this boot has not learnt it."""
        return self._anchors.unix_s(now_ms)

    def draw_salt(self):
        """Return a session salt; boot, draw and log keep a weak source of randomness from repeating one (SPEC.md section 2)."""
        self._draws += 1
        numbers = b"".join([number.to_bytes(4, "big") for number in (self.log.boot, self._draws, self.log.log_id)])
        return sha256(self._entropy(16) + numbers).digest()[:8]

    # Events.

    def _on_fault(self, sampler, error):
        index = self.samplers.index(sampler)
        if self.alarms and error is not None:
            self.alarms.fault(index, self.now())
        self.tell("{} {}".format(sampler.name, error.reason if error is not None else "is back"), error is not None)
        self._health.fault(self.now(), index, error)

    def _on_event(self, event, now_ms):
        kind = event[0]
        try:
            if kind == "starved":
                if self._room:
                    self._room = None
                    self.session.diagnose(2, "the heap is full")
            elif kind == "anchor" and self.measuring:
                if not self._room:
                    self._take_room()
                self._anchors.take(*event[1:])
                if self.alarms:
                    self.alarms.know_time(now_ms)
            elif kind == "reader":
                self._read(event[1], event[2], now_ms)
            elif self.log.is_closed:
                pass  # neither fork nor command can be kept: both come again
            elif kind == "fork":
                self.log.fork()
                self.session.restart(now_ms)
            elif kind == "command":
                self._run(*event[1:])
        except (LogError, OSError) as error:  # no answer is given where the effect is not kept: it is asked for again
            self._log_failed(error)

    def _run(self, number, name, argument):
        """Execute a command; what this release does not know is answered with status 1."""
        session = self.session
        if name == "capture" and isinstance(argument, list) and len(argument) == 2:
            session.result(number, 0 if self.capture(argument[0], bool(argument[1])) else 2)
        elif self.alarms:
            self.reading = self._room = None  # the city comes first
            forget("reader")
            now_ms = self.now()
            try:
                from .judge.operating import operate  # 3 KB, of which a node that is left alone has no need
            except MemoryError:  # nothing has been done yet, and the collector asks again: later there may be room
                self._take_room()
                session.starve(now_ms)
                return
            status, value = operate(self.alarms, number, name, argument, now_ms, self._anchors.unix_s(now_ms))
            forget("command")
            operate = None  # its code goes with it, and leaves its room to the next
            self._take_room()
            self.alarms.flush()
            self.log.sync()
            session.result(number, status, value)
        else:
            session.result(number, 1)

    def _read(self, frame, port, now_ms):
        """Answer somebody who may read this node's records, and takes part in nothing else; where the heap is full he is told so."""
        if self._is_pressed():
            return  # he asks again
        try:
            if self.reading is None:
                self._room = None
                from .reading import Reading  # 3 KB for as long as somebody reads

                self.reading = Reading(self, now_ms)
            self.reading.take(frame, port, now_ms)
        except MemoryError:
            self._end_reading()
            port.send(b"\xe9" + bytes(frame[1:3]), now_ms)
            port.say("no room in the heap for a reader")

    def _end_reading(self):
        self.reading = None
        forget("reader")
        self._take_room()

    def _take_room(self):
        if self.alarms and self.reading is None:
            try:
                self._room = bytearray(_ROOM)
            except MemoryError:
                pass  # the next command finds what there is

    def _is_quiet(self, now_ms, span_ms):
        """Tell whether no reading that drives an output is due or overdue within `span_ms`, or there never is such a pause."""
        for sampler in self._driving:
            if self.measuring and sampler.reading_at - now_ms < span_ms < sampler.period_ms - sampler.period_ms // 8:
                return False
        return True

    def _is_pressed(self):
        """Tell whether a frame of history has to go as it is."""
        return not self._is_quiet(self.now(), _END_MS)

    def _save(self, now_ms):
        try:
            self.alarms.save(now_ms, at_once=False)
        except OSError as error:
            self._log_failed(error)
        led = getattr(self.board, "led", None)
        if led:
            led.alarm = self.alarms.active
            led.maintenance = self.alarms.maintained_until is not None

    def _on_line(self, text, port):
        try:
            from .console import answer  # 3 KB that a node nobody talks to can do without
        except MemoryError:
            port.say("no room in the heap for an answer")
            return
        for line in answer(self, text):
            port.say(line)
        forget("console")

    def _measure(self):
        records, waveforms = self.log.fill()
        counters = self.session.counters
        noise = sum([port.deframer.noise for port in self.ports if not port.cost])
        return (
            self.board.heap_free(),
            self.board.reset_cause(),
            records,
            waveforms,
            self.backlog(),
            counters["sent"],
            counters["refused"],
            counters["timeouts"],
            noise,
            self.board.voltage_mv(),
            sum([sampler.skipped for sampler in self.samplers]),
            sum([1 for sampler in self.samplers if sampler.error is not None]),
            self.log_faults + self.log.reader.corrupt,
        )

    def _prepare(self):
        try:
            self.log.prepare()
        except LogError as error:
            self._log_failed(error)

    def _logging(self, do, *arguments):
        """Do what writes to the log, and return what it returns; None where the log failed, which stops nothing else."""
        try:
            return do(*arguments)
        except LogError as error:
            self._log_failed(error)

    def _log_failed(self, error):
        """Go on measuring without a log: what cannot be kept is said, and rules and outputs do not need it."""
        self.log_faults += 1
        self.session.diagnose(4, str(error))
