"""Two members and an owner over a line that loses, delays, repeats and replays, while each of them dies and comes back."""

from gilmok_wire.group import LEASE_S
from support.dice import Dice
from support.group_bench import FLOOD, OTHER, QUAKE, Owner, Sender, refuses

LEASE_MS = LEASE_S * 1000


def _sweep(seed, loss, delay_ms, minutes=12):
    """Run two senders and an owner over a bad line; return how long each new want took to turn the output on, in ms."""
    dice = Dice(seed)
    senders, owner = [Sender(dice), Sender(dice, OTHER)], Owner(dice)
    members = senders + [owner]
    queue, told, waits = [], [], []
    last_wanted = {}  # holder of a sender → when it was last wanted by one alive
    asked_at = None
    for now in range(0, minutes * 60_000, 100):
        _disturb(dice, members, senders, now)
        for member in members:
            while member.alive:
                frame = member.transmit(now)
                if frame is None:
                    break
                told.append(frame)
                for other in members:
                    if other is not member:
                        for _ in range(1 if dice.chance(90) else 2):
                            if not dice.chance(loss):
                                queue.append((now + dice.below(delay_ms + 1), other, frame))
        if dice.chance(2) and told:
            queue.append((now, dice.pick(members), dice.pick(told)))  # somebody plays an old frame
        due = [each for each in queue if each[0] <= now]
        queue = [each for each in queue if each[0] > now]
        for _, member, frame in due:
            if member.alive:
                refuses(member, frame, now)
        live = [holder for sender in senders if sender.alive for holder in sender.wanted]
        for holder in live:
            last_wanted[holder] = now
        if owner.is_on(now):
            newest = max(list(last_wanted.values()) + [-(10**9)])
            assert now - newest <= LEASE_MS + delay_ms + 100, "on without a holder: seed {} at {} ms".format(seed, now)
        if not (live and owner.alive):
            asked_at = None
        elif owner.is_on(now):
            if asked_at is not None:
                waits.append(now - asked_at)
                asked_at = None
        elif asked_at is None:
            asked_at = now
        assert asked_at is None or now - asked_at <= 60_000, "not on after a minute: seed {} at {} ms".format(seed, now)
    return waits


def _disturb(dice, members, senders, now):
    """Cut and give power, raise and end alarms: each about every minute."""
    for member in members:
        if member.alive and dice.below(1500) == 0:
            member.alive = False
        elif not member.alive and dice.below(100) == 0:
            member.boot(now)
    for sender in senders:
        if dice.below(1500) == 0:
            holder = dice.pick((FLOOD, QUAKE))
            sender.want(holder, holder not in sender.wanted, now)


def test_over_a_bad_line_it_is_on_soon_and_never_without_a_holder():
    count = 0
    for loss in (0, 10, 30, 60):
        for delay_ms in (0, 300, 2000):
            waits = _sweep(loss * 10_000 + delay_ms + 1, loss, delay_ms)
            count += len(waits)
            print("loss {} % delay {} ms: {} times on, after {} ms".format(loss, delay_ms, len(waits), max(waits or [0])))
    assert count > 30, count
