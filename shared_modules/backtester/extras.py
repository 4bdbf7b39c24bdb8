"""What a backtest knows beside its bars: detail, mark prices, funding, how much a market moves."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.candle_files import read_candle_file
from shared_modules.core.errors import DataFormatError, DataSourceError, InvalidInput
from shared_modules.core.timeframes import Timeframe, timeframe

from .request import BacktestRequest, BarSource

_WINDOW = 100  # bars whose volatility and mean volume stand for a market's
_ATR = 14
_HOUR_MS = 3_600_000
_YEAR_MS = 365.0 * 86_400_000.0


@dataclass(frozen=True)
class Extras:
    """What one symbol's source told beside its bars; None where it told nothing."""

    detail: Bars | None = None
    mark: Bars | None = None
    mark_frame: Timeframe | None = None
    funding: tuple[Times, Floats] | None = None


def read_extras(source: BarSource, frame: Timeframe) -> Extras:
    """The detail, mark and funding of ``source``, whose bars are of ``frame``."""
    detail, mark = source.detail, source.mark
    mark_frame = timeframe(source.mark_timeframe) if source.mark_timeframe else frame
    if source.detail_path is not None:
        detail = read_candle_file(Path(source.detail_path), symbol=source.symbol or None).bars
    if source.mark_path is not None:
        file = read_candle_file(Path(source.mark_path), symbol=source.symbol or None)
        mark, mark_frame = file.bars, file.timeframe
    funding = None
    if source.funding_path is not None:
        funding = read_funding(Path(source.funding_path))
    elif source.funding_time is not None and source.funding_rate is not None:
        funding = _checked_funding(source.funding_time, source.funding_rate)
    return Extras(detail, mark, mark_frame if mark is not None else None, funding)


def read_funding(path: Path) -> tuple[Times, Floats]:
    """Times (ms UTC) and rates of a CSV file with the columns timestamp and funding_rate, plain or gzip.

    Raises `DataSourceError` when it can't be read and `DataFormatError` for what is in it.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        raise DataSourceError(f"the funding file {path.name} can't be read: {error}") from error
    head = [name.strip().lower() for name in rows[0]] if rows else []
    missing = [name for name in ("timestamp", "funding_rate") if name not in head]
    if missing:
        raise DataFormatError(f"{path.name} has no column {' and '.join(missing)}; it needs timestamp,funding_rate")
    at, rate = head.index("timestamp"), head.index("funding_rate")
    found = []
    for line, row in enumerate(rows[1:], 2):
        try:
            found.append((int(row[at]), float(row[rate])))
        except (ValueError, IndexError) as error:
            raise DataFormatError(f"{path.name}, line {line}: a funding needs a time in ms and a rate") from error
    return _checked_funding(np.array([t for t, _ in found], np.int64), np.array([r for _, r in found], np.float64))


def _checked_funding(time: Times, rate: Floats) -> tuple[Times, Floats]:
    if time.shape != rate.shape or (len(time) > 1 and not (time[1:] > time[:-1]).all()):
        raise InvalidInput("funding needs one rate for each of its times, which must rise")
    if not (np.abs(rate) < 1.0).all():
        raise InvalidInput("a funding rate must be a fraction between -1 and 1 (0.0001 is 0.01 %)")
    return time.astype(np.int64), rate.astype(np.float64)


def detail_columns(bars: Sequence[Bars], details: Sequence[Bars | None], frame: Timeframe) -> dict[str, Any]:
    """The feed's detail of all symbols' ``bars`` of ``frame``; empty without any.

    Detail is used where it reaches the bar's own high and low: with a hole in it a stop could be missed.
    """
    if all(d is None for d in details):
        return {}
    counts, parts = [], []
    for own, detail in zip(bars, details, strict=True):
        rows = np.empty(0, np.int64) if detail is None else detail_rows(own, detail, frame)
        kept = rows >= 0
        counts.append(np.bincount(rows[kept], minlength=len(own)))
        parts.append(Bars.empty() if detail is None else Bars(*(getattr(detail, n)[kept] for n in _COLUMNS)))
    begin = np.r_[0, np.cumsum(np.concatenate(counts))].astype(np.int64)
    names = ("open", "high", "low", "close", "volume")
    joined: dict[str, Any] = {f"detail_{n}": np.concatenate([getattr(p, n) for p in parts]) for n in names}
    return joined | {"detail_begin": begin}


_COLUMNS = ("time", "open", "high", "low", "close", "volume", "turnover")


def detail_rows(own: Bars, detail: Bars, frame: Timeframe) -> Times:
    """The row of ``own`` that each detail bar lies in, -1 where there is none or its detail is not whole."""
    rows = np.searchsorted(own.time, detail.time, side="right") - 1
    ends = np.array([frame.next(int(t)) for t in own.time]) if frame.is_month else own.time + frame.ms
    rows[(rows >= 0) & (detail.time >= ends[np.maximum(rows, 0)])] = -1
    inside = rows >= 0
    high, low = np.full(len(own), -np.inf), np.full(len(own), np.inf)
    np.maximum.at(high, rows[inside], detail.high[inside])
    np.minimum.at(low, rows[inside], detail.low[inside])
    whole = np.isclose(high, own.high, rtol=1e-9, atol=0.0) & np.isclose(low, own.low, rtol=1e-9, atol=0.0)
    rows[inside & ~whole[np.maximum(rows, 0)]] = -1
    return rows.astype(np.int64)


def mark_columns(bars: Sequence[Bars], extras: Sequence[Extras], frame: Timeframe) -> dict[str, Any]:
    """The feed's highs and lows of the mark price; a symbol without any, or with longer mark bars, uses its own."""
    usable = [e.mark if e.mark_frame is not None and e.mark_frame.ms <= frame.ms else None for e in extras]
    if all(m is None for m in usable):
        return {}
    highs, lows = [], []
    for own, mark in zip(bars, usable, strict=True):
        high, low = own.high.copy(), own.low.copy()
        if mark is not None:
            whole = mark.resampled(frame)
            at = np.searchsorted(whole.time, own.time)
            found = np.flatnonzero(whole.time[np.minimum(at, len(whole) - 1)] == own.time) if len(whole) else at[:0]
            high[found], low[found] = whole.high[at[found]], whole.low[at[found]]
        highs.append(high)
        lows.append(low)
    return {"mark_high": np.concatenate(highs), "mark_low": np.concatenate(lows)}


