"""Somebody with a permit reads a node: what he gets, what he cannot change, and who gets nothing. Both interpreters."""

from gilmok_node.port import READER, Port
from gilmok_wire import messages
from gilmok_wire.ccm import new_ccm
from gilmok_wire.errors import DecodeError, Replayed, SealError
from gilmok_wire.link import Link
from gilmok_wire.reader_seal import DESCRIBE, ENDED, NO_TIME, READ, REFUSAL, URGENT, ReadSeal, permit_key
from support.full_heap import no_memory
from support.reading_bench import ANCHORS, PERMIT, STREAMS, UNTIL_S, Line, Reader, ReadNode, make_pair, refuses, standing_of
from support.wire_pair import DEVICE, KEY, UNIX_MS

RIVER, ALARM = 0, 2


def reader_of(count=60, settled=True, **options):
    """Return a Pair whose city is up to date or not, its node and a reader."""
    pair = make_pair(count, **options)
    if settled:
        pair.run()
    node = ReadNode(pair)
    return pair, node, Reader(node)


def test_the_key_of_a_permit():
    """By sha256sum over "gilmok read", the bytes 00 … 0f, the time and the number."""
    key = permit_key(bytes(range(16)), 0x6553F100, 0x1F2E3D4C)
    assert key == bytes.fromhex("637e791ba790e8e71044b86b162a67f7")
    others = [permit_key(bytes(range(1, 17)), 0x6553F100, PERMIT), permit_key(KEY, 0x6553F101, PERMIT), permit_key(KEY, 0x6553F100, 1)]
    assert len({key, KEY} | set(others)) == 5


def test_a_greeting_and_its_answer_byte_for_byte():
    """The layout of SPEC.md section 10, sealed here by the cipher alone."""
    pair, node, reader = reader_of()
    reader.ask()
    permit = UNTIL_S.to_bytes(4, "big") + PERMIT.to_bytes(4, "big")
    head = b"\xfd\x01\x02\x00\x00\x00\x00laptop 1" + permit
    ccm = new_ccm(permit_key(KEY, UNTIL_S, PERMIT))
    assert reader.frame == head + ccm.seal(b"laptop 1\x01\x00\x00\x00\x00", head, b"")
    (answer,) = reader.port.sent
    assert answer[:7] == b"\xe9\x01\x02\x00\x00\x00\x00"
    salt = answer[7:15]
    plain = ccm.open(salt + b"\x00\x00\x00\x00\x00", answer[:15] + b"laptop 1" + bytes(4), answer[15:])
    assert [message[0] for message in messages.decode_messages(plain)[0]] == [messages.HELLO, messages.POLL]
    reader.ask(READ, RIVER, 0, 0)
    head = head[:6] + b"\x01" + head[7:]
    assert reader.frame[23:] == ccm.seal(b"laptop 1\x01\x00\x00\x00\x01", head + salt, bytes.fromhex("8416000000"))


def test_he_is_told_which_streams_there_are_and_what_is_in_them():
    _, _, reader = reader_of()
    hello, streams = reader.ask()
    assert hello[2:5] == [77, 0, 1] and streams == [messages.POLL, 0, 1, 2, 3, 4]
    for stream, info in enumerate(STREAMS):
        items = []
        while len(items) <= len(info.columns):
            state, *more = reader.ask(DESCRIBE, stream, len(items))
            assert state[:4] == [messages.STATE, stream, info.digest(), 0]
            items += [message[4] for message in more]
        assert items == [[info.name, info.kind, len(info.columns)]] + [list(column) for column in info.columns]


def test_he_reads_everything_that_the_log_holds_whether_the_city_has_it_or_not():
    for settled in (False, True):
        pair, _, reader = reader_of(settled=settled)
        reader.ask()
        for stream in range(len(STREAMS)):
            assert reader.read(stream) == pair.log.held(stream)
        assert reader.read(RIVER, 50) == {number: record for number, record in pair.log.held(RIVER).items() if number >= 50}


def test_what_is_no_longer_there_is_stepped_over():
    pair, _, reader = reader_of()
    pair.log.overwrite(RIVER, 10)
    pair.log.spoil(RIVER, 20, 23)
    reader.ask()
    assert reader.read(RIVER) == pair.log.held(RIVER)
    (state,) = reader.ask(READ, RIVER, 1 << 39, 0)
    assert state[3:] == [10, 60]


