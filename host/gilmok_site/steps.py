"""One step of a rule as a node judges it: quantities in whole steps of the channel, times in milliseconds, and what is left unsaid."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import BadValue
from .quantity import format_duration, parse_delay, parse_percent, parse_rate, parse_steps
from .rule import LEVELS
from .subjects import CHANNEL, CLOCK, VOTES

if TYPE_CHECKING:
    from .rule import Rule, Step
    from .subjects import Subject

# Quantities (protocols/node_config.cddl, step).
VALUE, MEAN, RATE, FORECAST, COUNT = range(5)
BELOW = 8

# So much of a mean has to be there: what Korea's air quality network asks of an hour and of a day (from memory, not verified).
DEFAULT_VALID = 75
# A forecast looks ahead three times as far as its window reaches back: through 32 points its error is then
# 3 √(12 / 32), twice the noise of a reading.
AHEAD = 3
# A slope needs three points over half its window; with four readings one may be missing.
LEAST_OF_SLOPE, LEAST_OF_MEAN = 4, 2

_MINUTE_MS = 60_000

# Each threshold: its quantity, and which keys have a meaning beside it.
_THRESHOLDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "above": (VALUE, ("clear", "mean", "valid")),
    "below": (VALUE + BELOW, ("clear", "mean", "valid")),
    "rises": (RATE, ("clear", "over")),
    "falls": (RATE + BELOW, ("clear", "over")),
    "reaches": (FORECAST, ("clear", "over", "within")),
    "falls_to": (FORECAST + BELOW, ("clear", "over", "within")),
}
_COMPANIONS = ("clear", "mean", "valid", "over", "within", "members")


class Compiled(NamedTuple):
    """A step as a node reads it, but for its targets. Shape: protocols/node_config.cddl, step."""

    level: int
    quantity: int
    set: int
    clear: int
    on_ms: int
    off_ms: int
    span_ms: int
    more: int

    @property
    def is_below(self) -> bool:
        """Whether it is active at or below `set`."""
        return self.quantity >= BELOW


def compile_step(rule: "Rule", level: str, step: "Step", subject: "Subject") -> Compiled:
    """Return a step as a node reads it.

    Raises: BadValue, whose fact `at` is the key to blame.
    """
    given = [key for key in _THRESHOLDS if getattr(step, key) is not None]
    number = LEVELS[level]
    if subject.source[0] not in (CHANNEL, CLOCK):
        return _of_state(rule, number, step, subject, given)
    if len(given) != 1:
        raise BadValue("step_threshold", at=given[1] if given else "", name=level, known=list(_THRESHOLDS))
    (key,) = given
    quantity, companions = _THRESHOLDS[key]
    for other in _COMPANIONS:
        if _get(step, other) is not None and other not in companions:
            raise BadValue("step_key", at=other, name=other, beside=key)
    if subject.source[0] == CLOCK and (key != "above" or step.mean_ms is not None):
        raise BadValue("step_key", at=key if key != "above" else "mean", name=key if key != "above" else "mean", beside="clock")
    if step.valid is not None and step.mean_ms is None:
        raise BadValue("key_alone", at="valid", name="valid", needed="mean")
    made = {VALUE: _of_value, RATE: _of_rate, FORECAST: _of_forecast}[quantity % BELOW]
    return made(number, key, quantity, step, subject)


def _of_state(rule: "Rule", number: int, step: "Step", subject: "Subject", given: list[str]) -> Compiled:
    """A source that is active or not: health, an output, votes."""
    is_vote = subject.source[0] == VOTES
    for other in (*given, *_COMPANIONS):
        if _get(step, other) is not None and not (is_vote and other == "members"):
            raise BadValue("step_key", at=other, name=other, beside=_kind_of(rule))
    least = LEVELS[step.members] if step.members else number
    count = rule.count if is_vote else 1
    return Compiled(number, COUNT if is_vote else VALUE, count, count, step.for_ms or 0, step.off_for_ms or 0, 0, least if is_vote else 0)


def _of_value(number: int, key: str, quantity: int, step: "Step", subject: "Subject") -> Compiled:
    parse = _minutes if subject.source[0] == CLOCK else parse_steps
    set_ = _parsed(key, step, subject, parse)
    if step.clear is None and not subject.is_whole and subject.source[0] != CLOCK:
        example = _nearer(subject, set_, quantity >= BELOW)
        raise BadValue("clear_missing", at=key, value=getattr(step, key), example=example)
    clear = set_ if step.clear is None else _parsed("clear", step, subject, parse)
    _check_side(step, quantity, set_, clear)
    on_ms, span_ms, more = step.for_ms or 0, 0, 0
    if step.mean_ms is not None:
        quantity, span_ms, more = quantity + MEAN, step.mean_ms, _valid(step)
        _check_window("mean", span_ms, subject, LEAST_OF_MEAN)
        if 0 < on_ms < span_ms:
            raise BadValue("for_short", at="for", value=format_duration(on_ms), mean=format_duration(span_ms))
        on_ms = max(0, on_ms - span_ms)  # two hours of hourly means are two means: the first one's window is the first hour
    _check_bounds(step, key, subject, set_, clear, quantity >= BELOW)
    return Compiled(number, quantity, set_, clear, on_ms, step.off_for_ms or 0, span_ms, more)


def _of_rate(number: int, key: str, quantity: int, step: "Step", subject: "Subject") -> Compiled:
    if step.over_ms is None:
        raise BadValue("step_needs", at=key, beside=key, name="over", example=f'over = "{_window_example(subject)}"')
    sign = -1 if quantity >= BELOW else 1
    set_ = _parsed(key, step, subject, parse_rate) * sign
    clear = set_ if step.clear is None else _parsed("clear", step, subject, parse_rate) * sign
    if set_ * sign <= 0:
        raise BadValue("rate_sign", at=key, value=getattr(step, key), name=key)
    _check_side(step, quantity, set_, clear)
    _check_window("over", step.over_ms, subject, LEAST_OF_SLOPE)
    return Compiled(number, quantity, set_, clear, step.for_ms or 0, _off_ms(step, step.over_ms), step.over_ms, 0)


def _of_forecast(number: int, key: str, quantity: int, step: "Step", subject: "Subject") -> Compiled:
    if not step.within_ms:
        raise BadValue("step_needs", at=key, beside=key, name="within", example='within = "30 min"')
    set_ = _parsed(key, step, subject, parse_steps)
    clear = set_ if step.clear is None else _parsed("clear", step, subject, parse_steps)
    _check_side(step, quantity, set_, clear)
    _check_bounds(step, key, subject, set_, clear, quantity >= BELOW)
    over_ms = step.over_ms
    if over_ms is None:
        over_ms = max(-(-step.within_ms // AHEAD), LEAST_OF_SLOPE * subject.every_ms)
    _check_window("over", over_ms, subject, LEAST_OF_SLOPE)
    return Compiled(number, quantity, set_, clear, step.for_ms or 0, _off_ms(step, over_ms), over_ms, step.within_ms)


def _off_ms(step: "Step", over_ms: int) -> int:
    """Return after how long a trend is over: without `clear` or `off_for` once no reading that showed it is left in the window."""
    if step.off_for_ms is not None:
        return step.off_for_ms
    return over_ms if step.clear is None else 0


def _parsed(key: str, step: "Step", subject: "Subject", parse: Callable[[Any, Any], int]) -> int:
    try:
        return parse(getattr(step, key), subject.channel)
    except BadValue as error:
        raise BadValue(error.code, at=key, **error.facts) from None


def _minutes(text: Any, channel: Any) -> int:
    minutes, rest = divmod(parse_delay(text), _MINUTE_MS)
    if rest:
        raise BadValue("quantity_step", value=text, step="1 min")
    return minutes


def _valid(step: "Step") -> int:
    try:
        return DEFAULT_VALID if step.valid is None else parse_percent(step.valid)
    except BadValue as error:
        raise BadValue(error.code, at="valid", **error.facts) from None


def _check_side(step: "Step", quantity: int, set_: int, clear: int) -> None:
    """A step clears on the other side of where it is set, or there."""
    if clear > set_ if quantity < BELOW else clear < set_:
        key = next(key for key in _THRESHOLDS if getattr(step, key) is not None)
        raise BadValue("clear_side", at="clear", value=step.clear, name=key, other=getattr(step, key))


def _check_window(key: str, span_ms: int, subject: "Subject", least: int) -> None:
    if span_ms < least * subject.every_ms:
        facts = {"value": format_duration(span_ms), "every": format_duration(subject.every_ms)}
        raise BadValue("window_short", at=key, count=least, shortest=f'"{format_duration(least * subject.every_ms)}"', **facts)


def _check_bounds(step: "Step", key: str, subject: "Subject", set_: int, clear: int, is_below: bool) -> None:
    """The channel can come to the threshold, and go back beyond the other one."""
    low, high = subject.bounds
    facts = {"channel": subject.channel[0], "low": _shown(low, subject), "high": _shown(high, subject)}
    if high is not None and set_ > high or low is not None and set_ < low:
        raise BadValue("step_beyond", at=key, value=getattr(step, key), **facts)
    end = high if is_below else low
    if end is not None and (clear >= end if is_below else clear <= end):
        raise BadValue("clear_beyond", at="clear" if step.clear is not None else key, value=step.clear or getattr(step, key), **facts)


def _shown(steps: int | None, subject: "Subject") -> str:
    return "…" if steps is None else shown_steps(steps, subject.channel)


def shown_steps(steps: int, channel: Any) -> str:
    """Return a number of steps as a site file writes it."""
    _, unit, exponent, *step = channel
    number = (Decimal(steps) * (step[0] if step else 1)).scaleb(exponent)
    return f"{number:f} {unit.strip('[]')}" if unit != "1" else f"{number:f}"  # [ppm], [g]: UCUM's brackets, which nobody writes


def _nearer(subject: "Subject", set_: int, is_below: bool) -> str:
    """Return what a person could write for `clear`: a tenth on the other side."""
    tenth = max(abs(set_) // 10, 1)
    return shown_steps(set_ + tenth if is_below else set_ - tenth, subject.channel)


def _window_example(subject: "Subject") -> str:
    return format_duration(max(600_000, 20 * subject.every_ms))


def _kind_of(rule: "Rule") -> str:
    if rule.health:
        return "health"
    if rule.output is not None:
        return "output"
    return next(key for key in ("any", "all", "of") if getattr(rule, key))


def _get(step: "Step", key: str) -> Any:
    return getattr(step, f"{key}_ms" if key in ("mean", "over", "within") else key)
