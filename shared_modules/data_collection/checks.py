"""What can be wrong with candles, each as a function of arrays; none of them touches a disk or an exchange."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats, Times
from shared_modules.core.timeframes import Timeframe

Span = tuple[int, int]

_NEAR = 5  # candles on each side that a price is compared with
_BLOCK = 64  # candles over which the usual movement is measured
_TIMES_USUAL = 25.0
_LEAST_JUMP = 0.02
_FROZEN = 3


def gap_spans(times: Times, timeframe: Timeframe) -> tuple[Span, ...]:
    """Spans from a missing open time to the next candle there; ``times`` rise."""
    wide = np.flatnonzero(np.diff(times) > timeframe.ms)
    pairs = ((timeframe.next(int(times[row])), int(times[row + 1])) for row in wide)
    return tuple((a, b) for a, b in pairs if timeframe.count(a, b))


def off_grid(times: Times, timeframe: Timeframe) -> Flags:
    """Where a candle does not open on a boundary of ``timeframe``."""
    if timeframe.is_month:
        return np.array([timeframe.floor(t) != t for t in times.tolist()], np.bool_)
    found: Flags = (times - timeframe.floor(0)) % timeframe.ms != 0
    return found


def bad_prices(bars: Bars) -> Flags:
    """Where a price is zero or less, or a volume or turnover below zero."""
    low = np.minimum(np.minimum(bars.low, bars.high), np.minimum(bars.open, bars.close))
    found: Flags = (low <= 0) | (bars.volume < 0) | (bars.turnover < 0)
    return found


def outliers(bars: Bars) -> Flags:
    """Where a price stands apart from the candles before *and* after it, as a wrong digit does and a crash does not.

    A price counts when it is further from the median close of its ten neighbours than 25 times the usual movement
    there (median range plus median move of the quieter neighbourhood) and further than 2 %. Needs 11 candles.
    """
    n = len(bars)
    if n < 2 * _NEAR + 1:
        return np.zeros(n, np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        open_, high, low, close = (np.log(np.maximum(x, 1e-300)) for x in (bars.open, bars.high, bars.low, bars.close))
    limit = np.maximum(_LEAST_JUMP, _TIMES_USUAL * _usual(high - low, close))
    centre = _median_of_neighbours(close)
    apart = np.maximum.reduce([np.abs(x - centre) for x in (open_, high, low, close)])
    found: Flags = apart > limit
    return found


def _usual(span: Floats, close: Floats) -> Floats:
    """The usual movement around each row: per block the median, taken from the wilder of a block and its neighbours."""
    moves = np.abs(np.diff(close, prepend=close[0])) + np.abs(span)
    count = -(-len(moves) // _BLOCK)
    padded = np.full(count * _BLOCK, np.nan)
    padded[: len(moves)] = moves
    medians = np.nanmedian(padded.reshape(count, _BLOCK), axis=1)
    wide = np.concatenate((medians[:1], medians, medians[-1:]))
    near = np.maximum.reduce([wide[:-2], wide[1:-1], wide[2:]])
    return np.repeat(near, _BLOCK)[: len(moves)]


def _median_of_neighbours(values: Floats) -> Floats:
    """The median of the five values on each side, without the value itself; at the ends of those there are."""
    n = len(values)
    # nearest rows inside: the first rows are compared with what follows them alone
    first = np.clip(np.arange(n) - _NEAR, 0, n - 2 * _NEAR - 1)
    windows = np.lib.stride_tricks.sliding_window_view(values, 2 * _NEAR + 1)
    found = np.empty(n)
    for start in range(0, n, 1 << 16):
        rows = np.arange(start, min(n, start + (1 << 16)))
        block = windows[first[rows]].copy()
        block[np.arange(len(rows)), rows - first[rows]] = np.inf
        block.partition((_NEAR - 1, _NEAR), axis=1)
        found[rows] = (block[:, _NEAR - 1] + block[:, _NEAR]) / 2
    return found


def odd_turnover(bars: Bars) -> Flags:
    """Where turnover divided by volume is no price of the candle, or one of them is zero and the other is not.

    For contracts and coins whose volume is counted in the base coin.
    """
    traded = (bars.volume > 0) & (bars.turnover > 0) & (bars.low > 0)
    mean = np.divide(bars.turnover, bars.volume, out=np.ones(len(bars)), where=traded)
    found: Flags = traded & ((mean < bars.low * 0.995) | (mean > bars.high * 1.005))
    found |= (bars.volume > 0) != (bars.turnover > 0)
    return found


def frozen(bars: Bars) -> Flags:
    """Where a traded candle is the same in every value as the two before it: a feed that repeats itself."""
    n = len(bars)
    if n < _FROZEN:
        return np.zeros(n, np.bool_)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    same = np.logical_and.reduce([c[1:] == c[:-1] for c in columns]) & (bars.volume[1:] > 0)
    found = np.zeros(n, np.bool_)
    found[2:] = same[1:] & same[:-1]
    return found


def disagreements(base: Bars, base_frame: Timeframe, other: Bars, other_frame: Timeframe) -> Times:
    """Open times of the candles of ``other`` that the shorter candles of ``base`` inside them contradict.

    Prices must be equal, volume up to a millionth; candles of which ``base`` lacks a part are not judged.
    """
    if not len(base) or not len(other) or not nests(base_frame, other_frame):
        return np.empty(0, np.int64)
    opens = _buckets(base.time, other_frame)
    first = np.flatnonzero(np.r_[True, opens[1:] != opens[:-1]])
    counts = np.diff(np.r_[first, len(opens)])
    summed = base.resampled(other_frame)
    needed = np.full(len(summed), other_frame.ms // base_frame.ms)
    if other_frame.is_month:
        needed = np.array([base_frame.count(t, other_frame.next(t)) for t in summed.time.tolist()])
    _, a, b = np.intersect1d(summed.time[counts == needed], other.time, assume_unique=True, return_indices=True)
    whole = np.flatnonzero(counts == needed)[a]
    wrong = np.zeros(len(b), np.bool_)
    for name, tolerance in (("open", 1e-9), ("high", 1e-9), ("low", 1e-9), ("close", 1e-9), ("volume", 1e-6)):
        ours, theirs = getattr(summed, name)[whole], getattr(other, name)[b]
        wrong |= np.abs(ours - theirs) > tolerance * np.maximum(np.abs(ours), np.abs(theirs))
    found: Times = other.time[b][wrong]
    return found


def nests(base: Timeframe, other: Timeframe) -> bool:
    """Whether candles of ``other`` are made of whole candles of ``base``."""
    if other.is_month:
        return not base.is_month and base.ms < 7 * 86_400_000
    return base.ms < other.ms and other.ms % base.ms == 0 and not base.is_month


def _buckets(times: Times, frame: Timeframe) -> Times:
    if frame.is_month:
        return np.array([frame.floor(t) for t in times.tolist()], np.int64)
    anchor = frame.floor(0)
    return (times - anchor) // frame.ms * frame.ms + anchor


def differing(ours: Bars, theirs: Bars) -> Times:
    """Open times that both have with other values."""
    _, a, b = np.intersect1d(ours.time, theirs.time, assume_unique=True, return_indices=True)
    wrong = np.zeros(len(a), np.bool_)
    for name in ("open", "high", "low", "close", "volume", "turnover"):
        wrong |= getattr(ours, name)[a] != getattr(theirs, name)[b]
    found: Times = ours.time[a][wrong]
    return found


def spans_of(times: Sequence[int] | Times, timeframe: Timeframe) -> tuple[Span, ...]:
    """Rising ``times`` joined to spans [first, after the last) wherever they follow each other."""
    spans: list[list[int]] = []
    for time in (int(t) for t in times):
        if spans and time <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], timeframe.next(time))
        else:
            spans.append([time, timeframe.next(time)])
    return tuple((a, b) for a, b in spans)
