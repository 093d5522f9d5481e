"""Which salts the two ends believe: restarts, replays of whole sessions, several collectors, on both interpreters."""

from gilmok_wire import node_seal
from gilmok_wire.collector_seal import CollectorSeal
from gilmok_wire.errors import DecodeError, Replayed, SealError
from gilmok_wire.node_seal import NodeSeal
from gilmok_wire.seal import OVERHEAD, SALTED_OVERHEAD, Header
from support.dice import Dice
from support.nonces import NonceRecorder
from support.wire_pair import Entropy

KEY = bytes(range(16))
DEVICE = 7


class Ends:
    """Both seals of one device, which start anew with new salts, and every frame that was sent."""

    def __init__(self):
        self._drawn = 0
        self.ups = []
        self.downs = []
        self.boot()
        self.start()

    def boot(self):
        self.node = NodeSeal(KEY, DEVICE, self._draw)

    def start(self):
        self.collector = CollectorSeal(KEY, DEVICE, self._draw())

    def up(self, text=b"up"):
        """Send an uplink and return its session."""
        self.ups.append(self.node.seal(text, ask=True))
        plaintext, session, _ = self.collector.open(self.ups[-1])
        assert plaintext == text
        return session

    def down(self, session, text=b"down"):
        self.downs.append(self.collector.seal(session, text))
        assert self.node.open(self.downs[-1]) == text

    def greet(self):
        self.down(self.up(b"hello"))
        return self.up(b"thanks")

    def _draw(self):
        self._drawn += 1
        return b"salt%04d" % self._drawn


def _error_of(call, *args):
    try:
        call(*args)
    except DecodeError as error:
        return type(error)
    return None


def test_salts_are_carried_until_the_peer_has_shown_that_it_knows_them():
    ends = Ends()
    assert ends.node.overhead == SALTED_OVERHEAD
    session = ends.up()
    assert ends.up() is session  # the answer was lost
    assert not session.confirmed and ends.collector.overhead(session) == SALTED_OVERHEAD
    ends.down(session)
    assert ends.node.overhead == OVERHEAD
    ends.down(session)  # a second one before the collector knows
    assert Header(ends.downs[-1]).salt is not None
    assert ends.up() is session and session.confirmed
    assert Header(ends.ups[-1]).salt is None
    assert ends.collector.overhead(session) == OVERHEAD
    ends.down(session)
    assert Header(ends.downs[-1]).salt is None


def test_every_replayed_frame_is_refused():
    ends = Ends()
    session = ends.greet()
    ends.down(session)
    for frame in ends.ups:
        assert _error_of(ends.collector.open, frame) is Replayed
    for frame in ends.downs:
        assert _error_of(ends.node.open, frame) is Replayed
    assert ends.up() is session


def test_frames_out_of_order_are_accepted_once():
    ends = Ends()
    ends.greet()
    frames = [ends.node.seal(b"%d" % index) for index in range(10)]
    for frame in (frames[9], frames[0], frames[5], frames[1]):
        ends.collector.open(frame)
    for frame in (frames[9], frames[0], frames[5], frames[1]):
        assert _error_of(ends.collector.open, frame) is Replayed


def test_old_downlinks_are_dead_after_the_device_restarts():
    ends = Ends()
    ends.down(ends.greet())
    unheard = [ends.collector.seal(ends.collector.sessions[0], b"siren on") for _ in range(3)]
    ends.boot()
    for frame in ends.downs + unheard:
        assert _error_of(ends.node.open, frame) is SealError
    ends.greet()
    for frame in ends.downs[:-1] + unheard:
        assert _error_of(ends.node.open, frame) in (SealError, Replayed)


def test_old_downlinks_are_dead_after_the_device_gives_up():
    ends = Ends()
    ends.down(ends.greet())
    unheard = ends.collector.seal(ends.collector.sessions[0], b"siren on")
    ends.node.restart()
    for frame in ends.downs + [unheard]:
        assert _error_of(ends.node.open, frame) is SealError
    assert ends.node.peer_salt is None