def funding_columns(
    bars: Sequence[Bars], closes: Sequence[int], extras: Sequence[Extras], borrow: float = 0.0
) -> dict[str, Any]:
    """The feed's fundings while each symbol is traded: after its first open, up to its last close in ``closes``.

    With a yearly rate ``borrow`` every full hour is a time to pay its part.
    """
    if all(e.funding is None for e in extras) and not borrow:
        return {}
    times, rates, prices, counts, lent = [], [], [], [], []
    for own, last, extra in zip(bars, closes, extras, strict=True):
        time, rate = (np.empty(0, np.int64), np.empty(0)) if extra.funding is None else extra.funding
        kept = (time > own.time[0]) & (time <= last)
        time, rate = time[kept], rate[kept]
        if borrow:
            time, rate, hourly = _with_hours(time, rate, int(own.time[0]), last, borrow)
            lent.append(hourly)
        times.append(time)
        rates.append(rate)
        prices.append(_price_at(own if extra.mark is None or not len(extra.mark) else extra.mark, time))
        counts.append(len(time))
    ends = np.cumsum(counts).astype(np.int64)
    return {
        "fund_time": np.concatenate(times),
        "fund_rate": np.concatenate(rates),
        "fund_price": np.concatenate(prices),
        "fund_begin": np.r_[0, ends[:-1]].astype(np.int64),
        "fund_end": ends,
    } | ({"fund_borrow": np.concatenate(lent)} if borrow else {})


def _with_hours(time: Times, rate: Floats, first: int, last: int, borrow: float) -> tuple[Times, Floats, Floats]:
    """Fundings and the full hours after ``first`` up to ``last`` together, with what borrowing costs at each."""
    hours = np.arange(first // _HOUR_MS + 1, last // _HOUR_MS + 1, dtype=np.int64) * _HOUR_MS
    both = np.union1d(time, hours)
    rates, hourly = np.zeros(len(both)), np.zeros(len(both))
    rates[np.searchsorted(both, time)] = rate
    hourly[np.searchsorted(both, hours)] = borrow * _HOUR_MS / _YEAR_MS
    return both, rates, hourly


def _price_at(bars: Bars, time: Times) -> Floats:
    """The open of the bar that each of ``time`` lies in; at the very end the last close."""
    row = np.clip(np.searchsorted(bars.time, time, side="right") - 1, 0, len(bars) - 1)
    last = (row == len(bars) - 1) & (time > bars.time[-1])
    return np.where(last, bars.close[row], bars.open[row])


def impact_of(bars: Bars) -> Floats:
    """At each bar, the volatility of the `_WINDOW` bars before it over the root of their mean volume; 0 without."""
    moves = np.r_[0.0, np.diff(np.log(bars.close))]
    spread, volume = _rolling(moves, moves), _rolling(np.ones(len(bars)), bars.volume)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.sqrt(np.maximum(spread, 0.0)) / np.sqrt(volume)
    value[np.isnan(value)] = 0.0
    before: Floats = np.r_[0.0, value[:-1]]
    return before


def _rolling(weight: Floats, values: Floats) -> Floats:
    """Mean of ``weight * values`` over the last `_WINDOW` rows, fewer at the start."""
    total = np.r_[0.0, np.cumsum(weight * values)]
    n = len(values)
    first = np.maximum(np.arange(1, n + 1) - _WINDOW, 0)
    mean: Floats = (total[np.arange(1, n + 1)] - total[first]) / (np.arange(1, n + 1) - first)
    return mean


def unit_of(kind: str, bars: Bars, frame: Timeframe) -> Floats | None:
    """What one base coin moves at each close: its average true range, or its price times its yearly volatility."""
    if kind == "atr":
        from shared_modules.indicators.volatility import atr

        ranges: Floats = atr(bars.high, bars.low, bars.close, _ATR)
        return ranges
    if kind != "volatility":
        return None
    moves = np.r_[0.0, np.diff(np.log(bars.close))]
    yearly = np.sqrt(np.maximum(_rolling(moves, moves), 0.0) * _YEAR_MS / frame.ms)
    yearly[: min(_WINDOW, len(yearly))] = np.nan
    result: Floats = bars.close * yearly
    return result


def check_symbols(request: BacktestRequest, symbols: Sequence[str]) -> None:
    """Raise `InvalidInput` for fees, risk tiers or rules of a symbol that is not in the backtest."""
    rules = {i.symbol: i for i in request.instruments}
    named: Mapping[str, Mapping[str, Any]] = {"fees": request.fees, "risk tiers": request.risk_tiers, "rules": rules}
    for what, given in named.items():
        for symbol in given:
            if symbol not in symbols:
                raise InvalidInput(f"there are {what} for {symbol}, which is not in this backtest")
