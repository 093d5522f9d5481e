"""Which port carries what, and that links that come and go cost no record, on both interpreters."""

from gilmok_node.node import Node
from gilmok_node.port import Port
from gilmok_node.uplink import ANY, FRESH, NEVER
from gilmok_wire.framing import Deframer, encode_frame
from gilmok_wire.messages import READINGS
from gilmok_wire.node_stream import StreamInfo
from gilmok_wire.seal import Header
from support.dice import Dice
from support.ports_bench import BLE, LORA, SERIAL, Bench, FakePort
from support.wire_pair import Pair
from support.wire_scenario import AIR, ALARM, RIVER

HEALTH = StreamInfo("health", READINGS, (("v", "V", -3),), 10_000)
URGENT = StreamInfo("urgent", READINGS, (("v", "V", -3),), 10_000, True)
HOUR_MS = 3_600_000
RIVERS, ALARMS = 0, 1


def serial_and_lora(history=ANY, loss=0, infos=(RIVER, ALARM, HEALTH)):
    """Return a greeted Bench with both, and the ports."""
    dice = Dice(5)
    serial, lora = FakePort("serial", 0, SERIAL, dice), FakePort("lora", 2, LORA, dice, 2000, loss)
    bench = Bench(infos, [serial, lora], dice, history)
    bench.run(3000)
    assert bench.pair.node.phase == "ready"
    return bench, serial, lora


def test_the_cheapest_port_that_answers_carries_everything():
    bench, serial, lora = serial_and_lora()
    bench.record(RIVERS, 100)
    bench.until_quiet()
    assert len(serial.log) > 3 and lora.log == []


def test_a_cut_cable_is_passed_by_and_taken_again_when_it_is_back():
    bench, serial, lora = serial_and_lora()
    serial.cut = True
    bench.record(RIVERS, 40)
    bench.until_quiet()
    assert bench.uplink.port is lora and lora.log
    bench.pair.check()
    before = serial.count
    bench.run(60_000)
    assert 5 <= serial.count - before <= 7, "every ten seconds"
    assert all([Header(frame).ask and len(frame) == 13 for _, frame, _ in serial.log[before - serial.count :]])
    serial.cut = False
    bench.run(11_000)
    assert bench.uplink.port is serial
    sent = lora.count
    bench.record(RIVERS, 40)
    bench.until_quiet()
    assert lora.count == sent
    bench.pair.check()
    assert bench.pair.node.counters["restarts"] == 0, "under the same salt all along"


def test_what_was_under_way_goes_again_as_soon_as_a_port_that_is_alone_comes_back():
    dice = Dice(6)
    ble = FakePort("ble", 1, BLE, dice)
    bench = Bench((RIVER, ALARM, HEALTH), [ble], dice)
    bench.run(3000)
    bench.record(ALARMS, 20)
    ble.cut = True
    bench.run(8000)  # … asked for in vain, less and less often
    assert bench.pair.node.backlog() == 20
    ble.up = False
    bench.run(100)
    ble.up, ble.cut = True, False
    assert bench.until_quiet() <= 1500
    bench.pair.check()


def test_what_nobody_sealed_makes_no_port_answer():
    bench, serial, lora = serial_and_lora()
    serial.cut = True
    bench.record(RIVERS, 40)
    bench.until_quiet()
    for forged in (b"\xf1\x01\x02" + bytes(20), b"\xf2\x01\x02" + bytes(20), b"", b"\xe9\xff\xff" + bytes(40)):
        serial.downward.append((bench.now, forged))
        bench.run(100)
        assert bench.uplink.port is lora and serial in bench.uplink.silent


def test_an_alarm_takes_all_ports_at_once():
    bench, serial, lora = serial_and_lora()
    bench.record(RIVERS, 500)
    serial.cut = True
    bench.run(50)
    bench.record(ALARMS)
    began = bench.now
    bench.run(1000)
    assert bench.stored[ALARMS, 0] - began < 600, "one time on air, not the patience for the cable"
    assert [urgent for _, _, urgent in lora.log][:1] == [True] and len(lora.log[0][1]) <= 51
    bench.until_quiet()
    bench.pair.check()


