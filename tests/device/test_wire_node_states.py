"""What each event does in each state of the node's session, as one table, on both interpreters."""

from gilmok_wire import messages
from support.node_bench import EPOCH, STORE, NodeBench

GREET, READY, AWAIT = "greet", "ready", "await"
STATES = {
    "greeted": NodeBench.greeted,
    "restarted": NodeBench.restarted,
    "ready": NodeBench.ready,
    "awaiting": NodeBench.awaiting,
}


def _garbage(bench):
    return bench.node.receive(b"\xf1" + bytes(30), bench.now)


def _other_version(bench):
    return bench.node.receive(b"\xf2" + bytes(30), bench.now)


def _not_cbor(bench):
    return bench.node.receive(bench.collector.seal(bench._peer, b"\xff"), bench.now)


def _replay(bench):
    frame = bench.collector.seal(bench._peer, b"")
    bench.node.receive(frame, bench.now)
    return bench.node.receive(frame, bench.now)


def _anchor(bench):
    bench.now += 40
    return bench.say([messages.ANCHOR, bench.counter, 1_760_000_000_000, 20])


def _old_anchor(bench):
    return bench.say([messages.ANCHOR, bench.counter + 9, 1_760_000_000_000, 20])


def _silence(bench):
    bench.now = bench.node.deadline(bench.now) if bench.node.deadline(bench.now) is not None else bench.now + 10**6
    bench.send()
    return []


def _long_silence(bench):
    for _ in range(20):
        _silence(bench)
    return []


def _restart(bench):
    bench.node.restart(bench.now)
    return []


def _alarm(bench):
    bench.record(1)
    bench.send()
    return []


# Event, and for each state: the phase that follows, and the events told. The two forms of GREET differ only where it says so.
TABLE = [
    (_garbage, {GREET: (GREET, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    (_other_version, {state: (state, [("unsupported", -3)]) for state in (GREET, READY, AWAIT)}),
    (_not_cbor, {GREET: (GREET, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    (_replay, {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    (lambda bench: bench.settle(), {GREET: (READY, []), READY: (READY, []), AWAIT: (READY, [])}),
    (lambda bench: bench.say(), {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    # An answer that settles nothing is an answer all the same: the record is offered again.
    (lambda bench: bench.say(bench.ack([0, 0])), {GREET: (READY, []), READY: (READY, []), AWAIT: (READY, [])}),
    # One that says nothing of what is in flight is not enough.
    (lambda bench: bench.say(bench.ack()), {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    # One to another frame says nothing of this one.
    (
        lambda bench: bench.say(bench.ack([0, 0], counter=bench.counter - 1)),
        {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])},
    ),
    (
        lambda bench: bench.say(bench.ack([0, 0], store=STORE + 1)),
        {"greeted": (READY, []), "restarted": (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])},
    ),
    (
        lambda bench: bench.say(bench.ack([0, 0], epoch=EPOCH - 1)),
        {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])},
    ),
    # The first statement of a boot sets the epoch, a later one that is higher begins everything anew.
    (
        lambda bench: bench.say(bench.ack([0, 0], epoch=EPOCH + 1)),
        {"greeted": (READY, []), "restarted": (GREET, []), READY: (GREET, []), AWAIT: (GREET, [])},
    ),
    (
        lambda bench: bench.say(bench.ack([0, "all"])),
        {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])},
    ),
    (_anchor, {GREET: (READY, "anchor"), READY: (READY, None), AWAIT: (AWAIT, "anchor")}),
    (_old_anchor, {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    (
        lambda bench: bench.say([messages.WANTED, 0, 1, 9]),
        {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])},
    ),
    (
        lambda bench: bench.say([messages.FORK, 77]),
        {GREET: (READY, [("fork",)]), READY: (READY, [("fork",)]), AWAIT: (AWAIT, [("fork",)])},
    ),
    # Numbers that this device never gave out: another one has written under its log id.
    (
        lambda bench: bench.say(bench.ack([0, 9])),
        {GREET: (READY, [("fork",)]), READY: (READY, [("fork",)]), AWAIT: (AWAIT, [("fork",)])},
    ),
    (
        lambda bench: bench.say(bench.ack([0, 0, 8, 9])),
        {GREET: (READY, [("fork",)]), READY: (READY, [("fork",)]), AWAIT: (AWAIT, [("fork",)])},
    ),
    (
        lambda bench: bench.say([messages.FORK, 76]),
        {GREET: (READY, []), READY: (READY, []), AWAIT: (AWAIT, [])},
    ),
    (
        lambda bench: bench.say([messages.COMMAND, 3, "blink", [1]]),
        {state: (READY if state == GREET else state, [("command", 3, "blink", [1])]) for state in (GREET, READY, AWAIT)},
    ),
    (
        lambda bench: bench.say([messages.UNSUPPORTED, 5]),
        {state: (READY if state == GREET else state, [("unsupported", 5)]) for state in (GREET, READY, AWAIT)},
    ),
    (
        lambda bench: bench.say([99, "new"], [messages.HELLO, 1, 1, 0, 1, 10, b"conf", ""]),
        {state: (READY if state == GREET else state, [("unsupported", 99)]) for state in (GREET, READY, AWAIT)},
    ),
    (_silence, {GREET: (GREET, []), READY: (READY, []), AWAIT: (AWAIT, [])}),
    (_long_silence, {GREET: (GREET, []), READY: (READY, []), AWAIT: (GREET, [])}),
    (_restart, {GREET: (GREET, []), READY: (GREET, []), AWAIT: (GREET, [])}),
    (_alarm, {GREET: (GREET, []), READY: (AWAIT, []), AWAIT: (AWAIT, [])}),
]


def test_every_event_in_every_state():
    for row, (event, outcomes) in enumerate(TABLE):
        for name, enter in STATES.items():
            bench = enter(NodeBench())
            state = bench.node.phase
            phase, expected = outcomes.get(name) or outcomes[state]
            told = event(bench)
            place = row, name, told
            assert bench.node.phase == phase, (bench.node.phase,) + place
            if expected == "anchor":
                assert len(told) == 1 and told[0][0] == "anchor" and told[0][2] == 1_760_000_000_000, place
                sent_ms, uncertainty_ms = told[0][1], told[0][3]
                assert sent_ms + 40 == bench.now and uncertainty_ms == 20 + 40, place
            elif expected is not None:
                assert told == expected, place
            _check_alive(bench)


def _check_alive(bench):
    """Assert that the session still gets everything across, whatever has happened to it."""
    bench.record(0)
    bench.record(1)
    for _ in range(40):
        if bench.node.deadline(bench.now) is None:
            break
        bench.wait()
        if bench.header is not None and bench.header.ask:
            bench.say(bench.ack(*_all(bench), store=bench.node.store or STORE, epoch=EPOCH + 1))
    assert bench.node.backlog() == 0


def _all(bench):
    return [[stream.number, bench.log.next(stream.number)] for stream in bench.streams]


def test_the_table_is_complete():
    for _, outcomes in TABLE:
        for name in STATES:
            state = {"greeted": GREET, "restarted": GREET, "ready": READY, "awaiting": AWAIT}[name]
            assert name in outcomes or state in outcomes


def test_counters_of_refused_frames():
    bench = NodeBench().ready()
    _garbage(bench)
    _not_cbor(bench)
    _replay(bench)
    bench.say(bench.ack([0, None]))
    assert bench.node.counters["refused"] == 4
    bench.say(bench.ack([0, 0], store=STORE + 1))
    bench.say(bench.ack([0, 0], epoch=EPOCH - 1))
    assert bench.node.counters["foreign"] == 2