def test_records_too_wide_for_a_frame_come_in_parts():
    pair, node, _ = reader_of()
    reader = Reader(node, Line(Link(mtu=100)))
    pair.log.append_entry(3, 500, 4, [[(-1) ** number * (1 << 28) + number * 977 for number in range(40)] for _ in "xyz"])
    reader.ask()
    for stream in range(len(STREAMS)):
        assert reader.read(stream) == pair.log.held(stream)


def test_the_citys_session_stands_as_it_stood_and_goes_on():
    """Interrupted at every place of the agreement: nothing is settled, and everything is stored once."""
    for steps in range(1, 12):
        for roams in (False, True):
            pair, node, reader = reader_of(30, settled=False, roams=roams)
            for _ in range(steps):
                pair.step()
            frame = pair.up()  # the node waits for an answer to this one, or has more to say
            before = standing_of(pair.node)
            reader.ask()
            for stream in range(len(STREAMS)):
                assert reader.ask(DESCRIBE, stream, 0)
                assert reader.read(stream) == pair.log.held(stream)
            assert standing_of(pair.node) == before, steps
            if frame:
                for answer in pair.deliver_up(frame):
                    pair.deliver_down(answer)
            pair.run()
            pair.check()
            assert pair.node.counters["restarts"] == 0


def test_what_only_a_collector_may_say_is_not_heard():
    pair, _, reader = reader_of(settled=False)
    for _ in range(4):
        pair.step()
    before, backlog, events = standing_of(pair.node), pair.node.backlog(), len(pair.events)
    reader.ask()
    for message in (
        [messages.ACK, 1, 1, 0, [RIVER, 60]],
        [messages.ANCHOR, 0, UNIX_MS, 1],
        [messages.WANTED, RIVER],
        [messages.FORK, 77],
        [messages.COMMAND, 1, "capture", ["shake", True]],
        [messages.LINK, 5, 100],
        [messages.STATE, RIVER, b"1234", 60, 60],
        [99, 1],
        [READ, 30, 0, 0],
        [READ, RIVER],
        [READ, RIVER, "0", 0],
        [DESCRIBE, 31, 0],
    ):
        assert reader.ask(*message) is None, message
    assert reader.ask(DESCRIBE, RIVER, 9)[1:] == []
    assert standing_of(pair.node) == before and pair.node.backlog() == backlog and len(pair.events) == events
    pair.run()
    pair.check()


def test_who_has_no_permit_for_this_node_gets_nothing():
    pair, node, _ = reader_of()
    other = bytes(range(1, 17))
    for stranger in (
        Reader(node, key=permit_key(other, UNTIL_S, PERMIT)),  # another node's
        Reader(node, key=permit_key(KEY, UNTIL_S - 1, PERMIT)),  # whose time was written over
        Reader(node, key=permit_key(KEY, UNTIL_S, PERMIT - 1)),
        Reader(node, key=KEY),
        Reader(node, device=DEVICE + 1),
    ):
        assert stranger.ask() is None
        assert stranger.ask(READ, RIVER, 0, 0) is None
    assert node.reads == 0 and node.reading.until_ms <= pair.now + 30_000


