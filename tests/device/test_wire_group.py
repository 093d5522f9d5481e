"""Outputs of other nodes, wanted by frames of the site's group: what is obeyed, and what never is."""

from gilmok_wire import cbor
from gilmok_wire.ccm import new_ccm
from gilmok_wire.group import FRAME, LEASE_S, GroupSeal
from gilmok_wire.group_wants import Wants
from gilmok_wire.link import SERIAL
from gilmok_wire.seal import GROUP, GROUP_WAY, seal_frame
from support.dice import Dice
from support.group_bench import BARRIER, DOWN, FLOOD, GATE, KEY, OTHER, QUAKE, Owner, Sender, exchange, refuses

LEASE_MS = LEASE_S * 1000


def bench(seed=1):
    """Return a sender and an owner that know each other."""
    dice = Dice(seed)
    sender, owner = Sender(dice), Owner(dice)
    exchange([sender, owner], 0)
    return sender, owner


def test_an_alarm_turns_the_output_on_by_one_frame_and_off_by_one():
    sender, owner = bench()
    sender.want(FLOOD, True, 1000)
    frame = sender.transmit(1000)
    owner.receive(frame, 1000)
    assert owner.is_on(1000) and owner.leases == {FLOOD: 1000 + LEASE_MS}
    exchange([owner, sender], 1000)
    assert sender.wants.states[BARRIER, DOWN] == (1, 1, 1000)
    assert sender.transmit(1000) is None and sender.wants.deadline() == 1000 + LEASE_MS // 3
    sender.want(FLOOD, True, 2000)
    assert sender.transmit(2000) is None, "said again it changes nothing"
    sender.want(FLOOD, False, 3000)
    exchange([sender, owner], 3000)
    assert not owner.is_on(3000) and sender.wants.states[BARRIER, DOWN] == (0, 0, 3000)
    assert sender.wants.deadline() is None


