"""Strategies that look at nothing but the past, written in all the ways in which that is done."""

from dataclasses import dataclass
from typing import ClassVar

import numba
import numpy as np
import pandas as pd

from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.indicators import (
    align,
    atr,
    bollinger,
    crossed_above,
    crossed_below,
    ema,
    highest_before,
    ichimoku,
    indicator,
    rsi,
    sma,
    supertrend,
    swing_highs,
    swing_lows,
)
from shared_modules.strategies import strategies
from shared_modules.strategies.base import Signals, Strategy

H1, H4 = TIMEFRAMES["1h"], TIMEFRAMES["4h"]


@dataclass(frozen=True)
class Clean(Strategy):
    """What they have in common: nothing but a name."""

    name: ClassVar[str] = "clean"
    title: ClassVar[str] = "Clean"


def both(up, down):
    up, down = np.asarray(up, np.bool_), np.asarray(down, np.bool_)
    never = np.zeros(len(up), np.bool_)
    return Signals(up & ~down, down, never, never)


@numba.njit
def trailing(close, share):
    level, up = np.zeros(len(close)), np.zeros(len(close), np.bool_)
    for i in range(len(close)):
        below = close[i] * (1.0 - share)
        level[i] = below if i == 0 or close[i - 1] < level[i - 1] else max(level[i - 1], below)
        up[i] = close[i] > level[i]
    return level, up


class PandasAverages(Clean):
    def signals(self, view):
        frame = view.bars.to_frame()
        fast, slow = frame["close"].rolling(10).mean(), frame["close"].rolling(40).mean()
        return both(fast > slow, fast < slow)


class PandasExponential(Clean):
    def signals(self, view):
        close = pd.Series(view.bars.close)
        fast, slow = close.ewm(span=9, adjust=False).mean(), close.ewm(span=30, adjust=False).mean()
        return both(fast > slow, fast < slow)


class ShiftedBack(Clean):
    def signals(self, view):
        frame = view.bars.to_frame()
        top, bottom = frame["high"].rolling(20).max().shift(1), frame["low"].rolling(20).min().shift(1)
        return both(frame["close"] > top, frame["close"] < bottom)


class ExpandingScore(Clean):
    def signals(self, view):
        close = pd.Series(view.bars.close)
        z = (close - close.expanding(50).mean()) / close.expanding(50).std()
        return both(z < -1.0, z > 1.0)


class ForwardFilled(Clean):
    def signals(self, view):
        frame = view.bars.to_frame()
        level = frame["high"].where(frame["high"] >= frame["high"].rolling(30).max()).ffill()
        return both(frame["close"] < level * 0.98, frame["close"] > level * 0.995)


class RollingQuantile(Clean):
    def signals(self, view):
        close = pd.Series(view.bars.close)
        moves = close.pct_change()
        return both(moves > moves.rolling(200).quantile(0.95), moves < moves.rolling(200).quantile(0.05))


class RollingRank(Clean):
    def signals(self, view):
        rank = pd.Series(view.bars.volume).rolling(100).rank(pct=True)
        return both(rank > 0.9, rank < 0.2)


class FinishedHours(Clean):
    def signals(self, view):
        frame = view.bars.to_frame()
        hourly = frame["close"].resample("1h").last().shift(1)
        trend = (hourly > hourly.rolling(5).mean()).reindex(frame.index, method="ffill")
        up = trend.to_numpy(np.bool_)
        return both(up, ~up)


class AlignedHours(Clean):
    @property
    def timeframes(self):
        return H1, H4

    def signals(self, view):
        up = np.ones(len(view.bars), np.bool_)
        for frame in self.timeframes:
            higher = view.higher[frame]
            rising = higher.close > ema(higher.close, 5)
            up &= align(rising, higher.time, frame, view.bars.time, view.timeframe) > 0.5
        return both(up, ~up)


class VwapOfTheDay(Clean):
    def signals(self, view):
        frame = view.bars.to_frame()
        day = frame.index.floor("D")
        money = (frame["close"] * frame["volume"]).groupby(day).cumsum()
        vwap = money / frame["volume"].groupby(day).cumsum()
        return both(frame["close"] > vwap, frame["close"] < vwap)


class HighOfTheDaySoFar(Clean):
    def signals(self, view):
        frame = view.bars.to_frame()
        top = frame.groupby(frame.index.floor("D"))["high"].cummax()
        return both(frame["close"] < top * 0.99, frame["close"] > top * 0.999)


class PythonLoop(Clean):
    def signals(self, view):
        close = view.bars.close
        up, down = np.zeros(len(close), np.bool_), np.zeros(len(close), np.bool_)
        mean = close[0]
        for i in range(1, len(close)):
            mean += 0.05 * (close[i] - mean)
            window = close[max(0, i - 10) : i + 1]
            if close[i] > mean and close[i] >= window.max():
                up[i] = True
            elif close[i] < mean:
                down[i] = True
        return both(up, down)


class StateOfATrade(Clean):
    def signals(self, view):
        close = view.bars.close
        enter, leave = np.zeros(len(close), np.bool_), np.zeros(len(close), np.bool_)
        line, held, entry = sma(close, 20), False, 0.0
        for i in range(1, len(close)):
            if not held and close[i - 1] <= line[i - 1] and close[i] > line[i]:
                enter[i] = held = True
                entry = close[i]
            elif held and (close[i] > entry * 1.01 or close[i] < entry * 0.99):
                leave[i], held = True, False
        return both(enter, leave)


