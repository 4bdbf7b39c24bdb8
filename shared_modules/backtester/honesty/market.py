"""What the candles say: volume that was not there, holes, how long they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from shared_modules.backtester.data import SymbolData
from shared_modules.backtester.result import BacktestResult
from shared_modules.backtester.trades import Trades, column, trades_of
from shared_modules.core.timeframes import DAY

from .trades import count
from .verdict import Level, Verdict

_LARGE, _NOTABLE = 0.1, 0.05  # of a bar's volume; of all fills
_SHORT, _LONG, _DAYS_TOLD = 30, 180, 2  # days
_MOST_LISTED = 5


def volume(result: BacktestResult, data: Sequence[SymbolData]) -> Verdict:
    """Whether fills were larger than what was traded in their bars."""
    if not any(d.traded.volume.any() for d in data):
        return Verdict("volume", "unknown", "The candles carry no volume, so nobody knows what could be filled.")
    share = _shares(result, data)
    if not len(share):
        return Verdict("volume", "unknown", "There is no fill to compare with the volume.")
    over, large, empty = (int(x.sum()) for x in (share > 1.0, share > _LARGE, np.isinf(share)))
    total = len(share)
    level: Level = "bad" if over / total > _NOTABLE else "warning" if over or large / total > _NOTABLE else "good"
    text = f"{over / total:.1%} of {count(total, 'fill')} were larger than their bar's whole volume, "
    text += f"{large / total:.1%} larger than a tenth of it."
    details = [f"The median fill took {float(np.median(share)):.3%} of its bar's volume."]
    if empty:
        details.append(f"{count(empty, 'fill')} in bars in which nothing was traded.")
    if level != "good":
        details.append("Trade less, or let the fill rule 'volume' limit fills to a share of each bar.")
    return Verdict("volume", level, text, (*details,))


def _shares(result: BacktestResult, data: Sequence[SymbolData]) -> NDArray[np.float64]:
    """Each fill's quantity over the volume of its bar; infinite where there was none."""
    parts = []
    for d in data:
        bars = d.traded
        for time, qty in _fills(result, d.symbol):
            row = np.clip(np.searchsorted(bars.time, time, side="right") - 1, 0, len(bars) - 1)
            with np.errstate(divide="ignore"):
                parts.append(qty / bars.volume[row])
    return np.concatenate(parts) if parts else np.empty(0)


def _fills(result: BacktestResult, symbol: str) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    own = trades_of(result.trades, symbol)
    yield column(own, "entry_time"), column(own, "qty")
    single = own.exits() if isinstance(own, Trades) else None
    if single is not None:
        yield single
        return
    exits = [(e.time, e.qty) for t in own for e in t.exits] + [(t.exit_time, t.qty) for t in own if not t.exits]
    yield np.array([time for time, _ in exits], np.int64), np.array([qty for _, qty in exits], np.float64)


def gaps(result: BacktestResult, data: Sequence[SymbolData]) -> Verdict:
    """Whether trades were held across holes in the candles whose reason is not known."""
    missing = held = 0
    details, known = [], dict[str, int]()
    for d in data:
        starts, ends = _holes(d)
        if not len(starts):
            continue
        reasons = [_reason(d, a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        untyped = np.array([not reason for reason in reasons])
        for reason in filter(None, reasons):
            known[reason] = known.get(reason, 0) + 1
        across = _across(result, d.symbol, starts[untyped])
        absent = int((ends - starts).sum() // d.frame.ms)
        held, missing = held + across, missing + absent
        details.append(f"{d.symbol}: {count(absent, 'bar')} missing in {count(len(starts), 'gap')}, "
                       f"{count(across, 'trade')} held across one without a known reason.")  # fmt: skip
    if not missing:
        return Verdict("gaps", "good", "No bar is missing.")
    share = held / max(len(result.trades), 1)
    text = f"{count(missing, 'bar')} missing; {count(held, 'trade')} ({share:.0%}) held across a gap"
    text += " without a known reason." if known else "."
    level: Level = "good" if not held else "bad" if share > _LARGE else "warning"
    details = details[:_MOST_LISTED]
    details += [f"{count(n, 'gap')}: {reason}, as the exchange was asked." for reason, n in sorted(known.items())]
    if level != "good":
        details.append("What happened in a gap is not known: a stop in it fills after it.")
        details.append("The command 'data repair' fetches what is missing, where the exchange still has it.")
    return Verdict("gaps", level, text, (*details,))


def _holes(d: SymbolData) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where bars are missing: from the first open that is, to the next that is there."""
    time = d.traded.time
    before = np.empty(0, np.int64) if d.frame.is_month else np.flatnonzero(np.diff(time) != d.frame.ms)
    return time[before] + d.frame.ms, time[before + 1] if len(before) else time[:0]


def _reason(d: SymbolData, start: int, end: int) -> str:
    """Why the bars of a hole are missing, where the exchange was asked; '' where it was not."""
    return next((reason for a, b, reason in d.absent if a <= start and end <= b), "")


def _across(result: BacktestResult, symbol: str, starts: NDArray[np.int64]) -> int:
    """How many trades were held when a hole began."""
    own = trades_of(result.trades, symbol)
    entered, left = column(own, "entry_time"), column(own, "exit_time")
    return int((np.searchsorted(starts, left, "right") > np.searchsorted(starts, entered, "right")).sum())


def length(result: BacktestResult, data: Sequence[SymbolData]) -> Verdict:
    """Whether the time tested is long enough to hold more than one kind of market."""
    days = max((d.frame.next(int(d.traded.time[-1])) - int(d.traded.time[0])) / DAY for d in data)
    level: Level = "good" if days >= _LONG else "warning"
    text = f"{days:,.0f} days were tested"
    text += "." if level == "good" else f", too short to hold more than one kind of market; {_LONG} is little enough."
    if days < _SHORT:
        tested = f"Only {days:,.0f} days were" if days >= _DAYS_TOLD else "Hardly any time was"
        text = f"{tested} tested: one kind of market, and no yearly figure means anything."
    return Verdict("length", level, text, _survivors(data))


def _survivors(data: Sequence[SymbolData]) -> tuple[str, ...]:
    last = max(int(d.traded.time[-1]) for d in data)
    if len(data) < 2 or any(last - int(d.traded.time[-1]) > DAY for d in data):
        return ()
    return (f"All {len(data)} symbols still trade at the end: those that were delisted meanwhile are not among them.",)
