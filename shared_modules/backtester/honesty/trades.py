"""What the trades themselves say about how far a result can be trusted."""

import numpy as np

from shared_modules.backtester.result import BacktestResult
from shared_modules.backtester.trades import column, ended_by
from shared_modules.core.trading import ExitReason

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
        (*_spread(result), "Take a longer time, more symbols or a shorter timeframe."),
    )  # fmt: skip


def _spread(result: BacktestResult) -> tuple[str, ...]:
    pnl = column(result.trades, "pnl")
    if len(pnl) < 2:
        return ()
    error = 2.0 * float(pnl.std(ddof=1)) / float(np.sqrt(len(pnl)))
    return (f"The average profit of a trade is {float(pnl.mean()):,.2f}, give or take {error:,.2f}.",)


def few_make_it(result: BacktestResult) -> Verdict:
    """Whether one trade, or five, made the profit."""
    profits = column(result.trades, "pnl")
    pnl = np.sort(profits)[::-1]
    total = float(pnl.sum())
    if not total > 0.0:
        return Verdict("single trades", "unknown", "There is no profit whose origin could be asked.")
    best, five = float(pnl[0]), float(pnl[:5].sum())
    rest = total - best
    if rest <= 0.0:
        level: Level = "bad"
        text = f"Without its best trade there is no profit: that one made {best:,.2f} of {total:,.2f}."
    else:
        level = "warning" if best / total > ONE_SHARE or five / total > FIVE_SHARE else "good"
        text = f"The best trade made {best / total:.0%} of the profit, the best five {five / total:.0%}."
    at = int(np.argmax(profits))
    one = result.trades[at : at + 1][0]
    held = f"The best trade: {one.symbol}, {best:,.2f}, held {count(one.bars, 'bar')}."
    return Verdict("single trades", level, text, (held, f"Without it: {rest:,.2f}."))


def left_open(result: BacktestResult) -> Verdict:
    """Whether the result rests on positions that only the end of the data closed."""
    ended = ended_by(result.trades, ExitReason.END)
    if not ended.any():
        return Verdict("open at the end", "good", "No trade was cut off by the end of the data.")
    pnl, n = column(result.trades, "pnl"), int(ended.sum())
    total, cut = sum(pnl.tolist()), sum(pnl[ended].tolist())
    text = f"{count(n, 'trade')} ended only because the data did, with {cut:,.2f} of {total:,.2f}."
    turns = n < len(result.trades) and (total > 0.0) != (total - cut > 0.0)
    large = abs(cut) > ONE_SHARE * abs(total)
    if not (turns or large):
        return Verdict("open at the end", "good", text)
    return Verdict("open at the end", "warning", text, (f"Without them: {total - cut:,.2f}.",
                   "End the test some days earlier or later and see what stays."))  # fmt: skip
