"""One set of compiled rules over a history, judged by the node's own code: which alarms there would have been, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from gilmok_rules.compiled import CHANNEL
from gilmok_rules.judge import Judge
from gilmok_rules.lifecycle import SUPPRESSED
from gilmok_rules.validity import Validity

from .layout import LEVEL, SOURCE, STEPS, is_below
from .schedule import Tick

_TOLD_EVERY = 1 << 12  # ticks between two reports of progress


@dataclass
class Change:
    """A step of an alarm's life: its level from then on, and what was compared with what; None where nothing was."""

    unix_ms: int
    level: int
    value: int | None
    limit: int | None
    held_ms: int | None
    step: int  # index of the step that decided, −1 where it is not known


@dataclass
class Episode:
    """An alarm from its raising to its clearing. `peak` is the extreme of what the rule watches meanwhile."""

    rule: int
    changes: list[Change]
    cleared_ms: int | None = None  # None: it lasts at the end of the history
    peak: int | None = None
    suppressed: bool = False  # by design: nobody would have been told

    @property
    def raised_ms(self) -> int:
        """When it was raised."""
        return self.changes[0].unix_ms

    @property
    def level(self) -> int:
        """The highest level it reached."""
        return max(change.level for change in self.changes)

    def reached_ms(self, level: int) -> int | None:
        """Return when it first was at a level or above, None where it never was."""
        return next((change.unix_ms for change in self.changes if change.level >= level), None)


@dataclass
class Trial:
    """A Judge with its account. `rules` and `validity` are compiled, `periods` the ms between the readings of each source.

    Without `peaks` alarms are judged quicker, and have none.
    """

    rules: Sequence[list]
    periods: Sequence[int]
    validity: Sequence[list] = ()
    peaks: bool = False
    episodes: list[Episode] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._judge = Judge(self.rules, self.periods, self._on_event, self.validity)
        self._open: dict[int, Episode] = {}
        self._now_ms = 0  # Unix time of the tick that is being judged
        self._shift_ms = 0  # of Unix time from the tick's
        self._next_ms: int | None = None
        self._checks = {(each[0], each[1]): Validity(*each) for each in self.validity}  # the Judge's own, fed alike: a spike is no peak
        self._watches: dict[int, list[tuple[int, int, bool]]] = {}  # source → (rule, index, whether below)
        for number, rule in enumerate(self.rules):
            if rule[SOURCE][0] == CHANNEL:
                _, source, index = rule[SOURCE]
                below = all(is_below(step) for step in rule[STEPS])
                self._watches.setdefault(source, []).append((number, index, below))
        used = [(source, index) for source, watched in self._watches.items() for _, index, _ in watched] + list(self._checks)
        self._widths = [1 + max([0, *(index for each, index in used if each == source)]) for source in range(len(self.periods))]

    def take(self, tick: Tick) -> None:
        """Judge one tick, and before it what time alone decides."""
        while self._next_ms is not None and self._next_ms < tick.due_ms:
            self._now_ms = self._next_ms + self._shift_ms
            self._next_ms = self._later(self._judge.poll(self._next_ms), self._next_ms)
        self._now_ms, self._shift_ms = tick.unix_ms, tick.unix_ms - tick.due_ms
        values = [None] * self._widths[tick.source] if tick.values is None else tick.values
        self._judge.take(tick.source, tick.due_ms, values)
        if self.peaks:
            self._note_peaks(tick.source, tick.due_ms, values)
        self._next_ms = self._later(self._judge.poll(tick.due_ms), tick.due_ms)

    def _later(self, at_ms: int, now_ms: int) -> int | None:
        """Return when to ask again; an hour ahead is the Judge's word for nothing."""
        return at_ms if now_ms < at_ms < now_ms + 3_600_000 else None

    def _note_peaks(self, source: int, due_ms: int, values: Sequence[int | None]) -> None:
        believed = {index: check.check(due_ms, values[index]) for (sensor, index), check in self._checks.items() if sensor == source}
        for rule, index, below in self._watches.get(source, ()):
            episode = self._open.get(rule)
            value = believed.get(index, values[index])
            if episode is not None and value is not None:
                worse = episode.peak is None or (value < episode.peak if below else value > episode.peak)
                episode.peak = value if worse else episode.peak

    def _on_event(self, rule: int, event: int, value: int | None, limit: int | None, detail: int | None, cause: int) -> None:
        level = self._judge.levels[rule]
        episode = self._open.get(rule)
        before = episode.changes[-1].level if episode else 0
        if level == before:
            return  # suppressed, resumed: the condition is as it was
        if episode is None:
            episode = self._open[rule] = Episode(rule, [], suppressed=self._judge.states[rule] == SUPPRESSED)
            self.episodes.append(episode)
        if level:
            episode.changes.append(Change(self._now_ms, level, value, limit, detail, self._step(rule, level, before)))
        else:
            episode.cleared_ms = self._now_ms
            del self._open[rule]

    def _step(self, rule: int, level: int, before: int) -> int:
        """Return the step that decided a rise."""
        if level < before:
            return -1
        return next((number for number, step in enumerate(self.rules[rule][STEPS]) if step[LEVEL] == level), -1)


def run(trials: Sequence[Trial], ticks: Iterable[Tick], told: Callable[[Tick], None] = lambda tick: None) -> None:
    """Let every trial judge every tick; `told` hears of one now and then."""
    for number, tick in enumerate(ticks):
        if number % _TOLD_EVERY == 0:
            told(tick)
        for trial in trials:
            trial.take(tick)