def test_urgent_readings_overtake_others_and_take_one_link():
    bench, serial, lora = serial_and_lora(infos=(RIVER, URGENT))
    bench.record(1, 5)
    bench.run(500)
    assert (1, 4) in bench.stored and lora.log == []
    bench.record(1)
    bench.run(100, quiet=False)
    assert (1, 5) in bench.stored


def test_a_port_alone_that_has_nothing_to_do_lets_the_processor_sleep():
    dice = Dice(6)
    lora = FakePort("lora", 2, LORA, dice, 2000)
    bench = Bench([RIVER], [lora], dice)
    bench.run(20_000)
    assert bench.uplink.poll(bench.now) >= bench.now + HOUR_MS


def test_an_alarm_waits_for_no_port_and_a_busy_one_gets_it_when_it_is_free():
    bench, serial, lora = serial_and_lora()
    serial.cut = True
    lora.wait_ms = 3000
    lora.send(b"\xe9\xff\xff" + bytes(40), bench.now)  # somebody's of the group
    bench.record(ALARMS)
    bench.run(5000)
    assert lora.log[1][2] and lora.log[1][0] >= lora.log[0][0] + 3000


def test_an_alarm_that_was_answered_does_not_go_to_the_busy_port_any_more():
    bench, _, lora = serial_and_lora()
    lora.wait_ms = 3000
    lora.send(b"\xe9\xff\xff" + bytes(40), bench.now)
    bench.record(ALARMS)
    bench.run(10_000)
    assert len(lora.log) == 1 and (ALARMS, 0) in bench.stored


def test_where_nobody_answers_every_port_is_greeted_and_the_first_that_answers_carries_on():
    dice = Dice(9)
    serial, lora = FakePort("serial", 0, SERIAL, dice), FakePort("lora", 2, LORA, dice, 2000)
    serial.cut = lora.cut = True
    bench = Bench([RIVER, ALARM], [serial, lora], dice)
    bench.record(RIVERS, 10)
    bench.run(600_000)
    hellos = [at for at, frame, _ in serial.log]
    assert max([after - before for before, after in zip(hellos, hellos[1:])]) <= 11_000
    assert 10 <= lora.count <= 20, "the air is asked ever more rarely, once a minute at last"
    serial.cut = False
    bench.run(12_000)
    assert bench.uplink.port is serial and bench.pair.node.phase == "ready"
    bench.until_quiet()
    bench.pair.check()


def test_a_restarted_collector_is_greeted_soon():
    bench, serial, lora = serial_and_lora()
    bench.record(RIVERS, 40)
    bench.until_quiet()
    bench.pair.start_collector()
    bench.record(ALARMS)
    assert bench.until_quiet() < 5000 and bench.uplink.port is serial
    bench.pair.check()


def test_a_port_that_is_down_is_left_at_once_and_one_that_comes_up_is_taken_at_once():
    dice = Dice(3)
    ble, lora = FakePort("ble", 1, BLE, dice), FakePort("lora", 2, LORA, dice, 2000)
    ble.up = False
    bench = Bench([RIVER, ALARM], [ble, lora], dice)
    bench.run(10_000)
    assert bench.uplink.port is lora and ble.log == []
    bench.record(RIVERS, 300)
    bench.run(70_000)
    ble.up = True
    bench.run(100)
    assert bench.uplink.port is ble
    bench.run(200)
    ble.up = False
    bench.run(100)
    assert bench.uplink.port is lora
    ble.up = True
    assert bench.until_quiet() < 20_000
    bench.pair.check()


