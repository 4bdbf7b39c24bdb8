"""Collected series in the words of a person: one row each or one a symbol, and what is wrong with what can be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shared_modules.core.events import SeriesState
from shared_modules.core.market import Series
from shared_modules.system_integration import SeriesStatus
from tradebot_gui import texts

from .stored import plural
from .table import Column

STATE_TONES = {
    SeriesState.LIVE: "gain",
    SeriesState.FAILED: "loss",
    SeriesState.STALE: "warning",
    SeriesState.REPAIRING: "warning",
    SeriesState.LOADING: "accent",
}
SHORT = "%m-%d %H:%M"
# the worst first: what a symbol is called by
WORST = (
    SeriesState.FAILED, SeriesState.STALE, SeriesState.REPAIRING, SeriesState.LOADING, SeriesState.WAITING,
    SeriesState.STOPPED, SeriesState.LIVE,
)  # fmt: skip
FILTERS: dict[str, Callable[[SeriesStatus], bool] | None] = {
    "All series": None,
    "Not live": lambda s: s.state is not SeriesState.LIVE,
    "Stale": lambda s: s.state is SeriesState.STALE,
    "With gaps": lambda s: s.gaps > 0,
    "With errors": lambda s: s.errors > 0 or s.state is SeriesState.FAILED,
    "Stopped": lambda s: s.state is SeriesState.STOPPED,
}


def _warns(count: int, tone: str) -> str | None:
    return tone if count else None


def _whole(sum_: float) -> str:
    return texts.number(sum_, 0)


def series_columns(zone: str) -> tuple[Column[SeriesStatus], ...]:
    """The columns of the table of series."""
    return (
        Column("Symbol", lambda s: s.series.market.symbol, width=90),
        Column("Time", lambda s: s.series.timeframe.ms, lambda s: s.series.timeframe.name, numeric=True, width=42,
               copied=lambda s: s.series.timeframe.name),
        Column("State", lambda s: s.state.value, tone=lambda s: STATE_TONES.get(s.state, "muted"), width=80,
               steady=True),
        Column("Rows", lambda s: s.rows, lambda s: texts.number(s.rows, 0), numeric=True, width=52, total=_whole,
               spare=2),
        Column("First", lambda s: s.first_time or 0, lambda s: texts.when(s.first_time, zone, SHORT), width=90,
               moment=True, spare=3),
        Column("Last", lambda s: s.last_time or 0, lambda s: texts.when(s.last_time, zone, SHORT), width=90,
               moment=True, spare=3),
        Column("Age", lambda s: s.last_candle_age, lambda s: texts.seconds(s.last_candle_age), numeric=True, width=88,
               tip="Time since the last candle closed, on the exchange's clock", spare=1),
        Column("/min", lambda s: s.per_minute, lambda s: texts.number(s.per_minute, 1), numeric=True, width=44,
               tip="Candles closed in a minute", spare=3, total=lambda sum_: texts.number(sum_, 1)),
        Column("Gaps", lambda s: s.gaps, lambda s: str(s.gaps), lambda s: _warns(s.missing, "warning"), True, 48,
               "Holes of the stream that were fetched again; coloured while candles are missing", steady=True,
               total=_whole, spare=1),
        Column("Errors", lambda s: s.errors, lambda s: str(s.errors), lambda s: _warns(s.errors, "loss"), True, 52,
               steady=True, total=_whole, spare=1),
        Column("Last error", lambda s: s.last_error, tone=lambda s: "loss", width=70, hint=lambda s: s.last_error,
               steady=True, elastic=True, spare=2),
    )  # fmt: skip


def out_of_date(status: SeriesStatus) -> bool:
    """Whether its figures are not those of now."""
    return status.state in (SeriesState.STALE, SeriesState.STOPPED, SeriesState.FAILED)


def words_of(status: SeriesStatus) -> str:
    """What a search looks at: not the moving figures."""
    return _words(status.series, status.state, status.last_error)


@lru_cache(maxsize=4096)  # a letter more in the search asks all series again
def _words(series: Series, state: SeriesState, last_error: str) -> str:
    return f"{series.market.symbol} {series.timeframe.name} {state.value} {last_error}".lower()


@dataclass(frozen=True, slots=True)
class SymbolGroup:
    """All series of one symbol as one."""

    symbol: str
    state: SeriesState
    series: int
    live: int
    rows: int
    age: float | None
    per_minute: float
    gaps: int
    errors: int
    last_error: str


def groups(statuses: Iterable[SeriesStatus]) -> list[SymbolGroup]:
    """One row for each symbol: the worst state, the sums, and the age of its newest candle."""
    by_symbol: dict[str, list[SeriesStatus]] = {}
    for status in statuses:
        by_symbol.setdefault(status.series.market.symbol, []).append(status)
    return [_group(symbol, found) for symbol, found in by_symbol.items()]


def _group(symbol: str, found: list[SeriesStatus]) -> SymbolGroup:
    states = {status.state for status in found}
    ages = [status.last_candle_age for status in found if status.last_candle_age is not None]
    return SymbolGroup(
        symbol, next(state for state in WORST if state in states), len(found),
        sum(status.state is SeriesState.LIVE for status in found), sum(status.rows for status in found),
        min(ages, default=None), sum(status.per_minute for status in found), sum(status.gaps for status in found),
        sum(status.errors for status in found), next((s.last_error for s in found if s.last_error), ""),
    )  # fmt: skip


def group_columns() -> tuple[Column[SymbolGroup], ...]:
    """The columns of the table of symbols."""
    return (
        Column("Symbol", lambda g: g.symbol, width=90),
        Column("Live", lambda g: g.live / g.series, lambda g: f"{g.live} of {g.series}",
               lambda g: "gain" if g.live == g.series else "warning", True, 64,
               copied=lambda g: f"{g.live} of {g.series}"),
        Column("Worst", lambda g: g.state.value, tone=lambda g: STATE_TONES.get(g.state, "muted"), width=88,
               tip="The worst state of its series"),
        Column("Rows", lambda g: g.rows, lambda g: texts.number(g.rows, 0), None, True, 62, total=_whole, spare=2),
        Column("Age", lambda g: g.age, lambda g: texts.seconds(g.age), None, True, 98, "Age of its newest candle",
               spare=1),
        Column("/min", lambda g: g.per_minute, lambda g: texts.number(g.per_minute, 1), None, True, 44, spare=3,
               total=lambda sum_: texts.number(sum_, 1)),
        Column("Gaps", lambda g: g.gaps, lambda g: str(g.gaps), None, True, 48,
               "Holes of the stream that were fetched again", total=_whole, spare=1),
        Column("Errors", lambda g: g.errors, lambda g: str(g.errors), lambda g: _warns(g.errors, "loss"), True, 52,
               total=_whole, spare=1),
        Column("Last error", lambda g: g.last_error, tone=lambda g: "loss", width=70, hint=lambda g: g.last_error,
               elastic=True, spare=2),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with ``series``, in words; ``action`` says what a person can do: 'retry', 'repair', ..."""

    kind: str
    tone: str
    words: str
    series: tuple[Series, ...]
    action: str
    does: str


