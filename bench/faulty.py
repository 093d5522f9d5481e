"""What goes wrong with instruments, done to a clean history with a seed: spikes, values that stand still, silence, gaps, nonsense."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from gilmok.backtest.schedule import Tick

_FAR = 4000  # steps a spike goes beyond twice the height that is one: some stay within the instrument's range, some do not


@dataclass
class Fault:
    """One thing that went wrong: which ticks are not what they were, and what the instrument's health had to notice.

    Units: Unix ms. `silent_ms` is for how long in a row nothing could be believed.
    """

    kind: str
    ticks: list[Tick]
    start_ms: int
    end_ms: int  # of the first good tick behind it
    bad_ms: int  # how long nothing could be believed, in a row


@dataclass(frozen=True)
class Limits:
    """What the node takes for a fault: the height of a spike in steps, and the ms after which a value stands still."""

    spike: int
    stuck_ms: int


def break_history(ticks: Sequence[Tick], index: int, limits: Limits, kind: str, chance: Random, moments: Sequence[int]) -> Fault:
    """Return `ticks` with one fault of a kind in channel `index`, half of the time close to one of the tick numbers `moments`."""
    lengths, change = _KINDS[kind]
    period_ms = ticks[1].due_ms - ticks[0].due_ms
    length = max(1, min(chance.choice(lengths(limits, period_ms)), len(ticks) // 2))
    near = bool(moments) and chance.random() < 0.5
    first = chance.choice(moments) - chance.randrange(length + 20) + 10 if near else chance.randrange(len(ticks))
    first = min(max(first, 10), len(ticks) - length - 10)  # ten readings before: the node has been running
    while first > 10 and _value(ticks[first], index) is None:  # what stands still is a value that was there
        first -= 1
    changed = change(ticks[first : first + length], index, limits, chance)
    broken = [*ticks[:first], *changed, *ticks[first + length :]]
    start_ms, end_ms = ticks[first].unix_ms, ticks[first + length].unix_ms
    bad_ms = {"stuck": max(0, end_ms - start_ms - limits.stuck_ms), "silence": end_ms - start_ms, "nonsense": end_ms - start_ms}.get(
        kind, 0
    )
    return Fault(kind, broken, start_ms, end_ms, bad_ms)


def _with(tick: Tick, index: int, value: int | None) -> Tick:
    values = list(tick.values or [None] * (index + 1))
    values[index] = value
    return tick._replace(values=values)


def _value(tick: Tick, index: int) -> int | None:
    return tick.values[index] if tick.values else None


def _longest_standstill_ms(ticks: Sequence[Tick], index: int) -> int:
    """Return for how long a value stood still at most."""
    longest, since, before = 0, 0, None
    for tick in ticks:
        value = _value(tick, index)
        if value is not None:
            if value != before:
                since, before = tick.due_ms, value
            longest = max(longest, tick.due_ms - since)
    return longest


def _spiked(tick: Tick, index: int, limits: Limits, chance: Random) -> Tick:
    value, least = _value(tick, index) or 0, 2 * limits.spike
    return _with(tick, index, value + chance.choice((-1, 1)) * chance.randrange(least, least + _FAR))


def _spikes(ticks: Sequence[Tick], index: int, limits: Limits, chance: Random) -> list[Tick]:
    return [_spiked(tick, index, limits, chance) for tick in ticks]


def _shower(ticks: Sequence[Tick], index: int, limits: Limits, chance: Random) -> list[Tick]:
    """One reading in five is a spike."""
    return [_spiked(tick, index, limits, chance) if number % 5 == 2 else tick for number, tick in enumerate(ticks)]


def _stuck(ticks: Sequence[Tick], index: int, limits: Limits, chance: Random) -> list[Tick]:
    value = _value(ticks[0], index)
    return [_with(tick, index, value) for tick in ticks]


def _silent(ticks: Sequence[Tick], index: int, limits: Limits, chance: Random) -> list[Tick]:
    return [tick._replace(values=None) for tick in ticks]


def _gone(ticks: Sequence[Tick], index: int, limits: Limits, chance: Random) -> list[Tick]:
    return []


def _nonsense(ticks: Sequence[Tick], index: int, limits: Limits, chance: Random) -> list[Tick]:
    """A value beyond what the instrument can see, again and again: the 9999 of a broken cable."""
    value = chance.choice((9999, -9999))
    return [_with(tick, index, value) for tick in ticks]


Lengths = Callable[[Limits, int], Sequence[int]]  # of limits and the period: of how many readings a fault is
_MINUTE, _HOUR = 60_000, 3_600_000
_KINDS: dict[str, tuple[Lengths, Callable[[Sequence[Tick], int, Limits, Random], list[Tick]]]] = {
    "spike": (lambda limits, period: (1,), _spikes),
    "two spikes": (lambda limits, period: (2,), _spikes),
    "shower of spikes": (lambda limits, period: (60, 180), _shower),
    "stuck": (lambda limits, period: ((limits.stuck_ms + 20 * _MINUTE) // period, 5 * _MINUTE // period, 2 * _HOUR // period), _stuck),
    "silence": (lambda limits, period: (2, 3, 6, 10 * _MINUTE // period, 2 * _HOUR // period), _silent),
    "gap": (lambda limits, period: (2, 3, 6, 10 * _MINUTE // period, 2 * _HOUR // period), _gone),
    "nonsense": (lambda limits, period: (3, 10 * _MINUTE // period, 2 * _HOUR // period), _nonsense),
}
KINDS = tuple(_KINDS)
