"""What the account says: costs, the choice within ambiguous bars, holding instead, figures that are none."""

import math

import numpy as np

from shared_modules.backtester.result import BacktestResult
from shared_modules.backtester.trades import column
from shared_modules.core.parameters import declared
from shared_modules.strategies.base import Strategy

from .trades import count
from .verdict import Level, Verdict

_HALF, _TIMES = 0.5, 3.0
_WIDE = 0.2  # of the profit, from which on a band is worth a thought


def costs(result: BacktestResult) -> Verdict:
    """What share of the profit before costs the costs took."""
    paid = result.costs.get("total", 0.0)
    after = sum(column(result.trades, "pnl").tolist())
    before = after + paid
    details = tuple(f"{name.replace('_', ' ')}: {value:,.2f}" for name, value in result.costs.items() if value)
    if not result.trades:
        return Verdict("costs", "unknown", "Nothing was traded, so nothing was paid.")
    if not paid:
        text = "The run charges no costs at all; no exchange does that."
        return Verdict("costs", "warning", text, ("Set the fee of your account and some slippage.",))
    if before <= 0.0:
        text = f"Costs of {paid:,.2f} come on top of a loss of {-before:,.2f} before costs."
        return Verdict("costs", "warning", text, details)
    share = paid / before
    level: Level = "bad" if share >= 1.0 else "warning" if share > _HALF else "good"
    took = f"{share:.0%} of" if share < _TIMES else f"{share:,.0f} times"
    text = f"Costs took {took} the profit before costs: {paid:,.2f} of {before:,.2f}."
    return Verdict("costs", level, text, details)


def ambiguity(result: BacktestResult) -> Verdict:
    """How many bars could have been decided either way, and what that is worth."""
    n, trades = result.ambiguous_bars, len(result.trades)
    if not n:
        return Verdict("ambiguous bars", "good", "No bar held more than one order that could have come first.")
    best, worst = _ends(result)
    band, profit = best - worst, result.final_equity - result.request.cash
    text = f"In {count(n, 'bar')} ({n / max(trades, 1):.0%} of the trades) more than one order could have come first; "
    text += f"that is worth {band:,.2f}."
    details = (f"The end lies between {worst:,.2f} and {best:,.2f}; the result takes the worse each time.",
               "Shorter bars inside each bar (detail) decide most of them.")  # fmt: skip
    cash = result.request.cash
    turns = (best > cash) != (worst > cash)
    level: Level = "bad" if turns else "warning" if band > _WIDE * abs(profit) else "good"
    return Verdict("ambiguous bars", level, text, details)


def _ends(result: BacktestResult) -> tuple[float, float]:
    if not len(result.equity_best):
        return result.final_equity, result.final_equity
    return float(result.equity_best[-1]), float(result.equity_worst[-1])


def holding(result: BacktestResult) -> Verdict:
    """Whether buying at the start and holding would have earned more."""
    own, held = result.metrics.get("total_return", math.nan), result.metrics.get("buy_and_hold_return", math.nan)
    if not (math.isfinite(own) and math.isfinite(held)):
        return Verdict("buy and hold", "unknown", "There is no holding to compare with.")
    exposure = result.metrics.get("exposure", math.nan)
    text = f"It made {own:+.1%}, buying and holding {held:+.1%}, while it was in the market {exposure:.0%} of the time."
    fall = result.metrics.get("max_drawdown", math.nan)
    detail = f"Its largest drawdown is {fall:.1%}. Holding is counted before fees, the mean over all symbols."
    return Verdict("buy and hold", "good" if own > held else "warning", text, (detail,))


def figures(result: BacktestResult) -> Verdict:
    """Whether every equity value is a number above nothing."""
    finite = np.isfinite(result.equity)
    if not finite.all():
        bars = count(int((~finite).sum()), "bar")
        return Verdict("figures", "bad", f"The equity is no number at {bars}; nothing that follows from it holds.")
    if (result.equity <= 0.0).any():
        row = int(np.argmax(result.equity <= 0.0))
        return Verdict("figures", "bad", f"The account is empty from bar {row + 1:,} on.")
    return Verdict("figures", "good", "Every equity value is a number above nothing.")


def edges(strategy: Strategy) -> Verdict:
    """Whether a parameter stands at the end of its range: then the best may lie beyond."""
    found = []
    for p in declared(type(strategy)):
        value = getattr(strategy, p.name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and value != p.default and value in (p.low, p.high):
            found.append(f"'{p.name}' is {value:g}, and may be {p.allowed}.")
    if not found:
        return Verdict("parameters", "good", "No parameter stands at the end of its range.")
    text = f"{count(len(found), 'parameter')} at the end of the range: the best may lie beyond it."
    return Verdict("parameters", "warning", text, (*found,))
