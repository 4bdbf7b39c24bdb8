"""What should be known about a result, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from shared_modules.core.trading import Trade
from shared_modules.matching import FillRule, Outcome, Sizing
from shared_modules.matching.orders import CODES, OUTCOMES
from shared_modules.strategies.base import Strategy

from .data import SymbolData
from .request import BacktestRequest

if TYPE_CHECKING:
    from shared_modules.core.timeframes import Timeframe
    from shared_modules.matching.feed import Feed

    from .finer import Grid
    from .play import Played

_FEW_TRADES = 30
NO_TRADE = "No trade was made"
_REFUSALS = frozenset(Outcome) - {
    Outcome.FILLED, Outcome.PARTLY_FILLED, Outcome.WAITING, Outcome.HELD, Outcome.BOTH_WAYS, Outcome.NO_NEXT_BAR,
    Outcome.REPLACED, Outcome.CANCELLED, Outcome.EXPIRED, Outcome.UNFILLED,
}  # fmt: skip
# how each kind of size is said, and what its number is multiplied with for that
_SIZES = {
    "equity": ("{} % of equity", 100.0),
    "notional": ("{} of the quote coin an entry", 1.0),
    "qty": ("{} of the base coin an entry", 1.0),
    "risk": ("{} % of equity at risk", 100.0),
    "atr": ("{} % of equity an average range", 100.0),
    "volatility": ("{} % yearly volatility", 100.0),
    "kelly": ("Kelly's share up to {} % of equity", 100.0),
}


def notes_on(
    request: BacktestRequest, strategy: Strategy, data: Sequence[SymbolData], played: Played, trades: Sequence[Trade]
) -> tuple[str, ...]:
    """The rules in force, then whatever weakens the result."""
    account = played.state.account[0]
    found = [rules_in_force(request)]
    if account["ambiguous"]:
        found.append(
            f"In {_count(int(account['ambiguous']), 'bar')} more than one order could have come first; the worse was "
            "assumed."
        )
    if account["refused"]:
        found.append(f"{_count(int(account['refused']), 'entry', 'entries')} refused: {_refusals(played)}.")
        found += _crowded(request, data, played)
    if account["cut"]:
        found.append(f"{_count(int(account['cut']), 'entry', 'entries')} cut down to the free cash.")
    if request.margin is not None and account["liquidations"]:
        found.append(f"{_count(int(account['liquidations']), 'liquidation')}: the margin was lost.")
    found += [note for d in data for note in (_gaps(d, trades), _warmup(d, strategy)) if note]
    if not trades:
        found.append(_no_trade(played))
    elif len(trades) < _FEW_TRADES:
        found.append(f"Only {_count(len(trades), 'trade')}: too few to tell skill from luck ({_FEW_TRADES} at least).")
    return tuple(found)


def _crowded(request: BacktestRequest, data: Sequence[SymbolData], played: Played) -> list[str]:
    """What size would leave cash for every position at once, where this one's entries found none."""
    most = min(len(data), request.max_positions or len(data))
    short = np.count_nonzero(played.codes == CODES[Outcome.CASH])
    if most < 2 or not short or request.size.kind != "equity" or request.size.value * most <= 1.0 + 1e-9:
        return []
    return [f"A size of {request.size} leaves no cash for {most} positions at once; equity={1.0 / most:.3g} would."]


def latency_notes(request: BacktestRequest, frame: Timeframe, grid: Grid | None) -> tuple[str, ...]:
    """What the latency within a bar of ``frame`` came to, played on ``grid`` or without shorter bars (F59, F106)."""
    if not request.latency_ms % frame.ms:
        return ()
    if grid is None:
        whole = _count(request.bars_late(frame) - request.latency, f"whole {frame} bar")
        return (
            f"{request.latency_ms:g} ms of latency cost {whole}: without shorter bars no price is known before; "
            "give detail bars to be filled earlier.",
        )
    if not grid.holes:
        return ()
    bars = _count(grid.holes, "bar")
    return (f"In {bars} the shorter bars are missing; decisions that reach the market in one fill at its close.",)


def detail_notes(data: Sequence[SymbolData], feed: Feed) -> tuple[str, ...]:
    """Which symbols have bars that their shorter ones do not reach, and that are decided without them (F70)."""
    if not len(feed.detail_begin):
        return ()
    alone = np.diff(feed.detail_begin) == 0
    found = []
    for d, first, end in zip(data, feed.begin, feed.end, strict=True):
        missing = int(alone[first:end].sum())
        if missing and d.extras.detail is not None:
            of = _count(int(end - first), "bar")
            found.append(f"{d.symbol}: the shorter bars are missing or do not fit in {missing:,} of {of}, which are "
                         "decided without them.")  # fmt: skip
    return tuple(found)


