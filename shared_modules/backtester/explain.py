"""Every figure of a result unrolled to the rows it is made of."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.errors import UnknownName
from shared_modules.core.market import Side
from shared_modules.core.timeframes import DAY
from shared_modules.core.trading import Trade
from shared_modules.matching.state import CASH_KINDS

from .metrics import METRICS, TAIL, YEAR_DAYS, daily_rate, daily_returns, day_ends, returns_of
from .result import BacktestResult

Row = tuple[str, str]
SHOWN = 10  # single trades or days that are listed; the others are summed in one row


@dataclass(frozen=True, slots=True)
class Explanation:
    """``title`` and ``text`` of a figure, how it is made (``formula``), and the ``rows`` that make it, last the figure.

    ``source``: where the rows come from.
    """

    title: str
    formula: str
    text: str
    rows: tuple[Row, ...]
    source: str


def explain(result: BacktestResult, metric: str) -> Explanation:
    """How the figure ``metric`` of ``result`` comes about; raises `UnknownName` for what is no figure of it."""
    known = {m.name: m for m in METRICS if m.name in result.metrics}
    if metric not in known:
        raise UnknownName.of("figure", metric, known)
    found = _HOW[metric](result)
    shown = known[metric]
    last = (shown.title, written(result.metrics[metric], shown.unit))
    return Explanation(shown.title, found.formula, shown.help + ".", (*found.rows, last), found.source)


def written(value: float, unit: str) -> str:
    """``value`` as a person reads it; a dash where it is not defined."""
    if math.isnan(value):
        return "—"
    if unit == "fraction":
        return _plain_zero(f"{value:,.2%}")
    if unit == "count":
        return f"{value:,.0f}"
    return _plain_zero(f"{value:,.2f}") + (" days" if unit == "days" else "")


def _plain_zero(text: str) -> str:
    return text.removeprefix("-") if not text.strip("-0.%") else text


@dataclass(frozen=True, slots=True)
class _How:
    formula: str
    rows: tuple[Row, ...]
    source: str


_EQUITY, _TRADES, _DAYS = "equity at the closes", "the list of trades", "equity at the end of each UTC day"
_LEDGER = "the ledger of cash"
_ALWAYS = ("fee", "realised")
_CASH_TITLES = {"realised": "Realised profit and loss", "fee": "Fees"}


def _money(value: float) -> str:
    return _plain_zero(f"{value:,.2f}")


def _share(value: float) -> str:
    return _plain_zero(f"{value:,.4%}")


def _when(ms: float) -> str:
    return datetime.fromtimestamp(float(ms) / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _daily(result: BacktestResult) -> tuple[Floats, Floats]:
    closes = result.close_time
    daily = daily_returns(closes, result.equity, result.request.cash)
    return daily, closes[day_ends(closes)].astype(np.float64)


def _net(result: BacktestResult) -> _How:
    rows = [("Starting cash", _money(result.request.cash))]
    ledger = result.cash_ledger
    if len(ledger):
        for kind in CASH_KINDS:
            if kind in _ALWAYS or ledger.total(kind):
                rows.append((_CASH_TITLES.get(kind, kind.capitalize()), _money(ledger.total(kind))))
    else:
        rows.append(("Sum of all trades", _money(sum(t.pnl for t in result.trades))))
    rows.append(("Last equity", _money(result.final_equity)))
    return _How("last equity − starting cash", tuple(rows), _LEDGER)


def _total(result: BacktestResult) -> _How:
    rows = (("Last equity", _money(result.final_equity)), ("Starting cash", _money(result.request.cash)))
    return _How("last equity ÷ starting cash − 1", rows, _EQUITY)


def _span(result: BacktestResult) -> tuple[float, tuple[Row, ...]]:
    closes = result.close_time
    days = (int(closes[-1]) - int(result.time[0])) / DAY
    return days, (("First open", _when(result.time[0])), ("Last close", _when(closes[-1])), ("Days", f"{days:,.2f}"))


def _cagr(result: BacktestResult) -> _How:
    rows = (("Total return", _share(result.metrics["total_return"])), *_span(result)[1])
    return _How(f"(1 + total return) ^ ({YEAR_DAYS:g} ÷ days) − 1, from 30 days on", rows, _EQUITY)


def _hold(result: BacktestResult) -> _How:
    rows = [("Symbols, in equal parts", ", ".join(result.symbols))]
    if len(result.held):
        rows += [(f"{_money(result.request.cash)} held to the end", _money(float(result.held[-1])))]
    return _How("mean over symbols of last close ÷ first open − 1", tuple(rows), "the candles")


def _fall(result: BacktestResult) -> _How:
    low = int(result.drawdown.argmin())
    before = np.r_[result.request.cash, result.equity[: low + 1]]
    top = int(before.argmax())
    closes = result.close_time
    rows = (
        ("Highest equity before", _money(float(before[top]))),
        ("reached", _when(result.time[0] if top == 0 else closes[top - 1])),
        ("Lowest equity after it", _money(float(result.equity[low]))),
        ("reached", _when(closes[low])),
    )
    return _How("lowest ÷ highest before − 1", rows, _EQUITY)


def _fall_days(result: BacktestResult) -> _How:
    time = np.r_[result.time[0], result.close_time]
    equity = np.r_[result.request.cash, result.equity]
    highs = np.flatnonzero(equity >= np.maximum.accumulate(equity))
    ends = np.r_[highs[1:], len(equity) - 1]
    lengths = np.where(ends - highs > 1, time[ends] - time[highs], 0)
    lengths[-1] = time[-1] - time[highs[-1]]
    at = int(lengths.argmax())
    seen = ends[at] > highs[at] and equity[ends[at]] >= equity[highs[at]]
    rows = (
        ("From the high of", f"{_when(time[highs[at]])}, {_money(float(equity[highs[at]]))}"),
        ("until it was seen again on" if seen else "until the end, still below it,", _when(time[ends[at]])),
    )
    return _How("time between the high and its return", rows, _EQUITY)


def _spread(result: BacktestResult) -> tuple[Row, ...]:
    daily, _ = _daily(result)
    rate = daily_rate(result.request.risk_free)
    rows = [("Days", f"{len(daily):,}")]
    if len(daily) > 1:
        below = np.minimum(daily - rate, 0.0)
        rows += [("Mean daily return", _share(float(daily.mean()))),
                 ("Risk-free rate a day", _share(rate)),
                 ("Standard deviation", _share(float(daily.std(ddof=1)))),
                 ("Downside deviation", _share(math.sqrt(float((below * below).mean()))))]  # fmt: skip
    return tuple(rows)


def _ratio_of(kind: str) -> Callable[[BacktestResult], _How]:
    spread = {"sharpe": "Standard deviation", "sortino": "Downside deviation", "volatility": "Standard deviation"}[kind]
    left = {"sharpe": "Downside deviation", "sortino": "Standard deviation", "volatility": "Downside deviation"}[kind]
    root = f"√{YEAR_DAYS:g}"
    formula = (
        f"{spread.lower()} × {root}" if kind == "volatility" else f"(mean − risk-free) ÷ {spread.lower()} × {root}"
    )

    def how(result: BacktestResult) -> _How:
        return _How(formula, tuple(row for row in _spread(result) if row[0] != left), _DAYS)

    return how


def _calmar(result: BacktestResult) -> _How:
    rows = (("Yearly return", _share(result.metrics["cagr"])),
            ("Largest drawdown", _share(result.metrics["max_drawdown"])))  # fmt: skip
    return _How("yearly return ÷ largest drawdown", rows, _EQUITY)


def _omega(result: BacktestResult) -> _How:
    above = _daily(result)[0] - daily_rate(result.request.risk_free)
    up, down = above[above > 0.0], above[above < 0.0]
    rows = ((f"{len(up):,} days above the risk-free rate, together", _share(float(up.sum()))),
            (f"{len(down):,} days below it, together", _share(float(down.sum()))))  # fmt: skip
    return _How("sum above ÷ sum below", rows, _DAYS)


def _tail(result: BacktestResult) -> _How:
    daily, days = _daily(result)
    order = np.argsort(daily, kind="stable")[: int((len(daily) - 1) * TAIL) + 1].tolist() if len(daily) else []
    rows = [("Days", f"{len(daily):,}"), (f"Worst {TAIL:.0%} of them", f"{len(order):,}")]
    rows += [(_when(days[i] - 1)[:10], _share(float(daily[i]))) for i in order[:SHOWN]]
    return _How(
        f"daily returns sorted; the quantile at {TAIL:.0%}, and the mean of those worst days", tuple(rows), _DAYS
    )


def _beta(result: BacktestResult) -> _How:
    daily, held = _daily(result)[0], returns_of(np.r_[result.request.cash, result.held])
    rows = [("Days", f"{len(daily):,}")]
    if len(daily) > 2 and len(held) == len(daily):
        own, other = daily - daily.mean(), held - held.mean()
        n = len(daily) - 1
        rows += [("Standard deviation of the result, daily", _share(math.sqrt(float((own * own).sum()) / n))),
                 ("Standard deviation of holding, daily", _share(math.sqrt(float((other * other).sum()) / n))),
                 ("Covariance", f"{float((own * other).sum()) / n:.3e}")]  # fmt: skip
    formula = "beta: covariance ÷ variance of holding; correlation: covariance ÷ both standard deviations"
    return _How(formula, tuple(rows), _DAYS)


def _name(t: Trade) -> str:
    return f"{t.symbol} {'long' if t.side is Side.BUY else 'short'}, {_when(t.entry_time)} to {_when(t.exit_time)}"


def _listed(trades: Sequence[Trade], value: Callable[[Trade], float], word: str) -> tuple[Row, ...]:
    """The largest of ``trades`` one by one and the others in one row, so that the rows sum to the whole."""
    ranked = sorted(trades, key=lambda t: -abs(value(t)))
    rows = [(_name(t), _money(value(t))) for t in ranked[:SHOWN]]
    others = ranked[SHOWN:]
    if others:
        rows.append((f"{len(others):,} other {word}", _money(sum(map(value, others)))))
    return tuple(rows)


def _won(result: BacktestResult) -> list[Trade]:
    return [t for t in result.trades if t.pnl > 0.0]


def _lost(result: BacktestResult) -> list[Trade]:
    return [t for t in result.trades if t.pnl < 0.0]


def _pnl(t: Trade) -> float:
    return t.pnl


def _counts(result: BacktestResult) -> tuple[Row, ...]:
    won, lost, total = len(_won(result)), len(_lost(result)), len(result.trades)
    rows = (("Trades that earned", f"{won:,}"), ("Trades that lost", f"{lost:,}"))
    even = (("Trades at zero", f"{total - won - lost:,}"),) if total > won + lost else ()
    return (*rows, *even, ("All trades", f"{total:,}"))


def _trades(result: BacktestResult) -> _How:
    return _How("number of round trips", _counts(result)[:-1], _TRADES)


def _win_rate(result: BacktestResult) -> _How:
    return _How("trades that earned ÷ all trades", _counts(result), _TRADES)


def _factor(result: BacktestResult) -> _How:
    rows = (("Sum of profits", _money(sum(t.pnl for t in _won(result)))),
            ("Sum of losses", _money(sum(t.pnl for t in _lost(result)))))  # fmt: skip
    return _How("sum of profits ÷ sum of losses", rows, _TRADES)


def _expectancy(result: BacktestResult) -> _How:
    rows = (*_listed(result.trades, _pnl, "trades"), ("All together", _money(sum(t.pnl for t in result.trades))),
            ("Trades", f"{len(result.trades):,}"))  # fmt: skip
    return _How("sum of all trades ÷ their number", rows, _TRADES)


def _average(chosen: Callable[[BacktestResult], list[Trade]], word: str) -> Callable[[BacktestResult], _How]:
    def how(result: BacktestResult) -> _How:
        found = chosen(result)
        rows = (*_listed(found, _pnl, word), ("All together", _money(sum(t.pnl for t in found))),
                ("Number", f"{len(found):,}"))  # fmt: skip
        return _How(f"sum of the {word} ÷ their number", rows, _TRADES)

    return how


def _payoff(result: BacktestResult) -> _How:
    rows = tuple((word, _money(result.metrics[name])) for word, name in
                 (("Average win", "average_win"), ("Average loss", "average_loss")))  # fmt: skip
    return _How("average win ÷ average loss", rows, _TRADES)


def _extreme(best: bool) -> Callable[[BacktestResult], _How]:
    def how(result: BacktestResult) -> _How:
        ranked = sorted(result.trades, key=_pnl, reverse=best)
        return _How("the trades by profit", tuple((_name(t), _money(t.pnl)) for t in ranked[:SHOWN]), _TRADES)

    return how


def _streak(winning: bool) -> Callable[[BacktestResult], _How]:
    def how(result: BacktestResult) -> _How:
        start = length = best = best_start = 0
        for i, t in enumerate(result.trades):
            hit = t.pnl > 0.0 if winning else t.pnl < 0.0
            start, length = (start, length + 1) if hit and length else (i, int(hit))
            if length > best:
                best, best_start = length, start
        found = result.trades[best_start : best_start + best]
        rows = [(_name(t), _money(t.pnl)) for t in found[:SHOWN]]
        if best > SHOWN:
            rows.append((f"and {best - SHOWN:,} more", _money(sum(t.pnl for t in found[SHOWN:]))))
        return _How(f"the longest row of {'wins' if winning else 'losses'} by time of exit", tuple(rows), _TRADES)

    return how


def _mean_of(name: str, formula: str) -> Callable[[BacktestResult], _How]:
    def how(result: BacktestResult) -> _How:
        ranked = sorted(result.trades, key=lambda t: abs(getattr(t, name)), reverse=True)
        rows = (*((_name(t), _share(getattr(t, name))) for t in ranked[:SHOWN]), ("Trades", f"{len(ranked):,}"))
        return _How(formula, rows, _TRADES)

    return how


def _holding(result: BacktestResult) -> _How:
    held = [(t.exit_time - t.entry_time) / DAY for t in result.trades]
    rows: tuple[Row, ...] = (("Trades", f"{len(held):,}"),)
    if held:
        rows = (("Shortest", f"{min(held):,.3f} days"), ("Longest", f"{max(held):,.3f} days"),
                ("All together", f"{sum(held):,.2f} days"), *rows)  # fmt: skip
    return _How("mean over trades of last exit − entry", rows, _TRADES)


def _exposure(result: BacktestResult) -> _How:
    bars = len(result.time)
    rows = (("Bars with a position", f"{round(result.metrics['exposure'] * bars):,}"), ("Bars", f"{bars:,}"))
    return _How("bars with a position ÷ all bars", rows, "the positions at each bar")


def _turnover(result: BacktestResult) -> _How:
    rows = (("Value of all entries", _money(sum(t.qty * t.entry_price for t in result.trades))),
            ("Value of all exits", _money(sum(t.qty * t.exit_price for t in result.trades))),
            ("Mean equity", _money(float(result.equity.mean()))))  # fmt: skip
    return _How("(entries + exits) ÷ mean equity", rows, _TRADES)


def _fees(result: BacktestResult) -> _How:
    rows = tuple((s, _money(sum(t.fees for t in result.trades if t.symbol == s))) for s in result.symbols)
    costs = result.costs
    parts = (("of this at entries", _money(costs["entry_fees"])), ("of this at exits", _money(costs["exit_fees"])))
    return _How("sum of the fees of all fills", (*rows, *parts), _LEDGER)


def _funding(result: BacktestResult) -> _How:
    rows = tuple((s, _money(-sum(t.funding for t in result.trades if t.symbol == s))) for s in result.symbols)
    return _How("sum of quantity × mark price × rate at each funding time", rows, _LEDGER)


_HOW: dict[str, Callable[[BacktestResult], _How]] = {
    "net_profit": _net,
    "total_return": _total,
    "cagr": _cagr,
    "buy_and_hold_return": _hold,
    "max_drawdown": _fall,
    "max_drawdown_days": _fall_days,
    "volatility": _ratio_of("volatility"),
    "sharpe": _ratio_of("sharpe"),
    "sortino": _ratio_of("sortino"),
    "calmar": _calmar,
    "omega": _omega,
    "value_at_risk": _tail,
    "expected_shortfall": _tail,
    "beta": _beta,
    "correlation": _beta,
    "trades": _trades,
    "win_rate": _win_rate,
    "profit_factor": _factor,
    "expectancy": _expectancy,
    "average_win": _average(_won, "wins"),
    "average_loss": _average(_lost, "losses"),
    "payoff_ratio": _payoff,
    "best_trade": _extreme(best=True),
    "worst_trade": _extreme(best=False),
    "longest_winning_streak": _streak(winning=True),
    "longest_losing_streak": _streak(winning=False),
    "average_holding_days": _holding,
    "average_mae": _mean_of("mae", "sum over trades ÷ their number; the largest are listed"),
    "average_mfe": _mean_of("mfe", "sum over trades ÷ their number; the largest are listed"),
    "exposure": _exposure,
    "turnover": _turnover,
    "fees": _fees,
    "funding": _funding,
}