def test_it_renews_while_it_wants_and_the_lease_ends_without_it():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    for now in range(0, 10 * LEASE_MS, 1000):
        exchange([sender, owner], now)
        assert owner.is_on(now + 999)
    end = now + LEASE_MS
    assert owner.leases[FLOOD] <= end and owner.is_on(end - LEASE_MS // 3 - 1000) and not owner.is_on(end)


def test_frames_fit_the_smallest_radio_frame():
    dice = Dice(3)
    seal = GroupSeal(KEY, 0xFFFE, dice.bytes(8), (1 << 30) - 1)
    wants = Wants(seal, SERIAL, [(0xFFFD, (1 << 29) - 1)], dice.bytes, 0)
    frames = [wants.transmit(0)]
    wants.want(0xFFFD, (1 << 29) - 1, (1 << 29) - 1, True, 0)
    frames.append(wants.transmit(0))
    assert max([len(frame) for frame in frames]) <= FRAME
    assert len(seal.seal([0, 0xFFFD, bytes(6), 0xFFFE, (1 << 29) - 1, (1 << 29) - 1, 65535])) == FRAME
    assert len(seal.seal([1, 0xFFFD, 1 << 30, 0xFFFE, bytes(6), (1 << 29) - 1, None, None, True])) == FRAME


def test_an_old_frame_is_never_obeyed():
    sender, owner = bench()
    told = []
    for now in range(0, 600_000, 20_000):
        sender.want(FLOOD, now // 20_000 % 2 == 0, now)
        told += exchange([sender, owner], now)
    sender.want(FLOOD, False, 600_000)
    exchange([sender, owner], 600_000)
    for now in (600_001, 700_000, 2_000_000):
        for frame in told:
            for member in (sender, owner):
                refuses(member, frame, now)
            assert not owner.is_on(now)
    owner.boot(2_000_000)
    exchange([sender, owner], 2_000_000)
    for frame in told:
        refuses(owner, frame, 2_000_000)
        assert not owner.is_on(2_000_000)
    assert sender.wants.states[BARRIER, DOWN][:2] == (0, 0)


def test_an_old_standing_is_never_believed():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    told = exchange([sender, owner], 0)
    sender.boot(1000)
    sender.want(QUAKE, True, 1000)
    assert sender.transmit(1000) is not None
    for frame in told:
        refuses(sender, frame, 1000)
    assert sender.wants.states == {}
    assert sender.wants.deadline() < 1400, "it goes on asking"


def test_a_frame_held_back_is_worthless_after_a_lease():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    held = sender.transmit(0)
    for now in range(0, LEASE_MS + 1, 1000):
        owner.transmit(now)
    owner.receive(held, LEASE_MS)
    assert not owner.is_on(LEASE_MS)


def test_frames_of_an_earlier_life_held_back_are_worthless():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    held = [sender.transmit(0)]
    sender.want(FLOOD, False, 10)
    exchange([sender, owner], 10)
    sender.boot(1000)
    sender.want(QUAKE, True, 1000)
    exchange([sender, owner], 1000)
    sender.want(QUAKE, False, 2000)
    sender.want(FLOOD, False, 2000)
    exchange([sender, owner], 2000)
    held.append(sender.transmit(2000))
    owner.receive(held[0], 3000)
    assert not owner.is_on(3000)
    sender.want(FLOOD, True, 4000)
    exchange([sender, owner], 4000)
    assert owner.is_on(4000), "and they do not keep the present life from being obeyed"


def test_a_frame_played_again_does_not_lengthen_its_lease():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    frame = sender.transmit(0)
    for now in (0, 1000, 20_000):
        owner.receive(frame, now)
        assert owner.leases == {FLOOD: LEASE_MS}


def test_of_two_lives_whose_frames_were_held_back_only_the_later_counts():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    held = [sender.transmit(0)]
    held.append(sender.transmit(sender.wants.deadline()))
    sender.wanted.clear()
    sender.boot(900)  # before the next challenge is drawn
    exchange([sender, owner], 900)  # it asks how the output stands, and is known by its new salt
    for frame in held:
        owner.receive(frame, 900)
        assert not owner.is_on(900)


def test_an_owner_that_restarted_while_nothing_was_wanted_is_known_when_it_matters():
    sender, owner = bench()
    owner.boot(5000)
    exchange([sender, owner], 5000)
    sender.want(FLOOD, True, 6000)
    owner.receive(sender.transmit(6000), 6000)
    assert owner.is_on(6000)


def test_an_end_that_nobody_answers_is_given_up_with_the_lease():
    sender, _ = bench()
    sender.want(FLOOD, True, 0)
    sender.want(FLOOD, False, 0)
    frames = 0
    while sender.wants.deadline() is not None:
        frames += sender.transmit(sender.wants.deadline()) is not None
        assert frames < 200
    assert frames > 100


def test_an_owner_that_refuses_for_ever_is_not_flooded():
    dice = Dice(9)
    sender, liar = Sender(dice), Owner(dice)
    sender.want(FLOOD, True, 0)
    frames = 0
    while sender.wants.deadline() == 0:
        header, _ = liar.seal.open(sender.transmit(0))
        sender.receive(liar.seal.seal([1, GATE, header.counter, BARRIER, dice.bytes(6), DOWN, 0, 0, False]), 0)
        frames += 1
        assert frames < 6


def test_a_sender_that_restarts_is_obeyed_at_once():
    sender, owner = bench()
    for life in range(5):
        now = life * 5000
        sender.boot(now)
        sender.want(FLOOD, True, now)
        exchange([sender, owner], now)
        assert owner.leases[FLOOD] == now + LEASE_MS


def test_an_owner_that_restarts_acts_again_as_soon_as_it_is_heard():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    exchange([sender, owner], 0)
    owner.boot(5000)
    assert not owner.is_on(5000)
    exchange([owner, sender], 5000)
    assert owner.is_on(5000)


def test_an_owner_that_comes_late_is_waited_for():
    dice = Dice(4)
    sender = Sender(dice)
    sender.want(FLOOD, True, 0)
    now = 0
    frames = 0
    while now < 1_000_000:
        while sender.transmit(now) is not None:
            frames += 1
        now = sender.wants.deadline()
    assert 600 < frames < 1200, frames
    owner = Owner(dice)
    exchange([sender, owner], now)
    assert owner.is_on(now)


def test_forgeries_are_refused():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    frame = sender.transmit(0)
    for index in range(len(frame)):
        for bit in range(8):
            forged = bytearray(frame)
            forged[index] ^= 1 << bit
            assert refuses(owner, bytes(forged))
    for length in range(len(frame)):
        assert refuses(owner, frame[:length])
    other = seal_frame(new_ccm(bytes(16)), GROUP, GROUP_WAY, 5, b"someones", cbor.encode([0, 1, bytes(6), 2, 3, 4, 5]), True)
    assert refuses(owner, other)
    uplink = seal_frame(new_ccm(KEY), GROUP, 0, 5, b"someones", cbor.encode([0, 1, bytes(6), 2, 3, 4, 5]), True)
    assert refuses(owner, uplink), "a direction of its own in the nonce"
    assert refuses(sender, frame), "its own"
    assert not owner.is_on(0)
    owner.receive(frame, 0)
    assert owner.is_on(0)


def test_messages_of_other_shapes_are_refused():
    sender, owner = bench()
    want = [0, BARRIER, owner.outputs._challenges[0], GATE, DOWN, FLOOD, 60]
    standing = [1, GATE, 5, BARRIER, bytes(6), DOWN, 1, None, True]
    misfits = [None, True, -1, 1 << 32, b"12345", "text", [1]]
    for message in (want, standing):
        for index in range(1, len(message)):
            for misfit in misfits:
                kinds = "s" if message is standing and index in (6, 7) else "b" if message is standing and index == 8 else ""
                if (misfit is None and kinds == "s") or (misfit is True and kinds == "b"):
                    continue
                wrong = message[:index] + [misfit] + message[index + 1 :]
                assert refuses(owner, sender.seal.seal(wrong)), wrong
        assert refuses(owner, sender.seal.seal(message[:-1]))
        assert refuses(owner, sender.seal.seal(message + [1]))
    for message in ([], [2, 5], {}, 7, "0", [True] + want[1:]):
        assert refuses(owner, sender.seal.seal(message)), message
    assert not owner.is_on(0)


def test_two_members_with_alarms_of_one_name_hold_an_output_each():
    dice = Dice(5)
    first, second, owner = Sender(dice), Sender(dice, OTHER), Owner(dice)
    members = [first, second, owner]
    exchange(members, 0)
    first.want(FLOOD, True, 0)
    exchange(members, 0)
    second.want(FLOOD, True, 60_000)
    exchange(members, 60_000)
    first.want(FLOOD, False, 61_000)
    exchange(members, 61_000)
    assert owner.leases == {FLOOD: 60_000 + LEASE_MS}
    second.want(FLOOD, False, 62_000)
    exchange(members, 62_000)
    assert not owner.is_on(62_000)


def test_the_alarm_that_wants_it_may_change_without_a_pause():
    sender, owner = bench()
    sender.want(QUAKE, True, 0)
    exchange([sender, owner], 0)
    assert owner.leases == {QUAKE: LEASE_MS}
    sender.want(FLOOD, True, 1000)
    leases = []
    frame = sender.transmit(1000)
    header, message = owner.seal.open(frame)
    leases = owner.outputs.take(header, message, 1000)
    assert leases == [(DOWN, FLOOD, 1000 + LEASE_MS), (DOWN, QUAKE, 1000)], "the new one first"
    sender.want(FLOOD, False, 2000)
    sender.want(QUAKE, False, 2000)
    exchange([sender, owner], 2000)
    assert not owner.is_on(2000)


def test_an_answer_counts_for_the_want_it_answers():
    sender, owner = bench()
    sender.want(FLOOD, True, 0)
    owner.receive(sender.transmit(0), 0)
    sender.want(FLOOD, False, 0)
    while True:
        frame = owner.transmit(0)
        if frame is None:
            break
        sender.receive(frame, 0)
    assert sender.wants.deadline() == 0, "the end is not answered yet"


def test_who_is_no_peer_is_not_answered_and_a_peer_gets_what_is_its():
    dice = Dice(8)
    stranger, owner = Sender(dice, 0x0999), Owner(dice)
    stranger.want(FLOOD, True, 0)
    exchange([stranger, owner], 0)
    assert not owner.is_on(0) and stranger.wants.states == {}
    owner.outputs._peers[0x0999] = [DOWN + 1]
    exchange([stranger, owner], 5000)
    assert not owner.is_on(5000) and stranger.wants.deadline() < 10_000


def test_an_output_nobody_has_is_not_taken():
    sender, owner = bench()
    sender.wants.want(BARRIER, 5, FLOOD, True, 0)
    exchange([sender, owner], 0)
    assert sender.wants.states[BARRIER, 5][:2] == (None, None)
    assert 0 < sender.wants.deadline() < 2000 and not owner.is_on(0)


def test_no_lease_is_longer_than_the_longest():
    sender, owner = bench()
    owner.receive(sender.seal.seal([0, BARRIER, owner.outputs._challenges[0], GATE, DOWN, FLOOD, 86_400]), 0)
    assert owner.leases[FLOOD] == LEASE_MS


def test_a_member_that_lives_twice_costs_frames_and_no_flood():
    dice = Dice(6)
    first, second, owner = Sender(dice), Sender(dice), Owner(dice)
    members = [first, second, owner]
    first.want(FLOOD, True, 0)
    second.want(FLOOD, True, 0)
    frames = 0
    for now in range(0, 60_000, 50):
        frames += len(exchange(members, now))
    assert owner.is_on(now)
    assert frames < 1000, frames
