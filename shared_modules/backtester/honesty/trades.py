"""What the trades themselves say about how far a result can be trusted."""

import numpy as np

from shared_modules.backtester.result import BacktestResult

from .verdict import Level, Verdict

FEW, HARDLY_ANY = 30, 10
ONE_SHARE, FIVE_SHARE = 0.5, 0.8


def count(n: int, one: str, many: str | None = None) -> str:
    """'1 trade', '1,234 trades'."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def enough(result: BacktestResult) -> Verdict:
    """Whether there are trades enough to tell skill from luck."""
    n = len(result.trades)
    level: Level = "good" if n >= FEW else "warning" if n >= HARDLY_ANY else "bad"
    if level == "good":
        return Verdict("trades", level, f"{count(n, 'trade')}: enough to look at averages.")
    return Verdict(
        "trades", level, f"{count(n, 'trade')}: too few to tell skill from luck; {FEW} is the least.",
        (f"With {n} trades the average profit of a trade is uncertain by about {_spread(result)}.",
         "Take a longer time, more symbols or a shorter timeframe."),
    )  # fmt: skip


def _spread(result: BacktestResult) -> str:
    pnl = np.array([t.pnl for t in result.trades])
    if len(pnl) < 2:
        return "any amount"
    return f"±{2.0 * float(pnl.std(ddof=1)) / float(np.sqrt(len(pnl))):,.2f} around {float(pnl.mean()):,.2f}"


def few_make_it(result: BacktestResult) -> Verdict:
    """Whether one trade, or five, made the profit."""
    pnl = np.sort(np.array([t.pnl for t in result.trades]))[::-1]
    total = float(pnl.sum()) if len(pnl) else 0.0
    if not total > 0.0:
        return Verdict("single trades", "unknown", "There is no profit whose origin could be asked.")
    one, five = float(pnl[0]) / total, float(pnl[:5].sum()) / total
    bad = len(pnl) > 1 and total - float(pnl[0]) <= 0.0
    level: Level = "bad" if bad or len(pnl) == 1 else "warning" if one > ONE_SHARE or five > FIVE_SHARE else "good"
    text = f"The best trade made {one:.0%} of the profit, the best five {five:.0%}."
    if bad:
        text = f"Without its best trade the result is a loss: that one made {pnl[0]:,.2f} of {total:,.2f}."
    best = max(result.trades, key=lambda t: t.pnl)
    return Verdict("single trades", level, text, (f"Without the best trade: {total - float(pnl[0]):,.2f}.",
                   f"The best trade: {best.symbol}, held {count(best.bars, 'bar')}, {best.pnl:,.2f}."))  # fmt: skip
