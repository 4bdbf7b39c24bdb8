"""What prices do as a whole: swings, divergences, the direction of the trend. Nothing here knows later bars."""

from dataclasses import dataclass

import numpy as np

from shared_modules.core.bars import Flags, Floats

from .channels import choppiness
from .finite import Outputs, on_finite
from .levels import support_resistance as _support_resistance
from .momentum import rsi
from .trend import adx, sma
from .windows import shifted, window_highest, window_lowest


@dataclass(frozen=True, slots=True)
class Divergences:
    """Flags at the bar that confirmed the second of two swings.

    ``bullish``: a lower low of the price with a higher one of the line; ``bearish``: a higher high with a lower one.
    The hidden ones are the reverse: a higher low with a lower one, a lower high with a higher one.
    """

    bullish: Flags
    bearish: Flags
    hidden_bullish: Flags
    hidden_bearish: Flags


def swing_highs(values: Floats, left: int = 5, right: int = 5) -> Flags:
    """Bars at which a swing high ``right`` bars back is confirmed.

    It is above the ``left`` values before it and not below the ``right`` after it, so of equal ones the first counts.
    """

    def marks(x: Floats) -> Outputs:
        middle = shifted(x, right)
        with np.errstate(invalid="ignore"):
            before = middle > shifted(window_highest(x, left), right + 1)
            return ((before & (middle >= window_highest(x, right))).astype(np.float64),)

    found: Flags = on_finite(marks, 1, values)[0] == 1.0
    return found


def swing_lows(values: Floats, left: int = 5, right: int = 5) -> Flags:
    """Bars at which a swing low ``right`` bars back is confirmed; the mirror of `swing_highs`."""
    return swing_highs(-values, left, right)


def divergences(
    high: Floats, low: Floats, line: Floats, left: int = 5, right: int = 5, within: int = 60
) -> Divergences:
    """Where confirmed swings of the price, at most ``within`` bars apart, and ``line`` at the same bars disagree."""
    lows, highs = swing_lows(low, left, right), swing_highs(high, left, right)
    bullish, hidden_bullish = _disagree(low, line, lows, right, within)
    bearish, hidden_bearish = _disagree(-high, -line, highs, right, within)
    return Divergences(bullish, bearish, hidden_bullish, hidden_bearish)


def _disagree(price: Floats, line: Floats, confirmed: Flags, right: int, within: int) -> tuple[Flags, Flags]:
    """Lower price and higher line than at the swing before, and the reverse, at the confirming bars."""
    regular, hidden = np.zeros(len(price), np.bool_), np.zeros(len(price), np.bool_)
    known = np.flatnonzero(confirmed)
    if len(known) > 1:
        at = known - right
        near = np.diff(at) <= within
        change, rose, fell = np.diff(price[at]), *_moved(line[at])
        regular[known[1:]] = near & (change < 0.0) & rose
        hidden[known[1:]] = near & (change > 0.0) & fell
    return regular, hidden


def _moved(line: Floats) -> tuple[Flags, Flags]:
    """Where each value is above, and below, the one before by more than the rounding of smoothed lines."""
    change, least = np.diff(line), 1e-9 * np.maximum(np.abs(line[1:]), np.abs(line[:-1]))
    return change > least, change < -least


def rsi_divergence(
    high: Floats, low: Floats, close: Floats, period: int = 14, left: int = 5, right: int = 5, within: int = 60
) -> Floats:
    """100 at a bullish divergence of price and RSI, -100 at a bearish one, at the bar that confirms the second swing.

    Between confirmed swings at most ``within`` bars apart; 0 elsewhere.
    """

    def marks(h: Floats, lo: Floats, c: Floats) -> Outputs:
        line = rsi(c, period)
        start = period + left
        found = divergences(h[start:], lo[start:], line[start:], left, right, within)
        marked = np.full(len(c), np.nan)
        marked[start:] = 100.0 * found.bullish - 100.0 * found.bearish
        marked[: start + left + right] = np.nan
        return (marked,)

    return on_finite(marks, 1, high, low, close)[0]


def swing_trend(high: Floats, low: Floats, left: int = 5, right: int = 5) -> Floats:
    """1 after higher swing highs and lows, -1 after lower ones, 0 where they disagree; NaN before two of each."""
    up = _last_change(high, swing_highs(high, left, right), right)
    down = _last_change(low, swing_lows(low, left, right), right)
    trend = np.where((up > 0.0) & (down > 0.0), 1.0, np.where((up < 0.0) & (down < 0.0), -1.0, 0.0))
    return np.where(np.isnan(up) | np.isnan(down), np.nan, trend)


def _last_change(values: Floats, confirmed: Flags, right: int) -> Floats:
    """At each bar the difference of the last two confirmed swings."""
    found = np.full(len(values), np.nan)
    known = np.flatnonzero(confirmed)
    if len(known) > 1:
        changes = np.diff(values[known - right])
        place = np.searchsorted(known[1:], np.arange(len(values)), side="right") - 1
        found[place >= 0] = changes[place[place >= 0]]
    return found


def average_trend(close: Floats, fast: int = 20, slow: int = 50) -> Floats:
    """1 where the close is above the fast and the fast above the slow average, -1 the other way round, else 0."""
    quick, calm = sma(close, fast), sma(close, slow)
    with np.errstate(invalid="ignore"):
        trend = ((close > quick) & (quick > calm)).astype(np.float64) - ((close < quick) & (quick < calm))
    return np.where(np.isnan(quick) | np.isnan(calm), np.nan, trend)


def trending(
    high: Floats, low: Floats, close: Floats, period: int = 14, strong: float = 25.0, choppy: float = 50.0
) -> Flags:
    """Where the ADX is at least ``strong`` and the choppiness at most ``choppy``: a market that goes somewhere."""
    with np.errstate(invalid="ignore"):
        found: Flags = (adx(high, low, close, period) >= strong) & (choppiness(high, low, close, period) <= choppy)
    return found


def support_resistance(
    high: Floats,
    low: Floats,
    close: Floats,
    left: int = 5,
    right: int = 5,
    kept: int = 20,
    tolerance: float = 0.5,
    touches: int = 2,
) -> tuple[Floats, Floats]:
    """The nearest level under and over the close where ``touches`` of the last ``kept`` swings turned; else NaN.

    Swings within ``tolerance`` percent of their group's mean are one level.
    """
    support, resistance = _support_resistance(
        high, low, close, left=left, right=right, kept=kept, tolerance=tolerance, touches=touches
    )
    return support, resistance


def lowest_before(low: Floats, period: int) -> Floats:
    """Lowest low of the ``period`` bars before each."""
    return on_finite(lambda x: (shifted(window_lowest(x, period), 1),), 1, low)[0]


def highest_before(high: Floats, period: int) -> Floats:
    """Highest high of the ``period`` bars before each."""
    return on_finite(lambda x: (shifted(window_highest(x, period), 1),), 1, high)[0]