def test_a_permit_that_has_ended_is_refused_even_in_the_middle():
    pair, node, reader = reader_of()
    assert Reader(node, until_s=UNIX_MS // 1000, salt=b"laptop 2").ask() == [[REFUSAL, ENDED]]
    reader.ask()
    assert reader.ask(READ, RIVER, 0, 0)[0][0] != REFUSAL
    pair.now = (UNTIL_S - UNIX_MS // 1000) * 1000
    assert reader.ask(READ, RIVER, 0, 0) == [[REFUSAL, ENDED]]


def test_a_node_that_does_not_know_the_time_goes_by_its_log_and_lets_in_eight():
    _, node, _ = reader_of()
    node.anchored = False
    assert Reader(node, until_s=UNIX_MS // 1000, salt=b"laptop 2").ask() == [[REFUSAL, ENDED]], "its newest anchor is of that time"
    for number in range(20):
        reader = Reader(node, salt=b"laptop %d" % (number % 10))
        greeted = reader.ask()[0][0]
        if number % 2:  # only who answers the node's salt counts: greetings can be old ones
            assert greeted == (messages.HELLO if number < 16 else REFUSAL)
            told = reader.ask(READ, RIVER, 0, 0)[0]
            assert told[0] != REFUSAL if number < 16 else told == [REFUSAL, NO_TIME]
    node.anchored = True
    assert Reader(node).ask()[0][0] == messages.HELLO


def test_over_ble_a_new_alarm_sends_him_away_and_over_a_line_it_does_not():
    for name, expected in (("ble", [[REFUSAL, URGENT]]), ("serial", None)):
        pair, node, _ = reader_of()
        reader = Reader(node, Line(name=name))
        pair.log.append(ALARM, pair.now, [1])  # an older one, which no collector has come for, keeps nobody out
        assert reader.ask()[0][0] == messages.HELLO
        assert reader.ask(READ, RIVER, 0, 0)[0][0] != REFUSAL
        pair.log.append(ALARM, pair.now, [2])
        told = reader.ask(READ, RIVER, 0, 0)
        assert told == expected if expected else told[0][0] != REFUSAL


def test_a_request_that_is_repeated_is_answered_again_and_an_older_one_is_not():
    _, node, reader = reader_of()
    reader.ask()
    greeting = reader.frame
    assert reader.opened(node.take(greeting, reader.port))
    first = reader.ask(READ, RIVER, 0, 0)
    request, answer = reader.frame, reader.port.sent[0]
    again = node.take(request, reader.port)
    assert reader.opened(again) == first and again[0] != answer
    reader.ask(READ, RIVER, 30, 0)
    assert node.take(request, reader.port) == [] and node.take(greeting, reader.port) == []
    assert refuses(reader.seal.open, answer) is SealError, "an answer is to one request"


def test_every_answer_has_a_nonce_of_its_own():
    pair, node, reader = reader_of()
    seen = set()
    for _ in range(3):
        reader = Reader(node)
        for _ in range(3):
            reader.ask(*([READ, RIVER, 0, 0] if reader.seal.peer_salt else []))
            for frame in list(reader.port.sent) + node.take(reader.frame, reader.port):
                nonce = bytes(frame[3:15])
                assert nonce not in seen
                seen.add(nonce)
        node._end_reading()
    assert len(seen) > 10


def test_seals_refuse_what_is_none():
    reader = Reader(None)
    greeting = reader.seal.seal(b"")
    assert refuses(ReadSeal, KEY, DEVICE, b"nodesalt", greeting[:22]) is DecodeError
    assert refuses(ReadSeal, KEY, DEVICE, b"nodesalt", b"\xf9" + greeting[1:]) is DecodeError
    assert refuses(ReadSeal, KEY, DEVICE, b"nodesalt", greeting[:25]) is SealError
    seal = ReadSeal(KEY, DEVICE, b"nodesalt", greeting)
    for place in range(len(greeting)):
        broken = bytearray(greeting)
        broken[place] ^= 1
        assert refuses(ReadSeal, KEY, DEVICE, b"nodesalt", bytes(broken)) in (DecodeError, SealError), place
    reader.seal.open(seal.seal(b""))
    later = [reader.seal.seal(b"") for _ in range(2)]
    seal.open(later[1])
    assert refuses(seal.open, later[0]) is Replayed
    assert refuses(seal.open, later[1][:3] + b"\xff" + later[1][4:]) is Replayed


def test_a_full_heap_refuses_in_a_word():
    _, node, reader = reader_of()
    node.board.free = 4000
    greeting = reader.seal.seal(b"")
    assert node.take(greeting, reader.port) == [b"\xe9\x01\x02"]
    assert reader.port.said == ["no room in the heap for a reader"] and node.reading is None
    node.board.free = 20_000
    assert reader.opened(node.take(greeting, reader.port))


def test_a_heap_that_is_full_in_the_middle_leaves_the_city_as_it_was():
    pair, node, reader = reader_of()
    reader.ask()
    before = standing_of(pair.node)
    pair.node.streams[RIVER].take = no_memory
    assert reader.ask(READ, ANCHORS, 0, 0)
    assert node.take(reader.seal.seal(bytes.fromhex("8416000000")), reader.port) == [b"\xe9\x01\x02"] and node.reading is None
    del pair.node.streams[RIVER].take
    assert standing_of(pair.node) == before


def test_shortly_before_a_reading_nobody_is_answered():
    _, node, reader = reader_of()
    node.busy = True
    greeting = reader.seal.seal(b"")
    assert node.take(greeting, reader.port) == [] and node.reading is None
    node.busy = False
    assert node.take(greeting, reader.port)


def test_a_port_hands_him_on_and_the_session_never_hears_him():
    pair, node, reader = reader_of()
    events = []
    port = Port(None, None)
    port.session, port.on_event = pair.node, lambda event, now_ms: events.append(event)
    request = reader.seal.seal(b"")
    refused = pair.node.counters["refused"]
    port._receive(request, 5)
    assert events == [("reader", request, port)] and pair.node.counters["refused"] == refused and request >= READER
    assert all([frame < READER for frame in (b"\xf9", b"\xf1", b"\xe9")]), "what a collector and the group send begins lower"
