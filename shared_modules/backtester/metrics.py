"""The figures of a result, each defined in one sentence.

Returns are fractions. Yearly figures count 365 days, since crypto never closes. Ratios are taken of daily equity (the
last value of each UTC day), less the risk-free rate of the request: a yearly fraction, 0 unless asked otherwise,
compounded daily. Losses (drawdown, value at risk) are below 0. A figure that is not defined (no trades, no losses) is
NaN.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Flags, Floats, Times
from shared_modules.core.timeframes import DAY

Records = NDArray[Any]
LEAST_DAYS = 30.0
YEAR_DAYS = 365.0
TAIL = 0.05  # the share of worst days that value at risk and expected shortfall look at
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Metric:
    """How a figure is shown: ``unit`` is 'fraction', 'ratio', 'money', 'count' or 'days'."""

    name: str
    title: str
    unit: str
    help: str


METRICS: tuple[Metric, ...] = (
    Metric("net_profit", "Net profit", "money", "Last equity less starting cash"),
    Metric("total_return", "Total return", "fraction", "Last equity over starting cash, less 1"),
    Metric(
        "cagr", "Yearly return", "fraction", "The return of a year that, compounded, gives the total; from 30 days on"
    ),
    Metric(
        "buy_and_hold_return", "Buy and hold", "fraction", "Mean over symbols of last close over first open, less 1"
    ),
    Metric(
        "max_drawdown", "Largest drawdown", "fraction", "Deepest fall of equity below its highest before, at closes"
    ),
    Metric(
        "max_drawdown_days", "Longest drawdown", "days", "Longest time from a high until it was seen again, or the end"
    ),
    Metric("volatility", "Yearly volatility", "fraction", "Standard deviation of daily returns, times the root of 365"),
    Metric(
        "sharpe",
        "Sharpe ratio",
        "ratio",
        "Mean over standard deviation of daily returns less the risk-free rate, times the root of 365",
    ),
    Metric(
        "sortino",
        "Sortino ratio",
        "ratio",
        "Mean over downside deviation of daily returns less the risk-free rate, times the root of 365",
    ),
    Metric("calmar", "Calmar ratio", "ratio", "Yearly return over the largest drawdown"),
    Metric(
        "omega", "Omega ratio", "ratio", "Sum of daily returns above the risk-free rate over the sum of those below"
    ),
    Metric("value_at_risk", "Value at risk", "fraction", "The daily return that only the worst 5 % of days fall below"),
    Metric("expected_shortfall", "Expected shortfall", "fraction", "Mean daily return of the worst 5 % of days"),
    Metric("beta", "Beta", "ratio", "Covariance of daily returns with buy and hold over its variance"),
    Metric("correlation", "Correlation", "ratio", "Correlation of daily returns with those of buy and hold"),
    Metric("trades", "Trades", "count", "Round trips"),
    Metric("win_rate", "Win rate", "fraction", "Share of trades that earned money after fees"),
    Metric("profit_factor", "Profit factor", "ratio", "Sum of profits over sum of losses"),
    Metric("expectancy", "Expectancy", "money", "Mean profit or loss of a trade"),
    Metric("average_win", "Average win", "money", "Mean profit of winning trades"),
    Metric("average_loss", "Average loss", "money", "Mean loss of losing trades"),
    Metric("payoff_ratio", "Payoff ratio", "ratio", "Average win over average loss"),
    Metric("best_trade", "Best trade", "money", "Largest profit of a trade"),
    Metric("worst_trade", "Worst trade", "money", "Largest loss of a trade, or the smallest profit"),
    Metric("longest_winning_streak", "Longest winning streak", "count", "Most wins in a row, by time of exit"),
    Metric("longest_losing_streak", "Longest losing streak", "count", "Most losses in a row, by time of exit"),
    Metric("average_holding_days", "Average holding time", "days", "Mean time from entry to last exit"),
    Metric(
        "average_mae", "Average worst excursion", "fraction", "Mean over trades of the worst price against the entry"
    ),
    Metric("average_mfe", "Average best excursion", "fraction", "Mean over trades of the best price against the entry"),
    Metric("exposure", "Exposure", "fraction", "Share of bars during which a position was open"),
    Metric("turnover", "Turnover", "ratio", "Value of all entries and exits over the mean equity"),
    Metric("fees", "Fees", "money", "All fees paid"),
    Metric("funding", "Funding", "money", "All funding paid, below 0 when received"),
)


def drawdown(equity: Floats, cash: float) -> Floats:
    """How far each value is below the highest so far, the starting ``cash`` included; fractions of at most 0."""
    peak = np.maximum.accumulate(np.maximum(equity, cash))
    return equity / peak - 1.0


def curve_metrics(
    time: Times,
    close_time: Times,
    equity: Floats,
    cash: float,
    risk_free: float = 0.0,
    held: Floats | None = None,
    falls: tuple[float, ...] | None = None,
    ends: Times | None = None,
) -> dict[str, float]:
    """Figures of the equity curve; ``equity[i]`` is that at ``close_time[i]``, when the bar of ``time[i]`` ends.

    ``risk_free``: a yearly fraction. ``held``: the equity of buying and holding at the end of each UTC day of
    `day_ends`; without it beta and correlation are not defined. ``falls`` (the deepest, the longest in ms, …) and
    ``ends`` (the rows of `day_ends`) where they are known already: of ``close_time`` the last is read then.
    """
    total = float(equity[-1]) / cash - 1.0
    days = (int(close_time[-1]) - int(time[0])) / DAY
    cagr = _yearly(1.0 + total, days)
    if falls is None:
        deepest = float(drawdown(equity, cash).min())
        falls = deepest, _longest_fall(np.r_[time[0], close_time], np.r_[cash, equity])
    fall, longest = falls[:2]
    daily = returns_of(_led(cash, equity[day_ends(close_time) if ends is None else ends]))
    above = daily - daily_rate(risk_free)
    return {
        "net_profit": float(equity[-1]) - cash,
        "total_return": total,
        "cagr": cagr,
        "max_drawdown": fall,
        "max_drawdown_days": longest / DAY,
        "volatility": _deviation(daily) * math.sqrt(YEAR_DAYS) if len(daily) > 1 else NAN,
        "sharpe": ratio(above, above - above.sum() / len(above) if len(above) else above, 1),
        "sortino": ratio(above, np.minimum(above, 0.0), 0),
        "calmar": cagr / -fall if fall < 0.0 else NAN,
        "omega": _omega(above),
        **_tail(daily),
        **_beside(daily, np.empty(0) if held is None else returns_of(_led(cash, held))),
    }


def _led(first: float, values: Floats) -> Floats:
    """``values`` with ``first`` before them."""
    found = np.empty(len(values) + 1)
    found[0], found[1:] = first, values
    return found


def daily_rate(yearly: float) -> float:
    """The rate a day that compounds to ``yearly`` in 365 days."""
    return float((1.0 + yearly) ** (1.0 / YEAR_DAYS) - 1.0)


def _deviation(daily: Floats) -> float:
    """The standard deviation as ``daily.std(ddof=1)`` tells it to the last bit, without its overhead."""
    spread = daily - daily.sum() / len(daily)
    return math.sqrt(float((spread * spread).sum()) / (len(daily) - 1))


def _omega(above: Floats) -> float:
    lost = -float(above[above < 0.0].sum())
    return float(above[above > 0.0].sum()) / lost if lost > 1e-15 else NAN


def _tail(daily: Floats) -> dict[str, float]:
    """Historical: the quantile between the two nearest days, and the mean of the worst ``TAIL`` of days."""
    if len(daily) < 2:
        return {"value_at_risk": NAN, "expected_shortfall": NAN}
    ordered, at = np.sort(daily), (len(daily) - 1) * TAIL
    row = int(at)
    # as numpy.quantile tells it to the last bit, which takes a hundred times as long
    below, above, share = float(ordered[row]), float(ordered[row + 1]), at - row
    quantile = below + (above - below) * share if share < 0.5 else above - (above - below) * (1.0 - share)
    return {"value_at_risk": quantile, "expected_shortfall": float(ordered[: row + 1].sum()) / (row + 1)}


def _beside(daily: Floats, held: Floats) -> dict[str, float]:
    found = {"beta": NAN, "correlation": NAN}
    if len(daily) < 3 or len(held) != len(daily):
        return found
    own, other = daily - daily.mean(), held - held.mean()
    both, variance = float((own * other).sum()), float((other * other).sum())
    if variance > 1e-24:
        found["beta"] = both / variance
        spread = math.sqrt(variance * float((own * own).sum()))
        found["correlation"] = both / spread if spread > 1e-24 else NAN
    return found


def _yearly(growth: float, days: float) -> float:
    # a week raised to the power of a year is a number without meaning
    if days < LEAST_DAYS:
        return NAN
    if growth <= 0.0:
        return -1.0
    exponent = math.log(growth) * YEAR_DAYS / days
    return math.expm1(exponent) if exponent < 700.0 else NAN


def day_ends(close_time: Times, lasting: int = 0, even: bool = False) -> Times:
    """The rows of the last close of each UTC day; a close at midnight ends its day.

    With ``lasting`` the times are those of opens, and each bar closes so many ms later; ``even`` ones lie just so far
    apart.
    """
    if not len(close_time):
        return np.empty(0, np.int64)
    first, last = ((int(close_time[i]) + lasting - 1) // DAY for i in (0, -1))
    midnights = np.arange(first + 1, last + 2, dtype=np.int64) * DAY - lasting
    if even and lasting > 0:
        # so far apart that to look for them takes longer than all that is done with them
        rows = np.minimum((midnights - int(close_time[0])) // lasting, len(close_time) - 1)
    else:
        rows = np.searchsorted(close_time, midnights, side="right") - 1
    # a day without a close ends where the day before did
    return rows[np.concatenate(([True], rows[1:] > rows[:-1]))]


def daily_returns(close_time: Times, equity: Floats, cash: float) -> Floats:
    """Returns of the UTC days that the closes fall in, the first against ``cash``; a close at midnight ends its day."""
    return returns_of(np.r_[cash, equity[day_ends(close_time)]])


def returns_of(values: Floats) -> Floats:
    """Each value over the one before, less 1; empty when one of those before is not above 0."""
    return values[1:] / values[:-1] - 1.0 if (values[:-1] > 0.0).all() else np.empty(0)


def ratio(daily: Floats, spread: Floats, ddof: int) -> float:
    """Mean of ``daily`` over the root mean square of ``spread``, for a year; NaN below two days or without a spread."""
    if len(daily) < 2:
        return NAN
    deviation = math.sqrt(float((spread * spread).sum()) / (len(daily) - ddof))
    # equal returns leave a deviation of rounding errors
    return float(daily.sum()) / len(daily) / deviation * math.sqrt(YEAR_DAYS) if deviation > 1e-12 else NAN


def _longest_fall(time: Times, equity: Floats) -> float:
    peak = np.maximum.accumulate(equity)
    at_peak = np.flatnonzero(equity >= peak)
    ends = np.r_[time[at_peak[1:]], time[-1]]
    # highs one bar apart are no drawdown between them
    fell = np.r_[np.diff(at_peak) > 1, at_peak[-1] < len(equity) - 1]
    lengths = np.where(fell, ends - time[at_peak], 0)
    return float(lengths.max())


@dataclass(frozen=True, slots=True)
class TradeSums:
    """What figures of round trips are made of; ``best`` to ``losing`` are 0 where there is no trade."""

    trades: int
    wins: int
    losses: int
    pnl: float
    earned: float
    lost: float
    fees: float
    best: float
    worst: float
    winning: int
    losing: int


def trade_metrics(pnl: Floats, fees: Floats) -> dict[str, float]:
    """Figures of the round trips from the ``pnl`` (after fees) and ``fees`` of each, in order of their exits."""
    # columns of records lie far apart in memory
    pnl, fees = np.ascontiguousarray(pnl), np.ascontiguousarray(fees)
    won, failed = pnl > 0.0, pnl < 0.0
    wins, losses = pnl[won], pnl[failed]
    best, worst = (float(pnl.max()), float(pnl.min())) if len(pnl) else (0.0, 0.0)
    earned, lost = float(wins.sum()), -float(losses.sum())
    totals = float(pnl.sum()), earned, lost, float(fees.sum())
    return figures_of(TradeSums(len(pnl), len(wins), len(losses), *totals, best, worst, _streak(won), _streak(failed)))


def figures_of(s: TradeSums) -> dict[str, float]:
    """As `trade_metrics`, of what was summed up already."""
    n, wins, losses, lost = s.trades, s.wins, s.losses, s.lost
    return {
        "trades": float(n),
        "win_rate": wins / n if n else NAN,
        "profit_factor": s.earned / lost if lost > 0.0 else NAN,
        "expectancy": s.pnl / n if n else NAN,
        "average_win": s.earned / wins if wins else NAN,
        "average_loss": -lost / losses if losses else NAN,
        "payoff_ratio": s.earned / wins / (lost / losses) if wins and lost > 0.0 else NAN,
        "best_trade": s.best if n else NAN,
        "worst_trade": s.worst if n else NAN,
        "longest_winning_streak": float(s.winning),
        "longest_losing_streak": float(s.losing),
        "fees": s.fees,
    }


def holding_metrics(trades: Records, value: float, mae: float, mfe: float, mean_equity: float) -> dict[str, float]:
    """Figures of how positions were held, from the ledger's round trips.

    ``value`` of all entries and exits, ``mae`` and ``mfe``: sums over the ``trades``.
    """
    n = len(trades)
    held = trades["exit_time"] - trades["entry_time"]
    return {
        "average_holding_days": float(held.mean()) / DAY if n else NAN,
        "average_mae": mae / n if n else NAN,
        "average_mfe": mfe / n if n else NAN,
        "turnover": value / mean_equity if mean_equity > 0.0 else NAN,
    }


def _streak(hits: Flags) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], hits, [False])).view(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
