"""Headers, counters and replay windows of sealed frames, on both interpreters."""

from gilmok_wire.ccm import new_ccm
from gilmok_wire.collector_seal import CollectorSeal, PeerSession
from gilmok_wire.errors import DecodeError, EncodeError, Replayed, SealError, Unsupported
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.seal import COUNTER_LIMIT, OVERHEAD, SALTED_OVERHEAD, WINDOW, Header, Window, open_frame, seal_frame
from support.dice import Dice

KEY = bytes(range(16))
SALT = b"saltsalt"
PEER = b"peerpeer"


def _error_of(call, *args):
    try:
        call(*args)
    except DecodeError as error:
        return type(error)
    return None


def test_a_short_header():
    frame = seal_frame(new_ccm(KEY), 0x1234, 0, 0x7ABCD, SALT, b"text")
    assert frame[:5] == b"\xe1\x12\x34\xab\xcd" and len(frame) == 4 + OVERHEAD == 4 + 13
    header = Header(frame)
    assert (header.down, header.ask, header.device, header.counter, header.salt) == (False, False, 0x1234, 0xABCD, None)


def test_a_salted_header():
    frame = seal_frame(new_ccm(KEY), 0xFFFE, 1, 0x7ABCD, SALT, b"text", salted=True, ask=True)
    assert frame[:7] == b"\xfd\xff\xfe\x00\x07\xab\xcd" and frame[7:15] == SALT
    assert len(frame) == 4 + SALTED_OVERHEAD == 4 + 23
    header = Header(frame)
    assert (header.down, header.ask, header.device, header.counter, header.salt) == (True, True, 0xFFFE, 0x7ABCD, SALT)


def test_the_nonce_and_the_associated_data():
    ccm = new_ccm(KEY)
    frame = seal_frame(ccm, 7, 1, 0x10002, SALT, b"text", peer_salt=PEER)
    nonce = SALT + b"\x01" + b"\x00\x01\x00\x02"
    assert ccm.open(nonce, frame[:5] + PEER, frame[5:]) == b"text"
    frame = seal_frame(ccm, 7, 0, 3, SALT, b"text", salted=True)
    assert ccm.open(SALT + b"\x00" + b"\x00\x00\x00\x03", frame[:15], frame[15:]) == b"text"


def test_an_empty_frame_is_a_poll():
    ccm = new_ccm(KEY)
    frame = seal_frame(ccm, 7, 0, 3, SALT, b"")
    assert len(frame) == OVERHEAD
    assert open_frame(ccm, frame, Header(frame), 3, SALT) == b""


def test_other_versions_are_unsupported():
    frame = bytearray(seal_frame(new_ccm(KEY), 7, 0, 3, SALT, b"text"))
    for version in (0, 2, 3):
        frame[0] = frame[0] & 0xFC | version
        try:
            Header(frame)
            raise AssertionError(version)
        except Unsupported as error:
            assert error.args[0] == -1 - version


def test_what_is_no_frame():
    frame = seal_frame(new_ccm(KEY), 7, 0, 3, SALT, b"")
    for kind in range(0xE0):
        assert _error_of(Header, bytes((kind,)) + frame[1:]) is DecodeError
    for length in range(OVERHEAD):
        assert _error_of(Header, frame[:length]) is DecodeError
    salted = seal_frame(new_ccm(KEY), 7, 0, 3, SALT, b"", salted=True)
    for length in range(OVERHEAD, SALTED_OVERHEAD):
        assert _error_of(Header, salted[:length]) is DecodeError
    assert Header(salted).salt == SALT


def test_a_whole_counter_ends_where_its_session_does():
    for counter in (COUNTER_LIMIT, (1 << 32) - 1):
        frame = seal_frame(new_ccm(KEY), 7, 0, counter, SALT, b"text", salted=True)
        assert _error_of(Header, frame) is DecodeError
    assert Header(seal_frame(new_ccm(KEY), 7, 0, COUNTER_LIMIT - 1, SALT, b"", salted=True)).counter == COUNTER_LIMIT - 1


