"""From the rows of a table to the histories of a node's sensors, by what --map says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import InvalidOperation
from typing import NamedTuple

from ..errors import Refused
from .history import Account, History
from .tables import Table
from .units import Conversion

Channels = Mapping[str, Sequence[tuple]]  # sensor → its columns: (name, unit, exponent[, step])

# What files write where there is no value; AirKorea and the weather service write "-".
_NOTHING = {"", "-", "--", "null", "none", "nan", "na", "n/a", "missing", "결측", "점검중", "통신장애", "자료이상"}
_LARGEST = 1 << 29  # gilmok_wire.columns.LIMIT: what a record can hold
_TOLD_EVERY = 1 << 14  # rows between two reports of progress: some ten a second


class Wish(NamedTuple):
    """One --map: a channel, the column that holds it, and that one's unit where it is not the channel's."""

    sensor: str
    channel: str
    column: str
    unit: str
    text: str


class _Route(NamedTuple):
    history: History
    column: int
    conversion: Conversion


def parse_wishes(texts: Sequence[str], channels: Channels) -> list[Wish]:
    """Return what --map options ask for.

    Raises: Refused.
    """
    wishes = []
    for text in texts:
        place, equals, column = text.partition("=")
        sensor, dot, channel = place.partition(".")
        if not (equals and dot and column):
            raise Refused("backtest_map", map=text)
        names = [each[0] for each in channels.get(sensor, ())]
        if channel not in names:
            raise Refused("backtest_no_channel", map=text, channel=place, known=_listed(channels))
        name, _, unit = column.rpartition(":")
        wishes.append(Wish(sensor, channel, name or column, unit if name else "", text))
    return wishes


def gather(
    table: Table,
    wishes: Sequence[Wish],
    channels: Channels,
    bounds: tuple[int | None, int | None] = (None, None),
    told: Callable[[], None] = lambda: None,
    watched: Sequence[str] = (),
) -> tuple[dict[str, History], Account]:
    """Return the histories of the sensors a table tells of, since_ms ≤ time < until_ms; a column fits where it is named sensor.channel.

    `watched` are the channels that rules watch, for who has to be told how to name one.
    Raises: Refused where nothing fits.
    """
    account = Account()
    histories = {sensor: History(sensor, len(columns), account) for sensor, columns in channels.items()}
    router = _Router(table, wishes, channels, histories, watched)
    since_ms, until_ms = bounds
    for unix_ms, row in table.rows:
        account.rows += 1
        if account.rows % _TOLD_EVERY == 0:
            told()
        if unix_ms is None:
            account.note("no_time", f"{account.rows}")
        elif (since_ms is not None and unix_ms < since_ms) or (until_ms is not None and unix_ms >= until_ms):
            account.outside += 1
        else:
            for column, text in row.items():
                for history, index, conversion in router.routes(column):
                    history.add(unix_ms, index, _number(text, conversion, column, account))
    router.check(table)
    if account.rows and account.outside == account.rows:
        raise Refused("backtest_nothing_left", file=table.name, count=account.rows)
    found = {sensor: history for sensor, history in histories.items() if history.seen}
    for history in found.values():
        history.finish()
    return found, account


class _Router:
    """Knows where the values of each column go."""

    def __init__(
        self, table: Table, wishes: Sequence[Wish], channels: Channels, histories: Mapping[str, History], watched: Sequence[str]
    ) -> None:
        self._example = next(iter(watched), _listed(channels).partition(",")[0])
        self._table = table
        self._wishes = wishes
        self._channels = channels
        self._histories = histories
        self._routes: dict[str, list[_Route]] = {}
        for column in table.columns:
            self.routes(column)
        if table.columns:
            self.check(table)

    def routes(self, column: str) -> list[_Route]:
        """Return where the values of a column go."""
        if column not in self._routes:
            self._routes[column] = [self._route(wish) for wish in self._wanted(column)]
        return self._routes[column]

    def check(self, table: Table) -> None:
        """Refuse a column that does not exist, and a table of which nothing is used.

        Raises: Refused.
        """
        for wish in self._wishes:
            if wish.column not in self._routes:
                raise Refused("backtest_no_column", file=table.name, map=wish.text, known=", ".join(self._routes))
        if not any(self._routes.values()):
            facts = {"known": ", ".join(self._routes), "channels": _listed(self._channels), "place": self._example}
            raise Refused("backtest_nothing_fits", file=table.name, column=next(iter(self._routes), "?"), **facts)

    def _wanted(self, column: str) -> list[Wish]:
        own = [wish for wish in self._wishes if wish.column == column]
        sensor, _, channel = column.partition(".")
        asked = {(wish.sensor, wish.channel) for wish in self._wishes}
        if own or (sensor, channel) in asked or all(each[0] != channel for each in self._channels.get(sensor, ())):
            return own
        return [Wish(sensor, channel, column, "", column)]

    def _route(self, wish: Wish) -> _Route:
        columns = self._channels[wish.sensor]
        index = next(index for index, each in enumerate(columns) if each[0] == wish.channel)
        unit = wish.unit or self._table.units.get(wish.column, "")
        return _Route(self._histories[wish.sensor], index, Conversion(unit, tuple(columns[index]), wish.text))


def _number(text: str, conversion: Conversion, column: str, account: Account) -> int | None:
    try:
        steps = conversion.steps(text.strip())
    except (InvalidOperation, ValueError, OverflowError):
        if text.strip().lower() in _NOTHING:
            account.empty += 1
            return None
        account.note("unreadable", f"{column} = {text.strip()[:20]}")
        return None
    if abs(steps) >= _LARGEST:
        account.note("too_large", f"{column} = {text.strip()[:20]}")
        return None
    return steps


def _listed(channels: Channels) -> str:
    return ", ".join(f"{sensor}.{column[0]}" for sensor, columns in channels.items() for column in columns)
