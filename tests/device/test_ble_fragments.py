"""Frames in fragments: any size, any loss, any disconnect. Both interpreters."""

from gilmok_wire.ble_fragments import LEAST_ATT_MTU, OPENING, Assembler, Fragmenter, link_at, payload_size
from gilmok_wire.errors import DecodeError
from support.dice import Dice


def cut(frame, size, fragmenter=None):
    """Return the fragments of `frame`."""
    fragmenter = fragmenter or Fragmenter()
    fragmenter.begin(frame)
    fragments = []
    while fragmenter.is_busy():
        fragments.append(fragmenter.head(size))
        assert fragmenter.next() == (not fragmenter.is_busy())
    return fragments


def frames_of(assembler, fragments):
    """Return the frames that `fragments` make."""
    frames = [assembler.take(fragment) for fragment in fragments]
    return [frame for frame in frames if frame is not None]


def make_frames(dice, count):
    """Return frames of lengths at the edges and between; all differ, so that a mixture of two is none of them."""
    lengths = [13, 19, 20, 38, 39, 243, 244, 256]
    return [bytes((index,)) + dice.bytes(dice.pick(lengths) - 1 + dice.below(3)) for index in range(count)]


def test_layout_of_a_frame_in_three_fragments():
    fragmenter = Fragmenter()
    assert cut(bytes(range(45)), 20, fragmenter) == [
        b"\x80" + bytes(range(19)),
        b"\x01" + bytes(range(19, 38)),
        b"\x42" + bytes(range(38, 45)),
    ]
    assert cut(b"one", 20, fragmenter) == [b"\xc3one"]


def test_any_size_of_fragment_brings_any_frame():
    dice = Dice(1)
    for att_mtu in list(range(LEAST_ATT_MTU, 60)) + [185, 247, 256, 517]:
        fragmenter, assembler = Fragmenter(), Assembler()
        frames = make_frames(dice, 40)
        size = payload_size(att_mtu)
        fragments = [fragment for frame in frames for fragment in cut(frame, size, fragmenter)]
        assert max([len(fragment) for fragment in fragments]) <= size
        assert frames_of(assembler, fragments) == frames, att_mtu
        assert assembler.lost == 0


def test_mtu_may_change_in_the_middle_of_a_frame():
    dice = Dice(2)
    for _ in range(200):
        frame = dice.bytes(1 + dice.below(400))
        fragmenter, assembler = Fragmenter(), Assembler()
        fragmenter.begin(frame)
        got = None
        while fragmenter.is_busy():
            got = assembler.take(fragmenter.head(2 + dice.below(60)))
            fragmenter.next()
        assert got == frame


def test_a_fragment_that_was_refused_goes_again():
    fragmenter = Fragmenter()
    fragmenter.begin(bytes(50))
    assert fragmenter.head(20) == fragmenter.head(20)
    fragmenter.next()
    assert fragmenter.head(20)[0] == 1


def test_lost_fragments_cost_their_frames_and_no_other():
    for seed in range(300):
        dice = Dice(seed)
        fragmenter, assembler = Fragmenter(), Assembler()
        frames = make_frames(dice, 30)
        whole, fragments = [], []
        for frame in frames:
            kept = cut(frame, 20, fragmenter)
            arrives = [not dice.chance(10) for _ in kept]
            fragments += [fragment for fragment, here in zip(kept, arrives) if here]
            if all(arrives):
                whole.append(frame)
        assert frames_of(assembler, fragments) == whole, seed


def test_a_disconnect_at_any_fragment_corrupts_nothing():
    dice = Dice(4)
    first, second = dice.bytes(120), dice.bytes(90)
    for cut_at in range(7):
        for tell in (True, False):  # whether the receiver hears of it before the next connection's first fragment
            fragmenter, assembler = Fragmenter(), Assembler()
            assert not frames_of(assembler, cut(first, 20, fragmenter)[:cut_at])
            fragmenter.drop()
            if tell:
                assembler.drop()
            assert frames_of(assembler, cut(second, 20, fragmenter)) == [second]


def test_two_losses_around_a_border_do_not_join_two_frames():
    fragmenter, assembler = Fragmenter(), Assembler()
    fragments = cut(b"a" * 50, 20, fragmenter)[:-1] + cut(b"b" * 50, 20, fragmenter)[1:]
    assert not frames_of(assembler, fragments)
    assert assembler.lost == 1
    assert frames_of(assembler, cut(b"c" * 50, 20, fragmenter)) == [b"c" * 50]


def test_garbage_raises_nothing_but_its_error_and_memory_is_bounded():
    dice = Dice(5)
    assembler = Assembler(longest=64)
    for _ in range(5000):
        try:
            frame = assembler.take(dice.bytes(dice.below(40)))
        except DecodeError:
            continue
        assert frame is None or len(frame) <= 64
    assembler.drop()
    assert frames_of(assembler, cut(b"x" * 64, 20)) == [b"x" * 64]


def test_an_opening_is_a_frame_of_no_bytes():
    assert Assembler().take(OPENING) == b""


def test_frames_fill_their_fragments_and_stay_small():
    for att_mtu in range(LEAST_ATT_MTU, 600):
        link, room = link_at(att_mtu), payload_size(att_mtu) - 1
        assert 128 < link.mtu <= 256, att_mtu
        assert link.mtu % room == 0 or link.mtu < room, att_mtu
