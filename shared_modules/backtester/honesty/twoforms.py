"""Whether a strategy trades the same bar by bar, as it will live, as computed over all bars, as it was tested."""

from __future__ import annotations

from dataclasses import replace

from shared_modules.backtester.data import SymbolData
from shared_modules.backtester.request import BacktestRequest, BarSource
from shared_modules.backtester.run import run_backtest
from shared_modules.core.market import Side
from shared_modules.core.progress import Progress
from shared_modules.core.trading import Trade
from shared_modules.strategies.base import Strategy

from .lookahead import moment
from .trades import count
from .verdict import Verdict

CHECK = "bar by bar"
_BARS = 5_000
_CLOSE = 1e-6  # prices of the two forms may round otherwise


def two_forms(request: BacktestRequest, strategy: Strategy, data: SymbolData, progress: Progress) -> Verdict:
    """The verdict on ``strategy`` over the first bars of ``data``, traded as ``request`` says."""
    cls = type(strategy)
    if cls.stepper is Strategy.stepper and cls.on_bar is Strategy.on_bar:
        return Verdict(CHECK, "good", "It has one form alone: live, the same computation runs at each close.")
    if cls.signals is Strategy.signals:
        return Verdict(CHECK, "good", "It has one form alone: it decides candle by candle here as it would live.")
    asked, n = _first(request, strategy, data)
    whole = run_backtest(replace(asked, decide_by="signals"), progress.part(0.0, 0.3)).trades
    single = run_backtest(replace(asked, decide_by="on_bar"), progress.part(0.3, 1.0)).trades
    for one, other in zip(whole, single, strict=False):
        if not _same(one, other):
            return _told(_words(one), _words(other))
    if len(whole) != len(single):
        more = whole[len(single) :] or single[len(whole) :]
        text = _words(more[0])
        return _told(text, "none") if len(whole) > len(single) else _told("none", text)
    if not whole:
        return Verdict(
            CHECK, "unknown", f"It makes no trade in the first {n:,} bars, so its two forms can't be compared."
        )
    return Verdict(CHECK, "good", f"Bar by bar it makes the same {count(len(whole), 'trade')} in the first {n:,} bars.")


def _told(whole: str, single: str) -> Verdict:
    text = f"Bar by bar it trades otherwise than computed at once: {single} in place of {whole}."
    advice = "Its 'stepper' or 'on_bar' and its 'signals' disagree; live would trade otherwise than this result."
    return Verdict(CHECK, "bad", text, (advice,))


def _first(request: BacktestRequest, strategy: Strategy, data: SymbolData) -> tuple[BacktestRequest, int]:
    """``request`` for the start of ``data`` alone; one with longer timeframes gets some bars of each."""
    longest = max((frame.ms for frame in strategy.timeframes), default=0) // data.frame.ms
    n = min(len(data.bars), max(_BARS, 2 * strategy.warmup_on(data.frame), 60 * longest))
    end = None if n == len(data.bars) else int(data.bars.time[n])
    source = BarSource(data.symbol, data.source_frame.name, bars=data.source.between(None, end))
    traded = data.frame.name if data.frame != data.source_frame else None
    # what is said of other symbols would be refused as a mistake
    symbol = data.symbol
    asked = replace(
        request, sources=(source,), timeframe=traded, start=None, end=None,
        instruments=tuple(i for i in request.instruments if i.symbol == symbol),
        fees={name: fees for name, fees in request.fees.items() if name == symbol},
        risk_tiers={name: tiers for name, tiers in request.risk_tiers.items() if name == symbol},
    )  # fmt: skip
    return asked, n


def _same(one: Trade, other: Trade) -> bool:
    places = ("side", "entry_time", "exit_time", "exit_reason")
    prices = ("entry_price", "exit_price", "qty")
    return all(getattr(one, n) == getattr(other, n) for n in places) and all(
        abs(getattr(one, n) - getattr(other, n)) <= _CLOSE * abs(getattr(one, n)) for n in prices
    )


def _words(trade: Trade) -> str:
    side = "long" if trade.side is Side.BUY else "short"
    return f"a {side} of {trade.qty:.6g} from {moment(trade.entry_time)} to {moment(trade.exit_time)}"