class CompiledTrail(Clean):
    def signals(self, view):
        level, up = trailing(view.bars.close, 0.01)
        signals = both(up, ~up)
        return Signals(signals.enter_long, signals.exit_long, signals.enter_short, signals.exit_short,
                       stop=level * 0.99, plots={"Trail": level})  # fmt: skip


class SumsOfSums(Clean):
    """Means and deviations from running totals, which round otherwise than windows do."""

    def signals(self, view):
        close, n = view.bars.close, 30
        total, squares = np.cumsum(np.r_[0.0, close]), np.cumsum(np.r_[0.0, close * close])
        mean = np.full(len(close), np.nan)
        mean[n - 1 :] = (total[n:] - total[:-n]) / n
        spread = np.full(len(close), np.nan)
        spread[n - 1 :] = np.sqrt(np.maximum((squares[n:] - squares[:-n]) / n - mean[n - 1 :] ** 2, 0.0))
        return both(close < mean - 2.0 * spread, close > mean)


class CausalConvolution(Clean):
    def signals(self, view):
        close = view.bars.close
        smooth = np.convolve(close, np.ones(9) / 9.0, mode="full")[: len(close)]
        return both(smooth > close, smooth < close)


class WalkForward(Clean):
    """A regression fitted anew every 100 bars to those before."""

    def signals(self, view):
        moves = np.r_[0.0, np.diff(np.log(view.bars.close))]
        features = np.column_stack([moves, np.r_[0.0, moves[:-1]], np.ones(len(moves))])
        guess = np.full(len(moves), np.nan)
        for start in range(200, len(moves), 100):
            known = slice(start - 200, start - 1)
            weights = np.linalg.lstsq(features[known], moves[start - 199 : start], rcond=None)[0]
            for i in range(start, min(start + 100, len(moves))):
                guess[i] = float(features[i] @ weights)
        return both(guess > 0.0, guess < 0.0)


class RollingSlope(Clean):
    def signals(self, view):
        close, n = view.bars.close, 20
        slope = np.full(len(close), np.nan)
        x = np.arange(n) - (n - 1) / 2
        slope[n - 1 :] = np.lib.stride_tricks.sliding_window_view(close, n) @ x / (x @ x)
        return both(slope > 0.0, slope < 0.0)


class ConfirmedSwings(Clean):
    def signals(self, view):
        bars = view.bars
        tops, bottoms = swing_highs(bars.high, 3, 3), swing_lows(bars.low, 3, 3)
        return both(bottoms, tops)


class BackwardMerge(Clean):
    def signals(self, view):
        frame = view.bars.to_frame().reset_index(names="at")
        marks = frame.loc[np.arange(len(frame)) % 24 == 0, ["at", "close"]].rename(columns={"close": "mark"})
        joined = pd.merge_asof(frame, marks, on="at")
        up = joined["mark"] > joined["close"]
        return both(up, ~up)


class SeededChance(Clean):
    def signals(self, view):
        dice = np.random.default_rng(11).random(len(view.bars))
        return both(dice > 0.98, dice < 0.05)


class HoursOfTheDay(Clean):
    def signals(self, view):
        hour = view.bars.time // 3_600_000 % 24
        return both(hour == 8, hour == 20)


class WithLevels(Clean):
    def signals(self, view):
        bars = view.bars
        width = atr(bars.high, bars.low, bars.close, 14)
        up = bars.close > highest_before(bars.high, 20)
        never = np.zeros(len(up), np.bool_)
        ladder = (bars.close + width, bars.close + 2.0 * width)
        return Signals(up, crossed_below(bars.close, sma(bars.close, 30)), never, never,
                       stop=bars.close - 2.0 * width, ladder=ladder, ladder_shares=(0.5, 0.5))  # fmt: skip


class SuperTrend(Clean):
    def signals(self, view):
        bars = view.bars
        line = supertrend(bars.high, bars.low, bars.close, 10, 3.0)[0]
        return both(crossed_above(bars.close, line), crossed_below(bars.close, line))


class Cloud(Clean):
    def signals(self, view):
        bars = view.bars
        conversion, base = ichimoku(bars.high, bars.low)[:2]
        return both(conversion > base, conversion < base)


class FromTheCatalogue(Clean):
    def signals(self, view):
        lines = indicator("macd").compute(view.bars)
        line, signal = (lines[name] for name in indicator("macd").outputs[:2])
        upper, middle, lower = bollinger(view.bars.close, 20, 2.0)
        strong = rsi(view.bars.close, 14) > 50.0
        return both((line > signal) & strong & (view.bars.close < upper), view.bars.close < np.minimum(middle, lower))


OWN = tuple(
    cls() for cls in list(globals().values()) if isinstance(cls, type) and issubclass(cls, Clean) and cls is not Clean
)


def built_in():
    """Each with its defaults and, where it trades both sides, on both."""
    found = []
    for cls in strategies().values():
        found.append(cls())
        if "side" in cls.__dataclass_fields__:
            found.append(cls(side="both"))
    return found