def test_old_downlinks_are_dead_after_the_collector_restarts():
    ends = Ends()
    ends.down(ends.greet())
    unheard = ends.collector.seal(ends.collector.sessions[0], b"siren on")
    old = list(ends.downs)
    ends.start()
    assert _error_of(ends.collector.open, ends.node.seal(b"up")) is SealError  # it knows no session yet
    ends.node.restart()
    ends.greet()
    for frame in old + [unheard]:
        assert _error_of(ends.node.open, frame) in (SealError, Replayed)


def test_the_first_collector_that_answers_is_the_only_one():
    ends = Ends()
    hello = ends.node.seal(b"hello")
    other = CollectorSeal(KEY, DEVICE, b"other001")
    _, session, _ = ends.collector.open(hello)
    _, other_session, _ = other.open(hello)
    ends.down(session)
    assert _error_of(ends.node.open, other.seal(other_session, b"me too")) is SealError
    ends.up()
    assert _error_of(other.open, ends.node.seal(b"up")) is SealError
    assert not other_session.confirmed


def test_a_replayed_session_is_never_confirmed():
    ends = Ends()
    ends.greet()
    old = list(ends.ups)
    ends.start()  # it has forgotten everything
    for frame in old:
        _error_of(ends.collector.open, frame)
    assert [session.confirmed for session in ends.collector.sessions] == [False]
    answer = ends.collector.seal(ends.collector.sessions[0], b"welcome")
    ends.boot()
    assert _error_of(ends.node.open, answer) is SealError


def test_a_replayed_session_displaces_no_confirmed_one():
    ends = Ends()
    sessions = []
    for _ in range(8):
        sessions.append(len(ends.ups))
        ends.greet()
        ends.node.restart()
    ends.start()
    session = ends.greet()
    assert session.confirmed
    for frame in ends.ups[:-2]:
        error = _error_of(ends.collector.open, frame)
        assert error in (None, SealError, Replayed)
        assert ends.collector.sessions[0] is session
        assert [other for other in ends.collector.sessions if other.confirmed] == [session]
        assert len(ends.collector.sessions) <= 4
    assert ends.up() is session
    ends.down(session)


def test_a_rebooted_device_displaces_its_former_session():
    ends = Ends()
    former = ends.greet()
    ends.boot()
    session = ends.up()
    assert ends.collector.sessions == [former, session]
    ends.down(session)
    assert ends.up() is session
    assert ends.collector.sessions == [session] and session.confirmed


def test_a_failed_frame_leaves_no_session():
    ends = Ends()
    frame = bytearray(ends.node.seal(b"hello"))
    frame[-1] ^= 1
    assert _error_of(ends.collector.open, frame) is SealError
    assert ends.collector.sessions == []


def test_the_recorder_notices_a_repeated_nonce():
    real = node_seal.new_ccm
    with NonceRecorder() as recorder:
        one, other = [NodeSeal(KEY, DEVICE, lambda: b"samesalt") for _ in range(2)]
        one.seal(b"first")
        one.seal(b"second")
        try:
            other.seal(b"third")
            raise RuntimeError("not noticed")
        except AssertionError:
            pass
        NodeSeal(bytes(16), DEVICE, lambda: b"samesalt").seal(b"another key")
    assert len(recorder.seen) == 3
    assert node_seal.new_ccm is real


def test_salts_of_restored_images_and_of_weak_entropy_differ():
    salts = set()
    for _ in range(3):  # the same image is started three times: the boot count repeats, randomness does not
        dice = Dice(len(salts) + 1)
        salts.update([Entropy(dice).salt(5, 77)])
    weak = Entropy(Dice(1), weak=True)
    for boot in range(100):  # constant bytes, but the boot count grows and each draw of a boot is numbered
        salts.update([weak.salt(boot, 77) for _ in range(3)])
    fresh = {Entropy(Dice(1), weak=True).salt(boot, 77) for boot in range(200, 300)}
    assert len(salts) == 303 and len(fresh) == 100 and not salts & fresh