def test_a_dear_port_whose_rate_changes_gets_frames_that_fit():
    dice = Dice(4)
    lora = FakePort("lora", 2, LORA, dice, 2000)
    bench = Bench([RIVER, AIR], [lora], dice)
    fast = BLE
    for link in (fast, LORA, fast, LORA):
        bench.record(0, 40)
        bench.record(1, 6, 12)
        bench.run(70_000)
        lora.link = link
    bench.until_quiet()
    bench.pair.check()


def fresh_bench(history):
    """Return a Bench that was cut off for two hours, a record a minute, and has LoRa alone since."""
    bench, serial, lora = serial_and_lora(history)
    serial.cut = lora.cut = True
    for _ in range(120):
        bench.record(RIVERS)
        bench.run(60_000)
    bench.record(ALARMS)
    bench.record(2)
    lora.cut = False
    bench.run(1_800_000)
    return bench, serial, lora


def test_history_waits_for_a_cheaper_port_where_that_is_asked_for():
    for history, held in ((ANY, 0), (FRESH, 60), (NEVER, 120)):
        bench, serial, lora = fresh_bench(history)
        assert bench.uplink.port is lora
        missing = [number for number in range(120) if (RIVERS, number) not in bench.stored]
        assert missing == list(range(len(missing))) and held <= len(missing) <= held + (20 if history == FRESH else 0), history
        assert (ALARMS, 0) in bench.stored and (2, 0) in bench.stored
        assert bench.stored[ALARMS, 0] <= min([bench.stored[key] for key in bench.stored if key[0] == RIVERS] + [bench.now])
        serial.cut = False
        bench.until_quiet(130_000)
        bench.pair.check()


def test_a_cut_cable_costs_a_greeting_only_where_the_other_port_loses_frames_too():
    for loss, most in ((0, 0), (30, 2)):
        for seed in range(6):
            bench, serial, lora = serial_and_lora(loss=loss)
            bench.dice.below(1 + seed)
            serial.cut = True
            for _ in range(10):
                bench.record(RIVERS, 4)
                bench.run(60_000)
            bench.until_quiet()
            assert bench.pair.node.counters["restarts"] <= most, (loss, seed)


def test_when_a_reading_is_due_only_what_is_urgent_goes():
    bench, serial, _ = serial_and_lora()
    bench.record(RIVERS, 100)
    sent = len(serial.log)
    bench.run(1000, quiet=False)
    assert len(serial.log) == sent
    bench.record(ALARMS)
    bench.run(100, quiet=False)
    assert (ALARMS, 0) in bench.stored


def test_whatever_comes_and_goes_everything_arrives_once():
    for seed in range(8):
        dice = Dice(seed)
        ports = [
            FakePort("serial", 0, SERIAL, dice, 5, 3),
            FakePort("ble", 1, BLE, dice, 20, 10),
            FakePort("lora", 2, LORA, dice, 2000, 30),
        ]
        bench = Bench([RIVER, AIR, ALARM], ports, dice)
        for _ in range(60):
            bench.record(0, 1 + dice.below(3))
            bench.record(1, dice.below(2), 12)
            if dice.chance(10):
                bench.record(2)
            for port in ports:
                if dice.chance(30):
                    port.cut = not port.cut
            if dice.chance(30):
                ports[1].up = not ports[1].up
            bench.run(1 + dice.below(9000))
        for port in ports:
            port.cut = False
        bench.until_quiet()
        bench.pair.check()


def starving(call, dice, percent):
    """Return `call` as it is where a heap in pieces has no room before it or behind it, so often out of a hundred times."""

    def wrapped(*args, **kwargs):
        if dice.chance(percent):
            raise MemoryError
        result = call(*args, **kwargs)
        if dice.chance(percent):
            raise MemoryError
        return result

    return wrapped