def _no_trade(played: Played) -> str:
    """Why there is nothing to see."""
    found = _outcomes(played, frozenset(Outcome))
    return f"{NO_TRADE}: {found or 'the strategy never wished to enter'}."


def _refusals(played: Played) -> str:
    """What stood against the entries, the most frequent first."""
    return _outcomes(played, _REFUSALS) or "cash, size rules or a passed stop"


def _outcomes(played: Played, kinds: frozenset[Outcome]) -> str:
    """What of ``kinds`` became of the wishes to enter, the most frequent first."""
    counts = np.bincount(played.codes, minlength=len(OUTCOMES) + 1)[1:]
    named = sorted(((int(n), o) for n, o in zip(counts, OUTCOMES, strict=True) if n and o in kinds), reverse=True)
    return ", ".join(f"{o.value} ({n:,})" for n, o in named)


def rules_in_force(request: BacktestRequest) -> str:
    """The fill rules of a run in one sentence."""
    levels = (("stop", request.stop_loss), ("target", request.take_profit), ("trailing stop", request.trailing_stop),
              ("break-even from", request.break_even))  # fmt: skip
    extras = [f"{name} {value:.2%}" for name, value in levels if value is not None]
    extras += [text for text, asked in _further(request) if asked]
    slippage = f"slippage {request.slippage_bps:g} bps" if request.slippage is None else str(request.slippage)
    return (
        "Decided at the close, filled at the next open; stop before target within one bar; gaps fill at the open; "
        f"fee {request.fee * 100:g} % a side, {slippage}, size {size_in_words(request.size)}"
        + "".join(f", {extra}" for extra in extras)
        + "."
    )


def size_in_words(size: Sizing) -> str:
    """``size`` as a person says it, such as '100 % of equity'."""
    words, scale = _SIZES[size.kind]
    return words.format(f"{size.value * scale:,.10g}")


def _further(request: BacktestRequest) -> tuple[tuple[str, bool], ...]:
    """What else holds, each with whether it was asked for."""
    return (
        (f"maker fee {request.maker_fee or 0.0:.4%}", request.maker_fee is not None),
        (f"own fees for {', '.join(request.fees)}", bool(request.fees)),
        (str(request.fill_rule), request.fill_rule != FillRule()),
        (f"decisions {request.latency} bars late", request.latency > 0),
        (
            f"decisions {request.latency_ms:g} ms late, filled at the first open after that",
            request.latency_ms > 0.0,
        ),
        ("targets at the market", request.target_order == "market"),
        (f"left after {request.max_bars} bars", request.max_bars is not None),
        (f"up to {request.max_entries} entries a position", request.max_entries is not None),
        (f"at most {request.max_positions} positions", request.max_positions > 0),
        (str(request.margin), request.margin is not None),
        (f"risk tiers of {', '.join(request.risk_tiers)}", bool(request.risk_tiers)),
        (f"borrowing {request.borrow:.2%} a year", request.borrow > 0.0),
        ("order rules of the exchange", bool(request.instruments)),
        ("decided bar by bar", request.decide_by == "on_bar"),
        ("funding paid", any(s.funding_time is not None or s.funding_path for s in request.sources)),
        ("shorter bars decide within a bar", request.detail or any(s.detail or s.detail_path for s in request.sources)),
    )


def _gaps(data: SymbolData, trades: Sequence[Trade]) -> str:
    if data.even:
        return ""
    time = data.traded.time
    before = np.flatnonzero(np.diff(time) != data.frame.ms)
    starts = time[before]
    own = [t for t in trades if t.symbol == data.symbol]
    entered = np.array([t.entry_time for t in own], np.int64)
    left = np.array([t.exit_time for t in own], np.int64)
    spanning = int((np.searchsorted(starts, left) > np.searchsorted(starts, entered)).sum())
    missing = int(np.diff(time)[before].sum() // data.frame.ms) - len(before)
    return (
        f"{data.symbol}: {_count(missing, 'bar')} missing in {_count(len(before), 'gap')}; "
        f"{_count(spanning, 'trade')} held across one."
    )


def _warmup(data: SymbolData, strategy: Strategy) -> str:
    wanted = strategy.warmup_on(data.frame)
    if data.first == 0 or data.first >= wanted:
        return ""
    return f"{data.symbol}: only {data.first:,} of {wanted:,} warm-up bars lie before the start."


def _count(n: int, one: str, many: str | None = None) -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
