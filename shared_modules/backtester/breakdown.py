"""A result cut by symbol, side, time and exit, over time, and by the size of its trades.

All times are UTC. Trades belong to the month of their last exit, when the money was made, and to the hour and weekday
of their entry, when the decision was.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Floats, Times
from shared_modules.core.errors import InvalidInput, UnknownName
from shared_modules.core.market import Side
from shared_modules.core.timeframes import DAY, HOUR

from .metrics import YEAR_DAYS, daily_rate, daily_returns, day_ends, trade_metrics
from .result import BacktestResult
from .trades import column

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
GROUPS = ("symbol", "side", "month", "hour", "weekday", "exit_reason")


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Figures of the trades of one group; money in quote coin, NaN where a figure is not defined.

    ``key`` is the symbol, 'long' or 'short', '2025-03', the hour as '00' to '23', the weekday's name, or the reason of
    the exit. ``share`` is the group's part of the net profit of all trades.
    """

    key: str
    trades: int
    pnl: float
    share: float
    win_rate: float
    profit_factor: float
    expectancy: float
    average_win: float
    average_loss: float
    best_trade: float
    worst_trade: float
    fees: float
    funding: float
    average_bars: float


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """``counts[i]`` trades lie from ``edges[i]`` to ``edges[i + 1]``; ``unit`` is 'money' or 'fraction'."""

    edges: Floats
    counts: NDArray[np.int64]
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class MonthlyReturns:
    """``returns[y, m]``: the return of month ``m`` (0 is January) of ``years[y]``, NaN where nothing was traded.

    ``totals[y]`` is the return of the whole year. The first and last month may be cut.
    """

    years: tuple[int, ...]
    returns: Floats
    totals: Floats


def breakdown(result: BacktestResult, by: str) -> tuple[GroupFigures, ...]:
    """Figures of the trades of ``result`` grouped ``by`` one of `GROUPS`, in the order of their keys.

    Raises `UnknownName` for another word.
    """
    if by not in GROUPS:
        raise UnknownName.of("breakdown", by, GROUPS)
    if not len(result.trades):
        return ()
    keys, names = _KEYS[by](result)
    columns = {name: column(result.trades, name) for name in ("pnl", "fees", "funding", "bars")}
    whole = float(columns["pnl"].sum())
    return tuple(_figures(names[k], {n: c[keys == k] for n, c in columns.items()}, whole) for k in np.unique(keys))


def _figures(key: str, columns: dict[str, Floats], whole: float) -> GroupFigures:
    pnl = columns["pnl"]
    found = trade_metrics(pnl, columns["fees"])
    names = ("win_rate", "profit_factor", "expectancy", "average_win", "average_loss", "best_trade", "worst_trade")
    total = float(pnl.sum())
    return GroupFigures(
        key=key,
        trades=len(pnl),
        pnl=total,
        share=total / whole if whole else float("nan"),
        fees=float(columns["fees"].sum()),
        funding=0.0 - float(columns["funding"].sum()),
        average_bars=float(columns["bars"].mean()),
        **{name: found[name] for name in names},
    )


Keys = tuple[NDArray[np.int64], dict[int, str]]


def _words(words: Iterable[str]) -> Keys:
    found = list(words)
    names = dict(enumerate(sorted(set(found))))
    places = {word: k for k, word in names.items()}
    return np.array([places[word] for word in found], np.int64), names


def _by_month(result: BacktestResult) -> Keys:
    months = column(result.trades, "exit_time").astype("datetime64[ms]").astype("datetime64[M]")
    return months.astype(np.int64), {int(m.astype(np.int64)): str(m) for m in np.unique(months)}


def _by_hour(result: BacktestResult) -> Keys:
    return column(result.trades, "entry_time") % DAY // HOUR, {h: f"{h:02d}" for h in range(24)}


def _by_weekday(result: BacktestResult) -> Keys:
    # the epoch was a Thursday
    return (column(result.trades, "entry_time") // DAY + 3) % 7, dict(enumerate(WEEKDAYS))


_KEYS: dict[str, Callable[[BacktestResult], Keys]] = {
    "symbol": lambda result: _words(t.symbol for t in result.trades),
    "side": lambda result: _words("long" if t.side is Side.BUY else "short" for t in result.trades),
    "month": _by_month,
    "hour": _by_hour,
    "weekday": _by_weekday,
    "exit_reason": lambda result: _words(t.exit_reason.value for t in result.trades),
}


def monthly_returns(result: BacktestResult) -> MonthlyReturns:
    """The return of each month and year of ``result``, from equity at the closes."""
    closes = result.close_time
    # a close at midnight of the first belongs to the month that ends
    months = (closes - 1).astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    ends = np.r_[np.flatnonzero(months[1:] != months[:-1]), len(months) - 1]
    values = np.r_[result.request.cash, result.equity[ends]]
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = np.where(values[:-1] > 0.0, values[1:] / values[:-1] - 1.0, np.nan)
    year, month = 1970 + months[ends] // 12, months[ends] % 12
    years = tuple(int(y) for y in range(int(year[0]), int(year[-1]) + 1))
    table = np.full((len(years), 12), np.nan)
    table[year - years[0], month] = gained
    known = ~np.isnan(table)
    totals = np.where(known.any(axis=1), np.prod(np.where(known, 1.0 + table, 1.0), axis=1) - 1.0, np.nan)
    return MonthlyReturns(years, table, totals)


def rolling_sharpe(result: BacktestResult, days: int = 30) -> tuple[Times, Floats]:
    """The Sharpe ratio of the last ``days`` days at the end of each UTC day that has so many before it.

    Empty when the run is shorter; NaN while equity stands still. Raises `InvalidInput` for less than two days.
    """
    if days < 2:
        raise InvalidInput(f"a rolling Sharpe ratio needs a window of at least 2 days, not {days}")
    closes = result.close_time
    daily = daily_returns(closes, result.equity, result.request.cash) - daily_rate(result.request.risk_free)
    if len(daily) < days:
        return np.empty(0, np.int64), np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(daily, days)
    spread = windows.std(axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(spread > 1e-12, windows.mean(axis=1) / spread * np.sqrt(YEAR_DAYS), np.nan)
    return closes[day_ends(closes)][days - 1 :], values


def distribution(result: BacktestResult, bins: int = 40, of: str = "return") -> Histogram:
    """How many trades earned how much: ``of`` 'return' on the value entered, or 'pnl' in quote coin, after costs.

    Zero is always an edge, so that no bin mixes wins and losses.
    """
    if of not in ("return", "pnl"):
        raise UnknownName.of("distribution", of, ("return", "pnl"))
    if bins < 2:
        raise InvalidInput(f"a distribution needs at least 2 bins, not {bins}")
    unit = "money" if of == "pnl" else "fraction"
    values = column(result.trades, "pnl")
    if of == "return":
        values = values / (column(result.trades, "qty") * column(result.trades, "entry_price"))
    if not len(values):
        return Histogram(np.empty(0), np.empty(0, np.int64), unit)
    edges = _edges(float(values.min()), float(values.max()), bins)
    counts, _ = np.histogram(values, edges)
    return Histogram(edges, counts.astype(np.int64), unit)


def _edges(low: float, high: float, bins: int) -> Floats:
    low, high = min(low, 0.0), max(high, 0.0)
    width = (high - low) / bins or 1.0 / bins
    first, last = np.floor(low / width + 1e-9), np.ceil(high / width - 1e-9)
    return np.arange(first, max(last, first + 1) + 1) * width