def test_each_counter_is_accepted_once():
    dice = Dice(1)
    for _ in range(40):
        window, accepted = Window(), set()
        counter = dice.below(200_000)
        for _ in range(120):
            counter += dice.pick([0, 1, 1, 1, 2, 5, WINDOW - 1, WINDOW, 400])
            tried = max(0, counter - dice.below(WINDOW + 8))
            highest = max(accepted) if accepted else -1
            stale = tried in accepted or tried <= highest - WINDOW
            assert (_error_of(window.check, tried) is Replayed) == stale, (tried, highest)
            if not stale:
                window.accept(tried)
                accepted.add(tried)
            assert window.highest == max(accepted) and window._seen < 1 << WINDOW


def test_the_low_half_finds_its_counter():
    for highest in (0, 5, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x1FFFF, 0x28000, COUNTER_LIMIT - 1):
        window = Window()
        window.accept(highest)
        for distance in (-0x7FFF, -WINDOW, -1, 0, 1, 100, 0x7FFF):
            counter = highest + distance
            if counter >= 0:
                assert window.full_counter(counter & 0xFFFF) == counter, (highest, distance)
    assert Window().full_counter(0xFFFF) == 0xFFFF


def test_a_session_outlives_the_low_half_of_its_counter():
    node, collector = _confirmed()
    node.counter = 0xFFFF - 40
    for _ in range(3):  # 90,000 frames, most of them lost
        for _ in range(60):
            plaintext, _, counter = collector.open(node.seal(b"up"))
            assert plaintext == b"up" and counter == node.counter
        node.counter += 0x7000
    assert node.counter > 0x10000


def test_downlinks_outlive_the_low_half_too():
    node, collector = _confirmed()
    session = collector.sessions[0]
    for counter in (0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x10001, 0x17000, 0x1F000):
        collector.counter = counter - 1
        assert node.open(collector.seal(session, b"down")) == b"down"
        assert node._window.highest == counter


def test_a_used_up_counter_ends_the_session():
    node, collector = _confirmed()
    salt = node.salt
    node.counter = COUNTER_LIMIT - 2
    assert len(node.seal(b"last")) == 4 + OVERHEAD
    assert node.salt == salt
    frame = node.seal(b"first")
    assert node.salt != salt and node.counter == 0 and Header(frame).salt == node.salt
    collector.counter = COUNTER_LIMIT - 1
    try:
        collector.seal(PeerSession(SALT), b"down")
        raise AssertionError("sealed")
    except EncodeError:
        pass


def test_every_flipped_bit_is_noticed_and_changes_nothing():
    node, collector = _confirmed()
    up, down = node.seal(b"up"), collector.seal(collector.sessions[0], b"down")
    for frame, seal, window in ((up, collector, collector.sessions[0].window), (down, node, node._window)):
        before = window.highest, window._seen
        for bit in range(8 * len(frame)):
            damaged = bytearray(frame)
            damaged[bit >> 3] ^= 1 << (bit & 7)
            assert _error_of(seal.open, damaged) is not None, bit
            assert (window.highest, window._seen) == before
    assert collector.open(up)[0] == b"up" and node.open(down) == b"down"


def test_frames_of_others_are_refused():
    node, collector = _confirmed()
    up, down = node.seal(b"up"), collector.seal(collector.sessions[0], b"down")
    assert _error_of(node.open, up) is SealError  # turned round
    assert _error_of(collector.open, down) is SealError
    stranger = CollectorSeal(bytes(16), 7, PEER)
    assert _error_of(stranger.open, NodeSeal(KEY, 7, lambda: SALT).seal(b"hello")) is SealError
    neighbour = CollectorSeal(KEY, 8, PEER)
    assert _error_of(neighbour.open, NodeSeal(KEY, 7, lambda: SALT).seal(b"hello")) is SealError
    assert _error_of(NodeSeal(KEY, 8, lambda: SALT).open, down) is SealError


def _confirmed():
    """Return both ends of device 7 after their salts are known to each other."""
    salts = [b"device02", b"device01"]
    node, collector = NodeSeal(KEY, 7, salts.pop), CollectorSeal(KEY, 7, PEER)
    _, session, _ = collector.open(node.seal(b"hello"))
    assert node.open(collector.seal(session, b"welcome")) == b"welcome"
    assert collector.open(node.seal(b"thanks"))[1].confirmed
    return node, collector