def troubles(statuses: Sequence[SeriesStatus], offline: bool, disk: str) -> list[Trouble]:
    """What is wrong now, the worst first, the same trouble of many series as one."""
    found: list[Trouble] = []
    if disk:
        found.append(Trouble("disk", "loss", f"{disk}. Candles wait and are written when that is over.", (), "folder",
                             "Open folder"))  # fmt: skip
    by_error: dict[str, list[Series]] = {}
    for status in statuses:
        if status.state is SeriesState.FAILED:
            by_error.setdefault(status.last_error, []).append(status.series)
    for words, series in by_error.items():
        found.append(Trouble(f"failed {words}", "loss", f"{_named(series)} failed: {words}", tuple(series), "retry",
                             "Try again"))  # fmt: skip
    stale = [s.series for s in statuses if s.state is SeriesState.STALE]
    if stale:
        why = "because the connection is away" if offline else "though the connection is there"
        words = f"{_named(stale)} overdue {why}: a candle should have come."
        found.append(Trouble("stale", "warning", words, tuple(stale), "connections", "Show connections"))
    lacking = [s.series for s in statuses if s.missing]
    if lacking:
        count = plural(sum(s.missing for s in statuses), "candle")
        words = f"{count} missing in {_named(lacking)}: the exchange did not have them when asked; it is asked again."
        found.append(Trouble("gaps", "warning", words, tuple(lacking), "repair", "Repair"))
    return found


def _named(series: Sequence[Series]) -> str:
    """'BTCUSDT 1m' or '12 series, the first BTCUSDT 1m,'."""
    return str(series[0]) if len(series) == 1 else f"{len(series):,} series, the first {series[0]},"


def trouble_columns() -> tuple[Column[Trouble], ...]:
    """The columns of the list of troubles."""
    return (
        Column("You can", lambda t: t.does, width=104, tip="Enter or a double-click does it"),
        Column("Trouble", lambda t: t.words, tone=lambda t: t.tone, width=120, hint=lambda t: t.words, elastic=True),
    )