def test_what_a_full_heap_has_no_room_for_is_lost_as_on_the_air():
    for seed in range(6):
        dice = Dice(seed)
        ports = [FakePort("serial", 0, SERIAL, dice, 5, 3), FakePort("lora", 2, LORA, dice, 2000, 20)]
        bench = Bench([RIVER, AIR, ALARM], ports, dice)
        node = bench.pair.node
        for name in ("_append", "_append_batches", "_append_states", "_await", "_emit", "_poll", "_say_hello", "_take_statement"):
            setattr(node, name, starving(getattr(node, name), dice, 3))
        for stream in node.streams:
            stream.take = starving(stream.take, dice, 5)
        for name in ("seal", "open"):
            setattr(node._seal, name, starving(getattr(node._seal, name), dice, 5))
        for _ in range(40):
            bench.record(0, 1 + dice.below(3))
            bench.record(1, dice.below(2), 12)
            if dice.chance(10):
                bench.record(2)
            if dice.chance(20):
                ports[0].cut = not ports[0].cut
            bench.run(1 + dice.below(9000))
        ports[0].cut = False
        bench.until_quiet()
        bench.pair.check()
        assert node.counters["starved"] == bench.events.count(("starved",)) > 10


def test_a_heap_that_stays_full_for_a_while_costs_a_moment_and_no_greeting():
    bench, _, _ = serial_and_lora()
    node = bench.pair.node
    seal, node._seal.seal = node._seal.seal, starving(node._seal.seal, bench.dice, 100)
    take, node.streams[RIVERS].take = node.streams[RIVERS].take, starving(node.streams[RIVERS].take, bench.dice, 100)
    bench.record(RIVERS, 96)
    bench.run(10_000)
    assert 20 <= node.counters["starved"] <= 50, "not each turn of the loop, which would do nothing else"
    node._seal.seal, node.streams[RIVERS].take = seal, take
    assert bench.until_quiet() <= 1000 and node.counters["restarts"] == 0
    bench.pair.check()


class Line:
    """A UART with a collector at its other end, which answers at once."""

    def __init__(self, pair):
        self._pair = pair
        self._deframer = Deframer()
        self._down = b""

    def any(self):
        return len(self._down)

    def read(self, count):
        data, self._down = self._down[:count], self._down[count:]
        return data

    def write(self, data):
        for frame in self._deframer.feed(data)[0]:
            for answer in self._pair.deliver_up(frame):
                self._down += encode_frame(answer)
        return len(data)


def test_a_serial_port_alone_loses_what_there_is_no_room_for_as_its_line_would():
    pair = Pair([RIVER, AIR, ALARM], SERIAL)
    told = []
    port = Port(Line(pair), None, SERIAL)
    port.session, port.on_event = pair.node, lambda event, now_ms: told.append(event[0])
    for name in ("seal", "open"):
        setattr(pair.node_seal, name, starving(getattr(pair.node_seal, name), pair.dice, 20))
    for number in range(60):
        pair.log.append(2, pair.now, [number * number])
        pair.now += 1000
        port.poll(pair.now)
    while pair.node.backlog():
        pair.now += 100
        port.poll(pair.now)
    pair.check()
    assert pair.node.counters["starved"] == told.count("starved") > 3


class Roomy:
    """What a Node has for a heap that is full."""

    _on_event, _take_room = Node._on_event, Node._take_room
    measuring, reading, log = True, None, None

    def __init__(self):
        self._room = bytearray(1)
        self.alarms = self._anchors = self.session = self
        self.said = []
        self.diagnose = lambda level, text: self.said.append(text)
        self.take = self.know_time = lambda *args: None


def test_a_node_gives_the_room_it_keeps_says_so_once_and_takes_it_again_when_it_is_answered():
    node = Roomy()
    for _ in range(3):
        node._on_event(("starved",), 0)
    assert node._room is None and node.said == ["the heap is full"]
    node._on_event(("anchor", 1, 2, 3), 0)
    assert len(node._room) == 1024
    node.reading, node._room = object(), None
    node._on_event(("anchor", 1, 2, 3), 0)
    assert node._room is None, "somebody reads: his code stands there"
